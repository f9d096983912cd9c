//! `callport bench relay`, `sdes` and `transcode`: how many calls of a kind one media thread carries, and what it adds to a packet.
//!
//! 1. What the kernel costs alone: the load's datagrams, echoed in the same batches and rounds.
//! 2. Calls are opened, both legs of each with full ICE and DTLS.
//! 3. Longer and longer runs of talk, until packets are lost or late ([`search`]).
//! 4. At 60 % of that: delay and loss.
//! 5. Memory.

mod echo;
pub(crate) mod load;
pub(crate) mod load_process;
mod orders;
mod report;
mod search;
mod subject;
mod talk;

use std::time::{Duration, Instant};

use echo::Echo;
use load_process::LoadProcess;
use orders::{Order, Ran, Said};
use search::{Run, Search};
use subject::Subject;

use crate::{BenchFault, Surroundings, machine};
pub(crate) use report::Report;

/// How the business of a call is connected, and what it speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum CallKind {
    /// ICE and DTLS, Opus.
    WebRtc,
    /// Keys by SDES, on a port of its own; Opus.
    Sdes,
    /// ICE and DTLS, PCMU.
    Transcoded,
}

/// What is asked for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wish {
    /// Of which kind the calls are.
    pub kind: CallKind,
    /// Calls to open at most.
    pub calls: usize,
    /// How long all of it may take.
    pub time: Duration,
    /// Media thread and load on a core each.
    pub pin: bool,
    /// UDP ports of the media thread.
    pub ports: usize,
}

/// Calls opened at a time: enough that neither side waits for the other, few enough that no handshake is late.
const OPENED_AT_ONCE: usize = 96;

/// How long these may take to be connected. A handshake that lost a datagram takes a second more.
const SETTLE: Duration = Duration::from_secs(10);

/// Shares of the time: until then calls are opened; until then their limit is looked for; the rest is for 60 % of it.
const OPENED_BY: f64 = 0.4;
const FOUND_BY: f64 = 0.75;

/// Length of a run, as a share of the time, and its limits.
const RUN_SHARE: f64 = 0.05;
const SHORTEST_RUN: Duration = Duration::from_millis(200);
const LONGEST_RUN: Duration = Duration::from_secs(3);

/// At which share of the full load delay is measured.
const NORMAL_LOAD: f64 = 0.6;

/// How long the first phone listens for what phones will say: two seconds of it, and a little for the way.
const LEARNING: Duration = Duration::from_millis(2_500);

/// In how many runs, where there is a second for each: the middle one counts, so that one moment in which something else had the machine does not.
const NORMAL_RUNS: u32 = 5;

/// The cores of media thread and load. The media plane counts its threads' cores from 0 as well.
const MEDIA_CORE: usize = 0;
const LOAD_CORE: usize = 1;

