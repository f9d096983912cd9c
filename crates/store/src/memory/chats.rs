//! Questions about chats.

use callport_core::ids::{PhoneNumberId, UserId};
use callport_core::message::MessageId;
use callport_engine::ports::MessagePage;
use callport_engine::records::{Message, MessageBody, Progress};

use super::state::State;

/// By id.
pub(super) fn message<'s>(state: &'s State, id: &MessageId) -> Option<&'s Message> {
    state.messages.get(state.places.get(id)?)
}

/// Newest first.
pub(super) fn messages(state: &State, page: &MessagePage) -> Vec<Message> {
    let here = |message: &&Message| message.number == page.number && message.user == page.user;
    let place = |id| state.places.get(id).filter(|place| state.messages.get(place).as_ref().is_some_and(here));
    let end = page.before.as_ref().and_then(place).copied().unwrap_or(u64::MAX);
    let older = state.messages.range(..end).rev().map(|(_, message)| message);
    older.filter(here).take(page.limit as usize).cloned().collect()
}

/// Oldest first.
pub(super) fn unread_messages(state: &State, number: &PhoneNumberId, user: &UserId, limit: u32) -> Vec<Message> {
    let unread = |message: &&Message| message.number == *number && message.user == *user && unread(&message.body);
    state.messages.values().filter(unread).take(limit as usize).cloned().collect()
}

fn unread(body: &MessageBody) -> bool {
    match body {
        MessageBody::Business(sent) => matches!(sent.progress, Progress::Sent | Progress::Delivered),
        MessageBody::User(_) | MessageBody::Reconsider => false,
    }
}
