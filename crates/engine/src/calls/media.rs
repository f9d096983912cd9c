//! Hands each event of the media plane to the owner of its call.

use std::sync::Arc;

use callport_core::call_id::CallId;
use tokio::sync::mpsc;

use crate::node::Node;
use crate::ports::MediaEvent;

/// Events that may wait for one call. The last place is kept for the end of its media.
pub(super) const MEDIA_QUEUE: usize = 128;

/// Ends with the media plane. An owner that does not keep up loses events of its own call and of no other.
pub(crate) async fn pass_on_media_events(node: Arc<Node>, mut events: mpsc::Receiver<MediaEvent>) {
    while let Some(event) = events.recv().await {
        let call = call_of(&event).clone();
        let Some(owner) = node.owners.find(&call) else { continue }; // a call that is gone needs no events
        let last = matches!(event, MediaEvent::Closed { .. });
        if !last && owner.media.capacity() <= 1 || owner.media.try_send(event).is_err() {
            tracing::warn!(call = call.short(), "an event of the media plane was dropped: its call does not keep up");
        }
    }
}

fn call_of(event: &MediaEvent) -> &CallId {
    match event {
        MediaEvent::Sign { call, .. } | MediaEvent::Milestone { call, .. } | MediaEvent::Closed { call, .. } => call,
    }
}
