//! Drives the queue: takes what was committed, waits for retries, runs attempts side by side, and has their outcome saved.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use callport_flow::NodeId;
use parking_lot::Mutex;
use tokio::sync::{Notify, Semaphore};

use super::DeliveryPolicy;
use super::attempt::{Item, Made, attempt};
use super::queue::{Mark, Queue};
use crate::engine::Ports;
use crate::health::Health;
use crate::injection::{FaultInjection, REORDER_AT_MOST, SeenWebhook, WebhookFault};
use crate::ports::{NewDelivery, Queued};
use crate::records::{Delivery, DeliveryId};
use crate::settler::Settler;
use crate::supervise::contained;

/// Deliveries that are kept whole, body and all, until their first attempt. Of later ones only ids are kept: a body has some kilobytes, and
/// is read from the store when its turn comes. Enough for all that receivers who keep up let wait.
const KEPT_WHOLE: usize = 1_024;

/// Attempts whose outcome is not on record yet. At so many no more are made.
const UNSAVED: usize = 1_024;

/// A pause before a delivery is looked at again when the store, or our own code, failed.
const FAULT_PAUSE: Duration = Duration::from_secs(1);

/// The outbox of this process. Every item in it is durable, and small without its body.
pub(crate) struct Outbox {
    ports: Ports,
    node: NodeId,
    policy: Arc<DeliveryPolicy>,
    health: Arc<Health>,
    settler: Arc<Settler>,
    faults: Arc<FaultInjection>,
    queue: Mutex<Queue>,
    /// One permit for each delivery that may still be kept whole.
    room: Arc<Semaphore>,
    /// One permit for each attempt whose outcome may still be unsaved.
    unsaved: Arc<Semaphore>,
    wake: Notify,
    cut: Notify,
    stopped: AtomicBool,
    /// Lanes that are being read: they have webhooks which the queue does not know yet.
    reading: AtomicUsize,
}

impl Outbox {
    pub(crate) fn new(
        ports: Ports,
        node: NodeId,
        policy: DeliveryPolicy,
        health: Arc<Health>,
        settler: Arc<Settler>,
        faults: Arc<FaultInjection>,
    ) -> Self {
        Self {
            ports,
            node,
            policy: Arc::new(policy),
            health,
            settler,
            faults,
            queue: Mutex::default(),
            room: Arc::new(Semaphore::new(KEPT_WHOLE)),
            unsaved: Arc::new(Semaphore::new(UNSAVED)),
            wake: Notify::new(),
            cut: Notify::new(),
            stopped: AtomicBool::new(false),
            reading: AtomicUsize::new(0),
        }
    }

    /// Freshly committed, in order, with their places.
    pub(crate) fn post(self: &Arc<Self>, new: Vec<NewDelivery>, queued: &[Queued]) {
        let now = self.ports.clock.elapsed();
        for (new, place) in new.into_iter().zip(queued) {
            if place.worker != self.node {
                self.ports.bus.wake(place.worker, place.id);
                continue;
            }
            let mut queue = self.queue.lock();
            match place.after {
                // Ours to send, but something before it that we never heard of is not sent yet: the lane is read first.
                Some(before) if !queue.knows(before) => {
                    drop(queue);
                    self.look(place.id);
                }
                _ => self.admit(&mut queue, new, *place, now),
            }
        }
        self.wake.notify_one();
    }

    /// A webhook that nobody tried yet, unless a test wants it late.
    fn admit(&self, queue: &mut Queue, new: NewDelivery, place: Queued, now: Duration) {
        let held = self.faults.holds(&SeenWebhook { app: &new.app, number: new.number.as_ref(), field: new.field, event: new.event });
        let item = Item::fresh(new, place, &self.room, now);
        match held {
            Some((why, WebhookFault::Delay(by))) => queue.admit(item.held(why, by), now, Mark::BEGINNING),
            Some((why, _)) => {
                let about = item.subject.clone();
                queue.admit_behind_the_next(item.held(why, REORDER_AT_MOST), about, now);
            }
            None => queue.admit(item, now, Mark::BEGINNING),
        }
    }

    /// Take it before the store is asked for what is pending.
    pub(crate) fn mark(&self) -> Mark {
        self.queue.lock().mark()
    }

    /// From the store, in order of id, as it was found after that mark; bodies are read at the attempt.
    pub(crate) fn carry_on(&self, pending: &[Delivery], seen: Mark) {
        let (today, now) = (self.ports.clock.now(), self.ports.clock.elapsed());
        let mut queue = self.queue.lock();
        for delivery in pending {
            queue.admit(Item::stored(delivery, &self.policy, today, now), now, seen);
        }
        drop(queue);
        self.wake.notify_one();
    }

