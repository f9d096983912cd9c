//! The Graph endpoints: each notes what it is asked and answers as published, or refuses as the test wants it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::{get, post};
use axum::{Json, Router};
use callport_sdp::DtlsRole;
use serde_json::{Value, json};

use super::webhooks::{post_webhook, with_answer};
use super::{Asked, NUMBER, OUTGOING, TOKEN, USER, USER_ID, WABA, WAMID, plain_http};
use crate::relay::MiniRelay;

#[derive(Clone)]
pub(super) struct Graph {
    pub asked: Arc<Mutex<Asked>>,
    pub relay: Arc<MiniRelay>,
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

impl Graph {
    pub(super) fn routes(self) -> Router {
        Router::new()
            .route("/{version}/{number}/calls", post(calls))
            .route("/{version}/{number}/call_permissions", get(permissions))
            .route("/{version}/{number}/messages", post(messages))
            .route("/{version}/{waba}/message_templates", post(templates))
            .with_state(self)
    }
}
