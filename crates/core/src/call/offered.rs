//! A business-initiated call before the user picks up: it is offered to every phone of the user, rings, and is taken by one of them.

use super::{Call, CallStatus, CommandRefusal, Effect, EndReason, MediaSeen, Phase, Step, UserView, over};
use crate::limits::CallTimers;
use crate::time::WallTime;

impl Call {
    /// A business placed a call and the rules let it through (see [`crate::outreach`]).
    pub fn offer(now: WallTime, timers: CallTimers, opaque: Option<String>) -> Self {
        Self {
            phase: Phase::Offered { since: now, until: now + timers.ring_window, rings: false },
            view: UserView::Incoming,
            media: MediaSeen::default(),
            timers,
            opaque,
        }
    }

    /// Whether a device of the user rings or rang before anybody picked up.
    pub fn rings(&self) -> bool {
        matches!(self.phase, Phase::Offered { rings: true, .. })
    }

    /// A device of the user rings. The first one is told to the business; the others change nothing.
    pub fn device_rings(self, now: WallTime) -> Result<Step, CommandRefusal> {
        let (call, effects) = self.ringing(now)?;
        Ok(Step { call, effects })
    }

    /// A phone picks up. The first one wins; for the others the call does not ring any more.
    pub fn pick_up(self, now: WallTime) -> Result<Step, CommandRefusal> {
        let (mut call, mut effects) = self.ringing(now)?;
        call.phase = Phase::Active { since: now };
        effects.extend([Effect::Tell(CallStatus::Accepted), Effect::OpenGate]);
        let mut step = Step { call, effects };
        step.show(UserView::Connected);
        Ok(step)
    }

    /// The user declines, for all devices.
    pub fn decline(self, now: WallTime) -> Result<Step, CommandRefusal> {
        let (call, mut effects) = self.ringing(now)?;
        let mut step = call.finish(now, EndReason::Declined);
        effects.push(Effect::Tell(CallStatus::Rejected));
        effects.append(&mut step.effects);
        Ok(Step { call: step.call, effects })
    }

    /// The user is in another call: this one ends before any device rings.
    pub fn user_busy(self, now: WallTime) -> Result<Step, CommandRefusal> {
        match self.phase {
            Phase::Offered { .. } => Ok(self.finish(now, EndReason::UserBusy)),
            Phase::Ended(ending) => Err(over(&ending)),
            Phase::Alerting { .. } | Phase::Active { .. } => Err(CommandRefusal::NotRinging),
        }
    }

    /// What a phone does implies that it rings, whichever of the two reports came first.
    fn ringing(mut self, now: WallTime) -> Result<(Self, Vec<Effect>), CommandRefusal> {
        match self.phase {
            Phase::Offered { until, .. } if now >= until => Err(CommandRefusal::NotRinging),
            Phase::Offered { rings: true, .. } => Ok((self, Vec::new())),
            Phase::Offered { since, until, rings: false } => {
                self.phase = Phase::Offered { since, until, rings: true };
                Ok((self, vec![Effect::Tell(CallStatus::Ringing)]))
            }
            Phase::Ended(ending) => Err(over(&ending)),
            Phase::Alerting { .. } | Phase::Active { .. } => Err(CommandRefusal::NotRinging),
        }
    }

