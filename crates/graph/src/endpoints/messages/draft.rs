//! From the published content to the engine's draft. Templates are found by name and language among those of the account.

use callport_core::ids::WabaId;
use callport_core::template::{Argument, Arguments, CallButtonArguments};
use callport_engine::Draft;
use callport_wire::Code;
use callport_wire::messages::{ButtonInput, Content, Parameter, TemplateMessage};

use crate::Graph;
use crate::answer::Refusal;
use crate::templates;

/// What the engine is asked to send. 132001 for a template that is not there.
pub(super) async fn draft(graph: &Graph, waba: &WabaId, content: Content) -> Result<Draft, Refusal> {
    match content {
        // Previews of links are the phone's affair, and ours makes none.
        Content::Text(text) => Ok(Draft::Text(text.body)),
        Content::CallButton(button) => Ok(Draft::CallButton {
            header: button.header,
            body: button.body,
            footer: button.footer,
            text: button.display_text,
            life: button.ttl_minutes.map(templates::minutes),
            payload: button.payload,
        }),
        Content::PermissionRequest(request) => Ok(Draft::PermissionRequest { body: request.body }),
        Content::Template(message) => of_template(graph, waba, message).await,
    }
}

async fn of_template(graph: &Graph, waba: &WabaId, message: TemplateMessage) -> Result<Draft, Refusal> {
    let all = graph.engine.store().templates(waba).await?;
    let found = all.into_iter().find(|template| template.name == message.name && template.language == message.language);
    let record = found.ok_or_else(|| {
        let details = format!("The template {} does not exist in the language {}.", message.name, message.language);
        Refusal::because(Code::TemplateUnknown, details)
    })?;
    Ok(Draft::Template {
        template: Box::new(templates::kept(&record)?),
        category: record.category,
        status: record.status,
        arguments: arguments(message),
    })
}

fn arguments(message: TemplateMessage) -> Arguments {
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
