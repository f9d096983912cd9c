//! Lists in pages: `limit`, `after` and `before`, and the cursors and links that lead on.
//!
//! Platform docs, Graph API, Paginated results. A cursor names the place of an item in the order of its list, so that it holds when that
//! item is gone.

use std::cmp::Ordering;

use callport_wire::nodes::page::{Cursors, Paging};
use callport_wire::{Code, Malformed};
use serde_json::{Map, Value};

use crate::Config;
use crate::answer::Refusal;
use crate::version::Version;

/// Items on a page when nobody asks.
const LIMIT_DEFAULT: usize = 25;

/// Which page of a list was asked for.
#[derive(Debug, Default)]
pub(crate) struct Span {
    limit: usize,
    after: Option<String>,
    before: Option<String>,
}

/// A page: some items of a list.
pub(crate) struct Part<'a, T> {
    /// Those on it.
    pub(crate) items: &'a [T],
    /// More come after them.
    further: bool,
}

impl Span {
    /// Reads the parameters. `is_place` knows the cursors of this list from others.
    pub(crate) fn read(params: &Map<String, Value>, limit_max: usize, is_place: impl Fn(&str) -> bool) -> Result<Self, Refusal> {
        let text = |name: &str| params.get(name).and_then(Value::as_str);
        let limit = match text("limit") {
            None => LIMIT_DEFAULT,
            Some(limit) => limit
                .parse()
                .ok()
                .filter(|limit| (1..=limit_max).contains(limit))
                .ok_or_else(|| Refusal::from(Malformed::wrong("limit", format_args!("must be a number from 1 to {limit_max}"))))?,
        };
        let place = |name| text(name).map(|cursor| read_cursor(cursor, &is_place)).transpose();
        Ok(Self { limit, after: place("after")?, before: place("before")? })
    }

    /// The page of a sorted list. `stands` tells where an item stands to a place.
    pub(crate) fn of<'a, T>(&self, items: &'a [T], stands: impl Fn(&T, &str) -> Ordering) -> Part<'a, T> {
        let count = |place: &str, wanted: fn(Ordering) -> bool| items.iter().take_while(|item| wanted(stands(item, place))).count();
        let (start, end) = match (&self.before, &self.after) {
            (Some(before), _) => {
                let end = count(before, Ordering::is_lt);
                (end.saturating_sub(self.limit), end)
            }
            (None, after) => {
                let start = after.as_deref().map_or(0, |after| count(after, Ordering::is_le));
                (start, (start + self.limit).min(items.len()))
            }
        };
        Part { items: &items[start..end], further: end < items.len() }
    }

    /// Address of the page after `place`, without the token: it is sent again in the header. None without an address to link to.
    fn next(&self, link: &Link<'_>, place: &str) -> Option<String> {
        let mut url = url::Url::parse(&format!("{}/{}/{}", link.config.public_url.as_ref()?, link.version, link.path)).ok()?;
        url.query_pairs_mut().append_pair("limit", &self.limit.to_string()).append_pair("after", &cursor(place)).extend_pairs(&link.choice);
        Some(url.into())
    }
}

/// Where a list is found, for the link to its next page.
pub(crate) struct Link<'a> {
    pub(crate) config: &'a Config,
    pub(crate) version: Version,
    /// Id and edge, without slashes around.
    pub(crate) path: String,
    /// What was asked for beside the page: fields, filters, order.
    pub(crate) choice: Vec<(&'static str, String)>,
}

impl<T> Part<'_, T> {
    /// Where the page lies; nothing on an empty one.
    pub(crate) fn paging(&self, span: &Span, link: &Link<'_>, place: impl Fn(&T) -> String) -> Option<Paging> {
        let (first, last) = (place(self.items.first()?), place(self.items.last()?));
        let next = self.further.then(|| span.next(link, &last)).flatten();
        Some(Paging { cursors: Cursors { before: cursor(&first), after: cursor(&last) }, next, previous: None })
    }
}

/// Opaque to clients, so that nobody builds one.
fn cursor(place: &str) -> String {
    hex::encode(place)
}

fn read_cursor(cursor: &str, is_place: impl Fn(&str) -> bool) -> Result<String, Refusal> {
    let place = hex::decode(cursor).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    place.filter(|place| is_place(place)).ok_or_else(|| Refusal::because(Code::InvalidParameter, "The cursor is not one of this list."))
}
