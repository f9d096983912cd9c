//! Templates on record, as the rules see them and as JSON shows them.

use callport_core::template::Template;
use callport_dialect::{Twin as _, templates};
use callport_engine::Fault;
use callport_engine::records::TemplateRecord;
use callport_wire::templates::{Components, ParameterFormat, TemplateView};
use serde_json::Value;

/// The content of a template on record. It was read like this when it was made, so a fault is the store's.
pub(crate) fn kept(record: &TemplateRecord) -> Result<Template, Fault> {
    let format = if record.named_parameters { ParameterFormat::Named } else { ParameterFormat::Positional };
    let components = Components::read(&as_sent(record)?, format).map_err(|error| Fault::new("graph: template", error))?;
    Ok(templates::content(components, format))
}

fn as_sent(record: &TemplateRecord) -> Result<Vec<Value>, Fault> {
    serde_json::from_str(&record.components).map_err(|error| Fault::new("graph: template", error))
}

/// The template as lists and its node show it.
pub(crate) fn view(record: &TemplateRecord) -> Result<TemplateView, Fault> {
    Ok(TemplateView {
        name: record.name.clone(),
        status: templates::status(record.status),
        category: record.category.published(),
        language: record.language.clone(),
        id: record.id.as_str().to_owned(),
        parameter_format: Some(if record.named_parameters { ParameterFormat::Named } else { ParameterFormat::Positional }),
        components: as_sent(record)?,
        health_status: None,
    })
}
