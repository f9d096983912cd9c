//! A platform in miniature: one business, one app, one user, and ports that record what the engine asks of them.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use callport_core::call::Answer;
use callport_core::call_id::CallId;
use callport_core::codec::AdditionalCodec;
use callport_core::gate::{DeviceKind, EntryPoint};
use callport_core::ids::{AppId, PhoneNumberId, PortfolioId, UserId, WabaId};
use callport_core::number::PhoneNumber;
use callport_core::pair::{Pair, Permission};
use callport_core::settings::{AccountMode, CallingSettings, MessagingLimit, Switch};
use callport_core::time::WallTime;
use callport_engine::ports::{
    Alone, AnswerRefusal, Carrier, CheckedAnswer, Context, DeliveryOutcome, Letter, Media, MediaEvent, MediaEvents, MediaFault, Notice,
    OpenBusinessCall, OpenCall, OpenedBusinessCall, OpenedCall, Store as _, VerifyRefusal, Wording, media_events,
};
use callport_engine::records::{App, Callback, MediaReport, Number, Portfolio, Progress, Said, User, Waba};
use callport_engine::{Config, Draft, Engine, NewBusinessCall, NewUserCall, Outgoing, Ports, To};
use callport_store::MemoryStore;
use callport_testkit::{Counting, TestClock, TokioTasks};
use parking_lot::Mutex;
use tokio::sync::mpsc;

pub const T0: WallTime = TestClock::START;

/// A media plane that writes down what it is told.
pub struct FakeMedia {
    pub told: Mutex<Vec<String>>,
    /// Giving an answer to a leg meets a bug.
    pub panics: AtomicBool,
    pub events: MediaEvents,
}

impl FakeMedia {
    fn tell(&self, what: impl Into<String>) {
        self.told.lock().push(what.into());
    }
}

#[async_trait]
impl Media for FakeMedia {
    async fn open(&self, request: OpenCall) -> Result<OpenedCall, MediaFault> {
        if request.phone_offer.is_empty() {
            return Err(MediaFault::Refused("the offer is empty".into()));
        }
        self.tell(if request.codecs.is_empty() { "open".to_owned() } else { format!("open with {:?}", request.codecs) });
        Ok(OpenedCall { phone_answer: "phone answer".into(), business_offer: "business offer".into() })
    }
    async fn open_business_call(&self, request: OpenBusinessCall) -> Result<OpenedBusinessCall, MediaFault> {
        if !request.business_offer.contains("fingerprint") {
            return Err(MediaFault::Refused("No fingerprint found in SDP".into()));
        }
        self.tell(match request.codecs.as_slice() {
            [] => "open business call".to_owned(),
            codecs => format!("open business call with {codecs:?}"),
        });
        Ok(OpenedBusinessCall { business_answer: "business answer".into(), warnings: Vec::new() })
    }
    async fn pick_up(&self, _: &CallId, phone_offer: String) -> Result<String, MediaFault> {
        if phone_offer.is_empty() {
            return Err(MediaFault::Refused("the offer is empty".into()));
        }
        self.tell("pick up");
        Ok("phone answer".into())
    }
    fn transcodes(&self, codec: AdditionalCodec) -> bool {
        codec == AdditionalCodec::Pcma
    }
    fn read_answer(&self, answer: &Answer, _codecs: &[AdditionalCodec]) -> Result<CheckedAnswer, AnswerRefusal> {
        match answer.as_str().contains("fingerprint") {
            true => Ok(CheckedAnswer { warnings: Vec::new(), read: Arc::new(()) }),
            false => Err(AnswerRefusal("No fingerprint found in SDP".into())),
        }
    }
    fn apply_answer(&self, _: &CallId, _: &CheckedAnswer) {
        assert!(!self.panics.load(Ordering::Relaxed), "a bug in the media plane");
        self.tell("apply");
    }
    fn open_gate(&self, _: &CallId) {
        self.tell("gate");
    }
    fn press(&self, _: &CallId, digit: char) {
        self.tell(format!("press {digit}"));
    }
    async fn rejoin(&self, _: &CallId, _: String) -> Result<String, MediaFault> {
        Ok("another answer".into())
    }
    fn close(&self, call: &CallId) {
        self.tell("close");
        let _ = self.events.try_send(MediaEvent::Closed { call: call.clone(), report: Box::default() });
    }
    async fn report(&self, _: &CallId) -> Option<MediaReport> {
        Some(MediaReport::default())
    }
}

