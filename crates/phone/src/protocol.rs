//! What page and server say to each other over the socket, as JSON text messages.
//!
//! These types are the truth; `web/phone/src/protocol.ts` mirrors them. Either side passes over what it does not know, so that
//! both can grow.
//!
//! **Order.** The server speaks first: [`ServerMessage::Hello`] holds everything that a window shows, and comes again
//! whenever the socket does. Whatever a window missed is in it, so no message is numbered or acknowledged.
//!
//! **Once only.** A dial carries an id made by the page. The same id again is answered with the call that it made the first
//! time; the page repeats it after every `hello` until it has an answer. A digit is not repeated: one that comes late is worse than
//! one that is missing. Hanging up what is over is no error.
//!
//! **One sound.** A call's sound is in one window. Another window of the same person may take it over (`rejoin`); the first is
//! told (`moved`). The same message renews the sound of a window whose path broke; its `attempt` is echoed, so that a late answer to
//! an earlier offer is not applied to a later one.

use serde::{Deserialize, Serialize};

/// Longest message taken from a page, in bytes. A browser's offer has about 5 KB.
pub const MAX_MESSAGE: usize = 64 * 1024;

/// Longest id that a page may make for a dial or a window.
pub const MAX_PAGE_ID: usize = 64;

/// Close code of a socket whose session is over: sign in again.
pub const CLOSE_SIGNED_OUT: u16 = 4401;

/// Close code of a socket that is one too many for its user.
pub const CLOSE_TOO_MANY: u16 = 4429;

/// What a page says.
#[derive(Debug, Clone, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ClientMessage {
    /// Place a call.
    Dial(Dial),
    /// Forget a dial that was not answered yet; end the call if it came about.
    Cancel {
        /// The page's id of it.
        dial: String,
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
    /// Are you there?
    Ping,
}

/// A wish to call.
#[derive(Clone, Deserialize)]
pub struct Dial {
    /// Made by the page: 1 to [`MAX_PAGE_ID`] letters, digits or `-`.
    pub dial: String,
    /// The business, as digits with or without `+`.
    pub number: String,
    /// What was tapped.
    #[serde(default)]
    pub entry: Entry,
    /// The page's SDP offer.
    pub offer: String,
    /// `biz_payload` of the deep link that led here.
    pub deeplink_payload: Option<String>,
    /// The message whose call button was tapped: its payload is known here.
    pub message: Option<String>,
}

/// Neither numbers nor SDP belong in a log.
impl std::fmt::Debug for Dial {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "dial {:?}", self.entry)
    }
}

/// What was tapped to call. A payload says more than this: with one, it was a link or a button.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Entry {
    /// The call icon.
    #[default]
    Icon,
    /// The call log or the keypad.
    CallLog,
    /// The call screen that a deep link opened, with or without a payload.
    DeepLink,
}

/// What the server says.
#[derive(Clone, PartialEq, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ServerMessage {
    /// Everything that a window shows.
    Hello(Box<Hello>),
    /// The list of businesses changed.
    Businesses {
        /// All of them.
        businesses: Vec<Business>,
    },
    /// The call log changed.
    Recents {
        /// Newest first.
        recents: Vec<Recent>,
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
pub struct Hello {
    /// Whose phone it is.
    pub user: Person,
    /// The businesses that can be seen.
    pub businesses: Vec<Business>,
    /// The call log, newest first.
    pub recents: Vec<Recent>,
    /// The live call of this person, in whichever window its sound is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub call: Option<LiveCall>,
}

/// A number and a name.
#[derive(Clone, PartialEq, Serialize)]
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
pub struct Business {
    /// Who it is.
    #[serde(flatten)]
    pub person: Person,
    /// Why the call icon is hidden; absent when it shows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub icon_hidden: Option<Why>,
    /// Whether a call from the call log or the keypad may be tried.
    pub callable_from_log: bool,
}

/// A reason: a stable word, and a sentence for the person.
#[derive(Clone, PartialEq, Serialize)]
pub struct Why {
    /// The word.
    pub reason: &'static str,
    /// The sentence.
    pub text: String,
}

/// A past call.
#[derive(Clone, PartialEq, Serialize)]
pub struct Recent {
    /// With whom.
    #[serde(flatten)]
    pub person: Person,
    /// The call.
    pub call: String,
    /// When it was placed, in unix seconds.
    pub at: i64,
    /// What kind of end.
    pub outcome: Outcome,
    /// For the person.
    pub text: String,
    /// Whole seconds talked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub duration: Option<u64>,
}

/// How a call ended, as a call log shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Picked up.
    Answered,
    /// Nobody picked up.
    NotAnswered,
    /// The business said no.
    Declined,
    /// The person gave up first.
    Cancelled,
    /// Something broke.
    Failed,
}

