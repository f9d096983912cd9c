//! Live calls: one owner each, which runs what is asked of its call, one at a time.

mod facade;
mod media;
mod owner;
mod owners;
mod recover;
mod story;

pub use facade::{CallFailed, NewBusinessCall};
pub(crate) use media::pass_on_media_events;
pub(crate) use owners::Owners;
pub use story::Story;
