//! Between templates as they are kept, as the rules see them, and as JSON shows them.

use std::time::Duration;

use callport_core::message::CALL_BUTTON_LIFE;
use callport_core::template as rules;
use callport_engine::Fault;
use callport_engine::records::TemplateRecord;
use callport_wire::templates::{Category, Components, ParameterFormat, TemplateButton, TemplateStatus, TemplateView};
use serde_json::Value;

const SECONDS_PER_MINUTE: u64 = 60;

/// What the rules see of `components`.
pub(crate) fn content(components: Components, format: ParameterFormat) -> rules::Template {
    rules::Template {
        header: components.header.map(|header| header.as_str().to_owned()),
        body: components.body.as_str().to_owned(),
        footer: components.footer,
        buttons: components.buttons.into_iter().map(button).collect(),
        asks_permission: components.call_permission_request,
        format: match format {
            ParameterFormat::Positional => rules::ParameterFormat::Positional,
            ParameterFormat::Named => rules::ParameterFormat::Named,
        },
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
pub(crate) fn minutes(minutes: u32) -> Duration {
    Duration::from_secs(u64::from(minutes) * SECONDS_PER_MINUTE)
}

/// The content of a template on record. It was read like this when it was made, so a fault is the store's.
pub(crate) fn kept(record: &TemplateRecord) -> Result<rules::Template, Fault> {
    let format = if record.named_parameters { ParameterFormat::Named } else { ParameterFormat::Positional };
    let components = Components::read(&as_sent(record)?, format).map_err(|error| Fault::new("graph: template", error))?;
    Ok(content(components, format))
}

fn as_sent(record: &TemplateRecord) -> Result<Vec<Value>, Fault> {
    serde_json::from_str(&record.components).map_err(|error| Fault::new("graph: template", error))
}

/// The template as lists and its node show it.
pub(crate) fn view(record: &TemplateRecord) -> Result<TemplateView, Fault> {
    Ok(TemplateView {
        name: record.name.clone(),
        status: status(record.status),
        category: category(record.category),
        language: record.language.clone(),
        id: record.id.as_str().to_owned(),
        parameter_format: Some(if record.named_parameters { ParameterFormat::Named } else { ParameterFormat::Positional }),
        components: as_sent(record)?,
    })
}

/// The published status.
pub(crate) fn status(status: rules::TemplateStatus) -> TemplateStatus {
    match status {
        rules::TemplateStatus::Approved => TemplateStatus::Approved,
        rules::TemplateStatus::Pending => TemplateStatus::Pending,
        rules::TemplateStatus::Rejected => TemplateStatus::Rejected,
        rules::TemplateStatus::Paused => TemplateStatus::Paused,
        rules::TemplateStatus::Disabled => TemplateStatus::Disabled,
    }
}

/// The published category.
pub(crate) fn category(category: rules::Category) -> Category {
    match category {
        rules::Category::Marketing => Category::Marketing,
        rules::Category::Utility => Category::Utility,
        rules::Category::Authentication => Category::Authentication,
    }
}

/// The category that a published one stands for.
pub(crate) fn read_category(category: Category) -> rules::Category {
    match category {
        Category::Marketing => rules::Category::Marketing,
        Category::Utility => rules::Category::Utility,
        Category::Authentication => rules::Category::Authentication,
    }
}
