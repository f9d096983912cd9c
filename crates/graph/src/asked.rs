//! A request as endpoints read it: who calls, and the parameters of query and body in one map, whatever form they had.
//!
//! Everything here happens once, before any endpoint, so that a new one gets all of it: the token is judged before the body is read
//! (`reading`), bodies are JSON, url-encoded or multipart (`encoding`), members of forms are nested by brackets and hold JSON as text
//! (`brackets`), and `method=` in a POST asks for another method (`method`). Lists of words that arrive as text are read where they are
//! asked for ([`callport_wire::Params::words`]).
//!
//! A body that cannot be read is kept as a refusal and handed out when parameters are asked for: rights on the object come first.

use axum::extract::FromRequestParts;
use axum::http::Method;
use axum::http::request::Parts;
use callport_wire::{Code, ErrorReply, Params};
use serde_json::{Map, Value};

use crate::Shared;
use crate::answer::Refusal;
use crate::auth::Caller;
use crate::fields::Field;
use crate::version::Version;

mod brackets;
mod encoding;
mod hearing;
mod method;
mod reading;
mod tokenless;

pub(crate) use hearing::{RefusedBodies, Strangers};
pub(crate) use reading::{served, text};
pub(crate) use tokenless::{Tokenless, tokenless};

/// A request.
#[derive(Clone)]
pub(crate) struct Asked {
    /// The method that is served: the request's own, or the one that `method=` asks for.
    pub(crate) method: Method,
    /// The version that serves it.
    pub(crate) version: Version,
    /// What proved who calls. Links to further pages carry it.
    pub(crate) token: String,
    caller: Caller,
    params: Result<Map<String, Value>, ErrorReply>,
}

impl Asked {
    /// Who calls.
    pub(crate) fn caller(&self) -> Caller {
        self.caller.clone()
    }

    /// All parameters; those of the body win over those of the query. The body's fault surfaces here.
    pub(crate) fn params(&self) -> Result<&Map<String, Value>, Refusal> {
        self.params.as_ref().map_err(|refusal| Refusal(refusal.clone()))
    }

    /// `fields=`, as one text, whatever form the list had.
    pub(crate) fn fields(&self) -> Result<Option<String>, Refusal> {
        match self.params()?.get("fields") {
            Some(Value::String(text)) if !text.trim_start().starts_with('[') => Ok(Some(text.clone())),
            _ => Ok(Params::new(self.params()?).words("fields")?.map(|names| names.join(","))),
        }
    }

    /// The request for a list that was asked for as a field of its node.
    pub(crate) fn of_field(&self, field: &Field) -> Self {
        Self { params: Ok(field.params()), ..self.clone() }
    }
}

impl FromRequestParts<Shared> for Asked {
    type Rejection = Refusal;

    /// Put there by [`served`], which every route goes through.
    async fn from_request_parts(parts: &mut Parts, _: &Shared) -> Result<Self, Refusal> {
        parts.extensions.remove().ok_or_else(|| Refusal::new(Code::SomethingWentWrong))
    }
}

fn malformed(details: impl Into<String>) -> ErrorReply {
    ErrorReply::new(Code::InvalidParameter).details(details)
}
