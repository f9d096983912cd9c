//! A business calls a scripted user: it rings, is picked up or declined, or meets a user on the phone.

use std::sync::Arc;
use std::time::Duration;

use callport_core::call::UserView;
use callport_core::call_id::{CallId, Direction};
use callport_core::gate::DeviceKind;
use callport_core::ids::PhoneNumberId;
use callport_core::time::WallTime;
use callport_engine::UserEvent;
use callport_engine::records::User;
use callport_peer::{Endpoint, PeerError, PeerEvent};
use callport_people::{OnCall, ScriptedState};
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{broadcast, mpsc};
use tokio::time::Instant;

use super::call::{End, ScriptedCall};
use super::line::Line;
use super::report::Trouble;
use super::run::{Person, Talk};
use super::script::{PATIENCE, Plan};

/// A call that comes in.
pub(super) struct Incoming {
    pub(super) call: CallId,
    pub(super) number: PhoneNumberId,
    pub(super) user: User,
    pub(super) device: DeviceKind,
}

/// A call that rings, as far as its user can know.
struct Ring {
    call: CallId,
    device: DeviceKind,
    events: broadcast::Receiver<UserEvent>,
    /// By the calendar.
    since: WallTime,
}

/// Starts the task of one call.
pub(super) fn start(line: Line, id: u64, incoming: Incoming, conduct: OnCall, plan: Plan) -> Arc<ScriptedCall> {
    let Incoming { call, number, user, device } = incoming;
    let scripted = Arc::new(ScriptedCall::new(id, user, number, Direction::BusinessInitiated));
    scripted.note(|report| report.call = Some(call.clone()));
    let ring = Ring { call, device, events: line.engine.listen(&scripted.user().id), since: line.engine.now() };
    let person = Person { line, call: scripted.clone(), plan, began: Instant::now() };
    tokio::spawn(async move {
        let _end = End(person.call.clone());
        person.receive(ring, &conduct).await;
    });
    scripted
}

impl Person {
    async fn receive(&self, mut ring: Ring, conduct: &OnCall) {
        let (engine, user) = (&self.line.engine, &self.call.user().id);
        match conduct {
            OnCall::Offline {} => return,
            OnCall::Busy {} => engine.busy(user, &ring.call).await,
            OnCall::Ignore {} => self.ring(&ring).await,
            OnCall::Decline { after } => {
                self.ring(&ring).await;
                if self.rang_for(&mut ring, Some(*after)).await
                    && let Err(fault) = engine.decline(user, &ring.call).await
                {
                    self.call.broke(fault);
                }
            }
            OnCall::Answer { after, .. } => {
                self.ring(&ring).await;
                if self.rang_for(&mut ring, Some(*after)).await {
                    match self.pick_up(&ring).await {
                        Ok((endpoint, news)) => {
                            let gives_up = Instant::now() + PATIENCE;
                            return self.talk(Talk::new(ring.call, endpoint, news, ring.events, gives_up)).await;
                        }
                        Err(trouble) => self.call.trouble(trouble),
                    }
                }
            }
        }
        // However it goes on without this user, its end is told.
        self.rang_for(&mut ring, None).await;
        let ended_ms = self.elapsed_ms();
        self.call.note(|report| report.times.ended_ms = Some(ended_ms));
    }

    async fn ring(&self, ring: &Ring) {
        self.line.engine.device_rings(&self.call.user().id, &ring.call).await;
        let at = self.elapsed_ms();
        self.call.note(|report| report.times.ringing_ms = Some(at));
        self.call.advance(ScriptedState::Ringing);
    }

    /// Lets it ring so long, or without an end. False when it is over, or was taken by another device.
    async fn rang_for(&self, ring: &mut Ring, time: Option<Duration>) -> bool {
        if self.call.report().reason.is_some() || !self.rings(&ring.call).await {
            return false;
        }
        let until = time.map(|time| ring.since + time);
        loop {
            tokio::select! {
                event = ring.events.recv() => match event {
                    Ok(UserEvent::Ended { call, reason, seconds }) if call == ring.call => {
                        self.call.note(|report| (report.reason, report.seconds) = (Some(reason), seconds));
                        return false;
                    }
                    Ok(UserEvent::View(shown)) if shown.call == ring.call && shown.view != UserView::Incoming => return self.taken(),
                    Ok(_) => {}
                    Err(RecvError::Lagged(_)) => if !self.rings(&ring.call).await { return false },
                    Err(RecvError::Closed) => return false,
                },
                () = self.reached(until) => return true,
                () = self.call.asked_to_end() => {
                    if let Err(fault) = self.line.engine.hang_up(&self.call.user().id, &ring.call).await {
                        self.call.broke(fault);
                    }
                }
            }
        }
    }

    async fn reached(&self, moment: Option<WallTime>) {
        match moment {
            Some(at) => self.line.engine.sleep_until(at).await,
            None => std::future::pending().await,
        }
    }

    /// Looks instead of listening: for what happened before, and for what was missed.
    async fn rings(&self, call: &CallId) -> bool {
        match self.line.engine.current_call(&self.call.user().id).filter(|now| now.call == *call) {
            Some(now) if now.view == UserView::Incoming => true,
            Some(_) => self.taken(),
            None => {
                self.ended_on_record(call).await;
                false
            }
        }
    }

    fn taken(&self) -> bool {
        self.call.broke("another device of the user took the call");
        false
    }

    async fn pick_up(&self, ring: &Ring) -> Result<(Endpoint, mpsc::Receiver<PeerEvent>), Trouble> {
        let broke = |error: PeerError| Trouble::Broke(error.to_string());
        let (endpoint, news) = self.line.endpoint(&self.plan.script).await.map_err(broke)?;
        let offer = endpoint.offer().await.map_err(broke)?;
        let picked = self.line.engine.pick_up(&self.call.user().id, ring.device, &ring.call, offer).await;
        let answer = picked.map_err(|refusal| Trouble::Broke(refusal.to_string()))?;
        self.connect(&ring.call, &endpoint, &answer).await?;
        Ok((endpoint, news))
    }
}
