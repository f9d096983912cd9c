//! `POST /{version}/` with `batch`, and `GET /{version}/?ids=…`, which is not served any more.
//!
//! Platform docs, Graph API, Batch requests, and changelog: `ids` is an error since 2026-10-27. Whoever sends it learns that it is gone, not
//! that the path is wrong.

use axum::Extension;
use axum::extract::State;
use axum::http::{Method, Uri};
use callport_engine::door::ClientNetwork;
use callport_wire::Code;
use callport_wire::schemas;
use serde_json::json;

use crate::Shared;
use crate::answer::{Answer, Refusal, Reply};
use crate::asked::Asked;
use crate::batch::PARTS_MAX;
use crate::batch::{Batch, Sender};
use crate::front::{self, Again};
use crate::operation::Operation;

/// What can be done at the root.
pub(crate) fn operations() -> Vec<Operation> {
    let batch = Operation::post_or_any("sendBatch", any).summary("Several requests in one").body(schemas::batch(PARTS_MAX)).reply(|_| {
        let part = json!({ "type": "object", "properties": { "code": { "type": "integer" }, "body": { "type": "string" },
            "headers": { "type": "array", "items": { "type": "object" } } }, "required": ["code", "body"] });
        json!({ "type": "array", "items": { "oneOf": [part, { "type": "null" }] } })
    });
    vec![batch]
}

/// The endpoint.
pub(crate) async fn any(
    State(graph): State<Shared>,
    again: Option<Extension<Again>>,
    network: Option<Extension<ClientNetwork>>,
    uri: Uri,
    asked: Asked,
) -> Reply {
    let params = asked.params()?;
    if params.contains_key("ids") {
        let details = "Requests for several objects by ids are no longer supported: ask for each object by itself.";
        return Err(Refusal::because(Code::InvalidParameter, details));
    }
    if !params.contains_key("batch") {
        return Err(front::unknown_path(uri).await);
    }
    if asked.method != Method::POST {
        return Err(Refusal::because(Code::InvalidParameter, "A batch is sent by POST."));
    }
    let Some(Extension(again)) = again else {
        return Err(Refusal::because(Code::InvalidParameter, "A batch cannot be a part of another batch."));
    };
    let batch = Batch::read(params)?;
    let sender = Sender { asked: &asked, network: network.map(|Extension(network)| network) };
    Answer::new(&batch.serve(&graph, &again, &sender).await)
}
