//! Which delivery may go next: order within a call or message, fairness between receivers, patience for retries. No I/O.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use callport_core::ids::AppId;

use super::attempt::{Item, Subject};
use crate::records::DeliveryId;

type Lane = (Subject, AppId);
/// Where a delivery that is put off stands in line.
type Put = (Duration, DeliveryId);

/// Settled deliveries that are remembered: as many as may be settled while one answer of the store is on its way.
const SETTLED: usize = 4_096;

/// A moment in the life of a queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(crate) struct Mark(u64);

impl Mark {
    /// Before everything.
    pub(super) const BEGINNING: Mark = Mark(0);
}

/// Everything that is waiting.
#[derive(Default)]
pub(super) struct Queue {
    /// A lane exists while a first attempt of its subject and app is ready or under way; later ones wait in it.
    lanes: BTreeMap<Lane, VecDeque<Item>>,
    ready: BTreeMap<AppId, VecDeque<Item>>,
    later: BTreeMap<Put, Item>,
    /// Of those, first attempts that go once another webhook about the same has gone to the app.
    behind: BTreeMap<(AppId, Option<Subject>), BTreeSet<Put>>,
    in_flight: BTreeMap<AppId, usize>,
    /// Everything above, what is under way, and what was delivered and is not on record yet.
    known: BTreeSet<DeliveryId>,
    /// The last ones that were settled, in that order.
    settled: VecDeque<DeliveryId>,
    /// The same, with when.
    over: BTreeMap<DeliveryId, Mark>,
    now: Mark,
}

impl Queue {
    /// Take it before the store is asked, and hand it in with the answer.
    pub(super) fn mark(&self) -> Mark {
        self.now
    }

    /// A delivery enters: new, or as the store was found after `seen`. One that is here already changes nothing, nor does one that was settled
    /// since then: the answer of the store is older than that.
    pub(super) fn admit(&mut self, item: Item, now: Duration, seen: Mark) {
        let stale = self.over.get(&item.id).is_some_and(|settled| *settled > seen);
        if stale || !self.known.insert(item.id) {
            return;
        }
        if item.attempts > 0 || item.due > now {
            self.later.insert((item.due, item.id), item);
            return;
        }
        if let Some(lane) = lane_of(&item) {
            if let Some(waiting) = self.lanes.get_mut(&lane) {
                waiting.push_back(item);
                return;
            }
            self.lanes.insert(lane, VecDeque::new());
        }
        self.make_ready(item);
    }

    /// A new delivery that goes after the next one to its app about the same, or when it is due: as a test wants it that looks at webhooks out of
    /// order. It is in no lane itself.
    pub(super) fn admit_behind_the_next(&mut self, item: Item, about: Option<Subject>, now: Duration) {
        self.behind.entry((item.app.clone(), about)).or_default().insert((item.due, item.id));
        self.admit(item, now, Mark::BEGINNING);
    }

    /// Another webhook about the same has gone to that app.
    fn release_behind(&mut self, app: &AppId, about: Option<&Subject>) {
        if self.behind.is_empty() {
            return;
        }
        for due in self.behind.remove(&(app.clone(), about.cloned())).unwrap_or_default() {
            if let Some(item) = self.later.remove(&due) {
                self.make_ready(item);
            }
        }
    }

    /// Retries whose moment has come.
    pub(super) fn wake(&mut self, now: Duration) {
        while let Some(entry) = self.later.first_entry() {
            if entry.key().0 > now {
                return;
            }
            let item = entry.remove();
            self.make_ready(item);
        }
    }

    /// When the next retry is due.
    pub(super) fn next_due(&self) -> Option<Duration> {
        self.later.keys().next().map(|(due, _)| *due)
    }

    /// A delivery that may be attempted now, within `per_app` attempts under way for each app.
    pub(super) fn next(&mut self, per_app: usize) -> Option<Item> {
        let free = |app: &AppId, in_flight: &BTreeMap<AppId, usize>| in_flight.get(app).copied().unwrap_or(0) < per_app;
        let app = self.ready.keys().find(|app| free(app, &self.in_flight))?.clone();
        let items = self.ready.get_mut(&app)?;
        let item = items.pop_front();
        if items.is_empty() {
            self.ready.remove(&app);
        }
        *self.in_flight.entry(app).or_default() += 1;
        item
    }

    /// An attempt is over: the lane moves on, and what failed comes back when it is due.
    pub(super) fn settled(&mut self, app: &AppId, subject: Option<&Subject>, first: bool, again: Option<Item>) {
        if let Some(count) = self.in_flight.get_mut(app) {
            *count -= 1;
            if *count == 0 {
                self.in_flight.remove(app);
            }
        }
        if let Some(item) = again {
            self.later.insert((item.due, item.id), item);
        }
        if let (true, Some(subject)) = (first, subject) {
            self.advance((subject.clone(), app.clone()));
        }
        self.release_behind(app, subject);
    }

    /// A delivery is here, or was and is not on record yet.
    pub(super) fn knows(&self, id: DeliveryId) -> bool {
        self.known.contains(&id)
    }

