//! What the media plane reported, and which media rule falls due next.
//!
//! Platform docs, FAQ and Troubleshooting: no business media within 20 s of the start, or 30 s of silence later, ends the call.
//! The user's side has no published interval; the same two are used for it.

use crate::call::ending::{EndReason, Side};
use crate::limits::CallTimers;
use crate::time::WallTime;

/// Something the media plane saw.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MediaSign {
    /// ICE and DTLS are up on that side.
    Connected(Side),
    /// RTP came from that side: the first packet, or the first after silence.
    Flowing(Side),
    /// Neither RTP nor RTCP came from that side since then.
    Silent(Side, WallTime),
}

/// What one side's media does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Activity {
    /// Nothing came yet.
    #[default]
    Awaited,
    /// Packets come.
    Flowing,
    /// Packets came once and stopped.
    Silent {
        /// When the last packet came.
        since: WallTime,
    },
}

/// What is known of both sides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct MediaSeen {
    /// The user's phone.
    pub user: LegSeen,
    /// The business.
    pub business: LegSeen,
}

/// What is known of one side.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LegSeen {
    /// When ICE and DTLS came up.
    pub connected: Option<WallTime>,
    /// What its media does.
    pub activity: Activity,
}

impl MediaSeen {
    /// Audio flows both ways.
    pub fn both_ways(&self) -> bool {
        self.user.activity == Activity::Flowing && self.business.activity == Activity::Flowing
    }

    pub(super) fn note(&mut self, now: WallTime, sign: MediaSign) {
        match sign {
            MediaSign::Connected(side) => self.leg(side).connected = Some(now),
            MediaSign::Flowing(side) => self.leg(side).activity = Activity::Flowing,
            MediaSign::Silent(side, since) => self.leg(side).activity = Activity::Silent { since },
        }
    }

    fn leg(&mut self, side: Side) -> &mut LegSeen {
        match side {
            Side::User => &mut self.user,
            Side::Business => &mut self.business,
        }
    }

    /// The earliest rule that ends a call which talks since `start`.
    pub(super) fn next_deadline(&self, start: WallTime, timers: &CallTimers) -> Option<(WallTime, EndReason)> {
        let user = match self.user.activity {
            Activity::Awaited if self.user.connected.is_none() => Some((start + timers.first_media, EndReason::UserNeverConnected)),
            Activity::Awaited => Some((start + timers.silence, EndReason::UserWentSilent)),
            Activity::Flowing => None,
            Activity::Silent { since } => Some((since.max(start) + timers.silence, EndReason::UserWentSilent)),
        };
        let business = match self.business.activity {
            Activity::Awaited => Some((start + timers.first_media, EndReason::NoBusinessMedia)),
            Activity::Flowing => None,
            Activity::Silent { since } => Some((since.max(start) + timers.silence, EndReason::BusinessWentSilent)),
        };
        // On a tie the user's trouble is named first: a phone that never connected explains a silent business, not the reverse.
        match (user, business) {
            (Some(user), Some(business)) => Some(if business.0 < user.0 { business } else { user }),
            (one, other) => one.or(other),
        }
    }
}
