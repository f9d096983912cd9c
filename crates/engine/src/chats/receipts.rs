//! How far messages came: the status webhooks of a business's messages, and the ticks on a user's.

use callport_core::message::MessageId;
use callport_core::pair::Pair;
use callport_core::time::WallTime;

use super::MAX_UNREAD;
use crate::engine::Engine;
use crate::fault::Fault;
use crate::ports::{Change, Notice, Recipient};
use crate::records::{Message, MessageBody, Number, Progress, Said, Sent, User};
use crate::users::UserEvent;

/// What a device reports of a business's message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Receipt {
    /// It reached a device.
    Delivered,
    /// It was on the screen; so were all older ones.
    Read,
}

impl Engine {
    /// A device of the user reports a message. Repeated and late reports change nothing.
    pub async fn received(&self, user: &User, message: &MessageId, receipt: Receipt) -> Result<(), Fault> {
        let Some(reported) = self.ports.store.message(message).await?.filter(|message| message.user == user.id) else { return Ok(()) };
        let Some(number) = self.ports.store.number(&reported.number).await? else { return Ok(()) };
        let Some(facts) = self.parties(&number, user).await? else { return Ok(()) };
        let held = self.hold_pair(&number.id, &user.id).await?;
        let touched = match receipt {
            Receipt::Delivered => self.ports.store.message(message).await?.into_iter().collect(),
            Receipt::Read => self.unread_up_to(&number, user, message).await?,
        };
        let (mut changes, mut notices, mut events, mut pair) = (Vec::new(), Vec::new(), Vec::new(), held.pair().clone());
        for mut message in touched {
            let MessageBody::Business(sent) = &mut message.body else { continue };
            let Some(tariff) = advance(sent, receipt) else { continue };
            let (now, progress, opaque) = (self.now(), sent.progress, sent.opaque.clone());
            let reached_now = tariff.is_some();
            if reached_now && sent.content.asks_permission && self.newest_request(&pair, message.at).await? {
                pair = pair.card_delivered(now, message.id.clone());
            }
            let recipient = Recipient::from(&facts);
            notices.push(Notice::MessageStatus { recipient, message: message.id.clone(), at: now, progress, tariff, opaque });
            events.push(UserEvent::Message(Box::new(message.clone())));
            changes.push(Change::PutMessage(Box::new(message)));
        }
        changes.extend(held.becomes(pair));
        if !changes.is_empty() {
            self.save(changes, &notices).await?;
        }
        for event in events {
            self.users.tell(&user.id, event);
        }
        Ok(())
    }

    /// Whether no request that was written later has reached the user already: devices may report out of order.
    async fn newest_request(&self, pair: &Pair, written_at: WallTime) -> Result<bool, Fault> {
        let Some(card) = &pair.card else { return Ok(true) };
        let current = self.ports.store.message(&card.message).await?;
        Ok(current.is_none_or(|current| current.at <= written_at))
    }

    async fn unread_up_to(&self, number: &Number, user: &User, last: &MessageId) -> Result<Vec<Message>, Fault> {
        let mut unread = self.ports.store.unread_messages(&number.id, &user.id, MAX_UNREAD).await?;
        let upto = unread.iter().position(|message| message.id == *last).map_or(0, |at| at + 1);
        unread.truncate(upto);
        Ok(unread)
    }

    /// The business marks a user's message as read. False when there is no such message on this number.
    pub async fn mark_read(&self, number: &Number, message: &MessageId) -> Result<bool, Fault> {
        let Some(found) = self.ports.store.message(message).await?.filter(|found| found.number == number.id) else { return Ok(false) };
        let held = self.hold_pair(&number.id, &found.user).await?;
        let Some(mut message) = self.ports.store.message(message).await? else { return Ok(false) };
        let MessageBody::User(said) = &mut message.body else { return Ok(false) };
        if let Said::Text { read, .. } = said
            && !std::mem::replace(read, true)
        {
            self.save(vec![Change::PutMessage(Box::new(message.clone()))], &[]).await?;
            self.users.tell(&held.record.user, UserEvent::Message(Box::new(message)));
        }
        Ok(true)
    }
}

/// Moves a message on; `None` when the report is old news. The price belongs to the first report that it reached the user.
fn advance(sent: &mut Sent, receipt: Receipt) -> Option<Option<crate::records::Tariff>> {
    let first = sent.progress == Progress::Sent;
    match (sent.progress, receipt) {
        (Progress::Sent, Receipt::Delivered) => sent.progress = Progress::Delivered,
        (Progress::Sent | Progress::Delivered, Receipt::Read) => sent.progress = Progress::Read,
        (Progress::Delivered | Progress::Read | Progress::Failed(_), _) => return None,
    }
    Some(first.then_some(sent.tariff))
}
