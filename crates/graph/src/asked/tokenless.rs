//! Requests that show no token, because they are there to get one: what they say, from query and body.

use std::sync::Arc;

use axum::extract::Request;
use callport_engine::OpenRequest;
use callport_engine::door::ClientNetwork;
use callport_wire::Code;
use serde_json::{Map, Value};

use super::encoding;
use super::hearing::Hearing;
use crate::Shared;
use crate::answer::Refusal;

/// What such a request says, and where it comes from.
pub(crate) struct Tokenless {
    pub(crate) params: Map<String, Value>,
    pub(crate) source: ClientNetwork,
    pub(crate) request: Arc<OpenRequest>,
}

/// Reads one. It holds a place among strangers while its body is read.
pub(crate) async fn tokenless(graph: &Shared, request: Request) -> Result<Tokenless, Refusal> {
    let (parts, body) = request.into_parts();
    let open = parts.extensions.get::<Arc<OpenRequest>>().cloned().ok_or_else(|| Refusal::new(Code::SomethingWentWrong))?;
    let source = parts.extensions.get().copied().unwrap_or(ClientNetwork::UNKNOWN);
    let mut hearing = Hearing::of(&parts.headers, body, &graph.config);
    let _place = graph.strangers.enter()?;
    let mut params = encoding::query(parts.uri.query().unwrap_or_default()).map_err(Refusal)?;
    params.extend(encoding::body(&parts.headers, &mut hearing).await.map_err(Refusal)?);
    Ok(Tokenless { params, source, request: open })
}
