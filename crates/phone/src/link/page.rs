//! The pages of a link, as plain HTML: no script, one style sheet of our own.

use axum::http::header::CACHE_CONTROL;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{Html, IntoResponse, Response};
use callport_core::gate::Unavailable;

use crate::{files, words};

const LAYOUT: &str = include_str!("page.html");
const STYLE: &str = include_str!("page.css");

/// `GET /phone/link.css`.
pub(crate) async fn style(asked: HeaderMap) -> Response {
    files::small("text/css; charset=utf-8", STYLE.as_bytes(), &asked)
}

/// Why a link leads to no call.
pub(crate) enum Trouble {
    /// No number, or a payload that is too long.
    Broken,
    /// No business has this number.
    Unknown,
    /// The business of this name cannot be called by a link now.
    Unavailable(String, Unavailable),
    /// Our side failed.
    Fault,
}

impl Trouble {
    pub(crate) fn fault(error: impl std::fmt::Display) -> Self {
        tracing::error!(%error, "a call link could not be followed");
        Self::Fault
    }
}

impl IntoResponse for Trouble {
    fn into_response(self) -> Response {
        let (status, heading, text) = match &self {
            Self::Broken => (StatusCode::BAD_REQUEST, "This call link is broken", words::BROKEN_LINK),
            Self::Unknown => (StatusCode::NOT_FOUND, "No such business", words::UNKNOWN_LINK),
            Self::Unavailable(name, why) => (StatusCode::CONFLICT, name.as_str(), words::unavailable(*why).1),
            Self::Fault => (StatusCode::INTERNAL_SERVER_ERROR, "That did not work", words::FAULT),
        };
        let html = page(heading, &format!("<p>{}</p><p class=\"small\"><a href=\"/phone\">Open the phone</a></p>", escaped(text)));
        (status, [(CACHE_CONTROL, HeaderValue::from_static("no-store"))], html).into_response()
    }
}

/// A link that was opened on something that is no phone.
pub(crate) struct Desktop<'a> {
    pub(crate) name: &'a str,
    pub(crate) display: &'a str,
    /// Where the QR code is; none when the payload fits into no code.
    pub(crate) code: Option<String>,
    /// A phone can reach the address in the code.
    pub(crate) reachable: bool,
    /// The call screen, where this browser may call too.
    pub(crate) screen: Option<&'a str>,
}

impl Desktop<'_> {
    pub(crate) fn html(&self) -> Html<String> {
        let mut body = format!("<p class=\"number\"><bdi dir=\"ltr\">{}</bdi></p>", escaped(self.display));
        match &self.code {
            Some(code) => {
                let code = escaped(code);
                let png = code.replacen("/qr.svg", "/qr.png", 1);
                body += "<p>Calls are placed from a phone. Scan this code with its camera:</p>";
                body += &format!("<img src=\"{code}\" width=\"264\" height=\"264\" alt=\"QR code of this call link\">");
                body += &format!(
                    "<p class=\"small\">Keep the code: <a href=\"{code}\" download=\"call.svg\">SVG</a> or \
                     <a href=\"{png}\" download=\"call.png\">PNG</a></p>"
                );
            }
            None => body += "<p>Calls are placed from a phone. Open this link there: it is too long for a QR code.</p>",
        }
        if !self.reachable {
            body += "<p class=\"note\">This server is reached from this computer only, so a phone cannot follow the link. \
                     The operator sets an address that phones can reach.</p>";
        }
        if let Some(screen) = self.screen {
            body += &format!("<a class=\"button\" href=\"{}\">Call from this browser</a>", escaped(screen));
            body += "<p class=\"small\">This is a test platform: desktop browsers count as phones here.</p>";
        }
        page(&format!("Call {}", self.name), &body)
    }
}

/// A heading from outside, a body made here.
fn page(heading: &str, body: &str) -> Html<String> {
    // The body last: what it holds is not looked at again.
    Html(LAYOUT.replace("{heading}", &escaped(heading).replace('{', "&#123;")).replacen("{body}", body, 1))
}

/// Text as it may stand in an element or a quoted attribute.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;").replace('\'', "&#39;")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn desktop<'a>(name: &'a str) -> Desktop<'a> {
        Desktop { name, display: "+62 812-5550-9999", code: Some("/call/6281255509999/qr.svg".into()), reachable: true, screen: None }
    }

    #[test]
    fn a_name_is_text_and_nothing_else() {
        let Html(html) = desktop("<img src=x onerror=alert(1)>\"'&{body}").html();
        assert!(!html.contains("<img src=x") && html.contains("&lt;img src=x onerror=alert(1)&gt;&quot;&#39;&amp;&#123;body}"), "{html}");
        assert_eq!(html.matches("qr.svg").count(), 2, "the body is there, and once");
    }

    #[test]
    fn says_what_stands_in_the_way_of_scanning() {
        let Html(without) = Desktop { code: None, ..desktop("Acme") }.html();
        assert!(!without.contains("<img") && without.contains("too long for a QR code"));
        let Html(alone) = Desktop { reachable: false, ..desktop("Acme") }.html();
        assert!(alone.contains("from this computer only"));
        assert!(!desktop("Acme").html().0.contains("from this computer only"));
    }
}
