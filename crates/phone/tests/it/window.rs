//! An open window, as a page has it.

use axum::http::StatusCode;
use futures::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

use crate::world::{PATIENCE, World};

pub(crate) struct Window(WebSocketStream<MaybeTlsStream<TcpStream>>);

/// Where a world can be reached.
pub(crate) struct Place(std::net::SocketAddr);

impl Place {
    pub(crate) async fn of(world: &World) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let router = world.router.clone();
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self(address)
    }

    pub(crate) async fn try_open(&self, tab: &str, headers: &[(&'static str, &str)]) -> Result<Window, StatusCode> {
        let mut request = format!("ws://{}/phone/socket?tab={tab}", self.0).into_client_request().unwrap();
        for (name, value) in headers {
            request.headers_mut().insert(*name, value.parse().unwrap());
        }
        match tokio_tungstenite::connect_async(request).await {
            Ok((socket, _)) => Ok(Window(socket)),
            Err(Error::Http(reply)) => Err(reply.status()),
            Err(error) => panic!("{error}"),
        }
    }

    pub(crate) async fn open(&self, tab: &str, cookie: &str) -> Window {
        self.try_open(tab, &[("cookie", cookie)]).await.unwrap()
    }

    /// A window that has been greeted, and the greeting.
    pub(crate) async fn greeted(&self, tab: &str, cookie: &str) -> (Window, Value) {
        let mut window = self.open(tab, cookie).await;
        let hello = window.next().await;
        assert_eq!(hello["type"], "hello");
        (window, hello)
    }
}

impl Window {
    /// Whether the server ends it without a close message.
    pub(crate) async fn ends_without_a_word(&mut self) -> bool {
        loop {
            match tokio::time::timeout(PATIENCE, self.0.next()).await.expect("an end comes") {
                Some(Ok(Message::Close(_))) => return false,
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return true,
            }
        }
    }

    /// Waits until the server asks whether the window is there; reading answers it.
    pub(crate) async fn pinged(&mut self) {
        while !matches!(tokio::time::timeout(PATIENCE, self.0.next()).await.expect("a ping comes").unwrap().unwrap(), Message::Ping(_)) {}
    }

    pub(crate) async fn say(&mut self, message: Value) {
        self.send(Message::text(message.to_string())).await;
    }

    pub(crate) async fn send(&mut self, message: Message) {
        // A server that closes meanwhile is what the next read shows.
        let _ = self.0.send(message).await;
    }

    pub(crate) async fn dial(&mut self, dial: &str, number: &str) {
        self.say(json!({"type": "dial", "dial": dial, "number": number, "offer": "o"})).await;
    }

    /// The next message of the server, or how it closed.
    pub(crate) async fn read(&mut self) -> Result<Value, u16> {
        loop {
            match tokio::time::timeout(PATIENCE, self.0.next()).await.expect("the server says something") {
                Some(Ok(Message::Text(text))) => return Ok(serde_json::from_str(&text).unwrap()),
                Some(Ok(Message::Close(frame))) => return Err(frame.map_or(1005, |frame| frame.code.into())),
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return Err(1006),
            }
        }
    }

    pub(crate) async fn next(&mut self) -> Value {
        self.read().await.expect("a message")
    }

    /// The next message of this type; others are passed over.
    pub(crate) async fn until(&mut self, kind: &str) -> Value {
        loop {
            let message = self.next().await;
            if message["type"] == kind {
                return message;
            }
        }
    }

    /// Nothing but this comes before the answer to a ping.
    pub(crate) async fn until_pong(&mut self) -> Vec<Value> {
        self.say(json!({"type": "ping"})).await;
        let mut before = Vec::new();
        loop {
            match self.next().await {
                message if message["type"] == "pong" => return before,
                message => before.push(message),
            }
        }
    }
}
