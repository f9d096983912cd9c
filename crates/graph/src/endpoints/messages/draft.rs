//! From the published content to the engine's draft. Templates are found by name and language among those of the account.

use callport_core::ids::WabaId;
use callport_dialect::templates::{arguments, minutes};
use callport_engine::MessageDraft;
use callport_wire::Code;
use callport_wire::messages::{Content, TemplateMessage};

use crate::Graph;
use crate::answer::Refusal;
use crate::templates;

/// What the engine is asked to send, and the account that it goes from: the first of `accounts`, or the first that has the template. 132001 for a
/// template that is not there.
pub(super) async fn draft(graph: &Graph, accounts: &[WabaId], content: Content) -> Result<(Option<WabaId>, MessageDraft), Refusal> {
    let draft = match content {
        // Previews of links are the phone's affair, and ours makes none.
        Content::Text(text) => MessageDraft::Text(text.body),
        Content::CallButton(button) => MessageDraft::CallButton {
            header: button.header,
            body: button.body,
            footer: button.footer,
            text: button.display_text,
            life: button.ttl_minutes.map(minutes),
            payload: button.payload,
        },
        Content::PermissionRequest(request) => MessageDraft::PermissionRequest { body: request.body },
        Content::Template(message) => return of_template(graph, accounts, message).await,
    };
    Ok((accounts.first().cloned(), draft))
}

async fn of_template(graph: &Graph, accounts: &[WabaId], message: TemplateMessage) -> Result<(Option<WabaId>, MessageDraft), Refusal> {
    for account in accounts {
        let all = graph.engine.store().templates(account).await?;
        let found = all.into_iter().find(|template| template.name == message.name && template.language == message.language);
        if let Some(record) = found {
            let template = Box::new(templates::kept(&record)?);
            return Ok((Some(account.clone()), MessageDraft::Template { template, id: record.id, arguments: arguments(message) }));
        }
    }
    let details = format!("The template {} does not exist in the language {}.", message.name, message.language);
    Err(Refusal::because(Code::TemplateUnknown, details))
}
