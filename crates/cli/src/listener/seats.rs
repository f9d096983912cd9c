//! Who is connected: a bounded table, in all and for each source. When it is full, the connection that has been idle longest gives its
//! seat to a newcomer.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use callport_engine::door::ClientNetwork;
use metrics::{counter, gauge};
use tokio::sync::Notify;
use tokio::time::Instant;

/// The table of one listener.
pub(super) struct Seats {
    listener: &'static str,
    most: usize,
    per_source: usize,
    began: Instant,
    table: Mutex<Table>,
    /// Somebody waits for a seat while nobody is idle.
    wanted: AtomicBool,
    /// A seat became free, or its holder idle while one is wanted.
    changed: Notify,
    /// The last seat became free.
    empty: Notify,
}

#[derive(Default)]
struct Table {
    next: u64,
    taken: HashMap<u64, (Option<ClientNetwork>, Arc<Holder>)>,
    of_source: HashMap<ClientNetwork, usize>,
    /// Seats that were given away and whose holders are still on their way out.
    leaving: usize,
}

/// What the table knows of a connection.
struct Holder {
    /// Milliseconds from the listener's start to when it became idle; [`BUSY`] while it is not.
    idle_since: AtomicU64,
    leave: Notify,
}

const BUSY: u64 = u64::MAX;

/// A place in the table. Dropping it frees it.
pub(super) struct Seat {
    id: u64,
    holder: Arc<Holder>,
    seats: Arc<Seats>,
}

/// Why there is no seat.
enum Full {
    /// The source has all of its own, none of them idle.
    Source,
    /// All are taken, none of them idle.
    All,
}

impl Seats {
    pub(super) fn new(listener: &'static str, most: usize, per_source: usize) -> Arc<Seats> {
        Arc::new(Seats {
            listener,
            most,
            per_source,
            began: Instant::now(),
            table: Mutex::default(),
            wanted: AtomicBool::new(false),
            changed: Notify::new(),
            empty: Notify::new(),
        })
    }

    /// A seat, when there is one. `None`: this source has too many. A source of `None` is not counted.
    pub(super) async fn take(self: &Arc<Self>, source: Option<ClientNetwork>) -> Option<Seat> {
        loop {
            // Said before looking, so that whoever becomes idle after the look tells us.
            self.wanted.store(true, Ordering::SeqCst);
            match self.try_take(source) {
                Ok(seat) => {
                    self.wanted.store(false, Ordering::SeqCst);
                    return Some(seat);
                }
                Err(Full::Source) => {
                    self.wanted.store(false, Ordering::SeqCst);
                    counter!("callport_connections_refused_total", "listener" => self.listener).increment(1);
                    return None;
                }
                Err(Full::All) => self.changed.notified().await,
            }
        }
    }

    fn try_take(self: &Arc<Self>, source: Option<ClientNetwork>) -> Result<Seat, Full> {
        let mut table = self.table();
        if let Some(source) = source
            && table.of_source.get(&source).is_some_and(|taken| *taken >= self.per_source)
        {
            let victim = table.longest_idle(Some(source)).ok_or(Full::Source)?;
            self.give_away(&mut table, victim);
        }
        if table.taken.len() >= self.most {
            let victim = table.longest_idle(None).ok_or(Full::All)?;
            self.give_away(&mut table, victim);
        }
        let id = table.next;
        table.next += 1;
        let holder = Arc::new(Holder { idle_since: AtomicU64::new(self.millis()), leave: Notify::new() });
        table.taken.insert(id, (source, holder.clone()));
        if let Some(source) = source {
            *table.of_source.entry(source).or_default() += 1;
        }
        self.tell(&table);
        Ok(Seat { id, holder, seats: self.clone() })
    }

    /// The holder is told to leave; its seat counts as free from now on.
    fn give_away(&self, table: &mut Table, victim: u64) {
        if let Some(holder) = table.remove(victim) {
            table.leaving += 1;
            holder.leave.notify_one();
            counter!("callport_connections_evicted_total", "listener" => self.listener).increment(1);
        }
    }

    /// Returns when nobody holds a seat.
    pub(super) async fn all_left(&self) {
        loop {
            let emptied = self.empty.notified();
            if self.table().is_empty() {
                return;
            }
            emptied.await;
        }
    }

