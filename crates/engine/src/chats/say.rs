//! What a user says to a business: a text, or the tap of a quick reply. Either opens the customer service window.

use callport_core::ids::PhoneNumberId;
use callport_core::message::{Author, Button, MAX_TEXT, MessageId};

use crate::engine::Engine;
use crate::fault::Fault;
use crate::ports::{Change, Context};
use crate::records::{Message, MessageBody, Number, Said, User};
use crate::users::UserEvent;

/// Why nothing was said.
#[derive(Debug, Clone, thiserror::Error)]
pub enum SayRefusal {
    /// No such business number.
    #[error("there is no business with this number")]
    UnknownNumber,
    /// Empty, or too long.
    #[error("a message has 1 to {MAX_TEXT} characters")]
    BadText,
    /// No such button in a message to this user.
    #[error("there is no such button")]
    UnknownButton,
    /// The store failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl Engine {
    /// A text. `key` is the phone's own id for it: the same again gives the message that it made the first time.
    pub async fn say(&self, user: &User, number: &PhoneNumberId, text: &str, key: Option<&str>) -> Result<Message, SayRefusal> {
        let length = text.chars().count();
        if text.trim().is_empty() || length > MAX_TEXT {
            return Err(SayRefusal::BadText);
        }
        let number = self.ports.store.number(number).await?.ok_or(SayRefusal::UnknownNumber)?;
        let id = match key {
            Some(key) => MessageId::derive(&user.number, &number.id, key),
            None => self.new_message_id(&user.number, Author::User),
        };
        let said = Said::Text { text: text.to_owned(), read: false };
        self.put_said(id, user, &number, said, None).await
    }

    /// The tap of a template's quick reply: button number `button` of that message, counted from 0.
    pub async fn tap(&self, user: &User, message: &MessageId, button: usize) -> Result<Message, SayRefusal> {
        let sent = self.ports.store.message(message).await?.filter(|sent| sent.user == user.id).ok_or(SayRefusal::UnknownButton)?;
        let MessageBody::Business(body) = &sent.body else { return Err(SayRefusal::UnknownButton) };
        let Some(Button::Reply { text, payload }) = body.content.buttons.get(button) else { return Err(SayRefusal::UnknownButton) };
        let said = Said::Button { text: text.clone(), payload: payload.clone() };
        let number = self.ports.store.number(&sent.number).await?.ok_or(SayRefusal::UnknownNumber)?;
        let id = self.new_message_id(&user.number, Author::User);
        self.put_said(id, user, &number, said, Some(Context::Message(message.clone()))).await
    }

    async fn put_said(
        &self,
        id: MessageId,
        user: &User,
        number: &Number,
        said: Said,
        context: Option<Context>,
    ) -> Result<Message, SayRefusal> {
        let facts = self.parties(number, user).await?.ok_or(SayRefusal::UnknownNumber)?;
        let held = self.hold_pair(&number.id, &user.id).await?;
        if let Some(message) = self.ports.store.message(&id).await? {
            return Ok(message);
        }
        let (message, notice) = self.said_as(id, &held, &facts, said, context);
        let mut changes: Vec<_> = held.becomes(held.pair().clone().heard(message.at)).into_iter().collect();
        changes.push(Change::PutMessage(Box::new(message.clone())));
        self.save(changes, &[notice]).await?;
        self.users.tell(&user.id, UserEvent::Message(Box::new(message.clone())));
        Ok(message)
    }
}
