//! Drives the queue: takes new deliveries, waits for retries, runs attempts side by side.

use std::sync::Arc;

use callport_core::ids::AppId;
use callport_core::time::WallTime;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use super::DeliveryPolicy;
use super::attempt::{self, Item, Subject};
use super::queue::Queue;
use crate::engine::Ports;

/// An attempt that came back.
struct Outcome {
    app: AppId,
    subject: Option<Subject>,
    first: bool,
    again: Option<Item>,
}

pub(super) struct Worker {
    ports: Ports,
    policy: Arc<DeliveryPolicy>,
    items: mpsc::UnboundedReceiver<Item>,
    queue: Queue,
    attempts: JoinSet<Outcome>,
}

impl Worker {
    pub(super) fn new(ports: Ports, policy: DeliveryPolicy, items: mpsc::UnboundedReceiver<Item>) -> Self {
        Self { ports, policy: Arc::new(policy), items, queue: Queue::default(), attempts: JoinSet::new() }
    }

    /// Runs until the outbox is dropped or stopped.
    pub(super) async fn run(mut self) {
        loop {
            self.start_what_may_go();
            let due = self.queue.next_due();
            let clock = self.ports.clock.clone();
            tokio::select! {
                item = self.items.recv() => match item {
                    Some(item) => self.queue.admit(item, self.ports.clock.now()),
                    None => return,
                },
                Some(outcome) = self.attempts.join_next() => self.settle(outcome),
                () = sleep_until(&*clock, due) => self.queue.wake(self.ports.clock.now()),
            }
        }
    }

    fn start_what_may_go(&mut self) {
        while let Some(item) = self.queue.next(self.policy.in_flight_per_app) {
            let (ports, policy) = (self.ports.clone(), self.policy.clone());
            let (app, subject, first) = (item.app.clone(), item.subject.clone(), item.attempts == 0);
            self.attempts.spawn(async move {
                let again = attempt::attempt(&ports, &policy, item).await;
                Outcome { app, subject, first, again }
            });
        }
    }

    fn settle(&mut self, outcome: Result<Outcome, tokio::task::JoinError>) {
        match outcome {
            Ok(Outcome { app, subject, first, again }) => self.queue.settled(&app, subject.as_ref(), first, again),
            // A bug in one attempt: its row stays pending in the store and the next start carries on with it.
            Err(error) => tracing::error!(%error, "webhook outbox: an attempt died"),
        }
    }
}

async fn sleep_until(clock: &dyn crate::ports::Clock, due: Option<WallTime>) {
    match due {
        Some(due) => clock.sleep_until(due).await,
        None => std::future::pending().await,
    }
}
