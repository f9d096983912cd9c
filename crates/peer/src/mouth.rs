//! What an endpoint says.

use std::time::Instant;

use callport_audio::Source;
use callport_relay::dtmf::Digit;
use tokio::sync::{mpsc, oneshot};

use crate::driver::Command;

/// The mouth of an endpoint; cheap to clone. Orders to an endpoint that is closed do nothing.
#[derive(Clone)]
pub struct Mouth {
    pub(crate) commands: mpsc::Sender<Command>,
}

impl Mouth {
    /// Begins to say `source` instead of what was being said. [`crate::News::Said`] tells when it has ended.
    pub async fn say(&self, source: impl Source + 'static) {
        self.order(Command::Say(Box::new(source))).await;
    }

    /// From now on, as soon as the endpoint is connected, a packet is sent every 20 ms: of silence if there is nothing to say.
    /// A business opens its mouth only after accept's 200 (platform docs, User-initiated calls).
    pub async fn open(&self) {
        self.order(Command::Open).await;
    }

    /// Presses keys of the dialpad (`0`–`9`, `*`, `#`; other characters are passed over), 100 ms each. Says how many were
    /// taken: a bounded number may wait.
    pub async fn press(&self, digits: &str) -> usize {
        let (reply, taken) = oneshot::channel();
        let digits = digits.chars().filter_map(Digit::from_char).collect();
        self.order(Command::Press(digits, reply)).await;
        taken.await.unwrap_or(0)
    }

    /// When the first frame of what is being said was sent, if it was.
    pub async fn started_at(&self) -> Option<Instant> {
        let (reply, started) = oneshot::channel();
        self.order(Command::SourceStart(reply)).await;
        started.await.ok().flatten()
    }

    async fn order(&self, command: Command) {
        // A closed endpoint has nobody to obey.
        let _ = self.commands.send(command).await;
    }
}
