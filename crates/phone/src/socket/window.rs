//! One window: what it says goes to the engine, what concerns its user comes back.

use std::time::Duration;

use axum::extract::ws::{CloseFrame, Message, WebSocket};
use callport_core::call_id::CallId;
use callport_core::gate::DeviceKind;
use callport_engine::records::User;
use callport_engine::{Fault, PressRefusal, RejoinRefusal, UserEvent};
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::mpsc;
use tokio::time::Instant;

use super::dial::{self, Settled};
use super::pace::{Pace, Verdict};
use super::text;
use crate::desk::{Notice, Seat};
use crate::protocol::{CLOSE_SIGNED_OUT, CLOSE_TOO_MANY, ClientMessage, Dial, Recent, ServerMessage, page_id};
use crate::{Phone, view, words};

/// Outcomes of this window's dials that may wait to be told.
const DIALS: usize = 8;

/// A window that does not read for so long is gone.
const WRITTEN_WITHIN: Duration = Duration::from_secs(10);

/// RFC 6455 §7.4.1: a message that goes against our rules.
const CLOSE_POLICY: u16 = 1008;

/// RFC 6455 §7.4.1: our side failed.
const CLOSE_INTERNAL: u16 = 1011;

const NOT_UNDERSTOOD: &str = "The phone service did not understand this page. Reload it.";

/// Serves a window until it closes.
pub(super) async fn serve(mut socket: WebSocket, phone: Phone, (user, device): (User, DeviceKind), secret: String, tab: String) {
    let Some(seat) = phone.desks.sit(&phone.engine, &user.id) else {
        let _ = socket.send(close(CLOSE_TOO_MANY, "too many windows are open")).await;
        return;
    };
    let (settle, settled) = mpsc::channel(DIALS);
    Window { socket, phone, user, device, secret, tab, seat, settle, settled, pace: Pace::new(Instant::now()), recents: Vec::new() }
        .run()
        .await;
}

/// Why a window ends.
enum Over {
    /// It closed, or its network did.
    Gone,
    /// We close it.
    Close(u16, &'static str),
}

struct Window {
    socket: WebSocket,
    phone: Phone,
    user: User,
    device: DeviceKind,
    secret: String,
    tab: String,
    seat: Seat,
    settle: mpsc::Sender<Settled>,
    settled: mpsc::Receiver<Settled>,
    pace: Pace,
    /// The call log as the window shows it.
    recents: Vec<Recent>,
}

impl Window {
    async fn run(mut self) {
        if let Err(Over::Close(code, reason)) = self.converse().await {
            let _ = self.socket.send(close(code, reason)).await;
        }
    }

    async fn converse(&mut self) -> Result<(), Over> {
        // Listening begins before the look, so that nothing falls in between.
        let mut events = self.phone.engine.listen(&self.user.id);
        self.hello().await?;
        loop {
            tokio::select! {
                said = self.socket.recv() => match said {
                    Some(Ok(message)) => self.said(message).await?,
                    Some(Err(_)) | None => return Err(Over::Gone),
                },
                event = events.recv() => match event {
                    Ok(event) => self.happened(event).await?,
                    Err(RecvError::Lagged(_)) => self.hello().await?,
                    Err(RecvError::Closed) => return Err(Over::Gone),
                },
                notice = self.seat.notices.recv() => match notice {
                    Ok(notice) => self.noticed(notice).await?,
                    Err(RecvError::Lagged(_)) => self.hello().await?,
                    Err(RecvError::Closed) => return Err(Over::Gone),
                },
                Some(settled) = self.settled.recv() => self.settled(settled).await?,
            }
        }
    }

    /// Everything that the window shows.
    async fn hello(&mut self) -> Result<(), Over> {
        let hello = view::hello(&self.phone.engine, &self.user, &self.seat.shared, &self.tab).await;
        match hello {
            Ok(hello) => {
                self.recents.clone_from(&hello.recents);
                self.tell(ServerMessage::Hello(Box::new(hello))).await
            }
            Err(fault) => Err(failed(&fault)),
        }
    }

    async fn said(&mut self, message: Message) -> Result<(), Over> {
        let text = match message {
            Message::Text(text) => text,
            Message::Close(_) => return Err(Over::Gone),
            // The library answers pings; pages send no bytes.
            Message::Binary(_) | Message::Ping(_) | Message::Pong(_) => return self.allowed().await.map(|_| ()),
        };
        if !self.allowed().await? {
            return Ok(());
        }
        match serde_json::from_str(&text) {
            Ok(message) => self.follow(message).await,
            Err(_) => self.problem("unreadable", NOT_UNDERSTOOD).await,
        }
    }

    /// Whether the window keeps to the pace.
    async fn allowed(&mut self) -> Result<bool, Over> {
        match self.pace.message(Instant::now()) {
            Verdict::Fine => Ok(true),
            Verdict::TooFast => self.problem("too_fast", "That was too fast. Wait a moment.").await.map(|()| false),
            Verdict::Enough => Err(Over::Close(CLOSE_POLICY, "too many messages")),
        }
    }

    async fn follow(&mut self, message: ClientMessage) -> Result<(), Over> {
        match message {
            ClientMessage::Ping => self.tell(ServerMessage::Pong).await,
            ClientMessage::Dial(dial) => self.dial(dial).await,
            ClientMessage::Cancel { dial } if page_id(&dial) => match self.seat.shared.cancel(&dial) {
                Some(call) => self.hang_up(&call).await,
                None => Ok(()),
            },
            ClientMessage::HangUp { call } => match CallId::parse(&call) {
                Ok(call) => self.hang_up(&call).await,
                Err(_) => Ok(()), // what does not exist is over
            },
            ClientMessage::Digit { call, digit } => self.press(&call, &digit).await,
            ClientMessage::Rejoin { call, attempt, offer } => self.rejoin(call, attempt, offer).await,
            ClientMessage::Cancel { .. } => self.problem("bad_id", NOT_UNDERSTOOD).await,
        }
    }

