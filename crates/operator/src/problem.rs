//! What went wrong, as the operator reads it: `{"error":{"code":"…","message":"…"}}`, also for paths that do not exist.

use std::collections::BTreeMap;
use std::fmt::Display;

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use callport_engine::{
    CallbackRefusal, ChangeSettingsRefusal, Failed, Fault, PartnerRefusal, ProvisionRefusal, RemovalRefusal, ShareNumberRefusal,
};
use serde::Serialize;
use utoipa::openapi::{Ref, RefOr, Response as Described, ResponseBuilder, content::ContentBuilder};
use utoipa::{IntoResponses, ToSchema};

/// The body of every error.
#[derive(Serialize, ToSchema)]
#[schema(as = Problem)]
pub(crate) struct ProblemBody {
    /// What went wrong.
    error: ProblemText,
}

/// What went wrong.
#[derive(Serialize, ToSchema)]
pub(crate) struct ProblemText {
    /// A stable word.
    #[schema(example = "not_found")]
    code: &'static str,
    /// For people: what was wrong and what to change.
    message: String,
}

/// A refused or failed request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Problem {
    status: StatusCode,
    code: &'static str,
    message: String,
}

impl Problem {
    /// The request cannot be read (400).
    pub(crate) fn malformed(why: impl Display) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "malformed", why)
    }

    /// No token, or a wrong one (401).
    pub(crate) fn unauthorized(why: impl Display) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "unauthorized", why)
    }

    /// Nothing there (404).
    pub(crate) fn not_found(what: impl Display) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found", what)
    }

    /// Something else is in the way (409).
    pub(crate) fn conflict(why: impl Display) -> Self {
        Self::new(StatusCode::CONFLICT, "conflict", why)
    }

    /// Readable, but a rule says no (422).
    pub(crate) fn refused(why: impl Display) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "refused", why)
    }

    /// The callback URL did not pass its verification GET (422).
    pub(crate) fn unverified(why: impl Display) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "callback_unverified", why)
    }

    /// Too fast: another try after a while (429).
    pub(crate) fn too_fast(why: impl Display) -> Self {
        Self::new(StatusCode::TOO_MANY_REQUESTS, "too_fast", why)
    }

    /// A bound was reached or our side failed: another try may help (503).
    pub(crate) fn unavailable(why: impl Display) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", why)
    }

    /// With a status of the HTTP layer.
    pub(crate) fn of_status(status: StatusCode, why: impl Display) -> Self {
        let code = match status {
            StatusCode::METHOD_NOT_ALLOWED => "method_not_allowed",
            StatusCode::PAYLOAD_TOO_LARGE => "too_large",
            StatusCode::UNSUPPORTED_MEDIA_TYPE => "unsupported_media_type",
            StatusCode::NOT_FOUND => "not_found",
            StatusCode::REQUEST_TIMEOUT => "timeout",
            StatusCode::SERVICE_UNAVAILABLE => "unavailable",
            _ => "malformed",
        };
        Self::new(status, code, why)
    }

    fn new(status: StatusCode, code: &'static str, message: impl Display) -> Self {
        Self { status, code, message: message.to_string() }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let body = ProblemBody { error: ProblemText { code: self.code, message: self.message } };
        (self.status, Json(body)).into_response()
    }
}

impl From<Fault> for Problem {
    /// The caller learns that another try may help, the log learns why.
    fn from(fault: Fault) -> Self {
        tracing::error!(what = fault.what, why = fault.why, "operator request failed on our side");
        Self::unavailable("the platform could not do this now; the log says why")
    }
}

impl<R> From<Failed<R>> for Problem
where
    Problem: From<R>,
{
    fn from(failed: Failed<R>) -> Self {
        match failed {
            Failed::Refused(refusal) => refusal.into(),
            Failed::Fault(fault) => fault.into(),
        }
    }
}

impl From<ChangeSettingsRefusal> for Problem {
    fn from(refusal: ChangeSettingsRefusal) -> Self {
        match refusal {
            ChangeSettingsRefusal::UnknownNumber => Self::not_found(refusal),
            ChangeSettingsRefusal::Rule(_) => Self::refused(refusal),
        }
    }
}

impl From<ProvisionRefusal> for Problem {
    fn from(refusal: ProvisionRefusal) -> Self {
        match refusal {
            ProvisionRefusal::Missing(_) | ProvisionRefusal::ShortSecret(_) | ProvisionRefusal::Settings(_) => Self::refused(refusal),
            ProvisionRefusal::ReachMissing => Self::refused(format!("waba_ids: {refusal}")),
            ProvisionRefusal::NumberTaken(_) | ProvisionRefusal::TokenTaken | ProvisionRefusal::Exists(_) => Self::conflict(refusal),
        }
    }
}

impl From<RemovalRefusal> for Problem {
    fn from(refusal: RemovalRefusal) -> Self {
        match refusal {
            RemovalRefusal::Missing(_) => Self::not_found(refusal),
            RemovalRefusal::InTheWay(_) | RemovalRefusal::InCalls(_) => Self::conflict(refusal),
        }
    }
}

impl From<ShareNumberRefusal> for Problem {
    fn from(refusal: ShareNumberRefusal) -> Self {
        match refusal {
            ShareNumberRefusal::Missing(_) | ShareNumberRefusal::OtherPortfolio | ShareNumberRefusal::Coexistence => Self::refused(refusal),
            ShareNumberRefusal::OwnAccount | ShareNumberRefusal::TooMany(_) | ShareNumberRefusal::SamePartner => Self::conflict(refusal),
        }
    }
}

impl From<PartnerRefusal> for Problem {
    fn from(refusal: PartnerRefusal) -> Self {
        Self::refused(refusal)
    }
}

impl From<CallbackRefusal> for Problem {
    fn from(refusal: CallbackRefusal) -> Self {
        match refusal {
            CallbackRefusal::Unverified(why) => Self::unverified(why),
            CallbackRefusal::Subscription(_) | CallbackRefusal::App(_) => Self::refused(refusal),
        }
    }
}

/// Every operation may answer with a problem; the documents say so once for each class of status.
impl IntoResponses for Problem {
    fn responses() -> BTreeMap<String, RefOr<Described>> {
        let described = |text: &str| {
            let content = ContentBuilder::new().schema(Some(Ref::from_schema_name("Problem"))).build();
            RefOr::T(ResponseBuilder::new().description(text).content("application/json", content).build())
        };
        BTreeMap::from([
            ("4XX".to_owned(), described("The request cannot be read, is not allowed, or a rule says no.")),
            ("5XX".to_owned(), described("The platform failed or is full; another try may help.")),
        ])
    }
}
