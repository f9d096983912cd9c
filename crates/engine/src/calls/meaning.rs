//! What a call means for its pair: counters, callbacks, and what follows from calls that nobody answered
//! (platform docs, Obtain user call permissions).

use callport_core::call::EndReason;
use callport_core::gate::DeviceKind;
use callport_core::message::Author;
use callport_core::pair::{Consequence, Pair, PermissionReply};
use callport_core::settings::Switch;

use crate::engine::Engine;
use crate::fault::Fault;
use crate::pairs::HeldPair;
use crate::ports::{Change, Context, Notice, Parties};
use crate::records::{CallRecord, Message, MessageBody, Number, Said};
use crate::users::UserEvent;

/// A turn of a call that the pair's rules look at.
pub(super) enum Happened {
    /// Accepted or picked up.
    Connected,
    /// A business-initiated call rang and ended without an answer, for this reason.
    Unanswered(EndReason),
    /// A user-initiated call is over, talked or missed.
    UserCallEnded,
}

/// What is saved with the call's own step, and what phones are told after it.
#[derive(Default)]
pub(crate) struct Meaning {
    pub(crate) changes: Vec<Change>,
    pub(crate) notices: Vec<Notice>,
    pub(crate) events: Vec<UserEvent>,
}

impl Engine {
    pub(super) async fn meaning(
        &self,
        held: &HeldPair<'_>,
        record: &CallRecord,
        facts: &Parties,
        happened: Happened,
    ) -> Result<Meaning, Fault> {
        let Some(number) = self.ports.store.number(&record.number).await? else { return Ok(Meaning::default()) };
        let (now, limits) = (self.now(), self.config.pairs.of(number.account_mode));
        let pair = held.pair().clone();
        match happened {
            Happened::Connected => {
                let pair = pair.call_connected(now, record.direction);
                Ok(Meaning { changes: held.becomes(pair).into_iter().collect(), ..Meaning::default() })
            }
            Happened::Unanswered(reason) if reason.unanswered(limits.cancelled_counts) => {
                let (pair, consequence) = pair.call_unanswered(now, limits);
                Ok(self.consequence(held, record, facts, pair, consequence))
            }
            Happened::UserCallEnded if grants_callback(record, &number) => {
                let (pair, reply) = pair.call_back(now, limits);
                let context = Some(Context::Call(record.id.clone()));
                Ok(reply.map(|reply| self.permission_changed(held, facts, pair, reply, context)).unwrap_or_default())
            }
            Happened::Unanswered(_) | Happened::UserCallEnded => Ok(Meaning::default()),
        }
    }

    fn consequence(
        &self,
        held: &HeldPair<'_>,
        record: &CallRecord,
        facts: &Parties,
        pair: Pair,
        consequence: Option<Consequence>,
    ) -> Meaning {
        match consequence {
            None => Meaning { changes: held.becomes(pair).into_iter().collect(), ..Meaning::default() },
            Some(Consequence::Revoked(reply)) => self.permission_changed(held, facts, pair, reply, None),
            Some(Consequence::Nudge) => {
                let nudge = Message {
                    id: self.new_message_id(&facts.user, Author::System),
                    number: record.number.clone(),
                    waba: record.waba.clone(),
                    user: record.user.clone(),
                    at: self.now(),
                    body: MessageBody::Reconsider,
                    context: None,
                };
                let mut changes: Vec<_> = held.becomes(pair).into_iter().collect();
                changes.push(Change::PutMessage(Box::new(nudge.clone())));
                Meaning { changes, notices: Vec::new(), events: vec![UserEvent::Message(Box::new(nudge))] }
            }
        }
    }

    /// A permission that changed: the pair, the message that tells the business, and what phones show.
    pub(crate) fn permission_changed(
        &self,
        held: &HeldPair<'_>,
        facts: &Parties,
        pair: Pair,
        reply: PermissionReply,
        context: Option<Context>,
    ) -> Meaning {
        let (message, notice) = self.said(held, facts, Said::Permission(reply), context);
        let event = UserEvent::Permission { number: facts.number_id.clone(), permission: reply.permission };
        let mut changes: Vec<_> = held.becomes(pair).into_iter().collect();
        changes.push(Change::PutMessage(Box::new(message)));
        Meaning { changes, notices: vec![notice], events: vec![event] }
    }
}

/// The setting is on, and the call came from the primary phone: companion devices grant nothing.
fn grants_callback(record: &CallRecord, number: &Number) -> bool {
    let enabled = number.settings.callback_permission_status == Some(Switch::Enabled);
    enabled && record.device == Some(DeviceKind::Phone)
}
