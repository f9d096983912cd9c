//! Messages of chats. The order of a chat is the order of writing: a message that changes keeps its line.

use callport_core::ids::{PhoneNumberId, UserId, WabaId};
use callport_core::message::{Author, MessageId};
use callport_engine::Fault;
use callport_engine::ports::MessagePage;
use callport_engine::records::{Message, MessageBody, Progress, Sent, Tariff};
use sqlx::query;
use sqlx::sqlite::SqliteRow;

use super::{Query, json};
use crate::sqlite::content::{StoredContent, StoredNotice, StoredSaid};
use crate::sqlite::row::Row;
use crate::sqlite::words::Word as _;

pub(crate) fn put_message(message: &Message) -> Result<Query<'_>, Fault> {
    let put = query(
        "INSERT INTO messages (id, number, waba, user, at_ms, context, author, content, tariff, in_window, progress, error_code, opaque)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
         ON CONFLICT (id) DO UPDATE SET number = excluded.number, waba = excluded.waba, user = excluded.user, at_ms = excluded.at_ms,
             context = excluded.context, author = excluded.author, content = excluded.content, tariff = excluded.tariff,
             in_window = excluded.in_window, progress = excluded.progress, error_code = excluded.error_code, opaque = excluded.opaque",
    );
    let (author, content, sent) = match &message.body {
        MessageBody::Business(sent) => (Author::Business, json(&StoredContent::from(&sent.content))?, Some(sent)),
        MessageBody::User(said) => (Author::User, json(&StoredSaid::from(said))?, None),
        MessageBody::Reconsider => (Author::System, json(&StoredNotice::Reconsider)?, None),
    };
    Ok(put
        .bind(message.id.as_str())
        .bind(message.number.as_str())
        .bind(message.waba.as_str())
        .bind(message.user.as_str())
        .bind(message.at.unix_millis())
        .bind(message.context.as_deref())
        .bind(author.word())
        .bind(content)
        .bind(sent.map(|sent| sent.tariff.category.word()))
        .bind(sent.map(|sent| sent.tariff.in_window))
        .bind(sent.map(|sent| sent.progress.name()))
        .bind(sent.and_then(|sent| error_code(sent.progress)))
        .bind(sent.and_then(|sent| sent.opaque.as_deref())))
}

fn error_code(progress: Progress) -> Option<u32> {
    match progress {
        Progress::Failed(code) => Some(code),
        Progress::Sent | Progress::Delivered | Progress::Read => None,
    }
}

pub(crate) fn message_by_id(id: &MessageId) -> Query<'_> {
    query("SELECT * FROM messages WHERE id = ?").bind(id.as_str())
}

/// Newest first.
pub(crate) fn messages(page: &MessagePage) -> Query<'_> {
    let (number, user) = (page.number.as_str(), page.user.as_str());
    let Some(before) = &page.before else {
        let newest = query("SELECT * FROM messages WHERE number = ? AND user = ? ORDER BY line DESC LIMIT ?");
        return newest.bind(number).bind(user).bind(page.limit);
    };
    let older = query(
        "SELECT * FROM messages WHERE number = ?1 AND user = ?2
             AND line < ifnull((SELECT line FROM messages WHERE id = ?3 AND number = ?1 AND user = ?2), 9223372036854775807)
         ORDER BY line DESC LIMIT ?4",
    );
    older.bind(number).bind(user).bind(before.as_str()).bind(page.limit)
}

/// Oldest first. The condition is that of the index `messages_unread`, word by word.
pub(crate) fn unread_messages<'q>(number: &'q PhoneNumberId, user: &'q UserId, limit: u32) -> Query<'q> {
    query("SELECT * FROM messages WHERE number = ? AND user = ? AND progress IN ('sent', 'delivered') ORDER BY line LIMIT ?")
        .bind(number.as_str())
        .bind(user.as_str())
        .bind(limit)
}

pub(crate) fn read_message(row: &SqliteRow) -> Result<Message, Fault> {
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
            tariff: Tariff { category: row.word("tariff")?, in_window: row.plain::<i64>("in_window")? != 0 },
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
    match (row.plain::<&str>("progress")?, row.plain::<Option<u32>>("error_code")?) {
        ("failed", Some(code)) => Ok(Progress::Failed(code)),
        (word, None) => {
            reached.into_iter().find(|progress| progress.name() == word).ok_or_else(|| row.unreadable("progress", "an unknown word"))
        }
        (_, Some(_)) => Err(row.unreadable("error_code", "not of a message that failed")),
    }
}
