//! What the windows of one user share: dials by their page's id, which window has a call's sound, how far that sound is, and whose
//! turn it is to pick up.
//!
//! A desk exists while a window is open or a call that a window placed is live. It is not state that must survive: after a restart
//! there are no calls, and pages say again what they need.

use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use callport_core::call::UserView;
use callport_core::call_id::CallId;
use callport_core::ids::UserId;
use callport_engine::{Engine, UserEvent};
use tokio::sync::{Notify, broadcast, watch};

use crate::protocol::Closed;

/// Windows of one user that may be open at once. For one more, the one that was opened first is closed.
pub(crate) const MAX_WINDOWS: usize = 16;

/// Dials whose ids are remembered. A page repeats only its newest one.
const MAX_DIALS: usize = 16;

/// News for windows that may wait for a slow one.
const NOTICES: usize = 16;

/// What became of a dial.
#[derive(Clone)]
pub(crate) enum DialOutcome {
    /// The call, and the answer for the page.
    Placed {
        call: CallId,
        answer: String,
    },
    Refused {
        reason: &'static str,
        text: String,
        closed: Option<Closed>,
    },
}

/// News from one window to the others of the same user.
#[derive(Clone)]
pub(crate) enum DeskNotice {
    /// A call's sound is in that window now.
    Holds { call: CallId, tab: String },
}

/// The desks of all users.
#[derive(Clone)]
pub(crate) struct Desks {
    by_user: Arc<Mutex<HashMap<UserId, Arc<Shared>>>>,
    abandoned_after: Duration,
}

/// One user's desk.
pub(crate) struct Shared {
    state: Mutex<State>,
    notices: broadcast::Sender<DeskNotice>,
    windows: watch::Sender<usize>,
    next_seat: AtomicU64,
    /// Windows pick up one after the other, so that each knows who won.
    picking_up: tokio::sync::Mutex<()>,
}

#[derive(Default)]
struct State {
    dials: VecDeque<Dial>,
    holder: Option<(CallId, String)>,
    sound: Option<(CallId, bool, bool)>,
    /// In the order in which they were taken.
    seats: VecDeque<Taken>,
}

/// A seat, as the desk knows it.
struct Taken {
    id: u64,
    tab: String,
    leave: Arc<Notify>,
}

struct Dial {
    id: String,
    cancelled: bool,
    outcome: watch::Sender<Option<DialOutcome>>,
}

/// A window at a desk; leaving is dropping it.
pub(crate) struct Seat {
    pub(crate) shared: Arc<Shared>,
    pub(crate) notices: broadcast::Receiver<DeskNotice>,
    id: u64,
    /// Says when the seat is wanted for a newer window.
    pub(crate) leave: Arc<Notify>,
}

impl Drop for Seat {
    fn drop(&mut self) {
        lock(&self.shared.state).seats.retain(|seat| seat.id != self.id);
        self.shared.windows.send_modify(|open| *open -= 1);
    }
}

/// What is to be done about a dial that a page asked for.
pub(crate) enum Claim {
    /// Place it, and report with [`Shared::settle`].
    Place(watch::Receiver<Option<DialOutcome>>),
    /// It was asked for before: wait for what becomes of it.
    Known(watch::Receiver<Option<DialOutcome>>),
    /// It was cancelled before it came.
    Cancelled,
}

impl Desks {
    pub(crate) fn new(abandoned_after: Duration) -> Self {
        Self { by_user: Arc::default(), abandoned_after }
    }

    /// Sits a window down. When the user has too many, the oldest leaves, unless it has the sound of the live call.
    pub(crate) fn sit(&self, engine: &Arc<Engine>, user: &UserId, tab: &str) -> Seat {
        let live = engine.current_call(user).map(|current| current.call);
        let mut desks = lock(&self.by_user);
        let shared = desks.entry(user.clone()).or_insert_with(|| {
            let shared = Arc::new(Shared::new());
            tokio::spawn(attend(self.clone(), engine.clone(), user.clone(), shared.clone()));
            shared
        });
        shared.windows.send_modify(|open| *open += 1);
        let (id, leave) = shared.seat(tab, live.as_ref());
        Seat { shared: shared.clone(), notices: shared.notices.subscribe(), id, leave }
    }

    /// Clears a desk away, unless somebody sat down at it meanwhile.
    fn clear(&self, user: &UserId, shared: &Arc<Shared>) -> bool {
        let mut desks = lock(&self.by_user);
        let empty = *shared.windows.borrow() == 0;
        if empty {
            desks.remove(user);
        }
        empty
    }
}

impl Shared {
    fn new() -> Self {
        Self {
            state: Mutex::default(),
            notices: broadcast::channel(NOTICES).0,
            windows: watch::channel(0).0,
            next_seat: AtomicU64::new(0),
            picking_up: tokio::sync::Mutex::default(),
        }
    }

