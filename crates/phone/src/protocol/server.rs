//! What the server says.

use callport_core::gate::DeviceKind;
use serde::Serialize;

use super::{LiveCall, Outcome, Recent, ShownChat, ShownMessage, ShownPermission, TakenHow};

/// What the server says.
#[derive(Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ServerMessage {
    /// Everything that a window shows.
    Hello(Box<Hello>),
    /// The list of businesses changed.
    Businesses {
        /// All of them.
        businesses: Vec<ShownBusiness>,
    },
    /// A call has ended: a new line of the call log, or a line as it is now.
    Recent {
        /// The line.
        recent: Recent,
    },
    /// The call exists. Its view follows.
    Dialled {
        /// The page's id.
        dial: String,
        /// The call.
        call: String,
        /// The SDP answer.
        answer: String,
    },
    /// The call was not placed.
    Refused {
        /// The page's id.
        dial: String,
        /// A stable word.
        reason: &'static str,
        /// For the person.
        text: String,
        /// The business takes no calls at this hour.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[cfg_attr(test, ts(optional))]
        closed: Option<Closed>,
    },
    /// A business calls: ring.
    Incoming {
        /// The call.
        call: String,
        /// Who calls.
        #[serde(flatten)]
        person: Person,
    },
    /// The `answer` of this window won. `connected` follows.
    Answered {
        /// The call.
        call: String,
        /// The SDP answer.
        answer: String,
    },
    /// The call was not picked up here. After `media` it still rings.
    AnswerRefused {
        /// The call.
        call: String,
        /// A stable word.
        reason: &'static str,
        /// For the person.
        text: String,
    },
    /// Another window answered or declined: stop ringing.
    Taken {
        /// The call.
        call: String,
        /// Which of the two.
        how: TakenHow,
    },
    /// "Calling X".
    Calling {
        /// The call.
        call: String,
    },
    /// "Ringing X": the business pre-accepted.
    Ringing {
        /// The call.
        call: String,
    },
    /// The timer runs.
    Connected {
        /// The call.
        call: String,
        /// For how long already. Not a moment: the clocks need not agree.
        elapsed_ms: u64,
    },
    /// How far the sound is.
    Media {
        /// The call.
        call: String,
        /// ICE and DTLS are up on both legs.
        path_open: bool,
        /// RTP comes from both sides.
        audio_both_ways: bool,
    },
    /// The call is over.
    Ended {
        /// The call.
        call: String,
        /// A stable word.
        reason: &'static str,
        /// What kind of end.
        outcome: Outcome,
        /// For the person.
        text: String,
        /// Whole seconds talked; absent when it was not picked up.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[cfg_attr(test, ts(optional))]
        duration: Option<u64>,
    },
    /// The sound is in this window now.
    Rejoined {
        /// The call.
        call: String,
        /// As asked.
        attempt: u32,
        /// The SDP answer.
        answer: String,
    },
    /// The sound could not be brought here.
    RejoinRefused {
        /// The call.
        call: String,
        /// As asked.
        attempt: u32,
        /// A stable word.
        reason: &'static str,
        /// For the person.
        text: String,
    },
    /// The sound went to another window.
    Moved {
        /// The call.
        call: String,
    },
    /// A message is new or changed.
    Message {
        /// The business, as digits.
        number: String,
        /// As it is now.
        message: Box<ShownMessage>,
        /// The page's id of what it said; to the window that said it only.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[cfg_attr(test, ts(optional))]
        echo: Option<String>,
    },
    /// A text was not taken.
    NotSent {
        /// The page's id.
        id: String,
        /// A stable word.
        reason: &'static str,
        /// For the person.
        text: String,
    },
    /// What a business may do, as it is now.
    Permission {
        /// The business, as digits.
        number: String,
        /// As it is now.
        permission: ShownPermission,
    },
    /// The person blocks a business, or does not any more.
    Blocked {
        /// The business, as digits.
        number: String,
        /// As it is now.
        blocked: bool,
    },
    /// A call was reported.
    Reported {
        /// The call.
        call: String,
    },
    /// Older messages of a chat.
    Chat {
        /// The business, as digits.
        number: String,
        /// Oldest first.
        messages: Vec<ShownMessage>,
        /// There are older ones still.
        more: bool,
    },
    /// A message could not be followed.
    Problem {
        /// A stable word.
        reason: &'static str,
        /// For the person.
        text: String,
    },
    /// The session is over; the socket closes.
    SignedOut,
    /// I am.
    Pong,
}

/// Everything that a window shows.
#[derive(Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Hello {
    /// Whose phone it is.
    pub user: Person,
    /// What this window's session stands for.
    pub device: SessionDevice,
    /// The businesses that can be seen.
    pub businesses: Vec<ShownBusiness>,
    /// The call log, newest first.
    pub recents: Vec<Recent>,
    /// The live call of this person, in whichever window its sound is. Never on a device that cannot call.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub call: Option<LiveCall>,
    /// Every chat, with its newest messages.
    pub chats: Vec<ShownChat>,
}

/// What a session stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(rename = "Device"))]
#[serde(rename_all = "snake_case")]
pub enum SessionDevice {
    /// The primary phone.
    Phone,
    /// A companion phone.
    Companion,
    /// A web client: chats only.
    Web,
    /// A desktop client: chats only.
    Desktop,
}

impl From<DeviceKind> for SessionDevice {
    fn from(kind: DeviceKind) -> Self {
        match kind {
            DeviceKind::Phone => Self::Phone,
            DeviceKind::Companion => Self::Companion,
            DeviceKind::Web => Self::Web,
            DeviceKind::Desktop => Self::Desktop,
        }
    }
}

/// A number and a name.
#[derive(Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Person {
    /// Digits without `+`.
    pub number: String,
    /// As people write it.
    pub display: String,
    /// The name.
    pub name: String,
}

/// A business on the list.
#[derive(Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(rename = "Business"))]
pub struct ShownBusiness {
    /// Who it is.
    #[serde(flatten)]
    pub person: Person,
    /// Why the call icon is hidden; absent when it shows.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub icon_hidden: Option<Why>,
    /// Whether a call from the call log or the keypad may be tried.
    pub callable_from_log: bool,
}

/// What a person can do about a business that takes no calls at this hour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Closed {
    /// The moment it is here, in unix seconds: the clocks need not agree.
    pub now: i64,
    /// When it takes calls next, in unix seconds; absent when that is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub opens_at: Option<i64>,
    /// It can be asked to call back.
    pub callback: bool,
}

/// A reason: a stable word, and a sentence for the person.
#[derive(Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Why {
    /// The word.
    pub reason: &'static str,
    /// The sentence.
    pub text: String,
}
