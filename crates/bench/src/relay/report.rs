//! The figures of `bench relay` as JSON.

use serde_json::{Value, json};

use super::orders::Delays;
use super::search::{LONGEST_P99_MS, MOST_LOST, Run};
use super::{Baseline, CallKind};
use crate::machine::Machine;
use crate::target::{Target, round};

/// Everything that was found out.
pub(super) struct Findings {
    pub kind: CallKind,
    pub machine: Machine,
    pub pinned: bool,
    pub opened: usize,
    pub set_up_seconds: f64,
    pub limited_by: &'static str,
    pub full: Option<Run>,
    /// Runs at a part of that load; at least one.
    pub normal: Vec<Run>,
    pub baseline: Baseline,
    pub runs: Vec<Run>,
    pub grown_kib: Option<u64>,
    pub seconds: f64,
}

/// The figures of one benchmark.
pub(crate) struct Report(Value);

impl Report {
    pub(super) fn new(found: Findings) -> Report {
        let Findings { kind, machine, pinned, opened, set_up_seconds, limited_by, full, normal, baseline, runs, grown_kib, seconds } =
            found;
        let carried = full.as_ref().map(|run| run.calls);
        let lost: u64 = normal.iter().map(|run| run.ran.sent.saturating_sub(run.ran.received)).sum();
        let loss = lost as f64 / normal.iter().map(|run| run.ran.sent).sum::<u64>().max(1) as f64;
        let normal = middle(normal);
        let (p50, p99) = (added(&normal, |delays| delays.p50_ms), added(&normal, |delays| delays.p99_ms));
        let kib_per_call = grown_kib.map(|kib| kib as f64 / opened.max(1) as f64);
        let priciest = full.as_ref().unwrap_or(&normal);
        let cpu = priciest.done.cpu_us_per_packet;
        let calls_per_core = match kind {
            CallKind::WebRtc | CallKind::Sdes => json!(carried),
            CallKind::Transcoded => json!(full.as_ref().map(|run| round(run.calls_by_cpu()))),
        };
        let lost_nothing = Target::at_most("loss_ratio", 0.0, Some(loss));
        // The others' limits are how many rtpengine carries on the same machine: docs/benchmarks.md.
        let targets = match kind {
            CallKind::WebRtc => vec![
                Target::at_least("calls_per_core", 2000.0, carried.map(|calls| calls as f64)),
                Target::at_most("delay_p99_ms", 3.0, p99),
                lost_nothing,
                Target::at_most("kib_per_call", 80.0, kib_per_call),
            ],
            CallKind::Sdes => vec![Target::at_most("delay_p99_ms", 3.0, p99), lost_nothing],
            CallKind::Transcoded => vec![lost_nothing],
        };
        let (name, figure, means) = match kind {
            CallKind::WebRtc => ("relay", "calls_per_core", CARRIED),
            CallKind::Sdes => ("sdes", "sdes_calls_per_core", CARRIED),
            CallKind::Transcoded => ("transcode", "transcoded_calls_per_core", PRICED),
        };
        let mut json = json!({
            "benchmark": name,
            figure: calls_per_core,
            format!("{figure}_means"): means,
            "calls_carried": carried,
            "loss_at_most": MOST_LOST,
            "delay_p99_at_most_ms": LONGEST_P99_MS,
            "limited_by": limited_by,
            "calls_per_core_by_cpu": round(priciest.calls_by_cpu()),
            "calls_per_core_by_cpu_means": "calls of that run divided by the share of a core that the media thread used in it: what a whole core would carry at that price",
            "loss_ratio": round(loss),
            "delay_p50_ms": p50.map(round),
            "delay_p99_ms": p99.map(round),
            "delay_means": "at 60 % of calls_per_core: one-way delay through the relay minus that between two ends of the load without it, at the same time; the middle of several runs",
            "loss_means": "share of the packets of all those runs that did not come through",
            "kib_per_call": kib_per_call.map(round),
            "cpu_us_per_packet": round(cpu),
            "kernel_share": round(baseline.cpu_us_per_packet / cpu),
            "targets": targets,
            "full_load": full.as_ref().map(figures),
            "normal_load": figures(&normal),
            "baseline": {
                "what": "the same datagrams, sent back in batches by a thread that does nothing else: what the kernel costs",
                "cpu_us_per_packet": round(baseline.cpu_us_per_packet),
                "packets_per_second": round(baseline.ran.sent as f64 / baseline.ran.seconds),
                "loss_ratio": round(baseline.ran.loss_ratio()),
                "delay": delays(baseline.ran.through),
            },
            "runs": runs.iter().map(figures).collect::<Vec<_>>(),
            "calls_opened": opened,
            "set_up_seconds": round(set_up_seconds),
            "seconds": round(seconds),
            "pinned": pinned,
            "machine": machine.look_again(),
        });
        if kind == CallKind::Transcoded {
            json["calls_per_core_by_cpu_means"] = Value::from(PRICED);
            json["delay_means"] = Value::from("not measured: audio is made anew on the way, and brings no time along");
        }
        Report(json)
    }

    /// As JSON.
    pub(crate) fn json(&self) -> &Value {
        &self.0
    }
}

/// What the figure is where one thread does all the work.
const CARRIED: &str = "the most calls that one media thread carried in a run of this benchmark, with a loss and a 99th percentile of the delay of at most those below";

/// What it is where two threads share it.
const PRICED: &str = "the calls of the fullest run that was carried, with a loss of at most that below, divided by the cores that the media thread and the transcoding thread used in it together";

/// The run with the middle one of the 99th percentiles.
fn middle(mut runs: Vec<Run>) -> Run {
    runs.sort_by(|one, other| one.ran.through.p99_ms.unwrap_or(f64::MAX).total_cmp(&other.ran.through.p99_ms.unwrap_or(f64::MAX)));
    runs.swap_remove(runs.len() / 2)
}

/// What the relay adds: with and without it, of packets sent in the same rounds.
fn added(run: &Run, of: impl Fn(Delays) -> Option<f64>) -> Option<f64> {
    Some((of(run.ran.through)? - of(run.ran.direct)?).max(0.0))
}

fn figures(run: &Run) -> Value {
    let Run { calls, ran, done } = run;
    json!({
        "calls": calls,
        "packets_per_second": round(ran.sent as f64 / ran.seconds),
        "sent": ran.sent,
        "received": ran.received,
        "loss_ratio": round(ran.loss_ratio()),
        "limit": run.limit().map(|limit| format!("{limit:?}").to_lowercase()),
        "through_relay": delays(ran.through),
        "direct": delays(ran.direct),
        "relay": {
            "core_share": round(done.core_share),
            "transcoder_core_share": round(done.transcoder_share),
            "kept_waiting": round(done.kept_waiting),
            "cpu_us_per_packet": round(done.cpu_us_per_packet),
            "datagrams_per_call": round(done.batch),
            "kernel_drops": done.kernel_drops,
            "unsent": done.unsent,
        },
        "load": {
            "core_share": round(ran.core_share),
            "kept_pace": round(ran.sent as f64 / ran.planned.max(1) as f64),
            "late_ms": round(ran.late_ms),
            "kernel_drops": ran.kernel_drops,
            "unsent": ran.unsent,
        },
    })
}

fn delays(delays: Delays) -> Value {
    json!({ "p50_ms": delays.p50_ms.map(round), "p99_ms": delays.p99_ms.map(round), "max_ms": delays.max_ms.map(round) })
}
