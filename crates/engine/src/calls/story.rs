//! Everything that is known of one call, for the operator who asks why.

use callport_core::call_id::CallId;
use callport_flow::journal::{Entry, Fact};
use tokio::sync::oneshot;

use super::owners::OwnerMessage;
use crate::engine::Engine;
use crate::fault::Fault;
use crate::ports::JournalPage;
use crate::records::{CallRecord, Delivery, MediaReport};
use crate::verdict::{CallVerdict, verdict};

/// Entries of one call that are read at most.
const MAX_ENTRIES: u32 = 2_000;

/// A call's whole story.
#[derive(Debug, Clone)]
pub struct Story {
    /// The record.
    pub record: CallRecord,
    /// In the order in which things happened; attempts to deliver its webhooks among them.
    pub entries: Vec<Entry>,
    /// Webhooks of the call.
    pub deliveries: Vec<Delivery>,
    /// Figures and checklist: of now while the call lives, the last ones after.
    pub media: Option<MediaReport>,
    /// The same in plain words.
    pub verdict: CallVerdict,
}

impl Story {
    /// Attempts to deliver a webhook, in order.
    pub fn attempts(&self, delivery: &Delivery) -> impl Iterator<Item = &Entry> {
        let id = delivery.id.0;
        self.entries.iter().filter(move |entry| entry.about.delivery == Some(id) && matches!(entry.fact, Fact::WebhookAttempted { .. }))
    }
}

impl Engine {
    /// The story of a call; `None` when there is no such call.
    pub async fn story(&self, call: &CallId) -> Result<Option<Story>, Fault> {
        // The owner first: of a call that has just ended it answers once the last media report is on record, which is read below.
        let mut waiting = self.waiting_entries(call).await;
        waiting.extend(self.node.requests.of_call(call));
        let Some(record) = self.store().call(call).await? else { return Ok(None) };
        let page = JournalPage { call: Some(call.clone()), limit: MAX_ENTRIES, ..JournalPage::default() };
        let recorded = self.store().journal(page).await?;
        let mut entries: Vec<_> = recorded.into_iter().map(|recorded| recorded.entry).collect();
        let fresh: Vec<_> = waiting.into_iter().filter(|entry| !entries.contains(entry)).collect();
        entries.extend(fresh);
        entries.sort_by_key(|entry| entry.at);
        let media = if record.live() { self.node.ports.media.report(call).await } else { record.media.clone() };
        let deliveries = self.store().deliveries_of(call).await?;
        let verdict = verdict(&record, media.as_ref(), &entries);
        Ok(Some(Story { record, entries, deliveries, media, verdict }))
    }

    /// Entries that wait for the next commit of a live call.
    async fn waiting_entries(&self, call: &CallId) -> Vec<Entry> {
        let Some(owner) = self.node.owners.find(call) else { return Vec::new() };
        let (reply, entries) = oneshot::channel();
        match owner.inbox.send(OwnerMessage::Waiting(reply)).await {
            Ok(()) => entries.await.unwrap_or_default(),
            Err(_) => Vec::new(),
        }
    }
}
