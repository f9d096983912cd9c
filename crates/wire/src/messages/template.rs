//! `type: template`: which template, and what its placeholders and buttons carry this time.
//!
//! Platform docs, Cloud API, Send messages, "Template messages"; Calling, Call buttons and deep links, "Send template";
//! nothing is sent for a template's call permission request. Whether the parameters fit the template is not known here.

use serde_json::Value;

use super::{PAYLOAD_MAX_CHARS, TTL_MINUTES};
use crate::params::{Malformed, Params};
use crate::quiet::quiet_debug;
use crate::templates::{BUTTONS_MAX, NAME_MAX_CHARS};

/// Most parameters of a header or body; a body of 1,024 characters cannot hold more placeholders.
pub const PARAMETERS_MAX: usize = 204;

/// A template by name, filled in.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct TemplateMessage {
    /// Its name.
    pub name: String,
    /// `language.code`.
    pub language: String,
    /// For the header's placeholders.
    pub header: Vec<Parameter>,
    /// For the body's placeholders.
    pub body: Vec<Parameter>,
    /// For its buttons; at most one call button.
    pub buttons: Vec<ButtonInput>,
}

/// The text for one placeholder.
#[derive(Clone, PartialEq, Eq)]
pub struct Parameter {
    /// `parameter_name`, where the template's placeholders have names.
    pub name: Option<String>,
    /// What takes the placeholder's place.
    pub text: String,
}

/// What one button carries this time.
#[derive(Clone, PartialEq, Eq)]
pub enum ButtonInput {
    /// `sub_type: voice_call`.
    VoiceCall {
        /// Place among the template's buttons, from 0. The published sample lacks it, client libraries send it.
        index: Option<u32>,
        /// Instead of the template's own, 1 to 43,200 minutes.
        ttl_minutes: Option<u32>,
        /// Comes back as `cta_payload` of the call, at most 512 characters.
        payload: Option<String>,
    },
    /// `sub_type: quick_reply`.
    QuickReply {
        /// Place among the template's buttons, from 0.
        index: u32,
        /// Comes back as `button.payload`, at most 512 characters.
        payload: String,
    },
    /// `sub_type: url`.
    Url {
        /// Place among the template's buttons, from 0.
        index: u32,
        /// For the placeholder at the end of the address.
        text: String,
    },
}

quiet_debug! {
    TemplateMessage { name, language, header, body, buttons }
    Parameter { name }
}

impl std::fmt::Debug for ButtonInput {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.sub_type())
    }
}

impl Parameter {
    /// The next placeholder's text.
    pub fn positional(text: impl Into<String>) -> Self {
        Self { name: None, text: text.into() }
    }

    /// The text of the placeholder called `name`.
    pub fn named(name: impl Into<String>, text: impl Into<String>) -> Self {
        Self { name: Some(name.into()), text: text.into() }
    }
}

impl ButtonInput {
    /// The word in `sub_type`.
    pub const fn sub_type(&self) -> &'static str {
        match self {
            Self::VoiceCall { .. } => "voice_call",
            Self::QuickReply { .. } => "quick_reply",
            Self::Url { .. } => "url",
        }
    }
}

impl TemplateMessage {
    /// Reads the object `template`.
    pub(super) fn read(template: Params<'_>) -> Result<Self, Malformed> {
        let name = template.required_bounded_text("name", NAME_MAX_CHARS)?.to_owned();
        let language = template.object("language", "template.language")?.ok_or_else(|| Malformed::missing("template.language"))?;
        let mut message = Self { name, language: language.required_text("code")?.to_owned(), ..Self::default() };
        for (at, component) in template.list("components")?.unwrap_or_default().iter().enumerate() {
            message.read_component(component, &format!("template.components[{at}]"))?;
        }
        Ok(message)
    }

    fn read_component(&mut self, component: &Value, path: &str) -> Result<(), Malformed> {
        let component = Params::nested(component, path)?;
        let into = match component.required_text("type")?.to_ascii_lowercase().as_str() {
            "header" => &mut self.header,
            "body" => &mut self.body,
            "button" => return self.add_button(read_button(component)?, path),
            _ => return Err(Malformed::wrong(&component.name("type"), "must be one of header, body, button")),
        };
        if !into.is_empty() {
            return Err(Malformed::wrong(path, "repeats a component"));
        }
        *into = read_parameters(component, PARAMETERS_MAX)?.iter().map(|(value, path)| read_text(value, path)).collect::<Result<_, _>>()?;
        Ok(())
    }

