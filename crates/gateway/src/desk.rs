//! What all calls share, and how they ask the platform for something.

use std::time::Instant;

use callport_peer::{PeerConfig, Seeds};

use crate::config::BackendConfig;
use crate::graph::{Graph, GraphFailure, GraphReply};
use crate::prompts::Voice;
use crate::timeline::{Timeline, What};

/// What all calls share.
pub(crate) struct Desk {
    pub config: BackendConfig,
    pub graph: Graph,
    pub voice: Voice,
    pub timeline: Timeline,
}

impl Desk {
    /// The set-up of one more endpoint.
    pub(crate) fn endpoint_config(&self) -> PeerConfig {
        let mut bytes = [0; Seeds::BYTES];
        (self.config.random)(&mut bytes);
        PeerConfig {
            bind: self.config.media_bind,
            record_seconds: self.config.record_seconds,
            ..PeerConfig::new(self.config.identity.clone(), Seeds::new(bytes))
        }
    }

    /// Carries a request out, and tells it with its outcome and its time.
    pub(crate) async fn told<T>(
        &self,
        call_id: Option<&str>,
        action: &'static str,
        request: impl Future<Output = Result<(GraphReply, T), GraphFailure>>,
    ) -> Result<T, GraphFailure> {
        let sent = Instant::now();
        let answered = request.await;
        let outcome = answered.as_ref().map(|(reply, _)| *reply).map_err(Clone::clone);
        self.timeline.tell(call_id, What::Request { action, outcome, took: sent.elapsed() });
        answered.map(|(_, content)| content)
    }
}
