//! One business number and one user: call permission, its counters, and the customer service window
//! (platform docs, Obtain user call permissions; Calling pricing, customer service window).
//!
//! Only the user grants and takes away; the platform takes away after too many unanswered calls. All limits are rolling windows.

mod permission;

pub use permission::{Decision, Permission, PermissionReply, ReplySource};

use crate::call_id::Direction;
use crate::limits::{DAY, PairLimits, RECENT_CONTACT, REQUEST_LIFE, SERVICE_WINDOW, WEEK};
use crate::message::MessageId;
use crate::time::WallTime;

/// What is kept of a pair. Starts empty: no permission, nothing counted, no window.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Pair {
    /// As last decided; ask [`Pair::permission`], which knows that time passes.
    pub decided: Permission,
    /// Business-initiated calls in a row that the user did not answer.
    pub unanswered: u32,
    /// When permission was requested: the last 7 days, since the last connected call.
    pub requests: Vec<WallTime>,
    /// When business-initiated calls were picked up: the last 24 h.
    pub connected: Vec<WallTime>,
    /// The user's last word: opens the customer service window.
    pub heard_at: Option<WallTime>,
    /// The permission request that can be answered: the newest that reached the user.
    pub card: Option<Card>,
    /// Since when the user blocks the business (docs/decisions/0052): it has no permission, and nothing that it sends arrives.
    pub blocked_since: Option<WallTime>,
}

/// A permission request as the user sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Card {
    /// The message that asks.
    pub message: MessageId,
    /// When it reached the user.
    pub delivered_at: WallTime,
    /// The last answer, with its moment.
    pub answer: Option<(Decision, WallTime)>,
}

impl Card {
    /// From this moment on it cannot be answered: 7 days after its delivery or its last answer.
    pub fn answerable_until(&self) -> WallTime {
        self.answer.map_or(self.delivered_at, |(_, at)| at) + REQUEST_LIFE
    }
}

/// Why permission cannot be requested.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RequestRefusal {
    /// 138017.
    #[error("the user has already granted permanent call permission")]
    PermanentPermission,
    /// 138009.
    #[error("this user was asked for call permission as often as is allowed; the next request can be sent at unix time {}", next_at.unix_seconds())]
    Limit {
        /// When the next one is possible.
        next_at: WallTime,
    },
}

/// Why the pair does not let the business call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PairRefusal {
    /// 138006.
    #[error("the user has not granted call permission to this phone number, or it has run out or was taken back")]
    NoPermission,
    /// 138012.
    #[error("this user took as many calls of this phone number as is allowed in 24 hours; the next call can be placed at unix time {}", next_at.unix_seconds())]
    Limit {
        /// When the next one is possible.
        next_at: WallTime,
    },
}

/// A request that cannot be answered any more, or never could.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this request for call permission can no longer be answered")]
pub struct CardOver;

/// What unanswered calls lead to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Consequence {
    /// The user is asked to reconsider, by a message that the business does not see.
    Nudge,
    /// The permission is gone, and the business is told.
    Revoked(PermissionReply),
}

/// One published limit and how much of it is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Usage {
    /// How many are allowed.
    pub allowed: u32,
    /// How many count at this moment.
    pub used: u32,
    /// When the oldest of them stops counting; present only when nothing is left.
    pub frees_at: Option<WallTime>,
}

impl Pair {
    /// The permission at this moment. A temporary one ends silently, exactly when its time is over.
    pub fn permission(&self, now: WallTime) -> Permission {
        match self.decided {
            _ if self.is_blocked() => Permission::None,
            Permission::Temporary { until } if now >= until => Permission::None,
            permission => permission,
        }
    }

    /// The user blocks the business.
    pub fn is_blocked(&self) -> bool {
        self.blocked_since.is_some()
    }

    /// The user blocks the business: its permission is gone, for good and without a word to it. Again changes nothing.
    pub fn block(mut self, now: WallTime) -> Self {
        if !self.is_blocked() {
            self.blocked_since = Some(now);
            self.decided = Permission::None;
        }
        self
    }

