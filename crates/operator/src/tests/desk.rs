//! An operator's desk on a platform in miniature.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use axum::Router;
use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use callport_core::call::Answer;
use callport_core::call_id::{CallId, Direction};
use callport_core::codec::AdditionalCodec;
use callport_core::gate::{DeviceKind, EntryPoint};
use callport_core::ids::{PhoneNumberId, UserId};
use callport_core::message::MessageId;
use callport_core::number::PhoneNumber;
use callport_core::time::WallTime;
use callport_engine::door::{FloodLimits, Floods};
use callport_engine::ports::{
    Alone, AnswerRefusal, Carrier, CheckedAnswer, Clock, DeliveryOutcome, Letter, Media, MediaEvent, MediaEvents, MediaFault, Notice,
    OpenBusinessCall, OpenCall, OpenedBusinessCall, OpenedCall, Store, VerifyRefusal, Wording, media_events,
};
use callport_engine::records::{Callback, Check, CheckOutcome, LegReport, MediaReport};
use callport_engine::{Config, Engine, NewUserCall, Ports, Rules};
use callport_people::{Behaviour, Figures, Hearing, Script, State, Times};
use callport_store::MemoryStore;
use callport_testkit::{Counting, TestClock, TokioTasks};
use parking_lot::Mutex;
use serde_json::{Value, json};
use tokio::sync::mpsc;
use tower::ServiceExt;

use crate::fixture::Fixture;
use crate::people::{Handle, PlaceRefusal, Status};
use crate::{Access, JournalReaders, MovableClock, OperatorState, ScriptedPeople};

pub(super) const T0: WallTime = WallTime::from_unix_seconds(1_795_341_600);
pub(super) const TOKEN: &str = "op-token";
pub(super) const ACME: &str = include_str!("../fixture/acme.toml");

/// Stands until moved.
pub(super) struct StandingClock(TestClock, Mutex<bool>);

#[async_trait]
impl Clock for StandingClock {
    fn now(&self) -> WallTime {
        Clock::now(&self.0)
    }
    fn elapsed(&self) -> Duration {
        self.0.elapsed()
    }
    async fn sleep_until_elapsed(&self, at: Duration) {
        self.0.sleep_until_elapsed(at).await;
    }
    async fn sleep_until(&self, at: WallTime) {
        self.0.sleep_until(at).await;
    }
}

impl MovableClock for StandingClock {
    fn now(&self) -> WallTime {
        Clock::now(&self.0)
    }
    fn is_frozen(&self) -> bool {
        *self.1.lock()
    }
    fn freeze(&self) {
        *self.1.lock() = true;
    }
    fn thaw(&self) {
        *self.1.lock() = false;
    }
    fn set(&self, to: WallTime) {
        self.0.set(to);
    }
    fn advance(&self, by: Duration) {
        self.0.advance(by);
    }
}

/// A media plane on which the business's ICE never gets anywhere.
struct StuckMedia(MediaEvents);

fn stuck() -> MediaReport {
    let check = |step: &str, outcome, says: &str| Check { step: step.into(), outcome, says: says.into(), after_ms: None };
    let passed = |step| check(step, CheckOutcome::Passed, "as it should");
    MediaReport {
        user: LegReport { checks: vec![passed("sdp"), passed("stun")], ..LegReport::default() },
        business: LegReport {
            checks: vec![passed("sdp"), check("stun", CheckOutcome::Failed, "no STUN check has come; is UDP blocked?")],
            ..LegReport::default()
        },
    }
}

#[async_trait]
impl Media for StuckMedia {
    async fn open(&self, _: OpenCall) -> Result<OpenedCall, MediaFault> {
        Ok(OpenedCall { phone_answer: "phone answer".into(), business_offer: "business offer".into() })
    }
    async fn open_business_call(&self, _: OpenBusinessCall) -> Result<OpenedBusinessCall, MediaFault> {
        Ok(OpenedBusinessCall { business_answer: "business answer".into(), warnings: Vec::new() })
    }
    async fn pick_up(&self, _: &CallId, _: String) -> Result<String, MediaFault> {
        Ok("phone answer".into())
    }
    fn transcodes(&self, _: AdditionalCodec) -> bool {
        false
    }

