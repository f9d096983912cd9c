//! Queries and bodies: JSON, url-encoded and multipart become the same object.
//!
//! Platform docs, Graph API: parameters are taken alike from query, form and JSON. The reference's own samples send forms with `curl -F`.

use axum::http::{HeaderMap, header};
use callport_wire::ErrorReply;
use futures::stream;
use serde_json::{Map, Value};
use url::form_urlencoded;

use super::brackets::Members;
use super::hearing::{BEGINNING_MAX_BYTES, Hearing, Strangers};
use super::malformed;
use crate::answer::Refusal;

/// Most parameters of a form or query. A week of call hours with two windows a day has forty-two.
const PARAMS_MAX: usize = 500;

/// How a body is written.
enum Encoding {
    Json,
    UrlEncoded,
    /// With the text between its parts.
    Multipart(String),
    Unknown,
}

impl Encoding {
    /// As the headers say it, and as the body begins: command-line tools label JSON as a form unless told otherwise, and no form begins
    /// with a brace.
    fn of(headers: &HeaderMap, bytes: &[u8]) -> Self {
        let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let media_type = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        match media_type.as_str() {
            "application/json" => Self::Json,
            "" | "application/x-www-form-urlencoded" | "text/plain" if bytes.starts_with(b"{") => Self::Json,
            "" | "application/x-www-form-urlencoded" => Self::UrlEncoded,
            "multipart/form-data" => multer::parse_boundary(content_type).map_or(Self::Unknown, Self::Multipart),
            _ => Self::Unknown,
        }
    }
}

/// The members of a query.
pub(super) fn query(text: &str) -> Result<Map<String, Value>, ErrorReply> {
    url_encoded(text.as_bytes())?.object().map_err(ErrorReply::from)
}

/// The members of a body, all of which is read here.
pub(super) async fn body(headers: &HeaderMap, hearing: &mut Hearing) -> Result<Map<String, Value>, ErrorReply> {
    parse(headers, hearing.whole().await?).await
}

/// The `access_token` within the first bytes of a body. JSON is looked at only where all of it is that short.
pub(super) async fn token_at_beginning(
    headers: &HeaderMap,
    hearing: &mut Hearing,
    strangers: &Strangers,
) -> Result<Option<String>, Refusal> {
    const NAME: &str = "access_token";
    let short = hearing.announced.is_some_and(|length| length <= BEGINNING_MAX_BYTES);
    if hearing.announced == Some(0) || (!short && matches!(Encoding::of(headers, b""), Encoding::Json | Encoding::Unknown)) {
        return Ok(None);
    }
    let _place = strangers.enter()?;
    let (bytes, all) = hearing.beginning().await.map_err(Refusal)?;
    let found = match Encoding::of(headers, plain(bytes)) {
        Encoding::Json if all => json(plain(bytes)).ok().and_then(|members| members.get(NAME)?.as_str().map(str::to_owned)),
        Encoding::Json | Encoding::Unknown => None,
        Encoding::UrlEncoded => {
            let end = if all { bytes.len() } else { bytes.iter().rposition(|byte| *byte == b'&').unwrap_or(0) };
            form_urlencoded::parse(&bytes[..end]).find(|(name, _)| name == NAME).map(|(_, value)| value.into_owned())
        }
        // What breaks off has the parts that came before.
        Encoding::Multipart(boundary) => multipart(boundary, bytes).await.0.text(NAME).map(str::to_owned),
    };
    Ok(found.filter(|token| !token.is_empty()))
}

async fn parse(headers: &HeaderMap, bytes: &[u8]) -> Result<Map<String, Value>, ErrorReply> {
    let bytes = plain(bytes);
    if bytes.is_empty() {
        return Ok(Map::new());
    }
    match Encoding::of(headers, bytes) {
        Encoding::Json => json(bytes),
        Encoding::UrlEncoded => url_encoded(bytes)?.object().map_err(ErrorReply::from),
        Encoding::Multipart(boundary) => {
            let (members, fault) = multipart(boundary, bytes).await;
            fault.map_or_else(|| members.object().map_err(ErrorReply::from), Err)
        }
        Encoding::Unknown => Err(malformed(
            "The content type must be application/json, application/x-www-form-urlencoded or multipart/form-data with its boundary.",
        )
        .status(415)),
    }
}

/// Without the mark that some editors put before a text, and without blanks around it.
fn plain(bytes: &[u8]) -> &[u8] {
    const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";
    bytes.strip_prefix(BYTE_ORDER_MARK).unwrap_or(bytes).trim_ascii()
}

fn json(bytes: &[u8]) -> Result<Map<String, Value>, ErrorReply> {
    let text = std::str::from_utf8(bytes).map_err(|_| malformed("The request body is not valid UTF-8."))?;
    match serde_json::from_str(text) {
        Ok(Value::Object(members)) => Ok(members),
        Ok(_) => Err(malformed("The request body must be a JSON object.")),
        Err(error) => Err(malformed(format!("The request body is not valid JSON (line {}, column {}).", error.line(), error.column()))),
    }
}

fn too_many() -> ErrorReply {
    malformed(format!("The request has more than {PARAMS_MAX} parameters."))
}

fn url_encoded(bytes: &[u8]) -> Result<Members, ErrorReply> {
    let mut members = Members::default();
    for (at, (name, value)) in form_urlencoded::parse(bytes).enumerate() {
        if at >= PARAMS_MAX {
            return Err(too_many());
        }
        members.add(name.into_owned(), value.into_owned());
    }
    Ok(members)
}

/// The parts before the first that cannot be read, and what is wrong with that one. A file is read as the text in it.
async fn multipart(boundary: String, bytes: &[u8]) -> (Members, Option<ErrorReply>) {
    let whole = stream::iter([Ok::<_, std::convert::Infallible>(bytes.to_vec())]);
    let mut parts = multer::Multipart::new(whole, boundary);
    let mut members = Members::default();
    let broken = |error: multer::Error| malformed(format!("The multipart body cannot be read: {error}."));
    for _ in 0..PARAMS_MAX {
        let part = match parts.next_field().await {
            Ok(Some(part)) => part,
            Ok(None) => return (members, None),
            Err(error) => return (members, Some(broken(error))),
        };
        let Some(name) = part.name().map(str::to_owned) else {
            return (members, Some(malformed("A part of the multipart body has no name.")));
        };
        if let Some(encoding) = part.headers().get("content-transfer-encoding").and_then(|value| value.to_str().ok())
            && !["7bit", "8bit", "binary"].contains(&encoding.to_ascii_lowercase().as_str())
        {
            return (members, Some(malformed(format!("The part {name} of the multipart body must be sent without a transfer encoding."))));
        }
        match part.bytes().await.map(|bytes| String::from_utf8(bytes.to_vec())) {
            Ok(Ok(text)) => members.add(name, text),
            Ok(Err(_)) => return (members, Some(malformed(format!("The part {name} of the multipart body is not valid UTF-8.")))),
            Err(error) => return (members, Some(broken(error))),
        }
    }
    (members, Some(too_many()))
}

#[cfg(test)]
mod tests;
