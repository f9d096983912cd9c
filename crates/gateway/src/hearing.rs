//! The judgement on what was heard, once a call is over.

use std::time::Instant;

use callport_audio::{Heard, Signature};
use callport_peer::{Ear, Endpoint, Snapshot};

/// What was heard on a call, and how it travelled.
#[derive(Clone)]
pub struct Hearing {
    /// Whether the user's signature was heard.
    pub heard: Heard,
    /// Whether anything was heard.
    pub sound: Heard,
    /// Keys the user pressed.
    pub digits: String,
    /// Packets, loss, jitter and the moments of each step.
    pub media: Option<Snapshot>,
    /// When our sound began to go out.
    pub said_from: Option<Instant>,
    /// The recording, to be judged further.
    pub ear: Option<Ear>,
}

/// Keys are the user's affair.
impl std::fmt::Debug for Hearing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Hearing").field("heard", &self.heard).field("sound", &self.sound).finish_non_exhaustive()
    }
}

impl Hearing {
    /// Of a call without media.
    pub(crate) fn nothing() -> Self {
        let nothing = Heard::any_sound(&[]);
        Self { heard: nothing.clone(), sound: nothing, digits: String::new(), media: None, said_from: None, ear: None }
    }

    /// Closes the endpoint and listens to what was recorded.
    pub(crate) async fn judge(endpoint: Endpoint) -> Self {
        let ear = endpoint.ear().clone();
        let said_from = endpoint.mouth().started_at().await;
        let media = endpoint.close().await.ok();
        let listening = ear.clone();
        let judged = tokio::task::spawn_blocking(move || listen(&listening)).await;
        let empty = Self::nothing();
        // A judgement that broke is a report of nothing heard.
        let (heard, sound) = judged.unwrap_or((empty.heard, empty.sound));
        Self { heard, sound, digits: ear.digits(), media, said_from, ear: Some(ear) }
    }
}

fn listen(ear: &Ear) -> (Heard, Heard) {
    let recording = ear.recording();
    (Heard::signature(&recording, &Signature::USER), Heard::any_sound(&recording))
}
