//! `/phone/socket`: one WebSocket for each open window.
//!
//! A socket is opened for whoever asks from our own page; one without a session is told so and closed, because a browser does not
//! show a script why an upgrade failed.

mod dial;
mod pace;
mod window;

use std::time::Duration;

use axum::extract::ws::{CloseFrame, Message, WebSocket};
use axum::extract::{Query, State, WebSocketUpgrade};
use axum::http::header::{HOST, ORIGIN};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use crate::protocol::{CLOSE_SIGNED_OUT, MAX_MESSAGE, ServerMessage, page_id};
use crate::{Phone, session};

#[derive(Deserialize)]
pub(crate) struct Asked {
    /// The window's own name.
    tab: Option<String>,
}

/// What a socket reads at a time, in bytes: the library sets so much to zero before each read and keeps it. A browser's offer takes two.
const READ_BUFFER: usize = 4 * 1024;

/// What waits to be written, in bytes: several of the largest greetings. A window that does not read is gone before that.
const WRITE_BUFFER: usize = 8 * 1024 * 1024;

/// How long a socket that we close is heard out.
const HEARD_OUT: Duration = Duration::from_secs(5);

/// `GET /phone/socket?tab=…`.
pub(crate) async fn upgrade(
    State(phone): State<Phone>,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
    upgrade: WebSocketUpgrade,
) -> Response {
    if !from_our_page(&headers) {
        return (StatusCode::FORBIDDEN, "this socket is for the phone page only\n").into_response();
    }
    let upgrade = upgrade
        .max_message_size(MAX_MESSAGE)
        .max_frame_size(MAX_MESSAGE)
        .read_buffer_size(READ_BUFFER)
        .write_buffer_size(0) // a message is written whole at once
        .max_write_buffer_size(WRITE_BUFFER);
    let tab = asked.tab.filter(|tab| page_id(tab));
    let secret = session::presented(&headers).map(str::to_owned);
    let (Some(tab), Some(secret)) = (tab, secret) else {
        return upgrade.on_upgrade(turn_away);
    };
    upgrade.on_upgrade(move |socket| async move {
        match phone.engine.session_user(&secret).await {
            Ok(Some(signed_in)) => window::serve(socket, phone, window::Viewer { signed_in, secret }, tab).await,
            Ok(None) => turn_away(socket).await,
            // Closed without a word: the page comes back later.
            Err(fault) => tracing::error!(%fault, "a phone's session could not be read"),
        }
    })
}

/// Browsers send `Origin` with every upgrade and send cookies to us from any page: a foreign page must not ride on them. What is
/// no browser sends none, and brings no cookie that it was not given.
fn from_our_page(headers: &HeaderMap) -> bool {
    let Some(origin) = headers.get(ORIGIN) else { return true };
    let origin = origin.to_str().ok().and_then(|origin| origin.split_once("://")).map(|(_, host)| host);
    let host = headers.get(HOST).and_then(|host| host.to_str().ok());
    origin.is_some() && origin == host
}

async fn turn_away(mut socket: WebSocket) {
    let _ = socket.send(text(&ServerMessage::SignedOut)).await;
    say_goodbye(socket, CLOSE_SIGNED_OUT, "sign in again").await;
}

/// Closes a socket and tells why. What its page is still saying is heard and let go: the system resets a connection that is closed with
/// words unread, and a reset takes the reason away from the page that was told it.
async fn say_goodbye(mut socket: WebSocket, code: u16, reason: &'static str) {
    let close = Message::Close(Some(CloseFrame { code, reason: reason.into() }));
    let heard_out = async {
        let mut open = socket.send(close).await.is_ok();
        while open {
            open = matches!(socket.recv().await, Some(Ok(_)));
        }
    };
    let _ = tokio::time::timeout(HEARD_OUT, heard_out).await; // who says no goodbye by then has heard it or is not there
}

/// A message as it travels.
fn text(message: &ServerMessage) -> Message {
    // Strings, numbers and lists of them: serialization cannot fail.
    Message::Text(serde_json::to_string(message).unwrap_or_default().into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    #[test]
    fn refuses_other_people_s_pages() {
        let cases = [
            (None, "phone.example", true),
            (Some("https://phone.example"), "phone.example", true),
            (Some("http://127.0.0.1:8080"), "127.0.0.1:8080", true),
            (Some("http://127.0.0.1:9090"), "127.0.0.1:8080", false),
            (Some("https://evil.example"), "phone.example", false),
            (Some("https://phone.example.evil.example"), "phone.example", false),
            (Some("null"), "phone.example", false),
        ];
        for (origin, host, ours) in cases {
            let mut headers = HeaderMap::new();
            headers.insert(HOST, HeaderValue::from_static(host));
            if let Some(origin) = origin {
                headers.insert(ORIGIN, HeaderValue::from_static(origin));
            }
            assert_eq!(from_our_page(&headers), ours, "{origin:?} at {host}");
        }
    }
}
