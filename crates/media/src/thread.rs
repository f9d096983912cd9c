//! A media thread's loop: commands, datagrams, timers, in rounds of bounded work, and in between as little waking as possible.
//!
//! Below [`BUSY_PER_SECOND`] datagrams the thread sleeps until something happens and answers at once. Above, it looks every
//! [`ROUND`], with one system call for all its sockets and one for each that has something: a fuller batch for each system call halves
//! the price of a packet and costs it a fifth of a millisecond on average.
//! However much arrives, no kind of work can hold up the others: each round takes a bounded amount of each.

use std::collections::VecDeque;
use std::net::UdpSocket;
use std::os::fd::AsFd as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use crate::command::{Command, Shared};
use crate::counters::{Stray, Wrapping};
use crate::desk::Desk;
use crate::leg_sockets::LegSocket;
use crate::transcode::Native;
use crate::turns::Turns;
use crate::udp::{BATCH, Inbox};

/// Length of a round under load. At full load there is no time left between rounds, so that a shorter one costs nothing there.
const ROUND: Duration = Duration::from_micros(400);
/// Datagrams a second from which the thread works in rounds.
const BUSY_PER_SECOND: u32 = 2_000;

/// Datagrams taken at a time from a socket of one leg: what comes while the thread naps is one or two.
const LEG_BATCH: usize = 8;
/// Datagrams taken in one round, give or take a batch; as many again of sockets that belong to one leg.
const MAX_DATAGRAMS: usize = 16 * BATCH;
/// Transcoded packets taken in one round.
const MAX_NATIVES: usize = 512;
/// Timers served in one round.
const MAX_TIMERS: usize = 512;
/// Between a panic and the new start: what makes the thread panic again and again does not fill the log and the core.
const RESTART_PAUSE: Duration = Duration::from_millis(100);
/// How soon events that found no room are tried again.
const NEWS_RETRY: Duration = Duration::from_millis(5);
/// How often events are tried again at the end, before they are given up.
const LAST_RETRIES: usize = 40;

/// The loop and what belongs to it alone.
pub(crate) struct MediaThread {
    pub(crate) desk: Desk,
    pub(crate) shared: Arc<Shared>,
    inbox: Inbox,
    /// Those under way; something is left only when one of them panicked.
    commands: VecDeque<Command>,
    natives: VecDeque<Native>,
    /// It was told to end.
    stopping: bool,
    turns: Turns,
    /// Of each socket.
    kernel_drops: Vec<Wrapping>,
    pace: Pace,
}

/// Whether a kind of work was finished in this round.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Left {
    Nothing,
    More,
    /// The thread is to end.
    End,
}

impl MediaThread {
    pub(crate) fn new(mut desk: Desk, shared: Arc<Shared>, now: Instant) -> MediaThread {
        let post = &*desk.post();
        let turns = Turns::new(&[shared.mailbox.as_fd(), shared.natives.as_fd(), post.legs().as_fd()], post.sockets());
        let kernel_drops = post.sockets().all().map(|_| Wrapping::default()).collect();
        MediaThread {
            desk,
            shared,
            inbox: Inbox::default(),
            commands: VecDeque::new(),
            natives: VecDeque::new(),
            stopping: false,
            turns,
            kernel_drops,
            pace: Pace::new(now),
        }
    }

    /// Works until told to stop. A defect outside any one call ends the calls that the thread has at that moment; it then goes on, on the
    /// same ports, with new ones.
    pub(crate) fn run(mut self) {
        while catch_unwind(AssertUnwindSafe(|| self.work())).is_err() {
            tracing::error!("a media thread panicked: its calls end, and it starts over on the same ports");
            self.start_over();
            if self.stopping {
                break;
            }
            std::thread::sleep(RESTART_PAUSE);
            self.shared.down.store(false, Ordering::Relaxed);
        }
        self.shared.mailbox.shut();
        self.shared.natives.shut();
        self.finish();
    }

    /// Drops what was to be done, for calls that end now, and ends them.
    fn start_over(&mut self) {
        self.shared.down.store(true, Ordering::Relaxed);
        self.forget_commands();
        self.shared.mailbox.take(&mut self.commands);
        self.forget_commands();
        self.natives.clear();
        self.desk.start_over(Instant::now());
        self.desk.post().flush();
        self.desk.news().retry();
    }

