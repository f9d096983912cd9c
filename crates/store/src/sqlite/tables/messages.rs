//! Messages of chats. The order of a chat is the order of writing: a message that changes keeps its line.

use callport_core::ids::{PhoneNumberId, UserId, WabaId};
use callport_core::message::{Author, MessageId};
use callport_core::words::Word as _;
use callport_engine::Fault;
use callport_engine::ports::MessagePage;
use callport_engine::records::{Message, MessageBody, Progress, Sent, Tariff};
use callport_flow::FreeAsk;

use super::json;
use crate::sqlite::content::{StoredContent, StoredNotice, StoredSaid};
use crate::sqlite::db::Db;
use crate::sqlite::row::Row;

pub(crate) fn put_message(db: &Db, version: i64, message: &Message) -> Result<(), Fault> {
    let (author, content, sent) = match &message.body {
        MessageBody::Business(sent) => (Author::Business, json(&StoredContent::from(&sent.content))?, Some(sent)),
        MessageBody::User(said) => (Author::User, json(&StoredSaid::from(said))?, None),
        MessageBody::Reconsider => (Author::System, json(&StoredNotice::Reconsider)?, None),
    };
    put!(db, version, "messages" [id: message.id.as_str()] {
        number: message.number.as_str(),
        waba: message.waba.as_str(),
        user: message.user.as_str(),
        at_ms: message.at.unix_millis(),
        context: message.context,
        author: author.word(),
        content: content,
        tariff: sent.map(|sent| sent.tariff.category.word()),
        free: sent.map(|sent| sent.tariff.free),
        progress: sent.map(|sent| sent.progress.name()),
        error_code: sent.and_then(|sent| error_code(sent.progress)),
        opaque: sent.and_then(|sent| sent.opaque.as_deref()),
    })
}

/// How the column `error_code` says why a message failed.
const UNDELIVERABLE: u32 = 131_026;
const UNPAID: u32 = 131_042;

fn error_code(progress: Progress) -> Option<u32> {
    match progress {
        Progress::Undeliverable => Some(UNDELIVERABLE),
        Progress::Unpaid => Some(UNPAID),
        Progress::Sent | Progress::Delivered | Progress::Read => None,
    }
}

/// How many service messages of a number were free since a moment. The conditions are those of the index `messages_free`.
pub(crate) fn free(db: &Db, ask: &FreeAsk) -> Result<u32, Fault> {
    db.one(FREE, (ask.number.as_str(), ask.since.unix_millis(), ask.most), |row| Row::of("messages", row).plain("free_ones"))
        .map(Option::unwrap_or_default)
}

/// Counted up to so many.
pub(crate) const FREE: &str = "SELECT count(*) AS free_ones FROM
    (SELECT 1 FROM messages WHERE number = ?1 AND at_ms >= ?2 AND tariff = 'service' AND free = 1 LIMIT ?3)";

/// Newest first. Below the line of a message, or below all possible ones.
pub(crate) fn messages(db: &Db, page: &MessagePage) -> Result<Vec<Message>, Fault> {
    db.all(
        "SELECT * FROM messages WHERE number = ?1 AND user = ?2
             AND line < ifnull((SELECT line FROM messages WHERE id = ?3 AND number = ?1 AND user = ?2), 9223372036854775807)
         ORDER BY line DESC LIMIT ?4",
        (page.number.as_str(), page.user.as_str(), page.before.as_ref().map(MessageId::as_str), page.limit),
        read_message,
    )
}

/// Of one chat, oldest first. The condition is that of the index `messages_unread`, word by word.
pub(crate) const UNREAD: &str =
    "SELECT * FROM messages WHERE number = ? AND user = ? AND progress IN ('sent', 'delivered') ORDER BY line LIMIT ?";

pub(crate) fn read_message(row: &rusqlite::Row<'_>) -> Result<Message, Fault> {
    let row = Row::of("messages", row);
    Ok(Message {
        id: row.parsed("id", MessageId::parse)?,
        number: row.parsed("number", PhoneNumberId::parse)?,
        waba: row.parsed("waba", WabaId::parse)?,
        user: row.parsed("user", UserId::parse)?,
        at: row.time("at_ms")?,
        body: read_body(&row)?,
        context: row.plain("context")?,
    })
}

fn read_body(row: &Row<'_>) -> Result<MessageBody, Fault> {
    Ok(match row.word("author")? {
        Author::Business => MessageBody::Business(Sent {
            content: row.json::<StoredContent>("content")?.read(),
            tariff: Tariff { category: row.word("tariff")?, free: row.plain("free")? },
            progress: read_progress(row)?,
            opaque: row.plain("opaque")?,
        }),
        Author::User => {
            let said = row.json::<StoredSaid>("content")?.read();
            MessageBody::User(said.ok_or_else(|| row.unreadable("content", "an unknown word"))?)
        }
        Author::System => match row.json("content")? {
            StoredNotice::Reconsider => MessageBody::Reconsider,
        },
    })
}

fn read_progress(row: &Row<'_>) -> Result<Progress, Fault> {
    let reached = [Progress::Sent, Progress::Delivered, Progress::Read];
    match (row.text("progress")?, row.plain::<Option<u32>>("error_code")?) {
        ("failed", Some(UNDELIVERABLE)) => Ok(Progress::Undeliverable),
        ("failed", Some(UNPAID)) => Ok(Progress::Unpaid),
        (word, None) => {
            reached.into_iter().find(|progress| progress.name() == word).ok_or_else(|| row.unreadable("progress", "an unknown word"))
        }
        (_, Some(_)) => Err(row.unreadable("error_code", "an unknown code, or not of a message that failed")),
    }
}
