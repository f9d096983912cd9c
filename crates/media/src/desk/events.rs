//! What the relay reports of a call, turned into routes, signs and milestones.

use std::time::Instant;

use callport_core::call::MediaSign;
use callport_engine::journal::Milestone;
use callport_engine::ports::MediaEvent;
use callport_relay::leg::QUIET_AFTER;
use callport_relay::{CallEvent, CallLeg, DropReason, LegEvent};

use super::{Desk, core_side};
use crate::carried::Carried;
use crate::milestones;
use crate::report::Said;
use crate::routes::Route;
use crate::tag::SlotId;

/// Moves of a leg to another address that are told; a phone on a bad network makes many.
const MAX_MOVES_TOLD: u8 = 8;

impl Desk {
    pub(super) fn event(&mut self, now: Instant, id: SlotId, CallEvent { side, event }: CallEvent) {
        match event {
            LegEvent::AddressProven(address) => self.address_proven(now, Route { id, side }, address),
            LegEvent::Nominated(path) => self.way(id, side, |again| milestones::nominated(path.remote, again)),
            LegEvent::Latched(path) => self.way(id, side, |again| milestones::way_found(path.remote, again)),
            LegEvent::Connected(profile) if self.is_sdes(id, side) => {
                self.milestone(id, side, milestones::keys_taken(profile));
                self.sign(id, MediaSign::Connected(core_side(side)));
            }
            LegEvent::Connected(profile) => {
                let role = self.carried(id).and_then(|carried| carried.call.checklist(side).dtls_role);
                self.milestone(id, side, milestones::dtls_done(role, profile));
                self.sign(id, MediaSign::Connected(core_side(side)));
            }
            LegEvent::Failed(reason) if self.is_sdes(id, side) => {
                self.milestone(id, side, Milestone::KeysUnusable { reason: reason.to_owned() });
            }
            LegEvent::Failed(reason) => self.milestone(id, side, Milestone::DtlsFailed { reason: reason.to_owned() }),
            LegEvent::Heard => self.heard(now, id, side),
            LegEvent::Quiet => {
                self.set_flowing(id, side, false);
                self.quiet(now, id, side);
                let since = self.clock.now() - QUIET_AFTER;
                self.sign(id, MediaSign::Silent(core_side(side), since));
            }
            LegEvent::OtherSource { unheard } => self.changed(id, side, milestones::other_source(unheard)),
            LegEvent::OtherAddress { unheard } => self.changed(id, side, milestones::other_address(unheard)),
            LegEvent::Digit(_) => self.milestone(id, side, Milestone::DigitHeard),
        }
    }

    fn is_sdes(&self, id: SlotId, side: CallLeg) -> bool {
        self.carried(id).is_some_and(|carried| carried.is_sdes(side))
    }

    /// It is settled where the far end is sent to, for the first time or again.
    fn way(&mut self, id: SlotId, side: CallLeg, milestone: impl FnOnce(bool) -> Milestone) {
        let Some(carried) = self.carried_mut(id) else { return };
        let told = told(carried, side);
        let before = told.nominations;
        told.nominations = before.saturating_add(1);
        if before <= MAX_MOVES_TOLD {
            self.milestone(id, side, milestone(before > 0));
        }
    }

    fn heard(&mut self, now: Instant, id: SlotId, side: CallLeg) {
        self.set_flowing(id, side, true);
        let Some(carried) = self.carried_mut(id) else { return };
        let first = !std::mem::replace(&mut told(carried, side).heard, true);
        let quiet_since = told(carried, side).quiet_since.take();
        let since = match side {
            CallLeg::User => carried.cold.joined,
            CallLeg::Business => carried.cold.legs.business.described,
        };
        let caller = carried.cold.caller;
        let milestone = match (first, since) {
            (true, Some(since)) => milestones::first_audio(side, caller, now.saturating_duration_since(since)),
            _ => milestones::audio_again(quiet_since.map_or(QUIET_AFTER, |since| now.saturating_duration_since(since))),
        };
        self.milestone(id, side, milestone);
        self.sign(id, MediaSign::Flowing(core_side(side)));
    }