    /// It rings until the user's time is over, or the business's to bring its media up.
    pub(super) fn offered_until(&self, since: WallTime, until: WallTime) -> (WallTime, EndReason) {
        let connect = since + self.timers.connect_window;
        match self.media.business.connected {
            None if connect < until => (connect, EndReason::BusinessNeverConnected),
            _ => (until, EndReason::NotPickedUp),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::call::{MediaSign, Side};

    const T0: WallTime = WallTime::from_unix_seconds(1_795_341_700);

    fn at(seconds: u64) -> WallTime {
        T0 + Duration::from_secs(seconds)
    }

    fn offered() -> Call {
        let call = Call::offer(T0, CallTimers::default(), Some("case-77812".to_owned()));
        call.media_sign(at(1), MediaSign::Connected(Side::Business)).call
    }

    fn told(step: &Step) -> Vec<CallStatus> {
        step.effects.iter().filter_map(|effect| if let Effect::Tell(status) = effect { Some(*status) } else { None }).collect()
    }

    #[test]
    fn answered_by_the_first_phone_only() {
        let ringing = offered().device_rings(at(2)).unwrap();
        assert_eq!(told(&ringing), [CallStatus::Ringing]);
        let again = ringing.call.device_rings(at(3)).unwrap();
        assert_eq!(again.effects, []);
        let picked = again.call.pick_up(at(4)).unwrap();
        let expected = [Effect::Tell(CallStatus::Accepted), Effect::OpenGate, Effect::Show(UserView::Connected)];
        assert_eq!(picked.effects, expected);
        assert_eq!(picked.call.clone().pick_up(at(5)), Err(CommandRefusal::NotRinging));
        assert_eq!(picked.call.opaque(), Some("case-77812"));
        let ended = picked.call.terminate(at(10)).unwrap();
        let Phase::Ended(ending) = ended.call.phase() else { panic!("over") };
        assert_eq!(ending.talk.map(|talk| talk.duration().as_secs()), Some(6));
    }

    #[test]
    fn a_pick_up_tells_ringing_first_if_no_device_said_so() {
        assert_eq!(told(&offered().pick_up(at(2)).unwrap()), [CallStatus::Ringing, CallStatus::Accepted]);
    }

    #[test]
    fn declined_tells_rejected_and_ends() {
        for decline in [Call::decline, Call::hang_up] {
            let step = decline(offered(), at(2)).unwrap();
            assert_eq!(told(&step), [CallStatus::Ringing, CallStatus::Rejected]);
            assert!(
                matches!(step.effects.last(), Some(Effect::Finish(ending)) if ending.reason == EndReason::Declined && ending.talk.is_none())
            );
        }
    }

    #[test]
    fn rings_until_the_ring_window_is_over() {
        let ringing = offered().device_rings(at(2)).unwrap().call;
        assert_eq!(ringing.next_deadline(), Some((at(60), EndReason::NotPickedUp)));
        assert_eq!(ringing.clone().pick_up(at(60)), Err(CommandRefusal::NotRinging), "the deadline decides, not the order of messages");
        let over = ringing.wake(at(60)).call;
        assert!(matches!(over.phase(), Phase::Ended(ending) if ending.reason == EndReason::NotPickedUp));
    }

    #[test]
    fn a_business_that_never_connects_fails_the_call() {
        let call = Call::offer(T0, CallTimers::default(), None);
        assert_eq!(call.next_deadline(), Some((at(20), EndReason::BusinessNeverConnected)));
        assert!(EndReason::BusinessNeverConnected.failed());
    }

    #[test]
    fn a_busy_user_ends_it_without_a_status() {
        let step = offered().user_busy(at(0)).unwrap();
        assert_eq!(told(&step), []);
        assert!(!EndReason::UserBusy.failed());
    }

    #[test]
    fn commands_of_the_other_direction_are_refused_by_name() {
        let answer = crate::call::Answer::new("v=0");
        assert_eq!(offered().pre_accept(at(2), answer.clone()), Err(CommandRefusal::NotUserInitiated));
        assert_eq!(offered().accept(at(2), Some(answer), None), Err(CommandRefusal::NotUserInitiated));
        assert_eq!(offered().reject(at(2)), Err(CommandRefusal::NotUserInitiated));
        let placed = Call::place(T0, CallTimers::default());
        for event in [Call::device_rings, Call::pick_up, Call::decline, Call::user_busy] {
            assert_eq!(event(placed.clone(), at(2)), Err(CommandRefusal::NotRinging));
        }
    }
}
