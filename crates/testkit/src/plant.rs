//! Rows that are there without anything having led to them.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use callport_engine::ports::{Commit, Store};
use callport_flow::{Row, Write};

/// The first process that joins a store.
const NODE: u32 = 1;

/// Puts a row into a store behind the back of the engine that joined it first.
pub async fn plant(store: &dyn Store, row: Row) {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    let id = (1 << 62) + NEXT.fetch_add(1, Ordering::Relaxed);
    let writes = vec![Write::Put(row)];
    let commit = Commit { id, node: NODE, expects: vec![], guards: vec![], writes, entries: vec![], webhooks: vec![] };
    let made = store.commit(Arc::new(commit)).await;
    assert!(made.is_ok(), "a planted row was refused: {made:?}");
}
