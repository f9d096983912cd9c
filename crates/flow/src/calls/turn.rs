//! A call took a step: what becomes of its record, what the business and the phones are told, and what it means for the pair
//! (platform docs, Obtain user call permissions).

use callport_core::call::{CallStatus, Effect, Ending, Phase, Step};
use callport_core::call_id::Direction;
use callport_core::gate::DeviceKind;
use callport_core::message::{Author, MessageId};
use callport_core::pair::Consequence;
use callport_core::quality::PickUps;
use callport_core::settings::Switch;

use crate::chats::{Words, permission_changed};
use crate::directory::judged;
use crate::journal::{About, Fact};
use crate::notice::{Context, Notice, Parties};
use crate::parties::parties;
use crate::phones::{UserCall, UserEvent};
use crate::records::{CallRecord, Message, MessageBody, Number, Stage};
use crate::row::{CallRow, Key, Row};
use crate::step::{Act, Cx, Draft};
use crate::view::{Need, PickUpAsk, View};

/// Carries a step of the machine out, whole: one moment, one transition. `before` is the row as it was read.
pub(super) fn turn(draft: &mut Draft, view: &View, cx: &Cx<'_>, before: CallRow, step: Step) -> Result<(), Need> {
    let mut row = before.clone();
    row.record.stage = CallRow::stage(&step.call);
    // A call that ends keeps the echo that its accept brought.
    row.record.opaque = step.call.opaque().map(str::to_owned).or(row.record.opaque);
    row.call = step.call;
    let sides = Sides::read(view, &row.record)?;
    if let Some(sides) = &sides {
        statuses(draft, cx, &row.record, &sides.parties, &step.effects);
    }
    show(draft, &row, &step.effects);
    if let Stage::Ended(ending) = row.record.stage.clone() {
        finish(draft, cx, &row, &ending, sides.as_ref().map(|sides| &sides.parties));
    }
    if let Some(sides) = &sides {
        pair(draft, view, cx, &before, &row, sides)?;
        quality(draft, view, cx, &row, sides)?;
    }
    draft.put(Row::Call(row));
    Ok(())
}

/// Both parties of a call, if they are still there.
struct Sides<'a> {
    number: &'a Number,
    parties: Parties,
}

impl<'a> Sides<'a> {
    fn read(view: &'a View, record: &CallRecord) -> Result<Option<Self>, Need> {
        let waba = view.waba(Key::Waba(record.waba.clone()))?;
        let number = view.number(Key::Number(record.number.clone()))?;
        let user = view.user(Key::User(record.user.clone()))?;
        Ok(match (waba, number, user) {
            (Some(waba), Some(number), Some(user)) => Some(Self { number, parties: parties(waba, number, user) }),
            _ => None,
        })
    }
}

fn statuses(draft: &mut Draft, cx: &Cx<'_>, record: &CallRecord, parties: &Parties, effects: &[Effect]) {
    for effect in effects {
        if let Effect::Tell(status) = effect {
            let (parties, call, opaque, line) = (parties.clone(), record.id.clone(), record.opaque.clone(), record.line.clone());
            draft.told.push(Notice::CallStatus { parties, call, at: cx.now, status: *status, opaque, line });
        }
    }
}

/// What media and phones do after the step. The business's answer is applied by the step that read it.
pub(super) fn show(draft: &mut Draft, row: &CallRow, effects: &[Effect]) {
    let record = &row.record;
    for effect in effects {
        match effect {
            Effect::OpenGate => draft.acts.push(Act::OpenGate(record.id.clone())),
            Effect::Show(view) if row.holds_user => {
                let since = match record.stage {
                    Stage::Active(since) => Some(since),
                    _ => None,
                };
                let (call, number, direction) = (record.id.clone(), record.number.clone(), record.direction);
                draft.show(&record.user, UserEvent::View(UserCall { call, number, direction, view: *view, since }));
            }
            Effect::ApplyAnswer(_) | Effect::Tell(_) | Effect::Show(_) | Effect::Finish(_) => {}
        }
    }
}

fn finish(draft: &mut Draft, cx: &Cx<'_>, row: &CallRow, ending: &Ending, parties: Option<&Parties>) {
    let record = &row.record;
    let talked = ending.talk.map(|talk| talk.duration());
    let talked_ms = talked.map(|talked| u64::try_from(talked.as_millis()).unwrap_or(u64::MAX));
    draft.note(cx, About::call(record), Fact::CallEnded { reason: ending.reason, talked_ms });
    if let Some(parties) = parties {
        draft.told.push(Notice::Terminate {
            parties: parties.clone(),
            call: record.id.clone(),
            direction: record.direction,
            ending: ending.clone(),
            cta_payload: record.cta_payload.clone(),
            deeplink_payload: record.deeplink_payload.clone(),
            opaque: record.opaque.clone(),
            line: record.line.clone(),
        });
    }
    draft.acts.push(Act::CloseMedia(record.id.clone()));
    let seconds = talked.map(|talked| talked.as_secs());
    draft.show(&record.user, UserEvent::Ended { call: record.id.clone(), reason: ending.reason, seconds });
}

