//! The callback URL: who asks is verified, what comes is authenticated and passed on, and 200 goes back before any work is done.
//!
//! Platform docs, Webhooks: the verification GET is answered with its challenge; a POST counts as delivered by a 2xx, and anything
//! slow or else is delivered again.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use callport_wire::webhooks::Envelope;
use subtle::ConstantTimeEq;
use tokio::sync::mpsc;
use tower_http::timeout::TimeoutLayer;

use crate::arrival::{Arrival, arrivals};
use crate::hub_signature;
use crate::timeline::{Timeline, What};

/// The platform's own bound on a delivery.
const MAX_BODY_BYTES: usize = 3 * 1024 * 1024;

/// A sender slower than this is cut off; the platform itself gives up after about 20 s.
const TIMEOUT: Duration = Duration::from_secs(15);

/// Challenges are a few digits; a longer one is somebody else's text.
const MAX_CHALLENGE_CHARS: usize = 64;

/// Pieces of news that may wait for the switchboard. When it is full the delivery is answered 503 and comes again.
pub(crate) const ARRIVAL_QUEUE: usize = 1024;

/// What the handlers share.
pub(crate) struct Intake {
    pub app_secret: String,
    pub verify_token: String,
    pub arrivals: mpsc::Sender<Arrival>,
    pub timeline: Timeline,
}

/// The routes: one path, two methods.
pub(crate) fn routes(path: &str, intake: Intake) -> Router {
    Router::new()
        .route(path, get(verify).post(deliver))
        .layer(DefaultBodyLimit::max(MAX_BODY_BYTES))
        .layer(TimeoutLayer::with_status_code(StatusCode::REQUEST_TIMEOUT, TIMEOUT))
        .with_state(Arc::new(intake))
}

/// `GET …?hub.mode=subscribe&hub.challenge=…&hub.verify_token=…`
async fn verify(State(intake): State<Arc<Intake>>, Query(query): Query<HashMap<String, String>>) -> Response {
    let part = |name: &str| query.get(name).map(String::as_str).unwrap_or_default();
    let token_fits: bool = part("hub.verify_token").as_bytes().ct_eq(intake.verify_token.as_bytes()).into();
    let challenge = part("hub.challenge");
    let plain = !challenge.is_empty() && challenge.len() <= MAX_CHALLENGE_CHARS && challenge.bytes().all(|b| b.is_ascii_alphanumeric());
    let accepted = part("hub.mode") == "subscribe" && token_fits && !intake.verify_token.is_empty() && plain;
    intake.timeline.tell(None, What::Verification { accepted });
    if accepted { challenge.to_owned().into_response() } else { StatusCode::FORBIDDEN.into_response() }
}

