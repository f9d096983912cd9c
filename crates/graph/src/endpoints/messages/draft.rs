//! From the published content to the engine's draft. Templates are found by name and language among those of the account.

use callport_core::ids::WabaId;
use callport_dialect::templates::{arguments, minutes};
use callport_engine::MessageDraft;
use callport_wire::Code;
use callport_wire::messages::{Content, TemplateMessage};

use crate::Graph;
use crate::answer::Refusal;
use crate::templates;

/// What the engine is asked to send. 132001 for a template that is not there.
pub(super) async fn draft(graph: &Graph, waba: &WabaId, content: Content) -> Result<MessageDraft, Refusal> {
    match content {
        // Previews of links are the phone's affair, and ours makes none.
        Content::Text(text) => Ok(MessageDraft::Text(text.body)),
        Content::CallButton(button) => Ok(MessageDraft::CallButton {
            header: button.header,
            body: button.body,
            footer: button.footer,
            text: button.display_text,
            life: button.ttl_minutes.map(minutes),
            payload: button.payload,
        }),
        Content::PermissionRequest(request) => Ok(MessageDraft::PermissionRequest { body: request.body }),
        Content::Template(message) => of_template(graph, waba, message).await,
    }
}

async fn of_template(graph: &Graph, waba: &WabaId, message: TemplateMessage) -> Result<MessageDraft, Refusal> {
    let all = graph.engine.store().templates(waba).await?;
    let found = all.into_iter().find(|template| template.name == message.name && template.language == message.language);
    let record = found.ok_or_else(|| {
        let details = format!("The template {} does not exist in the language {}.", message.name, message.language);
        Refusal::because(Code::TemplateUnknown, details)
    })?;
    Ok(MessageDraft::Template { template: Box::new(templates::kept(&record)?), id: record.id, arguments: arguments(message) })
}
