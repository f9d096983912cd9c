//! Calls: who describes media first, and why calls of a number are paused.

use callport_core::call_id::Direction;
use callport_wire::calls::SdpType;
use callport_wire::settings::RestrictionKind;
use callport_wire::webhooks::RestrictionType;

/// What the platform's SDP is to the business: an offer when a user calls it, an answer when it calls.
pub fn platform_sdp(direction: Direction) -> SdpType {
    match direction {
        Direction::UserInitiated => SdpType::Offer,
        Direction::BusinessInitiated => SdpType::Answer,
    }
}

/// A pause of one direction, as `account_update` names it.
pub fn restriction_type(direction: Direction) -> RestrictionType {
    match direction {
        Direction::UserInitiated => RestrictionType::UserInitiated,
        Direction::BusinessInitiated => RestrictionType::BusinessInitiated,
    }
}

/// The same, as GET of the settings names it.
pub fn restriction_kind(direction: Direction) -> RestrictionKind {
    match direction {
        Direction::UserInitiated => RestrictionKind::UserInitiated,
        Direction::BusinessInitiated => RestrictionKind::BusinessInitiated,
    }
}