/// A delivery.
async fn deliver(State(intake): State<Arc<Intake>>, headers: HeaderMap, body: Bytes) -> StatusCode {
    let header = headers.get(hub_signature::HEADER).map(|value| value.as_bytes());
    if let Err(reason) = hub_signature::check(&intake.app_secret, header, &body) {
        intake.timeline.tell(None, What::WebhookRefused(reason.to_string()));
        return StatusCode::UNAUTHORIZED;
    }
    let Ok(envelope) = serde_json::from_slice::<Envelope>(&body) else {
        intake.timeline.tell(None, What::WebhookRefused("signed, but no webhook envelope".to_owned()));
        return StatusCode::BAD_REQUEST;
    };
    let arrivals = arrivals(envelope);
    // All or nothing: a delivery that is half taken would come again whole.
    let Ok(places) = intake.arrivals.try_reserve_many(arrivals.len()) else {
        intake.timeline.tell(None, What::WebhookRefused("too many deliveries are waiting".to_owned()));
        return StatusCode::SERVICE_UNAVAILABLE;
    };
    places.zip(arrivals).for_each(|(place, arrival)| place.send(arrival));
    StatusCode::OK
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::Body;
    use axum::http::Request;
    use hmac::{Hmac, KeyInit, Mac};
    use tower::ServiceExt;

    const SECRET: &str = "test_app_secret";

    struct Bench {
        router: Router,
        arrivals: mpsc::Receiver<Arrival>,
    }

    fn bench(queue: usize) -> Bench {
        let (sender, arrivals) = mpsc::channel(queue);
        let intake =
            Intake { app_secret: SECRET.to_owned(), verify_token: "s3cr3t".to_owned(), arrivals: sender, timeline: Timeline::new() };
        Bench { router: routes("/webhook", intake), arrivals }
    }

    impl Bench {
        async fn get(&self, query: &str) -> (StatusCode, String) {
            let request = Request::get(format!("/webhook?{query}")).body(Body::empty()).unwrap();
            let response = self.router.clone().oneshot(request).await.unwrap();
            let status = response.status();
            let body = axum::body::to_bytes(response.into_body(), 1000).await.unwrap();
            (status, String::from_utf8(body.to_vec()).unwrap())
        }

        async fn post(&self, body: &[u8], signature: Option<String>) -> StatusCode {
            let mut request = Request::post("/webhook").header("content-type", "application/json");
            if let Some(signature) = signature {
                request = request.header("X-Hub-Signature-256", signature);
            }
            self.router.clone().oneshot(request.body(Body::from(body.to_vec())).unwrap()).await.unwrap().status()
        }

        async fn signed(&self, body: &[u8]) -> StatusCode {
            self.post(body, Some(sign(body))).await
        }

        /// Ids of what came through, in order; the field's name where there is none.
        fn passed_on(&mut self) -> Vec<String> {
            let came = std::iter::from_fn(|| self.arrivals.try_recv().ok());
            came.map(|Arrival { tidings, .. }| tidings.id().map_or(tidings.name(), str::to_owned)).collect()
        }
    }

    fn sign(body: &[u8]) -> String {
        let mut mac = Hmac::<sha2::Sha256>::new_from_slice(SECRET.as_bytes()).unwrap();
        mac.update(body);
        format!("sha256={}", hex::encode(mac.finalize().into_bytes()))
    }

    fn delivery(ids: &[&str]) -> Vec<u8> {
        let calls: Vec<_> =
            ids.iter().map(|id| serde_json::json!({ "id": id, "event": "terminate", "timestamp": "1795341600", "new": {} })).collect();
        let value = serde_json::json!({ "messaging_product": "whatsapp", "calls": calls,
            "metadata": { "display_phone_number": "15559020077", "phone_number_id": "881200345671203" } });
        let body = serde_json::json!({ "object": "whatsapp_business_account",
            "entry": [{ "id": "660017722334455", "changes": [{ "value": value, "field": "calls" }] }] });
        serde_json::to_vec(&body).unwrap()
    }

    #[tokio::test]
    async fn the_challenge_goes_back_bare_to_who_knows_the_token() {
        let bench = bench(1);
        let right = "hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token=s3cr3t";
        assert_eq!(bench.get(right).await, (StatusCode::OK, "1158201444".to_owned()));
        for wrong in [
            "",
            "hub.mode=subscribe&hub.challenge=1&hub.verify_token=other",
            "hub.mode=subscribe&hub.challenge=1&hub.verify_token=",
            "hub.mode=subscribe&hub.challenge=1",
            "hub.mode=unsubscribe&hub.challenge=1&hub.verify_token=s3cr3t",
            "hub.mode=subscribe&hub.verify_token=s3cr3t",
            "hub.mode=subscribe&hub.challenge=%3Cscript%3E&hub.verify_token=s3cr3t",
        ] {
            assert_eq!(bench.get(wrong).await, (StatusCode::FORBIDDEN, String::new()), "{wrong}");
        }
    }

    #[tokio::test]
    async fn signed_deliveries_pass_and_unsigned_ones_do_not() {
        let mut bench = bench(8);
        let body = delivery(&["wacid.A"]);
        assert_eq!(bench.post(&body, None).await, StatusCode::UNAUTHORIZED);
        assert_eq!(bench.post(&body, Some(sign(b"another body"))).await, StatusCode::UNAUTHORIZED);
        assert_eq!(bench.post(&body, Some("sha256=00".to_owned())).await, StatusCode::UNAUTHORIZED);
        assert!(bench.passed_on().is_empty());
        assert_eq!(bench.signed(&body).await, StatusCode::OK);
        assert_eq!(bench.passed_on(), ["wacid.A"]);
    }

    #[tokio::test]
    async fn published_samples_pass_and_keep_their_number() {
        let mut bench = bench(8);
        for sample in [
            include_str!("../../wire/samples/webhook_connect_user.json"),
            include_str!("../../wire/samples/webhook_terminate.json"),
            include_str!("../../wire/samples/webhook_status.json"),
            include_str!("../../wire/samples/webhook_permission_reply.json"),
        ] {
            assert_eq!(bench.signed(sample.as_bytes()).await, StatusCode::OK);
            let arrival = bench.arrivals.try_recv().unwrap();
            assert_eq!(arrival.phone_number_id.as_deref(), Some("881200345671203"), "{}", arrival.tidings.name());
        }
    }

    #[tokio::test]
    async fn fields_and_shapes_nobody_knows_are_taken_by_their_name() {
        let mut bench = bench(8);
        let body = br#"{"object":"whatsapp_business_account","entry":[{"id":"1","changes":[
            {"value":{"messages":[]},"field":"messages"},{"value":{},"field":"flows"}]}]}"#;
        assert_eq!(bench.signed(body).await, StatusCode::OK);
        assert_eq!(bench.passed_on(), ["messages", "flows"]);
    }

    #[tokio::test]
    async fn signed_nonsense_is_a_bad_request() {
        let bench = bench(8);
        for body in [&b""[..], b"{}", b"[1]", b"not json", b"{\"object\":\"x\",\"entry\":7}", &[0xff, 0xfe]] {
            assert_eq!(bench.signed(body).await, StatusCode::BAD_REQUEST);
        }
    }

    #[tokio::test]
    async fn a_full_queue_asks_for_a_later_delivery_and_takes_no_half() {
        let mut bench = bench(2);
        assert_eq!(bench.signed(&delivery(&["wacid.A"])).await, StatusCode::OK);
        assert_eq!(bench.signed(&delivery(&["wacid.B", "wacid.C"])).await, StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(bench.passed_on(), ["wacid.A"]);
        assert_eq!(bench.signed(&delivery(&["wacid.B", "wacid.C"])).await, StatusCode::OK);
        assert_eq!(bench.passed_on(), ["wacid.B", "wacid.C"]);
    }

    #[tokio::test]
    async fn a_body_beyond_the_bound_is_refused_unread() {
        let bench = bench(1);
        assert_eq!(bench.signed(&vec![b' '; MAX_BODY_BYTES + 1]).await, StatusCode::PAYLOAD_TOO_LARGE);
    }
}
