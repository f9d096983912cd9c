//! Reading a request: JSON bodies, ids in paths, filters. What cannot be read is told with the reason and the place.

pub(crate) mod reading;
pub(crate) mod tree;

use std::fmt::Display;

use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Path, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use callport_core::token::SecretHash;
use callport_engine::door::BodyFault;
use serde::de::DeserializeOwned;

use crate::problem::Problem;
use tree::Tree;

/// Largest body of a request, in bytes; paths that take sound say otherwise.
pub(crate) const MAX_BODY: usize = 64 * 1024;

/// A JSON body. An empty one counts as `{}`, so that requests without anything to say need none.
pub(crate) struct Body<T>(pub(crate) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        read(&said(request, state).await?.unwrap_or(Tree::EMPTY)).map(Body)
    }
}

/// A JSON body that changes something: what is not said, or `null`, stays. A body in which nothing is said is a slip, and refused.
pub(crate) struct Change<T>(pub(crate) T);

/// What can be changed.
pub(crate) trait Changeable: DeserializeOwned {
    /// Fields of which `null` says something.
    const NULL_SAYS: &'static [&'static str] = &[];
}

impl<T: Changeable, S: Send + Sync> FromRequest<S> for Change<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let tree = said(request, state).await?.ok_or_else(nothing)?;
        let change = read(&tree)?;
        let says = |(name, value): &(String, Tree)| *value != Tree::Nothing || T::NULL_SAYS.contains(&name.as_str());
        match tree {
            Tree::Object(fields) if !fields.iter().any(says) => Err(nothing()),
            _ => Ok(Self(change)),
        }
    }
}

fn nothing() -> Problem {
    Problem::malformed("nothing is said that could be changed: the body is a JSON object with one field at least")
}

/// The body, which may be absent.
async fn said<S: Send + Sync>(request: Request, state: &S) -> Result<Option<Tree>, Problem> {
    let json = is_json(request.headers());
    let refused = |rejection: axum::extract::rejection::BytesRejection| match (rejection.status(), BodyFault::within(&rejection)) {
        (status, Some(fault)) => Problem::of_status(StatusCode::from_u16(fault.status()).unwrap_or(status), fault),
        (StatusCode::PAYLOAD_TOO_LARGE, None) => {
            Problem::of_status(StatusCode::PAYLOAD_TOO_LARGE, "the body is larger than this path takes")
        }
        (status, None) => Problem::of_status(status, "the body did not come whole"),
    };
    let bytes = Bytes::from_request(request, state).await.map_err(refused)?;
    if bytes.is_empty() {
        return Ok(None);
    }
    if !json {
        let why = "a body is JSON: say Content-Type: application/json";
        return Err(Problem::of_status(StatusCode::UNSUPPORTED_MEDIA_TYPE, why));
    }
    Tree::of_json(&bytes).map(Some).map_err(|why| Problem::malformed(format!("body: {why}")))
}

fn read<T: DeserializeOwned>(tree: &Tree) -> Result<T, Problem> {
    reading::read(tree).map_err(Problem::malformed)
}

fn is_json(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    kind.eq_ignore_ascii_case("application/json")
}

/// The parameters of a path, still texts.
pub(crate) struct At<T>(pub(crate) T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for At<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let refused = |_| Problem::malformed("a part of the path is no text in UTF-8");
        let Path(value) = Path::<T>::from_request_parts(parts, state).await.map_err(refused)?;
        Ok(Self(value))
    }
}

/// The query of a list.
pub(crate) struct Filter<T>(pub(crate) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Filter<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        read(&Tree::of_query(&parts.uri)).map(Self)
    }
}

/// A value in a path or in a body that must be of some form.
pub(crate) fn form<T, E: Display>(name: &str, read: Result<T, E>) -> Result<T, Problem> {
    read.map_err(|why| Problem::malformed(format!("{name}: {why}")))
}

/// Something that must be there.
pub(crate) fn there<T>(what: &str, found: Option<T>) -> Result<T, Problem> {
    found.ok_or_else(|| Problem::not_found(format!("there is no {what} with this id")))
}

/// The id of something that is known by the hash of a secret. Whoever sends the secret itself is told so, without it.
pub(crate) fn secret_id(name: &str, secret: &str, id: &str) -> Result<SecretHash, Problem> {
    let mut bytes = [0; 32];
    let why = || Problem::malformed(format!("{name}: its `id` has 64 hexadecimal digits; its {secret} does not belong into a path"));
    hex::decode_to_slice(id, &mut bytes).map_err(|_| why())?;
    Ok(SecretHash::from_bytes(bytes))
}

/// Longest name of an object, in characters.
pub(crate) const MAX_NAME: usize = 256;

/// A name that people read.
pub(crate) fn name(name: &str, text: String) -> Result<String, Problem> {
    let length = text.chars().count();
    if text.trim().is_empty() || length > MAX_NAME {
        return Err(Problem::malformed(format!("{name}: 1 to {MAX_NAME} characters, not only blanks")));
    }
    Ok(text)
}
