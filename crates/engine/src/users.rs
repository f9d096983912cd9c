//! What a user's phone is told, wherever the phone is connected. In this process; several nodes would put a bus behind it.

use std::collections::HashMap;

use callport_core::call::{EndReason, UserView};
use callport_core::call_id::{CallId, Direction};
use callport_core::country::Country;
use callport_core::gate::{self, EntryPoint, Unavailable};
use callport_core::ids::{PhoneNumberId, UserId};
use callport_core::number::PhoneNumber;
use callport_core::pair::Permission;
use callport_core::time::WallTime;
use callport_core::token::SecretHash;
use parking_lot::Mutex;
use tokio::sync::broadcast;

use crate::engine::Engine;
use crate::fault::Fault;
use crate::records::{Message, User};

/// Events that one slow phone may fall behind; then it is told to ask again.
const BACKLOG: usize = 64;

/// Something that a phone shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UserEvent {
    /// The screen of a call changes.
    View {
        /// The call.
        call: CallId,
        /// With whom.
        number: PhoneNumberId,
        /// What to show.
        view: UserView,
        /// When it was accepted or picked up, once it was.
        since: Option<WallTime>,
    },
    /// What is known of the audio path.
    Media {
        /// The call.
        call: CallId,
        /// ICE and DTLS are up on both legs.
        path_open: bool,
        /// RTP comes from both sides.
        audio_both_ways: bool,
    },
    /// The call is over.
    Ended {
        /// The call.
        call: CallId,
        /// Why.
        reason: EndReason,
        /// Seconds talked; `None` when it was not picked up.
        seconds: Option<u64>,
    },
    /// A message of a chat, new or changed.
    Message(Box<Message>),
    /// What a business number may do changed.
    Permission {
        /// The number.
        number: PhoneNumberId,
        /// As it is now.
        permission: Permission,
    },
    /// A session is over, or all of the user's: whoever shows something by it stops.
    SignedOut {
        /// Which; `None`: all.
        session: Option<SecretHash>,
    },
    /// A business changed: ask for the list again.
    BusinessesChanged,
}

/// A business as a user's phone lists it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Business {
    /// Its number's id.
    pub id: PhoneNumberId,
    /// Its number.
    pub number: PhoneNumber,
    /// Its name.
    pub name: String,
    /// Whether the call icon shows, and why not.
    pub icon: Result<(), Unavailable>,
}

#[derive(Default)]
pub(crate) struct UserBus {
    phones: Mutex<HashMap<UserId, broadcast::Sender<UserEvent>>>,
}

impl UserBus {
    fn subscribe(&self, user: &UserId) -> broadcast::Receiver<UserEvent> {
        let mut phones = self.phones.lock();
        phones.retain(|_, phone| phone.receiver_count() > 0);
        phones.entry(user.clone()).or_insert_with(|| broadcast::channel(BACKLOG).0).subscribe()
    }

    pub(crate) fn tell(&self, user: &UserId, event: UserEvent) {
        if let Some(phone) = self.phones.lock().get(user) {
            let _ = phone.send(event); // nobody listens: nothing is lost, a phone asks for the state when it connects
        }
    }

    pub(crate) fn tell_all(&self, event: &UserEvent) {
        for phone in self.phones.lock().values() {
            let _ = phone.send(event.clone());
        }
    }
}

impl Engine {
    /// Everything that concerns this user's phones from now on.
    pub fn listen(&self, user: &UserId) -> broadcast::Receiver<UserEvent> {
        self.users.subscribe(user)
    }

    /// The businesses that a user can see, with their call icon shown or hidden by the published rules.
    pub async fn businesses(&self, user: &User) -> Result<Vec<Business>, Fault> {
        let (country, now) = (Country::of(&user.number), self.now());
        let numbers = self.ports.store.numbers(None).await?;
        let business = |number: crate::records::Number| Business {
            icon: gate::icon(&number.settings, number.paused_until(Direction::UserInitiated, now).is_some(), country, EntryPoint::Icon),
            id: number.id,
            number: number.number,
            name: number.name,
        };
        Ok(numbers.into_iter().map(business).collect())
    }
}