    fn read_answer(&self, _: &Answer, _: &[AdditionalCodec]) -> Result<CheckedAnswer, AnswerRefusal> {
        Ok(CheckedAnswer { warnings: Vec::new(), read: Arc::new(()) })
    }
    fn apply_answer(&self, _: &CallId, _: &CheckedAnswer) {}
    fn open_gate(&self, _: &CallId) {}
    fn press(&self, _: &CallId, _: char) {}
    async fn rejoin(&self, _: &CallId, _: String) -> Result<String, MediaFault> {
        Ok("another answer".into())
    }
    fn close(&self, call: &CallId) {
        let _ = self.0.try_send(MediaEvent::Closed { call: call.clone(), report: Box::new(stuck()) });
    }
    async fn report(&self, _: &CallId) -> Option<MediaReport> {
        Some(stuck())
    }
}

/// A receiver of webhooks whose answers the test decides.
pub(super) struct FakeCarrier {
    got: mpsc::UnboundedSender<(String, String)>,
    pub(super) failing: Mutex<bool>,
    pub(super) verified: Mutex<Vec<String>>,
}

#[async_trait]
impl Carrier for FakeCarrier {
    async fn deliver(&self, letter: Letter<'_>) -> DeliveryOutcome {
        let _ = self.got.send((letter.url.to_owned(), String::from_utf8(letter.body.to_vec()).unwrap()));
        let error = self.failing.lock().then(|| "the receiver answered 500".to_owned());
        DeliveryOutcome { status: Some(if error.is_some() { 500 } else { 200 }), error, took: Duration::from_millis(3) }
    }
    async fn verify(&self, callback: &Callback, _: &str) -> Result<(), VerifyRefusal> {
        self.verified.lock().push(callback.url.clone());
        if callback.verify_token == "s3cr3t" { Ok(()) } else { Err(VerifyRefusal::Status { status: 403, reason: "Forbidden".into() }) }
    }
}

struct PlainWords;

impl Wording for PlainWords {
    fn body(&self, notice: &Notice) -> Vec<u8> {
        format!("{{\"event\":\"{}\"}}", notice.event()).into_bytes()
    }
}

/// Who called whom, how, and by which message's button.
type Placed = (String, String, Script, Option<MessageId>);

/// People who place calls only on paper.
#[derive(Default)]
pub(super) struct PaperPeople {
    pub(super) placed: Mutex<Vec<Placed>>,
    pub(super) refuse: Mutex<Option<PlaceRefusal>>,
    pub(super) hung_up: Mutex<BTreeSet<Handle>>,
    pub(super) behaving: Mutex<BTreeMap<UserId, Behaviour>>,
    /// Nobody heard anything.
    pub(super) deaf: Mutex<bool>,
}

