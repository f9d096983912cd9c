//! A pretend platform: a Graph endpoint that notes what it is asked, a relayed call with a user on it, and signed webhooks.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use axum::{Json, Router};
use callport_gateway::{Config, Event, Gateway, Report, Verdict, What};
use callport_peer::{Config as PeerConfig, Endpoint, Identity};
use callport_wire::seconds::TextSeconds;
use callport_wire::webhooks::{CallEvent, CallsValue, Change, Contact, Direction, Envelope, EventKind, Metadata, Outcome, WebhookSession};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::broadcast;

use crate::relay::{MiniRelay, seeds};

pub const NUMBER: &str = "881200345671203";
pub const CALL: &str = "wacid.HBgLMTU1NTcwMTAwNDIVAgASGCBBNEMxMjNCMTYxMkREMjcyRDEzNzFDMTcxNDlENDM5NRwYCzE1NTU5MDIwMDc3FQIAFQoA";
pub const NOW: i64 = 1_795_341_600;
const SECRET: &str = "test_app_secret";
const TOKEN: &str = "EAAtest";

/// What the Graph endpoint was asked, and what it is to refuse.
#[derive(Default)]
struct Asked {
    bodies: Vec<Value>,
    refuse: Option<(&'static str, StatusCode)>,
}

/// The platform's side of one call.
pub struct Platform {
    pub gateway: Option<Gateway>,
    pub user: Endpoint,
    relay: Arc<MiniRelay>,
    asked: Arc<Mutex<Asked>>,
    events: broadcast::Receiver<Event>,
    callback: String,
    http: reqwest::Client,
}

#[derive(Clone)]
struct Graph {
    asked: Arc<Mutex<Asked>>,
    relay: Arc<MiniRelay>,
}

/// `POST /v25.0/{number}/calls`, as published.
async fn calls(
    State(graph): State<Graph>,
    Path((version, number)): Path<(String, String)>,
    headers: HeaderMap,
    Json(body): Json<Value>,
) -> (StatusCode, Json<Value>) {
    assert_eq!((version.as_str(), number.as_str()), ("v25.0", NUMBER));
    assert_eq!(headers["authorization"], format!("Bearer {TOKEN}"));
    assert_eq!(body["messaging_product"], "whatsapp");
    assert!(body["call_id"].as_str().unwrap().starts_with("wacid."));
    let action = body["action"].as_str().unwrap().to_owned();
    let answer = body["session"]["sdp"].as_str().map(str::to_owned);
    let refused = {
        let mut asked = graph.asked.lock().unwrap();
        asked.bodies.push(body);
        asked.refuse.filter(|(refused, _)| *refused == action).map(|(_, status)| status)
    };
    if let Some(status) = refused {
        let error = json!({ "message": "(#100) Invalid parameter", "type": "OAuthException", "code": 100,
            "error_data": { "messaging_product": "whatsapp", "details": "The call has ended" }, "fbtrace_id": "A" });
        return (status, Json(json!({ "error": error })));
    }
    match (action.as_str(), answer) {
        ("pre_accept", Some(answer)) => graph.relay.business_answer(&answer).await,
        ("accept", Some(_)) => graph.relay.open_gate().await,
        _ => {}
    }
    (StatusCode::OK, Json(json!({ "messaging_product": "whatsapp", "success": true })))
}

/// A client that needs no certificates of the system, which may have none.
fn plain_http() -> reqwest::Client {
    reqwest::Client::builder().tls_certs_only([]).build().unwrap()
}

impl Platform {
    /// A platform with one user connected to its relay, and a backend of ours subscribed to it.
    pub async fn start(adjust: impl FnOnce(&mut Config)) -> Self {
        let identity = Identity::self_signed().unwrap();
        let relay = Arc::new(MiniRelay::start(identity.clone()).await);
        let loopback = "127.0.0.1:0".parse().unwrap();
        let user_config = PeerConfig { bind: loopback, ..PeerConfig::new(identity.clone(), seeds(1)) };
        let (user, _) = Endpoint::bind(user_config).await.unwrap();
        let offer = user.offer().await.unwrap();
        user.apply_answer(&relay.user_answer(&offer).await).await.unwrap();

        let asked = Arc::new(Mutex::new(Asked::default()));
        let graph = Graph { asked: asked.clone(), relay: relay.clone() };
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let router = Router::new().route("/{version}/{number}/calls", post(calls)).with_state(graph);
        tokio::spawn(async move { axum::serve(listener, router).await });

        let random = Arc::new(|bytes: &mut [u8]| bytes.iter_mut().enumerate().for_each(|(n, byte)| *byte = n as u8 ^ 0x5a));
        let mut config = Config {
            verify_token: "s3cr3t".to_owned(),
            graph_version: Some("v25.0".to_owned()),
            media_bind: loopback,
            ..Config::new(SECRET, url, TOKEN, identity, random, Arc::new(|| NOW))
        };
        adjust(&mut config);
        let gateway = Gateway::start(config).await.unwrap();
        let (events, callback) = (gateway.events(), gateway.callback_url());
        Self { gateway: Some(gateway), user, relay, asked, events, callback, http: plain_http() }
    }

