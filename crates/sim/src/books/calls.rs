//! Calls: each ends once, and no limit is passed.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::Duration;

use callport_core::call::EndReason;
use callport_core::call_id::{CallId, Direction};
use callport_core::ids::{AppId, PhoneNumberId, UserId, WabaId};
use callport_core::limits::{CallTimers, DAY};
use callport_core::pair::Permission;
use callport_core::time::WallTime;
use callport_engine::ports::Commit;
use callport_engine::records::{CallRecord, Number, Stage};
use callport_flow::{CallRow, NodeId, Row};
use callport_store::StoreSnapshot;

use super::Books;
use crate::plan::{CONCURRENT, STARTS};

/// Longer than any call may go without an answer, with what it takes to see so.
const UNANSWERED: Duration = Duration::from_secs(63);
/// Longer than it takes from the moment of a step to its commit, cuts included.
const COMMITTING: Duration = Duration::from_secs(12);

/// How long it takes to end for that reason, at least; a little less, because a call is placed a little before its commit is seen.
fn shortest(reason: EndReason) -> Duration {
    let timers = CallTimers::default();
    let window = match reason {
        EndReason::NotAnswered => timers.accept_window,
        EndReason::NotPickedUp => timers.ring_window,
        EndReason::BusinessNeverConnected => timers.connect_window,
        EndReason::NoBusinessMedia | EndReason::UserNeverConnected => timers.first_media,
        EndReason::BusinessWentSilent | EndReason::UserWentSilent => timers.silence,
        _ => Duration::ZERO,
    };
    window.saturating_sub(COMMITTING)
}

#[derive(Default)]
pub(super) struct Calls {
    pub(super) placed: HashMap<CallId, Placed>,
    live: BTreeMap<CallId, Live>,
    over: BTreeSet<CallId>,
    starts: BTreeMap<PhoneNumberId, Vec<WallTime>>,
    /// Apps that heard the end of a call.
    pub(super) heard: BTreeSet<(CallId, String)>,
    late: BTreeSet<CallId>,
    /// What SIP servers were told of a call, in order.
    sip: BTreeMap<CallId, Vec<&'static str>>,
    /// Calls that their own process ended because it stopped.
    cut: BTreeMap<NodeId, Vec<CallId>>,
}

pub(super) struct Placed {
    pub(super) record: CallRecord,
}

struct Live {
    number: PhoneNumberId,
    user: UserId,
    since: Duration,
    answered: bool,
}

impl Calls {
    pub(super) fn count(&self) -> usize {
        self.placed.len()
    }

    /// Calls whose end somebody never heard of.
    pub(super) fn unsettled(&self, subscribers: &[(AppId, WabaId)]) -> Vec<(Option<CallId>, String)> {
        let mut unsettled = Vec::new();
        for call in &self.over {
            let Some(placed) = self.placed.get(call) else { continue };
            for (app, _) in subscribers.iter().filter(|(_, waba)| *waba == placed.record.waba) {
                if !self.heard.contains(&(call.clone(), app.to_string())) {
                    unsettled.push((Some(call.clone()), format!("at the end: app {app} never heard that the call ended")));
                }
            }
        }
        unsettled
    }

    /// In good weather every SIP server that heard of a call heard of its end.
    pub(super) fn sip_unsettled(&self) -> Vec<(Option<CallId>, String)> {
        let untold = self.sip.iter().filter(|(_, told)| told.last() != Some(&"terminate"));
        untold.map(|(call, _)| (Some(call.clone()), "at the end: its SIP server never heard that the call ended".to_owned())).collect()
    }

    fn live_where(&self, which: impl Fn(&Live) -> bool) -> usize {
        self.live.values().filter(|live| which(live)).count()
    }
}

impl Books {
    pub(super) fn live_calls(&self) -> impl Iterator<Item = &CallId> {
        self.calls.live.keys()
    }

    pub(super) fn live_call_of(&self, user: &UserId) -> Option<CallId> {
        self.calls.live.iter().find(|(_, live)| live.user == *user).map(|(call, _)| call.clone())
    }

    pub(crate) fn was_placed(&self, call: &CallId) -> bool {
        self.calls.placed.contains_key(call)
    }

    pub(crate) fn direction(&self, call: &CallId) -> Option<Direction> {
        self.calls.placed.get(call).map(|placed| placed.record.direction)
    }

    pub(super) fn wrote_call(&mut self, row: &CallRow, commit: &Commit, left: &StoreSnapshot<'_>) {
        let call = &row.record.id;
        if self.calls.over.contains(call) {
            return self.violated(Some(call), "a call was written after its end".to_owned());
        }
        if !self.calls.placed.contains_key(call) {
            self.placed(row, left);
        }
        match &row.record.stage {
            Stage::Ended(_) => self.ended(row, commit),
            stage => {
                if let Some(live) = self.calls.live.get_mut(call) {
                    live.answered = matches!(stage, Stage::Active(_));
                }
            }
        }
    }

