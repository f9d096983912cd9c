//! Users as requests name them: by number, or by the id that their portfolio knows them by.

use callport_core::bsuid::Bsuid;
use callport_core::number::PhoneNumber;

use crate::engine::Engine;
use crate::fault::Fault;
use crate::records::{User, Waba};

/// Whom a request names: `to`, or `recipient`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum To {
    /// `to`: a phone number, normalised.
    Number(PhoneNumber),
    /// `recipient`: a business-scoped user id.
    Bsuid(Bsuid),
}

impl To {
    /// The number, where one was given.
    pub fn number(&self) -> Option<&PhoneNumber> {
        match self {
            To::Number(number) => Some(number),
            To::Bsuid(_) => None,
        }
    }
}

impl Engine {
    /// The user that a business of this WABA means; `None` when there is none.
    pub async fn find_user(&self, waba: &Waba, to: &To) -> Result<Option<User>, Fault> {
        match to {
            To::Number(number) => self.user_by_number(number).await,
            To::Bsuid(bsuid) => self.user_by_bsuid(waba, bsuid).await,
        }
    }

    /// The user with this number: registered as it is written, or under its other spelling.
    pub async fn user_by_number(&self, number: &PhoneNumber) -> Result<Option<User>, Fault> {
        if let Some(user) = self.ports.store.user_by_number(number).await? {
            return Ok(Some(user));
        }
        match number.other_spelling() {
            Some(other) => self.ports.store.user_by_number(&other).await,
            None => Ok(None),
        }
    }

    /// Ids cannot be turned back into users, so the users are gone through; whom an id stands for is remembered.
    async fn user_by_bsuid(&self, waba: &Waba, bsuid: &Bsuid) -> Result<Option<User>, Fault> {
        let means = |user: &User| Bsuid::derive(&waba.portfolio, &user.id, &user.number) == *bsuid;
        let remembered = self.bsuids.lock().get(bsuid).cloned();
        if let Some(id) = remembered
            && let Some(user) = self.ports.store.user(&id).await?.filter(means)
        {
            return Ok(Some(user));
        }
        let found = self.ports.store.users().await?.into_iter().find(means);
        if let Some(user) = &found {
            let mut bsuids = self.bsuids.lock();
            if bsuids.len() >= MAX_REMEMBERED {
                bsuids.clear();
            }
            bsuids.insert(bsuid.clone(), user.id.clone());
        }
        Ok(found)
    }
}

/// Ids remembered at most; then all are forgotten and found again.
const MAX_REMEMBERED: usize = 65_536;
