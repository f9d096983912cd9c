//! One thread's timers: a moment for each call, found without looking at the calls that have time.
//!
//! A wheel of [`BUCKETS`] lists, one for each millisecond of the next four seconds; a moment further off waits in the last list
//! and is put off again from there. Every owner has at most one timer. Firing early is therefore allowed and firing late is
//! not the wheel's doing: whoever owns the timer asks itself whether it is due. That leave also lets an owner whose moment
//! moves away with every packet keep its old place instead of moving a thousand times.

use std::time::{Duration, Instant};

/// Lists on the wheel.
pub(crate) const BUCKETS: usize = 4096;

/// Time between two lists.
pub(crate) const TICK: Duration = Duration::from_millis(1);

const TICK_NANOS: u64 = TICK.as_nanos() as u64;
const WORDS: usize = BUCKETS / 64;
const NOBODY: u32 = u32::MAX;

/// Timers of owners 0 to `owners - 1`.
pub(crate) struct Wheel {
    start: Instant,
    /// The tick whose list is emptied next; everything before it is done.
    current: u64,
    heads: Box<[u32; BUCKETS]>,
    /// One bit per list that has someone in it.
    occupied: [u64; WORDS],
    links: Box<[Link]>,
    armed: usize,
}

#[derive(Clone, Copy)]
struct Link {
    next: u32,
    previous: u32,
    /// The tick this owner waits for; [`IDLE`] when it does not.
    tick: u64,
}

const IDLE: u64 = u64::MAX;

impl Wheel {
    /// A wheel for `owners` owners, none of whom waits.
    pub(crate) fn new(owners: usize, now: Instant) -> Wheel {
        let idle = Link { next: NOBODY, previous: NOBODY, tick: IDLE };
        Wheel {
            start: now,
            current: 0,
            heads: Box::new([NOBODY; BUCKETS]),
            occupied: [0; WORDS],
            links: vec![idle; owners.min(NOBODY as usize)].into_boxed_slice(),
            armed: 0,
        }
    }

    /// Wakes `owner` at `at` or, when it is further off than the wheel reaches, some time before. Replaces an earlier wish.
    pub(crate) fn arm(&mut self, owner: u32, at: Instant) {
        let tick = self.tick_after(at).clamp(self.current, self.current + BUCKETS as u64 - 1);
        self.place(owner, tick);
    }

    /// Like [`arm`](Self::arm), but leaves an owner who wakes earlier anyway where it is. The cheap one, for every packet.
    pub(crate) fn arm_no_later(&mut self, owner: u32, at: Instant) {
        let waits_for = self.links.get(owner as usize).map_or(0, |link| link.tick);
        if self.tick_after(at) < waits_for {
            self.arm(owner, at);
        }
    }

    /// Forgets `owner`.
    pub(crate) fn disarm(&mut self, owner: u32) {
        let Some(&Link { next, previous, tick }) = self.links.get(owner as usize) else { return };
        if tick == IDLE {
            return;
        }
        let bucket = bucket(tick);
        match previous {
            NOBODY => self.heads[bucket] = next,
            _ => self.links[previous as usize].next = next,
        }
        if next != NOBODY {
            self.links[next as usize].previous = previous;
        }
        if self.heads[bucket] == NOBODY {
            self.occupied[bucket / 64] &= !(1 << (bucket % 64));
        }
        self.links[owner as usize] = Link { next: NOBODY, previous: NOBODY, tick: IDLE };
        self.armed -= 1;
    }

    /// Takes one owner whose moment has come, if there is one. It waits no longer.
    pub(crate) fn pop_due(&mut self, now: Instant) -> Option<u32> {
        let reached = self.tick_before(now);
        while self.current <= reached {
            if let Some(distance) = self.distance_to_occupied()
                && self.current + distance <= reached
            {
                self.current += distance;
                let owner = self.heads[bucket(self.current)];
                self.disarm(owner);
                return Some(owner);
            }
            self.current = reached + 1;
        }
        None
    }

    /// When the next owner is to be woken.
    pub(crate) fn next_due(&self) -> Option<Instant> {
        let distance = self.distance_to_occupied()?;
        let nanos = (self.current + distance).saturating_mul(TICK_NANOS);
        Some(self.start + Duration::from_nanos(nanos))
    }

    fn place(&mut self, owner: u32, tick: u64) {
        self.disarm(owner);
        let bucket = bucket(tick);
        let head = self.heads[bucket];
        let Some(link) = self.links.get_mut(owner as usize) else { return };
        *link = Link { next: head, previous: NOBODY, tick };
        if head != NOBODY {
            self.links[head as usize].previous = owner;
        }
        self.heads[bucket] = owner;
        self.occupied[bucket / 64] |= 1 << (bucket % 64);
        self.armed += 1;
    }

    /// Ticks from `current` to the next list with someone in it. All who wait do so less than one turn ahead.
    fn distance_to_occupied(&self) -> Option<u64> {
        if self.armed == 0 {
            return None;
        }
        let first = bucket(self.current);
        (0..=WORDS).find_map(|step| {
            let word = (first / 64 + step) % WORDS;
            let mut bits = self.occupied[word];
            if step == 0 {
                bits &= u64::MAX << (first % 64);
            }
            let found = word * 64 + bits.trailing_zeros() as usize;
            (bits != 0).then(|| ((found + BUCKETS - first) % BUCKETS) as u64)
        })
    }