    fn placed(&mut self, row: &CallRow, left: &StoreSnapshot<'_>) {
        let record = &row.record;
        let call = &record.id;
        self.calls.placed.insert(call.clone(), Placed { record: record.clone() });
        if let Some(Row::Number(number)) = Self::number(left, &record.number).as_deref() {
            self.allows(number, record);
        }
        if record.direction == Direction::BusinessInitiated {
            self.started(record);
        }
        if !row.live() {
            return; // placed and busy: it held nobody
        }
        let (number, user) = (record.number.clone(), record.user.clone());
        if self.calls.live_where(|live| live.user == user) > 0 {
            self.violated(Some(call), format!("user {user} has another live call"));
        }
        if self.calls.live_where(|live| live.number == number) >= CONCURRENT as usize {
            self.violated(Some(call), format!("number {number} has {CONCURRENT} live calls already"));
        }
        let since = self.exec.now();
        self.calls.live.insert(call.clone(), Live { number, user, since, answered: false });
    }

    fn allows(&mut self, number: &Number, record: &CallRecord) {
        if !number.settings.enabled() {
            self.violated(Some(&record.id), format!("placed at number {}, where calling is off", number.id));
        }
        if number.paused_until(record.direction, record.placed_at).is_some() {
            self.violated(Some(&record.id), format!("placed at number {}, which is paused", number.id));
        }
    }

    fn started(&mut self, record: &CallRecord) {
        let (now, number) = (record.placed_at, &record.number);
        let starts = self.calls.starts.entry(number.clone()).or_default();
        let before = starts.iter().filter(|at| now < **at + DAY).count();
        starts.push(now);
        if before >= STARTS as usize {
            self.violated(Some(&record.id), format!("number {number} started {before} calls in the 24 h before this one"));
        }
        if self.permission(number, &record.user, now) == Permission::None {
            self.violated(Some(&record.id), "placed without permission of the user".to_owned());
        }
        if self.connected_too_many(number, &record.user, now) {
            self.violated(Some(&record.id), "placed though the user took as many calls as is allowed in a day".to_owned());
        }
    }

    fn ended(&mut self, row: &CallRow, commit: &Commit) {
        let call = &row.record.id;
        self.calls.over.insert(call.clone());
        if let Stage::Ended(ending) = &row.record.stage {
            self.keeps_call(call, ending.at);
            if ending.reason == EndReason::PlatformRestarted && row.owner == self.committer {
                self.calls.cut.entry(row.owner).or_default().push(call.clone());
            }
        }
        if let (Some(live), Stage::Ended(ending)) = (self.calls.live.remove(call), &row.record.stage) {
            let lived = self.exec.now() - live.since;
            if lived < shortest(ending.reason) {
                self.violated(Some(call), format!("a call ended after {lived:?}, and that for {}", ending.reason.name()));
            }
        }
        let told = |app: &AppId| {
            commit.webhooks.iter().any(|webhook| webhook.event == "terminate" && webhook.app == *app && webhook.call.as_ref() == Some(call))
        };
        let untold = self.subscribers.iter().find(|(app, waba)| *waba == row.record.waba && !told(app)).map(|(app, _)| app.clone());
        if let Some(app) = untold {
            self.violated(Some(call), format!("a call ended, and app {app} is not told"));
        }
    }

    /// A SIP server is told: of a call that is on record, from its beginning to its end and no further.
    pub(crate) fn sip_heard(&mut self, call: &CallId, event: &'static str) {
        if !self.calls.placed.contains_key(call) {
            self.violated(Some(call), format!("a SIP server is told of {event}, and the call is not on record"));
        }
        let told = self.calls.sip.entry(call.clone()).or_default();
        let wrong = match told.last() {
            None => event != "connect" && event != "terminate", // whoever took the call over knows of no beginning
            Some(&"terminate") => true,
            Some(_) => event == "connect",
        };
        told.push(event);
        if wrong {
            let all = told.join(", ");
            self.violated(Some(call), format!("a SIP server was told {all}"));
        }
    }

    /// A process has stopped in time: whoever had a call there that it ended was told of it, as far as anybody answers.
    pub(crate) fn stopped(&mut self, node: NodeId, now: &StoreSnapshot<'_>) {
        self.stops.push(self.exec.now());
        for call in self.calls.cut.remove(&node).unwrap_or_default() {
            if let Some(app) = self.untold(&call, node, now) {
                self.violated(Some(&call), format!("process {node} has stopped and ended this call, and app {app} was not told"));
            }
        }
    }

    /// In good weather: a call that nobody answers ends in time, whatever the calendar does.
    pub(crate) fn look_for_late_calls(&mut self) {
        let now = self.exec.now();
        let late = |live: &Live| !live.answered && now > live.since + UNANSWERED;
        let found: Vec<_> = self.calls.live.iter().filter(|(_, live)| late(live)).map(|(call, _)| call.clone()).collect();
        for call in found {
            if self.calls.late.insert(call.clone()) {
                self.violated(Some(&call), format!("nobody answered for {UNANSWERED:?}, and the call is live"));
            }
        }
    }
}
