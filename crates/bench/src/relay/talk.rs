//! One run of the load: every end sends a packet each 20 ms, all of them spread evenly over these, and what arrives is counted and timed.

use std::net::SocketAddr;
use std::ops::Range;
use std::time::{Duration, Instant};

use callport_media::udp::{thread_cpu_time, wait_readable};
use callport_relay::rtp::HEADER_LEN;

use super::orders::{Delays, Ran};
use crate::ends::{Ends, Number};
use crate::histogram::Histogram;
use crate::{BenchFault, FRAME, PAYLOAD};

/// Length of a round: packets that become due within it leave together, and the socket is looked at once in it. Nobody waits for the socket: waking
/// the load for each batch would cost the media thread a twentieth of its time, which no network card asks of it. What a packet waits
/// for the look is counted as the relay's delay.
const ROUND: Duration = Duration::from_micros(250);

/// Packets sent in one round; when more are due, what has arrived is looked at in between.
const MAX_SENT_AT_ONCE: u64 = 512;

/// How long late packets are waited for after the last was sent.
pub(super) const LATE: Duration = Duration::from_millis(300);

/// What SRTP adds to a packet: the tag of AES-GCM (RFC 7714 §14.2). A plain datagram is as long as a protected one.
const TAG: usize = 16;

/// Relayed calls and, among them, direct ones.
pub(super) fn talk(ends: &mut Ends, talking: Vec<Number>, direct: Range<Number>, run: u32, time: Duration) -> Result<Ran, BenchFault> {
    let schedule = interleave(talking, direct.clone());
    let is_direct = |number: Number| direct.contains(&number);
    let mut run = Run::new(run, schedule.len());
    let mut heard = Tally::default();
    run.drive(
        ends,
        time,
        |run, ends, index| {
            let Some(&number) = schedule.get(index) else { return };
            let now = Instant::now();
            let said = match ends.speaks(number) {
                true => ends.speak(number, now),
                false => ends.say(number, &run.stamp(now), now),
            };
            run.timed &= is_direct(number) || !ends.speaks(number);
            if said && !is_direct(number) {
                run.sent += 1;
            }
        },
        |run, ends| {
            ends.tend(Instant::now());
            ends.receive(|it| match it.is_voice {
                true => heard.voices += 1,
                false => heard.count(run, it.at, it.payload, is_direct(it.by)),
            })
        },
    )?;
    Ok(run.result(&heard, schedule.len() - direct.len()))
}

/// Datagrams to somebody who sends them back as they are.
pub(super) fn echo(ends: &mut Ends, address: SocketAddr, count: usize, run: u32, time: Duration) -> Result<Ran, BenchFault> {
    let mut run = Run::new(run, count);
    let mut heard = Tally::default();
    run.drive(
        ends,
        time,
        |run, ends, index| {
            let mut datagram = [0; HEADER_LEN + PAYLOAD + TAG];
            datagram[HEADER_LEN..HEADER_LEN + PAYLOAD].copy_from_slice(&run.stamp(Instant::now()));
            run.sent += u64::from(ends.send_plain(index, &datagram, address));
        },
        |run, ends| ends.receive_plain(|at, datagram| heard.count(run, at, datagram.get(HEADER_LEN..).unwrap_or_default(), false)),
    )?;
    Ok(run.result(&heard, count))
}

/// The direct ends, spread evenly among the others.
fn interleave(talking: Vec<Number>, mut direct: Range<Number>) -> Vec<Number> {
    let every = (talking.len() / direct.len().max(1)).max(1);
    let mut schedule = Vec::with_capacity(talking.len() + direct.len());
    for (index, number) in talking.into_iter().enumerate() {
        if index % every == 0 {
            schedule.extend(direct.next());
        }
        schedule.push(number);
    }
    schedule.extend(direct);
    schedule
}

/// What arrived.
#[derive(Default)]
struct Tally {
    through: Histogram,
    direct: Histogram,
    /// Packets of speech, which do not tell when they were sent.
    voices: u64,
}

impl Tally {
    fn count(&mut self, run: &Run, at: Instant, payload: &[u8], direct: bool) {
        if let Some(delay) = run.read_stamp(payload, at) {
            if direct { &mut self.direct } else { &mut self.through }.add(delay);
        }
    }
}

/// One run under way.
struct Run {
    number: u32,
    began: Instant,
    ends: usize,
    sent: u64,
    timed: bool,
    taken: u64,
    late: Duration,
    seconds: f64,
    core_share: f64,
    kernel_drops: u64,
    unsent: u64,
}

impl Run {
    fn new(number: u32, ends: usize) -> Run {
        let began = Instant::now();
        Run {
            number,
            began,
            ends,
            sent: 0,
            timed: true,
            taken: 0,
            late: Duration::ZERO,
            seconds: 0.0,
            core_share: 0.0,
            kernel_drops: 0,
            unsent: 0,
        }
    }

