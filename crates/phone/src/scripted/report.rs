//! What a scripted user tells of its call.

use std::time::{Duration, Instant};

use callport_audio::{Heard, Signature};
use callport_core::call::EndReason;
use callport_core::call_id::CallId;
use callport_engine::DialRefusal;
use callport_peer::{Ear, Snapshot};

/// Where a scripted call is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// The engine has not answered the dial.
    Dialling,
    /// "Calling X".
    Calling,
    /// "Ringing X", or "X is calling".
    Ringing,
    /// Connected.
    Connected,
    /// Over; the report is there.
    Ended,
}

impl Status {
    /// A word for JSON.
    pub fn name(self) -> &'static str {
        match self {
            Status::Dialling => "dialling",
            Status::Calling => "calling",
            Status::Ringing => "ringing",
            Status::Connected => "connected",
            Status::Ended => "ended",
        }
    }
}

/// The whole story of a scripted call. Times are milliseconds after the user dialled, or after the call came in.
#[derive(Debug, Clone, Default)]
pub struct Report {
    /// The call, when one was placed.
    pub call: Option<CallId>,
    /// Why none was placed or picked up, or what broke on this side.
    pub trouble: Option<Trouble>,
    /// Why it ended.
    pub reason: Option<EndReason>,
    /// Whole seconds talked.
    pub seconds: Option<u64>,
    /// When the engine had placed the call.
    pub dialled_ms: Option<u64>,
    /// When ICE and DTLS of this side were up.
    pub path_ms: Option<u64>,
    /// When the screen would have said "Ringing", or when the phone began to ring.
    pub ringing_ms: Option<u64>,
    /// When the timer would have started.
    pub connected_ms: Option<u64>,
    /// When what the user says began.
    pub said_ms: Option<u64>,
    /// When the first audio packet came.
    pub first_audio_ms: Option<u64>,
    /// When it was over.
    pub ended_ms: Option<u64>,
    /// Keys that were pressed.
    pub digits: String,
    /// How much was recorded.
    pub recorded_ms: u64,
    /// What was heard.
    pub heard: Hearing,
    /// What the transport measured.
    pub figures: Figures,
}

/// Why a script did not go as written.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Trouble {
    /// The engine placed no call.
    #[error(transparent)]
    Refused(#[from] DialRefusal),
    /// Something broke on the user's side, in words.
    #[error("{0}")]
    Broke(String),
}

/// What was heard in the recording.
#[derive(Debug, Clone, PartialEq)]
pub struct Hearing {
    /// Anything that is no silence.
    pub anything: Heard,
    /// The business's signature ([`Signature::BUSINESS`]).
    pub business: Heard,
    /// This user's own signature: an echo.
    pub own: Heard,
    /// From saying something to hearing it back, when an echo of the signature came.
    pub echo_delay_ms: Option<u64>,
}

impl Default for Hearing {
    fn default() -> Self {
        Self::of(&[])
    }
}

impl Hearing {
    pub(super) fn of(recording: &[i16]) -> Self {
        Self {
            anything: Heard::any_sound(recording),
            business: Heard::signature(recording, &Signature::BUSINESS),
            own: Heard::signature(recording, &Signature::USER),
            echo_delay_ms: None,
        }
    }

    /// Times the echo against the moment at which the signature was first said.
    pub(super) fn with_echo(self, ear: &Ear, said_at: Option<Instant>) -> Self {
        let delay = said_at.and_then(|said_at| ear.delay_of(&Signature::USER, said_at));
        Self { echo_delay_ms: delay.map(|delay| delay.as_millis() as u64), ..self }
    }
}

/// What the transport measured on the user's side.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Figures {
    /// RTP packets that came.
    pub packets_in: u64,
    /// RTP packets that went.
    pub packets_out: u64,
    /// Packets that never came.
    pub lost_in: i64,
    /// Their share, 0 to 1.
    pub loss_ratio_in: f32,
    /// Interarrival jitter.
    pub jitter: Duration,
    /// Round trip to the relay.
    pub round_trip: Option<Duration>,
    /// Estimated listening quality, 1.0 to 4.5.
    pub mos: Option<f32>,
    /// Packets lost on purpose, both ways.
    pub lost_on_purpose: u64,
}

impl Figures {
    pub(super) fn of(snapshot: &Snapshot) -> Self {
        let measured = &snapshot.statistics;
        Self {
            packets_in: measured.packets_in,
            packets_out: measured.packets_out,
            lost_in: measured.lost_in,
            loss_ratio_in: measured.loss_ratio_in,
            jitter: measured.jitter,
            round_trip: measured.round_trip,
            mos: measured.mos,
            lost_on_purpose: snapshot.lost_on_purpose,
        }
    }
}
