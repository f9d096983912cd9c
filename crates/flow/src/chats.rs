//! Chats: what businesses send, what users say, how far it came, and the permission to call that is asked for and given in them.

mod block;
mod permit;
mod receive;
mod say;
mod send;
mod threads;

pub use block::{Block, BlockRefusal, Unblock};
pub use permit::{Permit, PermitRefusal};
pub use receive::{MAX_UNREAD, MarkRead, Receipt, Receive};
pub use say::{Say, SayRefusal, Tap};
pub use send::{MessageDraft, Send, SendRefusal, SentMessage};
pub use threads::{ControlThread, ControlThreadRefusal, ThreadAction};

use callport_core::ids::UserId;
use callport_core::message::{Author, MessageId};
use callport_core::pair::PermissionReply;

use crate::journal::{About, Fact};
use crate::notice::{Context, Notice, Parties};
use crate::phones::UserEvent;
use crate::records::{Message, MessageBody, Said};
use crate::row::Row;
use crate::step::{Cx, Draft};

/// Who says something to whom.
pub(crate) struct Words<'a> {
    pub(crate) parties: &'a Parties,
    pub(crate) user: &'a UserId,
    /// Which message of this input it is, counted from 0.
    pub(crate) nth: u16,
}

impl Words<'_> {
    fn new_id(&self, cx: &Cx<'_>) -> MessageId {
        MessageId::compose(&self.parties.user, Author::User, cx.message_bytes(self.nth))
    }

    /// A message of the user, with the notice that brings it to the business.
    fn said(&self, cx: &Cx<'_>, id: MessageId, said: Said, context: Option<Context>) -> (Message, Notice) {
        let message = Message {
            id: id.clone(),
            number: self.parties.number_id.clone(),
            waba: self.parties.waba.clone(),
            user: self.user.clone(),
            at: cx.now,
            body: MessageBody::User(said.clone()),
            context: context.as_ref().map(|context| context.id().to_owned()),
        };
        (message, Notice::Said { parties: self.parties.clone(), message: id, at: cx.now, said, context, owner: None })
    }
}

/// A permission that changed: the message that tells the business, and what phones show. The pair is the caller's to write.
pub(crate) fn permission_changed(draft: &mut Draft, cx: &Cx<'_>, words: &Words<'_>, reply: PermissionReply, context: Option<Context>) {
    let (message, notice) = words.said(cx, words.new_id(cx), Said::Permission(reply), context);
    let about = About::pair(words.parties, words.user).of_message(&message.id);
    draft.note(cx, about, Fact::PermissionChanged { permission: reply.permission, source: reply.source });
    draft.told.push(notice);
    draft.show(words.user, UserEvent::Permission { number: words.parties.number_id.clone(), permission: reply.permission });
    draft.put(Row::Message(message));
}

#[cfg(test)]
mod tests;