/// A live call.
#[derive(Clone, PartialEq, Serialize)]
pub struct LiveCall {
    /// With whom.
    #[serde(flatten)]
    pub person: Person,
    /// The call.
    pub call: String,
    /// The page's id, when a page dialled it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dial: Option<String>,
    /// What the screen says.
    pub view: View,
    /// Since it connected.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub elapsed_ms: Option<u64>,
    /// ICE and DTLS are up on both legs.
    pub path_open: bool,
    /// RTP comes from both sides.
    pub audio_both_ways: bool,
    /// The sound is in this window.
    pub here: bool,
}

/// What the screen of a live call says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum View {
    /// "X is calling": it rings.
    Incoming,
    /// "Calling X".
    Calling,
    /// "Ringing X".
    Ringing,
    /// The timer.
    Connected,
}

/// Whether a page may use this text as an id.
pub fn page_id(text: &str) -> bool {
    (1..=MAX_PAGE_ID).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn person() -> Person {
        Person { number: "6281255509999".into(), display: "+62 812-5550-9999".into(), name: "Acme".into() }
    }

    #[test]
    fn server_messages_have_the_shape_that_the_page_reads() {
        let live = LiveCall {
            person: person(),
            call: "wacid.a".into(),
            dial: None,
            view: View::Ringing,
            elapsed_ms: None,
            path_open: true,
            audio_both_ways: false,
            here: true,
        };
        let hidden =
            Business { person: person(), icon_hidden: Some(Why { reason: "calling_off", text: "No.".into() }), callable_from_log: false };
        let recent = Recent {
            person: person(),
            call: "wacid.b".into(),
            at: 7,
            outcome: Outcome::NotAnswered,
            text: "Nobody.".into(),
            duration: None,
        };
        let hello = Hello { user: person(), businesses: vec![hidden], recents: vec![recent], call: Some(live) };
        let who = json!({"number": "6281255509999", "display": "+62 812-5550-9999", "name": "Acme"});
        let with = |more: serde_json::Value| {
            let mut all = who.as_object().unwrap().clone();
            all.extend(more.as_object().unwrap().clone());
            serde_json::Value::Object(all)
        };
        let cases = [
            (
                ServerMessage::Hello(Box::new(hello)),
                json!({
                    "type": "hello",
                    "user": who,
                    "businesses": [with(json!({"icon_hidden": {"reason": "calling_off", "text": "No."}, "callable_from_log": false}))],
                    "recents": [with(json!({"call": "wacid.b", "at": 7, "outcome": "not_answered", "text": "Nobody."}))],
                    "call": with(json!({"call": "wacid.a", "view": "ringing", "path_open": true, "audio_both_ways": false, "here": true})),
                }),
            ),
            (
                ServerMessage::Ended { call: "a".into(), reason: "rejected", outcome: Outcome::Declined, text: "T".into(), duration: None },
                json!({"type": "ended", "call": "a", "reason": "rejected", "outcome": "declined", "text": "T"}),
            ),
            (
                ServerMessage::RejoinRefused { call: "a".into(), attempt: 2, reason: "media", text: "T".into() },
                json!({"type": "rejoin_refused", "call": "a", "attempt": 2, "reason": "media", "text": "T"}),
            ),
            (ServerMessage::SignedOut, json!({"type": "signed_out"})),
        ];
        for (message, expected) in cases {
            assert_eq!(serde_json::to_value(message).unwrap(), expected);
        }
    }

    #[test]
    fn reads_what_pages_say_and_passes_over_what_they_add() {
        let dial = json!({"type": "dial", "dial": "d1", "number": "+1", "offer": "v=0", "colour": "red"});
        let ClientMessage::Dial(dial) = serde_json::from_value(dial).unwrap() else { panic!("a dial") };
        assert_eq!((dial.dial.as_str(), dial.entry, dial.cta_payload), ("d1", Entry::Icon, None));
        for text in [r#"{"type":"ping"}"#, r#"{"type":"cancel","dial":"d"}"#, r#"{"type":"rejoin","call":"c","attempt":1,"offer":"o"}"#] {
            assert!(serde_json::from_str::<ClientMessage>(text).is_ok(), "{text}");
        }
    }

    #[test]
    fn rejects_what_is_no_message() {
        for text in [
            "",
            "[]",
            "{}",
            r#"{"type":"video"}"#,
            r#"{"type":"digit","call":"c"}"#,
            r#"{"type":"rejoin","call":"c","attempt":-1,"offer":""}"#,
        ] {
            assert!(serde_json::from_str::<ClientMessage>(text).is_err(), "{text}");
        }
    }

    #[test]
    fn page_ids_are_short_and_plain() {
        for good in ["d", "3f2a-11", &"a".repeat(MAX_PAGE_ID)] {
            assert!(page_id(good), "{good}");
        }
        for bad in ["", "a b", "é", &"a".repeat(MAX_PAGE_ID + 1)] {
            assert!(!page_id(bad), "{bad}");
        }
    }
}
