//! What a user's phone is told, wherever the phone is connected. In this process; several nodes would put a bus behind it.

use std::collections::BTreeMap;
use std::ops::Bound;

use callport_core::call_id::Direction;
use callport_core::gate::{self, EntryPoint, HiddenIcon, Unavailable};
use callport_core::ids::{PhoneNumberId, UserId};
use callport_core::number::PhoneNumber;
use callport_flow::UserEvent;
use parking_lot::Mutex;
use tokio::sync::broadcast;

use crate::engine::Engine;
use crate::fault::Fault;
use crate::ports::Page;
use crate::records::User;

/// Events that one slow phone may fall behind; then it is told to ask again.
const BACKLOG: usize = 64;

/// A business as a user's phone lists it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedBusiness {
    /// Its number's id.
    pub id: PhoneNumberId,
    /// Its number.
    pub number: PhoneNumber,
    /// Its name.
    pub name: String,
    /// Whether the call icon shows, and why not.
    pub icon: Result<(), Unavailable>,
    /// Whether it can be called from contacts and the call log.
    pub callable_from_log: bool,
}

/// Entries that are looked through for phones that have gone, each time that one connects: a few more than one, so that all are found.
const SWEEP: usize = 4;

/// Businesses that a phone lists; a platform with more shows those with the lowest ids.
const MAX_BUSINESSES: u32 = 1_000;

#[derive(Default)]
pub(crate) struct UserBus(Mutex<Phones>);

#[derive(Default)]
struct Phones {
    listening: BTreeMap<UserId, broadcast::Sender<UserEvent>>,
    /// Where the last sweep stopped.
    swept: Option<UserId>,
}

impl UserBus {
    fn subscribe(&self, user: &UserId) -> broadcast::Receiver<UserEvent> {
        let mut phones = self.0.lock();
        phones.sweep();
        phones.listening.entry(user.clone()).or_insert_with(|| broadcast::channel(BACKLOG).0).subscribe()
    }

    pub(crate) fn tell(&self, user: &UserId, event: UserEvent) {
        if let Some(phone) = self.0.lock().listening.get(user) {
            let _ = phone.send(event); // nobody listens: nothing is lost, a phone asks for the state when it connects
        }
    }

    pub(crate) fn tell_all(&self, event: &UserEvent) {
        for phone in self.0.lock().listening.values() {
            let _ = phone.send(event.clone());
        }
    }
}

impl Phones {
    /// Forgets some phones that have gone, going round by and by: looking through all at each connect is quadratic in phones.
    fn sweep(&mut self) {
        let from = self.swept.take().map_or(Bound::Unbounded, Bound::Excluded);
        let some: Vec<_> = self
            .listening
            .range((from, Bound::Unbounded))
            .take(SWEEP)
            .map(|(user, phone)| (user.clone(), phone.receiver_count() == 0))
            .collect();
        for (user, gone) in some {
            if gone {
                self.listening.remove(&user);
            }
            self.swept = Some(user);
        }
        if let Some(swept) = &self.swept
            && self.listening.range((Bound::Excluded(swept.clone()), Bound::Unbounded)).next().is_none()
        {
            self.swept = None;
        }
    }
}

impl Engine {
    /// Everything that concerns this user's phones from now on.
    pub fn listen(&self, user: &UserId) -> broadcast::Receiver<UserEvent> {
        self.node.users.subscribe(user)
    }

    /// What a hidden call icon means for users.
    pub fn hidden_icon(&self) -> HiddenIcon {
        self.node.rules.hidden_icon
    }

    /// The businesses that a user can see, with their call icon shown or hidden by the published rules.
    pub async fn businesses(&self, user: &User) -> Result<Vec<ListedBusiness>, Fault> {
        let (country, now) = (user.number.country(), self.now());
        let numbers = self.store().numbers(None, Page { after: None, limit: MAX_BUSINESSES }).await?;
        let business = |number: crate::records::Number| {
            let paused = number.paused_until(Direction::UserInitiated, now).is_some();
            let works = |entry| gate::icon(&number.settings, self.hidden_icon(), paused, country, entry);
            let (icon, callable_from_log) = (works(EntryPoint::Icon), works(EntryPoint::CallLog).is_ok());
            ListedBusiness { icon, callable_from_log, id: number.id, number: number.number, name: number.name }
        };
        Ok(numbers.into_iter().map(business).collect())
    }
}
