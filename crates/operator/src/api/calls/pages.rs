//! Going through the call log page by page. A cursor is the last call that was looked at.

use std::fmt;

use callport_core::call_id::CallId;
use callport_core::ids::{PhoneNumberId, UserId};
use callport_engine::Fault;
use callport_engine::ports::{CallPage, Store};
use callport_engine::records::CallRecord;

use crate::api::paged::NO_CURSOR;

/// Rows that are asked of the store at a time.
const CHUNK: u32 = 200;

/// The place after a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Cursor(CallId);

impl Cursor {
    pub(super) fn parse(text: &str) -> Result<Self, &'static str> {
        CallId::parse(text).map(Cursor).map_err(|_| NO_CURSOR)
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.as_str())
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
            let chunk = self.look_ahead().await?;
            if chunk.is_empty() {
                return Ok((found, None));
            }
            for call in chunk {
                if found.len() == limit as usize || looked_at == most {
                    return Ok((found, self.cursor.clone()));
                }
                looked_at += 1;
                self.cursor = Some(Cursor(call.id.clone()));
                if wanted(&call) {
                    found.push(call);
                }
            }
        }
    }

    async fn look_ahead(&self) -> Result<Vec<CallRecord>, Fault> {
        let before = self.cursor.as_ref().map(|cursor| cursor.0.clone());
        self.store.calls(CallPage { number: self.number.clone(), user: self.user.clone(), before, limit: CHUNK }).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use callport_core::call_id::Direction;
    use callport_core::ids::WabaId;
    use callport_core::time::WallTime;
    use callport_engine::records::Stage;
    use callport_flow::{CallRow, Row};
    use callport_store::MemoryStore;
    use callport_testkit::plant;

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
            line: callport_engine::records::CallLine::Webhooks,
            keys: callport_core::key_exchange::KeyExchange::Dtls,
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
        store.join().await.unwrap();
        for call in calls {
            plant(&store, Row::Call(CallRow::on_record(call, 1, false))).await;
        }
        store
    }

    #[tokio::test]
    async fn a_calendar_that_was_moved_back_changes_no_order() {
        let store = log([call(1, 10), call(2, 30), call(3, 30), call(4, 20), call(5, 5)]).await;
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
        for text in ["", "1", "1760000000000.1", "wacid", "next"] {
            assert!(Cursor::parse(text).is_err(), "{text}");
        }
    }
}
