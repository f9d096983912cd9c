//! An operator's desk on a platform in miniature.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::{Deref, DerefMut};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use axum::Router;
use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use callport_core::call_id::{CallId, Direction};
use callport_core::ids::{PhoneNumberId, UserId};
use callport_core::message::MessageId;
use callport_core::time::WallTime;
use callport_engine::door::{FloodLimits, Floods};
use callport_engine::ports::{Clock, Store};
use callport_engine::records::{Check, CheckOutcome, LegReport, MediaReport, User};
use callport_engine::{EngineConfig, NewUserCall, Rules};
use callport_people::{Behaviour, Script, ScriptedFigures, ScriptedHearing, ScriptedState, Times};
use callport_testkit::{Given, TestClock, World};
use parking_lot::Mutex;
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::fixture::Fixture;
use crate::people::{Handle, PlaceRefusal, Status};
use crate::{JournalReaders, MovableClock, OperatorAuth, OperatorState, ScriptedPeople, TestMode};

pub(super) const T0: WallTime = TestClock::START;
pub(super) const TOKEN: &str = "op-token";
pub(super) const ACME: &str = include_str!("../fixture/acme.toml");

/// The clock of the test kit, which the operator can move.
struct StandingClock {
    clock: Arc<TestClock>,
    frozen: AtomicBool,
}

impl MovableClock for StandingClock {
    fn now(&self) -> WallTime {
        Clock::now(&*self.clock)
    }
    fn is_frozen(&self) -> bool {
        self.frozen.load(Ordering::Relaxed)
    }
    fn freeze(&self) {
        self.frozen.store(true, Ordering::Relaxed);
    }
    fn thaw(&self) {
        self.frozen.store(false, Ordering::Relaxed);
    }
    fn set(&self, to: WallTime) {
        self.clock.set(to);
    }
    fn advance(&self, by: Duration) {
        self.clock.advance(by);
    }
}

/// What a media plane reports on which the business's ICE never gets anywhere.
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
    async fn place(&self, user: User, number: PhoneNumberId, script: Script, button: Option<MessageId>) -> Result<Handle, PlaceRefusal> {
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
            state: ScriptedState::Connected,
            call: CallId::parse("wacid.x").ok(),
            trouble: None,
            reason: None,
            seconds: None,
            keys_pressed: 2,
            times: Times { dialled_ms: Some(3), ..Times::default() },
            heard: ScriptedHearing::default(),
            figures: ScriptedFigures { packets_in: 50, ..ScriptedFigures::default() },
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
    world: World,
    pub(super) router: Router,
    /// What wrong tokens are counted by.
    pub(super) stopwatch: Arc<TestClock>,
    pub(super) people: Arc<PaperPeople>,
    pub(super) ready: Arc<Mutex<Result<(), String>>>,
}

impl Deref for Desk {
    type Target = World;

    fn deref(&self) -> &World {
        &self.world
    }
}

impl DerefMut for Desk {
    fn deref_mut(&mut self) -> &mut World {
        &mut self.world
    }
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
        let rules = Rules { unlimited_tokens: test_mode, ..Rules::default() };
        let world = World::start(Given { config: EngineConfig { rules, ..EngineConfig::default() }, ..Given::default() }).await;
        *world.media.report.lock() = stuck();
        let clock = StandingClock { clock: world.clock.clone(), frozen: AtomicBool::new(false) };
        let people = Arc::new(PaperPeople::default());
        let ready = Arc::new(Mutex::new(Ok(())));
        let stopwatch = Arc::new(TestClock::default());
        let state = OperatorState {
            engine: world.engine.clone(),
            access: OperatorAuth::Token(TOKEN.into()),
            floods: Floods::new(LIMITS, stopwatch.clone()),
            public_url: "http://127.0.0.1:8080".to_owned(),
            test: test_mode.then(|| TestMode { clock: Arc::new(clock), people: people.clone() }),
            metrics: Arc::new(|| "callport_calls_total 3\n".into()),
            ready: Arc::new({
                let ready = ready.clone();
                move || ready.lock().clone()
            }),
            readers: JournalReaders::default(),
        };
        Self { world, router: crate::router(state), people, ready, stopwatch }
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

    /// Nadia as she is on record: a fixture gives her an id of its own.
    pub(super) async fn nadia(&self) -> User {
        self.store.user_by_number(&self.user.number).await.unwrap().unwrap()
    }

    /// Nadia calls Acme.
    pub(super) async fn dial(&self) -> CallId {
        let call = NewUserCall { user: self.nadia().await.id, ..self.wish() };
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
