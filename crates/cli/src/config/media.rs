//! Where media flows.

use std::net::{IpAddr, Ipv4Addr};

use super::section::section;
use super::value::words;

words! {
    /// Which generation of published session descriptions is written.
    pub enum SdpDialect {
        /// As captured in 2026.
        Current = "current",
        /// As in the first public year, to test a client's parser.
        Older = "older",
    }
}

words! {
    /// Our side of `a=setup` in an answer to a business whose offer leaves it to us.
    pub enum AnswerSetup {
        /// The business starts DTLS.
        Passive = "passive",
        /// We do.
        Active = "active",
    }
}

section! {
    /// The media relay: one thread and a few UDP ports for each core given to it.
    pub struct MediaSection = "media" {
        /// Threads. 0: one for every two cores.
        pub threads: u16 = 0,
        /// Addresses to take packets on: at most one IPv4 and one IPv6 address.
        pub bind: Vec<IpAddr> = vec![Ipv4Addr::UNSPECIFIED.into()],
        /// The first UDP port; threads × ports_per_thread follow each other from there, and all of them must be reachable. 0: free ports.
        pub port: u16 = 0,
        /// UDP ports of each thread, 1 to 64. A backend that has one UDP socket for all its calls (LiveKit, Jitsi, mediasoup and Pion's mux do) can have
        /// so many at the same time on each thread.
        pub ports_per_thread: u16 = 8,
        /// The first UDP port of business legs whose keys come by SDES, an even one; they have two each, and all must be reachable. 0: free ports.
        pub sdes_port: u16 = 0,
        /// How many UDP ports such legs may have at the same time, all threads together: twice the calls. Beyond that calls of such numbers are
        /// refused. Each port in use is a file descriptor.
        pub sdes_ports: u16 = 2_000,
        /// Addresses written into session descriptions, for machines behind address translation. Empty: the addresses of this machine.
        pub external: Vec<IpAddr> = vec![],
        /// Calls that one thread carries at most.
        pub calls_per_thread: usize = 4096,
        /// Keep each thread on a core of its own, on machines that do nothing else.
        pub pin: bool = false,
        /// Threads that transcode for businesses that speak G.711. 0: PCMA and PCMU are not offered.
        pub transcoders: u16 = 1,
        /// "current" or "older": the generation of session descriptions that businesses are sent.
        pub sdp_dialect: SdpDialect = SdpDialect::Current,
        /// "passive" or "active": a=setup in answers to businesses whose offer says actpass. Samples of 2026 differ; clients expect "passive".
        pub sdp_answer_setup: AnswerSetup = AnswerSetup::Passive,
    }
}
