//! What a request used of its hour, for the headers of its reply: of a refusal as of an answer (platform docs, Graph API, Rate limits).

use std::sync::{Arc, Mutex, PoisonError};

use callport_core::ids::WabaId;

/// A share of what may be asked in an hour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Share {
    /// Percent; more than a hundred: this request was one too many.
    pub(crate) percent: u32,
    /// Until the next hour begins.
    pub(crate) minutes_left: u32,
}

impl Share {
    /// Minutes until requests are served again; 0 while they are.
    pub(crate) fn regains_in(self) -> u32 {
        if self.percent > 100 { self.minutes_left } else { 0 }
    }
}

/// What is told of one request.
#[derive(Debug, Clone, Default)]
pub(crate) struct Usage {
    /// Of the token.
    pub(crate) token: Share,
    /// The account concerned, and what of its hour is used, or its number's, whichever is more.
    pub(crate) account: Option<(WabaId, Share)>,
}

/// Noted while a request is read and served, and told by whoever sends its reply.
#[derive(Debug, Clone, Default)]
pub(crate) struct UsageNotes(Arc<Mutex<Usage>>);

impl UsageNotes {
    pub(crate) fn token(&self, share: Share) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).token = share;
    }

    pub(crate) fn account(&self, waba: &WabaId, share: Share) {
        let mut usage = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match &mut usage.account {
            Some((known, noted)) if known == waba && noted.percent >= share.percent => {}
            account => *account = Some((waba.clone(), share)),
        }
    }

    pub(crate) fn told(&self) -> Usage {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_two_shares_of_an_account_the_larger_is_told() {
        let (notes, waba) = (UsageNotes::default(), WabaId::parse("2001").unwrap());
        let share = |percent| Share { percent, minutes_left: 9 };
        for percent in [3, 70, 12] {
            notes.account(&waba, share(percent));
        }
        assert_eq!(notes.told().account, Some((waba, share(70))));
        assert_eq!([share(100).regains_in(), share(101).regains_in()], [0, 9]);
    }
}
