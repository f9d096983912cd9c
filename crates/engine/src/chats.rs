//! Chats: what businesses send, what users say, how far it came, and the permission to call that is asked for and given in them.
//!
//! Every function here is one transaction: the message, the pair and the webhooks together. Phones are told after it.

mod permission;
mod receipts;
mod say;
mod send;

pub use permission::PermitRefusal;
pub use receipts::Receipt;
pub use say::SayRefusal;
pub use send::{Draft, Outgoing, SendRefusal, SentMessage};

use callport_core::ids::{PhoneNumberId, UserId};
use callport_core::message::{Author, MessageId};
use callport_core::number::PhoneNumber;
use callport_core::pair::Pair;

use crate::calls::facts;
use crate::engine::Engine;
use crate::fault::Fault;
use crate::pairs::HeldPair;
use crate::ports::{Context, MessagePage, Notice, Parties};
use crate::records::{Message, MessageBody, Number, Said, User};

/// Messages of one chat that a phone gets at once.
pub const CHAT_PAGE: u32 = 50;

/// Messages that are looked through for unread ones; older ones stay unread.
pub(crate) const MAX_UNREAD: u32 = 500;

/// One chat of a user, as a phone shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chat {
    /// The business number.
    pub number: PhoneNumberId,
    /// Permission and the card that can be answered.
    pub pair: Pair,
    /// The newest, oldest first.
    pub messages: Vec<Message>,
    /// There are older ones.
    pub more: bool,
    /// Messages of the business that were not read.
    pub unread: u32,
}

impl Engine {
    /// Every chat that a user has, with its newest messages.
    pub async fn chats(&self, user: &UserId) -> Result<Vec<Chat>, Fault> {
        let mut chats = Vec::new();
        for record in self.ports.store.pairs_of(user).await? {
            let (messages, more) = self.chat_page(user, &record.number, None).await?;
            let unread = self.ports.store.unread_messages(&record.number, user, MAX_UNREAD).await?.len();
            let unread = u32::try_from(unread).unwrap_or(MAX_UNREAD);
            chats.push(Chat { number: record.number, pair: record.pair, messages, more, unread });
        }
        Ok(chats)
    }

    /// Messages before `before`, or the newest, oldest first, and whether there are older ones.
    pub async fn chat_page(&self, user: &UserId, number: &PhoneNumberId, before: Option<MessageId>) -> Result<(Vec<Message>, bool), Fault> {
        let page = MessagePage { number: number.clone(), user: user.clone(), before, limit: CHAT_PAGE + 1 };
        let mut messages = self.ports.store.messages(page).await?;
        let more = messages.len() > CHAT_PAGE as usize;
        messages.truncate(CHAT_PAGE as usize);
        messages.reverse();
        Ok((messages, more))
    }

    pub(crate) fn new_message_id(&self, user: &PhoneNumber, author: Author) -> MessageId {
        MessageId::compose(user, author, self.random())
    }

    /// The parties of a chat; `None` when the number's WABA is gone.
    pub(crate) async fn parties(&self, number: &Number, user: &User) -> Result<Option<Parties>, Fault> {
        Ok(self.ports.store.waba(&number.waba).await?.map(|waba| facts(&waba, number, user)))
    }

    /// A user's message and the webhook that brings it to the business.
    pub(crate) fn said(&self, held: &HeldPair<'_>, facts: &Parties, said: Said, context: Option<Context>) -> (Message, Notice) {
        let id = self.new_message_id(&facts.user, Author::User);
        self.said_as(id, held, facts, said, context)
    }

    pub(crate) fn said_as(
        &self,
        id: MessageId,
        held: &HeldPair<'_>,
        facts: &Parties,
        said: Said,
        context: Option<Context>,
    ) -> (Message, Notice) {
        let at = self.now();
        let message = Message {
            id: id.clone(),
            number: facts.number_id.clone(),
            waba: facts.waba.clone(),
            user: held.record.user.clone(),
            at,
            body: MessageBody::User(said.clone()),
            context: context.as_ref().map(|context| context.id().to_owned()),
        };
        (message, Notice::Said { facts: facts.clone(), message: id, at, said, context })
    }
}
