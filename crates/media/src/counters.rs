//! What one media thread has done so far.

use std::time::Duration;

use crate::udp::Flushed;

/// Why a datagram reached no leg.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(usize)]
pub enum Stray {
    /// Neither STUN, DTLS, RTP nor RTCP, from an address that is no leg's.
    Garbage,
    /// Longer than any datagram we take.
    TooLong,
    /// STUN that is not addressed to a user name fragment, from an address that is no leg's.
    StunWithoutUser,
    /// STUN for a fragment that is not, or no longer, one of ours.
    UnknownUfrag,
    /// STUN for a fragment of ours that came to another port than the session description named with it.
    WrongPort,
    /// A check from a new address after this round's allowance for those was spent.
    TooManyStrangers,
    /// DTLS, RTP or RTCP from an address that is no leg's.
    UnknownAddress,
    /// Of an address family that has no address in our session descriptions.
    NoLocalAddress,
}

impl Stray {
    /// Every reason, in the order of the counters.
    pub const ALL: [Stray; 8] = [
        Stray::Garbage,
        Stray::TooLong,
        Stray::StunWithoutUser,
        Stray::UnknownUfrag,
        Stray::WrongPort,
        Stray::TooManyStrangers,
        Stray::UnknownAddress,
        Stray::NoLocalAddress,
    ];

    /// The name used in metrics.
    pub fn name(self) -> &'static str {
        match self {
            Stray::Garbage => "garbage",
            Stray::TooLong => "too_long",
            Stray::StunWithoutUser => "stun_without_user",
            Stray::UnknownUfrag => "unknown_ufrag",
            Stray::WrongPort => "wrong_port",
            Stray::TooManyStrangers => "too_many_strangers",
            Stray::UnknownAddress => "unknown_address",
            Stray::NoLocalAddress => "no_local_address",
        }
    }
}

/// A snapshot of one thread.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ThreadCounters {
    /// Calls carried at this moment.
    pub calls: usize,
    /// Remote addresses known at this moment.
    pub addresses: usize,
    /// Datagrams taken from the sockets.
    pub datagrams_in: u64,
    /// What became of those sent.
    pub sent: Flushed,
    /// Receiving system calls.
    pub receive_calls: u64,
    /// Datagrams that the kernel dropped because we were late.
    pub kernel_drops: u64,
    /// Datagrams that reached no leg, by [`Stray`].
    pub strays: [u64; Stray::ALL.len()],
    /// Rounds of the thread's loop.
    pub rounds: u64,
    /// Times it slept with packets expected.
    pub naps: u64,
    /// Times it slept until something happened.
    pub waits: u64,
    /// Times that a call asked for a remote address that carried another call on the same port of ours.
    pub address_conflicts: u64,
    /// Events that could not be told because nobody took them.
    pub events_dropped: u64,
    /// Packets passed on that were made by transcoding.
    pub transcoded: u64,
    /// Calls given up because of a defect in our code.
    pub calls_broken: u64,
    /// Times that the thread started over after a panic outside any one call; its calls ended each time.
    pub restarts: u64,
    /// Processor time used.
    pub cpu: Duration,
}

impl ThreadCounters {
    pub(crate) fn stray(&mut self, reason: Stray) {
        self.strays[reason as usize] += 1;
    }

    /// How many datagrams reached no leg for `reason`.
    pub fn strays_of(&self, reason: Stray) -> u64 {
        self.strays[reason as usize]
    }
}

/// Turns a wrapping 32-bit count of the kernel's into a running total.
#[derive(Clone, Copy, Default)]
pub(crate) struct Wrapping {
    last: u32,
}

impl Wrapping {
    pub(crate) fn since_last(&mut self, now: u32) -> u64 {
        let more = now.wrapping_sub(self.last);
        self.last = now;
        u64::from(more)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_has_a_counter_and_a_name_of_its_own() {
        let mut counters = ThreadCounters::default();
        for (index, reason) in Stray::ALL.into_iter().enumerate() {
            (0..=index).for_each(|_| counters.stray(reason));
        }
        assert_eq!(counters.strays, [1, 2, 3, 4, 5, 6, 7, 8]);
        let names: std::collections::HashSet<_> = Stray::ALL.iter().map(|reason| reason.name()).collect();
        assert_eq!(names.len(), Stray::ALL.len());
    }

    #[test]
    fn a_count_that_wraps_keeps_adding_up() {
        let mut count = Wrapping::default();
        assert_eq!([3, u32::MAX, 4].map(|now| count.since_last(now)), [3, u64::from(u32::MAX) - 3, 5]);
    }
}
