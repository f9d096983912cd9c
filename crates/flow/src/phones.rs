//! What a user's phones show.

use callport_core::call::{EndReason, UserView};
use callport_core::call_id::{CallId, Direction};
use callport_core::ids::PhoneNumberId;
use callport_core::pair::Permission;
use callport_core::time::WallTime;
use callport_core::token::SecretHash;

use crate::records::Message;

/// Something that a phone shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UserEvent {
    /// The screen of a call changes.
    View(UserCall),
    /// What is known of the audio path.
    Media {
        /// The call.
        call: CallId,
        /// ICE and DTLS are up on both legs.
        path_open: bool,
        /// RTP comes from both sides.
        audio_both_ways: bool,
    },
    /// The call is over.
    Ended {
        /// The call.
        call: CallId,
        /// Why.
        reason: EndReason,
        /// Seconds talked; `None` when it was not picked up.
        seconds: Option<u64>,
    },
    /// A message of a chat, new or changed.
    Message(Box<Message>),
    /// What a business number may do changed.
    Permission {
        /// The number.
        number: PhoneNumberId,
        /// As it is now.
        permission: Permission,
    },
    /// The user blocks a business, or does not any more.
    Blocked {
        /// The number.
        number: PhoneNumberId,
        /// As it is now.
        blocked: bool,
    },
    /// The user has another number.
    Renumbered,
    /// A session is over, or all of the user's: whoever shows something by it stops.
    SignedOut {
        /// Which; `None`: all.
        session: Option<SecretHash>,
    },
    /// A business changed: ask for the list again.
    BusinessesChanged,
    /// A business is gone, and with it its chats: ask for everything again.
    BusinessGone,
}

/// A user's call as a phone shows it, also when the phone connects again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserCall {
    /// The call.
    pub call: CallId,
    /// With whom.
    pub number: PhoneNumberId,
    /// Who placed it.
    pub direction: Direction,
    /// What to show.
    pub view: UserView,
    /// When it was accepted or picked up, once it was.
    pub since: Option<WallTime>,
}
