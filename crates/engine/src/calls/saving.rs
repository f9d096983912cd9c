//! A step of a call becomes one transaction: the record, the timeline, the webhooks, and what it means for the pair.

use std::time::Duration;

use callport_core::call::{CallStatus, Effect, Phase, Step};
use callport_core::call_id::Direction;

use super::facts::terminate;
use super::meaning::Happened;
use super::task::CallTask;
use crate::fault::Fault;
use crate::ports::{Change, Notice};
use crate::records::Stage;

/// A pause before a deadline is tried again when the store failed.
const STORE_FAULT_PAUSE: Duration = Duration::from_secs(1);

impl CallTask {
    /// For steps that nobody waits for: if the store fails, the deadline stands and is tried again after a pause.
    pub(super) async fn carry_out_surely(&mut self, step: Step) {
        if let Err(fault) = self.carry_out(step).await {
            tracing::error!(call = self.record.id.short(), %fault, "a step could not be saved and is tried again");
            self.not_before = Some(self.engine.now() + STORE_FAULT_PAUSE);
        }
    }

    /// Saves the step with its webhooks and what it means for the pair in one transaction, then lets the world know.
    /// Nothing happens if it cannot be saved.
    pub(super) async fn carry_out(&mut self, step: Step) -> Result<(), Fault> {
        let mut record = self.record.clone();
        record.opaque = step.call.opaque().map(str::to_owned);
        record.stage = match step.call.phase() {
            Phase::Alerting { answer: None, .. } | Phase::Offered { rings: false, .. } => Stage::Calling,
            Phase::Alerting { answer: Some(_), .. } | Phase::Offered { rings: true, .. } => Stage::Ringing,
            Phase::Active { since } => Stage::Active(*since),
            Phase::Ended(ending) => Stage::Ended(ending.clone()),
        };
        let mut notices = self.statuses(&step.effects);
        if let Stage::Ended(ending) = &record.stage {
            // A call that ends keeps the echo that its accept brought.
            record.opaque = record.opaque.or_else(|| self.record.opaque.clone());
            notices.push(terminate(self.facts.clone(), &record, ending.clone()));
        }
        let mut changes = vec![Change::PutCall(Box::new(record.clone()))];
        changes.extend(self.unsaved.iter().cloned().map(Change::AddTimeline));
        let events = match self.happened(&step) {
            Some(happened) => {
                let engine = self.engine.clone();
                let held = engine.hold_pair(&record.number, &record.user).await?;
                let meaning = engine.meaning(&held, &record, &self.facts, happened).await?;
                changes.extend(meaning.changes);
                notices.extend(meaning.notices);
                engine.save(changes, &notices).await?;
                meaning.events
            }
            None => {
                self.engine.save(changes, &notices).await?;
                Vec::new()
            }
        };
        self.unsaved.clear();
        (self.record, self.call) = (record, step.call);
        self.apply(step.effects).await;
        for event in events {
            self.engine.users.tell(&self.record.user, event);
        }
        Ok(())
    }

    /// The call statuses among the effects, as webhooks.
    fn statuses(&self, effects: &[Effect]) -> Vec<Notice> {
        let at = self.engine.now();
        let notice = |effect: &Effect| match effect {
            Effect::Tell(status) => Some(Notice::CallStatus {
                facts: self.facts.clone(),
                call: self.record.id.clone(),
                at,
                status: *status,
                opaque: self.record.opaque.clone(),
            }),
            _ => None,
        };
        effects.iter().filter_map(notice).collect()
    }

    /// What a step means for the pair.
    fn happened(&self, step: &Step) -> Option<Happened> {
        match step.call.phase() {
            Phase::Active { .. } if !matches!(self.call.phase(), Phase::Active { .. }) => Some(Happened::Connected),
            Phase::Ended(ending) if self.record.direction == Direction::BusinessInitiated => {
                let rang = self.call.rings() || step.effects.contains(&Effect::Tell(CallStatus::Ringing));
                rang.then_some(Happened::Unanswered(ending.reason))
            }
            Phase::Ended(_) => Some(Happened::UserCallEnded),
            Phase::Alerting { .. } | Phase::Offered { .. } | Phase::Active { .. } => None,
        }
    }
}
