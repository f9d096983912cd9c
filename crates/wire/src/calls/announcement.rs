//! `recording` and `transcription`: asked for per call, on connect or accept.
//!
//! Platform docs, Calling, Call recording and Call transcription (2026-06-30). When both are on, one announcement
//! plays and its words come from `recording`; those in `transcription` are not even looked at.

use serde::{Serialize, Serializer, ser::SerializeMap};

use crate::params::{Malformed, Params};
use crate::settings::Switch;

/// Most characters of `purpose`.
pub const PURPOSE_MAX_CHARS: usize = 250;

/// What to announce before capture begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Announcement {
    /// Spoken reason, 1 to 250 characters.
    pub purpose: String,
    /// Language it is spoken in.
    pub language: Language,
}

/// What to capture of this call.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Capture {
    /// The call is recorded.
    pub recording: bool,
    /// The call is transcribed.
    pub transcription: bool,
    /// The one announcement; present exactly when either is on.
    pub announcement: Option<Announcement>,
}

impl Capture {
    /// Both objects out of a request.
    ///
    /// # Errors
    /// Status that is neither ENABLED nor DISABLED; purpose or language missing, too long or unknown where needed.
    pub(super) fn read(params: Params<'_>) -> Result<Self, Malformed> {
        let recording = read_one(params, "recording", true)?;
        let transcription = read_one(params, "transcription", recording.is_none())?;
        Ok(Self {
            recording: recording.is_some(),
            transcription: transcription.is_some(),
            announcement: recording.flatten().or(transcription.flatten()),
        })
    }

    /// Nothing is captured.
    pub fn is_off(&self) -> bool {
        !self.recording && !self.transcription
    }

    /// Which object carries the announcement when writing, and which goes without.
    pub(super) fn objects(&self) -> [Option<Written<'_>>; 2] {
        let words = self.announcement.as_ref();
        let recording = self.recording.then_some(Written(words));
        let transcription = self.transcription.then_some(Written(if self.recording { None } else { words }));
        [recording, transcription]
    }
}

/// `None`: off. `Some(None)`: on, words not looked at. `Some(Some(_))`: on, with its words.
fn read_one(params: Params<'_>, key: &'static str, words: bool) -> Result<Option<Option<Announcement>>, Malformed> {
    let Some(value) = params.value(key) else { return Ok(None) };
    let object = Params::nested(value, key)?;
    let status = object.word::<Switch>("status")?.ok_or_else(|| Malformed::missing(&object.name("status")))?;
    match status {
        Switch::Disabled => Ok(None),
        Switch::Enabled if !words => Ok(Some(None)),
        Switch::Enabled => {
            let purpose = object.required_text("purpose")?;
            if purpose.chars().count() > PURPOSE_MAX_CHARS {
                return Err(Malformed::wrong(&object.name("purpose"), "must have at most 250 characters"));
            }
            let language = object.required_text("announcement_language")?;
            let language = Language::parse(language)
                .ok_or_else(|| Malformed::wrong(&object.name("announcement_language"), "is not a supported language"))?;
            Ok(Some(Some(Announcement { purpose: purpose.to_owned(), language })))
        }
    }
}

/// One of the published announcement languages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Language(&'static str);

/// Platform docs, Call recording, "announcement_language".
const LANGUAGES: [&str; 18] =
    ["en", "en_US", "en_AU", "en_CA", "en_GB", "en_IN", "en_NZ", "nl", "fr", "de", "hi", "it", "kn", "pt", "es", "es_ES", "te", "vi"];

impl Language {
    /// The language of that code.
    pub fn parse(code: &str) -> Option<Self> {
        LANGUAGES.into_iter().find(|known| *known == code).map(Self)
    }

    /// The code as published.
    pub const fn as_str(self) -> &'static str {
        self.0
    }
}

/// One object as a business writes it.
pub(super) struct Written<'a>(Option<&'a Announcement>);

impl Serialize for Written<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("status", &Switch::Enabled)?;
        if let Some(words) = self.0 {
            map.serialize_entry("purpose", &words.purpose)?;
            map.serialize_entry("announcement_language", words.language.as_str())?;
        }
        map.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn read(request: Value) -> Result<Capture, Malformed> {
        Capture::read(Params::nested(&request, "").unwrap())
    }

    #[test]
    fn absent_and_disabled_are_off() {
        assert!(read(json!({})).unwrap().is_off());
        let both = json!({ "recording": { "status": "DISABLED" }, "transcription": { "status": "disabled" } });
        assert!(read(both).unwrap().is_off());
    }

    #[test]
    fn recording_speaks_for_both() {
        let capture = read(json!({
            "transcription": { "status": "ENABLED", "purpose": "", "announcement_language": "xx" },
            "recording": { "status": "ENABLED", "purpose": "Training", "announcement_language": "pt" },
        }))
        .unwrap();
        assert!(capture.recording && capture.transcription);
        let words = capture.announcement.unwrap();
        assert_eq!((words.purpose.as_str(), words.language.as_str()), ("Training", "pt"));
    }

    #[test]
    fn every_published_language_is_taken() {
        for code in LANGUAGES {
            assert_eq!(Language::parse(code).unwrap().as_str(), code);
        }
        assert_eq!(Language::parse("EN"), None);
    }

    #[test]
    fn refuses_the_four_published_mistakes() {
        let long = "x".repeat(251);
        for (object, expected) in [
            (json!({ "status": "ON" }), "The parameter recording.status must be one of ENABLED, DISABLED."),
            (json!({}), "The parameter recording.status is required."),
            (json!({ "status": "ENABLED" }), "The parameter recording.purpose is required."),
            (
                json!({ "status": "ENABLED", "purpose": long, "announcement_language": "en" }),
                "The parameter recording.purpose must have at most 250 characters.",
            ),
            (
                json!({ "status": "ENABLED", "purpose": "p", "announcement_language": "fi" }),
                "The parameter recording.announcement_language is not a supported language.",
            ),
        ] {
            assert_eq!(read(json!({ "recording": object })).unwrap_err().details, expected);
        }
    }
}
