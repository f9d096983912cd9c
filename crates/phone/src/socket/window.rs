//! One window: what it says goes to the engine, what concerns its user comes back.

mod calls;
mod chats;

use std::time::Duration;

use axum::body::Bytes;
use axum::extract::ws::{Message, WebSocket};
use callport_core::call_id::CallId;
use callport_core::gate::DeviceKind;
use callport_engine::records::{Session, User};
use callport_engine::{Fault, SignedIn, UserCall, UserEvent};
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until};

use super::dial::Settled;
use super::pace::{Pace, Pacing};
use super::{say_goodbye, text};
use crate::desk::{DeskNotice, Seat};
use crate::protocol::{CLOSE_SIGNED_OUT, CLOSE_TOO_MANY, ClientMessage, Hello, ServerMessage, page_id};
use crate::{Phone, view, words};
use calls::Screen;
use chats::Watch;

/// Outcomes of this window's dials that may wait to be told.
const DIALS: usize = 8;

/// A window that does not read for so long is gone.
const WRITTEN_WITHIN: Duration = Duration::from_secs(10);

/// RFC 6455 §7.4.1: a message that goes against our rules.
const CLOSE_POLICY: u16 = 1008;

/// RFC 6455 §7.4.1: our side failed.
const CLOSE_INTERNAL: u16 = 1011;

const NOT_UNDERSTOOD: &str = "The phone service did not understand this page. Reload it.";

/// Who looks at a window: a session.
pub(super) struct Viewer {
    pub(super) signed_in: SignedIn,
    pub(super) secret: String,
}

/// Serves a window until it closes.
pub(super) async fn serve(socket: WebSocket, phone: Phone, viewer: Viewer, tab: String) {
    let Viewer { signed_in: SignedIn { user, session }, secret } = viewer;
    let seat = phone.desks.sit(&phone.engine, &user.id, &tab);
    let (settle, settled) = mpsc::channel(DIALS);
    let (heard, pinged) = (Instant::now(), Instant::now());
    let pace = Pace::new(heard);
    let (screen, watch) = (None, Watch::default());
    let device = session.device;
    let window = Window { socket, phone, user, device, session, secret, tab, seat, settle, settled, heard, pinged, pace, screen, watch };
    window.run().await;
}

/// Why a window ends.
enum Over {
    /// It closed, or its network did.
    Gone,
    /// We close it.
    Close(u16, &'static str),
}

/// Its methods that wait take `&mut self` throughout: a socket cannot be lent to two threads.
struct Window {
    socket: WebSocket,
    phone: Phone,
    user: User,
    device: DeviceKind,
    session: Session,
    secret: String,
    tab: String,
    seat: Seat,
    settle: mpsc::Sender<Settled>,
    settled: mpsc::Receiver<Settled>,
    /// When anything came last, and when the window was last asked whether it is there.
    heard: Instant,
    pinged: Instant,
    pace: Pace,
    /// The live call as the window shows it.
    screen: Option<Screen>,
    /// What of the chats changes by itself.
    watch: Watch,
}

impl Window {
    async fn run(mut self) {
        if let Err(Over::Close(code, reason)) = self.converse().await {
            let Window { socket, seat, .. } = self;
            drop(seat); // another window may have it while this one is heard out
            say_goodbye(socket, code, reason).await;
        }
    }