    fn add_button(&mut self, button: ButtonInput, path: &str) -> Result<(), Malformed> {
        let is_call = |button: &ButtonInput| matches!(button, ButtonInput::VoiceCall { .. });
        if is_call(&button) && self.buttons.iter().any(is_call) {
            return Err(Malformed::wrong(path, "is a second voice_call button"));
        }
        if self.buttons.len() == BUTTONS_MAX {
            return Err(Malformed::wrong(path, format_args!("is one button more than {BUTTONS_MAX}")));
        }
        self.buttons.push(button);
        Ok(())
    }
}

fn read_button(component: Params<'_>) -> Result<ButtonInput, Malformed> {
    let last = u32::try_from(BUTTONS_MAX - 1).unwrap_or(u32::MAX);
    let index = component.number_within("index", 0..=last)?;
    let needed = || index.ok_or_else(|| Malformed::missing(&component.name("index")));
    match component.required_text("sub_type")?.to_ascii_lowercase().as_str() {
        "voice_call" => read_call_button(component, index),
        "quick_reply" => {
            let payload = read_only(component, "payload")?;
            Ok(ButtonInput::QuickReply { index: needed()?, payload })
        }
        "url" => {
            let text = read_only(component, "text")?;
            Ok(ButtonInput::Url { index: needed()?, text })
        }
        _ => Err(Malformed::wrong(&component.name("sub_type"), "must be one of voice_call, quick_reply, url")),
    }
}

/// Both parameters are optional, and each may stand in any place.
fn read_call_button(component: Params<'_>, index: Option<u32>) -> Result<ButtonInput, Malformed> {
    let (mut ttl_minutes, mut payload) = (None, None);
    for (value, path) in &read_parameters(component, 2)? {
        let parameter = Params::nested(value, path)?;
        match parameter.required_text("type")? {
            "ttl_minutes" => {
                let minutes = parameter.number_within("ttl_minutes", TTL_MINUTES)?;
                ttl_minutes = Some(minutes.ok_or_else(|| Malformed::missing(&parameter.name("ttl_minutes")))?);
            }
            "payload" => payload = Some(parameter.required_bounded_text("payload", PAYLOAD_MAX_CHARS)?.to_owned()),
            _ => return Err(Malformed::wrong(&parameter.name("type"), "must be one of ttl_minutes, payload")),
        }
    }
    Ok(ButtonInput::VoiceCall { index, ttl_minutes, payload })
}

/// The one parameter of a button, of type `kind`.
fn read_only(component: Params<'_>, kind: &str) -> Result<String, Malformed> {
    let parameters = read_parameters(component, 1)?;
    let (value, path) = parameters.first().ok_or_else(|| Malformed::missing(&component.name("parameters")))?;
    let parameter = Params::nested(value, path)?;
    check_kind(parameter, kind)?;
    Ok(parameter.required_bounded_text(kind, PAYLOAD_MAX_CHARS)?.to_owned())
}

fn read_text(value: &Value, path: &str) -> Result<Parameter, Malformed> {
    let parameter = Params::nested(value, path)?;
    check_kind(parameter, "text")?;
    let name = parameter.text("parameter_name")?.filter(|name| !name.is_empty()).map(str::to_owned);
    Ok(Parameter { name, text: parameter.required_text("text")?.to_owned() })
}

fn check_kind(parameter: Params<'_>, kind: &str) -> Result<(), Malformed> {
    if parameter.required_text("type")?.eq_ignore_ascii_case(kind) {
        return Ok(());
    }
    Err(Malformed::wrong(&parameter.name("type"), format_args!("must be \"{kind}\"")))
}

/// The parameters of a component, each with its full name.
fn read_parameters<'a>(component: Params<'a>, max: usize) -> Result<Vec<(&'a Value, String)>, Malformed> {
    let name = component.name("parameters");
    let parameters = component.list("parameters")?.unwrap_or_default();
    if parameters.len() > max {
        return Err(Malformed::wrong(&name, format_args!("must have at most {max} elements")));
    }
    Ok(parameters.iter().enumerate().map(|(at, value)| (value, format!("{name}[{at}]"))).collect())
}
