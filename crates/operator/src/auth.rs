//! The operator's token, asked for in constant time.

use std::net::IpAddr;

use axum::extract::{Request, State};
use axum::http::header::{AUTHORIZATION, HOST, ORIGIN, WWW_AUTHENTICATE};
use axum::http::uri::Authority;
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use callport_core::token::SecretHash;
use subtle::ConstantTimeEq;

use crate::problem::Problem;
use crate::state::Access;

/// Paths that anybody may ask: they tell nothing but that the process lives.
const FREE: [&str; 2] = ["/healthz", "/readyz"];

/// What a caller must know.
#[derive(Clone)]
pub(crate) struct Guard(Option<SecretHash>);

impl Guard {
    pub(crate) fn new(access: &Access) -> Self {
        Self(match access {
            Access::Token(token) => Some(SecretHash::of(token)),
            Access::Open => None,
        })
    }

    /// Hashes of equal length are compared, so the time taken says nothing about the token, not even its length.
    fn admits(&self, headers: &HeaderMap) -> Result<(), &'static str> {
        let Some(expected) = &self.0 else { return no_strange_page(headers) };
        let header = headers.get(AUTHORIZATION).ok_or("this path asks for the operator's token: Authorization: Bearer …")?;
        let presented = header.to_str().ok().and_then(bearer).ok_or("the Authorization header is not of the form Bearer …")?;
        let equal = SecretHash::of(presented).as_bytes().ct_eq(expected.as_bytes());
        if bool::from(equal) { Ok(()) } else { Err("the operator token is not valid") }
    }
}

/// Layer around everything.
pub(crate) async fn ask(State(guard): State<Guard>, request: Request, next: Next) -> Response {
    if FREE.contains(&request.uri().path()) {
        return next.run(request).await;
    }
    match guard.admits(request.headers()) {
        Ok(()) => next.run(request).await,
        Err(why) => {
            let mut response = Problem::unauthorized(why).into_response();
            response.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
            response
        }
    }
}

/// Without a token, a page that somebody visits on this machine must not speak for the operator: neither from its own address
/// (another `Origin`) nor under a name that it made point here (a `Host` that is no address and not `localhost`).
fn no_strange_page(headers: &HeaderMap) -> Result<(), &'static str> {
    let text = |name: HeaderName| headers.get(name).map(|value| value.to_str().unwrap_or("?"));
    let host = text(HOST).unwrap_or_default();
    let strange_origin = text(ORIGIN).is_some_and(|origin| origin.split_once("://").is_none_or(|(_, authority)| authority != host));
    let name = host.parse::<Authority>().map(|authority| authority.host().trim_matches(['[', ']']).to_owned()).unwrap_or_default();
    let local = name.eq_ignore_ascii_case("localhost") || name.parse::<IpAddr>().is_ok();
    if strange_origin || !local { Err("without a token, this listener answers no page of another address") } else { Ok(()) }
}

/// The scheme is case-insensitive (RFC 9110 §11.1).
fn bearer(header: &str) -> Option<&str> {
    let (scheme, token) = header.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(header: &str) -> Result<(), &'static str> {
        let guard = Guard::new(&Access::Token("op-secret".into()));
        let headers = HeaderMap::from_iter([(AUTHORIZATION, HeaderValue::from_str(header).unwrap())]);
        guard.admits(&headers)
    }

    #[test]
    fn takes_the_token_and_nothing_else() {
        for right in ["Bearer op-secret", "bearer op-secret", "BEARER  op-secret "] {
            assert_eq!(with(right), Ok(()), "{right}");
        }
        for wrong in ["op-secret", "Bearer", "Bearer ", "Bearer op-secre", "Bearer op-secrett", "Bearer OP-SECRET", "Basic op-secret"] {
            assert!(with(wrong).is_err(), "{wrong}");
        }
        assert!(Guard::new(&Access::Token("x".into())).admits(&HeaderMap::new()).is_err());
    }

    #[test]
    fn an_open_platform_asks_nobody_but_strange_pages() {
        let open = |host: &'static str, origin: Option<&'static str>| {
            let mut headers = HeaderMap::from_iter([(HOST, HeaderValue::from_static(host))]);
            headers.extend(origin.map(|origin| (ORIGIN, HeaderValue::from_static(origin))));
            Guard::new(&Access::Open).admits(&headers).is_ok()
        };
        for host in ["127.0.0.1:8081", "localhost:8081", "[::1]:8081", "10.0.0.7"] {
            assert!(open(host, None), "{host}");
        }
        assert!(open("localhost:8081", Some("http://localhost:8081")));
        for (host, origin) in [
            ("rebound.example", None),
            ("rebound.example", Some("http://rebound.example")),
            ("localhost:8081", Some("https://evil.example")),
            ("localhost:8081", Some("http://localhost:9000")),
            ("localhost:8081", Some("null")),
            ("", None),
        ] {
            assert!(!open(host, origin), "{host} {origin:?}");
        }
    }
}