/// Runs the benchmark.
pub(crate) fn run(wish: Wish, around: &Surroundings, tell: &mut dyn FnMut(&str)) -> Result<Report, BenchFault> {
    let machine = machine::Machine::look();
    let began = Instant::now();
    let pinned = wish.pin && machine::cores() > LOAD_CORE;
    let load = LoadProcess::start(pinned.then_some(LOAD_CORE))?;
    let subject = Subject::start(&wish, pinned, around)?;
    let run_time = wish.time.mul_f64(RUN_SHARE).clamp(SHORTEST_RUN, LONGEST_RUN);
    let mut bench = Bench { kind: wish.kind, load, subject, run_time };
    tell(&format!("opening up to {} calls", wish.calls));
    let opened = bench.open(wish.calls, began + wish.time.mul_f64(OPENED_BY))?;
    let set_up_seconds = began.elapsed().as_secs_f64();
    match wish.kind {
        CallKind::WebRtc => {}
        // Nothing is sent to such a business before its first packet.
        CallKind::Sdes => {
            bench.talk(opened, SHORTEST_RUN)?;
        }
        CallKind::Transcoded => {
            tell("letting the phones hear something to say");
            bench.talk(1, LEARNING)?;
        }
    }
    let mut search = Search::new(opened);
    let mut runs = Vec::new();
    while let Some(calls) = search.next().filter(|_| runs.is_empty() || began.elapsed() + run_time < wish.time.mul_f64(FOUND_BY)) {
        tell(&format!("looking for the limit: {calls} calls talk"));
        let run = bench.talk(calls, run_time)?;
        runs.push(run.clone());
        search.take(run);
    }
    let full = search.best().cloned();
    let calls = full.as_ref().map_or(opened, |full| full.calls);
    tell("measuring what the kernel costs alone");
    let baseline = bench.echo(2 * calls, pinned.then_some(MEDIA_CORE))?;
    let left = wish.time.saturating_sub(began.elapsed());
    let normal_runs = (left.as_secs() as u32).clamp(1, NORMAL_RUNS);
    let normal_time = (left / normal_runs).saturating_sub(talk::LATE).max(SHORTEST_RUN);
    let normal_calls = ((calls as f64 * NORMAL_LOAD).round() as usize).max(1);
    tell(&format!("measuring delay and loss: {normal_calls} calls talk for {} s", left.as_secs()));
    let normal = (0..normal_runs).map(|_| bench.talk(normal_calls, normal_time)).collect::<Result<_, _>>()?;
    Ok(Report::new(report::Findings {
        kind: wish.kind,
        machine,
        pinned,
        opened,
        set_up_seconds,
        limited_by: search.limited_by(),
        full,
        normal,
        baseline,
        runs,
        grown_kib: bench.subject.grown_kib(),
        seconds: began.elapsed().as_secs_f64(),
    }))
}

/// What the kernel alone costs.
#[derive(Clone, Debug)]
pub(crate) struct Baseline {
    ran: Ran,
    cpu_us_per_packet: f64,
}

/// Both processes.
struct Bench {
    kind: CallKind,
    load: LoadProcess,
    subject: Subject,
    run_time: Duration,
}

impl Bench {
    /// Opens calls until there are as many or the time is over; returns how many are connected on both legs.
    fn open(&mut self, calls: usize, until: Instant) -> Result<usize, BenchFault> {
        let mut asked = 0;
        let mut connected = 0;
        while asked < calls && (asked == 0 || Instant::now() < until) {
            let more = OPENED_AT_ONCE.min(calls - asked);
            self.load.order(&Order::Offer { calls: more, kind: self.kind })?;
            let mut answered = 0;
            while answered < more {
                match self.load.hear()? {
                    Said::Offer { call, sdp } => {
                        let (phone_answer, business_offer) = self.subject.open(call, sdp)?;
                        self.load.order(&Order::Connect { call, phone_answer, business_offer })?;
                    }
                    Said::Answer { call, sdp } => {
                        self.subject.accept(call, sdp)?;
                        answered += 1;
                    }
                    Said::Settled { .. } | Said::Ran(_) => return Err("the load spoke out of turn".into()),
                }
            }
            asked += more;
            self.load.order(&Order::Settle { patience_ms: SETTLE.as_millis() as u64 })?;
            let Said::Settled { connected: now, trouble } = self.load.hear()? else { return Err("the load spoke out of turn".into()) };
            if now < asked {
                let why = trouble.unwrap_or_else(|| "they did not finish in time".to_owned());
                return Err(format!("{} of {asked} calls were not connected: {why}", asked - now).into());
            }
            connected = now;
        }
        Ok(connected)
    }

    fn talk(&mut self, calls: usize, time: Duration) -> Result<Run, BenchFault> {
        let before = self.subject.look()?;
        let ran = self.load.run(&Order::Talk { calls, millis: time.as_millis() as u64 })?;
        let done = self.subject.look()?.since(&before, ran.seconds);
        Ok(Run { calls, ran, done })
    }

    fn echo(&mut self, ends: usize, core: Option<usize>) -> Result<Baseline, BenchFault> {
        let echo = Echo::start(core)?;
        let ran = self.load.run(&Order::Echo { address: echo.address(), ends, millis: self.run_time.as_millis() as u64 })?;
        let echoed = echo.stop();
        Ok(Baseline { ran, cpu_us_per_packet: echoed.cpu.as_secs_f64() * 1e6 / echoed.datagrams.max(1) as f64 })
    }
}
