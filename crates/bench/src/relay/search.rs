//! Looking for the highest number of calls that one media thread carries, run by run.

use super::orders::Ran;
use super::subject::Done;

/// Packets that may be missing before a load counts as too high: one in a thousand.
pub(super) const MOST_LOST: f64 = 0.001;

/// The 99th percentile of the delay that may not be exceeded, in milliseconds: above one frame, packets queue up and loss is a question of time.
pub(super) const LONGEST_P99_MS: f64 = 20.0;

/// A thread this busy has no room for more.
const FULL: f64 = 0.95;

/// How much of a core the first guess leaves free.
const SPARE: f64 = 0.95;

/// Steps upwards while no limit was met.
const STEP: f64 = 1.12;

/// How close two results must be for the search to end.
const CLOSE: f64 = 0.02;

/// How often a run that something else on the machine spoilt is made again.
const SPOILT_RUNS: u32 = 3;

/// How often a number of calls must have been too many to count as that: a virtual machine stands still now and then.
const TOO_MANY_AFTER: u32 = 2;

/// One run and its figures.
#[derive(Clone, Debug)]
pub(super) struct Run {
    /// Calls that talked.
    pub calls: usize,
    /// What the load saw.
    pub ran: Ran,
    /// What the media thread did.
    pub done: Done,
}

/// What held a run back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Limit {
    /// The media thread had no core left.
    Relay,
    /// The load had none.
    Load,
    /// Something else on the machine.
    Machine,
}

impl Run {
    /// What was too much for it, if anything was.
    pub(super) fn limit(&self) -> Option<Limit> {
        let Run { ran, done, .. } = self;
        let kept_pace = ran.sent as f64 >= 0.99 * ran.planned as f64;
        let in_time = !ran.timed || ran.through.p99_ms.is_some_and(|p99| p99 <= LONGEST_P99_MS);
        if kept_pace && in_time && ran.loss_ratio() <= MOST_LOST {
            return None;
        }
        let share = done.core_share.max(done.transcoder_share);
        let (relay_full, load_full) = (share + done.kept_waiting >= FULL, ran.core_share >= FULL);
        Some(match (relay_full && share >= 0.9, load_full) {
            (_, true) if !kept_pace || ran.kernel_drops > 0 => Limit::Load,
            (true, _) => Limit::Relay,
            (false, true) => Limit::Load,
            (false, false) => Limit::Machine,
        })
    }

    /// How many calls would fill a core at this run's price of a call.
    pub(super) fn calls_by_cpu(&self) -> f64 {
        self.calls as f64 / (self.done.core_share + self.done.transcoder_share).max(f64::MIN_POSITIVE)
    }

    /// How many calls would fill the core of the busier thread.
    fn calls_until_full(&self) -> f64 {
        self.calls as f64 / self.done.core_share.max(self.done.transcoder_share).max(f64::MIN_POSITIVE)
    }
}

/// Where the search is.
pub(super) struct Search {
    available: usize,
    best: Option<Run>,
    too_many: Option<(usize, Limit)>,
    spoilt: u32,
    /// Runs in a row with these many calls that met a limit.
    failed: u32,
    next: Option<usize>,
}

impl Search {
    /// Among so many calls.
    pub(super) fn new(available: usize) -> Search {
        // A quarter shows the price of a call; few calls can be tried at once.
        let first = if available > 64 { available / 4 } else { available };
        Search { available, best: None, too_many: None, spoilt: 0, failed: 0, next: Some(first.max(1)) }
    }

    /// How many calls to try next; nothing when the answer is found.
    pub(super) fn next(&self) -> Option<usize> {
        self.next
    }

    /// Takes the result of trying.
    pub(super) fn take(&mut self, run: Run) {
        let (calls, guess) = (run.calls, SPARE * run.calls_until_full());
        match run.limit() {
            None => self.best = Some(run).filter(|run| self.best.as_ref().is_none_or(|best| best.calls < run.calls)).or(self.best.take()),
            Some(Limit::Machine) if self.spoilt < SPOILT_RUNS => {
                self.spoilt += 1;
                return;
            }
            Some(_) if self.failed + 1 < TOO_MANY_AFTER => {
                self.failed += 1;
                return;
            }
            Some(limit) => {
                if self.too_many.is_none_or(|(least, _)| calls < least) {
                    self.too_many = Some((calls, limit));
                }
            }
        }
        self.failed = 0;
        let carried = self.best.as_ref().map_or(0, |best| best.calls);
        let next = match self.too_many {
            Some((too_many, _)) if (too_many - carried) as f64 <= CLOSE * too_many as f64 => return self.next = None,
            Some((too_many, _)) => carried.midpoint(too_many),
            None => self.available.min((carried as f64 * STEP).max(guess) as usize),
        };
        self.next = (next > carried).then_some(next);
    }

