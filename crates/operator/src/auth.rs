//! The operator's token, asked for in constant time.

use axum::extract::{Request, State};
use axum::http::header::{AUTHORIZATION, WWW_AUTHENTICATE};
use axum::http::{HeaderMap, HeaderValue};
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
        let Some(expected) = &self.0 else { return Ok(()) };
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
    fn an_open_platform_asks_nobody() {
        assert_eq!(Guard::new(&Access::Open).admits(&HeaderMap::new()), Ok(()));
    }
}