    /// Sends and receives until the time is over, then receives what is late.
    fn drive(
        &mut self,
        ends: &mut Ends,
        time: Duration,
        mut send: impl FnMut(&mut Run, &mut Ends, usize),
        mut receive: impl FnMut(&Run, &mut Ends) -> std::io::Result<usize>,
    ) -> Result<(), BenchFault> {
        let (drops, unsent) = (ends.kernel_drops(), ends.unsent());
        self.began = Instant::now();
        let cpu_began = thread_cpu_time();
        loop {
            let round = Instant::now();
            let elapsed = round - self.began;
            if elapsed >= time {
                break;
            }
            let behind = self.due(elapsed) - self.taken;
            self.late = self.late.max(FRAME.mul_f64(behind as f64 / self.ends.max(1) as f64));
            for _ in 0..behind.min(MAX_SENT_AT_ONCE) {
                let index = (self.taken % self.ends as u64) as usize;
                self.taken += 1;
                send(self, ends, index);
            }
            ends.flush();
            receive(self, ends)?;
            ends.flush();
            if let Some(left) = ROUND.checked_sub(round.elapsed()).filter(|_| behind < MAX_SENT_AT_ONCE) {
                wait_readable(&[], Some(left));
            }
        }
        let elapsed = self.began.elapsed();
        self.seconds = elapsed.as_secs_f64();
        self.core_share = (thread_cpu_time() - cpu_began).as_secs_f64() / self.seconds;
        let until = Instant::now() + LATE;
        while Instant::now() < until {
            wait_readable(&[], Some(ROUND));
            receive(self, ends)?;
            ends.flush();
        }
        self.kernel_drops = u64::from(ends.kernel_drops().wrapping_sub(drops));
        self.unsent = ends.unsent() - unsent;
        Ok(())
    }

    /// Packets that should have left by now.
    fn due(&self, elapsed: Duration) -> u64 {
        (elapsed.as_secs_f64() / FRAME.as_secs_f64() * self.ends as f64) as u64
    }

    /// A payload that says when it was sent, and in which run.
    fn stamp(&self, now: Instant) -> [u8; PAYLOAD] {
        let mut payload = [0x5a; PAYLOAD];
        let nanoseconds = u64::try_from((now - self.began).as_nanos()).unwrap_or(u64::MAX);
        payload[..8].copy_from_slice(&nanoseconds.to_be_bytes());
        payload[8..12].copy_from_slice(&self.number.to_be_bytes());
        payload
    }

    /// How long a packet of this run took.
    fn read_stamp(&self, payload: &[u8], at: Instant) -> Option<Duration> {
        let (sent, rest) = payload.split_first_chunk()?;
        let ours = rest.first_chunk() == Some(&self.number.to_be_bytes());
        let sent = self.began.checked_add(Duration::from_nanos(u64::from_be_bytes(*sent)))?;
        ours.then(|| at.saturating_duration_since(sent))
    }

    fn result(&self, heard: &Tally, counted: usize) -> Ran {
        let delays = |histogram: &Histogram| Delays {
            p50_ms: histogram.quantile_ms(0.5),
            p99_ms: histogram.quantile_ms(0.99),
            max_ms: histogram.quantile_ms(1.0),
        };
        Ran {
            seconds: self.seconds,
            sent: self.sent,
            planned: (self.seconds / FRAME.as_secs_f64() * counted as f64) as u64,
            received: heard.through.len() + heard.voices,
            timed: self.timed,
            through: delays(&heard.through),
            direct: delays(&heard.direct),
            core_share: self.core_share,
            late_ms: self.late.as_secs_f64() * 1e3,
            kernel_drops: self.kernel_drops,
            unsent: self.unsent,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn direct_ends_are_spread_among_the_others() {
        assert_eq!(interleave(vec![10, 11, 12, 13], 1..3), [1, 10, 11, 2, 12, 13]);
        assert_eq!(interleave(vec![10], 1..3), [1, 10, 2]);
        assert_eq!(interleave(vec![], 1..2), [1]);
        assert_eq!(interleave(vec![10], 0..0), [10]);
    }

    #[test]
    fn a_stamp_tells_its_age_in_its_own_run_only() {
        let run = Run::new(7, 1);
        let at = |millis| run.began + Duration::from_millis(millis);
        let payload = run.stamp(at(5));
        assert_eq!(run.read_stamp(&payload, at(12)), Some(Duration::from_millis(7)));
        assert_eq!(Run { number: 8, ..Run::new(7, 1) }.read_stamp(&payload, at(12)), None);
        assert_eq!(run.read_stamp(&payload[..11], at(12)), None);
    }

    #[test]
    fn packets_are_due_evenly() {
        let run = Run::new(1, 40);
        let due = |micros| run.due(Duration::from_micros(micros));
        assert_eq!([0, 499, 501, 10_001, 20_001].map(due), [0, 0, 1, 20, 40]);
    }

    #[test]
    fn an_echo_brings_everything_back() {
        let echo = super::super::echo::Echo::start(None).unwrap();
        let mut ends = Ends::bind(std::sync::Arc::new(callport_testkit::Counting::default())).unwrap();
        let ran = super::echo(&mut ends, echo.address(), 10, 1, Duration::from_millis(100)).unwrap();
        assert!(ran.sent > 0 && ran.received == ran.sent, "{ran:?}");
        assert!(echo.stop().datagrams >= ran.sent);
    }
}
