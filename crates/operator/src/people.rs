//! Users without a browser: they place calls by a script and take them by a standing behaviour, with real media, and tell what they heard.
//!
//! The admin API knows script, behaviour and report; who speaks and listens is somebody else's, behind [`ScriptedPeople`].

mod behaviour;

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use callport_core::call::EndReason;
use callport_core::call_id::{CallId, Direction};
use callport_core::gate::EntryPoint;
use callport_core::ids::{PhoneNumberId, UserId};
use callport_core::message::MessageId;
use callport_engine::records::User;
use serde::Serialize;
use utoipa::ToSchema;

pub use behaviour::{Behaviour, OnButton, OnCall, OnRequest, Receipts};

/// What a scripted user does. Spans of `say`, `press` and `hang_up` count from the moment the call is connected.
#[derive(Debug, Clone, PartialEq)]
pub struct Script {
    /// What the user says.
    pub say: Say,
    /// Keys, earliest first.
    pub press: Vec<Press>,
    /// When the user hangs up.
    pub hang_up: HangUp,
    /// How long the user waits for the call to be accepted; `None`: longer than the platform lets it ring.
    pub patience: Option<Duration>,
    /// How much of what is heard is recorded, from the first audio packet on, in seconds.
    pub record_seconds: u32,
    /// Share of media packets lost on purpose, each way, in percent.
    pub lost_percent: f32,
    /// What was tapped to call.
    pub entry: EntryPoint,
    /// The message whose call button was tapped; the payload is the message's.
    pub button: Option<MessageId>,
    /// `payload` of a call button that stands in no message here.
    pub cta_payload: Option<String>,
    /// `biz_payload` of the deep link that was opened.
    pub deeplink_payload: Option<String>,
}

/// What a scripted user says.
#[derive(Clone, PartialEq)]
pub enum Say {
    /// The known sequence of tones by which a listener recognises a user, once a second.
    Signature,
    /// Nothing, in packets.
    Silence,
    /// A steady sine.
    Tone {
        /// Its frequency, in hertz.
        hz: f32,
    },
    /// A WAV file.
    Wav {
        /// Its bytes, not yet looked at.
        file: Vec<u8>,
        /// Begins again at its end.
        looped: bool,
    },
}

impl fmt::Debug for Say {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Say::Signature => write!(f, "signature"),
            Say::Silence => write!(f, "silence"),
            Say::Tone { hz } => write!(f, "tone of {hz} Hz"),
            Say::Wav { file, .. } => write!(f, "WAV file of {} bytes", file.len()),
        }
    }
}

/// Keys pressed one after the other.
#[derive(Clone, PartialEq, Eq)]
pub struct Press {
    /// When.
    pub after: Duration,
    /// `0`–`9`, `*`, `#`.
    pub digits: String,
}

impl fmt::Debug for Press {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} keys after {:?}", self.digits.len(), self.after)
    }
}

/// When a scripted user hangs up. Whoever else ends the call is faster.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HangUp {
    /// So long after the call was connected.
    After(Duration),
    /// So long after everything was said.
    AfterSaid(Duration),
    /// Never.
    Never,
}

/// Names a scripted call as long as the process remembers it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Handle(pub String);

/// Where a scripted call is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// The platform has not answered the dial, or the phone does not ring yet.
    Dialling,
    /// The phone shows "calling".
    Calling,
    /// The phone shows "ringing", or rings.
    Ringing,
    /// Connected.
    Connected,
    /// Over, or never placed.
    Ended,
}

/// What is known of a scripted call.
#[derive(Debug, Clone, PartialEq)]
pub struct Status {
    /// The scripted user.
    pub user: UserId,
    /// The business's number.
    pub number: PhoneNumberId,
    /// Who placed the call.
    pub direction: Direction,
    /// Where it is.
    pub state: State,
    /// The call, once placed.
    pub call: Option<CallId>,
    /// Why no call was placed or picked up, or what broke on the user's side, in words.
    pub trouble: Option<String>,
    /// Why the call ended.
    pub reason: Option<EndReason>,
    /// Whole seconds talked.
    pub seconds: Option<u64>,
    /// Keys pressed so far.
    pub keys_pressed: u64,
    /// When things happened.
    pub times: Times,
    /// What is in the recording.
    pub heard: Hearing,
    /// What the user's side measured.
    pub figures: Figures,
}

