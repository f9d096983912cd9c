//! `GET /{version}/{template-id}`: a template's node.
//!
//! Platform docs, WhatsApp Business Management API, Message templates.

use callport_engine::records::TemplateRecord;
use callport_engine::{Actor, Fault};
use serde_json::{Map, Value};

use crate::Graph;
use crate::answer::{Answer, Reply};
use crate::asked::Asked;
use crate::auth::Caller;
use crate::fields::{Fields, NodeKind};
use crate::templates;

/// What there is to ask of a template, and of each template of a list.
pub(super) const KIND: NodeKind = NodeKind {
    name: "WhatsAppBusinessMessageTemplate",
    default: &["name", "status", "category", "language", "id", "components"],
    served: &["name", "status", "category", "language", "components", "parameter_format", "health_status"],
    without_value: &[
        "ad_account_id",
        "bid_spec",
        "correct_category",
        "creative_sourcing_spec",
        "cta_url_link_tracking_opted_out",
        "degrees_of_freedom_spec",
        "is_primary_device_delivery_only",
        "last_updated_time",
        "library_template_body_inputs",
        "library_template_button_inputs",
        "library_template_name",
        "message_send_ttl_seconds",
        "previous_category",
        "quality_score",
        "rejected_reason",
        "rejection_info",
        "sub_category",
    ],
};

/// The node.
pub(crate) async fn get(graph: &Graph, mut caller: Caller, id: &str, asked: &Asked) -> Reply {
    let template = graph.template(&mut caller, id, &asked.method).await?;
    let fields = Fields::asked(asked.fields()?.as_deref(), &KIND)?;
    Answer::new(&shown(graph, &caller.actor, &template, &fields).await?)
}

/// The chosen fields of a template.
pub(super) async fn shown(graph: &Graph, actor: &Actor, template: &TemplateRecord, fields: &Fields) -> Result<Map<String, Value>, Fault> {
    let mut view = templates::view(template)?;
    if fields.has("health_status") {
        view.health_status = graph.health_of_template(actor, template).await?;
    }
    Ok(fields.of(&view))
}