    /// Reads the lane of a webhook that is ours to send.
    pub(crate) fn look(self: &Arc<Self>, id: DeliveryId) {
        let outbox = self.clone();
        self.reading.fetch_add(1, Ordering::Relaxed);
        self.ports.tasks.spawn(Box::pin(async move {
            loop {
                let seen = outbox.mark();
                match outbox.ports.store.open_in_lane(outbox.node, id).await {
                    Ok(open) => {
                        outbox.carry_on(&open, seen);
                        outbox.reading.fetch_sub(1, Ordering::Relaxed);
                        return;
                    }
                    Err(fault) => {
                        tracing::error!(%fault, "webhooks of a lane could not be read; they are asked for again");
                        outbox.ports.tasks.sleep(FAULT_PAUSE).await;
                    }
                }
            }
        }));
    }

    /// Webhooks that wait or are under way.
    pub(crate) fn len(&self) -> usize {
        self.queue.lock().len()
    }

    /// Returns once no first attempt waits or is under way, and all outcomes are on record.
    pub(crate) async fn idle(&self) {
        const LOOK: Duration = Duration::from_millis(20);
        while !self.is_idle() {
            self.ports.tasks.sleep(LOOK).await;
        }
    }

    fn is_idle(&self) -> bool {
        let all_known = self.reading.load(Ordering::Relaxed) == 0;
        all_known && self.queue.lock().is_idle() && self.settler.is_idle() && self.unsaved.available_permits() == UNSAVED
    }

    /// Cuts attempts that are under way; they count as not made.
    pub(crate) fn stop(&self) {
        self.stopped.store(true, Ordering::Relaxed);
        self.cut.notify_waiters();
        self.wake.notify_one();
    }

    pub(crate) async fn run(self: Arc<Self>) {
        let clock = self.ports.clock.clone();
        while !self.stopped.load(Ordering::Relaxed) {
            let due = self.start_what_may_go();
            tokio::select! { biased;
                () = self.wake.notified() => {}
                () = sleep_until(&*clock, due) => {}
            }
        }
    }

    /// Attempts start while what comes of them can be saved: a store that cannot write must not make receivers hear everything again.
    fn start_what_may_go(self: &Arc<Self>) -> Option<Duration> {
        let mut queue = self.queue.lock();
        queue.wake(self.ports.clock.elapsed());
        while self.health.writes()
            && !self.health.is_fenced()
            && let Ok(permit) = self.unsaved.clone().try_acquire_owned()
        {
            let Some(item) = queue.next(self.policy.in_flight_per_app) else { break };
            let outbox = self.clone();
            self.ports.tasks.spawn(Box::pin(async move {
                outbox.attempt(item).await;
                drop(permit);
                outbox.wake.notify_one();
            }));
        }
        let due = queue.next_due();
        // While nothing may start, better times are looked for.
        if self.health.writes() { due } else { Some(self.ports.clock.elapsed() + FAULT_PAUSE) }
    }

    async fn attempt(&self, mut item: Item) {
        let (id, app, subject, first) = (item.id, item.app.clone(), item.subject.clone(), item.attempts == 0);
        let (ports, policy, faults) = (self.ports.clone(), self.policy.clone(), self.faults.clone());
        let made = tokio::select! { biased;
            () = self.cut.notified() => return,
            made = contained(async move {
                let made = attempt(&ports, &policy, &faults, &mut item).await;
                (made, item.attempts)
            }) => made,
        };
        let now = self.ports.clock.elapsed();
        let item = |attempts, due| Item { id, app: app.clone(), subject: subject.clone(), due, attempts, whole: None, held: None };
        let (again, settlement) = match made {
            Ok((Ok(Some(Made { settlement, again })), attempts)) => (again.map(|wait| item(attempts + 1, now + wait)), Some(settlement)),
            Ok((Ok(None), _)) => (None, None),
            Ok((Err(fault), attempts)) => {
                tracing::error!(delivery = id.0, %fault, "the store failed before a webhook could be sent; it is tried again");
                (Some(item(attempts, now + FAULT_PAUSE)), None)
            }
            Err(panicked) => {
                self.health.panicked();
                tracing::error!(delivery = id.0, why = panicked.0, "bug: an attempt to deliver a webhook panicked; it is tried again");
                (Some(item(1, now + FAULT_PAUSE)), None)
            }
        };
        let over = again.is_none();
        // Nothing left the house while the attempt count stands still: the lane waits for it, or later webhooks would overtake it.
        let made = again.as_ref().is_none_or(|again| again.attempts > 0);
        self.queue.lock().settled(&app, subject.as_ref(), first && made, again);
        self.wake.notify_one(); // the lane goes on; what came of this attempt is saved beside it
        if let Some(settlement) = settlement {
            let _ = self.settler.push(settlement).await; // fails only when the settler is gone
        }
        if over {
            self.queue.lock().forget(id);
        }
    }
}

async fn sleep_until(clock: &dyn crate::ports::Clock, due: Option<Duration>) {
    match due {
        Some(due) => clock.sleep_until_elapsed(due).await,
        None => std::future::pending().await,
    }
}
