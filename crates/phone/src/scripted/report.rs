//! What a scripted user tells of its call.

use std::time::Instant;

use callport_audio::{self as audio, Signature};
use callport_core::call::EndReason;
use callport_core::call_id::CallId;
use callport_engine::{Failed, PlaceUserCallRefusal};
use callport_peer::{Ear, Snapshot};
use callport_people::{ScriptedFigures, ScriptedHeard, ScriptedHearing, Times};

/// The whole story of a scripted call.
#[derive(Debug, Clone, Default)]
pub struct UserReport {
    /// The call, when one was placed.
    pub call: Option<CallId>,
    /// Why none was placed or picked up, or what broke on this side.
    pub trouble: Option<Trouble>,
    /// Why it ended.
    pub reason: Option<EndReason>,
    /// Whole seconds talked.
    pub seconds: Option<u64>,
    /// When things happened.
    pub times: Times,
    /// When what the user says began, in milliseconds like the others.
    pub said_ms: Option<u64>,
    /// Keys that were pressed.
    pub digits: String,
    /// How much was recorded.
    pub recorded_ms: u64,
    /// What was heard.
    pub heard: ScriptedHearing,
    /// What the transport measured.
    pub figures: ScriptedFigures,
}

/// Why a script did not go as written.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Trouble {
    /// The engine placed no call.
    #[error(transparent)]
    Refused(#[from] Failed<PlaceUserCallRefusal>),
    /// Something broke on the user's side, in words.
    #[error("{0}")]
    Broke(String),
}

/// What is in a recording.
pub(super) fn hearing(recording: &[i16]) -> ScriptedHearing {
    ScriptedHearing {
        anything: heard(&audio::Heard::any_sound(recording)),
        business: heard(&audio::Heard::signature(recording, &Signature::BUSINESS)),
        own: heard(&audio::Heard::signature(recording, &Signature::USER)),
        echo_delay_ms: None,
    }
}

/// Times the echo against the moment at which the signature was first said.
pub(super) fn echo_delay_ms(ear: &Ear, said_at: Option<Instant>) -> Option<u64> {
    said_at.and_then(|said_at| ear.delay_of(&Signature::USER, said_at)).map(|delay| delay.as_millis() as u64)
}

fn heard(heard: &audio::Heard) -> ScriptedHeard {
    let audio::Heard { found, times, level_dbfs, first_heard_at_ms, seconds } = *heard;
    ScriptedHeard { found, times: times as u64, level_dbfs, first_heard_at_ms, seconds }
}

/// What the user's side of the media measured.
pub(super) fn figures(snapshot: &Snapshot) -> ScriptedFigures {
    let measured = &snapshot.statistics;
    ScriptedFigures {
        packets_in: measured.packets_in,
        packets_out: measured.packets_out,
        lost_in: measured.lost_in,
        loss_ratio_in: measured.loss_ratio_in,
        jitter_ms: measured.jitter.as_secs_f32() * 1000.0,
        round_trip_ms: measured.round_trip.map(|time| time.as_secs_f32() * 1000.0),
        mos: measured.mos,
        lost_on_purpose: snapshot.lost_on_purpose,
    }
}