    /// A seat for this window. Whoever has to make room for it is told.
    fn seat(&self, tab: &str, live: Option<&CallId>) -> (u64, Arc<Notify>) {
        let mut state = lock(&self.state);
        if state.seats.len() >= MAX_WINDOWS {
            let talking = state.holder.as_ref().filter(|(call, _)| Some(call) == live).map(|(_, tab)| tab.clone());
            let oldest = state.seats.iter().position(|seat| Some(&seat.tab) != talking.as_ref());
            if let Some(oldest) = oldest.and_then(|at| state.seats.remove(at)) {
                oldest.leave.notify_one();
            }
        }
        let (id, leave) = (self.next_seat.fetch_add(1, Ordering::Relaxed), Arc::new(Notify::new()));
        state.seats.push_back(Taken { id, tab: tab.to_owned(), leave: leave.clone() });
        (id, leave)
    }

    /// Looks a dial up and takes it on, in one step.
    pub(crate) fn claim(&self, dial: &str) -> Claim {
        let mut state = lock(&self.state);
        if let Some(known) = state.dials.iter().find(|known| known.id == dial) {
            return if known.cancelled { Claim::Cancelled } else { Claim::Known(known.outcome.subscribe()) };
        }
        Claim::Place(state.remember(dial, false))
    }

    /// Tells what became of a dial. False when it was cancelled meanwhile: the call must be ended.
    pub(crate) fn settle(&self, dial: &str, outcome: DialOutcome, tab: &str) -> bool {
        let mut state = lock(&self.state);
        if let DialOutcome::Placed { call, .. } = &outcome {
            state.holder = Some((call.clone(), tab.to_owned()));
            // What the old call's sound did says nothing of this one's; its own first news may already be here.
            state.sound = state.sound.take().filter(|(known, ..)| known == call);
        }
        let known = state.dials.iter().find(|known| known.id == dial);
        known.is_none_or(|known| {
            known.outcome.send_replace(Some(outcome));
            !known.cancelled
        })
    }

    /// The page gave up. The call to end, if there is one already.
    pub(crate) fn cancel(&self, dial: &str) -> Option<CallId> {
        let mut state = lock(&self.state);
        let Some(known) = state.dials.iter_mut().find(|known| known.id == dial) else {
            // Said before the dial itself: sockets that follow each other may bring that about.
            state.remember(dial, true);
            return None;
        };
        known.cancelled = true;
        match &*known.outcome.borrow() {
            Some(DialOutcome::Placed { call, .. }) => Some(call.clone()),
            _ => None,
        }
    }

    /// The page's id of a call.
    pub(crate) fn dial_of(&self, call: &CallId) -> Option<String> {
        let state = lock(&self.state);
        let is = |dial: &&Dial| matches!(&*dial.outcome.borrow(), Some(DialOutcome::Placed { call: placed, .. }) if placed == call);
        state.dials.iter().find(is).map(|dial| dial.id.clone())
    }

    /// Whether this window has the call's sound.
    pub(crate) fn holds(&self, call: &CallId, tab: &str) -> bool {
        matches!(&lock(&self.state).holder, Some((held, by)) if held == call && by == tab)
    }

    /// This window's turn to pick up, until the result is dropped.
    pub(crate) async fn turn_to_pick_up(&self) -> tokio::sync::MutexGuard<'_, ()> {
        self.picking_up.lock().await
    }

    /// This window picked the call up and has its sound. The others hear of it from the call.
    pub(crate) fn picked_up(&self, call: &CallId, tab: &str) {
        lock(&self.state).holder = Some((call.clone(), tab.to_owned()));
    }

    /// The call's sound is in this window from now on.
    pub(crate) fn hold(&self, call: &CallId, tab: &str) {
        lock(&self.state).holder = Some((call.clone(), tab.to_owned()));
        self.notify(DeskNotice::Holds { call: call.clone(), tab: tab.to_owned() });
    }

    /// Path open, audio both ways.
    pub(crate) fn sound_of(&self, call: &CallId) -> (bool, bool) {
        match &lock(&self.state).sound {
            Some((known, path_open, both_ways)) if known == call => (*path_open, *both_ways),
            _ => (false, false),
        }
    }

    fn notify(&self, notice: DeskNotice) {
        let _ = self.notices.send(notice); // nobody sits here: nobody needs to know
    }

    /// Keeps what the sound of the user's call does. That of a call which finds the user busy is nobody's.
    fn note(&self, event: &UserEvent, current: Option<&CallId>) {
        if let UserEvent::Media { call, path_open, audio_both_ways } = event
            && current == Some(call)
        {
            lock(&self.state).sound = Some((call.clone(), *path_open, *audio_both_ways));
        }
    }
}

impl State {
    fn remember(&mut self, dial: &str, cancelled: bool) -> watch::Receiver<Option<DialOutcome>> {
        if self.dials.len() >= MAX_DIALS {
            self.dials.pop_front();
        }
        let (outcome, told) = watch::channel(None);
        self.dials.push_back(Dial { id: dial.to_owned(), cancelled, outcome });
        told
    }
}

