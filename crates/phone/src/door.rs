//! The front door: what a person sees who opens the server's bare address, and the files that every browser asks a server for.
//!
//! The address belongs to the API (its batch requests are POSTs to it, and its errors are what a client expects there), so only a
//! browser that comes for a page gets one.

mod docs;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::header::{ACCEPT, AUTHORIZATION, HeaderValue, VARY};
use axum::http::{HeaderMap, Method};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get};
use tower::ServiceExt;

use crate::{files, headers};

const PAGE: &str = include_str!("door/index.html");
const ICON: &[u8] = include_bytes!("door/favicon.ico");
const TOUCH_ICON: &[u8] = include_bytes!("door/apple-touch-icon.png");
/// Call links and phones of users are nobody's search result.
const ROBOTS: &str = "User-agent: *\nDisallow: /\n";

/// `/` for browsers, with everything else at that path left to the API; `/favicon.ico`, `/robots.txt`, `/docs/…`.
pub fn front_door(api: Router) -> Router {
    Router::new()
        .route("/favicon.ico", get(async |asked: HeaderMap| files::small("image/x-icon", ICON, &asked)))
        .route("/apple-touch-icon.png", get(async |asked: HeaderMap| files::small("image/png", TOUCH_ICON, &asked)))
        .route("/robots.txt", get(async |asked: HeaderMap| files::small("text/plain; charset=utf-8", ROBOTS.as_bytes(), &asked)))
        .route("/docs/style.css", get(async |asked: HeaderMap| files::small("text/css; charset=utf-8", docs::STYLE.as_bytes(), &asked)))
        .route("/docs/{name}", get(docs::document))
        .layer(axum::middleware::map_response(headers::secure))
        .merge(Router::new().route("/", any(open)).with_state(api))
}

async fn open(State(api): State<Router>, request: Request) -> Response {
    if !is_for_a_page(&request) {
        return api.oneshot(request).await.into_response();
    }
    let mut page = files::small("text/html; charset=utf-8", PAGE.as_bytes(), request.headers());
    page.headers_mut().insert(VARY, HeaderValue::from_static("accept, authorization"));
    headers::secure(page).await
}

/// A browser names HTML among what it accepts; clients of the API say `*/*` or JSON, or show a token.
fn is_for_a_page(request: &Request) -> bool {
    let accepts = request.headers().get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok()).any(|value| value.contains("text/html"));
    let asks = request.uri().query().is_some_and(|query| !query.is_empty()) || request.headers().contains_key(AUTHORIZATION);
    accepts && !asks && (request.method() == Method::GET || request.method() == Method::HEAD)
}
