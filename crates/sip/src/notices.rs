//! The engine's end of the edge: what it tells waits here until the edge looks.

use std::sync::Arc;

use callport_engine::ports::{Notice, SipLine};
use tokio::sync::mpsc;

/// What the engine told and the edge has not heard. Bounded by the calls that are live: each tells at most four notices.
pub struct SipInbox(pub(crate) mpsc::UnboundedReceiver<Notice>);

struct Line(mpsc::UnboundedSender<Notice>);

impl SipLine for Line {
    fn told(&self, notice: Notice) {
        if self.0.send(notice).is_err() {
            tracing::warn!("a call by SIP took a step after the SIP edge had stopped");
        }
    }
}

/// The line for the engine, and its other end for [`SipEdge::serve`](crate::SipEdge::serve).
pub fn sip_line() -> (Arc<dyn SipLine>, SipInbox) {
    let (told, inbox) = mpsc::unbounded_channel();
    (Arc::new(Line(told)), SipInbox(inbox))
}
