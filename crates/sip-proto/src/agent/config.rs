//! What a user agent is told once: who it is, how it writes, what it lets pass.

use super::policy::MethodRules;
use crate::dialog::OwnRoutes;
use crate::digest::{AskedBy, GuardConfig};
use crate::framing::FrameLimits;
use crate::outline::{Outline, ViaText};
use crate::transaction::SipTimers;
use crate::transaction::table::TransactionLimits;

/// The settings of a [`super::UserAgent`].
#[derive(Clone, Debug)]
pub struct AgentConfig {
    /// Our Via, around its branch.
    pub via: ViaText,
    /// What our requests begin with: 70 (RFC 3261 §8.1.1.6), or 69 for who shows a hop behind.
    pub max_forwards: u8,
    /// Who warns, in `Warning: 399`.
    pub warning_agent: String,
    /// Whether the source of a request is noted in the Via of its response, as RFC 3261 §18.2.1 and RFC 3581 §4 ask.
    pub notes_source: bool,
    /// Whether connections are streams. Datagrams are retransmitted and cut by their length.
    pub is_reliable: bool,
    /// Timers.
    pub timers: SipTimers,
    /// Sizes of messages.
    pub frame_limits: FrameLimits,
    /// Open transactions.
    pub transaction_limits: TransactionLimits,
    /// Open sessions, of both sides. Beyond: 503 to peers, an error to the caller.
    pub sessions: usize,
    /// How many more unusable messages than usable ones a connection may bring. Beyond: it is closed.
    pub noise: u32,
    /// Route entries that are ours.
    pub own_routes: OwnRoutes,
    /// The host that a Request-URI of an INVITE must have; another one, an address literal, or `sips:` is answered 404. `None` takes any.
    pub domain: Option<String>,
    /// Who must show credentials with an INVITE, and in which words it is asked.
    pub guard: Option<(AskedBy, GuardConfig)>,
    /// What other methods are answered.
    pub rules: MethodRules,
    /// Option tags that a peer may require.
    pub supported: Vec<&'static str>,
    /// Each message that comes is told, before anything is done with it: for whoever records what was said.
    pub tells_messages: bool,
    /// How the messages look that nobody asks for in particular.
    pub lines: StandardLines,
}

/// Outlines of what the agent sends by itself.
#[derive(Clone, Debug)]
pub struct StandardLines {
    /// The ACK of a 2xx.
    pub ack: Outline,
    /// A BYE that nobody asked for: no ACK came, or an INVITE was answered twice or too late.
    pub bye: Outline,
    /// 100.
    pub trying: Outline,
    /// 401 and 407.
    pub challenge: Outline,
    /// Every other response.
    pub response: Outline,
}

impl Default for StandardLines {
    fn default() -> StandardLines {
        StandardLines {
            ack: Outline::of_request(),
            bye: Outline::of_request(),
            trying: Outline::of_response(),
            challenge: Outline::of_response(),
            response: Outline::of_response(),
        }
    }
}

impl AgentConfig {
    /// An agent over TLS that serves INVITEs of anybody, with this Via and this name in its warnings.
    pub fn new(via: ViaText, name: &str) -> AgentConfig {
        AgentConfig {
            via,
            max_forwards: 70,
            warning_agent: name.to_owned(),
            notes_source: true,
            is_reliable: true,
            timers: SipTimers::default(),
            frame_limits: FrameLimits::default(),
            transaction_limits: TransactionLimits::default(),
            sessions: 4096,
            noise: 16,
            own_routes: OwnRoutes::default(),
            domain: None,
            guard: None,
            rules: MethodRules::platform(),
            supported: vec!["timer"],
            tells_messages: false,
            lines: StandardLines::default(),
        }
    }
}
