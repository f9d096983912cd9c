//! Writes that depend on nothing (what became of webhooks, last media reports) go together: many in one transaction, kept until saved.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::{Notify, oneshot, watch};

use crate::health::Health;
use crate::ports::{Settlement, Store, Tasks};

/// Written at a time.
const BATCH: usize = 256;
/// A pause after the store failed.
const PAUSE: Duration = Duration::from_millis(500);
/// One that the store refuses so often while it takes others is broken itself, and is given up.
const TRIES: u32 = 20;

/// What waits to be saved. Whoever pushes bounds how much of his waits.
pub(crate) struct Settler {
    store: Arc<dyn Store>,
    tasks: Arc<dyn Tasks>,
    health: Arc<Health>,
    journal: Arc<watch::Sender<u64>>,
    waiting: Mutex<VecDeque<Waiting>>,
    wake: Notify,
}

struct Waiting {
    settlement: Settlement,
    tries: u32,
    saved: oneshot::Sender<()>,
}

impl Settler {
    pub(crate) fn new(store: Arc<dyn Store>, tasks: Arc<dyn Tasks>, health: Arc<Health>, journal: Arc<watch::Sender<u64>>) -> Self {
        Self { store, tasks, health, journal, waiting: Mutex::default(), wake: Notify::new() }
    }

    /// Returns once it is saved, or given up. It is saved also when nobody waits.
    pub(crate) fn push(&self, settlement: Settlement) -> oneshot::Receiver<()> {
        let (saved, wait) = oneshot::channel();
        self.waiting.lock().push_back(Waiting { settlement, tries: 0, saved });
        self.wake.notify_one();
        wait
    }

    /// Nothing waits.
    pub(crate) fn is_idle(&self) -> bool {
        self.waiting.lock().is_empty()
    }

    pub(crate) async fn run(self: Arc<Self>) {
        loop {
            if !self.save_some().await {
                self.wake.notified().await;
            }
        }
    }

    /// Saves a batch; false when there was none. What was taken is put back before anything is awaited that may never return.
    async fn save_some(&self) -> bool {
        let batch: Vec<_> = self.waiting.lock().iter().take(BATCH).map(|waiting| waiting.settlement.clone()).collect();
        if batch.is_empty() {
            return false;
        }
        let size = batch.len();
        match self.store.settle(batch).await {
            Ok(()) => {
                self.health.wrote(true);
                self.journal.send_modify(|grown| *grown += 1);
                for waiting in self.waiting.lock().drain(..size) {
                    let _ = waiting.saved.send(()); // nobody has to wait for it
                }
            }
            Err(fault) => {
                tracing::error!(%fault, "outcomes of webhook deliveries and media reports could not be saved; they are kept and tried again");
                self.one_by_one(size).await;
            }
        }
        true
    }

    /// One broken write must not keep the others from being saved.
    async fn one_by_one(&self, size: usize) {
        let (mut saved, mut failed) = (0, 0);
        for _ in 0..size {
            let Some(settlement) = self.waiting.lock().front().map(|waiting| waiting.settlement.clone()) else { break };
            let result = self.store.settle(vec![settlement]).await;
            let mut all = self.waiting.lock();
            let Some(mut waiting) = all.pop_front() else { break };
            match result {
                Ok(()) => {
                    saved += 1;
                    let _ = waiting.saved.send(()); // nobody has to wait for it
                }
                Err(fault) => {
                    failed += 1;
                    waiting.tries += 1;
                    if waiting.tries >= TRIES && saved > 0 {
                        tracing::error!(%fault, "the store refuses this one record again and again while it saves others; the record is dropped");
                    } else {
                        all.push_back(waiting);
                    }
                    if saved == 0 && failed == 1 {
                        break; // it takes none: no reason to ask for each
                    }
                }
            }
        }
        self.health.wrote(saved > 0);
        if saved == 0 {
            self.tasks.sleep(PAUSE).await;
        }
    }
}
