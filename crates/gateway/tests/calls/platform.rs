//! A pretend platform: a Graph endpoint that notes what it is asked, a relayed call with a user on it, and signed webhooks.

mod graph;
mod webhooks;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::http::StatusCode;
use callport_gateway::{BackendConfig, CallOrder, Callee, EventOutcome, Gateway, OutgoingCall, Report, Speech, TimelineEvent, What};
use callport_peer::{Endpoint, Identity, PeerConfig};
use callport_wire::calls::SdpType;
use callport_wire::permissions::{Action, ActionName, Permission, PermissionStatus, PermissionsReply};
use callport_wire::seconds::TextSeconds;
use callport_wire::webhooks::{CallEvent, CallsValue, Change, Contact, Direction, EventKind, Status, TerminateStatus, WebhookSession};
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::broadcast;

use crate::relay::{MiniRelay, seeds};
use graph::Graph;
pub(crate) use webhooks::{ended, message, message_status, outgoing, status};
use webhooks::{metadata, post_webhook, with_answer};

pub(crate) const NUMBER: &str = "881200345671203";
pub(crate) const CALL: &str = "wacid.HBgLMTU1NTcwMTAwNDIVAgASGCBBNEMxMjNCMTYxMkREMjcyRDEzNzFDMTcxNDlENDM5NRwYCzE1NTU5MDIwMDc3FQIAFQoA";
pub(crate) const NOW: i64 = 1_795_341_600;
pub(crate) const OUTGOING: &str = "wacid.HBgLMTU1NTcwMTAwNDIVAgARGCAzNkIzMjE2RkRBRUVCOTc1NzI5RkFFOTIzRDVBNEZEMRwYCzE1NTU5MDIwMDc3FQIAFQoA";
pub(crate) const USER: &str = "15557010042";
pub(crate) const USER_ID: &str = "US.48201937756610293847";
pub(crate) const WAMID: &str = "wamid.HBgNNjI4MTI1NTUwMTIzNBUCABEYEjA4RjQ1MkY3QTE5QzM2RDg5AA==";
pub(crate) const WABA: &str = "660017722334455";
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
pub(crate) struct Platform {
    pub gateway: Option<Gateway>,
    pub user: Endpoint,
    relay: Arc<MiniRelay>,
    asked: Arc<Mutex<Asked>>,
    events: broadcast::Receiver<TimelineEvent>,
    http: reqwest::Client,
}

