//! Everything that is known of one call, for the operator who asks why.

use callport_core::call_id::CallId;
use tokio::sync::oneshot;

use super::task::Message;
use crate::engine::Engine;
use crate::fault::Fault;
use crate::records::{Attempt, CallRecord, Delivery, MediaReport, TimelineEntry};
use crate::verdict::{Verdict, verdict};

/// A call's whole story.
#[derive(Debug, Clone)]
pub struct Story {
    /// The record.
    pub record: CallRecord,
    /// In the order in which things happened.
    pub timeline: Vec<TimelineEntry>,
    /// Webhooks of the call, each with its attempts.
    pub deliveries: Vec<(Delivery, Vec<Attempt>)>,
    /// Figures and checklist: of now while the call lives, the last ones after.
    pub media: Option<MediaReport>,
    /// The same in plain words.
    pub verdict: Verdict,
}

impl Engine {
    /// The story of a call; `None` when there is no such call.
    pub async fn story(&self, call: &CallId) -> Result<Option<Story>, Fault> {
        // The owner first: of a call that has just ended it answers once the last media report is on record, which is read below.
        let unsaved = self.unsaved_lines(call).await;
        let Some(record) = self.ports.store.call(call).await? else { return Ok(None) };
        let mut timeline = self.ports.store.timeline(call).await?;
        let fresh: Vec<_> = unsaved.into_iter().filter(|line| !timeline.contains(line)).collect();
        timeline.extend(fresh);
        let media = if record.live() { self.ports.media.report(call).await } else { record.media.clone() };
        timeline.sort_by_key(|line| line.at);
        let mut deliveries = Vec::new();
        for delivery in self.ports.store.deliveries_of(call).await? {
            let attempts = self.ports.store.attempts(delivery.id).await?;
            deliveries.push((delivery, attempts));
        }
        let verdict = verdict(&record, media.as_ref(), &deliveries);
        Ok(Some(Story { record, timeline, deliveries, media, verdict }))
    }

    /// Timeline lines that wait for the next transaction of a live call.
    async fn unsaved_lines(&self, call: &CallId) -> Vec<TimelineEntry> {
        let Some(owner) = self.live.owner(call) else { return Vec::new() };
        let (reply, lines) = oneshot::channel();
        match owner.send(Message::Lines { reply }).await {
            Ok(()) => lines.await.unwrap_or_default(),
            Err(_) => Vec::new(),
        }
    }
}
