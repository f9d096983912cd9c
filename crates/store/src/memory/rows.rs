//! Rows with their versions, and writes that happen whole or not at all.
//!
//! Each write is one exchange at one place, which brings the indexes along and can be taken back the same way.
//! What is refused is what the file refuses: an object whose owner is missing, a name or number that another one holds, and the removal
//! of an owner before what it owns.

use std::collections::{BTreeMap, VecDeque};
use std::ops::Bound::{Excluded, Unbounded};
use std::sync::Arc;

use callport_core::call_id::CallId;
use callport_core::ids::{PhoneNumberId, UserId};
use callport_core::time::WallTime;
use callport_engine::Fault;
use callport_engine::ports::Versioned;
use callport_engine::records::MediaReport;
use callport_flow::{Busy, BusyAsk, CallRow, FreeAsk, Guard, Key, Row, Version, Write};
use rustc_hash::FxHashMap;

use super::facets::{Facets, Listed, Place, alike};

/// A row as it stands.
#[derive(Clone)]
pub(super) struct Stored {
    pub(super) version: Version,
    pub(super) row: Arc<Row>,
}

/// Hash maps are never gone through: their order is not ours.
#[derive(Default)]
pub(super) struct Rows {
    last: Place,
    stored: FxHashMap<Place, Stored>,
    pub(super) places: FxHashMap<Key, Place>,
    listed: BTreeMap<Listed, Place>,
    /// How many rows need this one.
    owned: FxHashMap<Key, u32>,
    /// Live calls of a number.
    live: FxHashMap<PhoneNumberId, u32>,
    /// When a number started its calls, sorted: so many starts back is one look.
    starts: Times,
    /// When a number sent service messages that were free, sorted.
    free: Times,
}

/// What stood at a place before a write.
type Undo = (Place, Option<Stored>);

impl Rows {
    pub(super) fn get(&self, key: &Key) -> Option<&Stored> {
        self.stored.get(self.places.get(key)?)
    }

    pub(super) fn version(&self, key: &Key) -> Version {
        self.get(key).map_or(0, |stored| stored.version)
    }

    pub(super) fn row(&self, key: &Key) -> Versioned {
        self.get(key).map(|stored| Versioned { version: stored.version, row: Some(Arc::clone(&stored.row)) }).unwrap_or_default()
    }

    pub(super) fn place(&self, key: &Key) -> Option<Place> {
        self.places.get(key).copied()
    }

    /// What stands after that in its list, in order.
    pub(super) fn after(&self, start: Listed) -> impl Iterator<Item = &Stored> {
        let rest = self.listed.range((Excluded(start.clone()), Unbounded)).take_while(move |(listed, _)| listed.same_list(&start));
        rest.filter_map(|(_, place)| self.stored.get(place))
    }

    /// What stands before the one and after the other in their list, the last first.
    pub(super) fn newest(&self, after: Listed, before: Listed) -> impl Iterator<Item = &Stored> {
        let between = (after < before).then(|| self.listed.range((Excluded(after), Excluded(before))).rev());
        between.into_iter().flatten().filter_map(|(_, place)| self.stored.get(place))
    }

    pub(super) fn live_calls(&self) -> impl Iterator<Item = &CallRow> {
        self.after(Listed::Live(None)).filter_map(|stored| call(&stored.row))
    }

    /// Live calls of a number.
    pub(super) fn concurrent(&self, number: &PhoneNumberId) -> u32 {
        self.live.get(number).copied().unwrap_or(0)
    }

    pub(super) fn holder(&self, user: &UserId) -> Option<&CallRow> {
        call(&self.stored.get(self.listed.get(&Listed::Holds(user.clone()))?)?.row)
    }

    /// The number started fewer calls after that moment than that.
    fn may_start(&self, number: &PhoneNumberId, since: WallTime, most: u32) -> bool {
        let Some(starts) = self.starts.get(number) else { return most > 0 };
        let enough = starts.len().checked_sub(most as usize);
        enough.is_none_or(|back| starts.get(back).is_some_and(|at| *at <= since))
    }

