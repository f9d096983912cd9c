//! What `/metrics` tells: calls, and what each media thread has done.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use callport_engine::Engine;
use callport_media::{MediaPlane, Stray, ThreadCounters};
use metrics::{counter, gauge};
use metrics_exporter_prometheus::{BuildError, PrometheusBuilder, PrometheusHandle};

use crate::stop::StopSignal;

/// How often the figures are brought up to date.
const LOOK: Duration = Duration::from_secs(2);

/// The recorder of the process; made at the first asking.
pub fn recorder() -> Result<PrometheusHandle, BuildError> {
    static HANDLE: OnceLock<PrometheusHandle> = OnceLock::new();
    if let Some(handle) = HANDLE.get() {
        return Ok(handle.clone());
    }
    let handle = PrometheusBuilder::new().install_recorder()?;
    Ok(HANDLE.get_or_init(|| handle).clone())
}

/// Keeps the figures up to date until the process stops.
pub async fn keep(handle: PrometheusHandle, engine: Arc<Engine>, media: Arc<MediaPlane>, mut stop: StopSignal) {
    let mut ticks = tokio::time::interval(LOOK);
    loop {
        tokio::select! {
            _ = ticks.tick() => {}
            () = stop.cut() => return,
        }
        gauge!("callport_calls").set(as_float(engine.live_call_count() as u64));
        for (thread, counters) in media.counters().await.iter().enumerate() {
            tell(&thread.to_string(), counters);
        }
        handle.run_upkeep();
    }
}

fn tell(thread: &str, counters: &ThreadCounters) {
    let labels = || [("thread", thread.to_owned())];
    gauge!("callport_media_calls", &labels()).set(as_float(counters.calls as u64));
    gauge!("callport_media_addresses", &labels()).set(as_float(counters.addresses as u64));
    gauge!("callport_media_cpu_seconds", &labels()).set(counters.cpu.as_secs_f64());
    for (name, total) in [
        ("callport_media_datagrams_in_total", counters.datagrams_in),
        ("callport_media_datagrams_out_total", counters.sent.datagrams),
        ("callport_media_datagrams_no_room_total", counters.sent.no_room),
        ("callport_media_datagrams_refused_total", counters.sent.refused),
        ("callport_media_kernel_drops_total", counters.kernel_drops),
        ("callport_media_rounds_total", counters.rounds),
        ("callport_media_address_conflicts_total", counters.address_conflicts),
        ("callport_media_events_dropped_total", counters.events_dropped),
        ("callport_media_calls_broken_total", counters.calls_broken),
        ("callport_media_thread_restarts_total", counters.restarts),
    ] {
        counter!(name, &labels()).absolute(total);
    }
    for reason in Stray::ALL {
        counter!("callport_media_strays_total", "thread" => thread.to_owned(), "reason" => reason.name())
            .absolute(counters.strays_of(reason));
    }
}

/// Counts stay far below 2^53, where floats begin to round.
fn as_float(count: u64) -> f64 {
    count as f64
}
