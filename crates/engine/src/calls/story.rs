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
        let Some(record) = self.ports.store.call(call).await? else { return Ok(None) };
        let mut timeline = self.ports.store.timeline(call).await?;
        let mut media = record.media.clone();
        if let Some(owner) = self.live.owner(call) {
            let (reply, lines) = oneshot::channel();
            if owner.send(Message::Lines { reply }).await.is_ok() {
                timeline.extend(lines.await.unwrap_or_default());
            }
        }
        if record.live() {
            media = self.ports.media.report(call).await;
        }
        timeline.sort_by_key(|line| line.at);
        let mut deliveries = Vec::new();
        for delivery in self.ports.store.deliveries_of(call).await? {
            let attempts = self.ports.store.attempts(delivery.id).await?;
            deliveries.push((delivery, attempts));
        }
        let verdict = verdict(&record, media.as_ref(), &deliveries);
        Ok(Some(Story { record, timeline, deliveries, media, verdict }))
    }
}
