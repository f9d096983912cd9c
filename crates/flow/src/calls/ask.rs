//! What is asked of a call that is there: by its business, by its user's phones, by the operator, by a timer, by the media plane.

use callport_core::call::{Answer, CommandRefusal, EndReason, MediaSign, Phase, Side, UserView};
use callport_core::call_id::CallId;
use callport_core::gate::DeviceKind;
use callport_core::ids::{PhoneNumberId, UserId};

use super::turn::turn;
use crate::journal::{About, Fact, Milestone};
use crate::phones::UserEvent;
use crate::row::{CallRow, Key, Row};
use crate::step::{Act, Cx, Draft, Input, Stop, refusal};
use crate::view::{AnswerRefusal, Ask, CheckedAnswer, MediaAnswer, MediaFault, View};

/// Something that is asked of a call. Its owner runs it.
#[derive(Debug, Clone)]
pub struct AskCall {
    /// Which.
    pub call: CallId,
    /// What.
    pub ask: CallAsk,
}

/// What is asked, and by whom.
#[derive(Debug, Clone)]
pub enum CallAsk {
    /// `POST /{pnid}/calls` of this number: calls of other numbers do not exist for it.
    Business(PhoneNumberId, CallCommand),
    /// A phone of this user.
    Phone(UserId, PhoneAsk),
    /// The operator ends it.
    OperatorEnds,
    /// Its deadline is reached.
    Wake,
    /// Something outside the rules ends it.
    Fail(EndReason),
    /// The media plane saw something that the rules look at.
    Sign(MediaSign),
    /// The media plane saw something else.
    Milestone(Side, Milestone),
    /// Something of its SIP dialog, for its story alone.
    Sip(Fact),
}

/// What a business may ask of a call.
#[derive(Debug, Clone)]
pub enum CallCommand {
    /// The SIP server rings: 180 or 183.
    Ring,
    /// `pre_accept`.
    PreAccept(Answer),
    /// `accept`.
    Accept {
        /// `session.sdp`, when given.
        answer: Option<Answer>,
        /// `biz_opaque_callback_data`.
        opaque: Option<String>,
    },
    /// `reject`.
    Reject,
    /// `terminate`.
    Terminate,
}

impl CallCommand {
    /// Every published action of a call that is there. A SIP server says as much by its responses and requests, and by one more.
    pub const ACTIONS: [&'static str; 4] = ["pre_accept", "accept", "reject", "terminate"];

    /// The published action.
    pub fn action(&self) -> &'static str {
        match self {
            CallCommand::Ring => "ringing",
            CallCommand::PreAccept(_) => "pre_accept",
            CallCommand::Accept { .. } => "accept",
            CallCommand::Reject => "reject",
            CallCommand::Terminate => "terminate",
        }
    }
}