    async fn converse(&mut self) -> Result<(), Over> {
        let engine = self.phone.engine.clone();
        // Listening begins before the look, so that nothing falls in between.
        let mut events = engine.listen(&self.user.id);
        self.still_signed_in().await?; // it may have ended while the socket was on its way
        self.hello().await?;
        loop {
            let (runs_out, ends) = (self.watch.runs_out(), self.session.expires_at);
            tokio::select! {
                said = self.socket.recv() => match said {
                    Some(Ok(message)) => {
                        self.heard = Instant::now();
                        self.said(message).await?;
                    }
                    Some(Err(_)) | None => return Err(Over::Gone),
                },
                event = events.recv() => match event {
                    Ok(event) => self.happened(event).await?,
                    Err(RecvError::Lagged(_)) => {
                        self.still_signed_in().await?;
                        self.hello().await?;
                    }
                    Err(RecvError::Closed) => return Err(Over::Gone),
                },
                notice = self.seat.notices.recv() => match notice {
                    Ok(notice) => self.noticed(notice).await?,
                    Err(RecvError::Lagged(_)) => self.hello().await?,
                    Err(RecvError::Closed) => return Err(Over::Gone),
                },
                Some(settled) = self.settled.recv() => self.settled(settled).await?,
                () = self.seat.leave.notified() => return self.make_room().await,
                () = sleep_until(self.heard + self.phone.config.silent_for) => return Err(Over::Gone),
                () = sleep_until(self.pinged + self.phone.config.ping_every) => self.ping().await?,
                () = until(&engine, Some(ends)) => self.signed_out().await?,
                () = until(&engine, runs_out) => self.permissions_ran_out().await?,
            }
        }
    }

    /// Everything that the window shows.
    async fn hello(&mut self) -> Result<(), Over> {
        let hello = self.greeting().await.map_err(|fault| failed(&fault))?;
        self.tell(ServerMessage::Hello(Box::new(hello))).await
    }

    async fn greeting(&mut self) -> Result<Hello, Fault> {
        let engine = &self.phone.engine;
        let chats = engine.chats(&self.user.id).await?;
        let call = engine.current_call(&self.user.id).filter(|_| self.device.may_call());
        (self.screen, self.watch) = (call.as_ref().map(Screen::of), Watch::over(&chats, engine.now()));
        view::hello(engine, (&self.user, self.device), (&self.seat.shared, &self.tab), &chats, call.as_ref()).await
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
            Pacing::Fine => Ok(true),
            Pacing::TooFast => self.problem("too_fast", "That was too fast. Wait a moment.").await.map(|()| false),
            Pacing::Enough => Err(Over::Close(CLOSE_POLICY, "too many messages")),
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
            ClientMessage::Cancel { .. } => self.problem("bad_id", NOT_UNDERSTOOD).await,
            ClientMessage::Ringing { call } => self.rings(&call).await,
            ClientMessage::Answer { call, offer } => self.answer(call, offer).await,
            ClientMessage::Decline { call } => self.decline(&call).await,
            ClientMessage::HangUp { call } => match CallId::parse(&call) {
                Ok(call) => self.hang_up(&call).await,
                Err(_) => Ok(()), // what does not exist is over
            },
            ClientMessage::Digit { call, digit } => self.press(&call, &digit).await,
            ClientMessage::Rejoin { call, attempt, offer } => self.rejoin(call, attempt, offer).await,
            ClientMessage::Say { id, number, text } => self.say(id, &number, &text).await,
            ClientMessage::Delivered { message } => self.received(&message, callport_engine::Receipt::Delivered).await,
            ClientMessage::Read { message } => self.received(&message, callport_engine::Receipt::Read).await,
            ClientMessage::Permit { message, choice } => self.permit(&message, choice).await,
            ClientMessage::SetPermission { number, choice } => self.set_permission(&number, choice).await,
            ClientMessage::RequestCallback { number } => self.request_callback(&number).await,
            ClientMessage::Report { call } => self.report(call).await,
            ClientMessage::Block { number, blocked } => self.block(&number, blocked).await,
            ClientMessage::Tap { message, button } => self.tap(&message, button).await,
            ClientMessage::Chat { number, before } => self.older(&number, before.as_deref()).await,
        }
    }

