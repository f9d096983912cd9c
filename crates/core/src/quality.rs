//! The quality of a number's calls: what users complain of and what the business lets ring, and what follows from it (platform docs, Calling, Quality restrictions; Webhooks, account_update).

use std::time::Duration;

use crate::call_id::Direction;
use crate::ids::UserId;
use crate::limits::WEEK;
use crate::time::WallTime;
use crate::words::words;

/// A warning, or the hiding of the call button.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QualityNotice {
    /// Users block or report the business for its calls: no business-initiated calls may follow.
    BusinessInitiated,
    /// Users block or report the business for how it takes calls: no user-initiated calls may follow.
    UserInitiated,
    /// Too few of the users' calls are picked up: the call button may be hidden.
    LowPickUp,
    /// The call button is hidden, until the business shows it again by `call_icon_visibility`.
    CallButtonHidden,
}

words!(QualityNotice {
    BusinessInitiated = "LOW_BUSINESS_INITIATED_CALLING_QUALITY",
    UserInitiated = "LOW_USER_INITIATED_CALLING_QUALITY",
    LowPickUp = "USER_INITIATED_CALLS_LOW_PICKUP_RATE",
    CallButtonHidden = "RESTRICTED_USER_INITIATED_CALLING_CALL_BUTTON_HIDDEN",
});

/// When complaints and missed calls have consequences. None of these figures is published, so all of them are an operator's to choose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QualityRules {
    /// How long a complaint and a call count.
    pub window: Duration,
    /// Users who complain of calls in one direction until the business is warned; 0: it never is.
    pub complaints_until_warning: u32,
    /// The same until that direction is paused; 0: it never is.
    pub complaints_until_pause: u32,
    /// How long such a pause lasts.
    pub pause: Duration,
    /// Users' calls before a share of them says anything; 0: pick-ups are not judged.
    pub calls_until_judged: u32,
    /// Fewer of a hundred calls picked up: the business is warned.
    pub warning_below_percent: u32,
    /// Fewer of a hundred calls picked up: the call button is hidden.
    pub hidden_below_percent: u32,
}

impl QualityRules {
    /// Where nobody says otherwise. The week is that of the published pauses.
    pub const USUAL: Self = Self {
        window: WEEK,
        complaints_until_warning: 5,
        complaints_until_pause: 10,
        pause: WEEK,
        calls_until_judged: 100,
        warning_below_percent: 30,
        hidden_below_percent: 10,
    };
}

impl Default for QualityRules {
    fn default() -> Self {
        Self::USUAL
    }
}

/// Most complaints that are kept of one number: more than any rule waits for.
pub const MAX_COMPLAINTS: usize = 1_000;

/// A user who complained of a call; the newest complaint of each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Complaint {
    /// Who.
    pub user: UserId,
    /// Of a call in this direction.
    pub direction: Direction,
    /// When.
    pub at: WallTime,
}

/// What is known of the quality of one number's calls.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Quality {
    /// Those that still count, oldest first.
    pub complaints: Vec<Complaint>,
    /// When the business was warned last, of what.
    pub warned: Vec<(QualityNotice, WallTime)>,
    /// Users' calls that ended before are not judged again: the call button was hidden then.
    pub judged_until: Option<WallTime>,
}

/// Users' calls of a number that ended since some moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PickUps {
    /// All.
    pub ended: u32,
    /// Those that the business took.
    pub picked_up: u32,
}

/// What a complaint or a missed call leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QualityConsequence {
    /// The business is warned, or its call button is hidden.
    Tell(QualityNotice),
    /// Calls in this direction are paused until then.
    Pause(Direction, WallTime),
}

impl Quality {
    /// A user complains of a call in that direction. Each user counts once, with the newest complaint.
    #[must_use]
    pub fn complaint(
        mut self,
        rules: &QualityRules,
        user: &UserId,
        direction: Direction,
        now: WallTime,
    ) -> (Self, Option<QualityConsequence>) {
        self.complaints.retain(|known| known.user != *user && counts(known.at, rules, now));
        if self.complaints.len() >= MAX_COMPLAINTS {
            self.complaints.remove(0);
        }
        self.complaints.push(Complaint { user: user.clone(), direction, at: now });
        let so_many = self.complaints.iter().filter(|complaint| complaint.direction == direction).count();
        let reached = |most: u32| most > 0 && so_many >= most as usize;
        if reached(rules.complaints_until_pause) {
            // What led to the pause is paid for by it.
            self.complaints.retain(|complaint| complaint.direction != direction);
            return (self, Some(QualityConsequence::Pause(direction, now + rules.pause)));
        }
        let notice = match direction {
            Direction::BusinessInitiated => QualityNotice::BusinessInitiated,
            Direction::UserInitiated => QualityNotice::UserInitiated,
        };
        match reached(rules.complaints_until_warning) {
            true => self.warning(rules, notice, now),
            false => (self, None),
        }
    }

    /// Since when users' calls are looked at; `None`: they are not.
    pub fn judged_since(&self, rules: &QualityRules, now: WallTime) -> Option<WallTime> {
        let since = now - rules.window;
        (rules.calls_until_judged > 0).then(|| self.judged_until.map_or(since, |until| until.max(since)))
    }

    /// A user's call was not picked up, and is among those.
    #[must_use]
    pub fn missed(mut self, rules: &QualityRules, calls: PickUps, now: WallTime) -> (Self, Option<QualityConsequence>) {
        if calls.ended < rules.calls_until_judged {
            return (self, None);
        }
        let below = |percent: u32| u64::from(calls.picked_up) * 100 < u64::from(percent) * u64::from(calls.ended);
        if below(rules.hidden_below_percent) {
            self.judged_until = Some(now);
            return (self, Some(QualityConsequence::Tell(QualityNotice::CallButtonHidden)));
        }
        match below(rules.warning_below_percent) {
            true => self.warning(rules, QualityNotice::LowPickUp, now),
            false => (self, None),
        }
    }

    /// Once in a window for each reason.
    fn warning(mut self, rules: &QualityRules, notice: QualityNotice, now: WallTime) -> (Self, Option<QualityConsequence>) {
        self.warned.retain(|(_, at)| counts(*at, rules, now));
        if self.warned.iter().any(|(known, _)| *known == notice) {
            return (self, None);
        }
        self.warned.push((notice, now));
        (self, Some(QualityConsequence::Tell(notice)))
    }
}

fn counts(at: WallTime, rules: &QualityRules, now: WallTime) -> bool {
    now < at + rules.window
}

#[cfg(test)]
mod tests;
