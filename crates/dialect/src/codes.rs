//! Which published code a reason of the rules has. The codes themselves, with status and title, stand in [`callport_wire::codes`].
//!
//! Platform docs, Calling, Troubleshooting (2026-06-24) and Cloud API, Error codes.

use callport_core::call::{CommandRefusal, EndReason};
use callport_core::call_id::Direction;
use callport_core::eligibility::Prerequisite;
use callport_core::outreach::OutreachRefusal;
use callport_core::pair::{PairRefusal, RequestRefusal};
use callport_core::settings::SettingsRefusal;
use callport_core::template::{FillKind, TemplateStatus};
pub use callport_wire::Code;

/// Whether a code is one of the published table.
pub fn is_published(number: u32) -> bool {
    Code::from_number(number).is_some()
}

/// The code that usually comes with the HTTP status of an error.
pub fn usual(status: u16) -> u32 {
    let code = match status {
        401 => Code::TokenInvalid,
        403 => Code::PermissionDenied,
        429 => Code::AppRateLimit,
        400..500 => Code::InvalidParameter,
        503 => Code::CloudUnavailable,
        _ => Code::SomethingWentWrong,
    };
    code.number()
}

/// Of a call that failed; none for one that ended as calls do.
pub fn of_end(reason: EndReason) -> Option<Code> {
    match reason {
        EndReason::UserHungUp
        | EndReason::BusinessTerminated
        | EndReason::Rejected
        | EndReason::NotAnswered
        | EndReason::Declined
        | EndReason::NotPickedUp
        | EndReason::UserBusy
        | EndReason::OperatorHungUp => None,
        EndReason::BusinessNeverConnected => Some(Code::ConnectTimeout),
        EndReason::BusinessUnreachable | EndReason::AnswerRefused => Some(Code::SetupFailed),
        EndReason::NoBusinessMedia | EndReason::BusinessWentSilent => Some(Code::MediaReceiveTimeout),
        EndReason::UserWentSilent => Some(Code::MediaTransmitTimeout),
        EndReason::UserNeverConnected => Some(Code::RelayUnreachable),
        EndReason::PlatformRestarted | EndReason::MediaFault | EndReason::PlatformFault => Some(Code::SomethingWentWrong),
    }
}

/// Of a business that may not reach a user. Calls and messages are refused alike.
pub fn of_outreach(refusal: &OutreachRefusal) -> Code {
    match refusal {
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
    }
}

/// Of a command for a call. `picks_up`: it was accept or pre_accept, which the published timeout is about.
pub fn of_command(refusal: &CommandRefusal, picks_up: bool) -> Code {
    match refusal {
        CommandRefusal::RangOut if picks_up => Code::ConnectTimeout,
        _ => Code::InvalidParameter, // the platform names these mistakes, but not their code
    }
}

/// Of settings that cannot be.
pub fn of_settings(refusal: &SettingsRefusal) -> Code {
    match refusal {
        SettingsRefusal::NotRegistered => Code::NumberNotRegistered,
        SettingsRefusal::MessagingLimitTooLow => Code::CallingNotEligible,
        SettingsRefusal::NoCallsSubscriber => Code::PrerequisitesNotMet,
        // The platform names these mistakes, but not their code.
        SettingsRefusal::NotOnCloudApi
        | SettingsRefusal::CallHours(_)
        | SettingsRefusal::SipServer(_)
        | SettingsRefusal::NoSipServer
        | SettingsRefusal::SipNotServed => Code::InvalidParameter,
    }
}

/// Of a request that meets a prerequisite which is not met, or of the webhook that tells of it. None where nothing is refused and nobody hears.
pub fn of_prerequisite(prerequisite: Prerequisite, direction: Option<Direction>) -> Option<Code> {
    match prerequisite {
        Prerequisite::CloudApi => Some(Code::InvalidParameter), // enabling is refused; the platform does not publish its code
        Prerequisite::Registered => Some(Code::NumberNotRegistered),
        Prerequisite::CallsField | Prerequisite::Subscription => Some(Code::PrerequisitesNotMet),
        Prerequisite::MessagingScope | Prerequisite::ManagementScope => Some(Code::PermissionDenied),
        Prerequisite::Callback => None,
        Prerequisite::TechPartner => Some(Code::PermissionMissing),
        Prerequisite::MessagingLimit => Some(Code::CallingNotEligible),
        Prerequisite::CallingEnabled => Some(Code::CallingNotEnabled),
        Prerequisite::PaymentMethod => Some(Code::Payment),
        Prerequisite::Country => Some(Code::BusinessCallsUnavailable),
        Prerequisite::NotPaused => (direction == Some(Direction::BusinessInitiated)).then_some(Code::CallingPaused),
        Prerequisite::AllowedRecipients => Some(Code::RecipientNotListed),
    }
}

/// Of parameters that a template does not take.
pub fn of_fill(kind: FillKind) -> Code {
    match kind {
        FillKind::Count => Code::TemplateParameterCount,
        FillKind::TooLong => Code::TemplateTooLong,
        FillKind::Format => Code::TemplateParameterFormat,
        FillKind::Text => Code::TemplateParameterText,
    }
}

/// Of a template that is not sent because of its status.
pub fn of_unsent(status: TemplateStatus) -> Code {
    match status {
        TemplateStatus::Paused => Code::TemplatePaused,
        TemplateStatus::Disabled => Code::TemplateDisabled,
        TemplateStatus::Pending | TemplateStatus::Rejected | TemplateStatus::Approved => Code::TemplateUnknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_that_failed_has_a_code_and_no_other_has() {
        for reason in EndReason::ALL {
            assert_eq!(of_end(reason).is_some(), reason.failed(), "{reason:?}");
        }
    }
}
