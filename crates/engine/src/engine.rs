//! The engine as adapters hold it: ports, configuration, its start and its end.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use callport_core::call::EndReason;
use callport_core::call_id::CallId;
use callport_core::codec::AdditionalCodec;
use callport_core::limits::PairLimits;
use callport_core::outreach::Sender;
use callport_core::settings::AccountMode;
use callport_core::time::WallTime;
use callport_flow::{Input, Rules};
use tokio::sync::{mpsc, watch};

use crate::calls::{Owners, pass_on_media_events};
use crate::deliveries::{DeliveryPolicy, Outbox, Webhooks};
use crate::fault::{Failed, Fault};
use crate::health::{EngineHealth, Health};
use crate::injection::FaultInjection;
use crate::node::{InputOutcome, Node};
use crate::ports::{Bus, Carrier, Clock, Media, MediaEvent, Random, SipLine, Store, Tasks, Wording};
use crate::records::Number;
use crate::requests::{OpenRequest, Requests};
use crate::retention::Retention;
use crate::settler::Settler;
use crate::users::UserBus;

/// The world, as the engine sees it.
#[derive(Clone)]
pub struct Ports {
    /// What survives, and decides races.
    pub store: Arc<dyn Store>,
    /// The media plane.
    pub media: Arc<dyn Media>,
    /// SIP to businesses.
    pub sip: Arc<dyn SipLine>,
    /// HTTP to businesses.
    pub carrier: Arc<dyn Carrier>,
    /// Facts into published JSON.
    pub wording: Arc<dyn Wording>,
    /// The calendar, and the time that deadlines go by.
    pub clock: Arc<dyn Clock>,
    /// Chance.
    pub random: Arc<dyn Random>,
    /// Where everything runs that runs by itself.
    pub tasks: Arc<dyn Tasks>,
    /// Other processes.
    pub bus: Arc<dyn Bus>,
}

/// What an operator may set.
#[derive(Debug, Clone, Default)]
pub struct EngineConfig {
    /// Rules of calls, pairs and secrets.
    pub rules: Rules,
    /// How webhooks are retried.
    pub deliveries: DeliveryPolicy,
    /// How long what is over is kept.
    pub retention: Retention,
}

/// A pause before a call that could not be ended at a stop is tried again: a stop has seconds.
const FAULT_PAUSE: Duration = Duration::from_millis(100);

/// The one way in. Cheap to share; every adapter holds the same one.
///
/// Whatever a method began is carried out, also when its caller stops waiting for it.
pub struct Engine {
    pub(crate) node: Arc<Node>,
    /// The request of the Graph API that this copy works for.
    pub(crate) request: Option<Arc<OpenRequest>>,
}

impl Engine {
    /// Settles what ended processes left behind, then takes inputs.
    ///
    /// Calls that were live are ended as failed with their terminate webhooks queued, and pending webhooks are carried on with.
    pub async fn start(ports: Ports, config: EngineConfig, media_events: mpsc::Receiver<MediaEvent>) -> Result<Arc<Engine>, Fault> {
        let id = ports.store.join().await?;
        let health = Arc::new(Health::default());
        let journal = Arc::new(watch::Sender::new(0));
        let settler = Arc::new(Settler::new(ports.store.clone(), ports.tasks.clone(), health.clone(), journal.clone()));
        let faults = Arc::new(FaultInjection::default());
        let outbox = Arc::new(Outbox::new(ports.clone(), id, config.deliveries, health.clone(), settler.clone(), faults.clone()));
        let line =
            Webhooks { store: ports.store.clone(), wording: ports.wording.clone(), outbox: outbox.clone(), routing: config.rules.routing };
        let transcodes =
            [AdditionalCodec::Pcma, AdditionalCodec::Pcmu].into_iter().filter(|codec| ports.media.transcodes(*codec)).collect();
        let node = Arc::new(Node {
            id,
            ports,
            rules: config.rules,
            transcodes,
            line: Arc::new(line),
            outbox: outbox.clone(),
            settler: settler.clone(),
            owners: Owners::default(),
            users: UserBus::default(),
            health,
            stopping: AtomicBool::new(false),
            commits: AtomicU64::new(0),
            journal,
            requests: Requests::default(),
            faults,
        });
        node.start("the settler", settler.run());
        node.start("the outbox", outbox.run());
        node.adopt().await?;
        if node.ports.store.is_shared() {
            node.start("the house-keeping", node.clone().keep_house());
        }
        node.start("entries of requests", crate::requests::keep(node.clone()));
        node.start("retention", crate::retention::keep(node.clone(), config.retention));
        node.start("media events", pass_on_media_events(node.clone(), media_events));
        Ok(Arc::new(Engine { node, request: None }))
    }

