//! After a crash: calls that were live are over, and their businesses are told.

use callport_core::call::{EndReason, Ending, Talk};
use callport_core::call_id::Direction;

use super::facts::terminate;
use super::meaning::Happened;
use crate::engine::Engine;
use crate::fault::Fault;
use crate::ports::Change;
use crate::records::{CallRecord, Stage, TimelineEntry, TimelineKind};

impl Engine {
    /// Ends every call that an earlier process left open. Each is one transaction, so a crash in here leaves the rest for the next start,
    /// and so does a call whose number or user cannot be read: it keeps neither the others nor the platform from starting.
    pub(crate) async fn settle_interrupted_calls(&self) -> Result<(), Fault> {
        for record in self.ports.store.live_calls().await? {
            tracing::warn!(call = record.id.short(), "a call was cut off by a restart");
            let short = record.id.short();
            if let Err(fault) = self.settle(record).await {
                tracing::error!(call = short, %fault, "a call that was cut off could not be ended; the next start tries again");
            }
        }
        Ok(())
    }

    async fn settle(&self, mut record: CallRecord) -> Result<(), Fault> {
        let now = self.now();
        let talk = match record.stage {
            Stage::Active(since) => Some(Talk { since, until: now }),
            _ => None,
        };
        let ending = Ending { at: now, reason: EndReason::PlatformRestarted, talk };
        record.stage = Stage::Ended(ending.clone());
        let line = TimelineEntry { call: record.id.clone(), at: now, kind: TimelineKind::Rule, text: ending.reason.to_string() };
        let mut changes = vec![Change::PutCall(Box::new(record.clone())), Change::AddTimeline(line)];
        let Some(facts) = self.facts_of(&record).await? else { return self.save(changes, &[]).await };
        let held = self.hold_pair(&record.number, &record.user).await?;
        let mut notices = vec![terminate(facts.clone(), &record, ending)];
        // The user did call: a callback is granted also for a call that was cut off. A call of a business counts for nothing.
        if record.direction == Direction::UserInitiated {
            let meaning = self.meaning(&held, &record, &facts, Happened::UserCallEnded).await?;
            changes.extend(meaning.changes);
            notices.extend(meaning.notices);
        }
        self.save(changes, &notices).await
    }
}