    async fn dial(&mut self, dial: Dial) -> Result<(), Over> {
        if !page_id(&dial.dial) {
            return self.problem("bad_id", NOT_UNDERSTOOD).await;
        }
        // The session may have ended since the socket was opened.
        match self.phone.engine.session_user(&self.secret).await {
            Ok(Some((user, device))) => (self.user, self.device) = (user, device),
            Ok(None) => return self.signed_out().await,
            Err(fault) => return Err(failed(&fault)),
        }
        dial::answer(&self.phone, (&self.user, self.device), &self.seat.shared, &self.tab, dial, self.settle.clone());
        Ok(())
    }

    async fn settled(&mut self, settled: Settled) -> Result<(), Over> {
        let told = dial::told(&self.phone.engine, &self.user, &self.seat.shared, settled).await;
        for message in told.map_err(|fault| failed(&fault))? {
            self.tell(message).await?;
        }
        Ok(())
    }

    async fn hang_up(&mut self, call: &CallId) -> Result<(), Over> {
        match self.phone.engine.hang_up(&self.user.id, call).await {
            Ok(()) => Ok(()),
            Err(fault) => {
                tracing::error!(call = call.short(), %fault, "a hang-up failed");
                self.problem("fault", "The call could not be ended. Try again.").await
            }
        }
    }

    async fn press(&mut self, call: &str, digit: &str) -> Result<(), Over> {
        let mut characters = digit.chars();
        let (Ok(call), Some(digit), None) = (CallId::parse(call), characters.next(), characters.next()) else {
            return self.problem("bad_digit", NOT_UNDERSTOOD).await;
        };
        match self.phone.engine.press(&self.user.id, &call, digit).await {
            Ok(()) | Err(PressRefusal::UnknownCall) => Ok(()), // a key pressed as the call ends is nobody's mistake
            Err(PressRefusal::NotADigit) => self.problem("bad_digit", NOT_UNDERSTOOD).await,
        }
    }

    async fn rejoin(&mut self, call: String, attempt: u32, offer: String) -> Result<(), Over> {
        let result = match CallId::parse(&call) {
            Ok(id) => self.phone.engine.rejoin(&self.user.id, &id, offer).await.map(|answer| (id, answer)),
            Err(_) => Err(RejoinRefusal::UnknownCall),
        };
        match result {
            Ok((id, answer)) => {
                self.seat.shared.hold(&id, &self.tab);
                self.tell(ServerMessage::Rejoined { call, attempt, answer }).await
            }
            Err(refusal) => {
                let (reason, text) = words::rejoin_refused(&refusal);
                self.tell(ServerMessage::RejoinRefused { call, attempt, reason, text: text.to_owned() }).await
            }
        }
    }

    async fn happened(&mut self, event: UserEvent) -> Result<(), Over> {
        match event {
            UserEvent::View { call, view, since, .. } => match view::shown(&self.phone.engine, call.as_str(), view, since) {
                Some(message) => self.tell(message).await,
                None => Ok(()),
            },
            UserEvent::Media { call, path_open, audio_both_ways } => {
                self.tell(ServerMessage::Media { call: call.as_str().to_owned(), path_open, audio_both_ways }).await
            }
            UserEvent::Ended { call, reason, seconds } => {
                self.tell(view::ended(call.as_str(), reason, seconds)).await?;
                // Every other call of the log is known from the greeting: one row is read, not fifty.
                let before = std::mem::take(&mut self.recents);
                self.recents = view::with_ended(&self.phone.engine, before, &call).await.map_err(|fault| failed(&fault))?;
                let recents = self.recents.clone();
                self.tell(ServerMessage::Recents { recents }).await
            }
            UserEvent::Message(_) | UserEvent::Permission { .. } => Ok(()),
            UserEvent::BusinessesChanged => {
                let businesses = view::businesses(&self.phone.engine, &self.user).await.map_err(|fault| failed(&fault))?;
                self.tell(ServerMessage::Businesses { businesses }).await
            }
        }
    }

    async fn noticed(&mut self, notice: Notice) -> Result<(), Over> {
        match notice {
            Notice::Holds { call, tab } if tab != self.tab => self.tell(ServerMessage::Moved { call: call.as_str().to_owned() }).await,
            Notice::SignedOut { secret } if secret == self.secret => self.signed_out().await,
            Notice::Holds { .. } | Notice::SignedOut { .. } => Ok(()),
        }
    }

    async fn signed_out(&mut self) -> Result<(), Over> {
        self.tell(ServerMessage::SignedOut).await?;
        Err(Over::Close(CLOSE_SIGNED_OUT, "sign in again"))
    }

    async fn problem(&mut self, reason: &'static str, said: &str) -> Result<(), Over> {
        self.tell(ServerMessage::Problem { reason, text: said.to_owned() }).await
    }

    async fn tell(&mut self, message: ServerMessage) -> Result<(), Over> {
        match tokio::time::timeout(WRITTEN_WITHIN, self.socket.send(text(&message))).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) | Err(_) => Err(Over::Gone),
        }
    }
}

/// The page comes back by itself and asks again.
fn failed(fault: &Fault) -> Over {
    tracing::error!(%fault, "a phone could not be told its state");
    Over::Close(CLOSE_INTERNAL, "try again")
}

fn close(code: u16, reason: &'static str) -> Message {
    Message::Close(Some(CloseFrame { code, reason: reason.into() }))
}
