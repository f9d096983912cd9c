//! What a scripted user does, as flags say it and as the API takes it.

use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::{CommandFault, span};

/// What is said.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Say {
    Signature,
    Silence,
    Tone(f32),
    Wav { file: PathBuf, looped: bool },
}

impl FromStr for Say {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Say, Self::Err> {
        let wrong = "say signature, silence, tone:440, wav:FILE or loop:FILE";
        match text.split_once(':') {
            None if text == "signature" => Ok(Say::Signature),
            None if text == "silence" => Ok(Say::Silence),
            Some(("tone", hz)) => hz.parse().map(Say::Tone).map_err(|_| wrong),
            Some((kind @ ("wav" | "loop"), file)) if !file.is_empty() => Ok(Say::Wav { file: file.into(), looped: kind == "loop" }),
            _ => Err(wrong),
        }
    }
}

impl Say {
    /// In the API's shape; a file is read now.
    pub(super) fn script(&self) -> Result<Value, CommandFault> {
        Ok(match self {
            Say::Signature => json!({ "kind": "signature" }),
            Say::Silence => json!({ "kind": "silence" }),
            Say::Tone(hz) => json!({ "kind": "tone", "hz": hz }),
            Say::Wav { file, looped } => {
                let bytes = std::fs::read(file).map_err(|error| format!("{}: {error}", file.display()))?;
                json!({ "kind": "wav", "base64": STANDARD.encode(bytes), "looped": looped })
            }
        })
    }
}

/// Keys pressed one after the other.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Press {
    after: Duration,
    keys: String,
}

impl FromStr for Press {
    type Err = &'static str;

    /// A bare number is milliseconds.
    fn from_str(text: &str) -> Result<Press, Self::Err> {
        let read = || {
            let (after, keys) = text.split_once(':')?;
            let after = after.parse().map(Duration::from_millis).ok().or_else(|| span(after).ok())?;
            let pressable = |key: char| key.is_ascii_digit() || matches!(key, '*' | '#');
            (!keys.is_empty() && keys.chars().all(pressable)).then(|| Press { after, keys: keys.to_owned() })
        };
        read().ok_or("press keys as 500:42 or 2s:1#, with 0 to 9, * and #")
    }
}

impl Press {
    /// In the API's shape.
    pub(super) fn script(&self) -> Result<Value, CommandFault> {
        Ok(json!({ "after_ms": u64::try_from(self.after.as_millis())?, "digits": self.keys }))
    }
}

/// When the user hangs up.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum HangUp {
    After(Duration),
    AfterSaid(Duration),
    Never,
}

impl Default for HangUp {
    fn default() -> HangUp {
        HangUp::After(Duration::from_secs(10))
    }
}

impl FromStr for HangUp {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<HangUp, Self::Err> {
        let wrong = "hang up after a time with its unit, as 5s; said or said:1s; or never";
        match text {
            "never" => Ok(HangUp::Never),
            "said" => Ok(HangUp::AfterSaid(Duration::ZERO)),
            text => match text.strip_prefix("said:") {
                Some(after) => span(after).map(HangUp::AfterSaid).map_err(|_| wrong),
                None => span(text).map(HangUp::After).map_err(|_| wrong),
            },
        }
    }
}

impl HangUp {
    /// In the API's shape.
    pub(super) fn script(self) -> Result<Value, CommandFault> {
        Ok(match self {
            HangUp::After(time) => json!({ "kind": "after", "ms": u64::try_from(time.as_millis())? }),
            HangUp::AfterSaid(time) => json!({ "kind": "after_said", "ms": u64::try_from(time.as_millis())? }),
            HangUp::Never => json!({ "kind": "never" }),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_become_a_script() {
        let say = |text: &str| text.parse::<Say>().unwrap().script().unwrap();
        assert_eq!(say("signature"), json!({ "kind": "signature" }));
        assert_eq!(say("tone:440"), json!({ "kind": "tone", "hz": 440.0 }));
        assert_eq!("loop:a:b.wav".parse(), Ok(Say::Wav { file: "a:b.wav".into(), looped: true }));
        let press = |text: &str| text.parse::<Press>().unwrap().script().unwrap();
        assert_eq!(press("500:42"), json!({ "after_ms": 500, "digits": "42" }));
        assert_eq!(press("2s:*#"), json!({ "after_ms": 2000, "digits": "*#" }));
        let hang_up = |text: &str| text.parse::<HangUp>().unwrap().script().unwrap();
        assert_eq!(hang_up("5s"), json!({ "kind": "after", "ms": 5000 }));
        assert_eq!(hang_up("said"), json!({ "kind": "after_said", "ms": 0 }));
        assert_eq!(hang_up("said:1s"), json!({ "kind": "after_said", "ms": 1000 }));
        assert_eq!(hang_up("never"), json!({ "kind": "never" }));
    }

    #[test]
    fn a_file_is_sent_whole() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("hello.wav");
        std::fs::write(&file, b"RIFF").unwrap();
        let script = Say::Wav { file, looped: false }.script().unwrap();
        assert_eq!(script, json!({ "kind": "wav", "base64": "UklGRg==", "looped": false }));
        assert!(Say::Wav { file: folder.path().join("none.wav"), looped: false }.script().unwrap_err().to_string().contains("none.wav"));
    }

    #[test]
    fn refuses_what_no_user_can_do() {
        for text in ["", "song", "tone", "tone:", "tone:high", "wav:", "signature:1"] {
            assert!(text.parse::<Say>().is_err(), "{text}");
        }
        for text in ["", "42", "500:", ":1", "500:a", "x:1", "-1:1", "500:1 2"] {
            assert!(text.parse::<Press>().is_err(), "{text}");
        }
        for text in ["", "5", "said:", "said:5", "later"] {
            assert!(text.parse::<HangUp>().is_err(), "{text}");
        }
    }
}
