//! Live calls: one owner task each, commands and media events through its bounded queue, every step one transaction.

mod answering;
mod commands;
mod dial;
mod facts;
mod live;
mod meaning;
mod place;
mod recover;
mod saving;
mod starts;
mod story;
mod task;

pub use answering::PickUpRefusal;
pub use commands::{CallCommand, CommandRefusal, EndRefusal, PressRefusal, RejoinRefusal};
pub use dial::{Dial, DialRefusal, Dialled};
pub(crate) use facts::facts;
pub(crate) use live::Live;
pub use live::UserCall;
pub use place::{PlaceCall, PlaceRefusal};
pub(crate) use starts::Starts;
pub use story::Story;

use std::sync::Arc;

use callport_core::call_id::CallId;
use tokio::sync::mpsc;

use crate::engine::Engine;
use crate::ports::MediaEvent;
use task::Message;

/// Hands each media event to the task that owns the call. Ends with the media plane.
pub(crate) async fn pass_on_media_events(engine: Arc<Engine>, mut events: mpsc::Receiver<MediaEvent>) {
    while let Some(event) = events.recv().await {
        let call = call_of(&event).clone();
        // A full queue makes the media plane wait, which keeps its own bounded backlog; a call that is gone needs no events.
        if let Some(owner) = engine.live.owner(&call) {
            let _ = owner.send(Message::Media(event)).await;
        }
    }
}

fn call_of(event: &MediaEvent) -> &CallId {
    match event {
        MediaEvent::Sign { call, .. } | MediaEvent::Milestone { call, .. } | MediaEvent::Closed { call, .. } => call,
    }
}
