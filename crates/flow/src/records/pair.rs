//! What is kept of one business number and one user.

use callport_core::ids::{PhoneNumberId, UserId};
use callport_core::pair::Pair;

/// A pair with its parties.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PairRecord {
    /// The business number.
    pub number: PhoneNumberId,
    /// The user.
    pub user: UserId,
    /// Permission, counters, service window.
    pub pair: Pair,
}
