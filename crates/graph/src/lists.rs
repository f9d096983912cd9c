//! Lists in pages: `limit`, `after` and `before`, and the cursors and links that lead on and back.
//!
//! Platform docs, Graph API, Paginated results. A cursor names the place of an item in the order of its list, so that it holds when that
//! item is gone; an empty one is the beginning. A limit above the list's own is cut. A link holds all that was asked for and the token,
//! wherever that stood, so that a bare GET of it is answered.

use std::cmp::Ordering;

use callport_wire::nodes::page::{Cursors, Paging};
use callport_wire::{Code, Malformed, Params};
use serde_json::{Map, Value};

use crate::GraphConfig;
use crate::answer::Refusal;
use crate::asked::Asked;

/// Items on a page when nobody asks.
const LIMIT_DEFAULT: usize = 25;

/// Parameters that a link does not repeat: it has its own place and token, and is a GET.
const NOT_REPEATED: [&str; 6] = ["limit", "after", "before", "access_token", "appsecret_proof", "method"];

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
    /// Some come before them.
    earlier: bool,
    /// More come after them.
    further: bool,
}

impl Span {
    /// Reads the parameters. `is_place` knows the cursors of this list from others.
    pub(crate) fn read(params: &Map<String, Value>, limit_max: usize, is_place: impl Fn(&str) -> bool) -> Result<Self, Refusal> {
        let members = Params::new(params);
        let limit = match members.text_or_number("limit")?.as_deref().map(str::trim) {
            None | Some("") => LIMIT_DEFAULT,
            Some(limit) => read_limit(limit).ok_or_else(|| Refusal::from(Malformed::wrong("limit", "must be a number from 1")))?,
        };
        let place = |name| -> Result<_, Refusal> {
            members.text(name)?.filter(|cursor| !cursor.is_empty()).map(|cursor| read_cursor(cursor, &is_place)).transpose()
        };
        Ok(Self { limit: limit.min(limit_max), after: place("after")?, before: place("before")? })
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
        Part { items: &items[start..end], earlier: start > 0, further: end < items.len() }
    }

    /// Address of the page on the other side of `place`, which is the cursor `side`.
    fn address(&self, link: &Link<'_>, side: &str, place: &str) -> Option<String> {
        let mut url = url::Url::parse(&format!("{}/{}/{}", link.config.public_url.as_ref()?, link.asked.version, link.path)).ok()?;
        let repeated = link.asked.params().ok()?.iter().filter(|(name, _)| !NOT_REPEATED.contains(&name.as_str()));
        url.query_pairs_mut()
            .append_pair("access_token", &link.asked.token)
            .extend_pairs(repeated.map(|(name, value)| (name, value.as_str().map_or_else(|| value.to_string(), str::to_owned))))
            .append_pair("limit", &self.limit.to_string())
            .append_pair(side, &cursor(place));
        Some(url.into())
    }
}

/// Where a list is found, for the links to its other pages. Without a public address there are none.
pub(crate) struct Link<'a> {
    pub(crate) config: &'a GraphConfig,
    /// The request for this page.
    pub(crate) asked: &'a Asked,
    /// Id and edge, without slashes around.
    pub(crate) path: String,
}

impl<T> Part<'_, T> {
    /// Where the page lies; nothing on an empty one.
    pub(crate) fn paging(&self, span: &Span, link: &Link<'_>, place: impl Fn(&T) -> String) -> Option<Paging> {
        let (first, last) = (place(self.items.first()?), place(self.items.last()?));
        let next = self.further.then(|| span.address(link, "after", &last)).flatten();
        let previous = self.earlier.then(|| span.address(link, "before", &first)).flatten();
        Some(Paging { cursors: Cursors { before: cursor(&first), after: cursor(&last) }, next, previous })
    }
}

/// Digits without sign; more of them than a number holds are cut like any large limit.
fn read_limit(text: &str) -> Option<usize> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.parse().unwrap_or(usize::MAX)).filter(|limit| *limit > 0)
}

/// Opaque to clients, so that nobody builds one.
fn cursor(place: &str) -> String {
    hex::encode(place)
}

fn read_cursor(cursor: &str, is_place: impl Fn(&str) -> bool) -> Result<String, Refusal> {
    let place = hex::decode(cursor).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    place.filter(|place| is_place(place)).ok_or_else(|| Refusal::because(Code::InvalidParameter, "The cursor is not one of this list."))
}