/// A receiver of webhooks whose answers the test decides.
pub struct FakeCarrier {
    pub got: mpsc::UnboundedSender<(String, String)>,
    pub failing: Mutex<BTreeSet<String>>,
    /// Events at which it meets a bug.
    pub panicking: Mutex<BTreeSet<String>>,
    /// Events that it never answers.
    pub hanging: Mutex<BTreeSet<String>>,
}

#[async_trait]
impl Carrier for FakeCarrier {
    async fn deliver(&self, letter: Letter<'_>) -> DeliveryOutcome {
        let body = String::from_utf8(letter.body.to_vec()).unwrap();
        let event = body.split(' ').next().unwrap().to_owned();
        assert!(!self.panicking.lock().contains(&event), "a bug in the carrier");
        let hangs = self.hanging.lock().contains(&event);
        if hangs {
            std::future::pending::<()>().await;
        }
        let _ = self.got.send((letter.url.to_owned(), body));
        let error = self.failing.lock().contains(&event).then(|| "the receiver answered 500".to_owned());
        DeliveryOutcome { status: Some(if error.is_some() { 500 } else { 200 }), error, took: Duration::from_millis(3) }
    }
    async fn verify(&self, callback: &Callback, challenge: &str) -> Result<(), VerifyRefusal> {
        assert!(challenge.bytes().all(|b| b.is_ascii_digit()));
        if callback.verify_token == "s3cr3t" { Ok(()) } else { Err(VerifyRefusal::Status { status: 403, reason: "Forbidden".into() }) }
    }
}

/// Words that a test can read.
pub struct PlainWords;

impl Wording for PlainWords {
    fn body(&self, notice: &Notice) -> Vec<u8> {
        let text = match notice {
            Notice::Connect { sdp, opaque: None, .. } => format!("connect {sdp}"),
            Notice::Connect { sdp, opaque: Some(opaque), .. } => format!("connect {sdp} opaque={opaque}"),
            Notice::CallStatus { status, opaque, .. } => format!("{status:?} opaque={opaque:?}"),
            Notice::MessageStatus { progress: Progress::Undeliverable, recipient, .. } => {
                format!("undeliverable known={}", recipient.bsuid.is_some())
            }
            Notice::MessageStatus { progress, tariff, opaque, .. } => {
                let priced = tariff.map(|tariff| (tariff.category, tariff.free));
                format!("{} priced={priced:?} opaque={opaque:?}", progress.name())
            }
            Notice::Said { said: Said::Permission(reply), context, .. } => {
                let context = match context {
                    None => "nothing",
                    Some(Context::Message(_)) => "a message",
                    Some(Context::Call(_)) => "a call",
                };
                let until = match reply.permission {
                    Permission::Temporary { until } => format!("until {}", until.unix_seconds()),
                    other => format!("{other:?}").to_lowercase(),
                };
                format!("permission {until} {:?} on {context}", reply.source)
            }
            Notice::Said { said: Said::Text { text, .. }, .. } => format!("text {text}"),
            Notice::Said { said: Said::Button { payload, .. }, context, .. } => format!("button {payload} context={}", context.is_some()),
            Notice::TemplateStatus { template, .. } => format!("template {} {}", template.name, template.status.name()),
            Notice::Restricted { restrictions, .. } => format!("restricted {}", restrictions.len()),
            Notice::Terminate { ending, opaque, .. } => {
                format!("terminate {} talked={} opaque={opaque:?}", ending.reason.name(), ending.talk.is_some())
            }
            Notice::NoPaymentMethod { .. } => "error 131044".to_owned(),
            Notice::SettingsChanged { .. } => "settings".to_owned(),
        };
        text.into_bytes()
    }
}

pub struct World {
    pub engine: Arc<Engine>,
    pub store: Arc<MemoryStore>,
    pub clock: Arc<TestClock>,
    pub media: Arc<FakeMedia>,
    pub carrier: Arc<FakeCarrier>,
    pub webhooks: mpsc::UnboundedReceiver<(String, String)>,
    pub user: User,
    pub number: PhoneNumberId,
}

impl World {
    pub async fn new() -> Self {
        let mut world = Self::on(Arc::new(MemoryStore::new()), T0).await;
        world.furnish().await;
        world
    }

    /// A platform on a store that may hold what an earlier one left.
    pub async fn on(store: Arc<MemoryStore>, now: WallTime) -> Self {
        Self::configured(store, now, Config::default()).await
    }