    fn forget_commands(&mut self) {
        self.stopping |= self.commands.drain(..).any(|command| matches!(command, Command::Stop));
    }

    fn work(&mut self) {
        loop {
            let began = Instant::now();
            self.desk.begin_round();
            if self.carry_out_commands(began) == Left::End {
                return;
            }
            let datagrams = self.take_datagrams();
            if datagrams == Left::End {
                return;
            }
            let of_legs = self.take_leg_datagrams();
            if of_legs == Left::End {
                return;
            }
            let natives = self.take_natives(Instant::now());
            let timers = self.serve_timers(Instant::now());
            self.desk.post().flush();
            self.desk.news().retry();
            let behind = self.desk.news().is_behind();
            self.shared.behind.store(behind, Ordering::Relaxed);
            if [datagrams, of_legs, natives, timers] == [Left::Nothing; 4] {
                self.rest(began);
            } else {
                self.turns.look();
            }
        }
    }

    /// Everything that was posted before this moment; the mailbox bounds how much that is.
    fn carry_out_commands(&mut self, now: Instant) -> Left {
        self.shared.mailbox.take(&mut self.commands);
        while let Some(command) = self.commands.pop_front() {
            self.stopping |= matches!(command, Command::Stop);
            if !self.desk.command(now, command) {
                return Left::End;
            }
        }
        Left::Nothing
    }

    fn take_datagrams(&mut self) -> Left {
        let mut taken = 0;
        while taken < MAX_DATAGRAMS {
            let Some(number) = self.turns.take() else { return Left::Nothing };
            let Some(count) = self.take_batch(number) else { return Left::End };
            if count < BATCH {
                self.turns.emptied(number);
            }
            taken += count;
        }
        if self.turns.is_anything_left() { Left::More } else { Left::Nothing }
    }

    /// One batch from one socket; how many datagrams that were. None: the thread is to end.
    ///
    /// What a far end sends may answer a description that left during this round. The command that opens its leg comes first, or its check would
    /// be a stranger's and be lost, and ICE sends the next one a quarter of a second later.
    fn take_batch(&mut self, number: usize) -> Option<usize> {
        let Some((port, socket)) = self.desk.post().sockets().numbered(number) else { return Some(0) };
        let count = receive(&mut self.inbox, socket);
        let now = Instant::now();
        if self.carry_out_commands(now) == Left::End {
            return None;
        }
        self.desk.look_ahead(port, self.inbox.remotes());
        for arrival in self.inbox.arrivals() {
            self.desk.datagram(now, port, arrival);
        }
        self.count(count, number);
        Some(count)
    }

    /// The sockets that belong to one leg each: a few datagrams of each that has some, in turn.
    fn take_leg_datagrams(&mut self) -> Left {
        let mut taken = 0;
        while taken < MAX_DATAGRAMS {
            let legs = self.desk.post().legs_mut();
            let ready = if legs.is_empty() { 0 } else { legs.look() };
            for index in 0..ready {
                let socket = self.desk.post().legs().found(index);
                let Some(count) = self.take_leg_batch(socket) else { return Left::End };
                taken += count;
            }
            if ready < BATCH {
                return Left::Nothing;
            }
        }
        Left::More
    }

    /// As [`take_batch`](Self::take_batch). The call may have ended since the look, and its slot be another's; that one's datagrams are as welcome.
    fn take_leg_batch(&mut self, socket: LegSocket) -> Option<usize> {
        let Some(opened) = self.desk.post().legs().socket(socket) else { return Some(0) };
        let count = self.inbox.receive_up_to(opened, LEG_BATCH).unwrap_or_else(cannot_be_read);
        let lost = self.inbox.overflow().map_or(0, |total| self.desk.post().legs_mut().newly_lost(socket, total));
        let now = Instant::now();
        if self.carry_out_commands(now) == Left::End {
            return None;
        }
        for arrival in self.inbox.arrivals() {
            self.desk.leg_datagram(now, socket, arrival);
        }
        self.count_batch(count);
        self.desk.counters().kernel_drops += lost;
        Some(count)
    }

    fn count_batch(&mut self, count: usize) {
        self.pace.count(count);
        let counters = self.desk.counters();
        counters.receive_calls += 1;
        let too_long = self.inbox.take_too_long();
        counters.datagrams_in += too_long;
        counters.strays[Stray::TooLong as usize] += too_long;
    }