#[async_trait]
impl ScriptedPeople for PaperPeople {
    async fn place(
        &self,
        user: callport_engine::records::User,
        number: PhoneNumberId,
        script: Script,
        button: Option<MessageId>,
    ) -> Result<Handle, PlaceRefusal> {
        if let Some(refusal) = self.refuse.lock().clone() {
            return Err(refusal);
        }
        self.placed.lock().push((user.name, number.to_string(), script, button));
        Ok(Handle("7".into()))
    }
    async fn status(&self, handle: &Handle) -> Option<Status> {
        (handle.0 == "7").then(|| Status {
            user: UserId::parse("9001").unwrap(),
            number: PhoneNumberId::parse("4001").unwrap(),
            direction: Direction::BusinessInitiated,
            state: State::Connected,
            call: CallId::parse("wacid.x").ok(),
            trouble: None,
            reason: None,
            seconds: None,
            keys_pressed: 2,
            times: Times { dialled_ms: Some(3), ..Times::default() },
            heard: Hearing::default(),
            figures: Figures { packets_in: 50, ..Figures::default() },
        })
    }
    async fn calls(&self) -> Vec<(Handle, Status)> {
        let handle = Handle("7".into());
        self.status(&handle).await.map(|status| (handle, status)).into_iter().collect()
    }
    async fn behave(&self, user: UserId, behaviour: Behaviour) -> Result<(), PlaceRefusal> {
        if let Some(refusal) = self.refuse.lock().clone() {
            return Err(refusal);
        }
        self.behaving.lock().insert(user, behaviour);
        Ok(())
    }
    async fn behaviour(&self, user: &UserId) -> Option<Behaviour> {
        self.behaving.lock().get(user).cloned()
    }
    async fn stop_behaving(&self, user: &UserId) -> Result<bool, PlaceRefusal> {
        Ok(self.behaving.lock().remove(user).is_some())
    }
    async fn recording(&self, handle: &Handle) -> Option<Vec<u8>> {
        (handle.0 == "7" && !*self.deaf.lock()).then(|| b"RIFF".to_vec())
    }
    async fn hang_up(&self, handle: &Handle) -> bool {
        self.hung_up.lock().insert(handle.clone());
        handle.0 == "7"
    }
}

pub(super) struct Desk {
    pub(super) router: Router,
    /// What wrong tokens are counted by.
    pub(super) stopwatch: Arc<TestClock>,
    pub(super) engine: Arc<Engine>,
    pub(super) store: Arc<MemoryStore>,
    pub(super) clock: Arc<StandingClock>,
    pub(super) carrier: Arc<FakeCarrier>,
    pub(super) people: Arc<PaperPeople>,
    pub(super) webhooks: mpsc::UnboundedReceiver<(String, String)>,
    pub(super) ready: Arc<Mutex<Result<(), String>>>,
}

/// Forty wrong tokens in a minute.
pub(super) const LIMITS: FloodLimits =
    FloodLimits { wrong_credentials: 40, wrong_app_secrets: 1, sign_ups: 1, loopback_signs_up_freely: true, calls: 1 };

impl Desk {
    /// An empty platform in test mode.
    pub(super) async fn new() -> Self {
        Self::with(true).await
    }

    /// One business, one app, one user.
    pub(super) async fn furnished() -> Self {
        let desk = Self::new().await;
        Fixture::parse(ACME).unwrap().apply(&desk.engine, None).await.unwrap();
        desk
    }

    /// An empty platform, in test mode or live.
    pub(super) async fn with(test_mode: bool) -> Self {
        let store = Arc::new(MemoryStore::new());
        let (events, inbox) = media_events(64);
        let (got, webhooks) = mpsc::unbounded_channel();
        let clock = Arc::new(StandingClock(TestClock::at(T0), Mutex::new(false)));
        let carrier = Arc::new(FakeCarrier { got, failing: Mutex::default(), verified: Mutex::default() });
        let ports = Ports {
            store: store.clone(),
            media: Arc::new(StuckMedia(events)),
            carrier: carrier.clone(),
            wording: Arc::new(PlainWords),
            clock: clock.clone(),
            random: Arc::new(Counting::default()),
            tasks: Arc::new(TokioTasks),
            bus: Arc::new(Alone),
        };
        let engine =
            Engine::start(ports, Config { rules: Rules { unlimited_tokens: test_mode, ..Rules::default() }, ..Config::default() }, inbox)
                .await
                .unwrap();
        let people = Arc::new(PaperPeople::default());
        let ready = Arc::new(Mutex::new(Ok(())));
        let stopwatch = Arc::new(TestClock::default());
        let state = OperatorState {
            engine: engine.clone(),
            access: Access::Token(TOKEN.into()),
            floods: Floods::new(LIMITS, stopwatch.clone()),
            public_url: "http://127.0.0.1:8080".to_owned(),
            clock: test_mode.then(|| clock.clone() as Arc<dyn MovableClock>),
            people: test_mode.then(|| people.clone() as Arc<dyn ScriptedPeople>),
            metrics: Arc::new(|| "callport_calls_total 3\n".into()),
            ready: Arc::new({
                let ready = ready.clone();
                move || ready.lock().clone()
            }),
            readers: JournalReaders::default(),
        };
        Self { router: crate::router(state), engine, store, clock, carrier, people, webhooks, ready, stopwatch }
    }

