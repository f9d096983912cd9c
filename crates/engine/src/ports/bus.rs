//! The way to other processes that share the store. What gets lost here may cost time, never truth.

use async_trait::async_trait;
use callport_flow::NodeId;
use callport_flow::calls::{AskCall, AskCallRefusal, Asked};

use crate::fault::Fault;
use crate::records::DeliveryId;

/// What the owner of a call said; `None`: it was not reached, and nobody knows what it does.
pub type OwnerReply = Option<Result<Result<Asked, AskCallRefusal>, Fault>>;

/// The other processes.
#[async_trait]
pub trait Bus: Send + Sync + 'static {
    /// Asks the process that owns a call.
    async fn ask_owner(&self, owner: NodeId, ask: AskCall) -> OwnerReply;
    /// Tells a process that it has a webhook to send. A hint: it looks for itself now and then.
    fn wake(&self, worker: NodeId, webhook: DeliveryId);
}

/// There are no others.
pub struct Alone;

#[async_trait]
impl Bus for Alone {
    async fn ask_owner(&self, _: NodeId, _: AskCall) -> OwnerReply {
        None
    }

    fn wake(&self, _: NodeId, _: DeliveryId) {}
}