    pub(super) fn holds(&self, guard: &Guard) -> bool {
        match guard {
            Guard::UserFree(user) => !self.listed.contains_key(&Listed::Holds(user.clone())),
            Guard::Concurrent { number, most } => self.concurrent(number) < *most,
            Guard::Starts { number, since, most } => self.may_start(number, *since, *most),
            Guard::Only { query, count } => self.found(query).len() == *count,
        }
    }

    pub(super) fn busy(&self, ask: &BusyAsk) -> Busy {
        let number = ask.number.as_ref();
        Busy {
            user: self.holder(&ask.user).map(|call| (call.record.id.clone(), call.record.number.clone())),
            concurrent: number.map_or(0, |number| self.concurrent(number)),
            started_too_many: number.is_some_and(|number| !self.may_start(number, ask.since, ask.most)),
        }
    }

    pub(super) fn free_messages(&self, ask: &FreeAsk) -> u32 {
        let Some(times) = self.free.get(&ask.number) else { return 0 };
        let since = times.len() - times.partition_point(|at| *at < ask.since);
        u32::try_from(since).unwrap_or(u32::MAX).min(ask.most)
    }

    /// All of them or none.
    pub(super) fn write(&mut self, version: Version, writes: &[Write]) -> Result<(), Fault> {
        let mut done = Vec::with_capacity(writes.len());
        for write in writes {
            let written = match write {
                Write::Put(row) => self.put(version, row, &mut done),
                Write::Remove(key) => self.remove(key, &mut done),
            };
            if let Err(fault) = written {
                for (place, before) in done.into_iter().rev() {
                    self.exchange(place, before);
                }
                return Err(fault);
            }
        }
        Ok(())
    }

    /// Removes these, which nothing needs.
    pub(super) fn remove_all(&mut self, keys: &[Key]) {
        for place in keys.iter().filter_map(|key| self.place(key)).collect::<Vec<_>>() {
            self.exchange(place, None);
        }
    }

    /// The version stays: whoever carries the call on does not care.
    pub(super) fn report(&mut self, id: &CallId, report: &MediaReport) {
        let Some(place) = self.place(&Key::Call(id.clone())) else { return };
        let Some(stored) = self.stored.get_mut(&place) else { return };
        let Row::Call(call) = &*stored.row else { return };
        let mut call = call.clone();
        call.record.media = Some(report.clone());
        stored.row = Arc::new(Row::Call(call));
    }

    fn put(&mut self, version: Version, row: &Row, done: &mut Vec<Undo>) -> Result<(), Fault> {
        let place = self.place(&row.key()).unwrap_or(self.last + 1);
        if !self.stored.get(&place).is_some_and(|before| alike(&before.row, row)) {
            self.check(row, place)?;
        }
        self.last = self.last.max(place);
        let row = match row {
            Row::Call(call) => Row::Call(self.on_record(call, place)),
            other => other.clone(),
        };
        done.push((place, self.exchange(place, Some(Stored { version, row: Arc::new(row) }))));
        Ok(())
    }

    /// A call without its machine, which is its owner's. A report of the media plane stays until there is another.
    fn on_record(&self, row: &CallRow, place: Place) -> CallRow {
        let mut record = row.record.clone();
        if record.media.is_none() {
            record.media = self.stored.get(&place).and_then(|before| call(&before.row)?.record.media.clone());
        }
        CallRow::on_record(record, row.owner, row.holds_user)
    }

