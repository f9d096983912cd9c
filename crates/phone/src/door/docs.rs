//! The documents of this very version as pages. They are written in Markdown for who has the source; here they are laid out once, for
//! who has only the server.

use std::sync::LazyLock;

use axum::extract::Path;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use pulldown_cmark::{CowStr, Event, HeadingLevel, Options, Parser, Tag, TagEnd};

use crate::files;

/// The name in the address, the file's name as other documents link to it, its text.
const SOURCES: [(&str, &str, &str); 3] = [
    ("readme", "README.md", include_str!("../../../../README.md")),
    ("compatibility", "compatibility.md", include_str!("../../../../docs/compatibility.md")),
    ("testing-your-backend", "testing-your-backend.md", include_str!("../../../../docs/testing-your-backend.md")),
];

const LAYOUT: &str = include_str!("document.html");
pub(super) const STYLE: &str = include_str!("document.css");

static PAGES: LazyLock<[(&str, String); 3]> = LazyLock::new(|| SOURCES.map(|(name, _, text)| (name, page(text))));

/// `GET /docs/{name}`.
pub(super) async fn document(Path(name): Path<String>, asked: HeaderMap) -> Response {
    match PAGES.iter().find(|(known, _)| *known == name) {
        Some((_, page)) => files::small("text/html; charset=utf-8", page.as_bytes(), &asked),
        None => (StatusCode::NOT_FOUND, "there is no such document\n").into_response(),
    }
}

fn page(text: &str) -> String {
    let mut body = String::with_capacity(text.len() * 2);
    pulldown_cmark::html::push_html(&mut body, linked(Parser::new_ext(text, Options::ENABLE_TABLES)).into_iter());
    // What scrolls sideways must be reached from a keyboard.
    let body = body.replace("<pre>", "<pre tabindex=\"0\">");
    LAYOUT.replacen("{title}", &title(text), 1).replacen("{body}", &body, 1)
}

/// The text of its first heading.
fn title(text: &str) -> String {
    let heading =
        Parser::new(text).skip_while(|event| !matches!(event, Event::Start(Tag::Heading { level: HeadingLevel::H1, .. }))).skip(1);
    let inside = heading.take_while(|event| !matches!(event, Event::End(TagEnd::Heading(_))));
    let mut title = String::new();
    let plain = inside.filter_map(|event| match event {
        Event::Text(text) | Event::Code(text) => Some(Event::Text(text)),
        _ => None, // emphasis and the like, which a title cannot show
    });
    pulldown_cmark::html::push_html(&mut title, plain);
    title
}

/// With links that lead somewhere from here: to other documents of this server and to the web. What else the source has stays text.
fn linked<'a>(events: impl Iterator<Item = Event<'a>>) -> Vec<Event<'a>> {
    let mut leads = false;
    events
        .filter_map(|event| match event {
            Event::Start(Tag::Link { link_type, dest_url, title, id }) => {
                let to = address(&dest_url);
                leads = to.is_some();
                to.map(|to| Event::Start(Tag::Link { link_type, dest_url: CowStr::from(to), title, id }))
            }
            Event::End(TagEnd::Link) => leads.then_some(event),
            event => Some(event),
        })
        .collect()
}

fn address(written: &str) -> Option<String> {
    if written.starts_with("https://") || written.starts_with("http://") {
        return Some(written.to_owned());
    }
    let (path, _) = written.split_once('#').unwrap_or((written, ""));
    let file = path.rsplit('/').next()?;
    // Folders have a README of their own, which is another one.
    let known = SOURCES.iter().find(|(_, source, _)| *source == file && (file != "README.md" || path.trim_start_matches("../") == file))?;
    Some(format!("/docs/{}", known.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_lead_to_what_this_server_has() {
        for (written, to) in [
            ("docs/compatibility.md", Some("/docs/compatibility")),
            ("docs/compatibility.md#redirecting", Some("/docs/compatibility")),
            ("../README.md#your-own-backend", Some("/docs/readme")),
            ("examples/README.md", None),
            ("LICENSE-MIT", None),
            ("#below", None),
            ("https://example.org/x", Some("https://example.org/x")),
            ("javascript:alert(1)", None),
        ] {
            assert_eq!(address(written).as_deref(), to, "{written}");
        }
    }

    #[test]
    fn lays_out_tables_and_leaves_no_link_that_leads_nowhere() {
        let page = page("# A & `b`\n\n[here](docs/compatibility.md), [there](LICENSE)\n\n| x |\n|---|\n| y |\n");
        assert!(page.contains("<title>A &amp; b</title>"), "{page}");
        assert!(page.contains("<a href=\"/docs/compatibility\">here</a>, there") && page.contains("<td>y</td>"), "{page}");
        for (name, page) in PAGES.iter() {
            assert!(page.contains("<h1>"), "{name}");
            for link in page.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next()) {
                assert!(link.starts_with('/') || link.starts_with("http"), "{name}: {link}");
            }
        }
    }
}