/// Watches over a desk: remembers what its calls' sound does, gives abandoned calls up, clears the desk away in the end.
async fn attend(desks: Desks, engine: Arc<Engine>, user: UserId, shared: Arc<Shared>) {
    let mut events = engine.listen(&user);
    let mut windows = shared.windows.subscribe();
    loop {
        let empty = *windows.borrow_and_update() == 0;
        tokio::select! {
            event = events.recv() => match event {
                Ok(event) => shared.note(&event, engine.current_call(&user).map(|current| current.call).as_ref()),
                Err(broadcast::error::RecvError::Lagged(_)) => {}
                Err(broadcast::error::RecvError::Closed) => return,
            },
            changed = windows.changed() => if changed.is_err() { return },
            () = tokio::time::sleep(desks.abandoned_after), if empty => {
                give_up(&engine, &user, &shared).await;
                if engine.current_call(&user).is_none() && desks.clear(&user, &shared) {
                    return;
                }
            }
        }
    }
}

/// Ends a call that a window placed, that nobody accepted, and that nobody waits for any more. A call that is connected has rules of
/// its own: its sound tells whether somebody is there.
async fn give_up(engine: &Engine, user: &UserId, shared: &Shared) {
    let Some(call) = engine.current_call(user) else { return };
    if matches!(call.view, UserView::Calling | UserView::Ringing) && shared.dial_of(&call.call).is_some() {
        tracing::info!(call = call.call.short(), "call ended: the user closed the last phone page");
        if let Err(fault) = engine.hang_up(user, &call.call).await {
            tracing::error!(%fault, "a call whose user closed the last phone page could not be ended");
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(n: u8) -> CallId {
        CallId::parse(&format!("wacid.{n}")).unwrap()
    }

    fn placed(n: u8) -> DialOutcome {
        DialOutcome::Placed { call: call(n), answer: "v=0".into() }
    }

    #[test]
    fn a_dial_is_placed_once_and_known_afterwards() {
        let desk = Shared::new();
        assert!(matches!(desk.claim("d1"), Claim::Place(_)));
        assert!(matches!(desk.claim("d1"), Claim::Known(_)), "while it is on its way");
        assert!(desk.settle("d1", placed(1), "t1"));
        let Claim::Known(told) = desk.claim("d1") else { panic!("known") };
        assert!(matches!(&*told.borrow(), Some(DialOutcome::Placed { call: placed, .. }) if *placed == call(1)));
        assert_eq!(desk.dial_of(&call(1)).as_deref(), Some("d1"));
        assert!(desk.holds(&call(1), "t1") && !desk.holds(&call(1), "t2"));
    }

    #[test]
    fn a_cancel_is_heard_before_during_and_after_the_placing() {
        let desk = Shared::new();
        assert_eq!(desk.cancel("before"), None);
        assert!(matches!(desk.claim("before"), Claim::Cancelled));

        assert!(matches!(desk.claim("during"), Claim::Place(_)));
        assert_eq!(desk.cancel("during"), None);
        assert!(!desk.settle("during", placed(1), "t"), "the call must be ended");

        assert!(matches!(desk.claim("after"), Claim::Place(_)));
        assert!(desk.settle("after", placed(2), "t"));
        assert_eq!(desk.cancel("after"), Some(call(2)));
    }

    #[test]
    fn remembers_a_bounded_number_of_dials() {
        let desk = Shared::new();
        for n in 0..MAX_DIALS * 3 {
            assert!(matches!(desk.claim(&n.to_string()), Claim::Place(_)));
        }
        assert_eq!(lock(&desk.state).dials.len(), MAX_DIALS);
        assert!(matches!(desk.claim(&(MAX_DIALS * 3 - 1).to_string()), Claim::Known(_)));
    }

    #[test]
    fn the_window_with_the_call_s_sound_is_not_the_one_that_makes_room() {
        let desk = Shared::new();
        let seats: Vec<_> = (0..MAX_WINDOWS).map(|n| desk.seat(&format!("t{n}"), None).0).collect();
        desk.hold(&call(1), "t0");
        desk.seat("one more", Some(&call(1)));
        let left = |desk: &Shared| lock(&desk.state).seats.iter().map(|seat| seat.id).collect::<Vec<_>>();
        assert_eq!((left(&desk).len(), left(&desk)[..2].to_vec()), (MAX_WINDOWS, vec![seats[0], seats[2]]));
        desk.seat("and another, after that call", None);
        assert_eq!(left(&desk)[0], seats[2]);
    }

    #[test]
    fn the_sound_of_one_call_is_not_taken_for_another_s() {
        let desk = Shared::new();
        desk.note(&UserEvent::Media { call: call(1), path_open: true, audio_both_ways: true }, Some(&call(1)));
        desk.note(&UserEvent::Media { call: call(2), path_open: true, audio_both_ways: true }, Some(&call(1)));
        assert_eq!((desk.sound_of(&call(1)), desk.sound_of(&call(2))), ((true, true), (false, false)));
    }
}