    fn table(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn millis(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_millis()).unwrap_or(BUSY - 1)
    }

    fn tell(&self, table: &Table) {
        // Counts stay far below 2^53, where floats begin to round.
        gauge!("callport_connections", "listener" => self.listener).set(table.taken.len() as f64);
    }
}

impl Table {
    /// Whoever has been idle longest: of this source, or of all.
    fn longest_idle(&self, of: Option<ClientNetwork>) -> Option<u64> {
        let candidates = self.taken.iter().filter(|(_, (source, _))| of.is_none() || *source == of);
        let idle = candidates.map(|(id, (_, holder))| (holder.idle_since.load(Ordering::SeqCst), *id));
        idle.filter(|(since, _)| *since != BUSY).min().map(|(_, id)| id)
    }

    fn remove(&mut self, id: u64) -> Option<Arc<Holder>> {
        let (source, holder) = self.taken.remove(&id)?;
        if let Some(source) = source
            && let Some(count) = self.of_source.get_mut(&source)
        {
            *count -= 1;
            if *count == 0 {
                self.of_source.remove(&source);
            }
        }
        Some(holder)
    }

    fn is_empty(&self) -> bool {
        self.taken.is_empty() && self.leaving == 0
    }
}

impl Seat {
    /// A request is in hand, or the connection is a WebSocket: nobody may have this seat.
    pub(super) fn busy(&self) {
        self.holder.idle_since.store(BUSY, Ordering::SeqCst);
    }

    /// Nothing is in hand.
    pub(super) fn idle(&self) {
        self.holder.idle_since.store(self.seats.millis(), Ordering::SeqCst);
        if self.seats.wanted.load(Ordering::SeqCst) {
            self.seats.changed.notify_one();
        }
    }

    /// Returns when the seat was given to somebody else.
    pub(super) async fn told_to_leave(&self) {
        self.holder.leave.notified().await;
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut table = self.seats.table();
        if table.remove(self.id).is_none() {
            table.leaving -= 1; // it was given away
        }
        self.seats.tell(&table);
        let empty = table.is_empty();
        drop(table);
        self.seats.changed.notify_one();
        if empty {
            self.seats.empty.notify_waiters();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(n: u8) -> Option<ClientNetwork> {
        Some(ClientNetwork::of([192, 0, 2, n].into()))
    }

    #[tokio::test]
    async fn a_newcomer_gets_the_seat_of_whoever_has_been_idle_longest() {
        let seats = Seats::new("test", 3, 3);
        let mut taken = Vec::new();
        for n in 0..3 {
            taken.push(seats.take(source(n)).await.unwrap()); // of those who became idle in the same millisecond, the first counts as older
        }
        taken[0].busy();
        let newcomer = seats.take(source(3)).await.unwrap();
        taken[1].told_to_leave().await;
        let counts = |table: &Table| (table.taken.len(), table.leaving);
        assert_eq!(counts(&seats.table()), (3, 1));
        drop(taken);
        drop(newcomer);
        seats.all_left().await;
    }

    #[tokio::test]
    async fn while_nobody_is_idle_a_newcomer_waits_for_the_first_who_is() {
        let seats = Seats::new("test", 1, 1);
        let first = seats.take(source(1)).await.unwrap();
        first.busy();
        let waiting = tokio::spawn({
            let seats = seats.clone();
            async move { seats.take(source(2)).await }
        });
        tokio::task::yield_now().await;
        assert!(!waiting.is_finished());
        first.idle();
        assert!(waiting.await.unwrap().is_some());
        first.told_to_leave().await;
    }

    #[tokio::test]
    async fn a_source_that_has_its_share_loses_its_own_idle_ones_and_then_gets_no_more() {
        let seats = Seats::new("test", 10, 2);
        let (one, two) = (seats.take(source(1)).await.unwrap(), seats.take(source(1)).await.unwrap());
        one.busy();
        let three = seats.take(source(1)).await.unwrap();
        two.told_to_leave().await;
        three.busy();
        assert!(seats.take(source(1)).await.is_none());
        assert!(seats.take(source(2)).await.is_some(), "others are not touched");
        drop(one);
        assert!(seats.take(source(1)).await.is_some());
        let mut uncounted = Vec::new();
        for _ in 0..5 {
            uncounted.push(seats.take(None).await.unwrap());
        }
    }
}
