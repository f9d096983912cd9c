//! A platform in miniature: one business that can be called, one that cannot, and a person.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use axum::Router;
use axum::body::Body;
use axum::http::{Request, Response, StatusCode};
use callport_core::call::Answer;
use callport_core::call_id::CallId;
use callport_core::codec::AdditionalCodec;
use callport_core::ids::{AppId, PhoneNumberId, PortfolioId, UserId, WabaId};
use callport_core::number::PhoneNumber;
use callport_core::settings::{AccountMode, CallingSettings, MessagingLimit, Switch};
use callport_engine::ports::{
    Alone, AnswerRefusal, Carrier, CheckedAnswer, DeliveryOutcome, Letter, Media, MediaEvent, MediaEvents, MediaFault, Notice,
    OpenBusinessCall, OpenCall, OpenedBusinessCall, OpenedCall, VerifyRefusal, Wording, media_events,
};
use callport_engine::records::{App, Callback, MediaReport, Number, Portfolio, Said, User, Waba};
use callport_engine::{Config, Engine, Ports};
use callport_media::{MediaConfig, MediaParts, MediaPlane};
use callport_peer::Identity;
use callport_phone::SignUp;
use callport_store::MemoryStore;
use callport_testkit::{Counting, TestClock, TokioTasks};
use parking_lot::Mutex;
use serde_json::Value;
use tokio::sync::{mpsc, watch};
use tower::ServiceExt as _;

/// The business that takes calls.
pub(crate) const ACME: &str = "6281255509999";
/// The business that does not.
pub(crate) const MUTE: &str = "15559020077";
/// Where the phone says that it is reached.
pub(crate) const PUBLIC: &str = "http://phone.example";
/// The person.
pub(crate) const NADIA: &str = "5511955501234";

/// Longest that a test waits for anything before it says that it does not come.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// A media plane that writes down what it is told, and does what the test says.
pub(crate) struct FakeMedia {
    pub told: Mutex<Vec<String>>,
    pub events: MediaEvents,
    /// Opening a call waits for this to become true.
    pub open: watch::Sender<bool>,
}

#[async_trait]
impl Media for FakeMedia {
    async fn open(&self, request: OpenCall) -> Result<OpenedCall, MediaFault> {
        let _ = self.open.subscribe().wait_for(|open| *open).await;
        if request.phone_offer == "broken" {
            return Err(MediaFault::Refused("the offer is broken".into()));
        }
        self.told.lock().push("open".into());
        Ok(OpenedCall { phone_answer: format!("answer to {}", request.phone_offer), business_offer: "offer".into() })
    }
    async fn open_business_call(&self, _: OpenBusinessCall) -> Result<OpenedBusinessCall, MediaFault> {
        self.told.lock().push("open business call".into());
        Ok(OpenedBusinessCall { business_answer: "answer".into(), warnings: Vec::new() })
    }
    async fn pick_up(&self, _: &CallId, offer: String) -> Result<String, MediaFault> {
        if offer == "broken" {
            return Err(MediaFault::Refused("the offer is broken".into()));
        }
        self.told.lock().push("pick up".into());
        Ok(format!("answer to {offer}"))
    }
    fn transcodes(&self, _: AdditionalCodec) -> bool {
        false
    }

    fn read_answer(&self, _: &Answer, _: &[AdditionalCodec]) -> Result<CheckedAnswer, AnswerRefusal> {
        Ok(CheckedAnswer { warnings: Vec::new(), read: Arc::new(()) })
    }
    fn apply_answer(&self, _: &CallId, _: &CheckedAnswer) {}
    fn open_gate(&self, _: &CallId) {}
    fn press(&self, _: &CallId, digit: char) {
        self.told.lock().push(format!("press {digit}"));
    }
    async fn rejoin(&self, _: &CallId, offer: String) -> Result<String, MediaFault> {
        if offer == "broken" { Err(MediaFault::Refused("broken".into())) } else { Ok(format!("answer to {offer}")) }
    }
    fn close(&self, call: &CallId) {
        let _ = self.events.try_send(MediaEvent::Closed { call: call.clone(), report: Box::default() });
    }
    async fn report(&self, _: &CallId) -> Option<MediaReport> {
        None
    }
}

/// Webhooks go to the test: URL-less, because there is one receiver.
pub(crate) struct Hooks(mpsc::UnboundedSender<String>);

#[async_trait]
impl Carrier for Hooks {
    async fn deliver(&self, letter: Letter<'_>) -> DeliveryOutcome {
        let _ = self.0.send(String::from_utf8(letter.body.to_vec()).unwrap());
        DeliveryOutcome { status: Some(200), error: None, took: Duration::ZERO }
    }
    async fn verify(&self, _: &Callback, _: &str) -> Result<(), VerifyRefusal> {
        Ok(())
    }
}

