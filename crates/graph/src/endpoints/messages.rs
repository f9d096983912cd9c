//! `POST /{version}/{phone-number-id}/messages`: text, call buttons, requests for call permission and templates; and marking as read.
//!
//! Platform docs, Cloud API, Send messages (2025-11-04); Calling, Call buttons and deep links (2026-02-25) and Obtain user call
//! permissions. A message that is taken is not delivered yet: that is told by status webhooks.
//!
//! Order of checks: token, permission, number, shape (100, 131008, 131009, 131051), recipient (131062), a template that is not there
//! (132001), the recipient once more (131021, 131026 for an id that is nobody's), the template's status (132015, 132016), whose the thread is
//! (131070), calling enabled
//! (138000), country (138013), paused (138014), list of allowed recipients (131030), permanent permission (138017), customer service
//! window (131047), limits of requests (138009), and parameters of the template last (132000, 132005, 132012, 132018). Calling and what follows
//! from it matter only to messages about calling: country, pauses, permission and limits to requests for permission alone.
//!
//! Of several accounts that the token reaches the number by, the message goes from the one that `messaging_account_id` names, a template from the
//! first that has it, and everything else from the first.
//!
//! An id that is nobody's is refused at once: a status webhook could not name the recipient. A number that is nobody's is taken, and
//! told as undeliverable by webhook.

use axum::extract::{Path, State};
use callport_core::ids::WabaId;
use callport_core::message::MessageId;
use callport_dialect::codes;
use callport_engine::records::Number;
use callport_engine::{Engine, OutgoingMessage, SendRefusal, SentMessage};
use callport_wire::Code;
use callport_wire::calls::Success;
use callport_wire::messages::{AcceptedMessage, Content, MessageReply, MessageRequest, ReplyContact, SendMessage, TemplateMessageStatus};
use callport_wire::schemas;
use serde_json::json;

use crate::answer::{Answer, Refusal, Reply};
use crate::asked::Asked;
use crate::auth::Caller;
use crate::operation::{Needs, Operation};
use crate::recipients;
use crate::{Graph, Shared};

mod draft;

/// What can be done with messages.
pub(crate) fn operations() -> Vec<Operation> {
    let send = Operation::post("sendMessage", post)
        .summary("Sends a message, or marks one as read")
        .needs(Needs::SENDER)
        .body(schemas::message())
        .reply(|known| json!({ "anyOf": [known.of::<MessageReply>(), known.of::<Success>()] }));
    vec![send]
}

/// The endpoint.
pub(crate) async fn post(State(graph): State<Shared>, Path(id): Path<String>, asked: Asked) -> Reply {
    let mut caller = asked.caller();
    let number = graph.sender(&mut caller, &id, &asked.method).await?;
    match MessageRequest::read(asked.params()?).map_err(|bad| Refusal(bad.into()))? {
        MessageRequest::MarkRead { message_id } => {
            mark_read(&caller.engine(&graph), &number, &message_id).await?;
            Answer::success()
        }
        MessageRequest::Send(message) => {
            let accounts = caller.accounts_named(asked.params()?)?;
            Answer::new(&send(&graph, &caller, number, &accounts, *message).await?)
        }
    }
}

async fn mark_read(engine: &Engine, number: &Number, message: &str) -> Result<(), Refusal> {
    let unknown = || Refusal::because(Code::InvalidParameter, "There is no message of a user with this id on this phone number.");
    let message = MessageId::parse(message).map_err(|_| unknown())?;
    if engine.mark_read(number, &message).await? { Ok(()) } else { Err(unknown()) }
}

async fn send(graph: &Graph, caller: &Caller, number: Number, accounts: &[WabaId], message: SendMessage) -> Result<MessageReply, Refusal> {
    let SendMessage { to, recipient, context, biz_opaque_callback_data: opaque, content } = message;
    let whom = recipients::named(to.as_deref(), recipient.as_deref(), &number.number).map_err(recipients::BadRecipient::of_message)?;
    let message_status = matches!(content, Content::Template(_)).then_some(TemplateMessageStatus::Accepted);
    let (id, kind) = (number.id.clone(), content.kind());
    let (account, draft) = draft::draft(graph, accounts, content).await?;
    let (account, business) = (account.unwrap_or_else(|| number.waba.clone()), caller.actor.app.business.clone());
    let wish = OutgoingMessage { number, account, business, to: whom, draft, context, opaque };
    let sent = caller.engine(graph).send(wish).await.map_err(|refusal| {
        let refusal = Refusal::from(refusal);
        tracing::info!(number = id.as_str(), kind, code = refusal.0.code().number(), "message refused");
        refusal
    })?;
    let SentMessage { id, user, bsuid } = sent;
    let contact = ReplyContact {
        input: to.or(recipient).unwrap_or_default(),
        wa_id: user.map(|user| user.digits().to_owned()),
        user_id: bsuid.map(|bsuid| bsuid.as_str().to_owned()),
        parent_user_id: None,
    };
    Ok(MessageReply::new(contact, AcceptedMessage { id: id.as_str().to_owned(), message_status }))
}

impl From<SendRefusal> for Refusal {
    fn from(refusal: SendRefusal) -> Self {
        let code = match &refusal {
            SendRefusal::Outreach(reason) => return (*reason).into(),
            SendRefusal::UnknownNumber => Code::InvalidParameter,
            SendRefusal::OtherOwner => Code::ThreadOfAnother,
            SendRefusal::ToItself => Code::SameNumber,
            SendRefusal::OpaqueTooLong => Code::ParameterValue,
            SendRefusal::UnknownId => Code::Undeliverable,
            SendRefusal::Fill(reason) => codes::of_fill(reason.kind()),
            SendRefusal::NoTemplate => Code::TemplateUnknown,
            SendRefusal::Template(status) => codes::of_unsent(*status),
        };
        Self::told(code, &refusal)
    }
}

#[cfg(test)]
mod tests;