    /// Nothing comes any more that could be used.
    fn quiet(&mut self, now: Instant, id: SlotId, side: CallLeg) {
        let Some(carried) = self.carried_mut(id) else { return };
        told(carried, side).quiet_since = Some(now - QUIET_AFTER);
        let lately = |(reason, at): (DropReason, Instant)| (now.saturating_duration_since(at) < QUIET_AFTER).then_some(reason);
        let milestone = match carried.call.checklist(side).last_drop.and_then(lately) {
            Some(reason) => milestones::all_dropped(reason),
            None => milestones::quiet(),
        };
        self.milestone(id, side, milestone);
    }

    /// The far end goes on from elsewhere.
    fn changed(&mut self, id: SlotId, side: CallLeg, milestone: Milestone) {
        let Some(carried) = self.carried_mut(id) else { return };
        let changes = &mut told(carried, side).changes;
        *changes = changes.saturating_add(1);
        if *changes <= MAX_MOVES_TOLD {
            self.milestone(id, side, milestone);
        }
    }

    fn set_flowing(&mut self, id: SlotId, side: CallLeg, flowing: bool) {
        if let Some(carried) = self.carried_mut(id) {
            *carried.flowing.of_mut(side) = flowing;
        }
    }

    fn sign(&mut self, id: SlotId, sign: MediaSign) {
        if let Some(call) = self.carried(id).map(|carried| carried.cold.call_id.clone()) {
            self.news.tell(MediaEvent::Sign { call, sign });
        }
    }

    /// Tells once what went wrong and makes no event of its own. Looked for after handshakes and timers, never after media.
    pub(super) fn tell_new_findings(&mut self, id: SlotId, side: CallLeg) {
        let Some(carried) = self.carried(id) else { return };
        let checklist = carried.call.checklist(side);
        let numbering = checklist.numbering;
        let webrtc = carried.is_sdes(side) && (checklist.stun_seen.is_some() || checklist.dtls_started.is_some());
        let elsewhere = carried.elsewhere(side, &checklist, &self.strangers);
        let wrong_payload_type = match &carried.cold.legs.of(side).said {
            Said::Understood { format, .. } => {
                let seen = checklist.payload_types_seen.as_slice();
                seen.iter().copied().find(|seen| ![format.audio, format.dtmf].contains(seen)).map(|seen| (seen, format.audio))
            }
            _ => None,
        };
        let Some(carried) = self.carried_mut(id) else { return };
        let told = told(carried, side);
        let new = |now: bool, told: &mut bool| now && !std::mem::replace(told, true);
        let findings = [
            new(checklist.wrong_credentials.is_some(), &mut told.wrong_credentials).then_some(Milestone::IceCredentialsWrong),
            new(checklist.role_conflict.is_some(), &mut told.role_conflict).then_some(Milestone::IceRoleConflict),
            new(webrtc, &mut told.webrtc_on_sdes).then_some(Milestone::WebRtcOnSdes),
            new(checklist.srtp_failed.is_some(), &mut told.undecryptable).then_some(Milestone::Undecryptable),
            wrong_payload_type
                .filter(|_| new(true, &mut told.wrong_payload_type))
                .map(|(seen, agreed)| Milestone::PayloadTypeWrong { seen, agreed }),
            numbering.went_back.filter(|_| new(true, &mut told.went_back)).map(milestones::numbers_went_back),
            numbering.wrong_steps.filter(|_| new(true, &mut told.wrong_steps)).map(milestones::wrong_steps),
            numbering.burst.filter(|_| new(true, &mut told.burst)).map(milestones::burst),
            elsewhere.filter(|_| new(true, &mut told.elsewhere)).map(|_| Milestone::FromElsewhere),
        ];
        for milestone in findings.into_iter().flatten() {
            self.milestone(id, side, milestone);
        }
    }
}

fn told(carried: &mut Carried, side: CallLeg) -> &mut crate::carried::Told {
    &mut carried.cold.legs.of_mut(side).told
}
