//! The cookie of a business owner. Its value is random and known to the store only as a hash; script cannot read it.

use axum::http::header::COOKIE;
use axum::http::{HeaderMap, HeaderValue};

const NAME: &str = "callport_owner";

/// As long as the engine keeps it: 12 hours.
const LIFETIME_S: u64 = 12 * 3600;

/// Values longer than any that we made are not looked up.
const MAX_VALUE: usize = 128;

/// The session that a request presents.
pub(crate) fn presented(headers: &HeaderMap) -> Option<&str> {
    let cookies = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
    cookies
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(name, value)| *name == NAME && (1..=MAX_VALUE).contains(&value.len()))
        .map(|(_, value)| value)
}

/// `Set-Cookie` for a new session. `Lax`: a window that a page opens is signed in, a form of that page does nothing.
pub(crate) fn opened(secret: &str, secure: bool) -> Option<HeaderValue> {
    cookie(secret, LIFETIME_S, secure)
}

/// `Set-Cookie` that forgets it.
pub(crate) fn closed(secure: bool) -> Option<HeaderValue> {
    cookie("", 0, secure)
}

fn cookie(value: &str, lifetime: u64, secure: bool) -> Option<HeaderValue> {
    let secure = if secure { "; Secure" } else { "" };
    let text = format!("{NAME}={value}; Path=/dialog; HttpOnly; SameSite=Lax; Max-Age={lifetime}{secure}");
    let mut value = HeaderValue::from_str(&text).ok()?;
    value.set_sensitive(true);
    Some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_kept_from_script_and_from_other_sites() {
        let plain = opened("s3", false).unwrap();
        assert_eq!(plain.to_str().unwrap(), "callport_owner=s3; Path=/dialog; HttpOnly; SameSite=Lax; Max-Age=43200");
        assert!(plain.is_sensitive());
        assert!(opened("s3", true).unwrap().to_str().unwrap().ends_with("; Secure"));
        let headers = HeaderMap::from_iter([(COOKIE, HeaderValue::from_static("a=1; callport_owner=s3"))]);
        assert_eq!(presented(&headers), Some("s3"));
        assert!(closed(false).unwrap().to_str().unwrap().contains("Max-Age=0"));
    }
}
