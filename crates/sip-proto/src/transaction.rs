//! The four transaction machines of RFC 3261 §17, with the Accepted states of RFC 6026, and the table that holds them.
//!
//! A machine knows states and timers, no bytes: it says *send again*, *acknowledge*, *tell*. The [`table`] keeps the bytes, finds the
//! transaction of a message, and has one next deadline for all.

mod destination;
pub mod invite_client;
pub mod invite_server;
mod key;
mod machine;
pub mod other_client;
pub mod other_server;
pub mod table;

use std::time::{Duration, Instant};

pub use key::{ClientKey, ServerKey};

/// The times that all timers are made of (RFC 3261 §17.1.1.1 and Table 4).
#[derive(Clone, Copy, Debug)]
pub struct SipTimers {
    /// A round trip.
    pub t1: Duration,
    /// The longest interval between retransmissions of what is not an INVITE, and of responses to INVITEs.
    pub t2: Duration,
    /// How long a message may stay in the network.
    pub t4: Duration,
    /// How long a refused INVITE's client transaction stays over unreliable transports; at least 32 s (§17.1.1.2).
    pub d: Duration,
}

impl Default for SipTimers {
    /// 500 ms, 4 s, 5 s, 32 s.
    fn default() -> SipTimers {
        SipTimers { t1: Duration::from_millis(500), t2: Duration::from_secs(4), t4: Duration::from_secs(5), d: Duration::from_secs(32) }
    }
}

impl SipTimers {
    /// 64 × T1: timers B, F, H, J, L and M, and how long a 2xx waits for its ACK.
    pub fn patience(&self) -> Duration {
        self.t1 * 64
    }
}

/// What a client transaction asks for.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
#[must_use]
pub struct ClientStep {
    /// Send the request again.
    pub resend: bool,
    /// Send the ACK of a refusal.
    pub ack: bool,
    /// What its owner must hear.
    pub news: Option<ClientNews>,
}

/// What the owner of a client transaction hears.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ClientNews {
    /// The response that came.
    Response,
    /// Nothing came in time (timers B and F).
    TimedOut,
    /// What carries it failed.
    TransportFailed,
}

impl ClientStep {
    const NOTHING: ClientStep = ClientStep { resend: false, ack: false, news: None };
    const RESEND: ClientStep = ClientStep { resend: true, ack: false, news: None };

    const fn news(news: ClientNews) -> ClientStep {
        ClientStep { resend: false, ack: false, news: Some(news) }
    }
}

/// What a server transaction asks for.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
#[must_use]
pub struct ServerStep {
    /// Send the last response, or that which was just given.
    pub send: bool,
    /// Send a 100 that the transaction makes itself: nobody answered within 200 ms (RFC 3261 §17.2.1).
    pub send_trying: bool,
    /// What its owner must hear.
    pub news: Option<ServerNews>,
}

/// What the owner of a server transaction hears.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ServerNews {
    /// The ACK to a 2xx (RFC 6026 §7.1).
    AckOfSuccess,
    /// The ACK to a refusal.
    AckOfRefusal,
    /// No ACK came to a refusal (timer H).
    NoAck,
}

impl ServerStep {
    const NOTHING: ServerStep = ServerStep { send: false, send_trying: false, news: None };
    const SEND: ServerStep = ServerStep { send: true, send_trying: false, news: None };

    const fn news(news: ServerNews) -> ServerStep {
        ServerStep { send: false, send_trying: false, news: Some(news) }
    }
}

/// A timer that sends again at growing intervals.
#[derive(Clone, Copy, Debug)]
struct Resending {
    at: Instant,
    interval: Duration,
}

impl Resending {
    fn start(now: Instant, interval: Duration) -> Resending {
        let interval = interval.max(Duration::from_millis(1)); // one of nothing would never let time pass
        Resending { at: now + interval, interval }
    }

    /// The next one, twice as far away, at most `cap`.
    fn doubled(self, cap: Option<Duration>) -> Resending {
        let doubled = self.interval * 2;
        let interval = cap.map_or(doubled, |cap| doubled.min(cap));
        Resending { at: self.at + interval, interval }
    }
}

fn is_due(moment: Option<Instant>, now: Instant) -> bool {
    moment.is_some_and(|at| at <= now)
}

fn earliest(moments: impl IntoIterator<Item = Option<Instant>>) -> Option<Instant> {
    moments.into_iter().flatten().min()
}
