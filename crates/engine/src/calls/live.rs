//! Who is in a call: the registry that makes "one call per pair" and "so many per number" true in this process.

use std::collections::HashMap;
use std::sync::Arc;

use callport_core::call::{EndReason, UserView};
use callport_core::call_id::{CallId, Direction};
use callport_core::ids::{PhoneNumberId, UserId};
use callport_core::time::WallTime;
use parking_lot::Mutex;
use tokio::sync::mpsc;

use super::task::Message;
use crate::users::UserEvent;

/// A user's call as a phone shows it when it connects again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserCall {
    /// The call.
    pub call: CallId,
    /// With whom.
    pub number: PhoneNumberId,
    /// Who placed it.
    pub direction: Direction,
    /// What to show.
    pub view: UserView,
    /// When it was accepted or picked up, once it was.
    pub since: Option<WallTime>,
}

/// Busy parties and the owners of live calls.
#[derive(Default, Clone)]
pub(crate) struct Live(Arc<Mutex<Parties>>);

#[derive(Default)]
struct Parties {
    owners: HashMap<CallId, mpsc::Sender<Message>>,
    users: HashMap<UserId, Occupied>,
    numbers: HashMap<PhoneNumberId, u32>,
}

/// Why a user is busy.
enum Occupied {
    /// In a call with this number; what the phone shows of it, once it shows something.
    Call(PhoneNumberId, Option<UserCall>),
    /// Leaving: takes part in no call any more.
    KeptOut,
}

/// A user who is kept out of calls until this is dropped.
pub(crate) struct KeptOut {
    live: Live,
    user: UserId,
}

impl Drop for KeptOut {
    fn drop(&mut self) {
        self.live.0.lock().users.remove(&self.user);
    }
}

/// How busy the parties of a call to be are.
pub(crate) struct Busy {
    pub(crate) pair: bool,
    pub(crate) user: bool,
    pub(crate) concurrent: u32,
}

/// A place for one call, given back when dropped.
pub(crate) struct Place {
    live: Live,
    user: UserId,
    number: PhoneNumberId,
    /// The user was free. A call of a business to a user in another call has a place at the number only.
    holds_user: bool,
}

impl Live {
    /// Takes a place if `allowed` says so of how busy the parties are. Looking and taking are one step.
    pub(crate) fn take<E>(&self, user: &UserId, number: &PhoneNumberId, allowed: impl FnOnce(Busy) -> Result<(), E>) -> Result<Place, E> {
        let mut parties = self.0.lock();
        let occupied = parties.users.get(user);
        let pair = matches!(occupied, Some(Occupied::Call(with, _)) if with == number);
        allowed(Busy { pair, user: occupied.is_some(), concurrent: parties.numbers.get(number).copied().unwrap_or(0) })?;
        let holds_user = !parties.users.contains_key(user);
        if holds_user {
            parties.users.insert(user.clone(), Occupied::Call(number.clone(), None));
        }
        *parties.numbers.entry(number.clone()).or_default() += 1;
        Ok(Place { live: self.clone(), user: user.clone(), number: number.clone(), holds_user })
    }

    /// Keeps a user who is in no call out of new ones; `None` when the user is in one.
    pub(crate) fn keep_out(&self, user: &UserId) -> Option<KeptOut> {
        let mut parties = self.0.lock();
        if parties.users.contains_key(user) {
            return None;
        }
        parties.users.insert(user.clone(), Occupied::KeptOut);
        Some(KeptOut { live: self.clone(), user: user.clone() })
    }

    pub(crate) fn own(&self, call: CallId, owner: mpsc::Sender<Message>) {
        self.0.lock().owners.insert(call, owner);
    }

    pub(crate) fn disown(&self, call: &CallId) {
        self.0.lock().owners.remove(call);
    }

    pub(crate) fn owner(&self, call: &CallId) -> Option<mpsc::Sender<Message>> {
        self.0.lock().owners.get(call).cloned()
    }

