//! `type: interactive`: the call button and the request for call permission.

use super::{
    CallButton, Content, DISPLAY_TEXT_MAX_CHARS, HEADER_AND_FOOTER_MAX_CHARS, INTERACTIVE_BODY_MAX_CHARS, PAYLOAD_MAX_CHARS,
    PermissionRequest, TTL_MINUTES,
};
use crate::params::{Malformed, Params};

/// `interactive.type` and `action.name` of a call button.
pub(super) const VOICE_CALL: &str = "voice_call";

/// `interactive.type` and `action.name` of a request for call permission.
pub(super) const CALL_PERMISSION_REQUEST: &str = "call_permission_request";

/// Reads the object `interactive`.
pub(super) fn read(interactive: Params<'_>) -> Result<Content, Malformed> {
    match interactive.required_text("type")? {
        VOICE_CALL => read_call_button(interactive).map(Content::CallButton),
        CALL_PERMISSION_REQUEST => read_permission_request(interactive).map(Content::PermissionRequest),
        _ => {
            let supported = format!("is not supported, supported types are {VOICE_CALL}, {CALL_PERMISSION_REQUEST}");
            Err(Malformed::wrong("interactive.type", supported))
        }
    }
}

fn read_call_button(interactive: Params<'_>) -> Result<CallButton, Malformed> {
    let body = read_body(interactive)?.ok_or_else(|| Malformed::missing("interactive.body"))?;
    let action = read_action(interactive, VOICE_CALL)?;
    let button = CallButton { header: read_header(interactive)?, body, footer: read_footer(interactive)?, ..CallButton::default() };
    let Some(parameters) = action.object("parameters", "interactive.action.parameters")? else { return Ok(button) };
    let display_text = match parameters.value("display_text") {
        None => None,
        Some(_) => Some(parameters.required_bounded_text("display_text", DISPLAY_TEXT_MAX_CHARS)?.to_owned()),
    };
    Ok(CallButton {
        display_text,
        ttl_minutes: parameters.number_within("ttl_minutes", TTL_MINUTES)?,
        payload: parameters.bounded_text("payload", PAYLOAD_MAX_CHARS)?.map(str::to_owned),
        ..button
    })
}

fn read_permission_request(interactive: Params<'_>) -> Result<PermissionRequest, Malformed> {
    for part in ["header", "footer"] {
        if interactive.value(part).is_some() {
            return Err(Malformed::wrong(&interactive.name(part), "is not supported in a call permission request"));
        }
    }
    read_action(interactive, CALL_PERMISSION_REQUEST)?;
    Ok(PermissionRequest { body: read_body(interactive)? })
}

fn read_action<'a>(interactive: Params<'a>, name: &str) -> Result<Params<'a>, Malformed> {
    let action = interactive.object("action", "interactive.action")?.ok_or_else(|| Malformed::missing("interactive.action"))?;
    if action.required_text("name")? != name {
        return Err(Malformed::wrong("interactive.action.name", format_args!("must be \"{name}\"")));
    }
    Ok(action)
}

fn read_body(interactive: Params<'_>) -> Result<Option<String>, Malformed> {
    let Some(body) = interactive.object("body", "interactive.body")? else { return Ok(None) };
    Ok(Some(body.required_bounded_text("text", INTERACTIVE_BODY_MAX_CHARS)?.to_owned()))
}

/// Only text headers: there is no media to show above a button.
fn read_header(interactive: Params<'_>) -> Result<Option<String>, Malformed> {
    let Some(header) = interactive.object("header", "interactive.header")? else { return Ok(None) };
    if header.required_text("type")? != "text" {
        return Err(Malformed::wrong("interactive.header.type", "must be \"text\""));
    }
    Ok(Some(header.required_bounded_text("text", HEADER_AND_FOOTER_MAX_CHARS)?.to_owned()))
}

fn read_footer(interactive: Params<'_>) -> Result<Option<String>, Malformed> {
    let Some(footer) = interactive.object("footer", "interactive.footer")? else { return Ok(None) };
    Ok(Some(footer.required_bounded_text("text", HEADER_AND_FOOTER_MAX_CHARS)?.to_owned()))
}
