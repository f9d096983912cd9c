//! How a number's business is told of what happened. A number's settings choose its home: webhooks so far, SIP next.

use async_trait::async_trait;
use callport_core::ids::WabaId;
use callport_core::scope::Field;
use callport_core::time::WallTime;
use callport_flow::Notice;

use super::store::{NewDelivery, Queued};
use crate::fault::Fault;

/// The line to a business.
#[async_trait]
pub trait BusinessLine: Send + Sync + 'static {
    /// Whether anybody is told of this field for this account.
    async fn listens(&self, waba: &WabaId, field: Field) -> Result<bool, Fault>;
    /// What a commit must hold so that the business is told surely.
    async fn prepare(&self, notices: &[Notice], now: WallTime) -> Result<Vec<NewDelivery>, Fault>;
    /// The commit was made: what was prepared is on its way from now on. `queued` says where in the outbox each one stands.
    fn committed(&self, prepared: Vec<NewDelivery>, queued: &[Queued]);
}

/// Renders the exact bytes of a webhook body.
pub trait Wording: Send + Sync + 'static {
    /// The body, as it will be signed and sent to an app that is subscribed to `account`.
    fn body(&self, notice: &Notice, account: &WabaId) -> Vec<u8>;
}
