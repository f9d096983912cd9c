//! Puts facts into published words: the engine knows what happened, an adapter knows the JSON.

use callport_core::bsuid::Bsuid;
use callport_core::call::Ending;
use callport_core::call_id::{CallId, Direction};
use callport_core::ids::{PhoneNumberId, WabaId};
use callport_core::number::PhoneNumber;
use callport_core::settings::CallingSettings;
use callport_core::time::WallTime;

/// What every webhook about a user and a number needs.
#[derive(Debug, Clone)]
pub struct CallFacts {
    /// `entry[].id`.
    pub waba: WabaId,
    /// `metadata.phone_number_id`.
    pub number_id: PhoneNumberId,
    /// `metadata.display_phone_number`.
    pub number: PhoneNumber,
    /// `wa_id`.
    pub user: PhoneNumber,
    /// `profile.name`.
    pub user_name: String,
    /// `profile.username`.
    pub username: Option<String>,
    /// `user_id`.
    pub bsuid: Bsuid,
}

/// A fact that a business must be told.
#[derive(Debug, Clone)]
pub enum Notice {
    /// A call was placed (`calls`, event `connect`).
    Connect {
        /// Parties.
        facts: CallFacts,
        /// `id`.
        call: CallId,
        /// `direction`.
        direction: Direction,
        /// `timestamp`.
        at: WallTime,
        /// `session.sdp`; `sdp_type` follows from the direction.
        sdp: String,
        /// Tapped call button.
        cta_payload: Option<String>,
        /// Opened deep link.
        deeplink_payload: Option<String>,
        /// Echo, BIC only.
        opaque: Option<String>,
    },
    /// A call ended (`calls`, event `terminate`).
    Terminate {
        /// Parties.
        facts: CallFacts,
        /// `id`.
        call: CallId,
        /// `direction`.
        direction: Direction,
        /// How it ended.
        ending: Ending,
        /// Tapped call button.
        cta_payload: Option<String>,
        /// Opened deep link.
        deeplink_payload: Option<String>,
        /// Echo.
        opaque: Option<String>,
    },
    /// A user tried to call and there is no payment method (`calls`, `errors` 131044, no call).
    NoPaymentMethod {
        /// Parties.
        facts: CallFacts,
        /// When.
        at: WallTime,
    },
    /// Calling settings changed (`account_settings_update`).
    SettingsChanged {
        /// `entry[].id`.
        waba: WabaId,
        /// `phone_number_id`.
        number_id: PhoneNumberId,
        /// `timestamp`.
        at: WallTime,
        /// As they are now.
        settings: CallingSettings,
    },
}

impl Notice {
    /// A word for the outbox.
    pub fn event(&self) -> &'static str {
        match self {
            Notice::Connect { .. } => "connect",
            Notice::Terminate { .. } => "terminate",
            Notice::NoPaymentMethod { .. } => "error",
            Notice::SettingsChanged { .. } => "settings",
        }
    }
}

/// Renders the exact bytes of a webhook body.
pub trait Wording: Send + Sync + 'static {
    /// The body, as it will be signed and sent.
    fn body(&self, notice: &Notice) -> Vec<u8>;
}
