//! Whether a source numbers and times its packets as RFC 3550 §5.1 and its codec want it, and whether they come as they are spoken.
//!
//! What is wrong here gets through authentication, or is taken for a replay, and then sounds wrong or is not heard at all: nothing
//! else would name it. Watches one source at a time; what was found of earlier ones is kept.

use std::time::{Duration, Instant};

use crate::rtp::{Header, sequence_step, timestamp_step};

/// A jump in sequence numbers beyond this is a new start, not loss (RFC 3550 A.1, MAX_DROPOUT).
pub(crate) const MAX_SEQUENCE_JUMP: i16 = 3_000;

/// Fewer wrong steps without a right one may be a source that started over.
const WRONG_STEPS: u32 = 10;
/// So many times the same step, too short, is no clock that trembles.
const SAME_STEPS: u32 = 25;
/// How far timestamps may fall behind the audio in all: what is stamped by a clock on the wall trembles around the right step.
const BEHIND_AUDIO: Duration = Duration::from_millis(50);
/// How far timestamps that skip something may run ahead of the time that passes: a pause that a slow network shortened.
const AHEAD_OF_TIME: Duration = Duration::from_millis(250);

/// So many packets in a row whose numbers were there before, for so long, are a sender that went back; a network that doubles
/// packets sends new ones in between. Of those that come at once, more are needed.
const NUMBERS_AGAIN: u32 = 10;
const AGAIN_FOR: Duration = Duration::from_millis(150);
const NUMBERS_AGAIN_AT_ONCE: u32 = 50;
/// Steps within such a row: reordered, or with some lost.
const ROW_STEPS: std::ops::RangeInclusive<i16> = -16..=100;

/// Audio that comes so long before it can be heard came in a burst.
pub const BURST: Duration = Duration::from_millis(1_200);

/// What was found wrong so far; `None` is nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NumberingFaults {
    /// Timestamps go on by another step than the packets are long.
    pub wrong_steps: Option<WrongSteps>,
    /// The sequence numbers went back, and the packets are refused as replays.
    pub went_back: Option<WentBack>,
    /// The sequence numbers jumped ahead by more than loss explains: from, to.
    pub jumped: Option<(u16, u16)>,
    /// The largest burst.
    pub burst: Option<Burst>,
}

/// A clock that does not fit the packets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WrongSteps {
    /// The latest step, in units of the clock.
    pub seen: i32,
    /// What the packet before it is long.
    pub expected: u32,
    /// How many packets.
    pub packets: u32,
}

/// Numbers that were there before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WentBack {
    /// The highest number before.
    pub from: u16,
    /// The first of the lower ones.
    pub to: u16,
    /// How many packets came with such numbers.
    pub packets: u32,
}

/// Packets that came faster than they can be heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Burst {
    /// How many.
    pub packets: u32,
    /// How much audio was there before its time.
    pub ahead: Duration,
}

/// Watches a source.
#[derive(Default)]
pub(crate) struct Numbering {
    latest: Option<Latest>,
    /// The latest number of a packet of any kind.
    highest: Option<(u32, u16)>,
    row: Row,
    again: Option<Again>,
    burst: Burst,
    pub(crate) faults: NumberingFaults,
}

/// The latest audio packet.
#[derive(Clone, Copy)]
struct Latest {
    sequence: u16,
    timestamp: u32,
    length: u32,
    at: Instant,
}

/// Steps since the last right one.
#[derive(Clone, Copy, Default)]
struct Row {
    steps: u32,
    latest: i32,
    /// How often in a row.
    same: u32,
    /// Steps that stood still or went back.
    still: u32,
    /// By how much timestamps fell short of the audio, in units.
    behind: i64,
    /// By how much they are ahead of the time that passed: no pause takes longer than it lasts.
    ahead: Duration,
}

/// A row of packets whose numbers were there before.
#[derive(Clone, Copy)]
struct Again {
    ssrc: u32,
    from: u16,
    to: u16,
    latest: u16,
    since: Instant,
    packets: u32,
}

impl Default for Burst {
    fn default() -> Burst {
        Burst { packets: 0, ahead: Duration::ZERO }
    }
}

