//! What adapters ask of platform objects and people.

mod auth;
mod callbacks;
mod eligibility;
mod people;
mod provision;
mod removal;
mod routing;

pub use auth::{Actor, AuthRefusal};
pub use callbacks::CallbackRefusal;
pub use people::{SignedIn, To};
pub use provision::{Grant, NewTemplate};
pub use routing::OwnRoles;
pub(crate) use routing::routing_of;

use std::convert::Infallible;

use crate::fault::{Failed, Fault};

/// For inputs that no rule refuses.
pub(crate) fn never<T>(result: Result<T, Failed<Infallible>>) -> Result<T, Fault> {
    result.map_err(|failed| match failed {
        Failed::Refused(never) => match never {},
        Failed::Fault(fault) => fault,
    })
}