    pub(crate) fn count(&self) -> usize {
        self.0.lock().owners.len()
    }

    pub(crate) fn call_of(&self, user: &UserId) -> Option<UserCall> {
        match self.0.lock().users.get(user) {
            Some(Occupied::Call(_, call)) => call.clone(),
            Some(Occupied::KeptOut) | None => None,
        }
    }
}

impl Place {
    /// The user was in another call when this one was placed.
    pub(crate) fn user_was_busy(&self) -> bool {
        !self.holds_user
    }

    /// What this user's phone shows from now on; nothing if it shows another call.
    pub(crate) fn show(&self, call: UserCall) -> Option<UserEvent> {
        if !self.holds_user {
            return None;
        }
        let event = UserEvent::View { call: call.call.clone(), number: call.number.clone(), view: call.view, since: call.since };
        if let Some(Occupied::Call(_, shown)) = self.live.0.lock().users.get_mut(&self.user) {
            *shown = Some(call);
        }
        Some(event)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut parties = self.live.0.lock();
        if self.holds_user {
            parties.users.remove(&self.user);
        }
        if let Some(count) = parties.numbers.get_mut(&self.number) {
            *count -= 1;
            if *count == 0 {
                parties.numbers.remove(&self.number);
            }
        }
    }
}

/// The event that a phone gets when its call is over.
pub(crate) fn ended(call: CallId, reason: EndReason, seconds: Option<u64>) -> UserEvent {
    UserEvent::Ended { call, reason, seconds }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids() -> (UserId, PhoneNumberId, PhoneNumberId) {
        (UserId::parse("1").unwrap(), PhoneNumberId::parse("41").unwrap(), PhoneNumberId::parse("42").unwrap())
    }

    #[test]
    fn a_place_makes_its_parties_busy_until_it_is_given_back() {
        let (user, number, other) = ids();
        let live = Live::default();
        let place = live.take(&user, &number, |busy| if busy.user { Err(()) } else { Ok(()) }).ok().unwrap();
        let again = live.take(&user, &number, |busy| if busy.pair && busy.concurrent == 1 { Err("pair") } else { Ok(()) });
        assert_eq!(again.err(), Some("pair"));
        let elsewhere = live.take(&user, &other, |busy| if busy.user && !busy.pair { Err("user") } else { Ok(()) });
        assert_eq!(elsewhere.err(), Some("user"));
        drop(place);
        assert!(live.take(&user, &number, |busy| if busy.user || busy.concurrent > 0 { Err(()) } else { Ok(()) }).is_ok());
    }

    #[test]
    fn a_user_who_is_kept_out_is_busy_for_everybody_and_one_in_a_call_is_not_kept_out() {
        let (user, number, _) = ids();
        let live = Live::default();
        let kept_out = live.keep_out(&user).unwrap();
        assert!(live.keep_out(&user).is_none());
        assert_eq!(live.take(&user, &number, |busy| if busy.user && !busy.pair { Err("user") } else { Ok(()) }).err(), Some("user"));
        drop(kept_out);
        let place = live.take(&user, &number, |busy| if busy.user { Err(()) } else { Ok(()) }).ok().unwrap();
        assert!(live.keep_out(&user).is_none());
        drop(place);
        assert!(live.keep_out(&user).is_some());
    }

    #[test]
    fn a_call_to_a_busy_user_leaves_the_other_call_alone() {
        let (user, number, other) = ids();
        let live = Live::default();
        let talking = live.take(&user, &number, |_| Ok::<_, ()>(())).unwrap_or_else(|()| unreachable!());
        let calls = live.take(&user, &other, |_| Ok::<_, ()>(())).unwrap_or_else(|()| unreachable!());
        assert!(calls.user_was_busy() && !talking.user_was_busy());
        drop(calls);
        assert!(live.take(&user, &number, |busy| if busy.pair { Err(()) } else { Ok(()) }).is_err(), "the first call is still up");
    }
}
