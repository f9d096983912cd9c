//! Forms as they come in: their fields, and whether they are our own.

use std::collections::BTreeMap;

use axum::body::Bytes;
use axum::http::header::{HOST, ORIGIN};
use axum::http::uri::Authority;
use axum::http::{HeaderMap, HeaderName};
use url::Url;

/// Longest field that is looked at, in characters.
const FIELD_MAX: usize = 4_096;

/// The fields of a form. Of several with one name, the last.
pub(crate) struct Fields(BTreeMap<String, String>);

impl Fields {
    pub(crate) fn read(body: &Bytes) -> Self {
        Self(url::form_urlencoded::parse(body).into_owned().collect())
    }

    /// A text with something in it.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(|text| text.trim()).filter(|text| !text.is_empty() && text.chars().count() <= FIELD_MAX)
    }

    /// A box that is ticked.
    pub(crate) fn ticked(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// A name that people are shown, of 1 to so many characters.
    pub(crate) fn name(&self, field: &str, most: usize) -> Option<String> {
        let name = self.text(field)?;
        (name.chars().count() <= most && !name.chars().any(char::is_control)).then(|| name.to_owned())
    }
}

const SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// A form of a page of ours. Browsers say where a form comes from: those of others are refused, also where a cookie came along.
pub(crate) fn is_ours(headers: &HeaderMap) -> bool {
    if let Some(site) = headers.get(SITE) {
        return matches!(site.as_bytes(), b"same-origin" | b"none");
    }
    let Some(origin) = headers.get(ORIGIN) else { return true }; // no browser, or one that sends the cookie to nobody else's forms
    let host = headers.get(HOST).and_then(|host| host.to_str().ok()?.parse::<Authority>().ok());
    let origin = origin.to_str().ok().and_then(|origin| Url::parse(origin).ok());
    match (origin, host) {
        (Some(origin), Some(host)) => origin.host_str() == Some(host.host()) && origin.port() == host.port_u16(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn forms_of_other_pages_are_refused() {
        let said = |headers: &[(&'static str, &'static str)]| {
            let headers = headers.iter().map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)));
            is_ours(&headers.collect())
        };
        assert!(said(&[]) && said(&[("sec-fetch-site", "same-origin")]));
        assert!(said(&[("host", "127.0.0.1:4000"), ("origin", "http://127.0.0.1:4000")]));
        for foreign in [
            &[("sec-fetch-site", "cross-site")][..],
            &[("sec-fetch-site", "same-site"), ("host", "a.example"), ("origin", "https://a.example")],
            &[("host", "127.0.0.1:4000"), ("origin", "http://127.0.0.1:4001")],
            &[("host", "a.example"), ("origin", "null")],
            &[("host", "a.example"), ("origin", "https://b.example")],
        ] {
            assert!(!said(foreign), "{foreign:?}");
        }
    }

    #[test]
    fn fields_have_bounds() {
        let fields = Fields::read(&Bytes::from_static(b"name=+Kopi+&empty=&box=on&bad=a%00b"));
        assert_eq!((fields.name("name", 4).as_deref(), fields.text("empty"), fields.ticked("box")), (Some("Kopi"), None, true));
        assert_eq!((fields.name("name", 3), fields.name("bad", 9)), (None, None));
    }
}
