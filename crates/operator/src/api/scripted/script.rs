//! A script as it stands in JSON. Bounds are those who run it to say; here only what cannot be read is refused.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use callport_core::gate::EntryPoint;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::people::{HangUp, Press, Say, Script};

/// How long a scripted user talks unless the script says otherwise.
const TALK_MS: u64 = 10_000;

/// How much is recorded unless the script says otherwise.
const RECORD_SECONDS: u32 = 30;

/// What a scripted user does. Without a word: says its signature and hangs up after 10 s.
#[derive(Deserialize, Serialize, ToSchema, Default)]
#[schema(as = Script)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewScript {
    #[serde(default)]
    say: NewSay,
    /// Keys, earliest first.
    #[serde(default)]
    press: Vec<NewPress>,
    #[serde(default)]
    hang_up: NewHangUp,
    /// How long the user waits for the call to be accepted. Default: longer than the platform lets it ring.
    #[serde(skip_serializing_if = "Option::is_none")]
    patience_ms: Option<u64>,
    /// How much of what is heard is recorded, from the first audio packet on. Default 30.
    record_seconds: Option<u32>,
    /// Share of media packets lost on purpose, each way. Default 0.
    #[schema(minimum = 0, maximum = 100)]
    #[serde(default)]
    lost_percent: f32,
    /// What was tapped to call. Default: what the payloads suggest, else the call icon.
    #[serde(skip_serializing_if = "Option::is_none")]
    entry: Option<NewEntry>,
    /// `payload` of the call button that was tapped.
    #[serde(skip_serializing_if = "Option::is_none")]
    cta_payload: Option<String>,
    /// `biz_payload` of the deep link that was opened.
    #[serde(skip_serializing_if = "Option::is_none")]
    deeplink_payload: Option<String>,
}

/// What is said once the call is connected.
#[derive(Deserialize, Serialize, ToSchema)]
#[schema(as = Say)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
enum NewSay {
    /// The known sequence of tones by which a listener recognises a user, once a second.
    Signature {},
    /// Nothing, in packets.
    Silence {},
    /// A steady sine.
    Tone {
        #[schema(example = 440.0)]
        hz: f32,
    },
    /// A WAV file.
    Wav {
        /// The file in base64.
        base64: String,
        /// Begins again at its end. Default `false`.
        #[serde(default)]
        looped: bool,
    },
}

impl Default for NewSay {
    fn default() -> Self {
        Self::Signature {}
    }
}

/// Keys pressed one after the other.
#[derive(Deserialize, Serialize, ToSchema)]
#[schema(as = Press)]
#[serde(deny_unknown_fields)]
struct NewPress {
    /// After the call was connected.
    after_ms: u64,
    /// `0`–`9`, `*`, `#`.
    #[schema(example = "1")]
    digits: String,
}

/// When the user hangs up. Whoever else ends the call is faster.
#[derive(Deserialize, Serialize, ToSchema)]
#[schema(as = HangUp)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
enum NewHangUp {
    /// So long after the call was connected.
    After { ms: u64 },
    /// So long after the file was said to its end.
    AfterSaid { ms: u64 },
    /// Never: the business does, or the longest call there may be.
    Never {},
}

impl Default for NewHangUp {
    fn default() -> Self {
        Self::After { ms: TALK_MS }
    }
}

/// What was tapped to call.
#[derive(Deserialize, Serialize, ToSchema, Clone, Copy)]
#[schema(as = EntryPoint)]
#[serde(rename_all = "snake_case")]
enum NewEntry {
    /// The call icon in the chat or profile.
    Icon,
    /// A call button in a message.
    CallButton,
    /// A deep link.
    DeepLink,
    /// Contacts, "new call" or the call log.
    CallLog,
}

impl NewScript {
    /// What it means, or what in it cannot be.
    pub(crate) fn read(self) -> Result<Script, String> {
        let press = |press: NewPress| Press { after: Duration::from_millis(press.after_ms), digits: press.digits };
        Ok(Script {
            entry: self.entry(),
            say: self.say.read()?,
            press: self.press.into_iter().map(press).collect(),
            hang_up: match self.hang_up {
                NewHangUp::After { ms } => HangUp::After(Duration::from_millis(ms)),
                NewHangUp::AfterSaid { ms } => HangUp::AfterSaid(Duration::from_millis(ms)),
                NewHangUp::Never {} => HangUp::Never,
            },
            patience: self.patience_ms.map(Duration::from_millis),
            record_seconds: self.record_seconds.unwrap_or(RECORD_SECONDS),
            lost_percent: self.lost_percent,
            button: None,
            cta_payload: self.cta_payload,
            deeplink_payload: self.deeplink_payload,
        })
    }

    /// Of a call that the user takes: nobody dials and waits.
    pub(crate) fn read_taken(self) -> Result<Script, String> {
        if self.patience_ms.is_some() || self.says_entry() {
            return Err("script: patience_ms, entry, cta_payload and deeplink_payload are of calls that the user places".to_owned());
        }
        self.read()
    }