    /// Any request; the answer as status, content type and bytes.
    pub(super) async fn raw(&self, request: Request<Body>) -> (StatusCode, String, Vec<u8>) {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let kind = response.headers().get("content-type").map(|kind| kind.to_str().unwrap().to_owned()).unwrap_or_default();
        let status = response.status();
        (status, kind, axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap().to_vec())
    }

    /// A request with the token and, unless it is null, a JSON body.
    pub(super) async fn ask(&self, method: Method, path: &str, body: Value) -> (StatusCode, Value) {
        let request = Request::builder().method(method).uri(path).header("authorization", format!("Bearer {TOKEN}"));
        let request = match body {
            Value::Null => request.body(Body::empty()).unwrap(),
            body => request.header("content-type", "application/json").body(Body::from(body.to_string())).unwrap(),
        };
        let (status, kind, bytes) = self.raw(request).await;
        if bytes.is_empty() {
            return (status, Value::Null);
        }
        assert_eq!(kind, "application/json", "{}", String::from_utf8_lossy(&bytes));
        (status, serde_json::from_slice(&bytes).unwrap())
    }

    pub(super) async fn get(&self, path: &str) -> Value {
        let (status, value) = self.ask(Method::GET, path, Value::Null).await;
        assert_eq!(status, StatusCode::OK, "{path}: {value}");
        value
    }

    /// A POST that makes something.
    pub(super) async fn make(&self, path: &str, body: Value) -> Value {
        let (status, value) = self.ask(Method::POST, path, body).await;
        assert_eq!(status, StatusCode::CREATED, "{path}: {value}");
        value
    }

    /// A refused request: its status, code and message.
    pub(super) async fn refused(&self, method: Method, path: &str, body: Value) -> (u16, String, String) {
        let (status, value) = self.ask(method, path, body).await;
        let word = |key: &str| value["error"][key].as_str().unwrap_or_else(|| panic!("{path}: {status} {value}")).to_owned();
        assert!(status.is_client_error() || status.is_server_error(), "{path}: {status}");
        assert_eq!(value.as_object().unwrap().len(), 1, "{value}");
        (status.as_u16(), word("code"), word("message"))
    }

    /// Nadia calls Acme.
    pub(super) async fn dial(&self) -> CallId {
        let user = self.store.user_by_number(&PhoneNumber::parse("+5511955501234").unwrap()).await.unwrap().unwrap();
        let number = PhoneNumberId::parse("4001").unwrap();
        let (device, entry, offer) = (DeviceKind::Phone, EntryPoint::Icon, "offer".to_owned());
        let call = NewUserCall { user: user.id, device, number, entry, offer, button: None, cta_payload: None, deeplink_payload: None };
        self.engine.place_user_call(call).await.unwrap().call
    }

    /// Returns once every webhook that was queued has a verdict.
    pub(super) async fn settled(&self) {
        while !self.store.inspect(|now| now.pending().all(|(_, delivery)| delivery.attempts > 0)) {
            tokio::task::yield_now().await;
        }
    }
}

/// A call id as it stands in a path.
pub(super) fn encoded(id: &str) -> String {
    id.replace('%', "%25").replace('/', "%2F").replace('+', "%2B").replace('=', "%3D")
}

/// A path and a query have no body.
pub(super) const NONE: Value = Value::Null;

pub(super) fn ids(list: &Value) -> Vec<&str> {
    list["data"].as_array().unwrap().iter().map(|row| row["id"].as_str().unwrap()).collect()
}

pub(super) fn acme_number() -> Value {
    json!({ "id": "4002", "waba_id": "2001", "number": "+62 812 5550 8888", "name": "Acme Sales" })
}
