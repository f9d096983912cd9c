//! A request as endpoints read it: parameters of query and body in one map, whatever form the body had.
//!
//! The platform takes JSON and form parameters alike; set-up tools use forms. A body that cannot be read is not refused before the
//! token was looked at, so it is kept as a refusal and handed out when parameters are asked for.

use axum::body::Body;
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, Method, header};
use callport_wire::{Code, ErrorReply};
use futures::StreamExt;
use serde_json::{Map, Value};
use url::form_urlencoded;

use crate::answer::Refusal;
use crate::version::Version;
use crate::{Config, Shared};

/// Members that are objects or lists. Forms carry them as JSON text; every other member stays the text it is.
const STRUCTURED: [&str; 13] = [
    "session",
    "connection",
    "recording",
    "transcription",
    "calling",
    "webhook_configuration",
    "storage_configuration",
    "filtering",
    "text",
    "interactive",
    "template",
    "context",
    "components",
];

/// Most parameters of a form or query.
const PARAMS_MAX: usize = 100;

/// A request.
pub(crate) struct Asked {
    /// As sent.
    pub(crate) method: Method,
    /// The version that serves it.
    pub(crate) version: Version,
    bearer: Option<String>,
    query: Map<String, Value>,
    body: Result<Map<String, Value>, ErrorReply>,
}

impl Asked {
    /// All parameters; those of the body win. The body's fault surfaces here.
    pub(crate) fn params(&self) -> Result<Map<String, Value>, Refusal> {
        let body = self.body.clone().map_err(Refusal)?;
        let mut params = self.query.clone();
        params.extend(body);
        Ok(params)
    }

    /// A text of the query alone.
    pub(crate) fn query(&self, name: &str) -> Option<&str> {
        self.query.get(name)?.as_str()
    }

    /// A text of query or body, for what must be known before the body is judged.
    pub(crate) fn early(&self, name: &str) -> Option<&str> {
        let body = self.body.as_ref().ok().and_then(|body| body.get(name)?.as_str());
        body.or_else(|| self.query(name))
    }

    /// The access token: the header's, else the parameter's.
    pub(crate) fn access_token(&self) -> Option<&str> {
        self.bearer.as_deref().or_else(|| self.early("access_token")).filter(|token| !token.is_empty())
    }
}

impl FromRequest<Shared> for Asked {
    type Rejection = std::convert::Infallible;

    async fn from_request(request: Request, graph: &Shared) -> Result<Self, Self::Rejection> {
        let (parts, body) = request.into_parts();
        let query = parts.uri.query().map(|query| form(query.as_bytes())).transpose();
        let body = match &query {
            Ok(_) => read_body(&parts.headers, body, &graph.config).await,
            Err(refusal) => Err(refusal.clone()),
        };
        Ok(Self {
            method: parts.method,
            version: parts.extensions.get().copied().unwrap_or(Version::OLDEST),
            bearer: bearer(&parts.headers),
            query: query.ok().flatten().unwrap_or_default(),
            body,
        })
    }
}

/// `Authorization: Bearer …`; the platform also knows the scheme as `OAuth`.
fn bearer(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    let known = scheme.eq_ignore_ascii_case("bearer") || scheme.eq_ignore_ascii_case("oauth");
    known.then(|| token.trim().to_owned())
}

async fn read_body(headers: &HeaderMap, body: Body, config: &Config) -> Result<Map<String, Value>, ErrorReply> {
    let max = config.body_max_bytes;
    let announced = headers.get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
    let asks_first = headers.contains_key(header::EXPECT);
    let read = match announced {
        Some(length) if length > max && (asks_first || length > DRAIN_MAX_BYTES) => Err(Unread::TooLarge),
        _ => tokio::time::timeout(config.body_timeout, collect(body, max)).await.unwrap_or(Err(Unread::TooSlow)),
    };
    let bytes = read.map_err(|unread| match unread {
        Unread::TooLarge => malformed(format!("The request body is larger than {max} bytes.")).status(413),
        Unread::TooSlow => malformed("The request body did not arrive in time.").status(408),
        Unread::Broken => malformed("The request body broke off."),
    })?;
    parse(headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()), &bytes)
}

/// Why a body is not there.
enum Unread {
    TooLarge,
    TooSlow,
    Broken,
}

/// Most bytes of a body that are read without being kept. A client that is still sending when the connection closes sees no reply at
/// all, so a moderately large body is heard out and then refused.
const DRAIN_MAX_BYTES: usize = 4 * 1024 * 1024;

/// At most `max` bytes of the body.
async fn collect(body: Body, max: usize) -> Result<Vec<u8>, Unread> {
    let mut chunks = body.into_data_stream();
    let (mut kept, mut heard) = (Vec::new(), 0_usize);
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(|_| Unread::Broken)?;
        heard = heard.saturating_add(chunk.len());
        if heard > DRAIN_MAX_BYTES.max(max) {
            return Err(Unread::TooLarge);
        }
        if heard <= max {
            kept.extend_from_slice(&chunk);
        }
    }
    if heard > max { Err(Unread::TooLarge) } else { Ok(kept) }
}

