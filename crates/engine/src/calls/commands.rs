//! What businesses and phones may ask of a call, and the way to its owner.

use callport_core::call::{Answer, Call, EndReason, Refusal};
use callport_core::call_id::CallId;
use callport_core::ids::{PhoneNumberId, UserId};
use tokio::sync::{mpsc, oneshot};

use super::live::UserCall;
use super::task::Message;
use crate::engine::Engine;
use crate::fault::Fault;
use crate::ports::{AnswerRefusal, MediaFault};
use crate::records::Stage;

/// `POST /{pnid}/calls` on an existing call.
#[derive(Debug, Clone)]
pub enum CallCommand {
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
    /// The published action.
    pub fn action(&self) -> &'static str {
        match self {
            CallCommand::PreAccept(_) => "pre_accept",
            CallCommand::Accept { .. } => "accept",
            CallCommand::Reject => "reject",
            CallCommand::Terminate => "terminate",
        }
    }
}

/// Why a command was not carried out.
#[derive(Debug, Clone, thiserror::Error)]
pub enum CommandRefusal {
    /// No such call on this number.
    #[error("there is no call with this call_id on this phone number")]
    UnknownCall,
    /// The rules of the call.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The SDP answer.
    #[error(transparent)]
    BadAnswer(#[from] AnswerRefusal),
    /// The store failed, or the call's queue is full.
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// Why the operator ends no call.
#[derive(Debug, Clone, thiserror::Error)]
pub enum EndRefusal {
    /// No such call.
    #[error("there is no call with this id")]
    UnknownCall,
    /// It is over.
    #[error("this call is over already: {0}")]
    Over(EndReason),
    /// The store failed, or the call's queue is full.
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// Why a digit was not sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PressRefusal {
    /// Not 0–9, `*` or `#`.
    #[error("a digit is one of 0-9, * and #")]
    NotADigit,
    /// No such call of this user, or it is over.
    #[error("there is no such call")]
    UnknownCall,
}

/// Why a phone could not come back into its call.
#[derive(Debug, Clone, thiserror::Error)]
pub enum RejoinRefusal {
    /// No such call of this user, or it is over.
    #[error("there is no such call")]
    UnknownCall,
    /// The phone's offer or the relay.
    #[error(transparent)]
    Media(#[from] MediaFault),
}

impl Engine {
    /// A business's command. `number` is the number in the path: calls of other numbers do not exist for it.
    pub async fn command(&self, number: &PhoneNumberId, call: &CallId, command: CallCommand) -> Result<(), CommandRefusal> {
        if let Some(owner) = self.live.owner(call) {
            let (reply, answered) = oneshot::channel();
            let asked = self.enqueue(&owner, Message::Command { number: number.clone(), command: command.clone(), reply })?;
            if asked && let Ok(result) = answered.await {
                return result;
            }
        }
        self.command_on_record(number, call, command).await
    }

    /// The call has no owner any more: its record answers as the machine would.
    async fn command_on_record(&self, number: &PhoneNumberId, call: &CallId, command: CallCommand) -> Result<(), CommandRefusal> {
        let record = self.ports.store.call(call).await?.filter(|record| record.number == *number).ok_or(CommandRefusal::UnknownCall)?;
        let Stage::Ended(ending) = record.stage else {
            return Err(Fault::new("engine: command", "a live call has no owner").into());
        };
        let (call, now) = (Call::ended(ending), self.now());
        let step = match command {
            CallCommand::PreAccept(answer) => call.pre_accept(now, answer),
            CallCommand::Accept { answer, .. } => call.accept(now, answer, None),
            CallCommand::Reject => call.reject(now),
            CallCommand::Terminate => call.terminate(now),
        };
        Ok(step.map(|_| ())?)
    }

    /// The user hangs up or cancels. A call that is over already is no error for a phone.
    pub async fn hang_up(&self, user: &UserId, call: &CallId) -> Result<(), Fault> {
        let Some(owner) = self.live.owner(call) else { return Ok(()) };
        let (reply, answered) = oneshot::channel();
        self.enqueue(&owner, Message::HangUp { user: user.clone(), reply })?;
        answered.await.unwrap_or(Ok(()))
    }

    /// The operator ends a call in whatever state it is, so that its parties are free again.
    pub async fn end_call(&self, call: &CallId) -> Result<(), EndRefusal> {
        if let Some(owner) = self.live.owner(call) {
            let (reply, answered) = oneshot::channel();
            if self.enqueue(&owner, Message::End { reply })?
                && let Ok(result) = answered.await
            {
                return result;
            }
        }
        let record = self.ports.store.call(call).await?.ok_or(EndRefusal::UnknownCall)?;
        match record.stage {
            Stage::Ended(ending) => Err(EndRefusal::Over(ending.reason)),
            Stage::Calling | Stage::Ringing | Stage::Active(_) => Err(Fault::new("engine: end call", "a live call has no owner").into()),
        }
    }

    /// The user presses a key: one RFC 4733 event towards the business.
    pub async fn press(&self, user: &UserId, call: &CallId, digit: char) -> Result<(), PressRefusal> {
        if !matches!(digit, '0'..='9' | '*' | '#') {
            return Err(PressRefusal::NotADigit);
        }
        let owner = self.live.owner(call).ok_or(PressRefusal::UnknownCall)?;
        let (reply, answered) = oneshot::channel();
        owner.send(Message::Press { user: user.clone(), digit, reply }).await.map_err(|_| PressRefusal::UnknownCall)?;
        answered.await.unwrap_or(Err(PressRefusal::UnknownCall))
    }

    /// The user's phone lost its media path and comes back with a new offer.
    pub async fn rejoin(&self, user: &UserId, call: &CallId, offer: String) -> Result<String, RejoinRefusal> {
        let owner = self.live.owner(call).ok_or(RejoinRefusal::UnknownCall)?;
        let (reply, answered) = oneshot::channel();
        owner.send(Message::Rejoin { user: user.clone(), offer, reply }).await.map_err(|_| RejoinRefusal::UnknownCall)?;
        answered.await.unwrap_or(Err(RejoinRefusal::UnknownCall))
    }

    /// The call that a user is in, as its phone must show it.
    pub fn current_call(&self, user: &UserId) -> Option<UserCall> {
        self.live.call_of(user)
    }

    /// Calls that have an owner.
    pub fn live_call_count(&self) -> usize {
        self.live.count()
    }

    /// False when the owner is gone already; a fault when its queue is full, which one misbehaving peer can bring about and must not block others.
    fn enqueue(&self, owner: &mpsc::Sender<Message>, message: Message) -> Result<bool, Fault> {
        match owner.try_send(message) {
            Ok(()) => Ok(true),
            Err(mpsc::error::TrySendError::Closed(_)) => Ok(false),
            Err(mpsc::error::TrySendError::Full(_)) => Err(Fault::new("engine: command", "too many commands for one call are waiting")),
        }
    }
}
