//! Permission: the whole history of each pair, judged by a model that knows nothing of how the platform keeps it.

use std::collections::{BTreeMap, BTreeSet};

use callport_core::call::EndReason;
use callport_core::call_id::{CallId, Direction};
use callport_core::gate::{DeviceKind, Unavailable};
use callport_core::ids::{PhoneNumberId, UserId};
use callport_core::limits::{DAY, WEEK};
use callport_core::outreach::OutreachRefusal;
use callport_core::pair::PairRefusal;
use callport_core::pair::{Decision, Permission, ReplySource};
use callport_core::settings::Switch;
use callport_core::time::WallTime;
use callport_engine::journal::{Entry, Fact};
use callport_engine::records::Message;
use callport_flow::{Key, Row};
use callport_store::StoreSnapshot;

use super::Books;
use crate::plan::pair_limits;

type Pair = (PhoneNumberId, UserId);

#[derive(Default)]
pub(super) struct Pairs {
    history: BTreeMap<Pair, Vec<(WallTime, Had)>>,
    touched: BTreeSet<Pair>,
    rang: BTreeSet<CallId>,
    talked: BTreeSet<CallId>,
    /// The highest moment that was ever seen: what had gone by then may be forgotten, though the calendar went back.
    latest: WallTime,
}

/// What happened between a business and a user.
#[derive(Clone, Copy, PartialEq)]
enum Had {
    Heard,
    Decided(Decision),
    Unanswered,
    Connected(Direction),
    CalledBack,
    Requested,
    Blocked,
    Unblocked,
}

/// What follows from a history.
#[derive(Default)]
struct Standing {
    decided: Permission,
    unanswered: u32,
    requests: Vec<WallTime>,
    connected: Vec<WallTime>,
    /// The user's last word.
    heard: Option<WallTime>,
    blocked: bool,
}

impl Standing {
    fn of(history: &[(WallTime, Had)]) -> Self {
        let (mut standing, limits) = (Self::default(), pair_limits());
        for (at, had) in history {
            match had {
                Had::Heard => standing.heard = standing.heard.max(Some(*at)),
                Had::Decided(Decision::Deny) => standing.decided = Permission::None,
                Had::Decided(Decision::Allow) => (standing.decided, standing.unanswered) = (Permission::Permanent, 0),
                Had::Decided(Decision::AllowTemporarily) => {
                    (standing.decided, standing.unanswered) = (Permission::Temporary { until: *at + limits.temporary }, 0);
                }
                Had::Unanswered if standing.unanswered + 1 == limits.revoke_after => {
                    (standing.decided, standing.unanswered) = (Permission::None, 0);
                }
                Had::Unanswered => standing.unanswered += 1,
                Had::Connected(direction) => {
                    standing.unanswered = 0;
                    standing.requests.clear();
                    if *direction == Direction::BusinessInitiated {
                        standing.connected.push(*at);
                        standing.heard = standing.heard.max(Some(*at));
                    }
                }
                Had::CalledBack if standing.blocked || standing.decided == Permission::Permanent => {}
                Had::Blocked => (standing.blocked, standing.decided) = (true, Permission::None),
                Had::Unblocked => standing.blocked = false,
                Had::CalledBack => standing.decided = Permission::Temporary { until: *at + limits.temporary },
                Had::Requested => standing.requests.push(*at),
            }
        }
        standing
    }

    fn permission(&self, now: WallTime) -> Permission {
        match self.decided {
            Permission::Temporary { until } if now >= until => Permission::None,
            permission => permission,
        }
    }
}

impl Books {
    pub(super) fn permission(&self, number: &PhoneNumberId, user: &UserId, now: WallTime) -> Permission {
        self.standing(&(number.clone(), user.clone())).permission(now)
    }

    /// As far as it cannot have been forgotten by a calendar that had been ahead.
    pub(super) fn connected_too_many(&self, number: &PhoneNumberId, user: &UserId, now: WallTime) -> bool {
        let now = now.max(self.pairs.latest);
        let connected = self.standing(&(number.clone(), user.clone())).connected;
        connected.iter().filter(|at| now < **at + DAY).count() >= pair_limits().connected_per_day as usize
    }

    fn standing(&self, pair: &Pair) -> Standing {
        Standing::of(self.pairs.history.get(pair).map_or(&[], Vec::as_slice))
    }

    pub(super) fn noted_of_pair(&mut self, entry: &Entry, left: &StoreSnapshot<'_>) {
        let about = &entry.about;
        self.pairs.latest = self.pairs.latest.max(entry.at);
        let (Some(number), Some(user)) = (&about.number, &about.user) else { return };
        let pair = (number.clone(), user.clone());
        let had = match (&entry.fact, &about.call) {
            (Fact::PermissionDecided { decision }, _) => Had::Decided(*decision),
            (Fact::UserSaid { .. } | Fact::UserPlacedCall { .. }, _) => {
                if self.standing(&pair).blocked {
                    self.violated(about.call.as_ref(), format!("pair {pair:?}: the user reached a business that they block"));
                }
                Had::Heard
            }
            (Fact::UserBlocked, _) => Had::Blocked,
            (Fact::UserUnblocked, _) => Had::Unblocked,
            (Fact::PermissionChanged { source: ReplySource::UserAction, .. }, _) => Had::Heard,
            (Fact::MessageSent { asks_permission: true, .. }, _) => {
                self.may_request(&pair, entry.at);
                Had::Requested
            }
            (Fact::DeviceRings | Fact::UserDeclined, Some(call)) => {
                self.pairs.rang.insert(call.clone());
                return;
            }
            (Fact::UserPickedUp { .. }, Some(call)) => {
                self.pairs.talked.insert(call.clone());
                Had::Connected(Direction::BusinessInitiated)
            }
            (Fact::BusinessAsked { action }, _) if action == "accept" => Had::Connected(Direction::UserInitiated),
            (Fact::CallEnded { reason, .. }, Some(call)) => match self.ended_for_pair(call, &pair, *reason, left) {
                Some(had) => had,
                None => return,
            },
            _ => return,
        };
        self.pairs.history.entry(pair.clone()).or_default().push((entry.at, had));
        self.pairs.touched.insert(pair);
    }

