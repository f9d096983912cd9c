//! `GET /{version}/{waba-id}/phone_numbers`: the account's numbers, in pages.
//!
//! Platform docs, Cloud API, Phone numbers (2026). Sorting is taken in both documented spellings; as no other time of a number is
//! known, ids stand for the order of making. The one filter is that of the mode; another is refused, since it would not be honoured.

use std::cmp::Ordering;

use axum::extract::{Path, State};
use callport_engine::ports;
use callport_engine::records::{Number, Waba};
use callport_wire::nodes::page::Page;
use callport_wire::nodes::phone_number::PhoneNumber;
use callport_wire::{Malformed, Params};
use serde_json::{Map, Value};

use super::number;
use crate::answer::{Answer, Refusal, Reply};
use crate::asked::Asked;
use crate::auth::Caller;
use crate::fields::Fields;
use crate::lists::{Link, Span};
use crate::operation::{Needs, Operation, Parameter};
use crate::{Graph, Shared};

/// Numbers of one account that are looked through.
const MOST: u32 = 10_000;

/// Numbers on a page at most.
const LIMIT_MAX: usize = 100;

/// What can be done with an account's numbers.
pub(crate) fn operations() -> Vec<Operation> {
    let query = [
        Parameter::fields(),
        Parameter::text("filtering", "`[{\"field\":\"account_mode\",\"operator\":\"EQUAL\",\"value\":\"SANDBOX\"}]`"),
        Parameter::text("sort", "`creation_time.desc` and the like."),
    ];
    let list = Operation::get("listPhoneNumbers", get)
        .summary("The numbers of an account")
        .needs(Needs::ACCOUNT)
        .query(query.into_iter().chain(Parameter::paging()))
        .reply(|known| {
            let number = known.of::<PhoneNumber>();
            known.list(number)
        });
    vec![list]
}

/// The endpoint.
pub(crate) async fn get(State(graph): State<Shared>, Path(id): Path<String>, asked: Asked) -> Reply {
    let mut caller = asked.caller();
    let waba = graph.waba(&mut caller, &id, &asked.method).await?;
    Answer::new(&page(&graph, &caller, &waba, &asked).await?)
}

/// A page of the list, for the endpoint and for the field of the account.
pub(super) async fn page(graph: &Graph, caller: &Caller, waba: &Waba, asked: &Asked) -> Result<Page<Map<String, Value>>, Refusal> {
    let query = Query::read(asked.params()?)?;
    let numbers = query.chosen(graph.engine.store().numbers(Some(&waba.id), ports::Page::first(MOST)).await?);
    let page = query.span.of(&numbers, |number, place| query.order(number.id.as_str(), place));
    let fields = Fields::asked(asked.fields()?.as_deref(), &number::KIND)?;
    let mut data = Vec::with_capacity(page.items.len());
    for number in page.items {
        data.push(number::shown(graph, &caller.actor, &waba.id, number, &fields).await?);
    }
    let link = Link { config: &graph.config, asked, path: format!("{}/phone_numbers", waba.id.as_str()) };
    let paging = page.paging(&query.span, &link, |number| number.id.as_str().to_owned());
    Ok(Page { data, paging })
}

/// What was asked of the list.
#[derive(Debug, Default)]
struct Query {
    span: Span,
    descending: bool,
    account_mode: Option<String>,
}

impl Query {
    fn read(params: &Map<String, Value>) -> Result<Self, Refusal> {
        let sort = Params::new(params).words("sort")?.unwrap_or_default();
        Ok(Self {
            span: Span::read(params, LIMIT_MAX, |place| !place.is_empty() && place.bytes().all(|b| b.is_ascii_digit()))?,
            descending: sort.iter().any(|order| order.contains("desc")),
            account_mode: account_mode(params)?,
        })
    }

    fn chosen(&self, mut numbers: Vec<Number>) -> Vec<Number> {
        numbers.retain(|number| self.account_mode.as_deref().is_none_or(|mode| mode.eq_ignore_ascii_case(number.account_mode.name())));
        numbers.sort_by(|a, b| self.order(a.id.as_str(), b.id.as_str()));
        numbers
    }

    /// Ids in the order that was asked for.
    fn order(&self, a: &str, b: &str) -> Ordering {
        let ascending = by_value(a).cmp(&by_value(b));
        if self.descending { ascending.reverse() } else { ascending }
    }
}

/// Ids in the order of their value.
fn by_value(id: &str) -> (usize, &str) {
    let digits = id.trim_start_matches('0');
    (digits.len(), digits)
}

/// `[{"field":"account_mode","operator":"EQUAL","value":"SANDBOX"}]`
fn account_mode(params: &Map<String, Value>) -> Result<Option<String>, Malformed> {
    const NAME: &str = "filtering";
    let unknown = || Malformed::wrong(NAME, "may hold one filter, of the field account_mode with the operator EQUAL");
    match Params::new(params).list(NAME)?.unwrap_or_default() {
        [] => Ok(None),
        [filter] if filter["field"] == "account_mode" && filter["operator"] == "EQUAL" => {
            filter["value"].as_str().map(|mode| Some(mode.to_owned())).ok_or_else(unknown)
        }
        _ => Err(unknown()),
    }
}

#[cfg(test)]
mod tests;
