//! Events on their way out of a media thread, which never waits for whoever reads them.
//!
//! What the channel has no room for is kept here and tried again. Beyond a bound milestones are let go, beyond a wider one signs;
//! the end of a call never is, which bounds the rest because a thread that is [behind](News::is_behind) takes no new calls.

use std::collections::VecDeque;

use callport_engine::ports::{MediaEvent, MediaEvents};
use tokio::sync::mpsc::error::TrySendError;

/// Kept events beyond which milestones are dropped and new calls refused.
pub(crate) const MAX_MILESTONES_KEPT: usize = 1024;
/// Kept events beyond which signs are dropped too.
pub(crate) const MAX_SIGNS_KEPT: usize = 8 * MAX_MILESTONES_KEPT;

pub(crate) struct News {
    events: MediaEvents,
    kept: VecDeque<MediaEvent>,
    dropped: u64,
}

impl News {
    pub(crate) fn new(events: MediaEvents) -> News {
        News { events, kept: VecDeque::new(), dropped: 0 }
    }

    /// Sends an event, after those that still wait.
    pub(crate) fn tell(&mut self, event: MediaEvent) {
        self.retry();
        if self.kept.is_empty() {
            match self.events.try_send(event) {
                Ok(()) => {}
                Err(TrySendError::Full(event)) => self.kept.push_back(event),
                Err(TrySendError::Closed(_)) => self.dropped += 1, // nobody is there to be told
            }
            return;
        }
        let bound = match event {
            MediaEvent::Milestone { .. } => MAX_MILESTONES_KEPT,
            MediaEvent::Sign { .. } => MAX_SIGNS_KEPT,
            MediaEvent::Closed { .. } => usize::MAX,
        };
        if self.kept.len() < bound {
            self.kept.push_back(event);
        } else {
            self.dropped += 1;
        }
    }

    /// Sends what waits, as far as there is room.
    pub(crate) fn retry(&mut self) {
        while let Some(event) = self.kept.pop_front() {
            match self.events.try_send(event) {
                Ok(()) => {}
                Err(TrySendError::Full(event)) => {
                    self.kept.push_front(event);
                    return;
                }
                Err(TrySendError::Closed(_)) => self.dropped += 1,
            }
        }
    }

    /// Whether something waits to be sent.
    pub(crate) fn is_waiting(&self) -> bool {
        !self.kept.is_empty()
    }

    /// Whether so much waits that no new call should be taken.
    pub(crate) fn is_behind(&self) -> bool {
        self.kept.len() >= MAX_MILESTONES_KEPT
    }

    /// Events let go so far.
    pub(crate) fn dropped(&self) -> u64 {
        self.dropped
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use callport_core::call::{MediaSign, Side};
    use callport_core::call_id::CallId;
    use callport_engine::journal::Milestone;
    use callport_engine::ports::media_events;
    use callport_engine::records::MediaReport;

    fn call() -> CallId {
        CallId::parse("wacid.x").unwrap()
    }

    fn milestone(number: u64) -> MediaEvent {
        MediaEvent::Milestone { call: call(), side: Side::User, milestone: Milestone::Quiet { for_ms: number } }
    }

    #[test]
    fn keeps_order_drops_the_least_first_and_never_an_end() {
        let (events, mut receiver) = media_events(1);
        let mut news = News::new(events);
        for number in 0..2 * MAX_SIGNS_KEPT {
            news.tell(milestone(number as u64));
        }
        assert!(news.is_behind());
        assert_eq!(news.dropped() as usize, 2 * MAX_SIGNS_KEPT - MAX_MILESTONES_KEPT - 1, "one is in the channel");
        for _ in 0..2 * MAX_SIGNS_KEPT {
            news.tell(MediaEvent::Sign { call: call(), sign: MediaSign::Connected(Side::User) });
        }
        for _ in 0..3 {
            news.tell(MediaEvent::Closed { call: call(), report: Box::new(MediaReport::default()) });
        }
        let (mut milestones, mut signs, mut ends) = (Vec::new(), 0, 0);
        while let Ok(event) = receiver.try_recv() {
            match event {
                MediaEvent::Milestone { milestone, .. } => milestones.push(milestone),
                MediaEvent::Sign { .. } => signs += 1,
                MediaEvent::Closed { .. } => ends += 1,
            }
            news.retry();
        }
        assert!(milestones.into_iter().eq((0..=MAX_MILESTONES_KEPT as u64).map(|for_ms| Milestone::Quiet { for_ms })));
        assert_eq!((signs, ends), (MAX_SIGNS_KEPT - MAX_MILESTONES_KEPT, 3));
        assert!(!news.is_waiting() && !news.is_behind());
    }

    #[test]
    fn forgets_everything_once_nobody_listens() {
        let (events, receiver) = media_events(1);
        let mut news = News::new(events);
        news.tell(milestone(0));
        news.tell(milestone(1));
        drop(receiver);
        news.tell(milestone(2));
        assert!(!news.is_waiting());
    }
}
