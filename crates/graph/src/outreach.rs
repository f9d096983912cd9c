//! Why a business may not reach a user, in published codes. Calls and messages are refused alike.
//!
//! Platform docs, Calling, Troubleshooting (2026-06-24) and Cloud API, Error codes.

use callport_core::outreach::OutreachRefusal;
use callport_core::pair::{PairRefusal, RequestRefusal};
use callport_wire::Code;

use crate::answer::Refusal;

impl From<OutreachRefusal> for Refusal {
    fn from(refusal: OutreachRefusal) -> Self {
        let code = match refusal {
            OutreachRefusal::CallingOff => Code::CallingNotEnabled,
            OutreachRefusal::Country => Code::BusinessCallsUnavailable,
            OutreachRefusal::Paused { .. } => Code::CallingPaused,
            OutreachRefusal::NotListed => Code::RecipientNotListed,
            OutreachRefusal::Uncallable => Code::ReceiverUncallable,
            OutreachRefusal::Request(RequestRefusal::PermanentPermission) => Code::PermanentPermission,
            OutreachRefusal::Request(RequestRefusal::Limit { .. }) => Code::PermissionRequestLimit,
            OutreachRefusal::WindowClosed => Code::ReEngagement,
            OutreachRefusal::Pair(PairRefusal::NoPermission) => Code::NoCallPermission,
            OutreachRefusal::Pair(PairRefusal::Limit { .. }) => Code::BusinessCallLimit,
            OutreachRefusal::TooManyStarts => Code::CallRateLimit,
            OutreachRefusal::TooManyCalls => Code::ConcurrentCalls,
            OutreachRefusal::Duplicate => Code::DuplicateCall,
        };
        Self::told(code, &refusal)
    }
}
