//! A pretend platform: a Graph endpoint that notes what it is asked, a relayed call with a user on it, and signed webhooks.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::{get, post};
use axum::{Json, Router};
use callport_gateway::{CallOrder, Config, Event, Gateway, OutgoingCall, Report, Say, User, Verdict, What};
use callport_peer::{Config as PeerConfig, Endpoint, Identity};
use callport_relay::transport::DtlsRole;
use callport_wire::calls::SdpType;
use callport_wire::permissions::{Action, ActionName, Permission, PermissionStatus, PermissionsReply};
use callport_wire::seconds::TextSeconds;
use callport_wire::webhooks::{
    CallEvent, CallsValue, Change, Contact, Direction, Envelope, EventKind, InboundMessage, MessageStatusEvent, MessagesValue, Metadata,
    Outcome, Status, StatusEvent, WebhookSession,
};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::broadcast;

use crate::relay::{MiniRelay, seeds};

pub const NUMBER: &str = "881200345671203";
pub const CALL: &str = "wacid.HBgLMTU1NTcwMTAwNDIVAgASGCBBNEMxMjNCMTYxMkREMjcyRDEzNzFDMTcxNDlENDM5NRwYCzE1NTU5MDIwMDc3FQIAFQoA";
pub const NOW: i64 = 1_795_341_600;
pub const OUTGOING: &str = "wacid.HBgLMTU1NTcwMTAwNDIVAgARGCAzNkIzMjE2RkRBRUVCOTc1NzI5RkFFOTIzRDVBNEZEMRwYCzE1NTU5MDIwMDc3FQIAFQoA";
pub const USER: &str = "15557010042";
pub const USER_ID: &str = "US.48201937756610293847";
pub const WAMID: &str = "wamid.HBgNNjI4MTI1NTUwMTIzNBUCABEYEjA4RjQ1MkY3QTE5QzM2RDg5AA==";
pub const WABA: &str = "660017722334455";
const SECRET: &str = "test_app_secret";
const TOKEN: &str = "EAAtest";

