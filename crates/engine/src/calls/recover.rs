//! What ended processes left behind: calls that were live are over, their businesses are told, and their webhooks are carried on with.
//! At a start that is what an earlier process left; in a store that several share it is looked for all the time.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use callport_core::call::EndReason;
use callport_flow::NodeId;
use callport_flow::calls::{AskCall, CallAsk};

use crate::fault::{Failed, Fault};
use crate::node::{Held, Node, With};
use crate::ports::NodeBeat;

/// Between two beats of a process.
const BEAT: Duration = Duration::from_secs(1);
/// A process that has not beaten for so long is ended by the others.
const LEASE: Duration = Duration::from_secs(5);

impl Node {
    /// Takes over. Each call is one commit, so that a crash in here leaves the rest for the next one who looks; one that cannot be ended
    /// keeps neither the others nor the platform from starting.
    pub(crate) async fn adopt(self: &Arc<Self>) -> Result<(), Fault> {
        let seen = self.outbox.mark();
        let left = self.ports.store.adopt(self.id).await?;
        for row in left.calls {
            let call = row.record.id.clone();
            tracing::warn!(call = call.short(), "ending a call left by an ended process");
            let ask = AskCall { call: call.clone(), ask: CallAsk::Fail(EndReason::PlatformRestarted) };
            match self.run(&ask, &mut Held::nothing(), With::default()).await {
                Ok(_) => {}
                Err(Failed::Refused(why)) => tracing::warn!(call = call.short(), %why, "a call left by an ended process was over already"),
                Err(Failed::Fault(fault)) => {
                    tracing::error!(call = call.short(), %fault, "a call left by an ended process could not be ended; the next start tries again");
                }
            }
        }
        self.outbox.carry_on(&left.deliveries, seen);
        Ok(())
    }

    /// Beats; ends processes that do not; takes over what they left. Only where several share a store.
    pub(crate) async fn keep_house(self: Arc<Self>) {
        let clock = self.ports.clock.clone();
        let mut seen: BTreeMap<NodeId, (u64, Duration)> = BTreeMap::new();
        let mut heard = clock.elapsed();
        while !self.health.is_fenced() {
            self.ports.tasks.sleep(BEAT).await;
            match self.ports.store.beat(self.id).await {
                Ok(nodes) if nodes.iter().any(|beat| beat.node == self.id) => {
                    heard = clock.elapsed();
                    self.judge(&mut seen, nodes).await;
                    if let Err(fault) = self.adopt().await {
                        tracing::error!(%fault, "calls and webhooks of ended processes could not be read; tried again at the next beat");
                    }
                }
                Ok(_) => self.health.fence(),
                Err(fault) => tracing::error!(%fault, "this process could not save its heartbeat"),
            }
            // The others end a process that they do not hear of. It must have closed its media by then.
            if clock.elapsed().saturating_sub(heard) > LEASE {
                self.health.fence();
            }
        }
        for (call, _) in self.owners.all() {
            self.ports.media.close(&call);
        }
    }

    async fn judge(&self, seen: &mut BTreeMap<NodeId, (u64, Duration)>, nodes: Vec<NodeBeat>) {
        let now = self.ports.clock.elapsed();
        seen.retain(|node, _| nodes.iter().any(|beat| beat.node == *node));
        for beat in nodes {
            let last = seen.entry(beat.node).or_insert((beat.beat, now));
            if last.0 != beat.beat {
                *last = (beat.beat, now);
            }
            if beat.node != self.id && now.saturating_sub(last.1) > LEASE {
                tracing::warn!(
                    node = beat.node,
                    "a process stopped its heartbeat and was declared dead: its commits are refused from now on"
                );
                if let Err(fault) = self.ports.store.end_node(beat).await {
                    tracing::error!(%fault, "a process that stopped its heartbeat could not be declared dead; tried again");
                }
            }
        }
    }
}