    /// The user does not block the business any more. A permission has to be given anew.
    pub fn unblock(mut self) -> Self {
        self.blocked_since = None;
        self
    }

    /// Whether the business may ask for permission now.
    pub fn may_request(&self, now: WallTime, limits: &PairLimits) -> Result<(), RequestRefusal> {
        if self.permission(now) == Permission::Permanent {
            return Err(RequestRefusal::PermanentPermission);
        }
        let full = [self.requests_in_day(now, limits), self.requests_in_week(now, limits)].into_iter().filter_map(|usage| usage.frees_at);
        full.max().map_or(Ok(()), |next_at| Err(RequestRefusal::Limit { next_at }))
    }

    /// A request was accepted from the business.
    pub fn request(mut self, now: WallTime) -> Self {
        keep_recent(&mut self.requests, now, WEEK);
        self.requests.push(now);
        self
    }

    /// A request reached the user. Every older one is over.
    pub fn card_delivered(mut self, now: WallTime, message: MessageId) -> Self {
        self.card = Some(Card { message, delivered_at: now, answer: None });
        self
    }

    /// The card of this message, if it can still be answered: not while the business is blocked.
    pub fn answerable(&self, now: WallTime, message: &MessageId) -> Option<&Card> {
        let card = self.card.as_ref().filter(|_| !self.is_blocked());
        card.filter(|card| card.message == *message && now < card.answerable_until())
    }

    /// The user answers a request, or changes the answer. `None` when the same answer comes again and changes nothing.
    pub fn answer_card(
        self,
        now: WallTime,
        message: &MessageId,
        decision: Decision,
        limits: &PairLimits,
    ) -> Result<(Self, Option<PermissionReply>), CardOver> {
        let card = self.answerable(now, message).ok_or(CardOver)?;
        // A new answer is told even where it changes nothing: the business waits for it.
        let new = card.answer.is_none_or(|(before, _)| before != decision);
        let (mut pair, reply) = self.decide(now, decision, limits);
        if let Some(card) = &mut pair.card {
            card.answer = Some((decision, now));
        }
        let reply = reply.or_else(|| new.then_some(PermissionReply { permission: pair.decided, source: ReplySource::UserAction }));
        Ok((pair.heard_if(reply.is_some(), now), reply))
    }

    /// The user decides in the business profile, or on a card. `None` when nothing changes. A running temporary permission starts anew.
    /// What the business is told comes as a message of the user, and opens the customer service window like any other.
    pub fn decide(mut self, now: WallTime, decision: Decision, limits: &PairLimits) -> (Self, Option<PermissionReply>) {
        let before = self.permission(now);
        self.decided = match decision {
            Decision::Allow => Permission::Permanent,
            Decision::AllowTemporarily => Permission::Temporary { until: now + limits.temporary },
            Decision::Deny => Permission::None,
        };
        if decision != Decision::Deny {
            self.unanswered = 0;
        }
        let reply = (self.decided != before).then_some(PermissionReply { permission: self.decided, source: ReplySource::UserAction });
        (self.heard_if(reply.is_some(), now), reply)
    }

    /// The user called, and the number grants callbacks: a temporary permission, without being asked. A permanent one stays as it is, and
    /// who was blocked during the call gets none.
    pub fn call_back(mut self, now: WallTime, limits: &PairLimits) -> (Self, Option<PermissionReply>) {
        if self.is_blocked() || self.permission(now) == Permission::Permanent {
            return (self, None);
        }
        self.decided = Permission::Temporary { until: now + limits.temporary };
        let reply = PermissionReply { permission: self.decided, source: ReplySource::Automatic };
        (self, Some(reply))
    }

    /// The user asks to be called back, outside the hours in which the business takes calls. What there is known of that is that it makes a
    /// permission (unverified): the business is told it like any other decision of the user, also where a permanent one stays as it is.
    pub fn request_callback(mut self, now: WallTime, limits: &PairLimits) -> (Self, PermissionReply) {
        if self.permission(now) != Permission::Permanent {
            self.decided = Permission::Temporary { until: now + limits.temporary };
        }
        self.unanswered = 0;
        let reply = PermissionReply { permission: self.decided, source: ReplySource::UserAction };
        (self.heard(now), reply)
    }

