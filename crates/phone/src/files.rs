//! Files inside the binary, over HTTP: packed where they were packed when they were built, and kept by browsers. A file whose name
//! changes with its content is kept for ever; any other is asked for each time, and answered in a few bytes while it has not changed.

use std::borrow::Cow;
use std::hash::{DefaultHasher, Hasher};

use axum::body::{Body, Bytes};
use axum::http::header::{ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, ETAG, IF_NONE_MATCH, VARY};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use rust_embed::RustEmbed;

/// How long a browser may go without asking.
#[derive(Clone, Copy)]
pub(crate) enum Keep {
    /// Its name changes with its content.
    ForEver,
    /// It is asked for each time, by its tag.
    AskEachTime,
}

impl Keep {
    fn header(self) -> HeaderValue {
        HeaderValue::from_static(match self {
            Self::ForEver => "public, max-age=31536000, immutable",
            Self::AskEachTime => "no-cache",
        })
    }
}

/// What the page's build (`web/phone/vite.config.ts`) writes beside a file: the name in HTTP, the end of the file's name. The
/// smaller first.
const PACKED: [(&str, &str); 2] = [("br", ".br"), ("gzip", ".gz")];

/// A file of a built folder, packed if the browser takes it so.
pub(crate) fn built<Folder: RustEmbed>(name: &str, keep: Keep, asked: &HeaderMap) -> Option<Response> {
    let plain = Folder::get(name)?;
    let packed = PACKED.iter().find_map(|(encoding, end)| {
        let file = takes(asked, encoding).then(|| Folder::get(&format!("{name}{end}"))).flatten()?;
        Some((*encoding, file))
    });
    let (encoding, file) = packed.map_or((None, plain), |(encoding, file)| (Some(encoding), file));
    // Each way of packing has bytes, and so a tag, of its own.
    let tag = u64::from_be_bytes(*file.metadata.sha256_hash().first_chunk().unwrap_or(&[0; 8]));
    let kind = mime_guess::from_path(name).first_or_octet_stream();
    let kind = HeaderValue::from_str(&with_charset(kind.as_ref())).unwrap_or(HeaderValue::from_static("application/octet-stream"));
    Some(reply(kind, tag, keep, encoding, bytes(file.data), asked))
}

/// A text or picture that is part of the source, and small: packing it would save no packet.
pub(crate) fn small(kind: &'static str, content: &'static [u8], asked: &HeaderMap) -> Response {
    let mut hash = DefaultHasher::new();
    hash.write(content);
    reply(HeaderValue::from_static(kind), hash.finish(), Keep::AskEachTime, None, Bytes::from_static(content), asked)
}

fn reply(kind: HeaderValue, tag: u64, keep: Keep, encoding: Option<&'static str>, content: Bytes, asked: &HeaderMap) -> Response {
    let tag = format!("\"{tag:016x}\"");
    let known = asked.get(IF_NONE_MATCH).and_then(|tags| tags.to_str().ok()).is_some_and(|tags| tags == "*" || tags.contains(&tag));
    let mut response = if known { StatusCode::NOT_MODIFIED.into_response() } else { Body::from(content).into_response() };
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, keep.header());
    headers.insert(VARY, HeaderValue::from_static("accept-encoding"));
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        headers.insert(ETAG, tag);
    }
    if !known {
        headers.insert(CONTENT_TYPE, kind);
        headers.extend(encoding.map(|encoding| (CONTENT_ENCODING, HeaderValue::from_static(encoding))));
    }
    response
}

/// RFC 9110 §12.5.3. Weights order what a browser likes better; only 0 refuses.
fn takes(asked: &HeaderMap, encoding: &str) -> bool {
    asked.get_all(ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(',')).any(|one| {
        let (name, weight) = one.split_once(';').unwrap_or((one, "q=1"));
        let refused = weight.trim().strip_prefix("q=").and_then(|q| q.parse::<f32>().ok()) == Some(0.0);
        name.trim().eq_ignore_ascii_case(encoding) && !refused
    })
}

fn with_charset(kind: &str) -> String {
    let text = kind.starts_with("text/") || kind == "image/svg+xml";
    if text { format!("{kind}; charset=utf-8") } else { kind.to_owned() }
}

fn bytes(content: Cow<'static, [u8]>) -> Bytes {
    match content {
        Cow::Borrowed(content) => Bytes::from_static(content),
        Cow::Owned(content) => content.into(), // debug builds read the folder
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asking(encodings: &str) -> HeaderMap {
        HeaderMap::from_iter([(ACCEPT_ENCODING, HeaderValue::from_str(encodings).unwrap())])
    }

    #[test]
    fn packs_only_for_browsers_that_say_they_unpack() {
        for (said, brotli, gzip) in [
            ("gzip, deflate, br, zstd", true, true),
            ("gzip;q=0.8, BR ; q=0.2", true, true),
            ("br;q=0, gzip", false, true),
            ("br;q=0.000,gzip;q=1.0", false, true),
            ("identity", false, false),
            ("brotli", false, false),
            ("", false, false),
        ] {
            assert_eq!((takes(&asking(said), "br"), takes(&asking(said), "gzip")), (brotli, gzip), "{said}");
        }
        assert!(!takes(&HeaderMap::new(), "gzip"));
    }

    #[test]
    fn a_browser_that_has_it_gets_no_second_copy() {
        let first = small("text/plain", b"hello", &HeaderMap::new());
        let tag = first.headers()[ETAG].clone();
        assert_eq!((first.status(), &first.headers()[CACHE_CONTROL]), (StatusCode::OK, &HeaderValue::from_static("no-cache")));
        for (known, status) in [(tag.clone(), 304), (HeaderValue::from_static("\"other\""), 200), (HeaderValue::from_static("*"), 304)] {
            let again = small("text/plain", b"hello", &HeaderMap::from_iter([(IF_NONE_MATCH, known)]));
            assert_eq!((again.status().as_u16(), &again.headers()[ETAG]), (status, &tag));
        }
        let changed = small("text/plain", b"hello!", &HeaderMap::from_iter([(IF_NONE_MATCH, tag)]));
        assert_eq!(changed.status(), StatusCode::OK);
    }
}
