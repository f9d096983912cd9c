//! What a page says. Nothing here can be printed: numbers, texts and SDP belong in no log.

use serde::Deserialize;

use super::Choice;

/// What a page says.
#[derive(Clone, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ClientMessage {
    /// Place a call.
    Dial(Dial),
    /// Forget a dial that was not answered yet; end the call if it came about.
    Cancel {
        /// The page's id of it.
        dial: String,
    },
    /// This device rings for a call of a business. Again changes nothing.
    Ringing {
        /// The call.
        call: String,
    },
    /// Pick up a call of a business.
    Answer {
        /// The call.
        call: String,
        /// The page's SDP offer.
        offer: String,
    },
    /// Decline a call of a business, for all devices.
    Decline {
        /// The call.
        call: String,
    },
    /// End a call, or give up before it is accepted.
    HangUp {
        /// The call.
        call: String,
    },
    /// Press one key: `0`–`9`, `*`, `#`.
    Digit {
        /// The call.
        call: String,
        /// One character.
        digit: String,
    },
    /// Bring the sound of a live call to this window, anew.
    Rejoin {
        /// The call.
        call: String,
        /// Counts this window's rejoins; echoed.
        attempt: u32,
        /// A new SDP offer.
        offer: String,
    },
    /// Write to a business.
    Say {
        /// Made by the page, like a dial's: the same id again is the same message.
        id: String,
        /// The business, as digits.
        number: String,
        /// 1 to 4,096 characters.
        text: String,
    },
    /// A message of a business reached this device.
    Delivered {
        /// The message.
        message: String,
    },
    /// A message of a business was on the screen, and so were all older ones of its chat.
    Read {
        /// The message.
        message: String,
    },
    /// Answer a request for call permission, or change the answer.
    Permit {
        /// The message that asks.
        message: String,
        /// The answer.
        choice: Choice,
    },
    /// Decide in the business's profile.
    SetPermission {
        /// The business, as digits.
        number: String,
        /// `deny` takes a permission back.
        choice: Choice,
    },
    /// Ask a business that takes no calls at this hour to call back.
    RequestCallback {
        /// The business, as digits.
        number: String,
    },
    /// Report a call: what the business did in it, or that it called at all.
    Report {
        /// The call.
        call: String,
    },
    /// Block a business, or do not any more.
    Block {
        /// The business, as digits.
        number: String,
        /// As it is to be.
        blocked: bool,
    },
    /// Tap a quick reply.
    Tap {
        /// The message that holds it.
        message: String,
        /// Its place among the buttons, from 0.
        button: usize,
    },
    /// Show older messages of a chat.
    Chat {
        /// The business, as digits.
        number: String,
        /// The oldest message that the page has; absent: the newest ones.
        #[cfg_attr(test, ts(optional))]
        before: Option<String>,
    },
    /// Are you there?
    Ping,
}

/// A wish to call.
#[derive(Clone, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Dial {
    /// Made by the page: 1 to [`MAX_PAGE_ID`](super::MAX_PAGE_ID) letters, digits or `-`.
    pub dial: String,
    /// The business, as digits with or without `+`.
    pub number: String,
    /// What was tapped.
    #[serde(default)]
    pub entry: TappedEntry,
    /// The page's SDP offer.
    pub offer: String,
    /// `biz_payload` of the deep link that led here.
    #[cfg_attr(test, ts(optional))]
    pub deeplink_payload: Option<String>,
    /// The message whose call button was tapped. Its payload is known here and goes with the call.
    #[cfg_attr(test, ts(optional))]
    pub message: Option<String>,
}

/// What was tapped to call. A message or a payload says more than this: then it was a button or a link.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(rename = "Entry"))]
#[serde(rename_all = "snake_case")]
pub enum TappedEntry {
    /// The call icon.
    #[default]
    Icon,
    /// The call log or the keypad.
    CallLog,
    /// The call screen that a deep link opened, with or without a payload.
    DeepLink,
}
