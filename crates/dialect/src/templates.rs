//! Templates and their parameters.

use std::time::Duration;

use callport_core::message::CALL_BUTTON_LIFE;
use callport_core::template::{self as rules, Argument, Arguments, CallButtonArguments};
use callport_wire::messages::{ButtonInput, Parameter, TemplateMessage};
use callport_wire::templates::{Components, ParameterFormat, TemplateButton, TemplateStatus};
use callport_wire::webhooks::TemplateEvent;

use crate::Twin as _;

const SECONDS_PER_MINUTE: u64 = 60;

/// What the rules see of `components`.
pub fn content(components: Components, format: ParameterFormat) -> rules::Template {
    rules::Template {
        header: components.header.map(|header| header.as_str().to_owned()),
        body: components.body.as_str().to_owned(),
        footer: components.footer,
        buttons: components.buttons.into_iter().map(button).collect(),
        asks_permission: components.call_permission_request,
        format: rules::ParameterFormat::of(format),
    }
}

fn button(button: TemplateButton) -> rules::TemplateButton {
    match button {
        TemplateButton::VoiceCall { text, ttl_minutes } => {
            rules::TemplateButton::Call { text, life: ttl_minutes.map_or(CALL_BUTTON_LIFE, minutes) }
        }
        TemplateButton::Url { text, url } => rules::TemplateButton::Url { text, url: url.as_str().to_owned() },
        TemplateButton::QuickReply { text } => rules::TemplateButton::Reply { text },
    }
}

/// Minutes of a button's life.
pub fn minutes(minutes: u32) -> Duration {
    Duration::from_secs(u64::from(minutes) * SECONDS_PER_MINUTE)
}

/// What a message fills in.
pub fn arguments(message: TemplateMessage) -> Arguments {
    let mut arguments = Arguments { header: texts(message.header), body: texts(message.body), ..Arguments::default() };
    for button in message.buttons {
        match button {
            ButtonInput::VoiceCall { index: _, ttl_minutes, payload } => {
                arguments.call_button = Some(CallButtonArguments { life_minutes: ttl_minutes, payload });
            }
            ButtonInput::QuickReply { index, payload } => {
                arguments.reply_payloads.insert(index as usize, payload);
            }
            ButtonInput::Url { index, text } => {
                arguments.url_suffixes.insert(index as usize, text);
            }
        }
    }
    arguments
}

fn texts(parameters: Vec<Parameter>) -> Vec<Argument> {
    parameters.into_iter().map(|Parameter { name, text }| Argument { name, text }).collect()
}

/// `status`, as lists and nodes show it.
pub fn status(status: rules::TemplateStatus) -> TemplateStatus {
    match status {
        rules::TemplateStatus::Approved => TemplateStatus::Approved,
        rules::TemplateStatus::Pending => TemplateStatus::Pending,
        rules::TemplateStatus::Rejected => TemplateStatus::Rejected,
        rules::TemplateStatus::Paused => TemplateStatus::Paused,
        rules::TemplateStatus::Disabled => TemplateStatus::Disabled,
    }
}

/// The same, as a webhook tells it.
pub fn event(status: rules::TemplateStatus) -> TemplateEvent {
    match status {
        rules::TemplateStatus::Approved => TemplateEvent::Approved,
        rules::TemplateStatus::Pending => TemplateEvent::Pending,
        rules::TemplateStatus::Rejected => TemplateEvent::Rejected,
        rules::TemplateStatus::Paused => TemplateEvent::Paused,
        rules::TemplateStatus::Disabled => TemplateEvent::Disabled,
    }
}