impl Numbering {
    /// See [`CallMedia::touch`](crate::CallMedia::touch).
    pub(crate) fn touch(&self) -> u64 {
        let latest = self.latest.map_or(0, |latest| latest.sequence);
        u64::from(latest) ^ u64::from(self.row.steps) ^ u64::from(self.burst.packets) ^ u64::from(self.again.is_some())
    }

    /// Another source.
    pub(crate) fn restart(&mut self) {
        *self = Numbering { faults: self.faults, ..Numbering::default() };
    }

    /// Takes a packet of the source. `length` is its audio in units of the clock, if it is audio.
    pub(crate) fn count(&mut self, now: Instant, header: &Header, clock_hz: u32, length: Option<u32>) {
        self.again = None;
        let ahead = self.highest.map_or(1, |(_, highest)| sequence_step(highest, header.sequence));
        if let Some((_, highest)) = self.highest.filter(|_| ahead > MAX_SEQUENCE_JUMP) {
            self.faults.jumped.get_or_insert((highest, header.sequence));
        }
        if ahead <= 0 {
            return; // reordered
        }
        self.highest = Some((header.ssrc, header.sequence));
        let Some(length) = length else { return };
        let latest = Latest { sequence: header.sequence, timestamp: header.timestamp, length, at: now };
        if let Some(before) = self.latest.replace(latest) {
            let passed = now.saturating_duration_since(before.at);
            if header.sequence == before.sequence.wrapping_add(1) {
                self.judge_step(timestamp_step(before.timestamp, header.timestamp), before.length, passed, clock_hz);
            }
            self.burst.ahead = self.burst.ahead.saturating_sub(passed);
        }
        self.judge_pace(duration(length, clock_hz));
    }

    fn judge_step(&mut self, step: i32, length: u32, passed: Duration, clock_hz: u32) {
        if i64::from(step) == i64::from(length) {
            self.row = Row::default();
            return;
        }
        let row = self.row.with(step, length, passed, clock_hz);
        self.row = row;
        if row.is_wrong(length, clock_hz) {
            let packets = self.faults.wrong_steps.map_or(row.steps, |before| before.packets.saturating_add(1));
            self.faults.wrong_steps = Some(WrongSteps { seen: step, expected: length, packets });
        }
    }

    fn judge_pace(&mut self, length: Duration) {
        let Burst { packets, ahead } = self.burst;
        self.burst = Burst { packets: if ahead.is_zero() { 1 } else { packets.saturating_add(1) }, ahead: ahead + length };
        if self.burst.ahead > BURST && self.faults.burst.is_none_or(|largest| self.burst.ahead > largest.ahead) {
            self.faults.burst = Some(self.burst);
        }
    }

    /// Takes an authentic packet whose number was there before.
    pub(crate) fn refused_as_replay(&mut self, now: Instant, header: &Header) {
        let Some((_, highest)) = self.highest.filter(|(ssrc, _)| *ssrc == header.ssrc) else { return };
        let goes_on = |again: &Again| {
            let step = sequence_step(again.latest, header.sequence);
            again.ssrc == header.ssrc && step != 0 && ROW_STEPS.contains(&step)
        };
        let begun = Again { ssrc: header.ssrc, from: highest, to: header.sequence, latest: header.sequence, since: now, packets: 0 };
        let mut again = self.again.filter(goes_on).unwrap_or(begun);
        again.latest = header.sequence;
        again.packets = again.packets.saturating_add(1);
        self.again = Some(again);
        let lasts = now.saturating_duration_since(again.since) >= AGAIN_FOR;
        if again.packets >= NUMBERS_AGAIN && lasts || again.packets >= NUMBERS_AGAIN_AT_ONCE {
            // Counted from its beginning when it is first noticed, one by one from there on.
            let (from, to, packets) = match self.faults.went_back {
                Some(before) => (before.from, before.to, before.packets.saturating_add(1)),
                None => (again.from, again.to, again.packets),
            };
            self.faults.went_back = Some(WentBack { from, to, packets });
        }
    }
}

impl Row {
    fn with(self, step: i32, length: u32, passed: Duration, clock_hz: u32) -> Row {
        let skipped = duration(u32::try_from(step).unwrap_or(0), clock_hz);
        Row {
            steps: self.steps.saturating_add(1),
            latest: step,
            same: if step == self.latest { self.same.saturating_add(1) } else { 1 },
            still: self.still.saturating_add(u32::from(step <= 0)),
            behind: (self.behind + i64::from(length) - i64::from(step)).clamp(0, u32::MAX.into()),
            ahead: (self.ahead + skipped).saturating_sub(passed),
        }
    }

