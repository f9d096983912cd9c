//! `GET /{version}/{waba-id}/phone_numbers`: the account's numbers, in pages.
//!
//! Platform docs, Cloud API, Phone numbers (2026). Sorting is taken in both documented spellings; as no other time of a number is
//! known, ids stand for the order of making. Of filters, `account_mode` is honoured and others are passed over.

use axum::extract::{Path, State};
use callport_engine::records::Number;
use callport_wire::nodes::page::{Cursors, Page, Paging};
use callport_wire::nodes::phone_number::DEFAULT_FIELDS;
use callport_wire::{Code, Malformed};
use serde_json::{Map, Value};

use super::number;
use crate::answer::{Answer, Refusal, Reply};
use crate::asked::Asked;
use crate::fields::Fields;
use crate::version::Version;
use crate::{Config, Shared};

/// Numbers on a page when nobody asks.
const LIMIT_DEFAULT: usize = 25;
/// Numbers on a page at most.
const LIMIT_MAX: usize = 100;

/// The endpoint.
pub(crate) async fn get(State(graph): State<Shared>, Path(id): Path<String>, asked: Asked) -> Reply {
    let mut caller = graph.caller(&asked).await?;
    let waba = graph.waba(&mut caller, &id, &asked.method).await?;
    let query = Query::read(&asked.params()?)?;
    let numbers = query.chosen(graph.engine.store().numbers(Some(&waba.id)).await?);
    let (numbers, further) = query.page(&numbers);
    let fields = Fields::asked(asked.query("fields"), &DEFAULT_FIELDS);
    let mut data = Vec::with_capacity(numbers.len());
    for number in numbers {
        data.push(number::shown(&graph, &caller.actor.app, number, &fields).await?);
    }
    let paging = match (numbers.first(), numbers.last()) {
        (Some(first), Some(last)) => Some(Paging {
            cursors: Cursors { before: cursor(first), after: cursor(last) },
            next: further.then(|| next(&graph.config, asked.version, &id, &query, last)).flatten(),
            previous: None,
        }),
        _ => None,
    };
    Answer::new(&Page { data, paging }, caller.usage)
}

/// What was asked of the list.
#[derive(Debug, Default)]
struct Query {
    limit: usize,
    after: Option<String>,
    before: Option<String>,
    descending: bool,
    account_mode: Option<String>,
    fields: Option<String>,
}

impl Query {
    fn read(params: &Map<String, Value>) -> Result<Self, Refusal> {
        let text = |name: &str| params.get(name).and_then(Value::as_str);
        let limit = match text("limit") {
            None => LIMIT_DEFAULT,
            Some(limit) => limit
                .parse()
                .ok()
                .filter(|limit| (1..=LIMIT_MAX).contains(limit))
                .ok_or_else(|| Refusal::from(Malformed::wrong("limit", format_args!("must be a number from 1 to {LIMIT_MAX}"))))?,
        };
        Ok(Self {
            limit,
            after: text("after").map(read_cursor).transpose()?,
            before: text("before").map(read_cursor).transpose()?,
            descending: text("sort").is_some_and(|sort| sort.contains("desc")),
            account_mode: params.get("filtering").and_then(account_mode),
            fields: text("fields").map(str::to_owned),
        })
    }

    fn chosen(&self, mut numbers: Vec<Number>) -> Vec<Number> {
        numbers.retain(|number| {
            self.account_mode.as_deref().is_none_or(|mode| mode.eq_ignore_ascii_case(number::mode_name(number.account_mode)))
        });
        numbers.sort_by(|a, b| order(a.id.as_str()).cmp(&order(b.id.as_str())));
        if self.descending {
            numbers.reverse();
        }
        numbers
    }

    /// The page, and whether numbers come after it.
    fn page<'a>(&self, numbers: &'a [Number]) -> (&'a [Number], bool) {
        let beyond = |number: &Number, cursor: &str| match self.descending {
            false => order(number.id.as_str()) > order(cursor),
            true => order(number.id.as_str()) < order(cursor),
        };
        if let Some(before) = &self.before {
            let end = numbers.iter().take_while(|number| number.id.as_str() != before && !beyond(number, before)).count();
            return (&numbers[end.saturating_sub(self.limit)..end], end < numbers.len());
        }
        let start = match &self.after {
            None => 0,
            Some(after) => numbers.iter().take_while(|number| !beyond(number, after)).count(),
        };
        let end = (start + self.limit).min(numbers.len());
        (&numbers[start..end], end < numbers.len())
    }
}

/// Ids in the order of their value.
fn order(id: &str) -> (usize, &str) {
    let digits = id.trim_start_matches('0');
    (digits.len(), digits)
}

/// `[{"field":"account_mode","operator":"EQUAL","value":"SANDBOX"}]`
fn account_mode(filtering: &Value) -> Option<String> {
    let filter = filtering.as_array()?.iter().find(|filter| filter["field"] == "account_mode" && filter["operator"] == "EQUAL")?;
    filter["value"].as_str().map(str::to_owned)
}

/// Opaque to clients, so that nobody builds one.
fn cursor(number: &Number) -> String {
    hex::encode(number.id.as_str())
}

fn read_cursor(cursor: &str) -> Result<String, Refusal> {
    let id = hex::decode(cursor).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    id.filter(|id| !id.is_empty() && id.bytes().all(|b| b.is_ascii_digit()))
        .ok_or_else(|| Refusal::because(Code::InvalidParameter, "The cursor is not one of this list."))
}

/// Address of the next page, without the token: it is sent again in the header.
fn next(config: &Config, version: Version, waba: &str, query: &Query, last: &Number) -> Option<String> {
    let mut url = url::Url::parse(&format!("{}/{version}/{waba}/phone_numbers", config.public_url.as_ref()?)).ok()?;
    url.query_pairs_mut().append_pair("limit", &query.limit.to_string()).append_pair("after", &cursor(last));
    if let Some(fields) = &query.fields {
        url.query_pairs_mut().append_pair("fields", fields);
    }
    if query.descending {
        url.query_pairs_mut().append_pair("sort", "creation_time.desc");
    }
    if let Some(mode) = &query.account_mode {
        let filter = serde_json::json!([{ "field": "account_mode", "operator": "EQUAL", "value": mode }]);
        url.query_pairs_mut().append_pair("filtering", &filter.to_string());
    }
    Some(url.into())
}

#[cfg(test)]
mod tests;
