//! Response headers that clients and their proxies know from the platform.
//!
//! Captured from Graph replies; `x-app-usage` and `x-business-use-case-usage`: platform docs, Graph API, Rate limits.

use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use serde_json::json;

use crate::usage::Usage;
use crate::version::Version;

/// Type of every body.
pub(crate) const JSON: HeaderValue = HeaderValue::from_static("application/json; charset=UTF-8");

/// Sent with everything.
const CONSTANT: [(HeaderName, HeaderValue); 6] = [
    (header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache, no-store, must-revalidate")),
    (header::PRAGMA, HeaderValue::from_static("no-cache")),
    (header::EXPIRES, HeaderValue::from_static("Sat, 01 Jan 2000 00:00:00 GMT")),
    (header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*")),
    (header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static("max-age=15552000; preload")),
    (HeaderName::from_static("x-fb-rev"), HeaderValue::from_static("1000000001")),
];

/// Puts the headers of a reply in place.
pub(crate) fn put(headers: &mut HeaderMap, version: Version, trace: &str, usage: &Usage) {
    headers.extend(CONSTANT.map(|(name, value)| (Some(name), value)).into_iter().filter_map(|(name, value)| Some((name?, value))));
    set(headers, "facebook-api-version", &version.to_string());
    for name in ["x-fb-request-id", "x-fb-trace-id", "x-fb-debug"] {
        set(headers, name, trace);
    }
    set(headers, "x-app-usage", &json!({ "call_count": usage.token.percent, "total_cputime": 0, "total_time": 0 }).to_string());
    if let Some((waba, share)) = &usage.account {
        let use_case = json!({ "type": "whatsapp", "call_count": share.percent, "total_cputime": 0, "total_time": 0,
            "estimated_time_to_regain_access": share.regains_in() });
        set(headers, "x-business-use-case-usage", &json!({ waba.as_str(): [use_case] }).to_string());
    }
}

/// The challenge beside an authentication error.
pub(crate) fn put_challenge(headers: &mut HeaderMap, message: &str) {
    let message = message.replace(['"', '\\'], "'");
    set(headers, "www-authenticate", &format!("OAuth \"Facebook Platform\" \"invalid_token\" \"{message}\""));
}

/// What a browser asks before a request from another origin.
pub(crate) fn put_preflight(headers: &mut HeaderMap) {
    set(headers, "access-control-allow-methods", "GET, HEAD, POST, DELETE, OPTIONS");
    set(headers, "access-control-allow-headers", "Authorization, Content-Type");
    set(headers, "access-control-max-age", "86400");
    set(headers, "allow", "GET, HEAD, POST, DELETE, OPTIONS");
}

/// Values are made of our own ASCII; one that is not is left out.
fn set(headers: &mut HeaderMap, name: &'static str, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(HeaderName::from_static(name), value);
    }
}
