//! The world of the test kit behind the API.
//!
//! Account 2001 of app 1001 has the number 4001, account 2002 of app 1002 the number 4002. Nadia is a user. Nobody can be called yet.

use std::collections::BTreeSet;
use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request};
use callport_core::call_id::CallId;
use callport_core::ids::{AppId, WabaId};
use callport_core::pair::Pair;
use callport_core::scope::Scope;
use callport_core::settings::{CallingSettings, Switch};
use callport_core::time::WallTime;
use callport_engine::records::{App, Number, PairRecord};
use callport_engine::{Engine, Grant};
use callport_flow::Row;
use callport_testkit::{Given, TestClock, objects, plant};
pub(crate) use callport_testkit::{acme, nadia};
use serde_json::Value;
use tower::ServiceExt;

/// Token of app 1001 with both scopes on account 2001.
pub(crate) const MANAGE: &str = "EAAmanage";
/// Token of app 1001 for messaging only.
pub(crate) const MESSAGE: &str = "EAAmessage";
/// Token of app 1002 with both scopes on account 2002.
pub(crate) const FOREIGN: &str = "EAAforeign";
/// Token of app 1001 that lives one hour.
pub(crate) const BRIEF: &str = "EAAbrief";
/// App token of app 1001.
pub(crate) const APP: &str = "1001|test_app_secret";

/// Where the clock stands at first.
pub(crate) const NOW: WallTime = TestClock::START;

/// Everything of one test.
pub(crate) struct World {
    kit: callport_testkit::World,
    router: Router,
}

impl Deref for World {
    type Target = callport_testkit::World;

    fn deref(&self) -> &Self::Target {
        &self.kit
    }
}

/// A reply as a client sees it.
#[derive(Debug)]
pub(crate) struct Seen {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl World {
    pub(crate) async fn new() -> Self {
        Self::with(crate::GraphConfig::default()).await
    }

    pub(crate) async fn with(config: crate::GraphConfig) -> Self {
        Self::with_rules(config, callport_engine::EngineConfig::default()).await
    }

    pub(crate) async fn with_rules(config: crate::GraphConfig, rules: callport_engine::EngineConfig) -> Self {
        let wording = Arc::new(callport_webhook::JsonWording);
        let kit = callport_testkit::World::start(Given { config: rules, wording, ..Given::default() }).await;
        for (app, waba, number, digits, name) in
            [("1001", "2001", "4001", "+6281255509999", "Acme"), ("1002", "2002", "4002", "+15559020077", "Bolt")]
        {
            let fields = ["calls", "messages"].map(str::to_owned).into();
            kit.put_account(objects::waba(waba, name), App { fields, ..objects::app(app, &format!("{name} Desk")) }).await;
            let number = objects::number(number, waba, digits, &format!("{name} Repairs"));
            kit.engine.put_number(Number { settings: CallingSettings::default(), ..number }).await.unwrap();
        }
        kit.engine.put_user(nadia()).await.unwrap();
        put_tokens(&kit.engine).await;
        let router = crate::router(kit.engine.clone(), config);
        Self { kit, router }
    }

    /// What endpoints hold.
    pub(crate) fn graph(&self) -> crate::Shared {
        crate::Graph::shared(self.engine.clone(), crate::GraphConfig::default())
    }

    /// Sends a request without touching it.
    pub(crate) async fn send(&self, request: Request<Body>) -> Seen {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let text = String::from_utf8(to_bytes(body, usize::MAX).await.unwrap().to_vec()).unwrap();
        Seen { status: parts.status.as_u16(), headers: parts.headers, text }
    }

    pub(crate) async fn get(&self, path: &str, token: &str) -> Seen {
        self.send(bearer("GET", path, token).body(Body::empty()).unwrap()).await
    }

    /// A GET with nothing but its address.
    pub(crate) async fn bare(&self, path: &str) -> Seen {
        self.send(Request::builder().uri(path).body(Body::empty()).unwrap()).await
    }

    pub(crate) async fn delete(&self, path: &str, token: &str) -> Seen {
        self.send(bearer("DELETE", path, token).body(Body::empty()).unwrap()).await
    }

