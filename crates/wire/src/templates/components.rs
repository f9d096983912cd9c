//! `components` of a template: what it is made of.

use serde_json::Value;

use super::{BODY_MAX_CHARS, HEADER_AND_FOOTER_MAX_CHARS, ParameterFormat, TemplateButton, TemplateText};
use crate::params::{Malformed, Params};
use crate::quiet::quiet_debug;

/// What a template is made of. Each component at most once, the body always.
#[derive(Clone, PartialEq, Eq)]
pub struct Components {
    /// `HEADER`, text with at most one placeholder.
    pub header: Option<TemplateText>,
    /// `BODY`.
    pub body: TemplateText,
    /// `FOOTER`, without placeholders.
    pub footer: Option<String>,
    /// `BUTTONS`; empty where there are none.
    pub buttons: Vec<TemplateButton>,
    /// `CALL_PERMISSION_REQUEST`: the message asks for call permission. Never beside buttons.
    pub call_permission_request: bool,
}

quiet_debug! { Components { header, body, call_permission_request } }

impl Components {
    /// Reads the list of components, as sent by the business or as kept from then.
    ///
    /// Types are read in any case. `example` is not looked at: published samples disagree about its form.
    ///
    /// # Errors
    /// The first member that is missing or wrong, in words.
    pub fn read(list: &[Value], format: ParameterFormat) -> Result<Self, Malformed> {
        let mut found = Found::default();
        for (at, value) in list.iter().enumerate() {
            found.add(value, format, &format!("components[{at}]"))?;
        }
        let body = found.body.ok_or_else(|| Malformed::wrong("components", "must have a BODY"))?;
        let buttons = found.buttons.unwrap_or_default();
        let call_permission_request = found.call_permission_request.is_some();
        if call_permission_request && !buttons.is_empty() {
            return Err(Malformed::wrong("components", "must not have CALL_PERMISSION_REQUEST beside BUTTONS"));
        }
        Ok(Self { header: found.header, body, footer: found.footer, buttons, call_permission_request })
    }

    /// The call button's text and time to live, if there is one.
    pub fn call_button(&self) -> Option<(&str, Option<u32>)> {
        self.buttons.iter().find_map(|button| match button {
            TemplateButton::VoiceCall { text, ttl_minutes } => Some((text.as_str(), *ttl_minutes)),
            _ => None,
        })
    }

    /// Has a call button or asks for call permission.
    pub fn is_about_calling(&self) -> bool {
        self.call_permission_request || self.call_button().is_some()
    }
}

/// The components so far.
#[derive(Default)]
struct Found {
    header: Option<TemplateText>,
    body: Option<TemplateText>,
    footer: Option<String>,
    buttons: Option<Vec<TemplateButton>>,
    call_permission_request: Option<()>,
}

impl Found {
    fn add(&mut self, value: &Value, format: ParameterFormat, path: &str) -> Result<(), Malformed> {
        let component = Params::nested(value, path)?;
        match component.required_text("type")?.to_ascii_uppercase().as_str() {
            "HEADER" => put(&mut self.header, read_header(component, format)?, path),
            "BODY" => put(&mut self.body, read_text(component, BODY_MAX_CHARS, format)?, path),
            "FOOTER" => put(&mut self.footer, read_footer(component)?, path),
            "BUTTONS" => put(&mut self.buttons, TemplateButton::read_all(component)?, path),
            "CALL_PERMISSION_REQUEST" => put(&mut self.call_permission_request, (), path),
            _ => {
                let name = component.name("type");
                Err(Malformed::wrong(&name, "must be one of HEADER, BODY, FOOTER, BUTTONS, CALL_PERMISSION_REQUEST"))
            }
        }
    }
}

fn put<T>(place: &mut Option<T>, component: T, path: &str) -> Result<(), Malformed> {
    match place.replace(component) {
        None => Ok(()),
        Some(_) => Err(Malformed::wrong(path, "repeats a component")),
    }
}

/// One published sample leaves `format` out.
fn read_header(component: Params<'_>, format: ParameterFormat) -> Result<TemplateText, Malformed> {
    if component.text("format")?.is_some_and(|format| !format.eq_ignore_ascii_case("TEXT")) {
        return Err(Malformed::wrong(&component.name("format"), "must be TEXT"));
    }
    let text = read_text(component, HEADER_AND_FOOTER_MAX_CHARS, format)?;
    if text.placeholders().len() > 1 {
        return Err(Malformed::wrong(&component.name("text"), "may have one placeholder"));
    }
    Ok(text)
}

fn read_footer(component: Params<'_>) -> Result<String, Malformed> {
    let text = component.required_bounded_text("text", HEADER_AND_FOOTER_MAX_CHARS)?;
    Ok(text.to_owned())
}

fn read_text(component: Params<'_>, max: usize, format: ParameterFormat) -> Result<TemplateText, Malformed> {
    TemplateText::read(component.required_bounded_text("text", max)?, format, &component.name("text"))
}

#[cfg(test)]
mod tests;