    fn may_request(&mut self, pair: &Pair, at: WallTime) {
        let (now, limits) = (at.max(self.pairs.latest), pair_limits());
        let requests = self.standing(pair).requests;
        let within = |time| requests.iter().filter(|at| now < **at + time).count();
        if within(DAY) >= limits.requests_per_day as usize || within(WEEK) >= limits.requests_per_week as usize {
            self.violated(None, format!("pair {pair:?}: asked for permission more often than is allowed"));
        }
    }

    fn ended_for_pair(&self, call: &CallId, pair: &Pair, reason: EndReason, left: &StoreSnapshot<'_>) -> Option<Had> {
        // The call's entries come before its row: what is placed and over in one commit is no news for the pair.
        let record = &self.calls.placed.get(call)?.record;
        match record.direction {
            Direction::BusinessInitiated => {
                let rang = self.pairs.rang.contains(call) || reason == EndReason::Declined;
                let unanswered = rang && !self.pairs.talked.contains(call) && reason.unanswered(pair_limits().cancelled_counts);
                unanswered.then_some(Had::Unanswered)
            }
            Direction::UserInitiated => {
                let Some(Row::Number(number)) = Self::number(left, &pair.0).as_deref().cloned() else { return None };
                let grants = number.settings.callback_permission_status == Some(Switch::Enabled);
                (grants && record.device == Some(DeviceKind::Phone)).then_some(Had::CalledBack)
            }
        }
    }

    /// The platform's rows of the pairs that this commit was about.
    pub(super) fn compare_pairs(&mut self, left: &StoreSnapshot<'_>) {
        for pair in std::mem::take(&mut self.pairs.touched) {
            let standing = self.standing(&pair);
            let kept = match left.row(&Key::Pair(pair.0.clone(), pair.1.clone())).row.as_deref() {
                Some(Row::Pair(record)) => record.pair.clone(),
                _ => callport_core::pair::Pair::default(),
            };
            if (kept.decided, kept.unanswered) != (standing.decided, standing.unanswered) {
                let is = format!("{:?} after {} unanswered calls", kept.decided, kept.unanswered);
                let should = format!("{:?} after {}", standing.decided, standing.unanswered);
                self.violated(None, format!("pair {pair:?}: the permission is {is}; by the whole history {should}"));
            }
            if kept.is_blocked() != standing.blocked {
                self.violated(None, format!("pair {pair:?}: blocked: {}; by the whole history {}", kept.is_blocked(), standing.blocked));
            }
            // What had gone when the calendar was further ahead may be forgotten.
            let latest = self.pairs.latest;
            let counts = |kept: &[WallTime], all: &[WallTime], window| {
                let within = |times: &[WallTime]| times.iter().filter(|at| latest < **at + window).copied().collect::<Vec<_>>();
                within(kept) == within(all)
            };
            if !counts(&kept.requests, &standing.requests, WEEK) || !counts(&kept.connected, &standing.connected, DAY) {
                self.violated(None, format!("pair {pair:?}: counted other requests or calls than there were"));
            }
            if kept.heard_at != standing.heard {
                self.violated(None, format!("pair {pair:?}: heard {:?} last; by the whole history {:?}", kept.heard_at, standing.heard));
            }
        }
    }

    /// What is no template goes while the customer service window is open.
    pub(super) fn wrote_freely(&mut self, message: &Message) {
        let pair = (message.number.clone(), message.user.clone());
        if self.standing(&pair).heard.is_none_or(|at| message.at >= at + DAY) {
            self.violated(None, format!("pair {pair:?}: the business wrote freely, and the user had not been heard for a day"));
        }
    }

    /// A refusal that is on record says what was true.
    pub(super) fn noted_refusal(&mut self, entry: &Entry, left: &StoreSnapshot<'_>) {
        let (says, places) = match &entry.fact {
            Fact::UserCallRefused { says } => (says, true),
            Fact::BusinessRefused { says, action } => (says, action == "connect"),
            _ => return,
        };
        let Some(number) = entry.about.number.as_ref().filter(|_| places) else { return };
        let off = *says == Unavailable::CallingOff.to_string() || *says == OutreachRefusal::CallingOff.to_string();
        let on = matches!(Self::number(left, number).as_deref(), Some(Row::Number(row)) if row.settings.enabled());
        if off && on {
            self.violated(None, format!("number {number}: on record as refused because calling is off, and it is on"));
        }
        if let Some(user) = &entry.about.user
            && *says == PairRefusal::NoPermission.to_string()
            && self.permission(number, user, entry.at) != Permission::None
        {
            self.violated(None, format!("number {number}, user {user}: on record as refused without permission, which is there"));
        }
    }
}
