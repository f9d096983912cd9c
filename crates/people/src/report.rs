//! What a person tells of a call.

use serde::Serialize;
use utoipa::ToSchema;

/// Where a scripted call is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ScriptedState {
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
pub struct ScriptedHearing {
    /// Anything that is no silence.
    pub anything: ScriptedHeard,
    /// The signature that a business says.
    pub business: ScriptedHeard,
    /// The user's own signature: an echo.
    pub own: ScriptedHeard,
    /// From saying the signature to hearing it back, in milliseconds.
    pub echo_delay_ms: Option<u64>,
}

/// Whether something is in the recording.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, ToSchema)]
pub struct ScriptedHeard {
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

impl Default for ScriptedHeard {
    fn default() -> Self {
        Self { found: false, times: 0, level_dbfs: -100.0, first_heard_at_ms: None, seconds: 0.0 }
    }
}

/// What the user's side of the media measured. "In" is towards the user.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, ToSchema)]
pub struct ScriptedFigures {
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
