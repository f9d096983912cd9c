//! Calls: placing one from either side, and what is asked of one that is there.

mod ask;
mod place_business_call;
mod place_user_call;
mod turn;

pub use ask::{AskCall, AskCallRefusal, Asked, CallAsk, CallCommand, PhoneAsk};
pub use place_business_call::sender;
pub use place_business_call::{PlaceBusinessCall, PlaceBusinessCallRefusal};
pub use place_user_call::{NewUserCall, PlaceUserCall, PlaceUserCallRefusal, PlacedUserCall};

#[cfg(test)]
mod tests;