    /// The last tick that has begun by `now`.
    fn tick_before(&self, now: Instant) -> u64 {
        self.nanos(now) / TICK_NANOS
    }

    /// The first tick that does not begin before `at`.
    fn tick_after(&self, at: Instant) -> u64 {
        self.nanos(at).div_ceil(TICK_NANOS)
    }

    /// Since the start; 64 bits of them are six hundred years, and dividing 128 would cost more than all the rest.
    fn nanos(&self, at: Instant) -> u64 {
        at.saturating_duration_since(self.start).as_nanos() as u64
    }
}

fn bucket(tick: u64) -> usize {
    (tick % BUCKETS as u64) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(millis: u64) -> Duration {
        Duration::from_millis(millis)
    }

    fn drain(wheel: &mut Wheel, now: Instant) -> Vec<u32> {
        let mut due: Vec<u32> = std::iter::from_fn(|| wheel.pop_due(now)).collect();
        due.sort_unstable();
        due
    }

    #[test]
    fn wakes_each_owner_at_its_moment_and_not_before() {
        let start = Instant::now();
        let mut wheel = Wheel::new(4, start);
        wheel.arm(0, start + ms(20));
        wheel.arm(1, start + ms(5));
        wheel.arm(2, start + ms(5) + Duration::from_nanos(1_500));
        assert_eq!(wheel.next_due(), Some(start + ms(5)));
        assert_eq!(drain(&mut wheel, start + ms(4)), [0; 0]);
        assert_eq!(drain(&mut wheel, start + ms(5)), [1]);
        assert_eq!(drain(&mut wheel, start + ms(19)), [2]);
        assert_eq!(drain(&mut wheel, start + ms(20)), [0]);
        assert_eq!((wheel.armed, wheel.next_due()), (0, None));
    }

    #[test]
    fn what_is_overdue_wakes_at_once() {
        let start = Instant::now();
        let mut wheel = Wheel::new(1, start);
        assert_eq!(drain(&mut wheel, start + ms(100)), [0; 0]);
        wheel.arm(0, start + ms(3));
        let due = wheel.next_due().unwrap();
        assert_eq!(drain(&mut wheel, due), [0]);
    }

    #[test]
    fn a_far_moment_wakes_early_within_one_turn_and_can_be_armed_again() {
        let start = Instant::now();
        let mut wheel = Wheel::new(1, start);
        let at = start + Duration::from_secs(30);
        let mut wakes = 0;
        wheel.arm(0, at);
        while let Some(now) = wheel.next_due() {
            assert!(now <= at && wakes < 10);
            assert_eq!(drain(&mut wheel, now), [0]);
            wakes += 1;
            if now < at {
                wheel.arm(0, at);
            }
        }
        assert_eq!(wakes, 8, "30 s are seven turns of 4.095 s and a rest");
    }

    #[test]
    fn a_later_wish_keeps_the_old_place_and_an_earlier_one_moves_up() {
        let start = Instant::now();
        let mut wheel = Wheel::new(1, start);
        wheel.arm_no_later(0, start + ms(50));
        wheel.arm_no_later(0, start + ms(70));
        assert_eq!(wheel.next_due(), Some(start + ms(50)));
        wheel.arm_no_later(0, start + ms(7));
        assert_eq!(wheel.next_due(), Some(start + ms(7)));
        wheel.arm(0, start + ms(90));
        assert_eq!((wheel.next_due(), wheel.armed), (Some(start + ms(90)), 1));
    }

    #[test]
    fn who_is_disarmed_never_wakes_and_neighbours_stay() {
        let start = Instant::now();
        let mut wheel = Wheel::new(5, start);
        for owner in 0..5 {
            wheel.arm(owner, start + ms(9));
        }
        for owner in [2, 0, 4, 2] {
            wheel.disarm(owner);
        }
        assert_eq!(drain(&mut wheel, start + ms(9)), [1, 3]);
    }

    #[test]
    fn an_owner_without_a_place_is_ignored() {
        let start = Instant::now();
        let mut wheel = Wheel::new(1, start);
        wheel.arm(7, start);
        wheel.disarm(7);
        assert_eq!(wheel.armed, 0);
    }

    /// Against a list that is searched from end to end.
    #[test]
    fn agrees_with_a_plain_list_over_many_random_wishes() {
        let start = Instant::now();
        let mut wheel = Wheel::new(64, start);
        let mut plain: Vec<Option<Instant>> = vec![None; 64];
        let mut now = start;
        let mut seed = 7_u64;
        let mut draw = move |below: u64| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (seed >> 33) % below
        };
        for _ in 0..20_000 {
            let owner = draw(64) as usize;
            match draw(4) {
                0 => {
                    wheel.disarm(owner as u32);
                    plain[owner] = None;
                }
                1 | 2 => {
                    let at = now + ms(draw(4000));
                    wheel.arm(owner as u32, at);
                    plain[owner] = Some(at);
                }
                _ => {
                    now += ms(draw(300));
                    let expected: Vec<u32> = (0..64).filter(|&owner| plain[owner as usize].is_some_and(|at| at <= now)).collect();
                    // The wheel reads every wish up to a tick late or early around the present; both are whole milliseconds here.
                    assert_eq!(drain(&mut wheel, now), expected);
                    expected.iter().for_each(|&owner| plain[owner as usize] = None);
                }
            }
        }
    }
}
