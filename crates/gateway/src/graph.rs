//! The client side of `POST /{version}/{phone-number-id}/calls`.

use std::time::Duration;

use callport_wire::calls::{CallRequest, Success};
use callport_wire::error::ErrorEnvelope;

/// Longer replies are cut: a published one has a few hundred bytes.
const MAX_REPLY_BYTES: usize = 64 * 1024;

/// The platform answers in milliseconds; a backend that waits longer than this has lost the caller anyway.
const TIMEOUT: Duration = Duration::from_secs(10);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// A request the platform agreed to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GraphReply {
    /// HTTP status.
    pub status: u16,
}

/// A request that failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GraphFailure {
    /// The platform refused, in the published envelope.
    #[error("refused with HTTP {status}, code {code}: {message}{}", .details.as_deref().map(|d| format!(" ({d})")).unwrap_or_default())]
    Refused {
        /// HTTP status.
        status: u16,
        /// Published code.
        code: i64,
        /// Its text.
        message: String,
        /// `error_data.details`.
        details: Option<String>,
    },
    /// A reply that is neither agreement nor a published error.
    #[error("HTTP {status} with a body that is no published reply")]
    NotUnderstood {
        /// HTTP status.
        status: u16,
    },
    /// No reply: refused connection, time-out, broken transfer.
    #[error("no reply: {0}")]
    NoReply(String),
}

impl GraphFailure {
    /// HTTP status, if there was a reply.
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::Refused { status, .. } | Self::NotUnderstood { status } => Some(*status),
            Self::NoReply(_) => None,
        }
    }

    /// Whether the platform has said no, so that asking again is pointless. Otherwise it may not even have heard us.
    pub fn is_final(&self) -> bool {
        matches!(self.status(), Some(400..=499))
    }
}

/// A client for one platform and token.
#[derive(Clone)]
pub(crate) struct Graph {
    http: reqwest::Client,
    base: String,
    token: String,
}

impl Graph {
    /// A client for `url` (without version), with an optional version.
    pub(crate) fn new(url: &str, version: Option<&str>, token: &str) -> Result<Self, reqwest::Error> {
        let mut builder = reqwest::Client::builder()
            .timeout(TIMEOUT)
            .connect_timeout(CONNECT_TIMEOUT)
            .redirect(reqwest::redirect::Policy::none())
            .user_agent("callport-gateway");
        if !url.starts_with("https:") {
            // Plain HTTP meets no certificate; asking the system for its own fails on machines that have none.
            builder = builder.tls_certs_only([]);
        }
        let http = builder.build()?;
        let mut base = url.trim_end_matches('/').to_owned();
        if let Some(version) = version {
            base.push('/');
            base.push_str(version.trim_matches('/'));
        }
        Ok(Self { http, base, token: token.to_owned() })
    }

    /// Asks the platform for something about a call.
    pub(crate) async fn ask(&self, phone_number_id: &str, request: &CallRequest) -> Result<GraphReply, GraphFailure> {
        let url = format!("{}/{phone_number_id}/calls", self.base);
        let sent = self.http.post(url).bearer_auth(&self.token).json(request).send().await;
        let mut response = sent.map_err(|error| no_reply(&error))?;
        let status = response.status().as_u16();
        let mut body = Vec::new();
        while body.len() < MAX_REPLY_BYTES
            && let Some(chunk) = response.chunk().await.map_err(|error| no_reply(&error))?
        {
            body.extend_from_slice(&chunk[..chunk.len().min(MAX_REPLY_BYTES - body.len())]);
        }
        read_reply(status, &body)
    }
}

/// The error without the URL, which holds ids.
fn no_reply(error: &reqwest::Error) -> GraphFailure {
    let kind = match error {
        _ if error.is_timeout() => "timed out",
        _ if error.is_connect() => "cannot connect",
        _ => "transfer broke",
    };
    GraphFailure::NoReply(kind.to_owned())
}

fn read_reply(status: u16, body: &[u8]) -> Result<GraphReply, GraphFailure> {
    if (200..300).contains(&status) && serde_json::from_slice::<Success>(body).is_ok_and(|reply| reply.success) {
        return Ok(GraphReply { status });
    }
    match serde_json::from_slice::<ErrorEnvelope>(body) {
        Ok(ErrorEnvelope { error }) => {
            let details = error.details().map(str::to_owned);
            Err(GraphFailure::Refused { status, code: error.code, message: error.message, details })
        }
        Err(_) => Err(GraphFailure::NotUnderstood { status }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_published_forms_of_agreement_are_understood() {
        for body in [r#"{"messaging_product":"whatsapp","success":true}"#, r#"{"success":true}"#] {
            assert_eq!(read_reply(200, body.as_bytes()), Ok(GraphReply { status: 200 }));
        }
    }

    #[test]
    fn a_refusal_keeps_code_and_details() {
        let body = r##"{"error":{"message":"(#100) Invalid parameter","type":"OAuthException","code":100,
            "error_data":{"messaging_product":"whatsapp","details":"No fingerprint found in SDP"},"fbtrace_id":"A"}}"##;
        let failure = read_reply(400, body.as_bytes()).unwrap_err();
        assert_eq!(failure.to_string(), "refused with HTTP 400, code 100: (#100) Invalid parameter (No fingerprint found in SDP)");
        assert!(failure.is_final());
        let bare = read_reply(500, br#"{"error":{"message":"x","code":138004}}"#).unwrap_err();
        assert_eq!(bare.to_string(), "refused with HTTP 500, code 138004: x");
        assert!(!bare.is_final());
    }

    #[test]
    fn what_is_no_published_reply_is_told_by_its_status() {
        for (status, body) in [(200, ""), (200, r#"{"success":false}"#), (502, "<html>"), (302, "")] {
            assert_eq!(read_reply(status, body.as_bytes()), Err(GraphFailure::NotUnderstood { status }));
        }
    }
}