    /// The run with the most calls that were carried.
    pub(super) fn best(&self) -> Option<&Run> {
        self.best.as_ref()
    }

    /// What keeps the figure from being higher, in one word.
    pub(super) fn limited_by(&self) -> &'static str {
        match self.too_many {
            Some((_, Limit::Relay)) => "relay",
            Some((_, Limit::Load)) => "load",
            Some((_, Limit::Machine)) => "machine",
            None if self.best.as_ref().is_some_and(|best| best.calls < self.available) => "time",
            None => "calls",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::orders::Delays;
    use super::*;

    /// A machine whose media thread is full at so many calls, and whose load at so many.
    fn run(calls: usize, relay: f64, load: f64) -> Run {
        let (relay_share, load_share) = ((calls as f64 / relay).min(1.0), (calls as f64 / load).min(1.0));
        let planned = 100 * calls as u64;
        let sent = planned.min((100.0 * load) as u64);
        let received = sent.min((100.0 * relay) as u64);
        let through = Delays { p50_ms: Some(1.0), p99_ms: Some(2.0), max_ms: Some(3.0) };
        let ran = Ran {
            seconds: 1.0,
            sent,
            planned,
            received,
            timed: true,
            through,
            direct: Delays::default(),
            core_share: load_share,
            late_ms: 0.0,
            kernel_drops: 0,
            unsent: 0,
        };
        let done = Done {
            core_share: relay_share,
            transcoder_share: 0.0,
            kept_waiting: 0.0,
            cpu_us_per_packet: 3.0,
            kernel_drops: planned - received,
            unsent: 0,
            batch: 8.0,
        };
        Run { calls, ran, done }
    }

    fn search(available: usize, relay: f64, load: f64) -> (usize, &'static str) {
        let mut search = Search::new(available);
        for _ in 0..30 {
            let Some(calls) = search.next() else { break };
            search.take(run(calls, relay, load));
        }
        assert_eq!(search.next(), None, "the search ends");
        (search.best().map_or(0, |best| best.calls), search.limited_by())
    }

    #[test]
    fn finds_the_limit_and_names_it() {
        for (available, relay, load, limited_by) in
            [(3000, 2200.0, 9000.0, "relay"), (3000, 9000.0, 1700.0, "load"), (3000, 150.0, 9000.0, "relay")]
        {
            let (found, why) = search(available, relay, load);
            let limit = relay.min(load);
            // A load that misses one packet in a hundred still counts as in pace.
            assert!(found as f64 > 0.97 * limit && found as f64 <= limit / 0.99, "{found} of {limit}");
            assert_eq!(why, limited_by);
        }
    }

    #[test]
    fn says_when_there_were_too_few_calls_to_tell() {
        assert_eq!(search(4, 2200.0, 9000.0), (4, "calls"));
        assert_eq!(search(1000, 2200.0, 9000.0), (1000, "calls"));
    }

    #[test]
    fn a_run_spoilt_by_others_is_made_again() {
        let mut search = Search::new(400);
        let mut spoilt = run(100, 9000.0, 9000.0);
        spoilt.ran.received = 0;
        for _ in 0..SPOILT_RUNS {
            search.take(spoilt.clone());
            assert_eq!(search.next(), Some(100));
        }
        search.take(spoilt.clone());
        search.take(spoilt);
        assert_eq!(search.next(), Some(50), "but not for ever");
    }

    #[test]
    fn a_limit_that_was_met_once_is_doubted() {
        let mut search = Search::new(400);
        search.take(run(100, 90.0, 9000.0));
        assert_eq!(search.next(), Some(100));
        search.take(run(100, 9000.0, 9000.0));
        assert_eq!(search.best().map(|best| best.calls), Some(100));
        assert_eq!(search.next(), Some(400));
    }
}
