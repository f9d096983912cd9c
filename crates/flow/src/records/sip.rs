//! How a business hears of its calls, and its SIP servers.

use std::fmt;

use callport_core::ids::{AppId, PhoneNumberId};
use callport_core::sip::SipTarget;
use callport_core::time::WallTime;

/// The line by which a call goes to its business: settled when it is placed, whatever the settings become.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CallLine {
    /// Webhooks to the business, the Graph API from it.
    Webhooks,
    /// SIP, with the server of this app.
    Sip {
        /// Whose server.
        app: AppId,
        /// `call_created` and `terminate` are told by webhook too.
        webhooks: bool,
    },
}

impl CallLine {
    /// It is SIP.
    pub fn is_sip(&self) -> bool {
        matches!(self, CallLine::Sip { .. })
    }
}

/// A SIP server that an app configured for a number.
#[derive(Clone, PartialEq, Eq)]
pub struct SipServerRecord {
    /// The number.
    pub number: PhoneNumberId,
    /// The app.
    pub app: AppId,
    /// Where it is.
    pub target: SipTarget,
    /// Of both digests. Made by the platform, kept encrypted by the store, and another one after the server was taken away.
    pub password: String,
    /// When the app named it last: of several servers of a number, the newest takes its calls.
    pub configured_at: WallTime,
}

impl fmt::Debug for SipServerRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SIP server {} of app {} for {}", self.target.host, self.app, self.number)
    }
}
