//! Users without a browser: they place a call by a script, with real media, and tell what they heard.
//!
//! The admin API knows the script and the figures; who speaks and listens is somebody else's, behind [`ScriptedPeople`].

use std::time::Duration;

use async_trait::async_trait;
use callport_core::call_id::CallId;
use callport_core::gate::EntryPoint;
use callport_engine::records::{Number, User};

/// What a scripted user does. All spans count from the moment the business accepted, unless said otherwise.
#[derive(Debug, Clone, PartialEq)]
pub struct Script {
    /// From where the call is placed.
    pub entry: EntryPoint,
    /// `payload` of the call button that was tapped.
    pub cta_payload: Option<String>,
    /// `biz_payload` of the deep link that was opened.
    pub deeplink_payload: Option<String>,
    /// What the user says.
    pub say: Say,
    /// Keys, in order of time.
    pub press: Vec<KeyPress>,
    /// When the user hangs up.
    pub hang_up_after: Duration,
    /// How long after dialling the user gives up, if nobody accepted; `None`: waits as long as the platform lets it ring.
    pub give_up_after: Option<Duration>,
    /// Share of media packets thrown away in each direction, in percent.
    pub loss_percent: f32,
    /// How much of what is heard is recorded, from the first packet on.
    pub record: Duration,
}

/// What a scripted user says, once the call is accepted.
#[derive(Clone, PartialEq)]
pub enum Say {
    /// The known sequence of tones by which a listener recognises a user, once a second.
    Signature,
    /// Silence, as packets.
    Silence,
    /// A steady sine.
    Tone {
        /// Its frequency, in hertz.
        hz: f32,
    },
    /// A WAV file, then silence.
    Wav {
        /// The file's bytes, not yet looked at.
        file: Vec<u8>,
        /// Starts again at its end.
        repeat: bool,
    },
}

impl std::fmt::Debug for Say {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Say::Signature => write!(f, "signature"),
            Say::Silence => write!(f, "silence"),
            Say::Tone { hz } => write!(f, "tone of {hz} Hz"),
            Say::Wav { file, .. } => write!(f, "WAV of {} bytes", file.len()),
        }
    }
}

/// One key.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct KeyPress {
    /// `0`–`9`, `*` or `#`.
    pub digit: char,
    /// When.
    pub after: Duration,
}

impl std::fmt::Debug for KeyPress {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "a key after {:?}", self.after)
    }
}

/// Names a scripted call as long as the process lives.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Handle(pub String);

/// Where a scripted call stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Dialled; the business has not reacted.
    Calling,
    /// The business pre-accepted.
    Ringing,
    /// The business accepted.
    Connected,
    /// Over.
    Ended,
    /// The call was not placed, or the script could not be followed.
    Failed,
}

impl State {
    /// Every state.
    pub const ALL: [State; 5] = [State::Calling, State::Ringing, State::Connected, State::Ended, State::Failed];

    /// A word for JSON.
    pub fn name(self) -> &'static str {
        match self {
            State::Calling => "calling",
            State::Ringing => "ringing",
            State::Connected => "connected",
            State::Ended => "ended",
            State::Failed => "failed",
        }
    }
}

/// What is known of a scripted call.
#[derive(Debug, Clone, PartialEq)]
pub struct Status {
    /// Where it stands.
    pub state: State,
    /// The call, once placed.
    pub call: Option<CallId>,
    /// Why it ended or failed, in words.
    pub says: Option<String>,
    /// What was sent and heard, as far as it went.
    pub figures: Figures,
}

/// What a scripted user sent and heard.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Figures {
    /// Audio packets sent.
    pub packets_sent: u64,
    /// Audio packets received.
    pub packets_received: u64,
    /// Packets that did not arrive, by the gaps in their numbers.
    pub packets_lost: u64,
    /// Keys pressed.
    pub keys_pressed: u64,
    /// From dialling to accept, in milliseconds.
    pub accepted_after_ms: Option<u64>,
    /// From accept to the first audio packet heard, in milliseconds; negative when audio was there before.
    pub first_packet_after_accept_ms: Option<i64>,
    /// How much was recorded, in milliseconds.
    pub recorded_ms: u64,
    /// Any sound in the recording.
    pub sound: Heard,
    /// The signature of a business in the recording.
    pub signature: Heard,
}

/// What was found in a recording.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Heard {
    /// Whether it is there.
    pub found: bool,
    /// How often (a signature repeats once a second); for plain sound, the number of 20 ms frames with sound.
    pub times: u64,
    /// Level of the loudest find, in dBFS (RMS); `None` without one.
    pub level_dbfs: Option<f32>,
    /// From the start of the recording to the first find, in milliseconds.
    pub first_at_ms: Option<u64>,
}

/// Why a scripted call was not placed. The texts are for the operator.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PlaceRefusal {
    /// A rule or a gate says no.
    #[error("{0}")]
    Refused(String),
    /// The script asks for what cannot be done, as playing a file that is no WAV.
    #[error("{0}")]
    BadScript(String),
    /// As many scripted users as there may be are on the phone.
    #[error("{0}")]
    Full(String),
    /// Our side failed.
    #[error("{0}")]
    Fault(String),
}

/// Scripted users. Exists in test mode only.
#[async_trait]
pub trait ScriptedPeople: Send + Sync + 'static {
    /// `user` calls `number` and does what the script says. Returns once the call is placed; the script goes on by itself.
    async fn place(&self, user: User, number: Number, script: Script) -> Result<Handle, PlaceRefusal>;

    /// How far it is; `None` when there is no such handle (any more).
    async fn status(&self, handle: &Handle) -> Option<Status>;

    /// What was heard so far, as a 16-bit WAV file; `None` when there is no such handle (any more).
    async fn recording(&self, handle: &Handle) -> Option<Vec<u8>>;
}