    /// What became of a delivery is on record.
    pub(super) fn forget(&mut self, id: DeliveryId) {
        self.known.remove(&id);
        self.now = Mark(self.now.0 + 1);
        if self.over.insert(id, self.now).is_none() {
            self.settled.push_back(id);
        }
        if self.settled.len() > SETTLED
            && let Some(oldest) = self.settled.pop_front()
        {
            self.over.remove(&oldest);
        }
    }

    /// No first attempt waits or is under way. One that could not be made, because the store failed before it, waits among the retries.
    pub(super) fn is_idle(&self) -> bool {
        let none_put_off = || self.later.values().all(|item| item.attempts > 0);
        self.ready.is_empty() && self.in_flight.is_empty() && self.lanes.is_empty() && none_put_off()
    }

    /// Everything that waits or is under way.
    pub(super) fn len(&self) -> usize {
        self.known.len()
    }

    fn advance(&mut self, lane: Lane) {
        let Some(waiting) = self.lanes.get_mut(&lane) else { return };
        match waiting.pop_front() {
            Some(item) => self.make_ready(item),
            None => drop(self.lanes.remove(&lane)),
        }
    }

    fn make_ready(&mut self, item: Item) {
        self.ready.entry(item.app.clone()).or_default().push_back(item);
    }
}

