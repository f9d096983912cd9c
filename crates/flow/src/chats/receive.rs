//! How far messages came: the statuses of a business's messages, and the ticks on a user's.

use callport_core::ids::{PhoneNumberId, UserId};
use callport_core::message::MessageId;
use callport_core::pair::Pair;
use callport_core::time::WallTime;
use std::convert::Infallible;

use super::threads;
use crate::journal::{About, Fact};
use crate::notice::{Notice, Recipient};
use crate::parties::parties;
use crate::phones::UserEvent;
use crate::records::{Message, MessageBody, Progress, Said, Sent, Tariff};
use crate::routing::routing_of;
use crate::row::{Key, Row};
use crate::step::{Cx, Draft, Input, Stop};
use crate::view::{Need, Query, View};

/// Messages that are looked through for unread ones; older ones stay unread.
pub const MAX_UNREAD: u32 = 500;

/// What a device reports of a business's message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Receipt {
    /// It reached a device.
    Delivered,
    /// It was on the screen; so were all older ones.
    Read,
}

/// A device of the user reports a message. Repeated and late reports change nothing.
#[derive(Debug, Clone)]
pub struct Receive {
    /// Whose device.
    pub user: UserId,
    /// The message.
    pub message: MessageId,
    /// How far it came.
    pub receipt: Receipt,
}

/// The business marks a user's message as read. False when there is no such message on this number.
#[derive(Debug, Clone)]
pub struct MarkRead {
    /// Whose.
    pub number: PhoneNumberId,
    /// Which.
    pub message: MessageId,
}

impl Input for Receive {
    type Done = ();
    type Refusal = Infallible;

    fn decide(&self, view: &View, cx: &Cx<'_>, draft: &mut Draft) -> Result<(), Stop<Infallible>> {
        let Some(reported) = view.message_of(&self.message)?.filter(|message| message.user == self.user) else { return Ok(()) };
        let Some(number) = view.number(Key::Number(reported.number.clone()))? else { return Ok(()) };
        let (waba, user) = (view.waba(Key::Waba(number.waba.clone()))?, view.user(Key::User(self.user.clone()))?);
        let (Some(waba), Some(user)) = (waba, user) else { return Ok(()) };
        let parties = parties(waba, number, user);
        let before = view.pair(&number.id, &self.user)?;
        let routing = routing_of(view, number, waba)?;
        let owner = threads::owner_of(view, cx, routing, number, &self.user)?;
        let mut pair = before.clone();
        let touched = match self.receipt {
            Receipt::Delivered => vec![reported],
            Receipt::Read => self.unread(view, &number.id)?,
        };
        for message in touched {
            let mut message = message.clone();
            let MessageBody::Business(sent) = &mut message.body else { continue };
            let Some(tariff) = advance(sent, self.receipt) else { continue };
            let (progress, opaque) = (sent.progress, sent.opaque.clone());
            let reached_now = tariff.is_some();
            if reached_now && sent.content.asks_permission && newest_request(view, &pair, message.at)? {
                pair = pair.card_delivered(cx.now, message.id.clone());
            }
            let about = About::pair(&parties, &self.user).of_message(&message.id);
            draft.note(cx, about, Fact::MessageProgressed { status: progress.name().to_owned() });
            // The account that sent it, of several that the number may have.
            let recipient = Recipient { waba: message.waba.clone(), ..Recipient::from(&parties) };
            let status = Notice::MessageStatus { recipient, message: message.id.clone(), at: cx.now, progress, tariff, opaque };
            threads::read_along(draft, routing, owner.as_ref(), &parties, status.clone());
            draft.told.push(status);
            draft.show(&self.user, UserEvent::Message(Box::new(message.clone())));
            draft.put(Row::Message(message));
        }
        draft.put_pair(&number.id, &self.user, &before, pair);
        Ok(())
    }
}

impl Receive {
    /// Unread messages up to the reported one.
    fn unread<'a>(&self, view: &'a View, number: &PhoneNumberId) -> Result<Vec<&'a Message>, Need> {
        let rows = view.found(Query::Unread(number.clone(), self.user.clone(), MAX_UNREAD))?;
        let mut unread: Vec<_> =
            rows.into_iter().filter_map(|row| if let Row::Message(message) = row { Some(message) } else { None }).collect();
        let upto = unread.iter().position(|message| message.id == self.message).map_or(0, |at| at + 1);
        unread.truncate(upto);
        Ok(unread)
    }
}

/// Whether no request that was written later has reached the user already: devices may report out of order.
fn newest_request(view: &View, pair: &Pair, written_at: WallTime) -> Result<bool, Need> {
    let Some(card) = &pair.card else { return Ok(true) };
    Ok(view.message_of(&card.message)?.is_none_or(|current| current.at <= written_at))
}

/// Moves a message on; `None` when the report is old news. The price belongs to the first report that it reached the user.
fn advance(sent: &mut Sent, receipt: Receipt) -> Option<Option<Tariff>> {
    let first = sent.progress == Progress::Sent;
    match (sent.progress, receipt) {
        (Progress::Sent, Receipt::Delivered) => sent.progress = Progress::Delivered,
        (Progress::Sent | Progress::Delivered, Receipt::Read) => sent.progress = Progress::Read,
        (Progress::Delivered | Progress::Read | Progress::Undeliverable | Progress::Unpaid, _) => return None,
    }
    Some(first.then_some(sent.tariff))
}

impl Input for MarkRead {
    type Done = bool;
    type Refusal = Infallible;

    fn decide(&self, view: &View, cx: &Cx<'_>, draft: &mut Draft) -> Result<bool, Stop<Infallible>> {
        let Some(found) = view.message_of(&self.message)?.filter(|found| found.number == self.number) else { return Ok(false) };
        let mut message = found.clone();
        let MessageBody::User(said) = &mut message.body else { return Ok(false) };
        if let Said::Text { read, .. } = said
            && !std::mem::replace(read, true)
        {
            let about = About { user: Some(message.user.clone()), ..About::number(&message.number) };
            draft.note(cx, about.of_message(&message.id), Fact::MessageReadByBusiness);
            draft.show(&message.user.clone(), UserEvent::Message(Box::new(message.clone())));
            draft.put(Row::Message(message));
        }
        Ok(true)
    }
}
