//! The business of the benchmark: takes webhooks, pre-accepts, accepts when its leg is up, and tells when it hears the caller. It knows nothing of the
//! platform but the published API.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::post;
use reqwest::Client;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::{OnceCell, oneshot};

use super::media::Media;
use crate::BenchFault;
use crate::ends::Number;

/// Where webhooks are taken.
const PATH: &str = "/webhook";

/// Idle connections kept to the platform.
const IDLE: usize = 256;

/// What the business knows of a call once it hears the caller.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Answered {
    /// Its end of the call.
    pub number: Number,
    /// The connect webhook came.
    pub rang: Instant,
    /// The reply to pre_accept came.
    pub pre_accepted: Instant,
    /// Its leg was up.
    pub connected: Instant,
    /// The reply to accept came.
    pub accepted: Instant,
    /// The caller was heard.
    pub heard: Instant,
}

/// What has become of a call.
type AnswerOutcome = Result<Answered, String>;

/// The backend.
#[derive(Clone)]
pub(crate) struct Business {
    shared: Arc<Shared>,
}

struct Shared {
    media: Media,
    http: Client,
    token: String,
    /// The endpoint for calls; known when the platform has started.
    calls_url: OnceCell<String>,
    calls: Mutex<HashMap<String, Place>>,
}

/// Where caller and callee find each other: either may come first.
enum Place {
    Waiting(oneshot::Sender<AnswerOutcome>),
    Known(AnswerOutcome),
}

impl Business {
    /// Listens for webhooks; returns where.
    pub(crate) async fn listen(media: Media, token: String) -> Result<(Business, String), BenchFault> {
        let http = Client::builder().tls_certs_only([]).no_proxy().pool_max_idle_per_host(IDLE).timeout(Duration::from_secs(10)).build()?;
        let shared = Shared { media, http, token, calls_url: OnceCell::new(), calls: Mutex::default() };
        let business = Business { shared: Arc::new(shared) };
        let listener = TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await?;
        let callback = format!("http://{}{PATH}", listener.local_addr()?);
        let routes = Router::new().route(PATH, post(webhook)).with_state(business.clone());
        tokio::spawn(async move { axum::serve(listener, routes).await });
        Ok((business, callback))
    }

    /// Where to send commands.
    pub(crate) fn calls_at(&self, url: String) {
        let _ = self.shared.calls_url.set(url); // once, at the start
    }

    /// Waits until the business hears the caller.
    pub(crate) async fn answered(&self, call: &str) -> AnswerOutcome {
        let waiting = {
            let mut calls = self.shared.calls.lock().unwrap_or_else(PoisonError::into_inner);
            match calls.remove(call) {
                Some(Place::Known(outcome)) => return outcome,
                _ => {
                    let (known, waiting) = oneshot::channel();
                    calls.insert(call.to_owned(), Place::Waiting(known));
                    waiting
                }
            }
        };
        waiting.await.unwrap_or_else(|_| Err("asked for twice".to_owned()))
    }

    /// Ends a call.
    pub(crate) async fn terminate(&self, call: &str, answered: Answered) -> Result<(), BenchFault> {
        self.shared.media.close(answered.number);
        self.command(json!({ "messaging_product": "whatsapp", "call_id": call, "action": "terminate" })).await
    }

    fn settle(&self, call: String, outcome: AnswerOutcome) {
        let mut calls = self.shared.calls.lock().unwrap_or_else(PoisonError::into_inner);
        match calls.remove(&call) {
            Some(Place::Waiting(waiting)) => drop(waiting.send(outcome)), // the caller may have given up
            _ => drop(calls.insert(call, Place::Known(outcome))),
        }
    }

    async fn ring(self, call: String, offer: String) {
        let outcome = self.answer(&call, offer).await.map_err(|fault| fault.to_string());
        self.settle(call, outcome);
    }

    async fn answer(&self, call: &str, offer: String) -> Result<Answered, BenchFault> {
        let rang = Instant::now();
        let line = self.shared.media.answer(offer).await?;
        let number = line.number;
        let answered = self.speak_to(call, line, rang).await;
        if answered.is_err() {
            self.shared.media.close(number);
        }
        answered
    }

    async fn speak_to(&self, call: &str, line: super::media::Line, rang: Instant) -> Result<Answered, BenchFault> {
        let session = json!({ "sdp_type": "answer", "sdp": line.sdp });
        let command = |action| json!({ "messaging_product": "whatsapp", "call_id": call, "action": action, "session": session });
        self.command(command("pre_accept")).await?;
        let pre_accepted = Instant::now();
        let connected = line.connected.await?;
        self.command(command("accept")).await?;
        let accepted = Instant::now();
        let heard = line.heard.await?;
        Ok(Answered { number: line.number, rang, pre_accepted, connected, accepted, heard })
    }

    async fn command(&self, body: Value) -> Result<(), BenchFault> {
        let url = self.shared.calls_url.get().ok_or("the platform has not started")?;
        let reply = self.shared.http.post(url).bearer_auth(&self.shared.token).json(&body).send().await?;
        let status = reply.status();
        let text = reply.text().await?;
        if status.is_success() { Ok(()) } else { Err(format!("HTTP {status}: {text}").into()) }
    }
}

async fn webhook(State(business): State<Business>, body: axum::body::Bytes) -> StatusCode {
    let Ok(body) = serde_json::from_slice::<Value>(&body) else { return StatusCode::BAD_REQUEST };
    let call = &body["entry"][0]["changes"][0]["value"]["calls"][0];
    if let ("connect", Some(id), Some(sdp)) =
        (call["event"].as_str().unwrap_or_default(), call["id"].as_str(), call["session"]["sdp"].as_str())
    {
        tokio::spawn(business.ring(id.to_owned(), sdp.to_owned()));
    }
    StatusCode::OK
}