/// When things happened, in milliseconds after the user dialled or the call came in; `null`: not (yet).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, ToSchema)]
#[schema(as = ScriptedTimes)]
pub struct Times {
    /// The platform had placed the call.
    pub dialled_ms: Option<u64>,
    /// ICE and DTLS of the user's side were up.
    pub path_ms: Option<u64>,
    /// The phone showed "ringing", or began to ring.
    pub ringing_ms: Option<u64>,
    /// The business had accepted, or the user had picked up.
    pub connected_ms: Option<u64>,
    /// The first audio packet came.
    pub first_audio_ms: Option<u64>,
    /// It was over.
    pub ended_ms: Option<u64>,
}

/// What is in the recording.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, ToSchema)]
#[schema(as = ScriptedHearing)]
pub struct Hearing {
    /// Anything that is no silence.
    pub anything: Heard,
    /// The signature that a business says.
    pub business: Heard,
    /// The user's own signature: an echo.
    pub own: Heard,
    /// From saying the signature to hearing it back, in milliseconds.
    pub echo_delay_ms: Option<u64>,
}

/// Whether something is in the recording.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, ToSchema)]
#[schema(as = ScriptedHeard)]
pub struct Heard {
    /// It is.
    pub found: bool,
    /// How often (a signature repeats once a second); for anything, the number of 20 ms frames with sound.
    pub times: u64,
    /// RMS level of the loudest find, in dBFS; −100 without one.
    pub level_dbfs: f32,
    /// From the start of the recording to the first find, in milliseconds.
    pub first_heard_at_ms: Option<u64>,
    /// Length of the recording, in seconds.
    pub seconds: f32,
}

impl Default for Heard {
    fn default() -> Self {
        Self { found: false, times: 0, level_dbfs: -100.0, first_heard_at_ms: None, seconds: 0.0 }
    }
}

/// What the user's side of the media measured. "In" is towards the user.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, ToSchema)]
#[schema(as = ScriptedFigures)]
pub struct Figures {
    /// RTP packets that came.
    pub packets_in: u64,
    /// RTP packets that went.
    pub packets_out: u64,
    /// Packets that never came.
    pub lost_in: i64,
    /// Their share, 0 to 1.
    pub loss_ratio_in: f32,
    /// Interarrival jitter, in milliseconds.
    pub jitter_ms: f32,
    /// Round trip to the relay, in milliseconds.
    pub round_trip_ms: Option<f32>,
    /// Estimated mean opinion score, 1 to 4.5.
    pub mos: Option<f32>,
    /// Packets lost on purpose, both ways.
    pub lost_on_purpose: u64,
}

/// Why a script is not run. The texts are for the operator.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PlaceRefusal {
    /// The script asks for what cannot be done; the text names the field and the bound.
    #[error("{0}")]
    BadScript(String),
    /// As many scripted users as there may be are on the phone.
    #[error("{0}")]
    TooMany(String),
    /// What was asked for could not be kept for the next start.
    #[error("{0}")]
    NotKept(String),
}

/// Scripted users. Exist in test mode only.
#[async_trait]
pub trait ScriptedPeople: Send + Sync + 'static {
    /// Lets `user` call `number` as the script says. Returns as soon as the script runs; what a gate refuses is told by the status.
    async fn place(&self, user: User, number: PhoneNumberId, script: Script) -> Result<Handle, PlaceRefusal>;

    /// Calls that are remembered, newest first: those that users placed, and those of businesses that rang for users with a behaviour.
    async fn calls(&self) -> Vec<(Handle, Status)>;

    /// How far it is; `None` when there is no such handle (any more).
    async fn status(&self, handle: &Handle) -> Option<Status>;

    /// What was heard so far, as a 16-bit WAV file; `None` when there is no such handle (any more).
    async fn recording(&self, handle: &Handle) -> Option<Vec<u8>>;

    /// Hangs up now, whatever the script says. False when there is no such handle (any more).
    async fn hang_up(&self, handle: &Handle) -> bool;

    /// From now on, and after the next start too, the user does by itself what the behaviour says.
    async fn behave(&self, user: UserId, behaviour: Behaviour) -> Result<(), PlaceRefusal>;

    /// What the user does by itself.
    async fn behaviour(&self, user: &UserId) -> Option<Behaviour>;

    /// The user does nothing by itself any more. False when it did nothing before.
    async fn stop_behaving(&self, user: &UserId) -> Result<bool, PlaceRefusal>;
}
