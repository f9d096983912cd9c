//! How a leg went over time: one point for each interval, in a bounded number of them.
//!
//! A call of any length stays whole: when there are too many points, each two become one and the interval doubles. What was worst in an
//! interval is what its point says.

use std::time::{Duration, Instant};

use crate::quality::mean_opinion_score;

/// What a point covers in a call that is not long.
pub const FIRST_INTERVAL: Duration = Duration::from_secs(5);
/// Most points of a leg: five minutes of the first interval.
pub const MAX_POINTS: usize = 60;

/// One interval.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct SeriesPoint {
    /// RTP packets that came and were authenticated.
    pub packets: u64,
    /// Packets that were missing (RFC 3550 A.3); negative where late ones of an earlier interval came.
    pub lost: i64,
    /// Interarrival jitter at the end of the interval.
    pub jitter: Duration,
    /// Round trip as RTCP told it last.
    pub round_trip: Option<Duration>,
    /// Estimated mean opinion score; none for an interval in which nothing came.
    pub mos: Option<f32>,
}

/// The points of a leg, in order.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    /// When the first interval began: once media could flow.
    pub begins: Option<Instant>,
    /// What each point covers; the last one of a snapshot covers what has passed of it.
    pub interval: Duration,
    /// At most [`MAX_POINTS`], and one for the interval under way.
    pub points: Vec<SeriesPoint>,
    /// Packets and losses of all intervals that are over.
    before: (u64, i64),
}

/// A leg's figures at some moment.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Totals {
    pub(crate) packets: u64,
    pub(crate) lost: i64,
    pub(crate) jitter: Duration,
    pub(crate) round_trip: Option<Duration>,
}

impl Default for Series {
    fn default() -> Series {
        Series { begins: None, interval: FIRST_INTERVAL, points: Vec::new(), before: (0, 0) }
    }
}

impl Series {
    /// Media may flow from now on.
    pub(crate) fn begin(&mut self, now: Instant) {
        self.begins.get_or_insert(now);
    }

    /// When the interval under way is over.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        Some(self.begins? + self.interval * (self.points.len() as u32 + 1)) // at most MAX_POINTS
    }

    /// Ends the intervals that are over by now.
    pub(crate) fn handle_timeout(&mut self, now: Instant, totals: Totals) {
        while self.deadline().is_some_and(|deadline| deadline <= now) {
            if self.points.len() == MAX_POINTS {
                self.points = self.points.chunks(2).map(|two| two[1..].iter().fold(two[0], SeriesPoint::with)).collect();
                self.interval *= 2;
                continue;
            }
            self.points.push(self.point(totals));
            self.before = (totals.packets, totals.lost);
        }
    }

    /// The points so far, and one for what has passed of the interval under way.
    pub(crate) fn until(&self, now: Instant, totals: Totals) -> Series {
        let mut series = self.clone();
        series.handle_timeout(now, totals);
        let ended = series.deadline().map(|deadline| deadline - series.interval);
        if ended.is_some_and(|ended| ended < now) {
            series.points.push(series.point(totals));
        }
        series
    }

    fn point(&self, totals: Totals) -> SeriesPoint {
        let Totals { packets, lost, jitter, round_trip } = totals;
        let (packets, lost) = (packets - self.before.0, lost - self.before.1);
        let missing = lost.max(0) as f32;
        let score = || mean_opinion_score(missing / (missing + packets as f32), jitter, round_trip);
        SeriesPoint { packets, lost, jitter, round_trip, mos: (packets > 0).then(score) }
    }
}

impl SeriesPoint {
    /// Two intervals as one.
    fn with(self, next: &SeriesPoint) -> SeriesPoint {
        SeriesPoint {
            packets: self.packets + next.packets,
            lost: self.lost + next.lost,
            jitter: self.jitter.max(next.jitter),
            round_trip: self.round_trip.max(next.round_trip),
            mos: [self.mos, next.mos].into_iter().flatten().reduce(f32::min),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn totals(packets: u64, lost: i64, jitter_ms: u64) -> Totals {
        Totals { packets, lost, jitter: Duration::from_millis(jitter_ms), round_trip: None }
    }

    /// A leg that hears 250 packets in each interval of five seconds.
    fn steady(seconds: u32) -> Series {
        let (start, mut series) = (Instant::now(), Series::default());
        series.begin(start);
        for second in 1..=seconds {
            series.handle_timeout(start + Duration::from_secs(second.into()), totals(50 * u64::from(second), 0, 1));
        }
        series
    }

    #[test]
    fn nothing_is_counted_before_media_can_flow() {
        let series = Series::default();
        assert_eq!((series.deadline(), series.until(Instant::now(), totals(0, 0, 0)).points), (None, vec![]));
    }

    #[test]
    fn each_interval_has_its_own_figures_and_the_last_is_what_has_passed_of_it() {
        let (start, mut series) = (Instant::now(), Series::default());
        series.begin(start);
        let at = |seconds| start + Duration::from_secs(seconds);
        series.handle_timeout(at(5), totals(250, 0, 1));
        series.handle_timeout(at(10), totals(450, 50, 30));
        series.handle_timeout(at(15), totals(450, 50, 30));
        let seen = series.until(at(17), totals(550, 49, 2));
        let figures: Vec<_> = seen.points.iter().map(|point| (point.packets, point.lost, point.jitter.as_millis())).collect();
        assert_eq!(figures, [(250, 0, 1), (200, 50, 30), (0, 0, 30), (100, -1, 2)]);
        let scores: Vec<_> = seen.points.iter().map(|point| point.mos).collect();
        assert!(scores[0] > scores[1] && scores[1].is_some(), "a fifth was lost: {scores:?}");
        assert_eq!(scores[2], None, "nothing came");
        assert_eq!(series.points.len(), 3, "a look changes nothing");
        assert_eq!(series.until(at(15), totals(450, 50, 30)).points.len(), 3, "nothing of the fourth has passed");
    }

    #[test]
    fn a_long_call_stays_whole_in_a_bounded_number_of_points() {
        for (seconds, interval, points) in [(300, 5, 60), (305, 10, 30), (310, 10, 31), (600, 10, 60), (86_400, 2_560, 33)] {
            let series = steady(seconds);
            assert_eq!((series.interval.as_secs(), series.points.len() as u64), (interval, points), "{seconds} s");
            assert_eq!(series.points.iter().map(|point| point.packets).sum::<u64>(), 50 * interval * points, "{seconds} s");
        }
    }

    #[test]
    fn what_was_worst_is_not_averaged_away() {
        let bad = SeriesPoint { packets: 100, lost: 150, jitter: Duration::from_millis(40), round_trip: None, mos: Some(1.5) };
        let good = SeriesPoint { packets: 250, lost: 0, round_trip: Some(Duration::from_millis(9)), mos: Some(4.4), ..bad };
        let both = SeriesPoint { packets: 350, lost: 150, jitter: bad.jitter, round_trip: good.round_trip, mos: bad.mos };
        assert_eq!((good.with(&bad), bad.with(&good)), (both, both));
    }

    #[test]
    fn a_clock_that_was_held_up_for_a_day_ends_its_intervals_at_once() {
        let (start, mut series) = (Instant::now(), Series::default());
        series.begin(start);
        series.handle_timeout(start + Duration::from_secs(86_400), totals(7, 0, 0));
        assert_eq!(series.points.iter().map(|point| point.packets).sum::<u64>(), 7);
        assert!(series.points.len() <= MAX_POINTS && series.deadline() > Some(start + Duration::from_secs(86_400)));
    }
}
