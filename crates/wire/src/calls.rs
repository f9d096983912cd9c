//! `POST /{version}/{phone-number-id}/calls`: five actions on one endpoint, and their replies.
//!
//! Platform docs, Calling, API and Webhook Reference (2026-06-26), "Calls". There is no action for hold, mute,
//! transfer or media updates.

pub mod announcement;
pub mod reply;
pub mod request;
pub mod session;

pub use announcement::{Announcement, Capture, Language};
pub use reply::{CallStarted, Success};
pub use request::{Accept, CallRequest, Connect, PreAccept};
pub use session::{SdpType, Session};

/// The only value of `messaging_product`.
pub const MESSAGING_PRODUCT: &str = "whatsapp";

/// Most characters of `biz_opaque_callback_data`.
pub const OPAQUE_DATA_MAX_CHARS: usize = 512;
