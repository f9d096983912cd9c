//! What every request passes first and every reply last: version, trace id, headers, error envelope.

use std::pin::Pin;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::uri::PathAndQuery;
use axum::http::{HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use callport_engine::door::ClientNetwork;
use callport_wire::{Code, ErrorReply};
use tower::ServiceExt;

use crate::answer::Refusal;
use crate::requests::published;
use crate::usage::{Usage, UsageNotes};
use crate::version::Version;
use crate::{Shared, headers};

/// Characters of a trace id; the first is always `A`.
const TRACE_CHARS: usize = 23;

#[derive(Clone)]
struct Front {
    graph: Shared,
    endpoints: Router,
}

/// The endpoints behind the front.
pub(crate) fn mount(graph: Shared, endpoints: Router) -> Router {
    Router::new().fallback(pass).with_state(Front { graph, endpoints })
}

/// The way in once more, for the parts of a batch. A part itself is not given it, so that no batch is within another.
#[derive(Clone)]
pub(crate) struct Again(Front);

impl Again {
    /// Serves a request as if it had come by itself.
    pub(crate) fn serve(&self, request: Request) -> Pin<Box<dyn Future<Output = Response> + Send>> {
        Box::pin(enter(self.0.clone(), request))
    }
}

async fn pass(State(front): State<Front>, mut request: Request) -> Response {
    request.extensions_mut().insert(Again(front.clone()));
    enter(front, request).await
}

async fn enter(front: Front, mut request: Request) -> Response {
    let graph = front.graph;
    let trace = trace_id(graph.engine.random());
    let method = request.method().clone();
    let parted = split(request.uri().path());
    if let (Ok((version, _)), &Method::OPTIONS) = (&parted, &method) {
        return preflight(*version, &trace);
    }
    let source = request.extensions().get().copied().unwrap_or(ClientNetwork::UNKNOWN);
    let path = parted.as_ref().map_or_else(|_| request.uri().path(), |(_, path)| path);
    let open = graph.engine.open_request(method.as_str(), path, &trace, source, published);
    let (version, path) = match parted {
        Ok(split) => split,
        Err(refusal) => {
            let response = refusal.into_response();
            graph.answered(&open, &response).await;
            return dress(response, &method, None, &trace, &Usage::default());
        }
    };
    tracing::debug!(%method, version = version.map(tracing::field::display), trace, "graph request");
    let usage = UsageNotes::default();
    if let Some(version) = version {
        request.extensions_mut().insert(version);
    }
    request.extensions_mut().insert(usage.clone());
    request.extensions_mut().insert(open.clone());
    *request.uri_mut() = with_path(request.uri(), &path);
    // A task of its own: a client that goes away must not stop a request between its commit and its webhooks. And a bug in one
    // request is that request's trouble: it is answered and logged, and the connection lives.
    let (served, noting, asked, noted) = (front.endpoints.oneshot(request), graph.clone(), method.clone(), open.clone());
    let work = async move {
        let Ok(response) = served.await;
        let response = explained(response, &asked);
        noting.answered(&noted, &response).await;
        response
    };
    let response = match tokio::spawn(work).await {
        Ok(response) => response,
        Err(_) => {
            tracing::error!(%method, trace, "bug: a request panicked");
            let response = Refusal::new(Code::SomethingWentWrong).into_response();
            graph.answered(&open, &response).await;
            response
        }
    };
    dress(response, &method, version, &trace, &usage.told())
}

/// No endpoint has that path.
pub(crate) async fn unknown_path(uri: Uri) -> Refusal {
    Refusal(unknown(uri.path()))
}

fn unknown(path: &str) -> ErrorReply {
    ErrorReply::new(Code::UnknownPath).message(format!("Unknown path components: {path}"))
}

/// The version that was asked for, and the rest of the path with single slashes and none at the end: clients join URLs carelessly.
fn split(path: &str) -> Result<(Option<Version>, String), Refusal> {
    let mut segments = path.split('/').filter(|segment| !segment.is_empty()).peekable();
    let version = segments.peek().and_then(|first| Version::serving(first));
    if version.is_some() {
        segments.next();
    }
    let mut rest = String::with_capacity(path.len());
    for segment in segments {
        rest.push('/');
        rest.push_str(segment);
    }
    if rest.is_empty() {
        rest.push('/');
    }
    match version {
        None => Ok((None, rest)),
        Some(Ok(version)) => Ok((Some(version), rest)),
        Some(Err(())) => Err(Refusal(unknown(&rest))),
    }
}

/// The address with another path. A path made of segments of the old one is valid, so the old one is never kept in fact.
fn with_path(uri: &Uri, path: &str) -> Uri {
    let text = match uri.query() {
        Some(query) => format!("{path}?{query}"),
        None => path.to_owned(),
    };
    PathAndQuery::try_from(text).map_or_else(|_| uri.clone(), Uri::from)
}

fn preflight(version: Option<Version>, trace: &str) -> Response {
    let mut response = Response::new(Body::empty());
    headers::put(response.headers_mut(), version.unwrap_or(Version::OLDEST), trace, &Usage::default());
    headers::put_preflight(response.headers_mut());
    response
}

/// Every error has a published code, also those that no endpoint of ours wrote.
fn explained(mut response: Response, method: &Method) -> Response {
    let status = response.status();
    if status.as_u16() >= 400 && response.extensions().get::<ErrorReply>().is_none() {
        response.extensions_mut().insert(foreign(status, method));
    }
    response
}

/// Adds the headers, and gives every error its envelope. A request that names no version was served by its app's, once the app was known.
fn dress(mut response: Response, method: &Method, version: Option<Version>, trace: &str, usage: &Usage) -> Response {
    let status = response.status();
    if status.as_u16() >= 400 {
        let refusal = response.extensions_mut().remove::<ErrorReply>().unwrap_or_else(|| ErrorReply::new(Code::SomethingWentWrong));
        let envelope = refusal.body(trace);
        tracing::debug!(code = envelope.error.code, status = status.as_u16(), trace, "graph request refused");
        if refusal.http_status() == 401 && refusal.code().number() < 1000 {
            headers::put_challenge(response.headers_mut(), &envelope.error.message);
        }
        let json = serde_json::to_vec(&envelope).unwrap_or_default();
        response.headers_mut().remove(header::TRANSFER_ENCODING);
        response.headers_mut().insert(header::CONTENT_LENGTH, HeaderValue::from(json.len()));
        response.headers_mut().insert(header::CONTENT_TYPE, headers::JSON);
        *response.body_mut() = if method == Method::HEAD { Body::empty() } else { Body::from(json) };
    }
    let version = version.or_else(|| response.extensions().get().copied()).unwrap_or(Version::OLDEST);
    headers::put(response.headers_mut(), version, trace, usage);
    response
}

/// The code that fits an error reply of the HTTP layer itself.
fn foreign(status: StatusCode, method: &Method) -> ErrorReply {
    let reply = match status {
        StatusCode::METHOD_NOT_ALLOWED => ErrorReply::new(Code::UnknownObject)
            .message(format!("Unsupported {} request. This path does not support the method.", method.as_str().to_ascii_lowercase())),
        status if status.is_server_error() => ErrorReply::new(Code::SomethingWentWrong),
        _ => ErrorReply::new(Code::InvalidParameter).details("The request could not be read."),
    };
    reply.status(status.as_u16())
}

/// `A` and 22 characters of the URL-safe alphabet, 132 bits of which nearly all are random.
pub(crate) fn trace_id(random: [u8; TRACE_CHARS - 1]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut id = String::with_capacity(TRACE_CHARS);
    id.push('A');
    id.extend(random.iter().map(|byte| char::from(ALPHABET[usize::from(byte & 63)])));
    id
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_lose_their_version_and_spare_slashes() {
        for (path, version, rest) in [
            ("/v25.0/123/calls", "v25.0", "/123/calls"),
            ("/123/calls", "", "/123/calls"),
            ("//v23.0//123/calls/", "v23.0", "/123/calls"),
            ("/v25.0", "v25.0", "/"),
            ("/", "", "/"),
            ("/v1/calls", "", "/v1/calls"),
            ("/v3.2/123/calls", "v21.0", "/123/calls"),
        ] {
            let (served, left) = split(path).unwrap();
            let served = served.map(|version| version.to_string()).unwrap_or_default();
            assert_eq!((served.as_str(), left.as_str()), (version, rest), "{path}");
        }
        for (path, named) in [("/v3.4/123/calls/", "/123/calls"), ("//v27.0//123", "/123"), ("/v25.3", "/")] {
            let envelope = split(path).unwrap_err().0.body("A");
            assert_eq!((envelope.error.code, envelope.error.message), (2500, format!("Unknown path components: {named}")));
        }
    }

    #[tokio::test]
    async fn a_bug_is_answered_too() {
        let endpoints = Router::new().route("/bug", axum::routing::get(|| async { Vec::<Body>::new().swap_remove(0) }));
        let graph = crate::testing::World::new().await.graph();
        let request = Request::builder().uri("/v25.0/bug").body(Body::empty()).unwrap();
        let response = mount(graph, endpoints).oneshot(request).await.unwrap();
        assert_eq!(response.status(), 500);
        let body = axum::body::to_bytes(response.into_body(), 4096).await.unwrap();
        let envelope: callport_wire::ErrorEnvelope = serde_json::from_slice(&body).unwrap();
        assert_eq!(envelope.error.code, 131000);
    }

    #[tokio::test]
    async fn a_request_is_carried_to_its_end_when_its_client_goes_away() {
        let (go, wait) = (std::sync::Arc::new(tokio::sync::Notify::new()), std::sync::Arc::new(tokio::sync::Notify::new()));
        let (reached, mut done) = tokio::sync::mpsc::unbounded_channel();
        let (inner_go, inner_wait) = (go.clone(), wait.clone());
        let handler = move || async move {
            inner_wait.notify_one();
            inner_go.notified().await;
            reached.send("end").unwrap();
        };
        let endpoints = Router::new().route("/slow", axum::routing::get(handler));
        let graph = crate::testing::World::new().await.graph();
        let request = Request::builder().uri("/v25.0/slow").body(Body::empty()).unwrap();
        let client = mount(graph, endpoints).oneshot(request);
        tokio::select! {
            _ = client => panic!("it waits"),
            () = wait.notified() => {} // the handler has begun; the client is dropped here
        }
        go.notify_one();
        assert_eq!(done.recv().await, Some("end"));
    }

    #[test]
    fn trace_ids_have_the_published_look() {
        let id = trace_id([255; 22]);
        assert_eq!(id.len(), 23);
        assert!(id.starts_with('A') && id.is_ascii());
    }
}
