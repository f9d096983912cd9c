//! What a person does in a call.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;

use crate::Unfit;
use crate::written::{base64, maybe_millis, millis};

/// Longest recording, in seconds. Each takes 94 KiB.
pub const MAX_RECORD_SECONDS: u32 = 120;

/// Longest call: a script without an end has this one.
pub const MAX_CALL: Duration = Duration::from_secs(3600);

/// Most times that a script presses keys.
pub const MAX_PRESSES: usize = 64;

/// How much is recorded unless the script says otherwise, in seconds.
const RECORD_SECONDS: u32 = 30;

/// Most digits of one press.
const MAX_DIGITS: usize = 64;

/// What a scripted user does. Without a word: says its signature and hangs up after 10 s.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Script {
    /// What is said once the call is connected. Until then, silence is sent.
    pub say: ScriptedSay,
    /// Keys, earliest first.
    pub press: Vec<Press>,
    /// When the user hangs up.
    pub hang_up: HangUp,
    /// How long the user waits for the call to be accepted. Default: longer than the platform lets it ring.
    #[serde(rename = "patience_ms", with = "maybe_millis", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<u64>)]
    pub patience: Option<Duration>,
    /// How much of what is heard is recorded, from the first audio packet on. Default 30.
    #[serde(deserialize_with = "record_seconds")]
    #[schema(value_type = Option<u32>)]
    pub record_seconds: u32,
    /// Share of media packets lost on purpose, each way, in percent. Default 0.
    #[schema(minimum = 0, maximum = 100)]
    pub lost_percent: f32,
    /// What was tapped to call. Default: what the payloads suggest, else the call icon.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub entry: Option<ScriptedEntryPoint>,
    /// `payload` of the call button that was tapped.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cta_payload: Option<String>,
    /// `biz_payload` of the deep link that was opened.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deeplink_payload: Option<String>,
}

impl Default for Script {
    fn default() -> Self {
        Self {
            say: ScriptedSay::default(),
            press: Vec::new(),
            hang_up: HangUp::default(),
            patience: None,
            record_seconds: RECORD_SECONDS,
            lost_percent: 0.0,
            entry: None,
            cta_payload: None,
            deeplink_payload: None,
        }
    }
}

/// `null` is not said, as for everything that may be absent.
fn record_seconds<'de, D: Deserializer<'de>>(from: D) -> Result<u32, D::Error> {
    Ok(Option::deserialize(from)?.unwrap_or(RECORD_SECONDS))
}

/// What is said once the call is connected.
#[derive(Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum ScriptedSay {
    /// The known sequence of tones by which a listener recognises a user, once a second.
    Signature {},
    /// Nothing, in packets.
    Silence {},
    /// A steady sine.
    Tone {
        /// 50 to 7,000 Hz: what Opus at 16 kHz carries.
        #[schema(example = 440.0)]
        hz: f32,
    },
    /// A WAV file: PCM of 8 to 32 bits or float, any channels, any common rate.
    Wav {
        /// The file in base64.
        #[serde(rename = "base64", with = "base64")]
        #[schema(value_type = String)]
        file: Vec<u8>,
        /// Begins again at its end. Default `false`.
        #[serde(default)]
        looped: bool,
    },
}

impl Default for ScriptedSay {
    fn default() -> Self {
        ScriptedSay::Signature {}
    }
}

impl fmt::Debug for ScriptedSay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ScriptedSay::Signature {} => write!(f, "signature"),
            ScriptedSay::Silence {} => write!(f, "silence"),
            ScriptedSay::Tone { hz } => write!(f, "tone of {hz} Hz"),
            ScriptedSay::Wav { file, .. } => write!(f, "WAV file of {} bytes", file.len()),
        }
    }
}

/// Keys pressed one after the other.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Press {
    /// After the call was connected.
    #[serde(rename = "after_ms", with = "millis")]
    #[schema(value_type = u64)]
    pub after: Duration,
    /// `0`–`9`, `*`, `#`.
    #[schema(example = "1")]
    pub digits: String,
}

/// Digits are in no log.
impl fmt::Debug for Press {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} keys after {:?}", self.digits.len(), self.after)
    }
}

/// When the user hangs up. Whoever else ends the call is faster.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum HangUp {
    /// So long after the call was connected.
    After {
        /// How long.
        #[serde(rename = "ms", with = "millis")]
        #[schema(value_type = u64)]
        time: Duration,
    },
    /// So long after the file was said to its end.
    AfterSaid {
        /// How long.
        #[serde(rename = "ms", with = "millis")]
        #[schema(value_type = u64)]
        time: Duration,
    },
    /// Never: the business does, or the longest call there may be.
    Never {},
}

impl HangUp {
    /// So long after the call was connected.
    pub const fn after(time: Duration) -> Self {
        HangUp::After { time }
    }
}

impl Default for HangUp {
    fn default() -> Self {
        HangUp::after(Duration::from_secs(10))
    }
}

/// What was tapped to call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = EntryPoint)]
#[serde(rename_all = "snake_case")]
pub enum ScriptedEntryPoint {
    /// The call icon in the chat or profile.
    Icon,
    /// A call button in a message.
    CallButton,
    /// A deep link.
    DeepLink,
    /// Contacts, "new call" or the call log.
    CallLog,
}

impl Script {
    /// What was tapped, said or not.
    pub fn tapped(&self) -> ScriptedEntryPoint {
        self.entry.unwrap_or(match (&self.cta_payload, &self.deeplink_payload) {
            (Some(_), _) => ScriptedEntryPoint::CallButton,
            (None, Some(_)) => ScriptedEntryPoint::DeepLink,
            (None, None) => ScriptedEntryPoint::Icon,
        })
    }