    pub async fn configured(store: Arc<MemoryStore>, now: WallTime, config: Config) -> Self {
        let (events, inbox) = media_events(256);
        let (got, webhooks) = mpsc::unbounded_channel();
        let clock = Arc::new(TestClock::at(now));
        let media = Arc::new(FakeMedia { told: Mutex::default(), panics: AtomicBool::new(false), events });
        let carrier = Arc::new(FakeCarrier { got, failing: Mutex::default(), panicking: Mutex::default(), hanging: Mutex::default() });
        let ports = Ports {
            store: store.clone(),
            media: media.clone(),
            carrier: carrier.clone(),
            wording: Arc::new(PlainWords),
            clock: clock.clone(),
            random: Arc::new(Counting::default()),
            tasks: Arc::new(TokioTasks),
            bus: Arc::new(Alone),
        };
        let engine = Engine::start(ports, config, inbox).await.unwrap();
        let user = User {
            id: UserId::parse("9001").unwrap(),
            number: PhoneNumber::parse("+5511955501234").unwrap(),
            name: "Nadia".into(),
            username: None,
            outdated_app: false,
        };
        Self { engine, store, clock, media, carrier, webhooks, user, number: PhoneNumberId::parse("4001").unwrap() }
    }

    async fn furnish(&mut self) {
        let engine = &self.engine;
        let (portfolio, waba, app) = (PortfolioId::parse("3001").unwrap(), WabaId::parse("2001").unwrap(), AppId::parse("1001").unwrap());
        engine.put_portfolio(Portfolio { id: portfolio.clone(), name: "Acme".into() }).await.unwrap();
        let zone = "Asia/Jakarta".to_owned();
        let row = Waba { id: waba.clone(), portfolio, name: "Acme".into(), currency: "USD".into(), timezone: zone, payment_method: true };
        engine.put_waba(row).await.unwrap();
        let callback = Callback { url: "http://app".into(), verify_token: "s3cr3t".into() };
        let fields = ["calls", "messages", "account_settings_update", "account_update", "message_template_status_update"];
        let fields = fields.map(str::to_owned).into();
        engine.put_app(App { id: app.clone(), name: "Desk".into(), secret: "x".into(), callback: Some(callback), fields }).await.unwrap();
        engine.subscribe_app(&app, &waba, None).await.unwrap();
        engine
            .put_number(Number {
                id: self.number.clone(),
                waba,
                number: PhoneNumber::parse("+6281255509999").unwrap(),
                name: "Acme Repairs".into(),
                account_mode: AccountMode::Live,
                messaging_limit: MessagingLimit::Tier2K,
                settings: CallingSettings { status: Some(Switch::Enabled), ..CallingSettings::default() },
                allowed_recipients: None,
                restrictions: Vec::new(),
            })
            .await
            .unwrap();
        engine.put_user(self.user.clone()).await.unwrap();
    }

    pub fn wish(&self) -> NewUserCall {
        NewUserCall {
            user: self.user.id.clone(),
            device: DeviceKind::Phone,
            number: self.number.clone(),
            entry: EntryPoint::Icon,
            offer: "phone offer".into(),
            button: None,
            cta_payload: None,
            deeplink_payload: None,
        }
    }

    /// The business's wish to call the user.
    pub async fn outgoing_call(&self) -> NewBusinessCall {
        let to = To::Number(self.user.number.clone());
        NewBusinessCall {
            number: self.number_record().await,
            to,
            offer: "business offer with a fingerprint".into(),
            opaque: Some("case-7".into()),
        }
    }

    /// The business's wish to send something to the user.
    pub async fn outgoing(&self, draft: Draft) -> Outgoing {
        let to = To::Number(self.user.number.clone());
        Outgoing { number: self.number_record().await, to, draft, context: None, opaque: Some("order=1".into()) }
    }

    pub async fn number_record(&self) -> Number {
        self.store.number(&self.number).await.unwrap().unwrap()
    }

    /// Changes the number as an operator would.
    pub async fn change_number(&self, change: impl FnOnce(&mut Number)) {
        let mut number = self.number_record().await;
        change(&mut number);
        self.engine.put_number(number).await.unwrap();
    }

    pub async fn pair(&self) -> Pair {
        self.engine.pair(&self.number, &self.user.id).await.unwrap()
    }

    /// So many webhooks, sorted: what concerns different calls and messages has no order.
    pub async fn webhooks(&mut self, count: usize) -> Vec<String> {
        let mut bodies = Vec::new();
        for _ in 0..count {
            bodies.push(self.webhook().await.1);
        }
        bodies.sort();
        bodies
    }

    /// The next webhook as (URL, body).
    pub async fn webhook(&mut self) -> (String, String) {
        self.webhooks.recv().await.unwrap()
    }
}

pub fn answer() -> Answer {
    Answer::new("v=0\r\na=fingerprint:sha-256 00\r\n")
}