    /// Whether permission and the pair's limit let the business call now.
    pub fn may_call(&self, now: WallTime, limits: &PairLimits) -> Result<(), PairRefusal> {
        if self.permission(now) == Permission::None {
            return Err(PairRefusal::NoPermission);
        }
        self.connected_in_day(now, limits).frees_at.map_or(Ok(()), |next_at| Err(PairRefusal::Limit { next_at }))
    }

    /// A call was picked up: requests may be sent anew, and the row of unanswered calls ends.
    pub fn call_connected(mut self, now: WallTime, direction: Direction) -> Self {
        self.requests.clear();
        self.unanswered = 0;
        if direction == Direction::BusinessInitiated {
            keep_recent(&mut self.connected, now, DAY);
            self.connected.push(now);
            return self.heard(now);
        }
        self
    }

    /// A business-initiated call rang and was not answered.
    pub fn call_unanswered(mut self, now: WallTime, limits: &PairLimits) -> (Self, Option<Consequence>) {
        self.unanswered += 1;
        if self.unanswered >= limits.revoke_after {
            self.unanswered = 0;
            let had = self.permission(now) != Permission::None;
            self.decided = Permission::None;
            let reply = PermissionReply { permission: Permission::None, source: ReplySource::Automatic };
            return (self, had.then_some(Consequence::Revoked(reply)));
        }
        let nudge = self.unanswered == limits.nudge_after && !self.is_blocked();
        (self, nudge.then_some(Consequence::Nudge))
    }

    /// The user wrote, called, took a call, or decided: the customer service window opens or starts anew.
    pub fn heard(mut self, now: WallTime) -> Self {
        self.heard_at = self.heard_at.max(Some(now));
        self
    }

    fn heard_if(self, told: bool, now: WallTime) -> Self {
        if told { self.heard(now) } else { self }
    }

    /// The two had contact lately: then the business sees the number of a user who adopted a username, too.
    pub fn met_lately(&self, now: WallTime) -> bool {
        self.heard_at.is_some_and(|at| now < at + RECENT_CONTACT)
    }

    /// Whether the business may write freely. Closed exactly 24 h after the user's last word.
    pub fn window_open(&self, now: WallTime) -> bool {
        self.heard_at.is_some_and(|at| now < at + SERVICE_WINDOW)
    }

    /// Requests of the last 24 h.
    pub fn requests_in_day(&self, now: WallTime, limits: &PairLimits) -> Usage {
        Usage::of(&self.requests, now, DAY, limits.requests_per_day)
    }

    /// Requests of the last 7 days.
    pub fn requests_in_week(&self, now: WallTime, limits: &PairLimits) -> Usage {
        Usage::of(&self.requests, now, WEEK, limits.requests_per_week)
    }

    /// Connected business-initiated calls of the last 24 h.
    pub fn connected_in_day(&self, now: WallTime, limits: &PairLimits) -> Usage {
        Usage::of(&self.connected, now, DAY, limits.connected_per_day)
    }
}

impl Usage {
    /// An event counts until exactly `window` after it.
    fn of(events: &[WallTime], now: WallTime, window: std::time::Duration, allowed: u32) -> Usage {
        let mut counted: Vec<_> = events.iter().copied().filter(|at| now < *at + window).collect();
        counted.sort_unstable();
        let used = u32::try_from(counted.len()).unwrap_or(u32::MAX);
        // With more than allowed on record (the limit was lowered), one is free when all above the limit have gone. Where none is allowed,
        // none is ever free: a whole window from now is the nearest that a moment comes to that.
        let above = used.checked_sub(allowed);
        let frees_at = above.map(|above| counted.get(above as usize).copied().unwrap_or(now) + window);
        Usage { allowed, used, frees_at }
    }
}

fn keep_recent(events: &mut Vec<WallTime>, now: WallTime, window: std::time::Duration) {
    events.retain(|at| now < *at + window);
}

#[cfg(test)]
mod tests;
