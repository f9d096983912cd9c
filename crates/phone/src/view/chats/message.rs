//! One message, as a page shows it. Pure.

use std::collections::HashMap;

use callport_core::limits::REQUEST_LIFE;
use callport_core::message::{Button as Offered, Content};
use callport_core::pair::{Decision, Pair, Permission};
use callport_core::time::WallTime;
use callport_engine::records::{self, MessageBody, Progress, Said, Sent};

use crate::protocol::{MessageStatus, ShownAuthor, ShownButton, ShownCard, ShownMessage};
use crate::words;

/// The last answers to permission requests that are found among some messages: of a request that a newer one superseded, nothing
/// else tells.
#[derive(Default)]
pub(crate) struct Answers<'a>(HashMap<&'a str, Decision>);

impl<'a> Answers<'a> {
    /// Looks through messages, oldest first.
    pub(crate) fn among(messages: &'a [records::Message]) -> Self {
        let answer = |message: &'a records::Message| match (&message.body, &message.context) {
            (MessageBody::User(Said::Permission(reply)), Some(request)) => Some((request.as_str(), decision(reply.permission))),
            _ => None,
        };
        Self(messages.iter().filter_map(answer).collect())
    }
}

/// `None` for what is no message to a person: an answer, which its card shows, and what could not be delivered.
pub(crate) fn message(pair: &Pair, message: &records::Message, answers: &Answers<'_>, now: WallTime) -> Option<ShownMessage> {
    let at = message.at.unix_seconds();
    let blank = |from| ShownMessage {
        id: message.id.as_str().to_owned(),
        from,
        at,
        header: None,
        body: None,
        footer: None,
        buttons: Vec::new(),
        card: None,
        status: None,
        seen: None,
    };
    Some(match &message.body {
        MessageBody::Business(Sent { progress: Progress::Undeliverable | Progress::Unpaid, .. })
        | MessageBody::User(Said::Permission(_)) => {
            return None;
        }
        MessageBody::Business(sent) => {
            let Content { header, body, footer, buttons, asks_permission } = sent.content.clone();
            let card = asks_permission.then(|| card(pair, message, sent.progress, answers, now));
            let buttons = buttons.into_iter().map(|offered| button(offered, now)).collect();
            ShownMessage {
                header,
                body,
                footer,
                buttons,
                card,
                seen: Some(sent.progress == Progress::Read),
                ..blank(ShownAuthor::Business)
            }
        }
        MessageBody::User(Said::Text { text, read }) => {
            let status = if *read { MessageStatus::Read } else { MessageStatus::Sent };
            ShownMessage { body: Some(text.clone()), status: Some(status), ..blank(ShownAuthor::User) }
        }
        MessageBody::User(Said::Button { text, .. }) => {
            ShownMessage { body: Some(text.clone()), status: Some(MessageStatus::Sent), ..blank(ShownAuthor::User) }
        }
        MessageBody::Reconsider => ShownMessage { body: Some(words::RECONSIDER.to_owned()), ..blank(ShownAuthor::System) },
    })
}

/// A request that no device reported yet can be answered too, unless it is older than the current one: who answers it has it.
fn card(pair: &Pair, message: &records::Message, progress: Progress, answers: &Answers<'_>, now: WallTime) -> ShownCard {
    let id = &message.id;
    let newest = pair.card.as_ref().is_none_or(|current| current.delivered_at <= message.at);
    let until = match pair.answerable(now, id) {
        Some(card) => Some(card.answerable_until()),
        None => (progress == Progress::Sent && newest).then(|| now + REQUEST_LIFE),
    };
    let current = pair.card.as_ref().filter(|card| card.message == *id);
    let choice = match current {
        Some(card) => card.answer.map(|(decision, _)| decision),
        None => answers.0.get(id.as_str()).copied(),
    };
    ShownCard { answerable: until.is_some(), choice: choice.map(Into::into), answerable_for_ms: until.map(|until| left_ms(until, now)) }
}

fn button(button: Offered, now: WallTime) -> ShownButton {
    match button {
        Offered::Call { text, expires_at, payload: _ } => ShownButton::Call { text, expires_in_ms: left_ms(expires_at, now) },
        Offered::Url { text, url } => ShownButton::Url { text, url },
        Offered::Reply { text, payload: _ } => ShownButton::Reply { text },
    }
}

fn left_ms(until: WallTime, now: WallTime) -> u64 {
    u64::try_from(until.unix_millis() - now.unix_millis()).unwrap_or(0)
}

fn decision(permission: Permission) -> Decision {
    match permission {
        Permission::None => Decision::Deny,
        Permission::Temporary { .. } => Decision::AllowTemporarily,
        Permission::Permanent => Decision::Allow,
    }
}

#[cfg(test)]
mod tests;
