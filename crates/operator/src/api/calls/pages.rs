//! Going through the call log page by page. The store goes by moment alone, and several calls may share one: a cursor therefore
//! is a moment and how many calls of that moment were given already.

use std::fmt;
use std::time::Duration;

use callport_core::ids::{PhoneNumberId, UserId};
use callport_core::time::WallTime;
use callport_engine::Fault;
use callport_engine::ports::{CallPage, Store};
use callport_engine::records::CallRecord;

/// Rows that are asked of the store at a time.
const CHUNK: u32 = 200;

/// Most calls of one millisecond that a cursor can have behind it.
const MAX_GIVEN: u32 = 100_000;

/// The place after a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Cursor {
    /// The moment of the last call given.
    at: WallTime,
    /// How many of that moment were given.
    given: u32,
}

impl Cursor {
    pub(super) fn parse(text: &str) -> Result<Self, &'static str> {
        let read = || {
            let (at, given) = text.split_once('.')?;
            let given = given.parse().ok().filter(|given| (1..=MAX_GIVEN).contains(given))?;
            Some(Cursor { at: WallTime::from_unix_millis(at.parse().ok()?), given })
        };
        read().ok_or("not the `next` of a page")
    }

    fn after(before: Option<Self>, call: &CallRecord) -> Self {
        match before {
            Some(Cursor { at, given }) if at == call.placed_at => Cursor { at, given: given + 1 },
            _ => Cursor { at: call.placed_at, given: 1 },
        }
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.at.unix_millis(), self.given)
    }
}

/// A walk through the log.
pub(super) struct Pages<'a> {
    store: &'a dyn Store,
    number: Option<PhoneNumberId>,
    user: Option<UserId>,
    cursor: Option<Cursor>,
}

impl<'a> Pages<'a> {
    pub(super) fn new(store: &'a dyn Store, number: Option<PhoneNumberId>, user: Option<UserId>, cursor: Option<Cursor>) -> Self {
        Self { store, number, user, cursor }
    }

    /// Up to `limit` wanted calls, looking at `most` at most, and where to go on if there may be more.
    pub(super) async fn take(
        &mut self,
        limit: u32,
        most: usize,
        wanted: impl Fn(&CallRecord) -> bool,
    ) -> Result<(Vec<CallRecord>, Option<Cursor>), Fault> {
        let mut found = Vec::new();
        let mut looked_at = 0;
        loop {
            let chunk = self.look_ahead(CHUNK).await?;
            if chunk.is_empty() {
                return Ok((found, None));
            }
            for call in chunk {
                if found.len() == limit as usize || looked_at == most {
                    return Ok((found, self.cursor));
                }
                looked_at += 1;
                self.cursor = Some(Cursor::after(self.cursor, &call));
                if wanted(&call) {
                    found.push(call);
                }
            }
        }
    }

    /// Up to `count` calls after the cursor.
    async fn look_ahead(&self, count: u32) -> Result<Vec<CallRecord>, Fault> {
        let given = self.cursor.map_or(0, |cursor| cursor.given);
        let page = CallPage {
            number: self.number.clone(),
            user: self.user.clone(),
            before: self.cursor.map(|cursor| cursor.at + Duration::from_millis(1)),
            limit: given + count,
        };
        Ok(self.store.calls(page).await?.into_iter().skip(given as usize).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use callport_core::call_id::{CallId, Direction};
    use callport_core::ids::WabaId;
    use callport_engine::ports::Change;
    use callport_engine::records::Stage;
    use callport_store::MemoryStore;

    fn call(id: usize, at_ms: i64) -> CallRecord {
        CallRecord {
            id: CallId::parse(&format!("wacid.{id:04}")).unwrap(),
            direction: Direction::UserInitiated,
            number: PhoneNumberId::parse("4001").unwrap(),
            waba: WabaId::parse("2001").unwrap(),
            user: UserId::parse("9001").unwrap(),
            device: None,
            placed_at: WallTime::from_unix_millis(at_ms),
            stage: Stage::Calling,
            cta_payload: None,
            deeplink_payload: None,
            opaque: None,
            codecs: Vec::new(),
            media: None,
        }
    }

    /// Every page in turn, with the cursor going through its text.
    async fn walk(store: &MemoryStore, limit: u32, most: usize, wanted: impl Fn(&CallRecord) -> bool + Copy) -> Vec<Vec<String>> {
        let mut pages = Vec::new();
        let mut cursor = None;
        loop {
            let (found, next) = Pages::new(store, None, None, cursor).take(limit, most, wanted).await.unwrap();
            pages.push(found.iter().map(|call| call.id.as_str().trim_start_matches("wacid.").to_owned()).collect());
            cursor = next.map(|next| Cursor::parse(&next.to_string()).unwrap());
            if cursor.is_none() {
                return pages;
            }
        }
    }

    async fn log(calls: impl IntoIterator<Item = CallRecord>) -> MemoryStore {
        let store = MemoryStore::new();
        store.commit(calls.into_iter().map(|call| Change::PutCall(Box::new(call))).collect()).await.unwrap();
        store
    }

    #[tokio::test]
    async fn calls_of_one_millisecond_are_given_once_each() {
        let store = log([call(1, 10), call(2, 20), call(3, 20), call(4, 20), call(5, 30)]).await;
        assert_eq!(walk(&store, 2, 100, |_| true).await, [vec!["0005", "0004"], vec!["0003", "0002"], vec!["0001"]]);
        assert_eq!(walk(&store, 5, 100, |_| true).await, [vec!["0005", "0004", "0003", "0002", "0001"]]);
    }

    #[tokio::test]
    async fn a_long_log_is_walked_whole_at_every_limit() {
        let store = log((0..450).map(|id| call(id, id as i64 / 7))).await;
        for limit in [1, 7, 199, 200, 201, 449, 450, 451] {
            let pages = walk(&store, limit, 10_000, |_| true).await;
            let all: Vec<_> = pages.concat();
            assert_eq!(all.len(), 450, "{limit}");
            assert!(all.is_sorted_by(|a, b| a > b), "{limit}");
        }
    }

    #[tokio::test]
    async fn a_rare_outcome_ends_a_page_early_but_loses_nothing() {
        let store = log((0..100).map(|id| call(id, id as i64))).await;
        let rare = |call: &CallRecord| call.id.as_str().ends_with("50");
        let pages = walk(&store, 10, 30, rare).await;
        assert_eq!(pages.concat(), ["0050"]);
        assert_eq!(pages.len(), 4);
    }

    #[test]
    fn refuses_what_is_no_cursor() {
        for text in ["", "1", "1.", ".1", "1.0", "a.1", "1.-1", "1.100001", "99999999999999999999.1"] {
            assert!(Cursor::parse(text).is_err(), "{text}");
        }
    }
}