fn parse(content_type: Option<&str>, bytes: &[u8]) -> Result<Map<String, Value>, ErrorReply> {
    const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";
    let bytes = bytes.strip_prefix(BYTE_ORDER_MARK).unwrap_or(bytes).trim_ascii();
    if bytes.is_empty() {
        return Ok(Map::new());
    }
    let media_type = content_type.and_then(|value| value.split(';').next()).unwrap_or_default().trim().to_ascii_lowercase();
    match media_type.as_str() {
        "application/json" => json(bytes),
        // Command-line tools label JSON as a form unless told otherwise. No form begins with a brace.
        "" | "application/x-www-form-urlencoded" | "text/plain" if bytes.starts_with(b"{") => json(bytes),
        "" | "application/x-www-form-urlencoded" => form(bytes),
        _ => Err(malformed("The content type must be application/json or application/x-www-form-urlencoded.").status(415)),
    }
}

fn json(bytes: &[u8]) -> Result<Map<String, Value>, ErrorReply> {
    let text = std::str::from_utf8(bytes).map_err(|_| malformed("The request body is not valid UTF-8."))?;
    match serde_json::from_str(text) {
        Ok(Value::Object(members)) => Ok(members),
        Ok(_) => Err(malformed("The request body must be a JSON object.")),
        Err(error) => Err(malformed(format!("The request body is not valid JSON (line {}, column {}).", error.line(), error.column()))),
    }
}

fn form(bytes: &[u8]) -> Result<Map<String, Value>, ErrorReply> {
    let mut members = Map::new();
    for (at, (name, value)) in form_urlencoded::parse(bytes).enumerate() {
        if at >= PARAMS_MAX {
            return Err(malformed(format!("The request has more than {PARAMS_MAX} parameters.")));
        }
        let structured = STRUCTURED.contains(&name.as_ref()).then(|| serde_json::from_str::<Value>(&value).ok()).flatten();
        members.insert(name.into_owned(), structured.unwrap_or_else(|| Value::String(value.into_owned())));
    }
    Ok(members)
}

fn malformed(details: impl Into<String>) -> ErrorReply {
    ErrorReply::new(Code::InvalidParameter).details(details)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn check(content_type: Option<&str>, body: &[u8], expected: Value) {
        assert_eq!(Value::Object(parse(content_type, body).unwrap()), expected, "{content_type:?}");
    }

    #[test]
    fn reads_json_and_forms_alike() {
        let json_body = br#"{"action":"reject","call_id":"wacid.X"}"#;
        let expected = json!({ "action": "reject", "call_id": "wacid.X" });
        for content_type in ["application/json", "application/json; charset=utf-8", "APPLICATION/JSON", "application/x-www-form-urlencoded"]
        {
            check(Some(content_type), json_body, expected.clone());
        }
        check(None, json_body, expected.clone());
        check(Some("application/x-www-form-urlencoded"), b"action=reject&call_id=wacid.X", expected);
        check(Some("application/json"), b"", json!({}));
        check(Some("application/json"), b"\xef\xbb\xbf {}\n", json!({}));
    }

    #[test]
    fn forms_carry_objects_as_json_and_texts_as_they_are() {
        let body = b"calling=%7B%22status%22%3A%22ENABLED%22%7D&verify_token=%7B%22a%22%3A1%7D&x=a+b";
        let expected = json!({ "calling": { "status": "ENABLED" }, "verify_token": "{\"a\":1}", "x": "a b" });
        check(Some("application/x-www-form-urlencoded"), body, expected);
    }

    #[test]
    fn refuses_what_it_cannot_read() {
        let deep = [b"{\"a\":".repeat(1000), b"1".to_vec(), b"}".repeat(1000)].concat();
        for (content_type, body, status, details) in [
            ("application/json", b"{\"a\":".as_slice(), 400, "The request body is not valid JSON (line 1, column 5)."),
            ("application/json", b"[]", 400, "The request body must be a JSON object."),
            ("application/json", b"null", 400, "The request body must be a JSON object."),
            ("application/json", b"{\"a\":\"\xff\"}", 400, "The request body is not valid UTF-8."),
            ("application/json", &deep, 400, "The request body is not valid JSON (line 1, column 636)."),
            ("text/xml", b"<a/>", 415, "The content type must be application/json or application/x-www-form-urlencoded."),
        ] {
            let refusal = parse(Some(content_type), body).unwrap_err();
            assert_eq!(refusal.http_status(), status);
            assert_eq!(refusal.body("A").error.details(), Some(details));
        }
        assert!(form("a=1&".repeat(101).as_bytes()).is_err());
    }
}
