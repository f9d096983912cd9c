//! What the benchmark and its load say to each other: JSON, one message a line, over the load's standard input and output.

use std::net::SocketAddr;

use serde::{Deserialize, Serialize};

use super::CallKind;

/// To the load.
#[derive(Serialize, Deserialize)]
#[serde(tag = "order", rename_all = "snake_case")]
pub(crate) enum Order {
    /// Make the phones of so many more calls. Each is answered by [`Said::Offer`].
    Offer {
        /// How many.
        calls: usize,
        /// Of which kind.
        kind: CallKind,
    },
    /// What the platform said to one call's offer. Answered by [`Said::Answer`].
    Connect {
        /// Counted from 0.
        call: usize,
        /// For the phone.
        phone_answer: String,
        /// For the business.
        business_offer: String,
    },
    /// Wait until every leg is connected, but not longer than this. Answered by [`Said::Settled`].
    Settle {
        /// Milliseconds.
        patience_ms: u64,
    },
    /// Both ends of the first calls send a packet every 20 ms. Answered by [`Said::Ran`].
    Talk {
        /// How many calls.
        calls: usize,
        /// For how long, in milliseconds.
        millis: u64,
    },
    /// The same datagrams without ICE, DTLS and SRTP, to somebody who sends them back. Answered by [`Said::Ran`].
    Echo {
        /// Who.
        address: SocketAddr,
        /// From how many ends.
        ends: usize,
        /// For how long, in milliseconds.
        millis: u64,
    },
}

/// From the load.
#[derive(Serialize, Deserialize)]
#[serde(tag = "said", rename_all = "snake_case")]
pub(crate) enum Said {
    /// A phone's offer.
    Offer {
        /// Which call.
        call: usize,
        /// Its SDP.
        sdp: String,
    },
    /// A business's answer.
    Answer {
        /// Which call.
        call: usize,
        /// Its SDP.
        sdp: String,
    },
    /// How far the calls are.
    Settled {
        /// Calls with both legs connected.
        connected: usize,
        /// Why the first of those that will not be connected is not.
        trouble: Option<String>,
    },
    /// A run is over.
    Ran(Ran),
}

/// What the load saw of one run.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Ran {
    /// How long packets were sent.
    pub seconds: f64,
    /// Packets sent to the platform.
    pub sent: u64,
    /// Packets that should have been sent in that time.
    pub planned: u64,
    /// Packets that came back through the platform.
    pub received: u64,
    /// Packets bring the time at which they were sent; not where their audio is made anew on the way.
    pub timed: bool,
    /// From sealing to taking from the socket, through the platform.
    pub through: Delays,
    /// The same between two ends without a platform.
    pub direct: Delays,
    /// Share of its core that the load's thread used.
    pub core_share: f64,
    /// The longest that sending was behind the plan, in milliseconds.
    pub late_ms: f64,
    /// Datagrams that the kernel dropped in front of the load.
    pub kernel_drops: u64,
    /// Datagrams that the kernel did not take from the load.
    pub unsent: u64,
}

/// One-way delays, in milliseconds; nothing when no packet came.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Delays {
    /// Half of the packets took no longer.
    pub p50_ms: Option<f64>,
    /// 99 of 100.
    pub p99_ms: Option<f64>,
    /// All.
    pub max_ms: Option<f64>,
}

impl Ran {
    /// Share of the packets that did not come back.
    pub(crate) fn loss_ratio(&self) -> f64 {
        if self.sent == 0 { 1.0 } else { 1.0 - self.received as f64 / self.sent as f64 }
    }
}