    async fn happened(&mut self, event: UserEvent) -> Result<(), Over> {
        match event {
            UserEvent::View(UserCall { call, number, view, since, .. }) => self.view(call, &number, view, since).await,
            UserEvent::Media { call, path_open, audio_both_ways } if self.shows(&call) => {
                self.tell(ServerMessage::Media { call: call.as_str().to_owned(), path_open, audio_both_ways }).await
            }
            UserEvent::Media { .. } => Ok(()),
            UserEvent::Ended { call, .. } => self.ended(&call).await,
            UserEvent::Message(message) => self.message(*message).await,
            UserEvent::Permission { number, .. } => self.permission(&number).await,
            UserEvent::Renumbered => {
                self.still_signed_in().await?;
                self.hello().await
            }
            UserEvent::BusinessGone => self.hello().await,
            UserEvent::Blocked { number, blocked } => self.blocked(&number, blocked).await,
            UserEvent::SignedOut { session } if session.is_none_or(|session| session == self.session.hash) => self.signed_out().await,
            UserEvent::SignedOut { .. } => Ok(()),
            UserEvent::BusinessesChanged => {
                let businesses = view::businesses(&self.phone.engine, &self.user).await.map_err(|fault| failed(&fault))?;
                self.tell(ServerMessage::Businesses { businesses }).await
            }
        }
    }

    async fn noticed(&mut self, notice: DeskNotice) -> Result<(), Over> {
        match notice {
            DeskNotice::Holds { call, tab } if tab != self.tab && self.device.may_call() => {
                self.tell(ServerMessage::Moved { call: call.as_str().to_owned() }).await
            }
            DeskNotice::Holds { .. } => Ok(()),
        }
    }

    /// The session may have ended since the socket was opened: whoever acts is asked again.
    async fn still_signed_in(&mut self) -> Result<(), Over> {
        match self.phone.engine.session_user(&self.secret).await {
            Ok(Some(SignedIn { user, session })) => {
                (self.user, self.device, self.session) = (user, session.device, session);
                Ok(())
            }
            Ok(None) => self.signed_out().await,
            Err(fault) => Err(failed(&fault)),
        }
    }

    async fn signed_out(&mut self) -> Result<(), Over> {
        self.tell(ServerMessage::SignedOut).await?;
        Err(Over::Close(CLOSE_SIGNED_OUT, "sign in again"))
    }

    /// The oldest of too many windows makes room, and its person learns why.
    async fn make_room(&mut self) -> Result<(), Over> {
        self.problem("too_many_windows", words::TOO_MANY_WINDOWS).await?;
        Err(Over::Close(CLOSE_TOO_MANY, "opened in too many windows"))
    }

    /// A network that went away tells nobody; the browser answers by itself while it is there.
    async fn ping(&mut self) -> Result<(), Over> {
        self.pinged = Instant::now();
        self.write(Message::Ping(Bytes::new())).await
    }

    async fn problem(&mut self, reason: &'static str, said: &str) -> Result<(), Over> {
        self.tell(ServerMessage::Problem { reason, text: said.to_owned() }).await
    }

    /// Our side failed; what was asked may be asked again.
    async fn fault(&mut self, fault: &Fault) -> Result<(), Over> {
        tracing::error!(%fault, "a request from a phone page failed on our side");
        self.problem("fault", words::FAULT).await
    }

    async fn tell(&mut self, message: ServerMessage) -> Result<(), Over> {
        self.write(text(&message)).await
    }

    async fn write(&mut self, message: Message) -> Result<(), Over> {
        match tokio::time::timeout(WRITTEN_WITHIN, self.socket.send(message)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) | Err(_) => Err(Over::Gone),
        }
    }
}

/// Sleeps on the platform's calendar, which may be moved.
async fn until(engine: &callport_engine::Engine, at: Option<callport_core::time::WallTime>) {
    match at {
        Some(at) => engine.sleep_until(at).await,
        None => std::future::pending().await,
    }
}

/// The page comes back by itself and asks again.
fn failed(fault: &Fault) -> Over {
    tracing::error!(%fault, "a phone page could not be sent its calls and chats");
    Over::Close(CLOSE_INTERNAL, "try again")
}
