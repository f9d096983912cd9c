//! What page and server say to each other over the socket, as JSON text messages.
//!
//! These types are the truth; `web/phone/src/protocol-types.ts` is made from them, and a test compares. Either side passes over what it does not know, so that
//! both can grow.
//!
//! **Order.** The server speaks first: [`ServerMessage::Hello`] holds everything that a window shows, and comes again
//! whenever the socket does. Whatever a window missed is in it, so nothing is numbered.
//!
//! **Once only.** A dial and a text carry an id made by the page. The same id again is answered with the call or the message that
//! it made the first time; the page repeats both after every `hello` until it has an answer. So it may repeat `answer`, which
//! gives the window that won the sound anew, and `ringing`, `decline`, `delivered` and `read`, which then change nothing. A digit is
//! not repeated: one that comes late is worse than one that is missing. Hanging up what is over is no error.
//!
//! **One sound.** A call's sound is in one window: in the one that dialled, or in the one whose `answer` came first; where it rang
//! besides, it is `taken`. Another window of the same person may take the sound over (`rejoin`); the first is told (`moved`). The
//! same message renews the sound of a window whose path broke; its `attempt` is echoed, so that a late answer to an earlier
//! offer is not applied to a later one.
//!
//! **Devices.** Phones and companion phones call and are called, all of them at once. Web and desktop chat: of live calls they are told
//! nothing (platform docs, What users see).
//!
//! **Chats.** A message that is new or changed comes whole and replaces the one with its id. What runs out is told as what is left of
//! it, in milliseconds, because the clocks need not agree.

mod calls;
mod chats;
mod client;
mod server;

pub use calls::{CallDirection, CallView, LiveCall, Outcome, Recent, TakenHow};
pub use chats::{Choice, MessageStatus, ShownAuthor, ShownButton, ShownCard, ShownChat, ShownMessage, ShownPermission};
pub use client::{ClientMessage, Dial, TappedEntry};
pub use server::{Closed, Hello, Person, ServerMessage, SessionDevice, ShownBusiness, Why};

/// Longest message taken from a page, in bytes. A browser's offer has about 5 KB; the longest text, 4,096 characters, up to 24 KB.
pub const MAX_MESSAGE: usize = 64 * 1024;

/// Longest id that a page may make for a dial, a text or a window.
pub const MAX_PAGE_ID: usize = 64;

/// Close code of a socket whose session is over: sign in again.
pub const CLOSE_SIGNED_OUT: u16 = 4401;

/// Close code of a socket that made room for a newer one of its user: it comes back when its person does.
pub const CLOSE_TOO_MANY: u16 = 4429;

/// Whether a page may use this text as an id.
pub fn page_id(text: &str) -> bool {
    (1..=MAX_PAGE_ID).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}

#[cfg(test)]
mod tests;
#[cfg(test)]
mod typescript;
