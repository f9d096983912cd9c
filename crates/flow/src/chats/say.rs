//! What a user says to a business: a text, or the tap of a quick reply. Either opens the customer service window.

use callport_core::ids::{PhoneNumberId, UserId};
use callport_core::message::{Button, MAX_TEXT, MessageId};
use callport_core::routing::RoutingRole;

use super::{Words, threads};
use crate::journal::{About, Fact};
use crate::notice::{Context, Notice};
use crate::parties::parties;
use crate::phones::UserEvent;
use crate::records::{Message, MessageBody, Number, Said, TariffCategory};
use crate::routing::routing_of;
use crate::row::{Key, Row};
use crate::step::{Cx, Draft, Input, Stop, refusal};
use crate::view::View;

/// A text.
#[derive(Debug, Clone)]
pub struct Say {
    /// Who.
    pub user: UserId,
    /// To whom.
    pub number: PhoneNumberId,
    /// What.
    pub text: String,
    /// The phone's own id for it: the same again gives the message that it made the first time.
    pub key: Option<String>,
}

/// The tap of a template's quick reply.
#[derive(Debug, Clone)]
pub struct Tap {
    /// Who.
    pub user: UserId,
    /// The message with the button.
    pub message: MessageId,
    /// Which, counted from 0.
    pub button: usize,
}

/// Why nothing was said.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SayRefusal {
    /// No such business number.
    #[error("there is no business with this number")]
    UnknownNumber,
    /// No such user any more.
    #[error("there is no such user")]
    UnknownUser,
    /// Empty, or too long.
    #[error("a message has 1 to {MAX_TEXT} characters")]
    BadText,
    /// The user blocks the business.
    #[error("the user blocks this business")]
    Blocked,
    /// No such button in a message to this user.
    #[error("there is no such button")]
    UnknownButton,
}

refusal!(SayRefusal);

impl Input for Say {
    type Done = Message;
    type Refusal = SayRefusal;

    fn decide(&self, view: &View, cx: &Cx<'_>, draft: &mut Draft) -> Result<Message, Stop<SayRefusal>> {
        if self.text.trim().is_empty() || self.text.chars().count() > MAX_TEXT {
            return Err(SayRefusal::BadText.into());
        }
        let number = view.number(Key::Number(self.number.clone()))?.ok_or(SayRefusal::UnknownNumber)?;
        let said = Said::Text { text: self.text.clone(), read: false };
        say(view, cx, draft, &self.user, number, said, None, self.key.as_deref())
    }
}

impl Input for Tap {
    type Done = Message;
    type Refusal = SayRefusal;

    fn decide(&self, view: &View, cx: &Cx<'_>, draft: &mut Draft) -> Result<Message, Stop<SayRefusal>> {
        let sent = view.message_of(&self.message)?.filter(|sent| sent.user == self.user).ok_or(SayRefusal::UnknownButton)?;
        let MessageBody::Business(body) = &sent.body else { return Err(SayRefusal::UnknownButton.into()) };
        let Some(Button::Reply { text, payload }) = body.content.buttons.get(self.button) else {
            return Err(SayRefusal::UnknownButton.into());
        };
        let number = view.number(Key::Number(sent.number.clone()))?.ok_or(SayRefusal::UnknownNumber)?;
        let said = Said::Button { text: text.clone(), payload: payload.clone() };
        say(view, cx, draft, &self.user, number, said, Some(Context::Message(self.message.clone())), None)
    }
}

#[expect(clippy::too_many_arguments, reason = "the step's own three, and the five things that a message is made of")]
fn say(
    view: &View,
    cx: &Cx<'_>,
    draft: &mut Draft,
    user: &UserId,
    number: &Number,
    said: Said,
    context: Option<Context>,
    key: Option<&str>,
) -> Result<Message, Stop<SayRefusal>> {
    let waba = view.waba(Key::Waba(number.waba.clone()))?.ok_or(SayRefusal::UnknownNumber)?;
    let record = view.user(Key::User(user.clone()))?.ok_or(SayRefusal::UnknownUser)?;
    let parties = parties(waba, number, record);
    let words = Words { parties: &parties, user, nth: 0 };
    let id = match key {
        Some(key) => MessageId::derive(&record.number, &number.id, key),
        None => words.new_id(cx),
    };
    if let Some(message) = view.message_of(&id)? {
        return Ok(message.clone());
    }
    let pair = view.pair(&number.id, user)?;
    if pair.is_blocked() {
        return Err(SayRefusal::Blocked.into());
    }
    let kind = said.kind().to_owned();
    let answers = match &context {
        Some(Context::Message(sent)) => view.message_of(sent)?.and_then(door),
        Some(Context::Call(_)) | None => None,
    };
    let routing = routing_of(view, number, waba)?;
    let thread_of = threads::heard(view, cx, draft, routing, &words, answers)?;
    let (message, mut notice) = words.said(cx, id, said, context);
    threads::read_along(draft, routing, thread_of.as_ref(), &parties, notice.clone());
    if let Notice::Said { owner, .. } = &mut notice {
        *owner = thread_of;
    }
    draft.put_pair(&number.id, user, &pair, pair.clone().heard(cx.now));
    draft.note(cx, About::pair(&parties, user).of_message(&message.id), Fact::UserSaid { kind });
    draft.told.push(notice);
    draft.show(user, UserEvent::Message(Box::new(message.clone())));
    draft.put(Row::Message(message.clone()));
    Ok(message)
}

/// The role by which the answer to a message enters.
fn door(message: &Message) -> Option<RoutingRole> {
    let MessageBody::Business(sent) = &message.body else { return None };
    match sent.tariff.category {
        TariffCategory::Marketing => Some(RoutingRole::Marketing),
        TariffCategory::Utility => Some(RoutingRole::Utility),
        TariffCategory::Service | TariffCategory::Authentication => None,
    }
}
