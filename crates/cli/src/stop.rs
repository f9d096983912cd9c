//! Stopping in two steps: first everything in hand is finished and nothing new is taken, then what is left is cut.

use tokio::sync::watch;

/// How far the process has got on its way out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Phase {
    Running,
    Draining,
    Cut,
}

/// Says when to stop.
#[derive(Debug)]
pub struct Stopper(watch::Sender<Phase>);

/// Is told when to stop.
#[derive(Debug, Clone)]
pub struct StopSignal(watch::Receiver<Phase>);

/// The two ends.
pub fn stopper() -> (Stopper, StopSignal) {
    let (sender, receiver) = watch::channel(Phase::Running);
    (Stopper(sender), StopSignal(receiver))
}

impl Stopper {
    /// Take nothing new.
    pub fn drain(&self) {
        self.0.send_modify(|phase| *phase = (*phase).max(Phase::Draining));
    }

    /// Drop what is left.
    pub fn cut(&self) {
        self.0.send_replace(Phase::Cut);
    }
}

impl StopSignal {
    /// Returns when nothing new must be taken.
    pub async fn draining(&mut self) {
        self.reached(Phase::Draining).await;
    }

    /// Returns when what is left must be dropped.
    pub async fn cut(&mut self) {
        self.reached(Phase::Cut).await;
    }

    async fn reached(&mut self, wanted: Phase) {
        let _ = self.0.wait_for(|phase| *phase >= wanted).await; // a stopper that is gone has nothing more to say than: stop
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_cut_is_also_a_drain_and_cannot_be_taken_back() {
        let (stopper, mut stop) = stopper();
        stopper.cut();
        stopper.drain();
        stop.draining().await;
        stop.cut().await;
    }

    #[tokio::test]
    async fn a_stopper_that_is_gone_means_stop() {
        let (stopper, mut stop) = stopper();
        drop(stopper);
        stop.draining().await;
    }
}
