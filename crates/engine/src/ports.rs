//! What the engine needs of the world. Each port has one real home and, for tests, one in memory.

mod bus;
mod carrier;
mod clock;
mod line;
mod media;
mod sip;
mod store;
mod tasks;

pub use bus::{Alone, Bus, OwnerReply};
pub use callport_flow::{
    AnswerRefusal, CheckedAnswer, Context, HandoverKind, MediaFault, Notice, Parties, PartnerEvent, PartnerNews, Recipient,
};
pub use carrier::{Carrier, DeliveryOutcome, Letter, VerifyRefusal};
pub use clock::{Clock, Monotonic, Random};
pub use line::{BusinessLine, Wording};
pub use media::{Media, MediaEvent, MediaEvents, OpenBusinessCall, OpenCall, OpenedBusinessCall, OpenedCall, media_events};
pub use sip::{NoSip, SipLine};
pub use store::{
    Adopted, CallPage, Commit, CommitFault, JournalPage, MessagePage, NewDelivery, NodeBeat, Old, Page, Queued, Reopened, Settlement,
    Store, Versioned,
};
pub use tasks::{BoxFuture, Tasks, TokioTasks};