    /// Whether it keeps to the bounds.
    ///
    /// # Errors
    /// The first that it does not.
    pub fn check(&self) -> Result<(), Unfit> {
        let refuse = |text: String| Err(Unfit(text));
        if self.record_seconds > MAX_RECORD_SECONDS {
            return refuse(format!("record_seconds is at most {MAX_RECORD_SECONDS}"));
        }
        if !(0.0..=100.0).contains(&self.lost_percent) {
            return refuse("lost_percent is 0 to 100".to_owned());
        }
        if self.patience.is_some_and(|patience| patience > MAX_CALL) {
            return refuse(format!("patience is at most {} s", MAX_CALL.as_secs()));
        }
        if let ScriptedSay::Tone { hz } = self.say
            && !(50.0..=7_000.0).contains(&hz)
        {
            return refuse("a tone is 50 to 7000 Hz".to_owned());
        }
        match self.hang_up {
            HangUp::After { time } | HangUp::AfterSaid { time } if time > MAX_CALL => {
                return refuse(format!("a call ends after at most {} s", MAX_CALL.as_secs()));
            }
            HangUp::AfterSaid { .. } if !matches!(self.say, ScriptedSay::Wav { looped: false, .. }) => {
                return refuse("only a file that is said once has an end to hang up after".to_owned());
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

    /// Of a call that the user takes: nobody dials and waits.
    pub(crate) fn check_taken(&self) -> Result<(), Unfit> {
        if self.patience.is_some() || self.says_entry() {
            return Err(Unfit("patience_ms, entry, cta_payload and deeplink_payload are of calls that the user places".to_owned()));
        }
        self.check()
    }

    /// Of a call by the call button of a message: the message says the rest.
    ///
    /// # Errors
    /// What it says besides, and the first bound that it does not keep to.
    pub fn check_tapped(&self) -> Result<(), Unfit> {
        if self.says_entry() {
            return Err(Unfit("entry, cta_payload and deeplink_payload are the message's".to_owned()));
        }
        self.check()
    }

    fn says_entry(&self) -> bool {
        self.entry.is_some() || self.cta_payload.is_some() || self.deeplink_payload.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{from_value, json, to_value};

    fn file(looped: bool) -> ScriptedSay {
        ScriptedSay::Wav { file: b"RIFF".to_vec(), looped }
    }

    #[test]
    fn nothing_said_is_the_signature_for_ten_seconds() {
        let script: Script = from_value(json!({})).unwrap();
        assert_eq!(script, Script::default());
        assert_eq!((script.say, script.hang_up), (ScriptedSay::Signature {}, HangUp::after(Duration::from_secs(10))));
    }

    #[test]
    fn everything_that_can_be_said_reads_back_as_it_was() {
        let said = json!({
            "say": { "kind": "wav", "base64": "UklGRg==", "looped": true }, "press": [{ "after_ms": 1500, "digits": "1#" }],
            "hang_up": { "kind": "after_said", "ms": 500 }, "patience_ms": 20000, "record_seconds": 5, "lost_percent": 2.5,
            "entry": "call_log", "cta_payload": "a", "deeplink_payload": "b",
        });
        let script: Script = from_value(said.clone()).unwrap();
        assert_eq!((&script.say, script.patience), (&file(true), Some(Duration::from_secs(20))));
        assert_eq!(to_value(&script).unwrap(), said);
    }

    #[test]
    fn a_payload_says_what_was_tapped() {
        let payload = Some("p".to_owned());
        let button = Script { cta_payload: payload.clone(), deeplink_payload: payload.clone(), ..Script::default() };
        let link = Script { deeplink_payload: payload, ..Script::default() };
        let log = Script { entry: Some(ScriptedEntryPoint::CallLog), ..link.clone() };
        let tapped = [Script::default(), button, link, log].map(|script| script.tapped());
        assert_eq!(
            tapped,
            [ScriptedEntryPoint::Icon, ScriptedEntryPoint::CallButton, ScriptedEntryPoint::DeepLink, ScriptedEntryPoint::CallLog]
        );
    }

    #[test]
    fn what_cannot_be_read_is_told() {
        for (script, named) in [
            (json!({ "sey": {} }), "sey"),
            (json!({ "say": { "kind": "song" } }), "song"),
            (json!({ "say": { "kind": "silence", "hz": 1 } }), "hz"),
            (json!({ "say": { "kind": "wav", "base64": "%" } }), "Invalid"),
            (json!({ "press": [{ "after_ms": -1, "digits": "1" }] }), "-1"),
            (json!({ "hang_up": { "kind": "after" } }), "ms"),
            (json!({ "entry": "door" }), "door"),
        ] {
            let why = from_value::<Script>(script).unwrap_err().to_string();
            assert!(why.contains(named), "{why} should name {named}");
        }
    }

    #[test]
    fn the_default_and_the_bounds_themselves_are_fine() {
        let widest = Script {
            say: file(false),
            press: vec![Press { after: Duration::ZERO, digits: "0123456789*#".into() }; MAX_PRESSES],
            hang_up: HangUp::AfterSaid { time: MAX_CALL },
            patience: Some(MAX_CALL),
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
            (Script { patience: Some(MAX_CALL * 2), ..base() }, "patience"),
            (Script { say: ScriptedSay::Tone { hz: 20_000.0 }, ..base() }, "Hz"),
            (Script { hang_up: HangUp::after(MAX_CALL * 2), ..base() }, "ends after"),
            (Script { hang_up: HangUp::AfterSaid { time: Duration::ZERO }, ..base() }, "said once"),
            (Script { say: file(true), hang_up: HangUp::AfterSaid { time: Duration::ZERO }, ..base() }, "said once"),
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
}
