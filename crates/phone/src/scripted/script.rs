//! What a scripted user does, and the bounds of it.

use std::time::Duration;

use callport_audio::{Clip, Playlist, Signature, Silence, Source, Tone, wav};
use callport_core::gate::EntryPoint;
use callport_core::message::MessageId;

/// Longest recording, in seconds. Each takes 94 KiB.
pub const MAX_RECORD_SECONDS: u32 = 120;

/// Longest call: a script without an end has this one.
pub const MAX_CALL: Duration = Duration::from_secs(3600);

/// Most times that a script presses keys.
pub const MAX_PRESSES: usize = 64;

/// Most digits of one press.
const MAX_DIGITS: usize = 64;

/// How long a person waits for somebody to pick up, unless the script says otherwise: longer than the platform lets it ring.
pub(super) const PATIENCE: Duration = Duration::from_secs(90);

/// RMS level of a tone.
const TONE_DBFS: f32 = -20.0;

/// What a scripted user does.
#[derive(Clone)]
pub struct Script {
    /// What is said once the call is connected. Until then, silence is sent.
    pub say: Say,
    /// Keys, each at its time after the call was connected, earliest first.
    pub press: Vec<Press>,
    /// When to hang up.
    pub hang_up: HangUp,
    /// How long to wait for the call to be picked up before giving up.
    pub patience: Duration,
    /// How much is recorded, from the first audio packet on, in seconds.
    pub record_seconds: u32,
    /// Share of media packets lost on purpose, each way, in percent.
    pub lost_percent: f32,
    /// What was tapped to call.
    pub entry: EntryPoint,
    /// The message whose call button is tapped; its payload comes from there.
    pub button: Option<MessageId>,
    /// `payload` of a call button.
    pub cta_payload: Option<String>,
    /// `biz_payload` of a deep link.
    pub deeplink_payload: Option<String>,
}

impl Default for Script {
    /// Says its signature, records 30 s, hangs up after 10 s.
    fn default() -> Self {
        Self {
            say: Say::Signature,
            press: Vec::new(),
            hang_up: HangUp::After(Duration::from_secs(10)),
            patience: PATIENCE,
            record_seconds: 30,
            lost_percent: 0.0,
            entry: EntryPoint::Icon,
            button: None,
            cta_payload: None,
            deeplink_payload: None,
        }
    }
}

/// What is said.
#[derive(Clone)]
pub enum Say {
    /// Nothing, in packets.
    Silence,
    /// The user's signature ([`Signature::USER`]), once a second.
    Signature,
    /// A sine.
    Tone {
        /// 50 to 7,000 Hz: what Opus at 16 kHz carries.
        hz: f32,
    },
    /// A clip, once or for ever.
    Clip {
        /// See [`Say::wav`].
        clip: Clip,
        /// Begins again at its end.
        looped: bool,
    },
}

impl Say {
    /// A WAV file: PCM of 8 to 32 bits or float, any channels, any common rate.
    pub fn wav(bytes: &[u8], looped: bool) -> Result<Self, ScriptRefusal> {
        let clip = wav::read(bytes).map_err(|error| ScriptRefusal::Wav(error.to_string()))?;
        if clip.is_empty() {
            return Err(ScriptRefusal::Wav("it holds no sound".to_owned()));
        }
        Ok(Say::Clip { clip, looped })
    }

    pub(super) fn source(&self) -> Box<dyn Source> {
        match self {
            Say::Silence => Box::new(Silence),
            Say::Signature => Box::new(Signature::USER.source()),
            Say::Tone { hz } => Box::new(Tone::new(*hz, TONE_DBFS)),
            Say::Clip { clip, looped: true } => Box::new(Playlist::looped(clip.clone())),
            Say::Clip { clip, looped: false } => Box::new(Playlist::new([clip.clone()])),
        }
    }

    fn ends(&self) -> bool {
        matches!(self, Say::Clip { looped: false, .. })
    }
}

/// Keys pressed one after the other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Press {
    /// After the call was connected.
    pub after: Duration,
    /// `0`–`9`, `*`, `#`.
    pub digits: String,
}

/// When a scripted user hangs up. Whoever else ends the call is faster.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HangUp {
    /// So long after the call was connected.
    After(Duration),
    /// So long after the clip was said to its end.
    AfterSaid(Duration),
    /// Never: the business does, or [`MAX_CALL`].
    Never,
}

