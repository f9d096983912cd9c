//! The operator's token, asked for in constant time.

use std::net::IpAddr;

use axum::extract::{Request, State};
use axum::http::header::{AUTHORIZATION, HOST, ORIGIN, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::uri::Authority;
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use callport_core::token::SecretHash;
use callport_engine::door::{ClientNetwork, Floods, Wait};
use subtle::ConstantTimeEq;

use crate::problem::Problem;
use crate::state::OperatorAuth;

/// Paths that anybody may ask: they tell nothing but that the process lives.
const FREE: [&str; 2] = ["/healthz", "/readyz"];

/// What a caller must know, and how often one may be wrong about it.
#[derive(Clone)]
pub(crate) struct Guard {
    token: Option<SecretHash>,
    floods: Floods,
}

/// Why a caller is sent away.
#[derive(Debug)]
enum Unknown {
    /// Nothing was presented that could be a token.
    NoToken(&'static str),
    /// It is not this platform's.
    WrongToken,
    /// Too many wrong ones came from there.
    TooMany(Wait),
}

impl Guard {
    pub(crate) fn new(access: &OperatorAuth, floods: Floods) -> Self {
        let token = match access {
            OperatorAuth::Token(token) => Some(SecretHash::of(token)),
            OperatorAuth::Open => None,
        };
        Self { token, floods }
    }

    /// Hashes of equal length are compared, so the time taken says nothing about the token, not even its length.
    fn admits(&self, source: ClientNetwork, headers: &HeaderMap) -> Result<(), Unknown> {
        let Some(expected) = &self.token else { return no_strange_page(headers).map_err(Unknown::NoToken) };
        let no_token = Unknown::NoToken("this path asks for the operator's token: Authorization: Bearer …");
        let header = headers.get(AUTHORIZATION).ok_or(no_token)?;
        let no_bearer = Unknown::NoToken("the Authorization header is not of the form Bearer …");
        let presented = header.to_str().ok().and_then(bearer).ok_or(no_bearer)?;
        let attempt = self.floods.attempt(source, None).map_err(Unknown::TooMany)?;
        if bool::from(SecretHash::of(presented).as_bytes().ct_eq(expected.as_bytes())) {
            attempt.was_not_wrong();
            return Ok(());
        }
        attempt.was_wrong();
        Err(Unknown::WrongToken)
    }
}

/// Layer around everything.
pub(crate) async fn ask(State(guard): State<Guard>, request: Request, next: Next) -> Response {
    if FREE.contains(&request.uri().path()) {
        return next.run(request).await;
    }
    let source = request.extensions().get().copied().unwrap_or(ClientNetwork::UNKNOWN);
    let (problem, header) = match guard.admits(source, request.headers()) {
        Ok(()) => return next.run(request).await,
        Err(Unknown::NoToken(why)) => (Problem::unauthorized(why), (WWW_AUTHENTICATE, BEARER)),
        Err(Unknown::WrongToken) => (Problem::unauthorized("the operator token is not valid"), (WWW_AUTHENTICATE, BEARER)),
        Err(Unknown::TooMany(wait)) => {
            let seconds = wait.seconds();
            let why = format!("too many wrong tokens came from this address: try again in {seconds} s");
            (Problem::too_fast(why), (RETRY_AFTER, HeaderValue::from(seconds)))
        }
    };
    ([header], problem).into_response()
}

const BEARER: HeaderValue = HeaderValue::from_static("Bearer");

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

    fn guard(access: &OperatorAuth) -> Guard {
        Guard::new(access, Floods::default())
    }

    fn with(header: &str) -> Result<(), Unknown> {
        let headers = HeaderMap::from_iter([(AUTHORIZATION, HeaderValue::from_str(header).unwrap())]);
        guard(&OperatorAuth::Token("op-secret".into())).admits(ClientNetwork::UNKNOWN, &headers)
    }

    #[test]
    fn takes_the_token_and_nothing_else() {
        for right in ["Bearer op-secret", "bearer op-secret", "BEARER  op-secret "] {
            assert!(with(right).is_ok(), "{right}");
        }
        for wrong in ["op-secret", "Bearer", "Bearer ", "Bearer op-secre", "Bearer op-secrett", "Bearer OP-SECRET", "Basic op-secret"] {
            assert!(with(wrong).is_err(), "{wrong}");
        }
        assert!(guard(&OperatorAuth::Token("x".into())).admits(ClientNetwork::UNKNOWN, &HeaderMap::new()).is_err());
    }

    #[test]
    fn an_open_platform_asks_nobody_but_strange_pages() {
        let open = |host: &'static str, origin: Option<&'static str>| {
            let mut headers = HeaderMap::from_iter([(HOST, HeaderValue::from_static(host))]);
            headers.extend(origin.map(|origin| (ORIGIN, HeaderValue::from_static(origin))));
            guard(&OperatorAuth::Open).admits(ClientNetwork::UNKNOWN, &headers).is_ok()
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
