//! A place for webhooks, as an operator names it.

use axum::http::Uri;
use callport_engine::Engine;
use callport_engine::records::Callback;

use crate::problem::Problem;

/// Longest callback URL, in characters.
const MAX_URL: usize = 2_000;

/// Longest verify token, in characters. None is published; something must be.
const MAX_VERIFY_TOKEN: usize = 1_000;

/// An `http` or `https` address with a host. What it may point at is the carrier's rule, at every use.
pub(crate) fn url(text: String) -> Result<String, &'static str> {
    let uri: Uri = text.parse().map_err(|_| "a callback is a URL, as in https://hooks.example/wa")?;
    let web = matches!(uri.scheme_str(), Some("http" | "https"));
    match (web, uri.host()) {
        (true, Some(host)) if !host.is_empty() && text.len() <= MAX_URL => Ok(text),
        _ => Err("a callback is an http or https URL with a host and at most 2000 characters, as in https://hooks.example/wa"),
    }
}

/// Both halves of a callback; the token may be absent only where nobody is going to be asked for it.
pub(crate) fn callback(address: String, verify_token: Option<String>, verify: bool) -> Result<Callback, &'static str> {
    let verify_token = match verify_token {
        Some(token) if token.chars().count() > MAX_VERIFY_TOKEN => return Err("a verify token has at most 1000 characters"),
        Some(token) => token,
        None if verify => return Err("a callback that is verified needs a verify_token"),
        None => String::new(),
    };
    Ok(Callback { url: url(address)?, verify_token })
}

/// The callback of a request, verified unless told not to; none is none.
pub(super) async fn asked(
    engine: &Engine,
    address: Option<String>,
    verify_token: Option<String>,
    verify: Option<bool>,
) -> Result<Option<Callback>, Problem> {
    let Some(address) = address else {
        return match (verify_token, verify) {
            (Some(_), _) => Err(Problem::malformed("verify_token: there is no callback that it belongs to")),
            (None, Some(_)) => Err(Problem::malformed("verify: there is no callback that it belongs to")),
            (None, None) => Ok(None),
        };
    };
    let verify = verify.unwrap_or(true);
    let callback = callback(address, verify_token, verify).map_err(Problem::malformed)?;
    if verify {
        engine.verify(&callback).await.map_err(Problem::unverified)?;
    }
    Ok(Some(callback))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_callback_is_a_web_address() {
        for right in ["https://hooks.example/wa", "http://127.0.0.1:9000/hook?x=1", "http://[::1]/"] {
            assert!(url(right.into()).is_ok(), "{right}");
        }
        for wrong in
            ["", "hooks.example", "/hook", "ftp://hooks.example", "https://", "http://a b", &format!("http://a/{}", "x".repeat(2000))]
        {
            assert!(url(wrong.into()).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_verified_callback_needs_its_token() {
        assert!(callback("http://a".into(), None, true).is_err());
        assert_eq!(callback("http://a".into(), None, false).unwrap().verify_token, "");
    }
}
