//! A script whose sound is ready, and what the phone adds to what every script says.

use std::time::Duration;

use callport_audio::{Clip, Playlist, Signature, Silence, Source, Tone, wav};
use callport_core::gate::EntryPoint;
use callport_core::message::MessageId;
use callport_people::{Script, ScriptedEntryPoint, ScriptedSay, Unfit};

/// How long a person waits for somebody to pick up, unless the script says otherwise: longer than the platform lets it ring.
pub(super) const PATIENCE: Duration = Duration::from_secs(90);

/// RMS level of a tone.
const TONE_DBFS: f32 = -20.0;

/// Why a script is not run.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ScriptRefusal {
    /// It breaks a bound.
    #[error(transparent)]
    Script(#[from] Unfit),
    /// The file to say cannot be read.
    #[error("the file to say cannot be used: {0}")]
    Wav(String),
    /// Enough are running.
    #[error("{0} scripted calls are live already; wait until one ends")]
    TooMany(usize),
    /// Enough are watched.
    #[error("{0} users have a standing behaviour already; take one back first")]
    TooManyStanding(usize),
}

/// A script that keeps to the bounds, with its sound.
#[derive(Clone)]
pub(super) struct Plan {
    /// Without the file that was in it.
    pub(super) script: Script,
    pub(super) sound: Sound,
    /// The message whose call button is tapped; its payload comes from there.
    pub(super) button: Option<MessageId>,
}

#[derive(Clone)]
pub(super) enum Sound {
    Silence,
    Signature,
    Tone { hz: f32 },
    Clip { clip: Clip, looped: bool },
}

impl Plan {
    /// Checks the script and reads its file.
    pub(super) fn of(mut script: Script, button: Option<MessageId>) -> Result<Self, ScriptRefusal> {
        script.check()?;
        let sound = match std::mem::take(&mut script.say) {
            ScriptedSay::Silence {} => Sound::Silence,
            ScriptedSay::Signature {} => Sound::Signature,
            ScriptedSay::Tone { hz } => Sound::Tone { hz },
            ScriptedSay::Wav { file, looped } => Sound::Clip { clip: clip(&file)?, looped },
        };
        Ok(Self { script, sound, button })
    }

    pub(super) fn source(&self) -> Box<dyn Source> {
        match &self.sound {
            Sound::Silence => Box::new(Silence),
            Sound::Signature => Box::new(Signature::USER.source()),
            Sound::Tone { hz } => Box::new(Tone::new(*hz, TONE_DBFS)),
            Sound::Clip { clip, looped: true } => Box::new(Playlist::looped(clip.clone())),
            Sound::Clip { clip, looped: false } => Box::new(Playlist::new([clip.clone()])),
        }
    }

    pub(super) fn patience(&self) -> Duration {
        self.script.patience.unwrap_or(PATIENCE)
    }

    pub(super) fn entry(&self) -> EntryPoint {
        match self.script.tapped() {
            ScriptedEntryPoint::Icon => EntryPoint::Icon,
            ScriptedEntryPoint::CallButton => EntryPoint::CallButton,
            ScriptedEntryPoint::DeepLink => EntryPoint::DeepLink,
            ScriptedEntryPoint::CallLog => EntryPoint::CallLog,
        }
    }
}

fn clip(file: &[u8]) -> Result<Clip, ScriptRefusal> {
    let clip = wav::read(file).map_err(|error| ScriptRefusal::Wav(error.to_string()))?;
    if clip.is_empty() { Err(ScriptRefusal::Wav("it holds no sound".to_owned())) } else { Ok(clip) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refuses_files_that_are_no_sound() {
        let plan =
            |file: &[u8]| Plan::of(Script { say: ScriptedSay::Wav { file: file.to_vec(), looped: false }, ..Script::default() }, None);
        for bytes in [&b""[..], b"RIFF", &wav::to_bytes(&[]).unwrap()] {
            assert!(matches!(plan(bytes), Err(ScriptRefusal::Wav(_))));
        }
        assert!(plan(&wav::to_bytes(&[1; 960]).unwrap()).is_ok());
    }

    #[test]
    fn a_script_out_of_bounds_is_not_run() {
        let shrill = Script { say: ScriptedSay::Tone { hz: 20_000.0 }, ..Script::default() };
        assert!(matches!(Plan::of(shrill, None), Err(ScriptRefusal::Script(_))));
    }
}
