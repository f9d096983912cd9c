//! The page as HTML: one layout, and the few things that forms are made of. What is not written here is escaped.

use axum::http::header::CACHE_CONTROL;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{Html, IntoResponse, Response};

/// Text as it may stand in an element or a quoted attribute.
pub(crate) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;").replace('\'', "&#39;")
}

/// A page.
pub(crate) struct Page {
    pub(crate) status: StatusCode,
    /// The heading, from anywhere.
    pub(crate) heading: String,
    /// Made here.
    pub(crate) body: String,
    /// Attributes of the page for its script: name and value.
    pub(crate) data: Vec<(&'static str, String)>,
}

impl Page {
    pub(crate) fn new(heading: impl Into<String>, body: impl Into<String>) -> Self {
        Self { status: StatusCode::OK, heading: heading.into(), body: body.into(), data: Vec::new() }
    }

    pub(crate) fn status(self, status: StatusCode) -> Self {
        Self { status, ..self }
    }
}

impl IntoResponse for Page {
    fn into_response(self) -> Response {
        let heading = escaped(&self.heading);
        let data: String = self.data.iter().map(|(name, value)| format!(" data-{name}=\"{}\"", escaped(value))).collect();
        let html = format!(
            "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<meta name=\"color-scheme\" content=\"light dark\">\n\
             <meta name=\"robots\" content=\"noindex\">\n<title>{heading}</title>\n<link rel=\"stylesheet\" href=\"/sign-up/style.css\">\n\
             <script src=\"/sign-up/page.js\" defer></script>\n</head>\n<body>\n<main{data}>\n<h1>{heading}</h1>\n{}\n</main>\n</body>\n</html>\n",
            self.body
        );
        // It may hold a code, and shows what is somebody's own.
        (self.status, [(CACHE_CONTROL, HeaderValue::from_static("no-store"))], Html(html)).into_response()
    }
}

/// One of several choices.
pub(crate) struct Choice<'a> {
    pub(crate) name: &'a str,
    pub(crate) value: &'a str,
    pub(crate) label: &'a str,
    /// A line below it, if any.
    pub(crate) says: &'a str,
    pub(crate) checked: bool,
}

impl Choice<'_> {
    fn html(&self, kind: &str) -> String {
        let checked = if self.checked { " checked" } else { "" };
        let says = if self.says.is_empty() { String::new() } else { format!("<span class=\"small\">{}</span>", escaped(self.says)) };
        format!(
            "<label class=\"choice\"><input type=\"{kind}\" name=\"{}\" value=\"{}\"{checked}><span>{}</span>{says}</label>",
            escaped(self.name),
            escaped(self.value),
            escaped(self.label)
        )
    }

    pub(crate) fn radio(&self) -> String {
        self.html("radio")
    }

    pub(crate) fn tick(&self) -> String {
        self.html("checkbox")
    }
}

/// A text field with its label. `kind`: `text` or `tel`.
pub(crate) fn field(kind: &str, name: &str, label: &str, value: &str, more: &str) -> String {
    format!(
        "<label class=\"field\"><span>{}</span><input type=\"{kind}\" name=\"{name}\" value=\"{}\" {more}></label>",
        escaped(label),
        escaped(value)
    )
}

/// A field that people do not see.
pub(crate) fn hidden(name: &str, value: &str) -> String {
    format!("<input type=\"hidden\" name=\"{name}\" value=\"{}\">", escaped(value))
}

/// A line that must be read, above a form.
pub(crate) fn note(text: &str) -> String {
    format!("<p class=\"note\" role=\"alert\">{}</p>", escaped(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_from_outside_is_text_and_nothing_else() {
        let bad = "<img src=x onerror=alert(1)>\"'&";
        let choice = Choice { name: "choice", value: bad, label: bad, says: bad, checked: true };
        for html in [choice.radio(), choice.tick(), field("text", "name", bad, bad, ""), hidden("q", bad), note(bad)] {
            assert!(!html.contains("<img"), "{html}");
            assert!(html.contains("&lt;img src=x onerror=alert(1)&gt;&quot;&#39;&amp;"), "{html}");
        }
    }
}