    /// Owners must be there before what they own; what has one holder has no other.
    fn check(&self, row: &Row, place: Place) -> Result<(), Fault> {
        let facets = Facets::of(row, place);
        if let Some(owner) = facets.owners.iter().find(|owner| !self.places.contains_key(owner)) {
            return Err(refused(format!("{:?} needs {owner:?}, which is not there", row.key())));
        }
        let keys = facets.keys.iter().map(|key| self.places.get(key));
        let listed = facets.listed.iter().map(|listed| self.listed.get(listed));
        if keys.chain(listed).flatten().any(|holder| *holder != place) {
            return Err(refused(format!("what {:?} is known by has another holder", row.key())));
        }
        Ok(())
    }

    fn remove(&mut self, key: &Key, done: &mut Vec<Undo>) -> Result<(), Fault> {
        let Some(place) = self.place(key) else { return Ok(()) };
        let Some(row) = self.stored.get(&place).map(|stored| Arc::clone(&stored.row)) else { return Ok(()) };
        for theirs in self.belongings(&row) {
            self.remove(&theirs, done)?;
        }
        if self.owned.contains_key(&row.key()) {
            return Err(refused(format!("{key:?} is needed by others")));
        }
        done.push((place, self.exchange(place, None)));
        Ok(())
    }

    /// Puts a row, or none, in a place; what was there before.
    fn exchange(&mut self, place: Place, after: Option<Stored>) -> Option<Stored> {
        let is = after.as_ref().map(|stored| Arc::clone(&stored.row));
        let before = match after {
            Some(stored) => self.stored.insert(place, stored),
            None => self.stored.remove(&place),
        };
        let was = before.as_ref().map(|stored| &*stored.row);
        if !was.zip(is.as_deref()).is_some_and(|(was, is)| alike(was, is)) {
            self.rename(was, is.as_deref(), place);
            was.into_iter().for_each(|row| self.forget(Facets::of(row, place)));
            is.into_iter().for_each(|row| self.index(Facets::of(&row, place), place));
        }
        before
    }

    fn index(&mut self, facets: Facets, place: Place) {
        self.places.extend(facets.keys.into_iter().map(|key| (key, place)));
        self.listed.extend(facets.listed.into_iter().map(|listed| (listed, place)));
        facets.owners.into_iter().for_each(|owner| *self.owned.entry(owner).or_default() += 1);
        facets.live_at.into_iter().for_each(|number| *self.live.entry(number).or_default() += 1);
        facets.started.into_iter().for_each(|started| note(&mut self.starts, started));
        facets.free.into_iter().for_each(|sent| note(&mut self.free, sent));
    }

    fn forget(&mut self, facets: Facets) {
        for key in &facets.keys {
            self.places.remove(key);
        }
        for listed in &facets.listed {
            self.listed.remove(listed);
        }
        facets.owners.into_iter().for_each(|owner| count_down(&mut self.owned, owner));
        facets.live_at.into_iter().for_each(|number| count_down(&mut self.live, number));
        facets.started.into_iter().for_each(|started| strike(&mut self.starts, started));
        facets.free.into_iter().for_each(|sent| strike(&mut self.free, sent));
    }
}

type Times = FxHashMap<PhoneNumberId, VecDeque<WallTime>>;

fn note(times: &mut Times, (number, at): (PhoneNumberId, WallTime)) {
    let times = times.entry(number).or_default();
    times.insert(times.partition_point(|other| *other <= at), at); // at the end, unless the calendar was moved back
}

fn strike(times: &mut Times, (number, at): (PhoneNumberId, WallTime)) {
    if let Some(times) = times.get_mut(&number)
        && let Ok(index) = times.binary_search(&at)
    {
        times.remove(index);
    }
}

pub(super) fn call(row: &Row) -> Option<&CallRow> {
    if let Row::Call(row) = row { Some(row) } else { None }
}

fn count_down<K: std::hash::Hash + Eq>(counts: &mut FxHashMap<K, u32>, of: K) {
    if let Some(count) = counts.get_mut(&of) {
        *count -= 1;
        if *count == 0 {
            counts.remove(&of);
        }
    }
}

fn refused(why: String) -> Fault {
    Fault::new("store: commit", why)
}