/// The newest calls of a number that are looked at when its pick-ups are judged.
const JUDGED_CALLS: u32 = 1_000;

/// A user's call that was not picked up may be one too many.
fn quality(draft: &mut Draft, view: &View, cx: &Cx<'_>, row: &CallRow, sides: &Sides<'_>) -> Result<(), Need> {
    let Phase::Ended(Ending { talk: None, .. }) = row.call.phase() else { return Ok(()) };
    if row.record.direction != Direction::UserInitiated {
        return Ok(());
    }
    let (rules, number) = (&cx.rules.quality, sides.number);
    let Some(since) = number.quality.judged_since(rules, cx.now) else { return Ok(()) };
    let before = view.pick_ups(PickUpAsk { number: number.id.clone(), since, among: JUDGED_CALLS })?;
    let calls = PickUps { ended: before.ended + 1, ..before };
    let (quality, consequence) = number.quality.clone().missed(rules, calls, cx.now);
    judged(draft, view, cx, number, quality, consequence)
}

/// What the turn means for permission, counters and the customer service window.
fn pair(draft: &mut Draft, view: &View, cx: &Cx<'_>, before: &CallRow, row: &CallRow, sides: &Sides<'_>) -> Result<(), Need> {
    let (record, limits) = (&row.record, cx.limits(sides.number.account_mode));
    match row.call.phase() {
        Phase::Active { .. } if !matches!(before.call.phase(), Phase::Active { .. }) => {
            let pair = view.pair(&record.number, &record.user)?;
            draft.put_pair(&record.number, &record.user, &pair, pair.clone().call_connected(cx.now, record.direction));
        }
        Phase::Ended(ending) if record.direction == Direction::BusinessInitiated => {
            let rang = before.call.rings() || draft.told.iter().any(is_ringing);
            if rang && ending.reason.unanswered(limits.cancelled_counts) {
                let pair = view.pair(&record.number, &record.user)?;
                let (after, consequence) = pair.clone().call_unanswered(cx.now, limits);
                draft.put_pair(&record.number, &record.user, &pair, after);
                match consequence {
                    None => {}
                    Some(Consequence::Revoked(reply)) => {
                        let words = Words { parties: &sides.parties, user: &record.user, nth: 0 };
                        permission_changed(draft, cx, &words, reply, None);
                    }
                    Some(Consequence::Nudge) => nudge(draft, cx, record, &sides.parties),
                }
            }
        }
        // The user did call: a callback is granted also for a call that was missed or cut off.
        Phase::Ended(_) if grants_callback(record, sides.number) => {
            let pair = view.pair(&record.number, &record.user)?;
            let (after, reply) = pair.clone().call_back(cx.now, limits);
            if let Some(reply) = reply {
                draft.put_pair(&record.number, &record.user, &pair, after);
                let words = Words { parties: &sides.parties, user: &record.user, nth: 0 };
                permission_changed(draft, cx, &words, reply, Some(Context::Call(record.id.clone())));
            }
        }
        Phase::Ended(_) | Phase::Alerting { .. } | Phase::Offered { .. } | Phase::Active { .. } => {}
    }
    Ok(())
}

fn is_ringing(notice: &Notice) -> bool {
    matches!(notice, Notice::CallStatus { status: CallStatus::Ringing, .. })
}

/// The user is asked to reconsider, by a message that the business does not see.
fn nudge(draft: &mut Draft, cx: &Cx<'_>, record: &CallRecord, parties: &Parties) {
    let message = Message {
        id: MessageId::compose(&parties.user, Author::System, cx.message_bytes(0)),
        number: record.number.clone(),
        waba: record.waba.clone(),
        user: record.user.clone(),
        at: cx.now,
        body: MessageBody::Reconsider,
        context: None,
    };
    draft.note(cx, About::call(record).of_message(&message.id), Fact::UserAskedToReconsider);
    draft.show(&record.user, UserEvent::Message(Box::new(message.clone())));
    draft.put(Row::Message(message));
}

/// The setting is on, and the call came from the primary phone: companion devices grant nothing.
fn grants_callback(record: &CallRecord, number: &Number) -> bool {
    let enabled = number.settings.callback_permission_status == Some(Switch::Enabled);
    enabled && record.device == Some(DeviceKind::Phone)
}
