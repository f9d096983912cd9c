//! The engine itself: ports, configuration, and the parts that they drive.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use callport_core::bsuid::Bsuid;
use callport_core::call_id::CallId;
use callport_core::country::Country;
use callport_core::ids::{PhoneNumberId, UserId, WabaId};
use callport_core::limits::{CallTimers, NumberLimits, PairLimitSets};
use callport_core::message::MessageId;
use callport_core::outreach::NO_BUSINESS_CALLS;
use callport_core::scope::Field;
use callport_core::time::WallTime;
use parking_lot::Mutex;
use tokio::sync::mpsc;

use crate::calls::{Live, Starts};
use crate::deliveries::{DeliveryPolicy, Outbox};
use crate::directory::ShortestSecrets;
use crate::fault::Fault;
use crate::pairs::PairLocks;
use crate::ports::{Carrier, Change, Clock, Media, MediaEvent, Notice, Random, Store, Wording};
use crate::records::{Delivery, DeliveryId, DeliveryState};
use crate::users::UserBus;

/// The world, as the engine sees it.
#[derive(Clone)]
pub struct Ports {
    /// What survives.
    pub store: Arc<dyn Store>,
    /// The media plane.
    pub media: Arc<dyn Media>,
    /// HTTP to businesses.
    pub carrier: Arc<dyn Carrier>,
    /// Facts into published JSON.
    pub wording: Arc<dyn Wording>,
    /// The calendar.
    pub clock: Arc<dyn Clock>,
    /// Chance.
    pub random: Arc<dyn Random>,
}

/// What an operator may set.
#[derive(Debug, Clone)]
pub struct Config {
    /// Timers of a call.
    pub timers: CallTimers,
    /// Limits of a number.
    pub limits: NumberLimits,
    /// Limits of a pair.
    pub pairs: PairLimitSets,
    /// Countries whose business numbers may not call users.
    pub no_business_calls: Vec<Country>,
    /// How webhooks are retried.
    pub deliveries: DeliveryPolicy,
    /// A token may be made that reaches every account: for tests, whose fixtures say less. A live platform has accounts of strangers.
    pub unlimited_tokens: bool,
    /// How short secrets may be.
    pub secrets: ShortestSecrets,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            timers: CallTimers::default(),
            limits: NumberLimits::default(),
            pairs: PairLimitSets::default(),
            no_business_calls: NO_BUSINESS_CALLS.iter().filter_map(|code| Country::parse(code).ok()).collect(),
            deliveries: DeliveryPolicy::default(),
            unlimited_tokens: true,
            secrets: ShortestSecrets::default(),
        }
    }
}

/// The one writer. Cheap to share; every adapter holds the same one.
pub struct Engine {
    pub(crate) ports: Ports,
    pub(crate) config: Config,
    pub(crate) live: Live,
    pub(crate) users: UserBus,
    pub(crate) outbox: Outbox,
    /// Held while an object is read, judged and written back, so that two such changes never overlap.
    pub(crate) changing: tokio::sync::Mutex<()>,
    pub(crate) pairs: PairLocks,
    pub(crate) starts: Starts,
    /// Users by the ids that portfolios know them by, as far as they were asked for.
    pub(crate) bsuids: Mutex<HashMap<Bsuid, UserId>>,
    last_delivery: AtomicU64,
    stopping: AtomicBool,
}

impl Engine {
    /// Settles what an earlier process left behind, then takes commands.
    ///
    /// Calls that were live are ended as failed with their terminate webhooks queued, and pending webhooks are carried on with.
    pub async fn start(ports: Ports, config: Config, media_events: mpsc::Receiver<MediaEvent>) -> Result<Arc<Engine>, Fault> {
        let last = ports.store.last_delivery().await?;
        let outbox = Outbox::start(ports.clone(), config.deliveries.clone());
        let engine = Arc::new(Engine {
            ports,
            config,
            live: Live::default(),
            users: UserBus::default(),
            outbox,
            changing: tokio::sync::Mutex::default(),
            pairs: PairLocks::default(),
            starts: Starts::default(),
            bsuids: Mutex::default(),
            last_delivery: AtomicU64::new(last.0),
            stopping: AtomicBool::new(false),
        });
        let left_behind = engine.ports.store.pending_deliveries().await?;
        engine.outbox.carry_on(left_behind);
        engine.settle_interrupted_calls().await?;
        tokio::spawn(crate::calls::pass_on_media_events(engine.clone(), media_events));
        Ok(engine)
    }

