//! The page itself, embedded. Vite builds it into `web/phone/dist`; cargo never runs npm, so without a build there is a page that
//! says how to make one.

use axum::extract::Path;
use axum::http::header::CACHE_CONTROL;
use axum::http::{HeaderMap, HeaderName, StatusCode};
use axum::response::{Html, IntoResponse, Response};
use rust_embed::RustEmbed;

use crate::files::{self, Keep};

#[derive(RustEmbed)]
#[folder = "../../web/phone/dist"]
#[allow_missing = true]
struct Built;

const UNBUILT: &str = include_str!("page/unbuilt.html");
const OFFLINE: &str = include_str!("page/offline.html");
const OFFLINE_SCRIPT: &str = include_str!("page/offline.js");

/// The page's worker answers for `/phone`, which lies outside the folder of its script (Service Workers, "Service-Worker-Allowed").
const WORKER: &str = "worker.js";
const WORKS_FOR: (HeaderName, &str) = (HeaderName::from_static("service-worker-allowed"), "/phone");

/// `GET /phone`.
pub(crate) async fn index(asked: HeaderMap) -> Response {
    files::built::<Built>("index.html", Keep::AskEachTime, &asked)
        .unwrap_or_else(|| (StatusCode::SERVICE_UNAVAILABLE, [(CACHE_CONTROL, "no-cache")], Html(UNBUILT)).into_response())
}

/// `GET /phone/assets/…`.
pub(crate) async fn asset(Path(path): Path<String>, asked: HeaderMap) -> Response {
    // Debug builds read from the folder: names that climb out of it are not asked for.
    let file = (!path.contains("..")).then(|| files::built::<Built>(&format!("assets/{path}"), Keep::ForEver, &asked));
    file.flatten().unwrap_or_else(missing)
}

/// `GET /phone/{file}`: the manifest, its icons, the worker. Their names stay, so they are asked for each time.
pub(crate) async fn named(Path(name): Path<String>, asked: HeaderMap) -> Response {
    let plain = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'.') && !name.contains("..");
    let Some(file) = plain.then(|| files::built::<Built>(&name, Keep::AskEachTime, &asked)).flatten() else { return missing() };
    if name == WORKER { ([WORKS_FOR], file).into_response() } else { file }
}

/// `GET /phone/offline`: what the worker shows where this server cannot be reached.
pub(crate) async fn offline(asked: HeaderMap) -> Response {
    files::small("text/html; charset=utf-8", OFFLINE.as_bytes(), &asked)
}

/// `GET /phone/offline.js`.
pub(crate) async fn offline_script(asked: HeaderMap) -> Response {
    files::small("text/javascript; charset=utf-8", OFFLINE_SCRIPT.as_bytes(), &asked)
}

fn missing() -> Response {
    (StatusCode::NOT_FOUND, "there is no such file\n").into_response()
}
