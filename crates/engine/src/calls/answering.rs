//! What a user's phones do with a call of a business: ring, pick up, decline.

use callport_core::call::Refusal;
use callport_core::call_id::CallId;
use callport_core::gate::DeviceKind;
use callport_core::ids::UserId;
use tokio::sync::oneshot;

use super::task::{CallTask, Message};
use crate::engine::Engine;
use crate::fault::Fault;
use crate::ports::MediaFault;
use crate::records::TimelineKind;

/// Why a phone could not pick up.
#[derive(Debug, Clone, thiserror::Error)]
pub enum PickUpRefusal {
    /// No such call of this user.
    #[error("there is no such call")]
    UnknownCall,
    /// Web and desktop clients cannot take calls.
    #[error("calls can be taken on a phone only")]
    DeviceCannotCall,
    /// Another device was faster, or it is over.
    #[error(transparent)]
    NotRinging(#[from] Refusal),
    /// The phone's offer or the relay.
    #[error(transparent)]
    Media(#[from] MediaFault),
    /// The store failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl Engine {
    /// A device of the user rings. Late or repeated reports change nothing.
    pub async fn device_rings(&self, user: &UserId, call: &CallId) {
        if let Some(owner) = self.live.owner(call) {
            let _ = owner.send(Message::Rings { user: user.clone() }).await;
        }
    }

    /// A device of the user picks up, with its SDP offer. The first one wins and gets the platform's SDP answer.
    pub async fn pick_up(&self, user: &UserId, device: DeviceKind, call: &CallId, offer: String) -> Result<String, PickUpRefusal> {
        if !device.may_call() {
            return Err(PickUpRefusal::DeviceCannotCall);
        }
        let owner = self.live.owner(call).ok_or(PickUpRefusal::UnknownCall)?;
        let (reply, answered) = oneshot::channel();
        owner.send(Message::PickUp { user: user.clone(), device, offer, reply }).await.map_err(|_| PickUpRefusal::UnknownCall)?;
        answered.await.unwrap_or(Err(PickUpRefusal::UnknownCall))
    }

    /// The user declines, for all devices. A call that is over already is no error for a phone.
    pub async fn decline(&self, user: &UserId, call: &CallId) -> Result<(), Fault> {
        let Some(owner) = self.live.owner(call) else { return Ok(()) };
        let (reply, answered) = oneshot::channel();
        if owner.send(Message::Decline { user: user.clone(), reply }).await.is_err() {
            return Ok(());
        }
        answered.await.unwrap_or(Ok(()))
    }

    /// The user is on the phone with somebody whom the platform does not see: the call ends as busy, before any device rings.
    pub async fn busy(&self, user: &UserId, call: &CallId) {
        if let Some(owner) = self.live.owner(call) {
            let _ = owner.send(Message::Busy { user: user.clone() }).await;
        }
    }
}

impl CallTask {
    pub(super) async fn rings(&mut self, user: &UserId) {
        if self.record.user != *user || self.call.rings() {
            return;
        }
        if let Ok(step) = self.call.clone().device_rings(self.engine.now()) {
            self.line(TimelineKind::User, "a device of the user rings".to_owned());
            self.carry_out_surely(step).await;
        }
    }

    /// The media first: an offer that cannot be used leaves the call ringing for another try.
    pub(super) async fn pick_up(&mut self, user: &UserId, device: DeviceKind, offer: String) -> Result<String, PickUpRefusal> {
        if self.record.user != *user {
            return Err(PickUpRefusal::UnknownCall);
        }
        let step = self.call.clone().pick_up(self.engine.now())?;
        let media = self.engine.ports.media.clone();
        let answer = match self.phone_joined {
            false => media.pick_up(&self.record.id, offer).await?,
            true => media.rejoin(&self.record.id, offer).await?, // an earlier try got this far and could not be saved
        };
        self.phone_joined = true;
        self.line(TimelineKind::User, format!("the user picked up on a {} device", device.name()));
        let before = self.record.device.replace(device);
        if let Err(fault) = self.carry_out(step).await {
            self.record.device = before;
            return Err(fault.into());
        }
        Ok(answer)
    }

    pub(super) async fn decline(&mut self, user: &UserId) -> Result<(), Fault> {
        if self.record.user != *user {
            return Ok(());
        }
        let Ok(step) = self.call.clone().decline(self.engine.now()) else { return Ok(()) };
        self.line(TimelineKind::User, "the user declined".to_owned());
        self.carry_out(step).await
    }

    pub(super) async fn busy(&mut self, user: &UserId) {
        if self.record.user == *user {
            self.user_busy().await;
        }
    }

    pub(super) async fn user_busy(&mut self) {
        if let Ok(step) = self.call.clone().user_busy(self.engine.now()) {
            self.line(TimelineKind::Rule, "the user is in another call: no device rings".to_owned());
            self.carry_out_surely(step).await;
        }
    }
}
