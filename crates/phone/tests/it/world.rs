//! The world of the test kit with the phone's page, its forms and its sockets: a business that can be called, one that cannot, and a
//! person.

use std::ops::{Deref, DerefMut};
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::http::{Request, Response, StatusCode};
use callport_core::settings::{CallingSettings, Switch};
use callport_engine::ports::media_events;
use callport_engine::records::Number;
use callport_media::{MediaConfig, MediaParts, MediaPlane};
use callport_peer::Identity;
use callport_phone::SignUpPolicy;
use callport_testkit::{Counting, Given, TestClock, objects};
pub(crate) use callport_testkit::{PATIENCE, acme, nadia};
use serde_json::Value;
use tower::ServiceExt as _;

/// The business that takes calls.
pub(crate) const ACME: &str = "6281255509999";
/// The business that does not.
pub(crate) const MUTE: &str = "15559020077";
/// Where the phone says that it is reached.
pub(crate) const PUBLIC: &str = "http://phone.example";
/// The person.
pub(crate) const NADIA: &str = "5511955501234";

pub(crate) struct World {
    kit: callport_testkit::World,
    pub router: Router,
}

impl Deref for World {
    type Target = callport_testkit::World;

    fn deref(&self) -> &Self::Target {
        &self.kit
    }
}

impl DerefMut for World {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.kit
    }
}

impl World {
    pub(crate) async fn new() -> Self {
        Self::signing_up(SignUpPolicy::Open).await
    }

    pub(crate) async fn signing_up(sign_up: SignUpPolicy) -> Self {
        Self::configured(callport_phone::PhoneConfig::new(sign_up, PUBLIC)).await
    }

    pub(crate) async fn configured(config: callport_phone::PhoneConfig) -> Self {
        Self::start(config, Given::default()).await
    }

    async fn start(config: callport_phone::PhoneConfig, given: Given) -> Self {
        let kit = callport_testkit::World::start(given).await;
        kit.furnish().await;
        let settings = CallingSettings { status: Some(Switch::Disabled), ..CallingSettings::default() };
        kit.engine.put_number(Number { settings, ..objects::number("4002", "2001", MUTE, "Mute Ltd") }).await.unwrap();
        let router = callport_phone::router(kit.engine.clone(), config);
        Self { kit, router }
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
}

/// The same with real media on the loopback.
pub(crate) async fn with_real_media() -> (World, Arc<Identity>) {
    let identity = Identity::self_signed().unwrap();
    let (events, inbox) = media_events(4096);
    let clock = Arc::new(TestClock::default());
    let parts = MediaParts { identity: identity.clone(), random: Arc::new(Counting::default()), clock, events };
    let config = MediaConfig { bind: vec!["127.0.0.1".parse().unwrap()], calls_per_thread: 16, ..MediaConfig::default() };
    let media = Arc::new(MediaPlane::start(config, parts).unwrap());
    let given = Given { media: Some((media, inbox)), ..Given::default() };
    (World::start(callport_phone::PhoneConfig::new(SignUpPolicy::Open, PUBLIC), given).await, identity)
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