/// Why a script is not run.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ScriptRefusal {
    /// It breaks a bound; the text names the field and the bound.
    #[error("{0}")]
    Script(String),
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

impl Script {
    /// Whether it keeps to the bounds.
    pub(super) fn check(&self) -> Result<(), ScriptRefusal> {
        let refuse = |text: String| Err(ScriptRefusal::Script(text));
        if self.record_seconds > MAX_RECORD_SECONDS {
            return refuse(format!("record_seconds is at most {MAX_RECORD_SECONDS}"));
        }
        if !(0.0..=100.0).contains(&self.lost_percent) {
            return refuse("lost_percent is 0 to 100".to_owned());
        }
        if self.patience > MAX_CALL {
            return refuse(format!("patience is at most {} s", MAX_CALL.as_secs()));
        }
        if let Say::Tone { hz } = self.say
            && !(50.0..=7_000.0).contains(&hz)
        {
            return refuse("a tone is 50 to 7000 Hz".to_owned());
        }
        match self.hang_up {
            HangUp::After(after) | HangUp::AfterSaid(after) if after > MAX_CALL => {
                return refuse(format!("a call ends after at most {} s", MAX_CALL.as_secs()));
            }
            HangUp::AfterSaid(_) if !self.say.ends() => {
                return refuse("only a clip that is said once has an end to hang up after".to_owned());
            }
            _ => {}
        }
        if self.press.len() > MAX_PRESSES {
            return refuse(format!("keys are pressed at most {MAX_PRESSES} times"));
        }
        for press in &self.press {
            let digits = press.digits.chars().all(|digit| matches!(digit, '0'..='9' | '*' | '#'));
            if !digits || !(1..=MAX_DIGITS).contains(&press.digits.len()) {
                return refuse(format!("a press is 1 to {MAX_DIGITS} of 0-9, * and #"));
            }
        }
        if !self.press.is_sorted_by_key(|press| press.after) {
            return refuse("presses come in the order of their times".to_owned());
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clip() -> Say {
        Say::Clip { clip: Clip::silence(100), looped: false }
    }

    #[test]
    fn the_default_and_the_bounds_themselves_are_fine() {
        let widest = Script {
            say: clip(),
            press: vec![Press { after: Duration::ZERO, digits: "0123456789*#".into() }; MAX_PRESSES],
            hang_up: HangUp::AfterSaid(MAX_CALL),
            patience: MAX_CALL,
            record_seconds: MAX_RECORD_SECONDS,
            lost_percent: 100.0,
            ..Script::default()
        };
        for script in [Script::default(), widest] {
            assert_eq!(script.check(), Ok(()));
        }
    }

    #[test]
    fn each_bound_refuses_by_name() {
        let press = |after: u64, digits: &str| Press { after: Duration::from_secs(after), digits: digits.into() };
        let base = Script::default;
        let cases = [
            (Script { record_seconds: MAX_RECORD_SECONDS + 1, ..base() }, "record_seconds"),
            (Script { lost_percent: -1.0, ..base() }, "lost_percent"),
            (Script { lost_percent: f32::NAN, ..base() }, "lost_percent"),
            (Script { patience: MAX_CALL * 2, ..base() }, "patience"),
            (Script { say: Say::Tone { hz: 20_000.0 }, ..base() }, "Hz"),
            (Script { hang_up: HangUp::After(MAX_CALL * 2), ..base() }, "ends after"),
            (Script { hang_up: HangUp::AfterSaid(Duration::ZERO), ..base() }, "said once"),
            (Script { press: vec![press(0, "1"); MAX_PRESSES + 1], ..base() }, "times"),
            (Script { press: vec![press(0, "")], ..base() }, "a press"),
            (Script { press: vec![press(0, "A")], ..base() }, "a press"),
            (Script { press: vec![press(2, "1"), press(1, "2")], ..base() }, "order"),
        ];
        for (script, named) in cases {
            let refusal = script.check().unwrap_err().to_string();
            assert!(refusal.contains(named), "{refusal} should name {named}");
        }
    }

    #[test]
    fn refuses_files_that_are_no_sound() {
        for bytes in [&b""[..], b"RIFF", &wav::to_bytes(&[]).unwrap()] {
            assert!(matches!(Say::wav(bytes, false), Err(ScriptRefusal::Wav(_))));
        }
        assert!(Say::wav(&wav::to_bytes(&[1; 960]).unwrap(), false).is_ok());
    }
}