/// The event, its call or message, and the SDP of a connect or the words of the user, each on a line of its own as far as the first
/// two go.
pub(crate) struct Lines;

impl Wording for Lines {
    fn body(&self, notice: &Notice) -> Vec<u8> {
        let (about, more) = match notice {
            Notice::Connect { call, sdp, .. } => (call.as_str(), sdp.clone()),
            Notice::Terminate { call, .. } | Notice::CallStatus { call, .. } => (call.as_str(), String::new()),
            Notice::MessageStatus { message, .. } => (message.as_str(), String::new()),
            Notice::Said { message, said, .. } => (message.as_str(), words(said)),
            Notice::TemplateStatus { .. } | Notice::Restricted { .. } | Notice::NoPaymentMethod { .. } | Notice::SettingsChanged { .. } => {
                ("", String::new())
            }
        };
        let text = format!("{}\n{about}\n{more}", notice.event());
        text.into_bytes()
    }
}

fn words(said: &Said) -> String {
    match said {
        Said::Text { text, .. } => text.clone(),
        Said::Button { payload, .. } => payload.clone(),
        Said::Permission(reply) => format!("{:?}", reply.permission),
    }
}

pub(crate) struct World {
    pub engine: Arc<Engine>,
    pub clock: Arc<TestClock>,
    pub media: Arc<FakeMedia>,
    pub hooks: mpsc::UnboundedReceiver<String>,
    pub router: Router,
}

impl World {
    pub(crate) async fn new() -> Self {
        Self::signing_up(SignUp::Open).await
    }

    pub(crate) async fn signing_up(sign_up: SignUp) -> Self {
        Self::configured(callport_phone::Config::new(sign_up, PUBLIC)).await
    }

    pub(crate) async fn configured(config: callport_phone::Config) -> Self {
        let (events, inbox) = media_events(256);
        let media = Arc::new(FakeMedia { told: Mutex::default(), events, open: watch::channel(true).0 });
        let (engine, clock, hooks) = platform(media.clone(), inbox).await;
        let router = callport_phone::router(engine.clone(), config);
        Self { engine, clock, media, hooks, router }
    }

    pub(crate) async fn request(&self, request: Request<Body>) -> Response<Body> {
        self.router.clone().oneshot(request).await.unwrap()
    }

    pub(crate) async fn get(&self, path: &str, cookie: Option<&str>) -> Response<Body> {
        let request = Request::get(path);
        let request = cookie.iter().fold(request, |request, cookie| request.header("cookie", *cookie));
        self.request(request.body(Body::empty()).unwrap()).await
    }

    pub(crate) async fn get_with(&self, path: &str, headers: &[(&str, &str)]) -> Response<Body> {
        let request = headers.iter().fold(Request::get(path), |request, (name, value)| request.header(*name, *value));
        self.request(request.body(Body::empty()).unwrap()).await
    }

    pub(crate) async fn post(&self, path: &str, cookie: Option<&str>, body: Value) -> Response<Body> {
        let request = Request::post(path).header("content-type", "application/json");
        let request = cookie.iter().fold(request, |request, cookie| request.header("cookie", *cookie));
        self.request(request.body(Body::from(body.to_string())).unwrap()).await
    }

    /// Signs the person in on a phone and returns the cookie.
    pub(crate) async fn sign_in(&self) -> String {
        self.sign_in_on("phone").await
    }

    /// Signs the person in on a device of this kind and returns the cookie.
    pub(crate) async fn sign_in_on(&self, device: &str) -> String {
        let reply = self.post("/phone/api/sign-in", None, serde_json::json!({ "number": NADIA, "device": device })).await;
        assert_eq!(reply.status(), StatusCode::OK);
        cookie_of(&reply)
    }

    /// The next webhook of a call: event, call, SDP.
    pub(crate) async fn hook(&mut self) -> (String, CallId, String) {
        read_hook(&mut self.hooks).await
    }

    /// The next webhook with this event, about a call or a message: what it is about, and the rest. Others are passed over.
    pub(crate) async fn told(&mut self, event: &str) -> (String, String) {
        loop {
            let (heard, about, more) = read_any(&mut self.hooks).await;
            if heard == event {
                return (about, more);
            }
        }
    }
}

/// The next webhook of a call; those of messages are passed over.
pub(crate) async fn read_hook(hooks: &mut mpsc::UnboundedReceiver<String>) -> (String, CallId, String) {
    loop {
        let (event, about, more) = read_any(hooks).await;
        if let Ok(call) = CallId::parse(&about) {
            return (event, call, more);
        }
    }
}

