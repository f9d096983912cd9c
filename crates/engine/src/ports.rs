//! What the engine needs of the world. Each port has one real home and, for tests, one in memory.

mod carrier;
mod clock;
mod media;
mod store;
mod wording;

pub use carrier::{Carrier, Letter, Verdict, VerifyRefusal};
pub use clock::{Clock, Monotonic, Random};
pub use media::{
    AnswerRefusal, BusinessOfferFault, Media, MediaEvent, MediaEvents, MediaFault, OpenBusinessCall, OpenCall, OpenedBusinessCall,
    OpenedCall, media_events,
};
pub use store::{CallPage, Change, MessagePage, Store};
pub use wording::{Context, Notice, Parties, Recipient, Wording};
