//! Replies of `/phone/api`.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Serialize;

/// Why a request was not followed: `{"error": {"reason", "text", "field"?}}`.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Refused {
    #[serde(skip)]
    status: StatusCode,
    reason: &'static str,
    text: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    field: Option<&'static str>,
}

impl Refused {
    pub(crate) fn new(status: StatusCode, reason: &'static str, text: impl Into<String>) -> Self {
        Self { status, reason, text: text.into(), field: None }
    }

    /// It is about this input of the form.
    pub(crate) fn about(self, field: &'static str) -> Self {
        Self { field: Some(field), ..self }
    }

    /// Our side failed; the cause is for the log only.
    pub(crate) fn fault(error: impl std::fmt::Display) -> Self {
        tracing::error!(%error, "a request of the phone page failed");
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "fault", "Something went wrong on our side. Try again in a moment.")
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        #[derive(Serialize)]
        struct Body {
            error: Refused,
        }
        (self.status, Json(Body { error: self })).into_response()
    }
}
