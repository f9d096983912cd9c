//! What adapters ask of chats.

use callport_core::gate::DeviceKind;
use callport_core::ids::{PhoneNumberId, PortfolioId, UserId, WabaId};
use callport_core::message::MessageId;
use callport_core::pair::{Decision, Pair, Permission};
use callport_flow::chats::{
    Block, BlockRefusal, MAX_UNREAD, MarkRead, MessageDraft, Permit, PermitRefusal, Receipt, Receive, Say, SayRefusal, Send, SendRefusal,
    SentMessage, Tap, Unblock,
};

use crate::directory::{To, never};
use crate::engine::Engine;
use crate::fault::{Failed, Fault};
use crate::ports::MessagePage;
use crate::records::{Message, Number, User};

/// Messages of one chat that a phone gets at once.
pub const CHAT_PAGE: u32 = 50;

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

/// A business's wish to send: `POST /{pnid}/messages`.
#[derive(Debug, Clone)]
pub struct OutgoingMessage {
    /// The business number.
    pub number: Number,
    /// The account of the number that sends and pays.
    pub account: WabaId,
    /// The business that owns the sending app, where somebody said so.
    pub business: Option<PortfolioId>,
    /// Whom.
    pub to: To,
    /// What.
    pub draft: MessageDraft,
    /// `context.message_id`.
    pub context: Option<String>,
    /// `biz_opaque_callback_data`.
    pub opaque: Option<String>,
}

impl Engine {
    /// Every chat that a user has, with its newest messages.
    pub async fn chats(&self, user: &UserId) -> Result<Vec<Chat>, Fault> {
        let mut chats = Vec::new();
        for record in self.store().pairs_of(user).await? {
            let (messages, more) = self.chat_page(user, &record.number, None).await?;
            let unread = self.store().unread_messages(&record.number, user, MAX_UNREAD).await?.len();
            let unread = u32::try_from(unread).unwrap_or(MAX_UNREAD);
            chats.push(Chat { number: record.number, pair: record.pair, messages, more, unread });
        }
        Ok(chats)
    }

    /// Messages before `before`, or the newest, oldest first, and whether there are older ones.
    pub async fn chat_page(&self, user: &UserId, number: &PhoneNumberId, before: Option<MessageId>) -> Result<(Vec<Message>, bool), Fault> {
        let page = MessagePage { number: number.clone(), user: user.clone(), before, limit: CHAT_PAGE + 1 };
        let mut messages = self.store().messages(page).await?;
        let more = messages.len() > CHAT_PAGE as usize;
        messages.truncate(CHAT_PAGE as usize);
        messages.reverse();
        Ok((messages, more))
    }

    /// What is kept of a pair, to look at.
    pub async fn pair(&self, number: &PhoneNumberId, user: &UserId) -> Result<Pair, Fault> {
        Ok(self.store().pair(number, user).await?.map(|record| record.pair).unwrap_or_default())
    }

    /// Accepts a message. What comes of it is told by status webhooks, the first of which is on its way when this returns.
    pub async fn send(&self, wish: OutgoingMessage) -> Result<SentMessage, Failed<SendRefusal>> {
        let OutgoingMessage { number, account, business, to, draft, context, opaque } = wish;
        let user = self.find_user(&number, &to).await?.map(|user| user.id);
        let (number, account, to) = (number.id, Some(account), to.number().cloned());
        self.submit(Send { number, account, business, user, to, draft, context, opaque }).await
    }

    /// The user writes. `key` is the phone's own id for it: the same again gives the message that it made the first time.
    pub async fn say(&self, user: &User, number: &PhoneNumberId, text: &str, key: Option<&str>) -> Result<Message, Failed<SayRefusal>> {
        let (user, number, text, key) = (user.id.clone(), number.clone(), text.to_owned(), key.map(str::to_owned));
        self.submit(Say { user, number, text, key }).await
    }

    /// The tap of a template's quick reply: button number `button` of that message, counted from 0.
    pub async fn tap(&self, user: &User, message: &MessageId, button: usize) -> Result<Message, Failed<SayRefusal>> {
        self.submit(Tap { user: user.id.clone(), message: message.clone(), button }).await
    }

    /// A device of the user reports a message. Repeated and late reports change nothing.
    pub async fn received(&self, user: &User, message: &MessageId, receipt: Receipt) -> Result<(), Fault> {
        never(self.submit(Receive { user: user.id.clone(), message: message.clone(), receipt }).await)
    }

    /// The business marks a user's message as read. False when there is no such message on this number.
    pub async fn mark_read(&self, number: &Number, message: &MessageId) -> Result<bool, Fault> {
        never(self.submit(MarkRead { number: number.id.clone(), message: message.clone() }).await)
    }

    /// The user answers a request for permission, or changes the answer while that is possible.
    pub async fn answer_request(&self, user: &User, request: &MessageId, decision: Decision) -> Result<Permission, Failed<PermitRefusal>> {
        self.submit(Permit::Card { user: user.id.clone(), request: request.clone(), decision }).await
    }

    /// The user decides in the business profile. [`Decision::Deny`] takes a permission back.
    pub async fn set_permission(
        &self,
        user: &User,
        number: &PhoneNumberId,
        decision: Decision,
    ) -> Result<Permission, Failed<PermitRefusal>> {
        self.submit(Permit::Profile { user: user.id.clone(), number: number.clone(), decision }).await
    }

    /// The user blocks a business: it cannot call, nothing that it sends arrives, and it is not told.
    pub async fn block(&self, user: &UserId, number: &PhoneNumberId) -> Result<(), Failed<BlockRefusal>> {
        self.submit(Block { user: user.clone(), number: number.clone() }).await
    }

    /// The user does not block a business any more. A permission has to be given anew.
    pub async fn unblock(&self, user: &UserId, number: &PhoneNumberId) -> Result<(), Failed<BlockRefusal>> {
        self.submit(Unblock { user: user.clone(), number: number.clone() }).await
    }

    /// The user asks a business that takes no calls at this hour to call back.
    pub async fn request_callback(
        &self,
        user: &User,
        device: DeviceKind,
        number: &PhoneNumberId,
    ) -> Result<Permission, Failed<PermitRefusal>> {
        self.submit(Permit::Callback { user: user.id.clone(), device, number: number.clone() }).await
    }
}
