//! The session cookie. Its value is random and known to the store only as a hash; script cannot read it.

use axum::http::header::COOKIE;
use axum::http::{HeaderMap, HeaderValue};

const NAME: &str = "callport_session";

/// As long as the engine keeps a session: 30 days.
const LIFETIME_S: u64 = 30 * 24 * 3600;

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

/// `Set-Cookie` for a new session. `Lax`: a link from elsewhere opens the phone signed in, a form from elsewhere does nothing.
pub(crate) fn opened(secret: &str, secure: bool) -> Option<HeaderValue> {
    cookie(secret, LIFETIME_S, secure)
}

/// `Set-Cookie` that forgets it.
pub(crate) fn closed(secure: bool) -> Option<HeaderValue> {
    cookie("", 0, secure)
}

fn cookie(value: &str, lifetime: u64, secure: bool) -> Option<HeaderValue> {
    let secure = if secure { "; Secure" } else { "" };
    let text = format!("{NAME}={value}; Path=/phone; HttpOnly; SameSite=Lax; Max-Age={lifetime}{secure}");
    let mut value = HeaderValue::from_str(&text).ok()?;
    value.set_sensitive(true);
    Some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_its_own_cookie_among_others() {
        let presented_in = |line: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(COOKIE, HeaderValue::from_str(line).unwrap());
            presented(&headers).map(str::to_owned)
        };
        assert_eq!(presented_in("a=1; callport_session=s3; b=2").as_deref(), Some("s3"));
        for none in ["a=1", "callport_session=", "xcallport_session=s3", "callport_session"] {
            assert_eq!(presented_in(none), None, "{none}");
        }
        assert_eq!(presented_in(&format!("callport_session={}", "a".repeat(MAX_VALUE + 1))), None);
    }

    #[test]
    fn is_kept_from_script_and_from_other_sites() {
        let plain = opened("s3", false).unwrap();
        assert_eq!(plain.to_str().unwrap(), "callport_session=s3; Path=/phone; HttpOnly; SameSite=Lax; Max-Age=2592000");
        assert!(plain.is_sensitive());
        assert!(opened("s3", true).unwrap().to_str().unwrap().ends_with("; Secure"));
        assert!(
            closed(true).unwrap().to_str().unwrap().contains("=; Path=/phone")
                && closed(true).unwrap().to_str().unwrap().contains("Max-Age=0")
        );
    }
}
