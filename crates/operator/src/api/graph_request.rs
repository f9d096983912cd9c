//! A request of the Graph API, as the journal keeps it.

use callport_engine::journal::ApiRequest;
use serde::Serialize;
use utoipa::ToSchema;

/// A request of the Graph API and what it was answered.
#[derive(Serialize, ToSchema)]
pub(super) struct GraphRequest {
    #[schema(example = "POST")]
    method: String,
    /// Without version and query. Parts that name nothing here are shortened: they may be phone numbers or tokens.
    #[schema(example = "/4001/calls")]
    path: String,
    /// HTTP status of the reply.
    status: u16,
    /// `error.code`, when it was refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<u32>,
    /// `error.error_subcode`.
    #[serde(skip_serializing_if = "Option::is_none")]
    subcode: Option<u32>,
    /// `error.error_data.details`, or the text of the code.
    #[serde(skip_serializing_if = "Option::is_none")]
    details: Option<String>,
    /// Until it was committed, if it changed something or a rule refused it; else until its reply.
    duration_ms: u64,
    /// As in the reply.
    fbtrace_id: String,
}

impl From<ApiRequest> for GraphRequest {
    fn from(ApiRequest { method, path, status, refusal, duration_ms, fbtrace_id }: ApiRequest) -> Self {
        let (code, subcode, details) = match refusal {
            Some(refusal) => (Some(refusal.code), refusal.subcode, Some(refusal.details)),
            None => (None, None, None),
        };
        Self { method, path, status, code, subcode, details, duration_ms, fbtrace_id }
    }
}
