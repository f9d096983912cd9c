//! Phone or not: only phones may call (platform docs, User-initiated calls: web, desktop and tablets do not).

use axum::http::HeaderMap;
use axum::http::header::USER_AGENT;

/// Whether a browser says that it is on a phone: by its client hint (`Sec-CH-UA-Mobile`, sent unasked to secure pages), else by the
/// word that phone browsers have in common. Tablets say neither.
pub(crate) fn is_phone(headers: &HeaderMap) -> bool {
    match headers.get("sec-ch-ua-mobile").map(|hint| hint.as_bytes()) {
        Some(b"?1") => true,
        Some(b"?0") => false,
        _ => headers.get(USER_AGENT).is_some_and(|agent| agent.as_bytes().windows(4).any(|word| word == b"Mobi")) && !is_ipad(headers),
    }
}

/// An iPad that does not pose as a Mac has "Mobile" in its name too.
fn is_ipad(headers: &HeaderMap) -> bool {
    headers.get(USER_AGENT).is_some_and(|agent| agent.as_bytes().windows(4).any(|word| word == b"iPad"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    const ANDROID: &str = "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Mobile Safari/537.36";
    const IPHONE: &str = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_7 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 Mobile/15E148 Safari/604.1";
    const IPAD: &str =
        "Mozilla/5.0 (iPad; CPU OS 18_7 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 Mobile/15E148 Safari/604.1";
    const FIREFOX_PHONE: &str = "Mozilla/5.0 (Android 15; Mobile; rv:145.0) Gecko/145.0 Firefox/145.0";
    const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0";
    const MAC: &str =
        "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 Safari/605.1.15";

    #[test]
    fn tells_phones_from_what_is_none() {
        let cases = [
            (None, Some(ANDROID), true),
            (None, Some(IPHONE), true),
            (None, Some(FIREFOX_PHONE), true),
            (None, Some(FIREFOX), false),
            (None, Some(MAC), false),
            (None, Some(IPAD), false),
            (None, None, false),
            // The hint knows better: a phone that asks for desktop pages, a narrow window on a desk.
            (Some("?1"), Some(FIREFOX), true),
            (Some("?0"), Some(ANDROID), false),
            (Some("nonsense"), Some(ANDROID), true),
        ];
        for (hint, agent, phone) in cases {
            let mut headers = HeaderMap::new();
            hint.map(|hint| headers.insert("sec-ch-ua-mobile", HeaderValue::from_static(hint)));
            agent.map(|agent| headers.insert(USER_AGENT, HeaderValue::from_static(agent)));
            assert_eq!(is_phone(&headers), phone, "{hint:?} {agent:?}");
        }
    }
}
