//! What is over goes after a time, in small steps, so that nobody waits behind it.

use std::sync::Arc;
use std::time::Duration;

use crate::node::Node;
use crate::ports::Old;

/// Between two rounds.
const ROUND: Duration = Duration::from_secs(3_600);
/// Rows that one step removes.
const STEP: u32 = 200;
/// Between two steps, for everybody else.
const BREATH: Duration = Duration::from_millis(20);

/// How long what is over is kept; `None`: for ever.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Retention {
    /// Calls, after their end.
    pub calls: Option<Duration>,
    /// Messages, after they were written.
    pub messages: Option<Duration>,
    /// Webhooks, after they were settled.
    pub webhooks: Option<Duration>,
    /// Entries of the journal.
    pub journal: Option<Duration>,
    /// Sessions and invitations, of phones and of the sign-up page, and that page's walks and codes, after they expired.
    pub sign_ins: Option<Duration>,
}

impl Retention {
    fn of(&self, what: Old) -> Option<Duration> {
        match what {
            Old::Calls => self.calls,
            Old::Messages => self.messages,
            Old::Deliveries => self.webhooks,
            Old::Entries => self.journal,
            Old::Sessions | Old::Invitations | Old::Enrolments => self.sign_ins,
        }
    }
}

/// Runs until the process ends.
pub(crate) async fn keep(node: Arc<Node>, retention: Retention) {
    loop {
        for what in Old::ALL {
            if let Some(kept) = retention.of(what) {
                remove(&node, what, kept).await;
            }
        }
        node.ports.tasks.sleep(ROUND).await;
    }
}

async fn remove(node: &Node, what: Old, kept: Duration) {
    let before = node.ports.clock.now() - kept;
    let mut removed = 0;
    loop {
        match node.ports.store.remove_old(what, before, STEP).await {
            Ok(some) => {
                removed += some;
                if some < STEP {
                    break;
                }
            }
            Err(fault) => {
                tracing::error!(?what, %fault, "what is older than it is kept could not be removed; the next round tries again");
                break;
            }
        }
        node.ports.tasks.sleep(BREATH).await;
    }
    if removed > 0 {
        tracing::info!(?what, removed, "removed what is older than it is kept");
    }
}
