//! A leg over time, as the record keeps it: in units that people read, rounded to what is worth keeping of every call.

use std::time::{Duration, Instant};

use callport_engine::records::{LegPoint, LegSeries};
use callport_relay::Series;

pub(super) fn told(series: &Series, opened: Instant) -> LegSeries {
    let Some(begins) = series.begins else { return LegSeries::default() };
    let point = |point: &callport_relay::series::SeriesPoint| LegPoint {
        packets_in: point.packets,
        lost_in: point.lost,
        jitter_ms: millis(point.jitter),
        round_trip_ms: point.round_trip.map(millis),
        mos: point.mos.map(|mos| (f64::from(mos) * 100.0).round() / 100.0),
    };
    LegSeries {
        begins_ms: begins.saturating_duration_since(opened).as_millis() as u64,
        interval_s: series.interval.as_secs(),
        points: series.points.iter().map(point).collect(),
    }
}

/// To a tenth.
fn millis(duration: Duration) -> f64 {
    (duration.as_secs_f64() * 10_000.0).round() / 10.0
}
