//! `BUTTONS` of a template.

use serde_json::Value;

use super::{BUTTON_TEXT_MAX_CHARS, BUTTONS_MAX, ParameterFormat, TTL_MINUTES, TemplateText, URL_MAX_CHARS};
use crate::params::{Malformed, Params};

/// One button. `PHONE_NUMBER` is refused: it would dial out of the platform, to where no call of ours goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TemplateButton {
    /// `VOICE_CALL`: starts a user-initiated call. At most one.
    VoiceCall {
        /// On the button, 1 to 25 characters.
        text: String,
        /// How long it works, 1,440 to 43,200 minutes.
        ttl_minutes: Option<u32>,
    },
    /// `URL`.
    Url {
        /// On the button, 1 to 25 characters.
        text: String,
        /// Address, `http` or `https`; may end in the placeholder `{{1}}`.
        url: TemplateText,
    },
    /// `QUICK_REPLY`: sends its text back. They stand side by side.
    QuickReply {
        /// On the button, 1 to 25 characters.
        text: String,
    },
}

impl TemplateButton {
    /// On the button.
    pub fn text(&self) -> &str {
        match self {
            Self::VoiceCall { text, .. } | Self::Url { text, .. } | Self::QuickReply { text } => text,
        }
    }

    /// Reads a component's `buttons`.
    pub(super) fn read_all(component: Params<'_>) -> Result<Vec<Self>, Malformed> {
        let name = component.name("buttons");
        let list = component.list("buttons")?.unwrap_or_default();
        if list.is_empty() {
            return Err(Malformed::missing(&name));
        }
        if list.len() > BUTTONS_MAX {
            return Err(Malformed::wrong(&name, format_args!("must have at most {BUTTONS_MAX} elements")));
        }
        let read = list.iter().enumerate().map(|(at, value)| Self::read(value, &format!("{name}[{at}]")));
        let buttons = read.collect::<Result<Vec<_>, _>>()?;
        if buttons.iter().filter(|button| matches!(button, Self::VoiceCall { .. })).count() > 1 {
            return Err(Malformed::wrong(&name, "must have at most one VOICE_CALL button"));
        }
        let runs = buttons.chunk_by(|one, other| one.is_quick_reply() == other.is_quick_reply());
        if runs.filter(|run| run[0].is_quick_reply()).count() > 1 {
            return Err(Malformed::wrong(&name, "must group its QUICK_REPLY buttons together"));
        }
        Ok(buttons)
    }

    fn is_quick_reply(&self) -> bool {
        matches!(self, Self::QuickReply { .. })
    }

    fn read(value: &Value, path: &str) -> Result<Self, Malformed> {
        let button = Params::nested(value, path)?;
        let kind = button.required_text("type")?.to_ascii_uppercase();
        let text = || button.required_bounded_text("text", BUTTON_TEXT_MAX_CHARS).map(str::to_owned);
        match kind.as_str() {
            "VOICE_CALL" => Ok(Self::VoiceCall { text: text()?, ttl_minutes: button.number_within("ttl_minutes", TTL_MINUTES)? }),
            "URL" => Ok(Self::Url { text: text()?, url: read_url(button)? }),
            "QUICK_REPLY" => Ok(Self::QuickReply { text: text()? }),
            _ => Err(Malformed::wrong(&button.name("type"), "must be one of VOICE_CALL, URL, QUICK_REPLY")),
        }
    }
}

/// The placeholder of an address has a number in templates of both formats.
fn read_url(button: Params<'_>) -> Result<TemplateText, Malformed> {
    let name = button.name("url");
    let url = button.required_bounded_text("url", URL_MAX_CHARS)?;
    if !url.starts_with("https://") && !url.starts_with("http://") {
        return Err(Malformed::wrong(&name, "must begin with https:// or http://"));
    }
    let text = TemplateText::read(url, ParameterFormat::Positional, &name)?;
    let at_end = text.placeholders().len() == 1 && url.find("{{1}}") == url.len().checked_sub("{{1}}".len());
    if text.placeholders().is_empty() || at_end {
        return Ok(text);
    }
    Err(Malformed::wrong(&name, "may have one placeholder, at its end"))
}
