//! After a crash: calls that were live are over, and their businesses are told.

use callport_core::call::{EndReason, Ending, Talk};

use super::facts::terminate;
use crate::engine::Engine;
use crate::fault::Fault;
use crate::ports::Change;
use crate::records::{CallRecord, Stage, TimelineEntry, TimelineKind};

impl Engine {
    /// Ends every call that an earlier process left open. Each is one transaction, so a crash in here leaves the rest for the next start.
    pub(crate) async fn settle_interrupted_calls(&self) -> Result<(), Fault> {
        for record in self.ports.store.live_calls().await? {
            tracing::warn!(call = record.id.short(), "a call was cut off by a restart");
            self.settle(record).await?;
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
        let notice = self.facts_of(&record).await?.map(|facts| terminate(facts, &record, ending));
        self.save(vec![Change::PutCall(Box::new(record)), Change::AddTimeline(line)], notice.as_slice()).await
    }
}
