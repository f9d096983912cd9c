//! The ports kept on disk, and an in-memory twin that passes the same tests.
//!
//! Both refuse the same commits, beyond what a disk can do: objects are put after their owners (portfolio, WABA, number; app,
//! token; user, session; number and user, pair; WABA, template) and removed before them, a phone number has one holder among businesses and
//! one among users, a template's name and language are taken once within its WABA, and a user is held by one live call. Calls, the journal,
//! messages and deliveries name what they concern without owning it, so that history outlives its objects.
#![cfg_attr(test, allow(clippy::unwrap_used))]
#![warn(missing_docs, unreachable_pub, unnameable_types)]

mod key;
mod memory;
mod sqlite;

pub use key::SealingKey;
pub use memory::{MemoryStore, OnCommit, StoreSnapshot};
pub use sqlite::SqliteStore;
