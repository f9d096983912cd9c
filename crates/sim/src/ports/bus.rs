//! The way to other processes. It loses messages and answers.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use callport_engine::Fault;
use callport_engine::ports::{Bus, OwnerReply};
use callport_engine::records::DeliveryId;
use callport_flow::NodeId;
use callport_flow::calls::AskCall;

use crate::bug::Bug;
use crate::world::World;

/// How long a message is under way, at most.
const WAY: Duration = Duration::from_millis(3);

pub(super) struct Wire(pub(super) Arc<World>);

#[async_trait]
impl Bus for Wire {
    async fn ask_owner(&self, owner: NodeId, ask: AskCall) -> OwnerReply {
        let Wire(world) = self;
        world.exec.chance(WAY).await;
        if world.fails(4) {
            return None;
        }
        let there = world.nodes.of(owner)?;
        let said = there.engine.asked(ask).await;
        world.exec.chance(WAY).await;
        if world.fails(4) {
            return Some(Err(Fault::new("bus: ask", "the answer was lost")));
        }
        Some(said)
    }

    fn wake(&self, worker: NodeId, webhook: DeliveryId) {
        let world = self.0.clone();
        if world.has(Bug::LosesWakes) || world.faulty() && world.exec.one_in(3) {
            return;
        }
        let Some(there) = world.nodes.of(worker) else { return };
        let owner = there.owner;
        world.exec.clone().spawn(owner, async move {
            world.exec.chance(WAY).await;
            there.engine.wake(webhook);
        });
    }
}
