//! One call as a machine: a phase, a moment and an event give a new phase and effects, or a refusal.
//!
//! Serves calls in both directions (platform docs, User-initiated calls and Business-initiated calls; state machines and timers of the
//! Calling API reference). They differ in how they begin: one alerts the business, the other the user's phones (`offered`).
//! Every phase answers every event; what cannot be is refused by name. Media is reported in as signs and never looked at.

mod answer;
mod ending;
mod media;
mod offered;

pub use answer::Answer;
pub use ending::{EndReason, Ending, Side, Talk};
pub use media::{Activity, LegSeen, MediaSeen, MediaSign};

use crate::call_id::Direction;
use crate::limits::{CallTimers, MAX_PAYLOAD};
use crate::time::WallTime;

/// Where a call stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Phase {
    /// The business has the offer and has not accepted. `answer` is there once it pre-accepted.
    Alerting {
        /// The accept window closes here.
        until: WallTime,
        /// The answer of a pre-accept; accept must repeat it.
        answer: Option<Answer>,
    },
    /// A business-initiated call; the user has not picked up.
    Offered {
        /// When the business placed it.
        since: WallTime,
        /// It rings until then.
        until: WallTime,
        /// A device of the user rings: `RINGING` was told.
        rings: bool,
    },
    /// Accepted, or picked up; audio may flow both ways.
    Active {
        /// When the accept or the pick-up was processed: `start_time`.
        since: WallTime,
    },
    /// Over, once and for all.
    Ended(Ending),
}

/// What the user's screen says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum UserView {
    /// "X is calling": a business-initiated call rings.
    Incoming,
    /// "Calling X": the business has not reacted.
    Calling,
    /// "Ringing X": the business pre-accepted.
    Ringing,
    /// The timer runs: accepted or picked up, or the first business media came, whichever was first.
    Connected,
    /// The call is over.
    Ended,
}

/// What a business-initiated call meets at the user's device: the published call statuses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CallStatus {
    /// `RINGING`.
    Ringing,
    /// `ACCEPTED`.
    Accepted,
    /// `REJECTED`; a terminate follows.
    Rejected,
}

/// What the world must do after a step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Give the business's answer to its media leg: ICE and DTLS may complete.
    ApplyAnswer(Answer),
    /// Tell the business (status webhook).
    Tell(CallStatus),
    /// Let business audio through to the user.
    OpenGate,
    /// The user's screen changes.
    Show(UserView),
    /// The call ended: close media, tell the businesses (terminate webhook) and the user.
    Finish(Ending),
}

/// Why a command is refused. Each maps to a published code in the adapter that answers it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CommandRefusal {
    /// A second pre-accept.
    #[error("this call is already pre-accepted; accept it with the same SDP answer")]
    AlreadyPreAccepted,
    /// Pre-accept, accept or reject of a call that is talking.
    #[error("accept, pre_accept or reject of a call that is already in progress")]
    AlreadyInProgress,
    /// Anything for a call that ended normally.
    #[error("this call is already completed: {0}")]
    AlreadyCompleted(EndReason),
    /// Anything for a call that failed.
    #[error("this call has already failed: {0}")]
    AlreadyFailed(EndReason),
    /// Accept after the accept window, or any command that raced with it.
    #[error("this call was not accepted in time")]
    RangOut,
    /// The answer differs from that of pre-accept.
    #[error("the SDP answer of accept differs from the SDP answer of pre_accept; send the same answer in both")]
    AnswerDiffers,
    /// No answer in accept and none stored.
    #[error("accept needs a session with an SDP answer, because this call was not pre-accepted")]
    AnswerMissing,
    /// Pre-accept, accept or reject of a business-initiated call.
    #[error("pre_accept, accept and reject are for user-initiated calls; a business-initiated call is ended with terminate")]
    NotUserInitiated,
    /// A phone rings, picks up or declines where no call of a business waits for it.
    #[error("this call does not ring any more")]
    NotRinging,
    /// `biz_opaque_callback_data` beyond [`MAX_PAYLOAD`] characters.
    #[error("biz_opaque_callback_data has more than {MAX_PAYLOAD} characters")]
    OpaqueTooLong,
}

/// A machine after an event, with what must follow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// The new state.
    pub call: Call,
    /// In the order in which they must be carried out.
    pub effects: Vec<Effect>,
}

/// A call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    phase: Phase,
    view: UserView,
    media: MediaSeen,
    timers: CallTimers,
    opaque: Option<String>,
}

