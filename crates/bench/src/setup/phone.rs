//! A person of the benchmark: signs up, opens the phone's socket as the page does, and calls again and again.

use std::time::{Duration, Instant};

use futures::{SinkExt as _, StreamExt as _};
use reqwest::Client;
use reqwest::header::SET_COOKIE;
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

use super::business::{Answered, Business};
use super::media::Media;
use crate::BenchFault;

/// Longest that a call may take to be set up.
const PATIENCE: Duration = Duration::from_secs(10);

/// The phone page's socket.
pub(crate) type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// Signs a person up and opens the socket.
pub(crate) async fn open(http: &Client, platform: &str, person: u32) -> Result<Socket, BenchFault> {
    let form = json!({ "number": format!("+55119{:08}", 55_500_000 + person), "name": format!("Caller {person}") });
    let reply = http.post(format!("{platform}/phone/api/sign-up")).json(&form).send().await?.error_for_status()?;
    let cookie = reply.headers().get(SET_COOKIE).and_then(|value| value.to_str().ok()).and_then(|value| value.split(';').next());
    let cookie = cookie.ok_or("signing up brought no session")?.parse()?;
    let address = format!("{}/phone/socket?tab=bench{person}", platform.replacen("http", "ws", 1));
    let mut request = address.into_client_request()?;
    request.headers_mut().insert("cookie", cookie);
    // Thousands of these are in one process.
    let config = WebSocketConfig::default().read_buffer_size(4096).write_buffer_size(0);
    let (socket, _) = tokio_tungstenite::connect_async_with_config(request, Some(config), true).await?;
    Ok(socket)
}

/// A person with an open phone.
pub(crate) struct Phone {
    socket: Socket,
    media: Media,
    business: Business,
    number: String,
    dials: u64,
    /// What is waited for, for whoever asks why it did not come.
    waiting_for: &'static str,
}

/// When a call got how far.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SetUp {
    /// The call button.
    pub dialled: Instant,
    /// The platform answered the phone.
    pub answered: Instant,
    /// The other side's view.
    pub business: Answered,
    /// The person hears the business.
    pub heard: Instant,
}

impl SetUp {
    /// First audio both ways.
    pub(crate) fn talking(&self) -> Instant {
        self.heard.max(self.business.heard)
    }
}

impl Phone {
    /// Signs up and opens the socket.
    pub(crate) async fn open(
        http: &Client,
        platform: &str,
        person: u32,
        business_number: &str,
        media: Media,
        business: Business,
    ) -> Result<Phone, BenchFault> {
        let socket = open(http, platform, person).await?;
        Ok(Phone { socket, media, business, number: business_number.to_owned(), dials: 0, waiting_for: "" })
    }

    /// One call: dials, talks, is hung up on, and sees the end of it.
    pub(crate) async fn call(&mut self) -> Result<SetUp, BenchFault> {
        let line = self.media.offer().await?;
        let number = line.number;
        let called = tokio::time::timeout(PATIENCE, self.call_on(line)).await;
        self.media.close(number);
        called.map_err(|_| format!("{} did not come in time", self.waiting_for))?
    }

    async fn call_on(&mut self, line: super::media::Line) -> Result<SetUp, BenchFault> {
        let dialled = Instant::now();
        self.dials += 1;
        let dial = json!({ "type": "dial", "dial": format!("d{}", self.dials), "number": self.number, "entry": "icon", "offer": line.sdp });
        self.say(&dial).await?;
        self.waiting_for = "the platform's answer to a dial";
        let answer = self.hear("dialled").await?;
        let answered = Instant::now();
        let text = |key: &str| answer[key].as_str().unwrap_or_default().to_owned();
        let call = text("call");
        self.media.take(line.number, text("answer")).await?;
        self.waiting_for = "the caller's voice at the business";
        let business = self.business.answered(&call).await?;
        self.waiting_for = "the business's voice at the phone";
        let heard = line.heard.await?;
        self.waiting_for = "the reply to terminate";
        self.business.terminate(&call, business).await?;
        self.waiting_for = "the end at the phone";
        self.hear("ended").await?;
        Ok(SetUp { dialled, answered, business, heard })
    }

    async fn say(&mut self, message: &Value) -> Result<(), BenchFault> {
        Ok(self.socket.send(Message::Text(message.to_string().into())).await?)
    }

    /// Waits for a message of this type.
    async fn hear(&mut self, wanted: &str) -> Result<Value, BenchFault> {
        while let Some(message) = self.socket.next().await {
            let Message::Text(text) = message? else { continue };
            let message: Value = serde_json::from_str(&text)?;
            match message["type"].as_str().unwrap_or_default() {
                "refused" | "problem" => return Err(format!("the phone was told: {}", message["text"]).into()),
                told if told == wanted => return Ok(message),
                _ => {}
            }
        }
        Err("the phone's socket was closed".into())
    }
}
