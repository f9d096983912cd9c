//! What an endpoint answers: JSON with the account it concerns, or a refusal with a published code.

use axum::body::Body;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use callport_core::outreach::OutreachRefusal;
use callport_dialect::codes;
use callport_engine::{AuthRefusal, Failed, Fault};
use callport_wire::calls::Success;
use callport_wire::{Code, ErrorReply, Malformed};
use serde::Serialize;

/// A reply of an endpoint.
pub(crate) type Reply = Result<Answer, Refusal>;

/// A successful reply.
pub(crate) struct Answer {
    json: Vec<u8>,
}

impl Answer {
    /// A reply with that JSON.
    pub(crate) fn new(value: &impl Serialize) -> Reply {
        let json = serde_json::to_vec(value).map_err(|error| Refusal::fault(&Fault::new("graph: reply", error)))?;
        Ok(Self { json })
    }

    /// `{"success":true}`
    pub(crate) fn success() -> Reply {
        Self::new(&Success::plain())
    }
}

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        let mut response = Response::new(Body::from(self.json));
        response.headers_mut().insert(header::CONTENT_TYPE, crate::headers::JSON);
        response
    }
}

/// A refusal. Its body is written by the front, which has the trace id.
#[derive(Debug)]
pub(crate) struct Refusal(pub(crate) ErrorReply);

impl Refusal {
    /// The code with its published words.
    pub(crate) fn new(code: Code) -> Self {
        Self(ErrorReply::new(code))
    }

    /// The code, and what exactly was wrong.
    pub(crate) fn because(code: Code, details: impl Into<String>) -> Self {
        Self(ErrorReply::new(code).details(details))
    }

    /// The code, and a rule's own words as a sentence.
    pub(crate) fn told(code: Code, words: &impl std::fmt::Display) -> Self {
        Self::because(code, sentence(&words.to_string()))
    }

    /// Our side failed. The caller learns that another try may help, the log learns why.
    pub(crate) fn fault(fault: &Fault) -> Self {
        tracing::error!(what = fault.what, why = fault.why, "request failed on our side");
        Self::new(Code::CloudUnavailable)
    }
}

/// A full stop last, and a capital letter first where the first word is one of language. An attribute (`a=rtcp-mux`), a parameter (`call_id`,
/// `session.sdp`) or a value stays as it is written in requests: people copy it into their code, and case counts there.
fn sentence(words: &str) -> String {
    let first = words.split(' ').next().unwrap_or_default();
    let is_language = first.trim_end_matches([',', ':']).chars().all(|letter| letter.is_alphabetic() || matches!(letter, '-' | '\''));
    let end = if words.ends_with(['.', '!', '?']) { "" } else { "." };
    let mut letters = words.chars();
    match letters.next() {
        Some(letter) if is_language => format!("{}{}{end}", letter.to_uppercase(), letters.as_str()),
        _ => format!("{words}{end}"),
    }
}

impl From<Fault> for Refusal {
    fn from(fault: Fault) -> Self {
        Self::fault(&fault)
    }
}

impl<R> From<Failed<R>> for Refusal
where
    Refusal: From<R>,
{
    fn from(failed: Failed<R>) -> Self {
        match failed {
            Failed::Refused(refusal) => refusal.into(),
            Failed::Fault(fault) => fault.into(),
        }
    }
}

impl From<Malformed> for Refusal {
    fn from(malformed: Malformed) -> Self {
        Self(malformed.into())
    }
}

impl From<OutreachRefusal> for Refusal {
    fn from(refusal: OutreachRefusal) -> Self {
        Self::told(codes::of_outreach(&refusal), &refusal)
    }
}

impl From<AuthRefusal> for Refusal {
    fn from(refusal: AuthRefusal) -> Self {
        match refusal {
            AuthRefusal::Unknown => Self::new(Code::TokenInvalid),
            AuthRefusal::Expired => Self::new(Code::TokenExpired),
            AuthRefusal::Fault(fault) => fault.into(),
        }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::from_u16(self.0.http_status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        response.extensions_mut().insert(self.0);
        response
    }
}

#[cfg(test)]
mod tests {
    use super::sentence;

    #[test]
    fn a_sentence_has_a_capital_letter_unless_it_begins_with_what_people_copy() {
        for (words, written) in [
            ("video is not supported", "Video is not supported."),
            ("well-known, and yet wrong", "Well-known, and yet wrong."),
            ("the call's end", "The call's end."),
            ("is it?", "Is it?"),
            ("élan", "Élan."),
            ("a=rtcp-mux is missing", "a=rtcp-mux is missing."),
            ("a=ice-ufrag: too short", "a=ice-ufrag: too short."),
            ("call_id is required", "call_id is required."),
            ("session.sdp is empty.", "session.sdp is empty."),
            ("opus/48000/2 is not there", "opus/48000/2 is not there."),
            ("m= lines", "m= lines."),
        ] {
            assert_eq!(sentence(words), written);
        }
    }
}
