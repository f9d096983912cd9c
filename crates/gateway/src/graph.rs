//! The client side of the Graph API: calls, call permissions, messages and templates.

use std::time::Duration;

use callport_wire::calls::{CallRequest, CallStarted, Success};
use callport_wire::error::ErrorEnvelope;
use callport_wire::messages::{MessageReply, MessageRequest};
use callport_wire::permissions::{PermissionsQuery, PermissionsReply};
use callport_wire::templates::{NewTemplate, TemplateCreated};
use reqwest::RequestBuilder;
use serde::de::DeserializeOwned;

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

    /// The published code, if the platform refused.
    pub fn code(&self) -> Option<i64> {
        match self {
            Self::Refused { code, .. } => Some(*code),
            Self::NotUnderstood { .. } | Self::NoReply(_) => None,
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

    /// `POST /{phone-number-id}/calls` about a call that there is.
    pub(crate) async fn ask(&self, phone_number_id: &str, request: &CallRequest) -> Result<(GraphReply, ()), GraphFailure> {
        agreed(exchange(self.post(phone_number_id, "calls").json(request)).await?)
    }

    /// The same for a new call; says its id.
    pub(crate) async fn connect(&self, phone_number_id: &str, request: &CallRequest) -> Result<(GraphReply, String), GraphFailure> {
        let (reply, CallStarted { calls, .. }) = read(exchange(self.post(phone_number_id, "calls").json(request)).await?)?;
        let started = calls.into_iter().next().ok_or(GraphFailure::NotUnderstood { status: reply.status })?;
        Ok((reply, started.id))
    }

    /// `GET /{phone-number-id}/call_permissions`.
    pub(crate) async fn permissions(
        &self,
        phone_number_id: &str,
        query: &PermissionsQuery,
    ) -> Result<(GraphReply, PermissionsReply), GraphFailure> {
        let request = self.http.get(self.url(phone_number_id, "call_permissions")).query(&[query.pair()]);
        read(exchange(request.bearer_auth(&self.token)).await?)
    }

    /// `POST /{phone-number-id}/messages` with a message to send.
    pub(crate) async fn send(&self, phone_number_id: &str, request: &MessageRequest) -> Result<(GraphReply, MessageReply), GraphFailure> {
        read(exchange(self.post(phone_number_id, "messages").json(request)).await?)
    }

    /// The same to mark a message as read.
    pub(crate) async fn mark_read(&self, phone_number_id: &str, message_id: &str) -> Result<(GraphReply, ()), GraphFailure> {
        let request = MessageRequest::MarkRead { message_id: message_id.to_owned() };
        agreed(exchange(self.post(phone_number_id, "messages").json(&request)).await?)
    }

    /// `POST /{waba-id}/message_templates`.
    pub(crate) async fn create_template(
        &self,
        waba_id: &str,
        template: &NewTemplate,
    ) -> Result<(GraphReply, TemplateCreated), GraphFailure> {
        read(exchange(self.post(waba_id, "message_templates").json(template)).await?)
    }

    fn post(&self, id: &str, edge: &str) -> RequestBuilder {
        self.http.post(self.url(id, edge)).bearer_auth(&self.token)
    }

    fn url(&self, id: &str, edge: &str) -> String {
        format!("{}/{id}/{edge}", self.base)
    }
}

/// A reply with its body, up to the bound.
struct Reply {
    status: u16,
    body: Vec<u8>,
}

async fn exchange(request: RequestBuilder) -> Result<Reply, GraphFailure> {
    let mut response = request.send().await.map_err(|error| no_reply(&error))?;
    let status = response.status().as_u16();
    let mut body = Vec::new();
    while body.len() < MAX_REPLY_BYTES
        && let Some(chunk) = response.chunk().await.map_err(|error| no_reply(&error))?
    {
        body.extend_from_slice(&chunk[..chunk.len().min(MAX_REPLY_BYTES - body.len())]);
    }
    Ok(Reply { status, body })
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

/// A reply that says nothing but `success`.
fn agreed(reply: Reply) -> Result<(GraphReply, ()), GraphFailure> {
    match read::<Success>(reply)? {
        (reply, Success { success: true, .. }) => Ok((reply, ())),
        (GraphReply { status }, _) => Err(GraphFailure::NotUnderstood { status }),
    }
}

fn read<T: DeserializeOwned>(Reply { status, body }: Reply) -> Result<(GraphReply, T), GraphFailure> {
    if (200..300).contains(&status)
        && let Ok(content) = serde_json::from_slice(&body)
    {
        return Ok((GraphReply { status }, content));
    }
    match serde_json::from_slice::<ErrorEnvelope>(&body) {
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

    fn read_reply(status: u16, body: &[u8]) -> Result<GraphReply, GraphFailure> {
        agreed(Reply { status, body: body.to_vec() }).map(|(reply, ())| reply)
    }

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
