//! Chats: messages with what can be done about them at this moment.

mod message;

use callport_core::ids::PhoneNumberId;
use callport_core::message::MessageId;
use callport_core::pair::{Pair, Permission};
use callport_engine::records::{self, MessageBody, User};
use callport_engine::{Engine, Fault};

pub(crate) use message::{Answers, message};

use super::party;
use crate::protocol::{self, ShownChat, ShownMessage};

/// Pages of a chat that are looked through for one that shows something: answers to permission requests stand in it unseen.
const MAX_PAGES: usize = 16;

/// Every chat, as a page shows it.
pub(super) async fn all(engine: &Engine, who: &User, chats: &[callport_engine::Chat]) -> Result<Vec<ShownChat>, Fault> {
    let now = engine.now();
    let mut shown = Vec::with_capacity(chats.len());
    for chat in chats {
        let Some(person) = party(engine, &chat.number).await? else { continue };
        let (mut messages, mut more) = (rendered(engine, &chat.pair, &chat.messages), chat.more);
        if messages.is_empty() && more {
            let before = chat.messages.first().map(|oldest| oldest.id.clone());
            (messages, more) = page(engine, who, (&chat.number, &chat.pair), before).await?;
        }
        let (permission, blocked) = (permission(chat.pair.permission(now)), chat.pair.is_blocked());
        shown.push(ShownChat { person, messages, more, permission, blocked, unread: chat.unread });
    }
    Ok(shown)
}

/// Messages before `before`, or the newest, oldest first, and whether there are older ones.
pub(crate) async fn page(
    engine: &Engine,
    who: &User,
    (number, pair): (&PhoneNumberId, &Pair),
    mut before: Option<MessageId>,
) -> Result<(Vec<ShownMessage>, bool), Fault> {
    for _ in 0..MAX_PAGES {
        let (found, more) = engine.chat_page(&who.id, number, before).await?;
        let shown = rendered(engine, pair, &found);
        if !shown.is_empty() || !more {
            return Ok((shown, more));
        }
        before = found.first().map(|oldest| oldest.id.clone());
    }
    Ok((Vec::new(), false))
}

/// One message by itself. A card that a newer one superseded gets its last answer, if that stands among the newest messages.
pub(crate) async fn one(
    engine: &Engine,
    who: &User,
    (number, pair): (&PhoneNumberId, &Pair),
    of: &records::Message,
) -> Result<Option<ShownMessage>, Fault> {
    let asks = matches!(&of.body, MessageBody::Business(sent) if sent.content.asks_permission);
    let current = pair.card.as_ref().is_some_and(|card| card.message == of.id);
    let newest = match asks && !current {
        true => engine.chat_page(&who.id, number, None).await?.0,
        false => Vec::new(),
    };
    Ok(message(pair, of, &Answers::among(&newest), engine.now()))
}

/// What a business may do, as a page shows it.
pub(crate) fn permission(permission: Permission) -> protocol::ShownPermission {
    match permission {
        Permission::None => protocol::ShownPermission::None,
        Permission::Temporary { until } => protocol::ShownPermission::Temporary { expires_at: until.unix_seconds() },
        Permission::Permanent => protocol::ShownPermission::Permanent,
    }
}

fn rendered(engine: &Engine, pair: &Pair, messages: &[records::Message]) -> Vec<ShownMessage> {
    let (answers, now) = (Answers::among(messages), engine.now());
    messages.iter().filter_map(|one| message(pair, one, &answers, now)).collect()
}