    /// Of a call by the call button of a message: the message says the rest.
    pub(crate) fn read_tapped(self) -> Result<Script, String> {
        if self.says_entry() {
            return Err("script: entry, cta_payload and deeplink_payload are the message's".to_owned());
        }
        self.read()
    }

    fn says_entry(&self) -> bool {
        self.entry.is_some() || self.cta_payload.is_some() || self.deeplink_payload.is_some()
    }

    /// What reads as this script, where no payload and no message is in it.
    pub(crate) fn of(script: &Script) -> Self {
        let ms = |time: &Duration| u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
        Self {
            say: match &script.say {
                Say::Signature => NewSay::Signature {},
                Say::Silence => NewSay::Silence {},
                Say::Tone { hz } => NewSay::Tone { hz: *hz },
                Say::Wav { file, looped } => NewSay::Wav { base64: STANDARD.encode(file), looped: *looped },
            },
            press: script.press.iter().map(|press| NewPress { after_ms: ms(&press.after), digits: press.digits.clone() }).collect(),
            hang_up: match &script.hang_up {
                HangUp::After(time) => NewHangUp::After { ms: ms(time) },
                HangUp::AfterSaid(time) => NewHangUp::AfterSaid { ms: ms(time) },
                HangUp::Never => NewHangUp::Never {},
            },
            patience_ms: script.patience.as_ref().map(ms),
            record_seconds: Some(script.record_seconds),
            lost_percent: script.lost_percent,
            entry: None,
            cta_payload: None,
            deeplink_payload: None,
        }
    }

    fn entry(&self) -> EntryPoint {
        match (self.entry, &self.cta_payload, &self.deeplink_payload) {
            (Some(NewEntry::Icon), _, _) => EntryPoint::Icon,
            (Some(NewEntry::CallButton), _, _) | (None, Some(_), _) => EntryPoint::CallButton,
            (Some(NewEntry::DeepLink), _, _) | (None, None, Some(_)) => EntryPoint::DeepLink,
            (Some(NewEntry::CallLog), _, _) => EntryPoint::CallLog,
            (None, None, None) => EntryPoint::Icon,
        }
    }
}

impl NewSay {
    fn read(self) -> Result<Say, String> {
        Ok(match self {
            NewSay::Signature {} => Say::Signature,
            NewSay::Silence {} => Say::Silence,
            NewSay::Tone { hz } => Say::Tone { hz },
            NewSay::Wav { base64, looped } => {
                let file = STANDARD.decode(base64).map_err(|error| format!("script.say.base64: {error}"))?;
                Say::Wav { file, looped }
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(script: serde_json::Value) -> Result<Script, String> {
        let script: NewScript = crate::asked::reading::read(&script.into()).map_err(|wrong| wrong.to_string())?;
        script.read()
    }

    #[test]
    fn nothing_said_is_the_signature_for_ten_seconds() {
        let script = read(json!({})).unwrap();
        assert_eq!((script.say, script.hang_up), (Say::Signature, HangUp::After(Duration::from_secs(10))));
        assert_eq!((script.entry, script.record_seconds, script.patience), (EntryPoint::Icon, 30, None));
    }

    #[test]
    fn everything_can_be_said() {
        let script = read(json!({
            "say": { "kind": "wav", "base64": "UklGRg==", "looped": true },
            "press": [{ "after_ms": 1500, "digits": "1#" }],
            "hang_up": { "kind": "after_said", "ms": 500 },
            "patience_ms": 20000, "record_seconds": 5, "lost_percent": 2.5, "deeplink_payload": "p"
        }))
        .unwrap();
        assert_eq!(script.say, Say::Wav { file: b"RIFF".to_vec(), looped: true });
        assert_eq!(script.press, [Press { after: Duration::from_millis(1500), digits: "1#".into() }]);
        assert_eq!(script.hang_up, HangUp::AfterSaid(Duration::from_millis(500)));
        assert_eq!((script.entry, script.lost_percent), (EntryPoint::DeepLink, 2.5));
        for never in
            [json!({ "hang_up": { "kind": "never" } }), json!({ "say": { "kind": "tone", "hz": 440 }, "hang_up": { "kind": "never" } })]
        {
            assert_eq!(read(never).unwrap().hang_up, HangUp::Never);
        }
    }

    #[test]
    fn what_cannot_be_read_is_told() {
        for (script, named) in [
            (json!({ "sey": {} }), "sey"),
            (json!({ "say": { "kind": "song" } }), "song"),
            (json!({ "say": { "kind": "silence", "hz": 1 } }), "hz"),
            (json!({ "say": { "kind": "wav", "base64": "%" } }), "script.say.base64"),
            (json!({ "press": [{ "after_ms": -1, "digits": "1" }] }), "press[0].after_ms: a whole number"),
            (json!({ "hang_up": { "kind": "after" } }), "ms"),
            (json!({ "entry": "door" }), "door"),
        ] {
            let why = read(script).unwrap_err();
            assert!(why.contains(named), "{why}");
        }
    }
}
