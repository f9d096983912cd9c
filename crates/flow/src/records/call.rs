//! One call as kept on record.

use callport_core::call::Ending;
use callport_core::call_id::{CallId, Direction};
use callport_core::codec::AdditionalCodec;
use callport_core::gate::DeviceKind;
use callport_core::ids::{PhoneNumberId, UserId, WabaId};
use callport_core::key_exchange::KeyExchange;
use callport_core::time::WallTime;

use crate::records::{CallLine, MediaReport};

/// Where a recorded call stands. A live call's truth is its machine; this is what survives it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stage {
    /// Offered to the business, or to the user's phones.
    Calling,
    /// Pre-accepted, or a device of the user rings.
    Ringing,
    /// Accepted or picked up at that moment.
    Active(WallTime),
    /// Over.
    Ended(Ending),
}

/// A call.
#[derive(Debug, Clone, PartialEq)]
pub struct CallRecord {
    /// `wacid.…`.
    pub id: CallId,
    /// Who placed it.
    pub direction: Direction,
    /// The business number.
    pub number: PhoneNumberId,
    /// Its WABA.
    pub waba: WabaId,
    /// The user.
    pub user: UserId,
    /// The device that placed it, or that picked it up; `None` while nobody did.
    pub device: Option<DeviceKind>,
    /// When it was placed: `timestamp` of connect.
    pub placed_at: WallTime,
    /// Where it stands.
    pub stage: Stage,
    /// `payload` of the call button that was tapped.
    pub cta_payload: Option<String>,
    /// `biz_payload` of the deep link that was opened.
    pub deeplink_payload: Option<String>,
    /// `biz_opaque_callback_data` of accept (UIC) or connect (BIC).
    pub opaque: Option<String>,
    /// How its business hears of it.
    pub line: CallLine,
    /// Where the keys of its business leg come from.
    pub keys: KeyExchange,
    /// Codecs offered beside Opus.
    pub codecs: Vec<AdditionalCodec>,
    /// The last word of the media plane, once the call ended.
    pub media: Option<MediaReport>,
}

impl CallRecord {
    /// Not over yet.
    pub fn live(&self) -> bool {
        !matches!(self.stage, Stage::Ended(_))
    }
}