/// What the user permits, and what may be done now.
pub(crate) fn permission(permission: Permission, may_ask: bool) -> PermissionsReply {
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
    pub(crate) async fn start(adjust: impl FnOnce(&mut BackendConfig)) -> Self {
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
        let router = graph.routes();
        tokio::spawn(async move { axum::serve(listener, router).await });

        let random = Arc::new(|bytes: &mut [u8]| bytes.iter_mut().enumerate().for_each(|(n, byte)| *byte = n as u8 ^ 0x5a));
        let mut config = BackendConfig {
            verify_token: "s3cr3t".to_owned(),
            graph_version: Some("v25.0".to_owned()),
            media_bind: loopback,
            ..BackendConfig::new(SECRET, url, TOKEN, identity, random, Arc::new(|| NOW))
        };
        adjust(&mut config);
        let gateway = Gateway::start(config).await.unwrap();
        let events = gateway.events();
        asked.lock().unwrap().callback = gateway.callback_url();
        Self { gateway: Some(gateway), user, relay, asked, events, http: plain_http() }
    }

    /// A call to the user, permitted or not, that says the business's signature.
    pub(crate) fn order() -> CallOrder {
        let user = Callee::Number(USER.to_owned());
        let (phone_number_id, opaque) = (NUMBER.to_owned(), Some("case-77812".to_owned()));
        CallOrder { phone_number_id, user, say: Speech::Tone, talk_for: None, asking: None, opaque }
    }

    /// Places a call.
    pub(crate) async fn place(&self, order: CallOrder) -> OutgoingCall {
        self.gateway.as_ref().unwrap().place(order).await
    }

    /// What the platform says of the user's permission from now on.
    pub(crate) fn permit(&self, permission: PermissionsReply) {
        self.asked.lock().unwrap().permission = permission;
    }

    /// New templates get this status.
    pub(crate) fn judge_templates(&self, status: &'static str) {
        self.asked.lock().unwrap().template_status = status;
    }

    /// The next such request is refused with this code.
    pub(crate) fn refuse_once(&self, action: &'static str, status: u16, code: i64) {
        self.asked.lock().unwrap().refuse_once.push((action, status, code));
    }

    /// These go out before the reply to the next `connect`.
    pub(crate) fn overtake(&self, changes: Vec<Change>) {
        self.asked.lock().unwrap().overtaking = changes;
    }

    /// Waits until a request of that kind was answered, and hands back the last one's body.
    pub(crate) async fn until_asked(&mut self, action: &'static str, kind: &str) -> Value {
        self.until(|what| matches!(what, What::Request { action: done, .. } if *done == action).then_some(())).await;
        let asked = self.asked.lock().unwrap();
        asked.requests.iter().rev().find(|(asked, _)| asked == kind).unwrap().1.clone()
    }

    /// Delivers the answer to the connect of ours.
    pub(crate) async fn deliver_answer(&self) {
        let answer = self.asked.lock().unwrap().answer.clone().expect("connect was not asked yet");
        self.deliver_change(with_answer(outgoing(EventKind::Connect, |_| {}), &answer)).await;
    }

    /// Delivers any change.
    pub(crate) async fn deliver_change(&self, change: Change) {
        let callback = self.asked.lock().unwrap().callback.clone();
        post_webhook(&self.http, &callback, change).await;
    }

    /// The user takes the call of ours.
    pub(crate) async fn user_accepts(&self) {
        self.relay.open_gate().await;
        self.deliver_change(status(Status::Accepted)).await;
    }

    pub(crate) async fn until_waiting(&mut self, wanted: &str) {
        self.until(|what| matches!(what, What::Waiting { what, .. } if what.contains(wanted)).then_some(())).await;
    }

    /// The user's endpoint vanishes without a word to the Graph side.
    pub(crate) async fn user_vanishes(&mut self) {
        let config = PeerConfig { bind: "127.0.0.1:0".parse().unwrap(), ..PeerConfig::new(Identity::self_signed().unwrap(), seeds(9)) };
        let (unconnected, _) = Endpoint::bind(config).await.unwrap();
        drop(std::mem::replace(&mut self.user, unconnected));
    }

    /// From now on this action is refused.
    pub(crate) fn refuse(&self, action: &'static str) {
        self.refuse_with(action, 400);
    }

    /// The same with another HTTP status.
    pub(crate) fn refuse_with(&self, action: &'static str, status: u16) {
        self.asked.lock().unwrap().refuse = Some((action, StatusCode::from_u16(status).unwrap()));
    }

    /// The actions asked so far, in order.
    pub(crate) fn actions(&self) -> Vec<String> {
        self.asked.lock().unwrap().requests.iter().map(|(action, _)| action.clone()).collect()
    }

    /// The (action, call id) pairs asked so far, in order.
    pub(crate) fn actions_by_call(&self) -> Vec<(String, String)> {
        let requests = &self.asked.lock().unwrap().requests;
        requests.iter().map(|(action, body)| (action.clone(), body["call_id"].as_str().unwrap().to_owned())).collect()
    }

    /// The bodies asked so far.
    pub(crate) fn bodies(&self) -> Vec<Value> {
        self.asked.lock().unwrap().requests.iter().map(|(_, body)| body.clone()).collect()
    }

    /// A connect event with the relay's offer.
    pub(crate) async fn connect(&self) -> CallEvent {
        let mut event = CallEvent::new(CALL, EventKind::Connect, TextSeconds(NOW), Direction::UserInitiated);
        let sdp = self.relay.business_offer().await;
        event.session = Some(WebhookSession { sdp, sdp_type: SdpType::Offer });
        event
    }

    /// A connect event of a relay that names no address: media never comes up.
    pub(crate) async fn connect_to_nowhere(&self, id: &str) -> CallEvent {
        let mut event = self.connect().await;
        event.id = id.to_owned();
        let session = event.session.as_mut().unwrap();
        session.sdp = session.sdp.lines().filter(|line| !line.starts_with("a=candidate")).map(|line| format!("{line}\r\n")).collect();
        event
    }

    /// A terminate event of an answered call.
    pub(crate) fn terminate(&self) -> CallEvent {
        let mut event = CallEvent::new(CALL, EventKind::Terminate, TextSeconds(NOW + 9), Direction::UserInitiated);
        event.status = Some(TerminateStatus::Completed);
        event.duration = Some(7);
        event
    }

    /// Delivers an event, signed, and expects 200.
    pub(crate) async fn deliver(&self, event: CallEvent) {
        self.deliver_for(NUMBER, event).await;
    }

    /// The same for another number.
    pub(crate) async fn deliver_for(&self, number: &str, event: CallEvent) {
        let value = CallsValue::of_call(metadata(number), Contact::default(), event);
        self.deliver_change(Change::Calls(Box::new(value))).await;
    }

    /// Waits for the first event that `wanted` picks.
    pub(crate) async fn until<T>(&mut self, wanted: impl Fn(&What) -> Option<T>) -> T {
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

    pub(crate) async fn until_verdict(&mut self) -> EventOutcome {
        self.until(|what| match what {
            What::Webhook { verdict, .. } => Some(*verdict),
            _ => None,
        })
        .await
    }

    pub(crate) async fn until_mouth_opened(&mut self) {
        self.until(|what| matches!(what, What::MouthOpened).then_some(())).await;
    }

    pub(crate) async fn until_ended(&mut self) -> Report {
        self.until(|what| match what {
            What::Ended(report) => Some((**report).clone()),
            _ => None,
        })
        .await
    }

    /// Stops the backend and waits until it has.
    pub(crate) async fn stop(&mut self) {
        self.gateway.take().unwrap().stop().await;
    }
}