async fn read_any(hooks: &mut mpsc::UnboundedReceiver<String>) -> (String, String, String) {
    let body = tokio::time::timeout(PATIENCE, hooks.recv()).await.expect("a webhook comes").unwrap();
    let mut parts = body.splitn(3, '\n').map(str::to_owned);
    (parts.next().unwrap(), parts.next().unwrap(), parts.next().unwrap())
}

/// An engine with real media on the loopback, and its webhooks.
pub(crate) async fn with_real_media() -> (Arc<Engine>, mpsc::UnboundedReceiver<String>, Arc<Identity>) {
    let identity = Identity::self_signed().unwrap();
    let (events, inbox) = media_events(4096);
    let clock = Arc::new(TestClock::default());
    let parts = MediaParts { identity: identity.clone(), random: Arc::new(Counting::default()), clock, events };
    let config = MediaConfig { bind: vec!["127.0.0.1".parse().unwrap()], calls_per_thread: 16, ..MediaConfig::default() };
    let media = Arc::new(MediaPlane::start(config, parts).unwrap());
    let (engine, _clock, hooks) = platform(media, inbox).await;
    (engine, hooks, identity)
}

async fn platform(
    media: Arc<dyn Media>,
    inbox: mpsc::Receiver<MediaEvent>,
) -> (Arc<Engine>, Arc<TestClock>, mpsc::UnboundedReceiver<String>) {
    let (got, hooks) = mpsc::unbounded_channel();
    let clock = Arc::new(TestClock::default());
    let ports = Ports {
        store: Arc::new(MemoryStore::new()),
        media,
        carrier: Arc::new(Hooks(got)),
        wording: Arc::new(Lines),
        clock: clock.clone(),
        random: Arc::new(Counting::default()),
        tasks: Arc::new(TokioTasks),
        bus: Arc::new(Alone),
    };
    let engine = Engine::start(ports, Config::default(), inbox).await.unwrap();
    furnish(&engine).await;
    (engine, clock, hooks)
}

async fn furnish(engine: &Engine) {
    let (portfolio, waba, app) = (PortfolioId::parse("3001").unwrap(), WabaId::parse("2001").unwrap(), AppId::parse("1001").unwrap());
    engine.put_portfolio(Portfolio { id: portfolio.clone(), name: "Acme".into() }).await.unwrap();
    let zone = "Asia/Jakarta".to_owned();
    let row = Waba { id: waba.clone(), portfolio, name: "Acme".into(), currency: "USD".into(), timezone: zone, payment_method: true };
    engine.put_waba(row).await.unwrap();
    let callback = Callback { url: "http://app".into(), verify_token: "s3cr3t".into() };
    let fields = ["calls".to_owned(), "messages".to_owned()].into();
    engine.put_app(App { id: app.clone(), name: "Desk".into(), secret: "x".into(), callback: Some(callback), fields }).await.unwrap();
    engine.subscribe_app(&app, &waba, None).await.unwrap();
    for (id, number, name, status) in [("4001", ACME, "Acme Repairs", Switch::Enabled), ("4002", MUTE, "Mute Ltd", Switch::Disabled)] {
        let number = Number {
            id: PhoneNumberId::parse(id).unwrap(),
            waba: waba.clone(),
            number: PhoneNumber::parse(number).unwrap(),
            name: name.into(),
            account_mode: AccountMode::Live,
            messaging_limit: MessagingLimit::Tier2K,
            settings: CallingSettings { status: Some(status), ..CallingSettings::default() },
            allowed_recipients: None,
            restrictions: Vec::new(),
        };
        engine.put_number(number).await.unwrap();
    }
    engine.put_user(nadia()).await.unwrap();
}

pub(crate) fn nadia() -> User {
    let (id, number) = (UserId::parse("9001").unwrap(), PhoneNumber::parse(NADIA).unwrap());
    User { id, number, name: "Nadia".into(), username: None, outdated_app: false }
}

pub(crate) fn acme() -> PhoneNumberId {
    PhoneNumberId::parse("4001").unwrap()
}

/// `name=value` of the cookie that a reply sets.
pub(crate) fn cookie_of(reply: &Response<Body>) -> String {
    let line = reply.headers()["set-cookie"].to_str().unwrap();
    line.split(';').next().unwrap().to_owned()
}

pub(crate) async fn json(reply: Response<Body>) -> Value {
    let bytes = axum::body::to_bytes(reply.into_body(), 1 << 20).await.unwrap();
    serde_json::from_slice(&bytes).unwrap()
}
