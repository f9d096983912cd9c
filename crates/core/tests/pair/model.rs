//! A pair that forgets nothing: every rule read off the whole history, by counting.

use std::time::Duration;

use callport_core::limits::PairLimits;
use callport_core::pair::{Decision, Permission};
use callport_core::time::WallTime;

/// What happened, once it was allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fact {
    Requested,
    /// The user decided, on a card or in the profile; whether the business was told.
    Decided(Decision, bool),
    CalledBack,
    UserCallConnected,
    BusinessCallConnected,
    Unanswered,
    /// The user wrote, or placed a call.
    Heard,
    Blocked,
    Unblocked,
}

/// Everything that ever happened to one pair.
#[derive(Debug, Default)]
pub struct Model {
    history: Vec<(WallTime, Fact)>,
}

const DAY: Duration = Duration::from_secs(86_400);
const WEEK: Duration = Duration::from_secs(604_800);

impl Model {
    pub fn note(&mut self, now: WallTime, fact: Fact) {
        self.history.push((now, fact));
    }

    pub fn requests_in_day(&self, now: WallTime) -> u32 {
        self.requests(now, DAY)
    }

    pub fn requests_in_week(&self, now: WallTime) -> u32 {
        self.requests(now, WEEK)
    }

    pub fn connected_in_day(&self, now: WallTime) -> u32 {
        count(&self.history, |(at, fact)| fact == Fact::BusinessCallConnected && now.since(at) < DAY)
    }

    /// Requests of a window, since the last connected call.
    fn requests(&self, now: WallTime, window: Duration) -> u32 {
        let connected = self.history.iter().rposition(|(_, fact)| is_connected(*fact)).map_or(0, |at| at + 1);
        count(&self.history[connected..], |(at, fact)| fact == Fact::Requested && now.since(at) < window)
    }

    /// Whether the user was heard of in the last 24 h.
    pub fn window_open(&self, now: WallTime) -> bool {
        count(&self.history, |(at, fact)| opens_the_window(fact) && now.since(at) < DAY) > 0
    }

    /// Unanswered calls since the last one that was answered, the last time the user granted, and the last time a row was full.
    pub fn row(&self, limits: &PairLimits) -> u32 {
        let ends_a_row = |fact: Fact| is_connected(fact) || matches!(fact, Fact::Decided(Decision::Allow | Decision::AllowTemporarily, _));
        let start = self.history.iter().rposition(|(_, fact)| ends_a_row(*fact)).map_or(0, |at| at + 1);
        count(&self.history[start..], |(_, fact)| fact == Fact::Unanswered) % limits.revoke_after
    }

    /// The user's last word on it was to block.
    fn is_blocked(&self) -> bool {
        let last = self.history.iter().rev().find(|(_, fact)| matches!(fact, Fact::Blocked | Fact::Unblocked));
        matches!(last, Some((_, Fact::Blocked)))
    }

    /// The last word on the permission, unless its time is over.
    pub fn permission(&self, now: WallTime, limits: &PairLimits) -> Permission {
        let Some((last, rest)) = self.history.split_last() else { return Permission::None };
        if self.is_blocked() {
            return Permission::None;
        }
        let earlier = || Model { history: rest.to_vec() };
        let decided = match last.1 {
            Fact::Decided(Decision::Allow, _) => Permission::Permanent,
            Fact::Decided(Decision::AllowTemporarily, _) => Permission::Temporary { until: last.0 + limits.temporary },
            Fact::Decided(Decision::Deny, _) => Permission::None,
            Fact::CalledBack if earlier().permission(last.0, limits) != Permission::Permanent => {
                Permission::Temporary { until: last.0 + limits.temporary }
            }
            Fact::Unanswered if self.row(limits) == 0 => Permission::None,
            // What there was before the block does not come back.
            Fact::Unblocked => Permission::None,
            _ => earlier().permission(now, limits),
        };
        if matches!(decided, Permission::Temporary { until } if now >= until) { Permission::None } else { decided }
    }

    /// The most that any window of the whole history ever held: requests of a day, of a week, connected calls of a day.
    pub fn fullest(&self) -> (u32, u32, u32) {
        let mut fullest = (0, 0, 0);
        for length in 1..=self.history.len() {
            let until = Model { history: self.history[..length].to_vec() };
            let now = self.history[length - 1].0;
            fullest.0 = fullest.0.max(until.requests_in_day(now));
            fullest.1 = fullest.1.max(until.requests_in_week(now));
            fullest.2 = fullest.2.max(until.connected_in_day(now));
        }
        fullest
    }
}

fn count(history: &[(WallTime, Fact)], counts: impl Fn((WallTime, Fact)) -> bool) -> u32 {
    history.iter().filter(|entry| counts(**entry)).count() as u32
}

fn is_connected(fact: Fact) -> bool {
    matches!(fact, Fact::UserCallConnected | Fact::BusinessCallConnected)
}

fn opens_the_window(fact: Fact) -> bool {
    matches!(fact, Fact::Heard | Fact::BusinessCallConnected | Fact::Decided(_, true))
}
