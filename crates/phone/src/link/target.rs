//! What a link says: a number and, perhaps, a payload for the business.

use std::fmt;

use axum::extract::{FromRequestParts, Path, Query};
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use callport_core::limits::MAX_PAYLOAD;
use callport_core::number::PhoneNumber;
use serde::Deserialize;
use url::form_urlencoded;

use super::page::Trouble;

/// A link that can be followed.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Target {
    number: PhoneNumber,
    payload: Option<String>,
}

/// No number, or a payload beyond [`MAX_PAYLOAD`] characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Broken;

impl IntoResponse for Broken {
    fn into_response(self) -> Response {
        Trouble::Broken.into_response()
    }
}

/// The payload is the business's own and belongs in no log.
impl fmt::Debug for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "link to {:?}", self.number)
    }
}

impl Target {
    /// An empty payload is none.
    pub(crate) fn new(number: &str, payload: Option<String>) -> Result<Self, Broken> {
        let number = PhoneNumber::parse(number).map_err(|_| Broken)?;
        let payload = payload.filter(|payload| !payload.is_empty());
        match &payload {
            Some(payload) if payload.chars().count() > MAX_PAYLOAD => Err(Broken),
            _ => Ok(Self { number, payload }),
        }
    }

    pub(crate) fn number(&self) -> &PhoneNumber {
        &self.number
    }

    /// The link itself, on this server.
    pub(crate) fn path(&self) -> String {
        format!("/call/{}{}", self.number.digits(), self.query())
    }

    /// Its QR code.
    pub(crate) fn picture(&self) -> String {
        format!("/call/{}/qr.svg{}", self.number.digits(), self.query())
    }

    /// The call screen of the phone page; `web/phone/src/route.ts` reads it.
    pub(crate) fn screen(&self) -> String {
        format!("/phone#/call/{}{}", self.number.digits(), self.query())
    }

    /// Percent-encoded: ASCII letters, digits and `%+-._*` only.
    fn query(&self) -> String {
        let encoded = |payload: &String| form_urlencoded::byte_serialize(payload.as_bytes()).collect::<String>();
        self.payload.as_ref().map(|payload| format!("?biz_payload={}", encoded(payload))).unwrap_or_default()
    }
}

#[derive(Deserialize)]
struct Asked {
    biz_payload: Option<String>,
}

/// Other parameters, such as those that campaigns add, are passed over.
impl<S: Send + Sync> FromRequestParts<S> for Target {
    type Rejection = Broken;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Broken> {
        let Path(number) = Path::<String>::from_request_parts(parts, state).await.map_err(|_| Broken)?;
        let Query(asked) = Query::<Asked>::from_request_parts(parts, state).await.map_err(|_| Broken)?;
        Self::new(&number, asked.biz_payload)
    }
}

/// Whether an address means this machine only, so that no phone can follow a link to it.
pub(crate) fn of_this_machine(address: &str) -> bool {
    match url::Url::parse(address).as_ref().map(url::Url::host) {
        Ok(Some(url::Host::Ipv4(ip))) => ip.is_loopback(),
        Ok(Some(url::Host::Ipv6(ip))) => ip.is_loopback(),
        Ok(Some(url::Host::Domain(name))) => name == "localhost" || name.ends_with(".localhost"),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_payload_comes_back_as_it_went_in() {
        for payload in ["campaign=spring&v=2", "a+b c%20d", "\"<é>\"#?/", "日本\n"] {
            let target = Target::new("+1 555-902-0077", Some(payload.to_owned())).unwrap();
            for address in [target.path(), target.picture(), target.screen()] {
                assert!(address.bytes().all(|b| b.is_ascii_graphic() && !b"\"<>&'".contains(&b)), "{address}");
                assert!(address.contains("/call/15559020077"), "{address}");
                let (_, query) = address.split_once('?').unwrap();
                let read: Vec<_> = form_urlencoded::parse(query.as_bytes()).collect();
                assert_eq!(read, [("biz_payload".into(), payload.into())]);
            }
        }
    }

    #[test]
    fn payloads_end_at_512_characters_and_empty_ones_are_none() {
        assert!(Target::new("15559020077", Some("é".repeat(MAX_PAYLOAD))).is_ok());
        assert_eq!(Target::new("15559020077", Some("é".repeat(MAX_PAYLOAD + 1))), Err(Broken));
        assert_eq!(Target::new("15559020077", Some(String::new())), Target::new("15559020077", None));
    }

    #[test]
    fn knows_addresses_that_only_this_machine_has() {
        for (address, own) in [
            ("http://127.0.0.1:8080", true),
            ("http://[::1]:8080", true),
            ("https://localhost", true),
            ("https://phone.localhost:1", true),
            ("https://192.0.2.1", false),
            ("https://localhost.example", false),
        ] {
            assert_eq!(of_this_machine(address), own, "{address}");
        }
    }
}