    /// From now on no call is placed, in either direction; those that are up go on. What comes first when a platform stops.
    pub fn take_no_more_calls(&self) {
        self.stopping.store(true, Ordering::Relaxed);
    }

    pub(crate) fn takes_calls(&self) -> Result<(), Fault> {
        match self.stopping.load(Ordering::Relaxed) {
            false => Ok(()),
            true => Err(Fault::new("engine: new call", "the platform is stopping")),
        }
    }

    /// Ends the live calls' tasks and stops delivering; what is queued stays in the store.
    pub async fn stop(&self) {
        self.outbox.stop().await;
    }

    /// The calendar that every rule goes by.
    pub fn now(&self) -> WallTime {
        self.ports.clock.now()
    }

    /// Returns once the calendar says so: for whoever acts at a moment, as people do.
    pub async fn sleep_until(&self, at: WallTime) {
        self.ports.clock.sleep_until(at).await;
    }

    /// The store, for adapters that only read.
    pub fn store(&self) -> &dyn Store {
        self.ports.store.as_ref()
    }

    /// Random bytes for ids and secrets that an adapter hands out.
    pub fn random<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.ports.random.fill(&mut bytes);
        bytes
    }

    /// A new object id of fifteen digits, as published ids have.
    pub fn new_object_id(&self) -> String {
        let random = u64::from_be_bytes(self.random());
        (100_000_000_000_000 + random % 900_000_000_000_000).to_string()
    }

    /// One transaction: the changes and a webhook row for every app that must be told. Then delivery may begin.
    pub(crate) async fn save(&self, mut changes: Vec<Change>, notices: &[Notice]) -> Result<(), Fault> {
        let mut deliveries = Vec::new();
        for notice in notices {
            deliveries.extend(self.address(notice).await?);
        }
        changes.extend(deliveries.iter().map(|delivery| Change::PutDelivery(Box::new(delivery.clone()))));
        self.ports.store.commit(changes).await?;
        self.outbox.post(deliveries);
        Ok(())
    }

    /// One delivery for each app that is subscribed to the WABA and to the field.
    async fn address(&self, notice: &Notice) -> Result<Vec<Delivery>, Fault> {
        let Address { waba, number, field, call, message } = Address::of(notice);
        let now = self.now();
        let mut body = None;
        let mut deliveries = Vec::new();
        for app in self.receivers(waba, field).await? {
            let body = body.get_or_insert_with(|| self.ports.wording.body(notice));
            deliveries.push(Delivery {
                id: DeliveryId(self.last_delivery.fetch_add(1, Ordering::Relaxed) + 1),
                app: app.id,
                waba: waba.clone(),
                number: number.cloned(),
                field,
                event: notice.event().to_owned(),
                call: call.cloned(),
                message: message.cloned(),
                body: body.clone(),
                created_at: now,
                state: DeliveryState::Pending { next_attempt_at: now },
                attempts: 0,
            });
        }
        Ok(deliveries)
    }
}

/// Where a notice belongs.
struct Address<'a> {
    waba: &'a WabaId,
    number: Option<&'a PhoneNumberId>,
    field: Field,
    call: Option<&'a CallId>,
    message: Option<&'a MessageId>,
}

impl<'a> Address<'a> {
    fn of(notice: &'a Notice) -> Self {
        let at = |waba, number, field| Self { waba, number: Some(number), field, call: None, message: None };
        match notice {
            Notice::Connect { facts, call, .. } | Notice::Terminate { facts, call, .. } | Notice::CallStatus { facts, call, .. } => {
                Self { call: Some(call), ..at(&facts.waba, &facts.number_id, Field::Calls) }
            }
            Notice::NoPaymentMethod { facts, .. } => at(&facts.waba, &facts.number_id, Field::Calls),
            Notice::MessageStatus { recipient, message, .. } => {
                Self { message: Some(message), ..at(&recipient.waba, &recipient.number_id, Field::Messages) }
            }
            Notice::Said { facts, message, .. } => Self { message: Some(message), ..at(&facts.waba, &facts.number_id, Field::Messages) },
            Notice::SettingsChanged { waba, number_id, .. } => at(waba, number_id, Field::AccountSettingsUpdate),
            Notice::Restricted { waba, number_id, .. } => at(waba, number_id, Field::AccountUpdate),
            Notice::TemplateStatus { template, .. } => {
                Self { waba: &template.waba, number: None, field: Field::MessageTemplateStatusUpdate, call: None, message: None }
            }
        }
    }
}