impl Call {
    /// A user placed a call and the gates let it through (see [`crate::gate`]).
    pub fn place(now: WallTime, timers: CallTimers) -> Self {
        Self {
            phase: Phase::Alerting { until: now + timers.accept_window, answer: None },
            view: UserView::Calling,
            media: MediaSeen::default(),
            timers,
            opaque: None,
        }
    }

    /// A call that is known to have ended, as kept on record.
    pub fn ended(ending: Ending) -> Self {
        Self {
            phase: Phase::Ended(ending),
            view: UserView::Ended,
            media: MediaSeen::default(),
            timers: CallTimers::default(),
            opaque: None,
        }
    }

    /// A live call whose owner is gone, as kept on record: it can only be ended.
    pub fn interrupted(direction: Direction, active_since: Option<WallTime>) -> Self {
        let moment = WallTime::default();
        let phase = match (active_since, direction) {
            (Some(since), _) => Phase::Active { since },
            (None, Direction::UserInitiated) => Phase::Alerting { until: moment, answer: None },
            (None, Direction::BusinessInitiated) => Phase::Offered { since: moment, until: moment, rings: false },
        };
        Self { phase, view: UserView::Calling, media: MediaSeen::default(), timers: CallTimers::default(), opaque: None }
    }

    /// Where the call stands.
    pub fn phase(&self) -> &Phase {
        &self.phase
    }

    /// What the user's screen says.
    pub fn view(&self) -> UserView {
        self.view
    }

    /// What is known of both legs' media.
    pub fn media(&self) -> &MediaSeen {
        &self.media
    }

    /// The `biz_opaque_callback_data` of accept or connect, echoed in webhooks.
    pub fn opaque(&self) -> Option<&str> {
        self.opaque.as_deref()
    }

    /// The business prepares media while its agent is found. The user sees "Ringing".
    pub fn pre_accept(mut self, now: WallTime, answer: Answer) -> Result<Step, CommandRefusal> {
        match self.phase {
            Phase::Alerting { until, .. } if now >= until => Err(CommandRefusal::RangOut),
            Phase::Alerting { answer: Some(_), .. } => Err(CommandRefusal::AlreadyPreAccepted),
            Phase::Alerting { until, answer: None } => {
                self.phase = Phase::Alerting { until, answer: Some(answer.clone()) };
                let mut step = Step { call: self, effects: vec![Effect::ApplyAnswer(answer)] };
                step.show(UserView::Ringing);
                Ok(step)
            }
            Phase::Offered { .. } => Err(CommandRefusal::NotUserInitiated),
            Phase::Active { .. } => Err(CommandRefusal::AlreadyInProgress),
            Phase::Ended(ending) => Err(over(&ending)),
        }
    }

    /// The business's SIP server rings (180 or 183): the user sees "Ringing", and nothing else changes. Late and repeated ones are no error.
    pub fn alerted(self) -> Step {
        let alerting = matches!(self.phase, Phase::Alerting { .. });
        let mut step = Step { call: self, effects: Vec::new() };
        if alerting {
            step.show(UserView::Ringing);
        }
        step
    }

    /// The business takes the call. Legal without pre-accept; after one, only with the same answer or none.
    pub fn accept(mut self, now: WallTime, answer: Option<Answer>, opaque: Option<String>) -> Result<Step, CommandRefusal> {
        if opaque.as_ref().is_some_and(|data| data.chars().count() > MAX_PAYLOAD) {
            return Err(CommandRefusal::OpaqueTooLong);
        }
        let first_answer = match self.phase {
            Phase::Alerting { until, .. } if now >= until => return Err(CommandRefusal::RangOut),
            Phase::Alerting { answer: Some(ref stored), .. } if answer.as_ref().is_some_and(|given| given != stored) => {
                return Err(CommandRefusal::AnswerDiffers);
            }
            Phase::Alerting { answer: Some(_), .. } => None,
            Phase::Alerting { answer: None, .. } => Some(answer.ok_or(CommandRefusal::AnswerMissing)?),
            Phase::Offered { .. } => return Err(CommandRefusal::NotUserInitiated),
            Phase::Active { .. } => return Err(CommandRefusal::AlreadyInProgress),
            Phase::Ended(ending) => return Err(over(&ending)),
        };
        self.phase = Phase::Active { since: now };
        self.opaque = opaque;
        let mut step = Step { call: self, effects: first_answer.map(Effect::ApplyAnswer).into_iter().collect() };
        step.effects.push(Effect::OpenGate);
        step.show(UserView::Connected);
        Ok(step)
    }