    /// The user's endpoint vanishes without a word to the Graph side.
    pub async fn user_vanishes(&mut self) {
        let config = PeerConfig { bind: "127.0.0.1:0".parse().unwrap(), ..PeerConfig::new(Identity::self_signed().unwrap(), seeds(9)) };
        let (unconnected, _) = Endpoint::bind(config).await.unwrap();
        drop(std::mem::replace(&mut self.user, unconnected));
    }

    /// From now on this action is refused.
    pub fn refuse(&self, action: &'static str) {
        self.refuse_with(action, 400);
    }

    /// The same with another HTTP status.
    pub fn refuse_with(&self, action: &'static str, status: u16) {
        self.asked.lock().unwrap().refuse = Some((action, StatusCode::from_u16(status).unwrap()));
    }

    /// The actions asked so far, in order.
    pub fn actions(&self) -> Vec<String> {
        self.asked.lock().unwrap().bodies.iter().map(|body| body["action"].as_str().unwrap().to_owned()).collect()
    }

    /// The (action, call id) pairs asked so far, in order.
    pub fn actions_by_call(&self) -> Vec<(String, String)> {
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        self.asked.lock().unwrap().bodies.iter().map(|body| (text(&body["action"]), text(&body["call_id"]))).collect()
    }

    /// The bodies asked so far.
    pub fn bodies(&self) -> Vec<Value> {
        self.asked.lock().unwrap().bodies.clone()
    }

    /// A connect event with the relay's offer.
    pub async fn connect(&self) -> CallEvent {
        let mut event = CallEvent::new(CALL, EventKind::Connect, TextSeconds(NOW), Direction::UserInitiated);
        let sdp = self.relay.business_offer().await;
        event.session = Some(WebhookSession { sdp, sdp_type: callport_wire::calls::SdpType::Offer });
        event
    }

    /// A connect event of a relay that names no address: media never comes up.
    pub async fn connect_to_nowhere(&self, id: &str) -> CallEvent {
        let mut event = self.connect().await;
        event.id = id.to_owned();
        let session = event.session.as_mut().unwrap();
        session.sdp = session.sdp.lines().filter(|line| !line.starts_with("a=candidate")).map(|line| format!("{line}\r\n")).collect();
        event
    }

    /// A terminate event of an answered call.
    pub fn terminate(&self) -> CallEvent {
        let mut event = CallEvent::new(CALL, EventKind::Terminate, TextSeconds(NOW + 9), Direction::UserInitiated);
        event.status = Some(Outcome::Completed);
        event.duration = Some(7);
        event
    }

    /// Delivers an event, signed, and expects 200.
    pub async fn deliver(&self, event: CallEvent) {
        self.deliver_for(NUMBER, event).await;
    }

    /// The same for another number.
    pub async fn deliver_for(&self, number: &str, event: CallEvent) {
        let metadata = Metadata { display_phone_number: "15559020077".to_owned(), phone_number_id: number.to_owned() };
        let value = CallsValue::of_call(metadata, Contact::default(), event);
        let envelope = Envelope::of("660017722334455", Change::Calls(Box::new(value)));
        let body = callport_wire::escape::to_escaped_bytes(&envelope).unwrap();
        let mut mac = Hmac::<sha2::Sha256>::new_from_slice(SECRET.as_bytes()).unwrap();
        mac.update(&body);
        let signature = format!("sha256={}", hex::encode(mac.finalize().into_bytes()));
        let request = self.http.post(&self.callback).header("X-Hub-Signature-256", signature).body(body);
        assert_eq!(request.send().await.unwrap().status(), 200);
    }

    /// Waits for the first event that `wanted` picks.
    pub async fn until<T>(&mut self, wanted: impl Fn(&What) -> Option<T>) -> T {
        let search = async {
            loop {
                let event = self.events.recv().await.unwrap();
                if let Some(found) = wanted(&event.what) {
                    return found;
                }
            }
        };
        // Only a test that would hang for ever meets this bound.
        tokio::time::timeout(Duration::from_secs(60), search).await.expect("the awaited event never came")
    }

    pub async fn until_verdict(&mut self) -> Verdict {
        self.until(|what| match what {
            What::Webhook { verdict, .. } => Some(*verdict),
            _ => None,
        })
        .await
    }

    pub async fn until_mouth_opened(&mut self) {
        self.until(|what| matches!(what, What::MouthOpened).then_some(())).await;
    }

    pub async fn until_ended(&mut self) -> Report {
        self.until(|what| match what {
            What::Ended(report) => Some((**report).clone()),
            _ => None,
        })
        .await
    }

    /// Stops the backend and waits until it has.
    pub async fn stop(&mut self) {
        self.gateway.take().unwrap().stop().await;
    }
}
