//! How often one source may sign up, sign in, or be wrong about a code.

use axum::extract::{Request, State};
use axum::http::header::RETRY_AFTER;
use axum::http::{HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use callport_engine::door::{ClientNetwork, Wait};

use crate::Phone;
use crate::reply::Refused;

/// Layer around the two forms. A reply of 403 says that the code was wrong.
pub(crate) async fn slowed(State(phone): State<Phone>, request: Request, next: Next) -> Response {
    let source = request.extensions().get().copied().unwrap_or(ClientNetwork::UNKNOWN);
    let floods = &phone.config.floods;
    let attempt = floods.attempt(source, None).and_then(|attempt| floods.sign_up(source).map(|()| attempt));
    let attempt = match attempt {
        Ok(attempt) => attempt,
        Err(wait) => return too_fast(wait),
    };
    let response = next.run(request).await;
    match response.status() {
        StatusCode::FORBIDDEN => attempt.was_wrong(),
        _ => attempt.was_not_wrong(),
    }
    response
}

fn too_fast(wait: Wait) -> Response {
    let seconds = wait.seconds();
    let text = format!("There were too many tries from your network. Try again in {seconds} seconds.");
    let refused = Refused::new(StatusCode::TOO_MANY_REQUESTS, "too_fast", text);
    ([(RETRY_AFTER, HeaderValue::from(seconds))], refused).into_response()
}