    pub(crate) async fn post(&self, path: &str, token: &str, body: &Value) -> Seen {
        self.post_text(path, token, &body.to_string()).await
    }

    pub(crate) async fn post_text(&self, path: &str, token: &str, body: &str) -> Seen {
        let request = bearer("POST", path, token).header("content-type", "application/json");
        self.send(request.body(Body::from(body.to_owned())).unwrap()).await
    }

    pub(crate) async fn form(&self, path: &str, body: &str) -> Seen {
        let request = Request::builder().method("POST").uri(path).header("content-type", "application/x-www-form-urlencoded");
        self.send(request.body(Body::from(body.to_owned())).unwrap()).await
    }

    /// Switches calling on for number 4001.
    pub(crate) async fn enable_calling(&self) {
        self.switch_calling(Switch::Enabled).await;
    }

    pub(crate) async fn switch_calling(&self, status: Switch) {
        self.change_number(|number| number.settings.status = Some(status)).await;
    }

    /// What is kept of 4001 and Nadia.
    pub(crate) async fn put_pair(&self, pair: Pair) {
        let record = PairRecord { number: acme(), user: nadia().id, pair };
        plant(self.engine.store(), Row::Pair(record)).await;
    }

    /// The newest webhook of that event, as its receivers get it.
    pub(crate) async fn told(&self, event: &str) -> Value {
        let deliveries = self.engine.store().recent_deliveries(50).await.unwrap();
        let newest = deliveries.iter().filter(|delivery| delivery.event == event).max_by_key(|delivery| delivery.id.0);
        serde_json::from_slice::<Value>(&newest.unwrap_or_else(|| panic!("no {event} in {deliveries:?}")).body).unwrap()
    }

    /// Nadia calls number 4001, with calling on.
    pub(crate) async fn ring(&self) -> CallId {
        self.enable_calling().await;
        self.engine.place_user_call(self.wish()).await.unwrap().call
    }
}

impl Seen {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("{self:?}"))
    }

    /// The body of a reply that must be a success.
    pub(crate) fn ok(&self) -> Value {
        assert_eq!(self.status, 200, "{}", self.text);
        self.json()
    }

    /// The code of a reply that must be an error with that status.
    pub(crate) fn code(&self, status: u16) -> i64 {
        assert_eq!(self.status, status, "{}", self.text);
        let envelope: callport_wire::ErrorEnvelope = serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("{self:?}"));
        assert_eq!(self.headers["content-type"], "application/json; charset=UTF-8");
        assert_eq!(envelope.error.fbtrace_id.as_deref(), self.headers["x-fb-trace-id"].to_str().ok());
        envelope.error.code
    }

    /// `error_data.details` of an error.
    pub(crate) fn details(&self) -> String {
        self.json().pointer("/error/error_data/details").and_then(Value::as_str).unwrap_or_default().to_owned()
    }
}

fn bearer(method: &str, path: &str, token: &str) -> axum::http::request::Builder {
    Request::builder().method(method).uri(path).header("authorization", format!("Bearer {token}"))
}

/// What businesses of both accounts know Nadia by.
pub(crate) fn nadias_id() -> String {
    let user = nadia();
    user.bsuid(&objects::portfolio().id).as_str().to_owned()
}

async fn put_tokens(engine: &Engine) {
    let both = BTreeSet::from([Scope::Messaging, Scope::Management]);
    let messaging = BTreeSet::from([Scope::Messaging]);
    for (value, app, waba, scopes, lifetime) in [
        (MANAGE, "1001", "2001", &both, None),
        (MESSAGE, "1001", "2001", &messaging, None),
        (BRIEF, "1001", "2001", &both, Some(Duration::from_secs(3600))),
        (FOREIGN, "1002", "2002", &both, None),
    ] {
        let wabas = Some(BTreeSet::from([WabaId::parse(waba).unwrap()]));
        let grant = Grant { app: AppId::parse(app).unwrap(), scopes: scopes.clone(), wabas, lifetime };
        engine.put_token(value, grant).await.unwrap();
    }
}

mod batch;
mod encodings;
mod every_endpoint;
mod journal;
mod methods;
pub(crate) mod partners;
mod rights;
mod strangers;
mod tokens;
