//! The page itself, embedded. Vite builds it into `web/phone/dist`; cargo never runs npm, so without a build there is a page that
//! says how to make one.

use axum::extract::Path;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use rust_embed::{EmbeddedFile, RustEmbed};

#[derive(RustEmbed)]
#[folder = "../../web/phone/dist"]
#[allow_missing = true]
struct Built;

const UNBUILT: &str = include_str!("page/unbuilt.html");

/// File names of assets carry a hash of their content.
const FOR_EVER: &str = "public, max-age=31536000, immutable";
const ASK_EACH_TIME: &str = "no-cache";

/// `GET /phone`.
pub(crate) async fn index() -> Response {
    match Built::get("index.html") {
        Some(file) => serve("index.html", file, ASK_EACH_TIME),
        None => (StatusCode::SERVICE_UNAVAILABLE, [(CACHE_CONTROL, ASK_EACH_TIME)], axum::response::Html(UNBUILT)).into_response(),
    }
}

/// `GET /phone/assets/…`.
pub(crate) async fn asset(Path(path): Path<String>) -> Response {
    let name = format!("assets/{path}");
    // Debug builds read from the folder: names that climb out of it are not asked for.
    match (!path.contains("..")).then(|| Built::get(&name)).flatten() {
        Some(file) => serve(&name, file, FOR_EVER),
        None => (StatusCode::NOT_FOUND, "there is no such file\n").into_response(),
    }
}

fn serve(name: &str, file: EmbeddedFile, keep: &'static str) -> Response {
    let kind = mime_guess::from_path(name).first_or_octet_stream();
    let kind = HeaderValue::from_str(kind.as_ref()).unwrap_or(HeaderValue::from_static("application/octet-stream"));
    ([(CONTENT_TYPE, kind), (CACHE_CONTROL, HeaderValue::from_static(keep))], file.data.into_owned()).into_response()
}