    fn count(&mut self, count: usize, number: usize) {
        self.count_batch(count);
        let counters = self.desk.counters();
        if let Some(lost) = self.inbox.overflow() {
            counters.kernel_drops += self.kernel_drops[number].since_last(lost);
        }
    }

    fn take_natives(&mut self, now: Instant) -> Left {
        if self.natives.is_empty() {
            self.shared.natives.take(&mut self.natives);
        }
        for _ in 0..MAX_NATIVES {
            let Some(native) = self.natives.pop_front() else { return Left::Nothing };
            self.desk.native(now, native);
        }
        Left::More
    }

    fn serve_timers(&mut self, now: Instant) -> Left {
        for _ in 0..MAX_TIMERS {
            if !self.desk.timer(now) {
                return Left::Nothing;
            }
        }
        Left::More
    }

    /// Sleeps: through the rest of the round when there is load, until something happens when there is none.
    fn rest(&mut self, began: Instant) {
        if self.shared.mailbox.is_waiting() || self.shared.natives.is_waiting() {
            return self.turns.look();
        }
        let now = Instant::now();
        let retry = self.desk.news().is_waiting().then(|| now + NEWS_RETRY);
        let wake = [self.desk.next_timer(), retry].into_iter().flatten().min();
        if self.pace.is_busy(now) {
            let end = wake.map_or(began + ROUND, |wake| wake.min(began + ROUND));
            let left = end.saturating_duration_since(now);
            if !left.is_zero() {
                self.desk.counters().naps += 1;
                self.turns.nap(left);
            }
            return self.turns.look();
        }
        self.desk.counters().waits += 1;
        self.turns.wait(wake.map(|wake| wake.saturating_duration_since(now)));
    }

    /// The calls are closed; their last words leave, and their ends are told as long as somebody takes them.
    fn finish(&mut self) {
        self.desk.post().flush();
        for _ in 0..LAST_RETRIES {
            self.desk.news().retry();
            if !self.desk.news().is_waiting() {
                return;
            }
            std::thread::sleep(NEWS_RETRY);
        }
        tracing::warn!("some calls ended with the media thread and the engine was not there to hear it");
    }
}

/// One batch; an error of the socket is logged and passes for an empty one.
fn receive(inbox: &mut Inbox, socket: &UdpSocket) -> usize {
    inbox.receive(socket).unwrap_or_else(cannot_be_read)
}

fn cannot_be_read(error: std::io::Error) -> usize {
    tracing::error!(%error, "a media socket cannot be read");
    0
}

/// How much arrives, measured over windows of [`Pace::WINDOW`].
struct Pace {
    since: Instant,
    counted: u32,
    busy: bool,
}

impl Pace {
    const WINDOW: Duration = Duration::from_millis(50);

    fn new(now: Instant) -> Pace {
        Pace { since: now, counted: 0, busy: false }
    }

    fn count(&mut self, datagrams: usize) {
        self.counted = self.counted.saturating_add(datagrams as u32);
    }

    /// Judges by the window that has just ended, and at once when this one is full already.
    fn is_busy(&mut self, now: Instant) -> bool {
        let enough = BUSY_PER_SECOND / (1000 / Self::WINDOW.as_millis() as u32);
        let over = now.saturating_duration_since(self.since) >= Self::WINDOW;
        if over || self.counted >= enough {
            self.busy = self.counted >= enough;
        }
        if over {
            (self.since, self.counted) = (now, 0);
        }
        self.busy
    }
}

/// One round's datagrams, with the commands that must come first, for a test that has the thread in its hands.
#[cfg(test)]
impl MediaThread {
    pub(crate) fn take_what_arrived(&mut self) {
        self.turns.look();
        self.take_datagrams();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn works_in_rounds_under_load_and_goes_back_to_sleep_after_it() {
        let start = Instant::now();
        let mut pace = Pace::new(start);
        let at = |millis| start + Duration::from_millis(millis);
        assert!(!pace.is_busy(at(1)));
        pace.count(99);
        assert!(!pace.is_busy(at(2)), "99 in 50 ms are below 2000 a second");
        pace.count(1);
        assert!(pace.is_busy(at(3)), "100 are not, and the window need not end for that");
        assert!(pace.is_busy(at(50)), "the window ends");
        assert!(pace.is_busy(at(99)), "the one before was busy");
        assert!(!pace.is_busy(at(100)), "nothing came in a whole window");
    }
}
