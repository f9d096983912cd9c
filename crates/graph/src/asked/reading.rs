//! The order in which a request is read: token, body, method, endpoint.
//!
//! A token in header or query is judged before a byte of the body is taken. Without one there, only the beginning of a body is read to
//! look for `access_token` in it. So who has no token never makes us keep more than that. `date_format` is refused on every path, as it
//! is since 2026-10-27 (platform docs, Graph API, changelog).

use std::sync::Arc;

use axum::body::Body;
use axum::extract::Request;
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use axum::routing::MethodRouter;
use callport_engine::OpenRequest;
use callport_engine::door::ClientNetwork;
use callport_wire::{Code, Malformed};
use serde_json::{Map, Value};
use tower::ServiceExt;

use super::hearing::Hearing;
use super::{Asked, encoding, method};
use crate::answer::Refusal;
use crate::version::Version;
use crate::{Shared, injected, requests};

/// Reads the request and has it served by the method that it asks for.
pub(crate) async fn served(graph: Shared, methods: MethodRouter, request: Request) -> Response {
    let (mut parts, body) = request.into_parts();
    let mut hearing = Hearing::of(&parts.headers, body, &graph.config);
    match read(&graph, &parts, &mut hearing).await {
        Ok(asked) => {
            let wanted = match injected::wanted(&graph, &asked, parts.uri.path()).await {
                Some((by, fault)) if !fault.carried_out => return injected::reply(by, fault),
                wanted => wanted,
            };
            parts.method = asked.method.clone();
            let version = asked.version;
            parts.extensions.insert(asked);
            let Ok(response) = methods.oneshot(Request::from_parts(parts, Body::empty())).await;
            let mut response = wanted.map_or(response, |(by, fault)| injected::reply(by, fault));
            response.extensions_mut().insert(version);
            response
        }
        Err(refusal) => {
            hearing.hear_out(&graph.refused_bodies);
            refusal.into_response()
        }
    }
}

async fn read(graph: &Shared, parts: &Parts, hearing: &mut Hearing) -> Result<Asked, Refusal> {
    let query = encoding::query(parts.uri.query().unwrap_or_default());
    let in_query = query.as_ref().ok().and_then(|query| text(query, "access_token"));
    let token = match bearer(&parts.headers).or(in_query) {
        Some(token) => Some(token.to_owned()),
        None => encoding::token_at_beginning(&parts.headers, hearing, &graph.strangers).await?,
    };
    let token = token.ok_or_else(|| Refusal::new(Code::TokenMissing))?;
    let source = parts.extensions.get().copied().unwrap_or(ClientNetwork::UNKNOWN);
    let request = parts.extensions.get::<Arc<OpenRequest>>().cloned().ok_or_else(|| Refusal::new(Code::SomethingWentWrong))?;
    let usage = parts.extensions.get().cloned().unwrap_or_default();
    let caller = graph.caller(&token, source, request, usage).await?;
    let body = match &query {
        Ok(_) => encoding::body(&parts.headers, hearing).await,
        Err(refusal) => Err(refusal.clone()),
    };
    let params = query.and_then(|mut query| {
        query.extend(body?);
        Ok(query)
    });
    let (call, action) = match &params {
        Ok(params) => requests::named(params),
        Err(_) => requests::salvaged(hearing.kept()),
    };
    caller.request.names(call, action);
    let mut served = parts.method.clone();
    if let Ok(params) = &params {
        if let Some(proof) = text(params, "appsecret_proof") {
            caller.check_proof(&token, proof)?;
        }
        if params.contains_key("date_format") {
            return Err(Malformed::wrong("date_format", "is no longer supported").into());
        }
        served = method::asked_for(&parts.method, params)?;
    }
    let version = parts.extensions.get().copied().or_else(|| caller.actor.app.graph_version.as_deref().and_then(Version::of_app));
    let version = version.unwrap_or(Version::OLDEST);
    Ok(Asked { method: served, version, token, caller, params })
}

/// `Authorization: Bearer …`; the platform also knows the scheme as `OAuth`.
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    let known = scheme.eq_ignore_ascii_case("bearer") || scheme.eq_ignore_ascii_case("oauth");
    known.then(|| token.trim()).filter(|token| !token.is_empty())
}

/// A parameter that is a text and not empty.
pub(crate) fn text<'a>(params: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    params.get(name)?.as_str().filter(|text| !text.is_empty())
}
