//! The scripts and the style, part of the program and small.

use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderName};
use axum::response::{IntoResponse, Response};

const SDK: &str = include_str!("files/sdk.js");
const SCRIPT: &str = include_str!("files/page.js");
const STYLE: &str = include_str!("files/style.css");

/// `GET /sign-up/sdk.js`: for pages of others, so any of them may load it.
pub(crate) async fn sdk() -> Response {
    let anybody = (HeaderName::from_static("cross-origin-resource-policy"), "cross-origin");
    ([(CONTENT_TYPE, "text/javascript; charset=utf-8"), (CACHE_CONTROL, "no-cache"), anybody], SDK).into_response()
}

/// `GET /sign-up/page.js`.
pub(crate) async fn script() -> Response {
    ([(CONTENT_TYPE, "text/javascript; charset=utf-8"), (CACHE_CONTROL, "no-cache")], SCRIPT).into_response()
}

/// `GET /sign-up/style.css`.
pub(crate) async fn style() -> Response {
    ([(CONTENT_TYPE, "text/css; charset=utf-8"), (CACHE_CONTROL, "no-cache")], STYLE).into_response()
}
