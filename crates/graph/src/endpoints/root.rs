//! `POST /{version}/` with `batch` and `GET /{version}/?ids=…`, neither of which is served.
//!
//! Platform docs, Graph API, Batch requests, and changelog: `ids` is an error since 2026-10-27. Whoever sends one of them learns that it
//! is missing here, not that the path is wrong.

use axum::http::Uri;
use callport_wire::Code;

use crate::answer::{Refusal, Reply};
use crate::asked::Asked;
use crate::front;

/// The endpoint.
pub(crate) async fn any(uri: Uri, asked: Asked) -> Reply {
    let params = asked.params()?;
    let details = match () {
        () if params.contains_key("batch") => "Batch requests are not offered by this platform: send each request of the batch by itself.",
        () if params.contains_key("ids") => "Requests for several objects by ids are no longer supported: ask for each object by itself.",
        () => return Err(front::unknown_path(uri).await),
    };
    Err(Refusal::because(Code::InvalidParameter, details))
}