    fn is_wrong(&self, length: u32, clock_hz: u32) -> bool {
        let too_short = i64::from(self.latest) < i64::from(length);
        let behind = duration(self.behind as u32, clock_hz) > BEHIND_AUDIO;
        let steady = too_short && self.same >= SAME_STEPS;
        self.steps >= WRONG_STEPS && (self.still >= WRONG_STEPS || behind || steady || self.ahead > AHEAD_OF_TIME)
    }
}

fn duration(length: u32, clock_hz: u32) -> Duration {
    Duration::from_micros(u64::from(length) * 1_000_000 / u64::from(clock_hz.max(1)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const OPUS: u32 = 48_000;
    const G711: u32 = 8_000;

    fn ms(millis: u64) -> Duration {
        Duration::from_millis(millis)
    }

    fn header(sequence: u16, timestamp: u32) -> Header {
        Header { marker: false, payload_type: 111, sequence, timestamp, ssrc: 1 }
    }

    /// So many packets of that length, one every `every_ms`, whose timestamps go on as told.
    fn stepping(clock_hz: u32, length: u32, every_ms: u64, packets: u16, step: impl Fn(u16) -> i32) -> NumberingFaults {
        let (start, mut numbering, mut timestamp) = (Instant::now(), Numbering::default(), 0_u32);
        for index in 0..packets {
            numbering.count(
                start + ms(every_ms * u64::from(index)),
                &header(65_500_u16.wrapping_add(index), timestamp),
                clock_hz,
                Some(length),
            );
            timestamp = timestamp.wrapping_add(step(index).cast_unsigned());
        }
        numbering.faults
    }

    #[test]
    fn a_step_that_is_not_the_packets_length_is_found_whatever_it_is() {
        for (clock_hz, length, every_ms, step) in [
            (OPUS, 960, 20, 160),
            (OPUS, 960, 20, 320),
            (OPUS, 960, 20, 480),
            (OPUS, 960, 20, 0),
            (OPUS, 960, 20, -960),
            (OPUS, 960, 20, 959),
            (OPUS, 960, 20, 1_920),
            (OPUS, 960, 20, 48_000),
            (OPUS, 2_880, 60, 960),
            (OPUS, 480, 10, 960),
            (OPUS, 960, 20, 1_056),
            (G711, 160, 20, 960),
            (G711, 160, 20, 0),
            (G711, 160, 20, 320),
            (G711, 240, 30, 160),
            (G711, 640, 80, 160),
        ] {
            let faults = stepping(clock_hz, length, every_ms, 250, |_| step);
            let found = faults.wrong_steps.unwrap_or_else(|| panic!("{step} for {length} was not found"));
            assert_eq!((found.seen, found.expected), (step, length));
            assert_eq!((faults.went_back, faults.jumped, faults.burst), (None, None, None));
        }
    }

    #[test]
    fn right_steps_pauses_and_single_jumps_are_no_fault() {
        for (clock_hz, length, every_ms) in
            [(OPUS, 960, 20), (OPUS, 480, 10), (OPUS, 1_920, 40), (OPUS, 2_880, 60), (G711, 160, 20), (G711, 80, 10), (G711, 640, 80)]
        {
            assert_eq!(stepping(clock_hz, length, every_ms, 500, |_| length.cast_signed()), NumberingFaults::default());
        }
        // Discontinuous transmission: a packet of 20 ms every 400 ms, and the clock goes on.
        assert_eq!(stepping(OPUS, 960, 400, 100, |_| 19_200), NumberingFaults::default());
        // Stamped by a clock on the wall.
        assert_eq!(stepping(OPUS, 960, 20, 2_000, |index| if index % 2 == 0 { 912 } else { 1_008 }), NumberingFaults::default());
        // A new base every half second: rare, and not the step.
        assert_eq!(stepping(OPUS, 960, 20, 500, |index| if index % 25 == 0 { 1_000_000 } else { 960 }), NumberingFaults::default());
    }

    #[test]
    fn two_packets_under_one_timestamp_are_wrong_although_time_goes_on() {
        let faults = stepping(OPUS, 960, 20, 50, |index| if index % 2 == 0 { 0 } else { 1_920 });
        assert_eq!(faults.wrong_steps.map(|found| (found.seen, found.expected)), Some((0, 960)));
    }

    #[test]
    fn lost_and_reordered_packets_and_those_of_another_kind_are_no_wrong_steps() {
        let (start, mut numbering) = (Instant::now(), Numbering::default());
        for index in (0..1_000_u16).filter(|index| index % 3 != 1) {
            let swapped = index ^ u16::from(index % 12 < 2);
            let length = (swapped % 5 != 0).then_some(960);
            numbering.count(start + ms(20 * u64::from(index)), &header(swapped, 960 * u32::from(swapped)), OPUS, length);
        }
        assert_eq!(numbering.faults, NumberingFaults::default());
    }

    #[test]
    fn bursts_are_measured_and_a_second_at_once_is_none() {
        for (at_once, expected) in [(1, None), (50, None), (150, Some((150, 3_000))), (250, Some((250, 5_000)))] {
            let (start, mut numbering) = (Instant::now(), Numbering::default());
            for index in 0..500_u16 {
                let sent = u64::from(index / at_once * at_once);
                numbering.count(start + ms(20 * sent), &header(index, 960 * u32::from(index)), OPUS, Some(960));
            }
            let found = numbering.faults.burst.map(|burst| (burst.packets, burst.ahead.as_millis()));
            assert_eq!(found, expected, "{at_once}");
            assert_eq!(numbering.faults.wrong_steps, None);
        }
    }

    #[test]
    fn speech_that_is_sent_twice_as_fast_as_it_is_spoken_is_a_burst() {
        let faults = stepping(G711, 160, 10, 200, |_| 160);
        assert_eq!(faults.burst, Some(Burst { packets: 200, ahead: ms(2_010) }));
    }

    /// Packets refused as replays, `every_ms` apart.
    fn refused(numbers: impl Iterator<Item = u16>, every_ms: u64) -> Option<WentBack> {
        let (start, mut numbering) = (Instant::now(), Numbering::default());
        for index in 0..10_000 {
            numbering.count(start, &header(index, 960 * u32::from(index)), OPUS, None);
        }
        for (index, sequence) in (0..).zip(numbers) {
            numbering.refused_as_replay(start + ms(every_ms * index), &header(sequence, 0));
        }
        numbering.faults.went_back
    }

    #[test]
    fn numbers_that_went_back_are_told_from_doubled_packets() {
        assert_eq!(refused(5_000..5_256, 20), Some(WentBack { from: 9_999, to: 5_000, packets: 256 }));
        assert_eq!(refused(9_900..10_000, 20), Some(WentBack { from: 9_999, to: 9_900, packets: 100 }));
        assert_eq!(refused(5_000..5_050, 0), Some(WentBack { from: 9_999, to: 5_000, packets: 50 }));
        assert_eq!(refused((5_000..5_060).step_by(2), 40), Some(WentBack { from: 9_999, to: 5_000, packets: 30 }), "with loss on the way");
        assert_eq!(refused(9_960..10_000, 0), None, "a batch that came twice");
        assert_eq!(refused(std::iter::repeat_n(7_000, 500), 20), None, "one packet over and over");
    }

    #[test]
    fn doubles_of_a_stream_that_goes_on_are_no_fault() {
        let (start, mut numbering) = (Instant::now(), Numbering::default());
        for index in 0..1_000 {
            let now = start + ms(20 * u64::from(index));
            numbering.count(now, &header(index, 960 * u32::from(index)), OPUS, Some(960));
            numbering.refused_as_replay(now, &header(index, 960 * u32::from(index)));
        }
        assert_eq!(numbering.faults, NumberingFaults::default());
        numbering.refused_as_replay(start, &Header { ssrc: 2, ..header(5, 0) });
        assert_eq!(numbering.faults, NumberingFaults::default(), "another source's numbers are its own");
    }

    #[test]
    fn a_jump_ahead_is_noted_once_and_loss_is_not() {
        let (now, mut numbering) = (Instant::now(), Numbering::default());
        for sequence in [10, 11, 3_011, 8_000, 20_000] {
            numbering.count(now, &header(sequence, 0), OPUS, None);
        }
        assert_eq!(numbering.faults.jumped, Some((3_011, 8_000)));
    }
}