/// What a phone may ask of a call.
#[derive(Debug, Clone)]
pub enum PhoneAsk {
    /// It rings.
    Rings,
    /// Its user picks up, with the phone's SDP offer.
    PickUp(DeviceKind, String),
    /// Its user declines.
    Decline,
    /// Its user is on the phone with somebody whom the platform does not see.
    Busy,
    /// Its user hangs up, or cancels.
    HangUp,
    /// Its user presses a key.
    Press(char),
    /// It lost its media path and comes back with a new offer.
    Rejoin(String),
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Asked {
    /// It was done, or there was nothing to do any more.
    Done,
    /// It was done; the platform's SDP answer for the phone.
    Answer(String),
}

/// Why it was not done.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum AskCallRefusal {
    /// No such call of this number or user.
    #[error("there is no call with this call_id on this phone number")]
    UnknownCall,
    /// The rules of the call.
    #[error(transparent)]
    Rule(#[from] CommandRefusal),
    /// The SDP answer of the business.
    #[error(transparent)]
    BadAnswer(#[from] AnswerRefusal),
    /// The phone's offer or the relay.
    #[error(transparent)]
    Media(#[from] MediaFault),
    /// Web and desktop clients cannot take calls.
    #[error("calls can be taken on a phone only")]
    DeviceCannotCall,
    /// Not 0–9, `*` or `#`.
    #[error("a digit is one of 0-9, * and #")]
    NotADigit,
    /// It is over.
    #[error("this call is over already: {0}")]
    Over(EndReason),
}

type No = Stop<AskCallRefusal>;

refusal!(AskCallRefusal);

impl Input for AskCall {
    type Done = Asked;
    type Refusal = AskCallRefusal;

    fn decide(&self, view: &View, cx: &Cx<'_>, draft: &mut Draft) -> Result<Asked, No> {
        let row = view.call(Key::Call(self.call.clone()))?.ok_or(AskCallRefusal::UnknownCall)?;
        match &self.ask {
            CallAsk::Business(number, command) if row.record.number == *number => business(view, cx, draft, row, command),
            CallAsk::Phone(user, ask) if row.record.user == *user => phone(view, cx, draft, row, ask),
            CallAsk::Business(..) | CallAsk::Phone(..) => Err(AskCallRefusal::UnknownCall.into()),
            CallAsk::OperatorEnds => {
                if let Phase::Ended(ending) = row.call.phase() {
                    return Err(AskCallRefusal::Over(ending.reason).into());
                }
                draft.note(cx, About::call(&row.record), Fact::OperatorEndedCall);
                let step = row.call.clone().fail(cx.now, EndReason::OperatorHungUp)?;
                turn(draft, view, cx, row.clone(), step)?;
                Ok(Asked::Done)
            }
            CallAsk::Wake => {
                let step = row.call.clone().wake(cx.now);
                if step.call != row.call {
                    turn(draft, view, cx, row.clone(), step)?;
                }
                Ok(Asked::Done)
            }
            CallAsk::Fail(reason) => {
                if let Ok(step) = row.call.clone().fail(cx.now, *reason) {
                    turn(draft, view, cx, row.clone(), step)?;
                }
                Ok(Asked::Done)
            }
            CallAsk::Sign(sign) => {
                sign_seen(cx, draft, row, *sign);
                Ok(Asked::Done)
            }
            CallAsk::Sip(fact) => {
                draft.soft = row.live(); // the last words of a dialog come when the call is over
                draft.note(cx, About::call(&row.record), fact.clone());
                Ok(Asked::Done)
            }
            CallAsk::Milestone(side, milestone) => {
                draft.soft = true;
                draft.note(cx, About::call(&row.record), Fact::Media { side: *side, milestone: milestone.clone() });
                Ok(Asked::Done)
            }
        }
    }

    fn refused(&self, why: &AskCallRefusal) -> Option<(About, Fact)> {
        match &self.ask {
            CallAsk::Business(number, command) => {
                // What a business asks of a call that is not its own is no part of that call's story.
                let call = (*why != AskCallRefusal::UnknownCall).then(|| self.call.clone());
                let about = About { call, ..About::number(number) };
                Some((about, Fact::BusinessRefused { action: command.action().to_owned(), says: why.to_string() }))
            }
            _ => None,
        }
    }
}

fn business(view: &View, cx: &Cx<'_>, draft: &mut Draft, row: &CallRow, command: &CallCommand) -> Result<Asked, No> {
    let call = row.call.clone();
    // 180 comes as often as a server likes.
    if matches!(command, CallCommand::Ring) && call.view() >= UserView::Ringing {
        return Ok(Asked::Done);
    }
    let step = match command {
        CallCommand::Ring => call.alerted(),
        CallCommand::PreAccept(answer) => call.pre_accept(cx.now, answer.clone())?,
        CallCommand::Accept { answer, opaque } => call.accept(cx.now, answer.clone(), opaque.clone())?,
        CallCommand::Reject => call.reject(cx.now)?,
        CallCommand::Terminate => call.terminate(cx.now)?,
    };
    let about = About::call(&row.record);
    // The first answer is read before it counts: one that cannot be used is refused, and the call goes on without it.
    if let Some(answer) = step.applies() {
        let read = read(view, row, answer)?;
        for says in &read.warnings {
            draft.note(cx, about.clone(), Fact::DescriptionOdd { says: says.clone() });
        }
        draft.acts.push(Act::ApplyAnswer(row.record.id.clone(), read));
    }
    draft.note(cx, about, Fact::BusinessAsked { action: command.action().to_owned() });
    turn(draft, view, cx, row.clone(), step)?;
    Ok(Asked::Done)
}

fn read(view: &View, row: &CallRow, answer: &Answer) -> Result<CheckedAnswer, No> {
    let ask = Ask::ReadAnswer { answer: answer.clone(), codecs: row.record.codecs.clone(), keys: row.record.keys };
    match view.media(ask)? {
        Ok(MediaAnswer::Answer(read)) => Ok(read.clone()),
        Ok(_) => Err(MediaFault::Unavailable("the media plane answered another question".to_owned()).into()),
        Err(MediaFault::Refused(why)) => Err(AnswerRefusal(why).into()),
        Err(fault) => Err(fault.into()),
    }
}

fn phone(view: &View, cx: &Cx<'_>, draft: &mut Draft, row: &CallRow, ask: &PhoneAsk) -> Result<Asked, No> {
    let (call, about) = (row.call.clone(), About::call(&row.record));
    let mut row = row.clone();
    let (step, fact) = match ask {
        // Late and repeated reports of a phone change nothing and are no error.
        PhoneAsk::Rings if call.rings() => return Ok(Asked::Done),
        PhoneAsk::Rings => (call.device_rings(cx.now).ok(), Fact::DeviceRings),
        PhoneAsk::Decline => (call.decline(cx.now).ok(), Fact::UserDeclined),
        PhoneAsk::HangUp => (call.hang_up(cx.now).ok(), Fact::UserHungUp),
        PhoneAsk::Busy => (call.user_busy(cx.now).ok(), Fact::UserBusy),
        PhoneAsk::PickUp(device, _) if !device.may_call() => return Err(AskCallRefusal::DeviceCannotCall.into()),
        PhoneAsk::PickUp(device, offer) => {
            let step = call.pick_up(cx.now)?;
            // The media first: an offer that cannot be used leaves the call ringing for another try.
            let answer = join(view, &row, offer, row.joined)?;
            row.joined = true;
            row.record.device = Some(*device);
            draft.note(cx, about, Fact::UserPickedUp { device: *device });
            turn(draft, view, cx, row, step)?;
            return Ok(Asked::Answer(answer));
        }
        PhoneAsk::Rejoin(offer) => {
            if !row.live() {
                return Err(AskCallRefusal::UnknownCall.into());
            }
            let answer = join(view, &row, offer, true)?;
            draft.soft = true;
            draft.note(cx, about, Fact::UserRejoined);
            return Ok(Asked::Answer(answer));
        }
        PhoneAsk::Press(digit) if !matches!(digit, '0'..='9' | '*' | '#') => return Err(AskCallRefusal::NotADigit.into()),
        PhoneAsk::Press(digit) => {
            if !row.live() {
                return Err(AskCallRefusal::UnknownCall.into());
            }
            draft.soft = true;
            draft.acts.push(Act::Press(row.record.id.clone(), *digit));
            draft.note(cx, about, Fact::UserPressedKey);
            return Ok(Asked::Done);
        }
    };
    if let Some(step) = step {
        draft.note(cx, about, fact);
        turn(draft, view, cx, row, step)?;
    }
    Ok(Asked::Done)
}

fn join(view: &View, row: &CallRow, offer: &str, again: bool) -> Result<String, No> {
    let ask = Ask::Join { call: row.record.id.clone(), offer: offer.to_owned(), again };
    match view.media(ask)?? {
        MediaAnswer::Joined(answer) => Ok(answer.clone()),
        _ => Err(MediaFault::Unavailable("the media plane answered another question".to_owned()).into()),
    }
}

/// Media signs cost no commit: the owner keeps the machine that saw them, and their entries ride with its next step.
fn sign_seen(cx: &Cx<'_>, draft: &mut Draft, row: &CallRow, sign: MediaSign) {
    let mut row = row.clone();
    let step = row.call.clone().media_sign(cx.now, sign);
    row.call = step.call;
    draft.soft = true;
    let fact = match sign {
        MediaSign::Connected(side) => Fact::MediaConnected { side },
        MediaSign::Flowing(side) => Fact::MediaFlowing { side },
        MediaSign::Silent(side, _) => Fact::MediaSilent { side },
    };
    draft.note(cx, About::call(&row.record), fact);
    super::turn::show(draft, &row, &step.effects);
    let media = row.call.media();
    let path_open = media.user.connected.is_some() && media.business.connected.is_some();
    let event = UserEvent::Media { call: row.record.id.clone(), path_open, audio_both_ways: media.both_ways() };
    draft.show(&row.record.user, event);
    draft.put(Row::Call(row));
}
