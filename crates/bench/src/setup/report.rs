//! The figures of `bench setup` as JSON.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::Look;
use super::phone::SetUp;
use crate::histogram::Histogram;
use crate::machine::Machine;
use crate::target::{Target, round};

/// Everything that was found out.
pub(super) struct Findings {
    pub machine: Machine,
    pub people: u32,
    pub before: Look,
    pub after: Look,
    pub calls: Vec<SetUp>,
    pub failures: (usize, Vec<String>),
    pub words: String,
}

/// The figures of one benchmark.
pub(crate) struct Report(Value);

impl Report {
    pub(super) fn new(found: Findings) -> Report {
        let Findings { machine, people, before, after, calls, failures, words } = found;
        let seconds = (after.at - before.at).as_secs_f64();
        let processor = after.processor.since(before.processor);
        let cpu = processor.total().as_secs_f64();
        let count = calls.len() as f64;
        let per_core = (cpu > 0.0 && count > 0.0).then(|| count / cpu);
        let whole = histogram(&calls, |call| call.talking() - call.dialled);
        Report(json!({
            "benchmark": "setup",
            "setups_per_second": round(count / seconds),
            "setups_per_second_per_core": per_core.map(round),
            "setups_per_second_per_core_means": "set-ups divided by the processor seconds that the whole platform process used for them, terminating included",
            "p50_ms": whole.quantile_ms(0.5).map(round),
            "p99_ms": whole.quantile_ms(0.99).map(round),
            "p50_p99_mean": "from the dial to first audio both ways, with so many people calling at once that the machine is full",
            "failures": failures.0,
            "failure_reasons": failures.1,
            "setups": calls.len(),
            "people": people,
            "targets": [Target::at_least("setups_per_second_per_core", 300.0, per_core)],
            "profile": profile(&before, &after, count, cpu),
            "stages": stages(&calls),
            "platform_cores_used": round(cpu / seconds),
            "load_cores_used": round(after.load.since(before.load).total().as_secs_f64() / seconds),
            "platform_warnings": words.lines().collect::<Vec<_>>(),
            "seconds": round(seconds),
            "machine": machine.look_again(),
        }))
    }

    /// As JSON.
    pub(crate) fn json(&self) -> &Value {
        &self.0
    }
}

/// Processor time of each set-up, in microseconds, by who spent it.
fn profile(before: &Look, after: &Look, count: f64, cpu: f64) -> Value {
    let each = |time: Duration| round(time.as_secs_f64() * 1e6 / count.max(1.0));
    let processor = after.processor.since(before.processor);
    let mut threads: Vec<_> = after
        .threads
        .iter()
        .map(|(name, used)| (name, used.since(before.threads.get(name).copied().unwrap_or_default())))
        .filter(|(_, used)| used.on_core > Duration::ZERO)
        .collect();
    threads.sort_by_key(|(_, used)| std::cmp::Reverse(used.on_core));
    let shares = threads.iter().map(|(name, used)| {
        let figures = json!({ "cpu_us_per_setup": each(used.on_core), "share": round(used.on_core.as_secs_f64() / cpu), "kept_waiting_us": each(used.waited) });
        ((*name).clone(), figures)
    });
    json!({
        "cpu_us_per_setup": each(processor.total()),
        "user_us_per_setup": each(processor.user),
        "kernel_us_per_setup": each(processor.system),
        "threads": shares.collect::<serde_json::Map<_, _>>(),
    })
}

/// How the time from the dial on passes.
fn stages(calls: &[SetUp]) -> Value {
    let stage = |of: &dyn Fn(&SetUp) -> (Instant, Instant)| {
        let histogram = histogram(calls, |call| {
            let (from, to) = of(call);
            to.saturating_duration_since(from)
        });
        json!({ "p50_ms": histogram.quantile_ms(0.5).map(round), "p99_ms": histogram.quantile_ms(0.99).map(round) })
    };
    json!({
        "dial_to_phone_answer": stage(&|call| (call.dialled, call.answered)),
        "dial_to_connect_webhook": stage(&|call| (call.dialled, call.business.rang)),
        "connect_webhook_to_pre_accept_reply": stage(&|call| (call.business.rang, call.business.pre_accepted)),
        "pre_accept_reply_to_business_leg_up": stage(&|call| (call.business.pre_accepted, call.business.connected)),
        "business_leg_up_to_accept_reply": stage(&|call| (call.business.connected, call.business.accepted)),
        "accept_reply_to_audio_both_ways": stage(&|call| (call.business.accepted, call.talking())),
    })
}

fn histogram(calls: &[SetUp], of: impl Fn(&SetUp) -> Duration) -> Histogram {
    let mut histogram = Histogram::default();
    calls.iter().for_each(|call| histogram.add(of(call)));
    histogram
}