/// What the Graph endpoints were asked, and what they are to say.
struct Asked {
    /// What was asked, in order, with the body or query.
    requests: Vec<(String, Value)>,
    refuse: Option<(&'static str, StatusCode)>,
    refuse_once: Vec<(&'static str, u16, i64)>,
    permission: PermissionsReply,
    template_status: &'static str,
    /// Webhooks that go out before the reply to `connect`.
    overtaking: Vec<Change>,
    /// The relay's answer to the offer of `connect`.
    answer: Option<String>,
    callback: String,
}

/// The platform's side of one call.
pub struct Platform {
    pub gateway: Option<Gateway>,
    pub user: Endpoint,
    relay: Arc<MiniRelay>,
    asked: Arc<Mutex<Asked>>,
    events: broadcast::Receiver<Event>,
    http: reqwest::Client,
}

#[derive(Clone)]
struct Graph {
    asked: Arc<Mutex<Asked>>,
    relay: Arc<MiniRelay>,
}

type Reply = (StatusCode, Json<Value>);

impl Graph {
    /// Notes a request. A refusal, if that is what it is to get.
    fn note(&self, (version, id): (&str, &str), headers: &HeaderMap, action: &str, content: Value) -> Result<(), Reply> {
        assert_eq!(version, "v25.0");
        assert_eq!(id, if action == "create" { WABA } else { NUMBER });
        assert_eq!(headers["authorization"], format!("Bearer {TOKEN}"));
        let mut asked = self.asked.lock().unwrap();
        asked.requests.push((action.to_owned(), content));
        let once = asked.refuse_once.iter().position(|(refused, _, _)| *refused == action);
        if let Some(place) = once {
            let (_, status, code) = asked.refuse_once.remove(place);
            return Err(refusal(StatusCode::from_u16(status).unwrap(), code, "As the test wants it"));
        }
        match asked.refuse.filter(|(refused, _)| *refused == action) {
            Some((_, status)) => Err(refusal(status, 100, "The call has ended")),
            None => Ok(()),
        }
    }
}

fn refusal(status: StatusCode, code: i64, details: &str) -> Reply {
    let message = if code == 100 { "(#100) Invalid parameter".to_owned() } else { format!("(#{code}) No") };
    let error = json!({ "message": message, "type": "OAuthException", "code": code,
        "error_data": { "messaging_product": "whatsapp", "details": details }, "fbtrace_id": "A" });
    (status, Json(json!({ "error": error })))
}

fn agreement() -> Reply {
    (StatusCode::OK, Json(json!({ "messaging_product": "whatsapp", "success": true })))
}

/// `POST /v25.0/{number}/calls`, as published.
async fn calls(
    State(graph): State<Graph>,
    Path((version, number)): Path<(String, String)>,
    headers: HeaderMap,
    body: Json<Value>,
) -> Reply {
    assert_eq!(body["messaging_product"], "whatsapp");
    let action = body["action"].as_str().unwrap().to_owned();
    let sdp = body["session"]["sdp"].as_str().map(str::to_owned);
    assert!(action == "connect" || body["call_id"].as_str().unwrap().starts_with("wacid."));
    if let Err(refused) = graph.note((&version, &number), &headers, &action, body.0) {
        return refused;
    }
    match (action.as_str(), sdp) {
        ("connect", Some(offer)) => {
            let answer = graph.relay.answer_to_business(&offer, DtlsRole::Server).await;
            let (overtaking, callback) = {
                let mut asked = graph.asked.lock().unwrap();
                asked.answer = Some(answer.clone());
                (std::mem::take(&mut asked.overtaking), asked.callback.clone())
            };
            for change in overtaking {
                post_webhook(&plain_http(), &callback, with_answer(change, &answer)).await;
            }
            return (StatusCode::OK, Json(json!({ "messaging_product": "whatsapp", "calls": [{ "id": OUTGOING }] })));
        }
        ("pre_accept", Some(answer)) => graph.relay.business_answer(&answer).await,
        ("accept", Some(_)) => graph.relay.open_gate().await,
        _ => {}
    }
    agreement()
}

/// `GET /v25.0/{number}/call_permissions`.
async fn permissions(
    State(graph): State<Graph>,
    Path((version, number)): Path<(String, String)>,
    Query(query): Query<HashMap<String, String>>,
    headers: HeaderMap,
) -> Reply {
    if let Err(refused) = graph.note((&version, &number), &headers, "call_permissions", json!(query)) {
        return refused;
    }
    (StatusCode::OK, Json(serde_json::to_value(&graph.asked.lock().unwrap().permission).unwrap()))
}

/// `POST /v25.0/{number}/messages`.
async fn messages(
    State(graph): State<Graph>,
    Path((version, number)): Path<(String, String)>,
    headers: HeaderMap,
    body: Json<Value>,
) -> Reply {
    assert_eq!(body["messaging_product"], "whatsapp");
    let reading = body["status"] == "read";
    let action = if reading { "read" } else { body["type"].as_str().unwrap() }.to_owned();
    if let Err(refused) = graph.note((&version, &number), &headers, &action, body.0) {
        return refused;
    }
    if reading {
        return agreement();
    }
    let contact = json!({ "input": USER, "wa_id": USER, "user_id": USER_ID });
    (StatusCode::OK, Json(json!({ "messaging_product": "whatsapp", "contacts": [contact], "messages": [{ "id": WAMID }] })))
}

/// `POST /v25.0/{waba}/message_templates`.
async fn templates(
    State(graph): State<Graph>,
    Path((version, waba)): Path<(String, String)>,
    headers: HeaderMap,
    body: Json<Value>,
) -> Reply {
    if let Err(refused) = graph.note((&version, &waba), &headers, "create", body.0) {
        return refused;
    }
    let status = graph.asked.lock().unwrap().template_status;
    (StatusCode::OK, Json(json!({ "id": "1184400337712210", "status": status, "category": "UTILITY" })))
}

/// A connect event of a call of ours carries the relay's answer.
fn with_answer(mut change: Change, answer: &str) -> Change {
    if let Change::Calls(value) = &mut change {
        for event in value.calls.iter_mut().filter(|event| event.event == EventKind::Connect && event.session.is_none()) {
            event.session = Some(WebhookSession { sdp: answer.to_owned(), sdp_type: SdpType::Answer });
        }
    }
    change
}

/// Delivers a change, signed, and expects 200.
async fn post_webhook(http: &reqwest::Client, callback: &str, change: Change) {
    let body = callport_wire::escape::to_escaped_bytes(&Envelope::of(WABA, change)).unwrap();
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(SECRET.as_bytes()).unwrap();
    mac.update(&body);
    let signature = format!("sha256={}", hex::encode(mac.finalize().into_bytes()));
    let request = http.post(callback).header("X-Hub-Signature-256", signature).body(body);
    assert_eq!(request.send().await.unwrap().status(), 200);
}

/// What the user permits, and what may be done now.
pub fn permission(permission: Permission, may_ask: bool) -> PermissionsReply {
    let may_call = permission.status != PermissionStatus::NoPermission;
    let action = |action_name, can_perform_action| Action { action_name, can_perform_action, limits: vec![] };
    let actions = vec![action(ActionName::SendCallPermissionRequest, may_ask), action(ActionName::StartCall, may_call)];
    PermissionsReply::new(permission, actions)
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

        let asked = Arc::new(Mutex::new(Asked {
            requests: vec![],
            refuse: None,
            refuse_once: vec![],
            permission: permission(Permission::temporary(NOW + 604_800), true),
            template_status: "APPROVED",
            overtaking: vec![],
            answer: None,
            callback: String::new(),
        }));
        let graph = Graph { asked: asked.clone(), relay: relay.clone() };
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let router = Router::new()
            .route("/{version}/{number}/calls", post(calls))
            .route("/{version}/{number}/call_permissions", get(permissions))
            .route("/{version}/{number}/messages", post(messages))
            .route("/{version}/{waba}/message_templates", post(templates))
            .with_state(graph);
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
        let events = gateway.events();
        asked.lock().unwrap().callback = gateway.callback_url();
        Self { gateway: Some(gateway), user, relay, asked, events, http: plain_http() }
    }

    /// A call to the user, permitted or not, that says the business's signature.
    pub fn order() -> CallOrder {
        let user = User::Number(USER.to_owned());
        let (phone_number_id, opaque) = (NUMBER.to_owned(), Some("case-77812".to_owned()));
        CallOrder { phone_number_id, user, say: Say::Tone, talk_for: None, asking: None, opaque }
    }

    /// Places a call.
    pub async fn place(&self, order: CallOrder) -> OutgoingCall {
        self.gateway.as_ref().unwrap().place(order).await
    }

    /// What the platform says of the user's permission from now on.
    pub fn permit(&self, permission: PermissionsReply) {
        self.asked.lock().unwrap().permission = permission;
    }

    /// New templates get this status.
    pub fn judge_templates(&self, status: &'static str) {
        self.asked.lock().unwrap().template_status = status;
    }

    /// The next such request is refused with this code.
    pub fn refuse_once(&self, action: &'static str, status: u16, code: i64) {
        self.asked.lock().unwrap().refuse_once.push((action, status, code));
    }

    /// These go out before the reply to the next `connect`.
    pub fn overtake(&self, changes: Vec<Change>) {
        self.asked.lock().unwrap().overtaking = changes;
    }

    /// Waits until a request of that kind was answered, and hands back the last one's body.
    pub async fn until_asked(&mut self, action: &'static str, kind: &str) -> Value {
        self.until(|what| matches!(what, What::Request { action: done, .. } if *done == action).then_some(())).await;
        let asked = self.asked.lock().unwrap();
        asked.requests.iter().rev().find(|(asked, _)| asked == kind).unwrap().1.clone()
    }

    /// Delivers the answer to the connect of ours.
    pub async fn deliver_answer(&self) {
        let answer = self.asked.lock().unwrap().answer.clone().expect("connect was not asked yet");
        self.deliver_change(with_answer(outgoing(EventKind::Connect, |_| {}), &answer)).await;
    }

    /// Delivers any change.
    pub async fn deliver_change(&self, change: Change) {
        let callback = self.asked.lock().unwrap().callback.clone();
        post_webhook(&self.http, &callback, change).await;
    }

    /// The user takes the call of ours.
    pub async fn user_accepts(&self) {
        self.relay.open_gate().await;
        self.deliver_change(status(Status::Accepted)).await;
    }

    pub async fn until_waiting(&mut self, wanted: &str) {
        self.until(|what| matches!(what, What::Waiting { what, .. } if what.contains(wanted)).then_some(())).await;
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
        self.asked.lock().unwrap().requests.iter().map(|(action, _)| action.clone()).collect()
    }

    /// The (action, call id) pairs asked so far, in order.
    pub fn actions_by_call(&self) -> Vec<(String, String)> {
        let requests = &self.asked.lock().unwrap().requests;
        requests.iter().map(|(action, body)| (action.clone(), body["call_id"].as_str().unwrap().to_owned())).collect()
    }

    /// The bodies asked so far.
    pub fn bodies(&self) -> Vec<Value> {
        self.asked.lock().unwrap().requests.iter().map(|(_, body)| body.clone()).collect()
    }

    /// A connect event with the relay's offer.
    pub async fn connect(&self) -> CallEvent {
        let mut event = CallEvent::new(CALL, EventKind::Connect, TextSeconds(NOW), Direction::UserInitiated);
        let sdp = self.relay.business_offer().await;
        event.session = Some(WebhookSession { sdp, sdp_type: SdpType::Offer });
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
        let value = CallsValue::of_call(metadata(number), Contact::default(), event);
        self.deliver_change(Change::Calls(Box::new(value))).await;
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

fn metadata(number: &str) -> Metadata {
    Metadata { display_phone_number: "15559020077".to_owned(), phone_number_id: number.to_owned() }
}

fn contact() -> Contact {
    Contact { wa_id: Some(USER.to_owned()), user_id: Some(USER_ID.to_owned()), ..Contact::default() }
}

/// An event of the call of ours.
pub fn outgoing(kind: EventKind, adjust: impl FnOnce(&mut CallEvent)) -> Change {
    let mut event = CallEvent::new(OUTGOING, kind, TextSeconds(NOW), Direction::BusinessInitiated);
    adjust(&mut event);
    Change::Calls(Box::new(CallsValue::of_call(metadata(NUMBER), contact(), event)))
}

/// The end of the call of ours: picked up for so many seconds, or missed.
pub fn ended(seconds: Option<u64>) -> Change {
    outgoing(EventKind::Terminate, |event| {
        event.status = Some(Outcome::Completed);
        event.start_time = seconds.map(|_| TextSeconds(NOW));
        event.duration = seconds;
    })
}

/// A status of the call of ours.
pub fn status(status: Status) -> Change {
    let event = StatusEvent::new(OUTGOING, status, TextSeconds(NOW));
    Change::Calls(Box::new(CallsValue::of_status(metadata(NUMBER), contact(), event)))
}

/// A message of the user.
pub fn message(mut message: InboundMessage) -> Change {
    message.from.get_or_insert_with(|| USER.to_owned());
    Change::Messages(Box::new(MessagesValue::of_message(metadata(NUMBER), Contact::default(), message)))
}

/// What became of a message of the business.
pub fn message_status(event: MessageStatusEvent) -> Change {
    Change::Messages(Box::new(MessagesValue::of_status(metadata(NUMBER), contact(), event)))
}