    /// From now on no call is placed, in either direction; those that are up go on. What comes first when a platform stops.
    pub fn take_no_more_calls(&self) {
        self.node.stopping.store(true, Ordering::Relaxed);
    }

    /// Ends the calls that are up as failed, and sends what their businesses must be told, for at most so long. What was not sent by then
    /// is in the store, and the next start sends it.
    pub async fn stop(&self, limit: Duration) {
        self.take_no_more_calls();
        let last_words = async {
            join_all(self.node.owners.all().into_iter().map(|(call, _)| self.cut(call))).await;
            self.node.outbox.idle().await;
            self.node.requests.idle().await;
        };
        tokio::select! { biased;
            () = last_words => {}
            () = self.node.ports.tasks.sleep(limit) => tracing::warn!("the platform stops before every webhook was sent; the next start sends the rest"),
        }
        self.node.outbox.stop();
    }

    /// Ends a call because the platform stops: until it is over, for a store that fails once may not leave a business with a call that nobody
    /// carries on. One that never recovers is left to the next start.
    async fn cut(&self, call: CallId) {
        while let Err(Failed::Fault(fault)) = self.fail_call(&call, EndReason::PlatformRestarted).await {
            tracing::error!(call = call.short(), %fault, "a call could not be ended at the stop of the platform, and is tried again");
            if self.node.health.is_fenced() {
                return; // the others end it
            }
            self.node.ports.tasks.sleep(FAULT_PAUSE).await;
        }
    }

    /// Runs an input, for the request that this copy works for.
    pub(crate) async fn submit<I: Input>(&self, input: I) -> InputOutcome<I> {
        self.node.submit(input, self.request.clone()).await
    }

    /// How the engine fares.
    pub fn health(&self) -> EngineHealth {
        self.node.health.look()
    }

    /// Webhooks that wait or are under way.
    pub fn waiting_webhooks(&self) -> usize {
        self.node.outbox.len()
    }

    /// Changes whenever this process wrote to the journal: a hint for whoever follows it.
    pub fn journal_growth(&self) -> watch::Receiver<u64> {
        self.node.journal.subscribe()
    }

    /// What goes wrong because a test asked for it.
    pub fn faults(&self) -> &FaultInjection {
        &self.node.faults
    }

    /// The calendar that every rule goes by.
    pub fn now(&self) -> WallTime {
        self.node.ports.clock.now()
    }

    /// Returns once the calendar says so: for whoever acts at a moment, as people do.
    pub async fn sleep_until(&self, at: WallTime) {
        self.node.ports.clock.sleep_until(at).await;
    }

    /// The store, for adapters that only read.
    pub fn store(&self) -> &dyn Store {
        self.node.ports.store.as_ref()
    }

    /// Random bytes for ids and secrets that an adapter hands out.
    pub fn random<const N: usize>(&self) -> [u8; N] {
        self.node.random()
    }

    /// A new object id of fifteen digits, as published ids have.
    pub fn new_object_id(&self) -> String {
        let random = u64::from_be_bytes(self.random());
        (100_000_000_000_000 + random % 900_000_000_000_000).to_string()
    }

    /// 256 random bits as letters and digits.
    pub(crate) fn secret_text(&self) -> String {
        const ALPHABET: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
        let random: [u8; 52] = self.random(); // 52 × 5 bits
        random.iter().map(|byte| char::from(ALPHABET[usize::from(byte % 32)])).collect()
    }

    /// The limits that hold for the pairs of a number in this mode.
    pub fn pair_limits(&self, mode: AccountMode) -> &PairLimits {
        self.node.rules.pairs.of(mode)
    }

    /// The business's side of an attempt to reach a user.
    pub fn sender<'a>(&'a self, number: &'a Number, now: WallTime) -> Sender<'a> {
        callport_flow::calls::sender(number, now, &self.node.rules)
    }
}

/// All of them side by side, on this task.
async fn join_all(futures: impl Iterator<Item = impl Future<Output = ()>>) {
    let mut all: Vec<_> = futures.map(Box::pin).collect();
    std::future::poll_fn(|cx| {
        all.retain_mut(|future| future.as_mut().poll(cx).is_pending());
        if all.is_empty() { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
    })
    .await;
}