fn lane_of(item: &Item) -> Option<Lane> {
    item.subject.clone().map(|subject| (subject, item.app.clone()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use callport_core::call_id::CallId;

    const NOW: Duration = Duration::from_secs(1_000);

    fn item(id: u64, app: &str, call: Option<&str>, attempts: u32, due: Duration) -> Item {
        Item { id: DeliveryId(id), app: AppId::parse(app).unwrap(), subject: call.map(of_call), due, attempts, whole: None, held: None }
    }

    fn of_call(id: &str) -> Subject {
        Subject::Call(CallId::parse(id).unwrap())
    }

    fn drain(queue: &mut Queue, per_app: usize) -> Vec<u64> {
        std::iter::from_fn(|| queue.next(per_app)).map(|item| item.id.0).collect()
    }

    #[test]
    fn a_call_goes_one_after_the_other_and_calls_go_side_by_side() {
        let mut queue = Queue::default();
        for (id, call) in [(1, "wacid.a"), (2, "wacid.a"), (3, "wacid.b")] {
            queue.admit(item(id, "1", Some(call), 0, NOW), NOW, Mark::BEGINNING);
        }
        assert_eq!(drain(&mut queue, 9), [1, 3]);
        queue.settled(&AppId::parse("1").unwrap(), Some(&of_call("wacid.a")), true, None);
        assert_eq!(drain(&mut queue, 9), [2]);
    }

    #[test]
    fn a_failed_first_attempt_lets_the_next_one_go_and_comes_back_later() {
        let mut queue = Queue::default();
        let (app, call) = (AppId::parse("1").unwrap(), of_call("wacid.a"));
        queue.admit(item(1, "1", Some("wacid.a"), 0, NOW), NOW, Mark::BEGINNING);
        queue.admit(item(2, "1", Some("wacid.a"), 0, NOW), NOW, Mark::BEGINNING);
        assert_eq!(drain(&mut queue, 9), [1]);
        let later = NOW + Duration::from_secs(5);
        queue.settled(&app, Some(&call), true, Some(item(1, "1", Some("wacid.a"), 1, later)));
        assert_eq!(drain(&mut queue, 9), [2]);
        assert_eq!(queue.next_due(), Some(later));
        queue.wake(NOW);
        assert_eq!(drain(&mut queue, 9), []);
        queue.wake(later);
        assert_eq!(drain(&mut queue, 9), [1]);
    }

    #[test]
    fn a_full_receiver_does_not_hold_up_another() {
        let mut queue = Queue::default();
        for (id, app) in [(1, "1"), (2, "1"), (3, "2")] {
            queue.admit(item(id, app, None, 0, NOW), NOW, Mark::BEGINNING);
        }
        assert_eq!(drain(&mut queue, 1), [1, 3]);
        queue.settled(&AppId::parse("1").unwrap(), None, true, None);
        assert_eq!(drain(&mut queue, 1), [2]);
    }

    #[test]
    fn one_that_is_to_come_out_of_order_goes_after_the_next_about_the_same_or_when_it_has_waited_long_enough() {
        let mut queue = Queue::default();
        let app = AppId::parse("1").unwrap();
        let held = |id, due| item(id, "1", None, 0, due);
        let late = NOW + Duration::from_secs(10);
        queue.admit_behind_the_next(held(1, late), Some(of_call("wacid.a")), NOW);
        assert!(!queue.is_idle(), "it is a first attempt that was not made");
        for (other, about) in [("2", Some("wacid.a")), ("1", Some("wacid.b")), ("1", None)] {
            queue.admit(item(2, other, about, 0, NOW), NOW, Mark::BEGINNING);
            assert_eq!(drain(&mut queue, 9), [2]);
            queue.settled(&AppId::parse(other).unwrap(), about.map(of_call).as_ref(), true, None);
            assert_eq!(drain(&mut queue, 9), [], "that was another app, or another call");
            queue.known.remove(&DeliveryId(2));
        }
        queue.admit(item(3, "1", Some("wacid.a"), 0, NOW), NOW, Mark::BEGINNING);
        assert_eq!(drain(&mut queue, 9), [3]);
        queue.settled(&app, Some(&of_call("wacid.a")), true, None);
        assert_eq!(drain(&mut queue, 9), [1]);
        queue.settled(&app, None, true, None);
        queue.admit_behind_the_next(held(4, late), None, NOW);
        queue.wake(late);
        assert_eq!(drain(&mut queue, 9), [4]);
        queue.settled(&app, None, true, None);
        assert!(queue.behind.is_empty() && queue.is_idle());
    }

    #[test]
    fn what_is_here_already_is_not_sent_twice() {
        let mut queue = Queue::default();
        queue.admit(item(1, "1", None, 0, NOW), NOW, Mark::BEGINNING);
        queue.admit(item(1, "1", None, 0, NOW), NOW, Mark::BEGINNING);
        assert_eq!(drain(&mut queue, 9), [1]);
        queue.admit(item(1, "1", None, 0, NOW), NOW, Mark::BEGINNING);
        assert_eq!(drain(&mut queue, 9), [], "delivered, and not on record yet");
        queue.forget(DeliveryId(1));
        assert!(!queue.knows(DeliveryId(1)));
        queue.admit(item(1, "1", None, 0, NOW), NOW, Mark::BEGINNING);
        assert_eq!(drain(&mut queue, 9), [], "read from the store before it was settled there");
        let seen = queue.mark();
        queue.admit(item(1, "1", None, 1, NOW), NOW, seen);
        queue.wake(NOW);
        assert_eq!(
            drain(&mut queue, 9),
            [1],
            "pending in the store after it was settled here: sent again by the operator, or its verdict was not taken"
        );
    }

    #[test]
    fn so_many_settled_ones_are_remembered_and_no_more() {
        let mut queue = Queue::default();
        for id in 0..=SETTLED as u64 {
            queue.forget(DeliveryId(id));
        }
        assert_eq!((queue.settled.len(), queue.over.len()), (SETTLED, SETTLED));
        queue.admit(item(0, "1", None, 0, NOW), NOW, Mark::BEGINNING);
        queue.admit(item(1, "1", None, 0, NOW), NOW, Mark::BEGINNING);
        assert_eq!(drain(&mut queue, 9), [0]);
    }

    #[test]
    fn what_could_not_be_attempted_holds_its_lane() {
        let mut queue = Queue::default();
        let (app, call) = (AppId::parse("1").unwrap(), of_call("wacid.a"));
        queue.admit(item(1, "1", Some("wacid.a"), 0, NOW), NOW, Mark::BEGINNING);
        queue.admit(item(2, "1", Some("wacid.a"), 0, NOW), NOW, Mark::BEGINNING);
        assert_eq!(drain(&mut queue, 9), [1]);
        let later = NOW + Duration::from_secs(1);
        queue.settled(&app, Some(&call), false, Some(item(1, "1", Some("wacid.a"), 0, later)));
        assert_eq!(drain(&mut queue, 9), [], "the first one did not leave");
        assert!(!queue.is_idle(), "whoever stops when all first attempts were made waits for both");
        queue.wake(later);
        assert_eq!(drain(&mut queue, 9), [1]);
        queue.settled(&app, Some(&call), true, None);
        assert_eq!(drain(&mut queue, 9), [2]);
    }

    #[test]
    fn retries_that_wait_keep_nobody_and_a_first_attempt_that_was_put_off_does() {
        for (attempts, call) in [(0, None), (1, None), (0, Some("wacid.a")), (1, Some("wacid.a"))] {
            let (mut queue, app, subject) = (Queue::default(), AppId::parse("1").unwrap(), call.map(of_call));
            queue.admit(item(1, "1", call, 0, NOW), NOW, Mark::BEGINNING);
            assert!(!queue.is_idle());
            drain(&mut queue, 9);
            assert!(!queue.is_idle());
            queue.settled(&app, subject.as_ref(), attempts > 0, Some(item(1, "1", call, attempts, NOW + Duration::from_secs(1))));
            assert_eq!(queue.is_idle(), attempts > 0, "{attempts} attempts, {call:?}");
        }
    }

    #[test]
    fn lanes_vanish_when_they_are_empty() {
        let mut queue = Queue::default();
        queue.admit(item(1, "1", Some("wacid.a"), 0, NOW), NOW, Mark::BEGINNING);
        drain(&mut queue, 9);
        queue.settled(&AppId::parse("1").unwrap(), Some(&of_call("wacid.a")), true, None);
        assert!(queue.lanes.is_empty() && queue.in_flight.is_empty() && queue.ready.is_empty());
    }
}