    /// The business declines.
    pub fn reject(self, now: WallTime) -> Result<Step, CommandRefusal> {
        match self.phase {
            Phase::Alerting { .. } => Ok(self.finish(now, EndReason::Rejected)),
            Phase::Offered { .. } => Err(CommandRefusal::NotUserInitiated),
            Phase::Active { .. } => Err(CommandRefusal::AlreadyInProgress),
            Phase::Ended(ending) => Err(over(&ending)),
        }
    }

    /// The business hangs up, drops a call that it has not accepted, or cancels one that rings.
    pub fn terminate(self, now: WallTime) -> Result<Step, CommandRefusal> {
        match self.phase {
            Phase::Alerting { .. } | Phase::Offered { .. } | Phase::Active { .. } => Ok(self.finish(now, EndReason::BusinessTerminated)),
            Phase::Ended(ending) => Err(over(&ending)),
        }
    }

    /// The user hangs up or cancels; a call that still rings is declined.
    pub fn hang_up(self, now: WallTime) -> Result<Step, CommandRefusal> {
        match self.phase {
            Phase::Offered { .. } => self.decline(now),
            Phase::Alerting { .. } | Phase::Active { .. } => Ok(self.finish(now, EndReason::UserHungUp)),
            Phase::Ended(ending) => Err(over(&ending)),
        }
    }

    /// Something outside the rules ends the call: the media plane lost it, or the platform restarted.
    pub fn fail(self, now: WallTime, reason: EndReason) -> Result<Step, CommandRefusal> {
        match self.phase {
            Phase::Alerting { .. } | Phase::Offered { .. } | Phase::Active { .. } => Ok(self.finish(now, reason)),
            Phase::Ended(ending) => Err(over(&ending)),
        }
    }

    /// The media plane saw something. Early business media turns the user's screen to connected and accepts nothing.
    pub fn media_sign(mut self, now: WallTime, sign: MediaSign) -> Step {
        self.media.note(now, sign);
        let early = sign == MediaSign::Flowing(Side::Business) && matches!(self.phase, Phase::Alerting { answer: Some(_), .. });
        let mut step = Step { call: self, effects: Vec::new() };
        if early {
            step.show(UserView::Connected);
        }
        step
    }

    /// The next moment at which the call must be woken, with what that moment means.
    pub fn next_deadline(&self) -> Option<(WallTime, EndReason)> {
        match &self.phase {
            Phase::Alerting { until, .. } => Some((*until, EndReason::NotAnswered)),
            Phase::Offered { since, until, .. } => Some(self.offered_until(*since, *until)),
            Phase::Active { since } => self.media.next_deadline(*since, &self.timers),
            Phase::Ended(_) => None,
        }
    }

    /// Time passed. Ends the call if its deadline is reached; otherwise nothing changes.
    pub fn wake(self, now: WallTime) -> Step {
        match self.next_deadline() {
            Some((at, reason)) if now >= at => self.finish(at, reason),
            _ => Step { call: self, effects: Vec::new() },
        }
    }

    fn finish(mut self, now: WallTime, reason: EndReason) -> Step {
        let talk = match self.phase {
            Phase::Active { since } => Some(Talk { since, until: now }),
            Phase::Alerting { .. } | Phase::Offered { .. } | Phase::Ended(_) => None,
        };
        let ending = Ending { at: now, reason, talk };
        self.phase = Phase::Ended(ending.clone());
        self.view = UserView::Ended;
        Step { call: self, effects: vec![Effect::Finish(ending)] }
    }
}

impl Step {
    /// The business's answer that the step gives to its media leg: the first one.
    pub fn applies(&self) -> Option<&Answer> {
        self.effects.iter().find_map(|effect| match effect {
            Effect::ApplyAnswer(answer) => Some(answer),
            _ => None,
        })
    }

    /// Screens only move forward: a pre-accept never takes a connected screen back to ringing.
    fn show(&mut self, view: UserView) {
        if self.call.view < view {
            self.call.view = view;
            self.effects.push(Effect::Show(view));
        }
    }
}

fn over(ending: &Ending) -> CommandRefusal {
    match ending.reason {
        EndReason::NotAnswered => CommandRefusal::RangOut,
        reason if reason.failed() => CommandRefusal::AlreadyFailed(reason),
        reason => CommandRefusal::AlreadyCompleted(reason),
    }
}

#[cfg(test)]
mod tests;
