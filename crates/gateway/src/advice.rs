//! What to do about a published refusal: one sentence a code.
//!
//! Platform docs, Calling, Troubleshooting; Obtain user call permissions; Cloud API, Error codes.

use callport_wire::Code;

/// What the caller of a user can do about `code`. None where the platform's own words are all there is.
pub fn advice(code: i64) -> Option<&'static str> {
    // The Graph API keeps all numbers from 200 to 299 for permissions.
    let code = if (200..=299).contains(&code) { Code::PermissionMissing } else { Code::from_number(code)? };
    Some(match code {
        Code::AppRateLimit | Code::AccountRateLimit | Code::Throughput => "Too many requests: wait, and ask less often.",
        Code::PermissionDenied | Code::PermissionMissing | Code::AccessDenied => "Give the token whatsapp_business_messaging on this WABA.",
        Code::AuthException | Code::TokenInvalid => "The token is unknown or expired: make a new one.",
        Code::NumberDeleted | Code::InvalidParameter => "Check the phone-number id and the request; the details name what is wrong.",
        Code::PermissionLookupLimit => "Too many look-ups of permissions: try again in a second.",
        Code::Undeliverable => "The message cannot reach this user: not on WhatsApp, or with an app older than 2.24.14.",
        Code::RecipientNotListed => "A test number reaches listed users only: add this one to the number's list of recipients.",
        Code::PaymentForMessages | Code::Payment => "Add a valid payment method to the WABA.",
        Code::ReEngagement => "The 24-hour window is closed: let the user write or call first, or ask by a template.",
        Code::SpamLimit | Code::PairLimit => "Too many messages to this user: wait before the next one.",
        Code::MethodNotAllowed => "This number signals over SIP: switch SIP off, or place the call there.",
        Code::UserIdNotTaken => "This request takes no business-scoped id: name the user by phone number.",
        Code::TemplateParameterCount | Code::TemplateParameterFormat => "The template has placeholders: name one without.",
        Code::TemplateUnknown => {
            "There is no approved template of that name and language: create one with a call_permission_request component."
        }
        Code::TemplatePaused | Code::TemplateDisabled => "The template is paused or disabled: name another.",
        Code::NumberNotRegistered => "Register the number with Cloud API first.",
        Code::CallingNotEnabled => "Enable calling: POST /{phone-number-id}/settings with calling.status ENABLED.",
        Code::ReceiverUncallable => "This user cannot be called: not on WhatsApp, its terms not accepted, or an app that takes no calls.",
        Code::ConcurrentCalls => "Too many calls are up on this number: end some first.",
        Code::DuplicateCall => "A call with this user is up already: end it first.",
        Code::ConnectionError | Code::RelayUnreachable => {
            "The call could not be connected: check that UDP gets through both ways, then call again."
        }
        Code::CallRateLimit => "The number has started its 10,000 calls of 24 hours: wait.",
        Code::NoCallPermission => "The user has not permitted calls, or no longer does: ask, and wait for their answer.",
        Code::ConnectTimeout => "Media was not set up in time: check that the SDP is applied at once and that UDP gets through.",
        Code::SdpValidation => "The SDP was refused: one audio line, one SHA-256 fingerprint, Opus.",
        Code::PermissionRequestLimit => {
            "The user was asked often enough: wait until the limit allows another request, or until a call has connected."
        }
        Code::NoConversation => "Exchange a message with the user first, then ask.",
        Code::BusinessCallLimit => "The user has taken the calls that a day allows: wait until the time that the details name.",
        Code::BusinessCallsUnavailable => {
            "Numbers of this country cannot call users (US, CA, EG, VN, NG): use a number of another country."
        }
        Code::CallingPaused => "The number is paused for low quality, seven days: GET settings says until when.",
        Code::PermanentPermission => "The user has permitted calls for good: just call.",
        Code::NotCallPrimary => "Conversation routing gives the calls of this number to another partner: let the business choose this one.",
        Code::ThreadOfAnother => "Another partner answers in this chat: take the thread, or let it be passed.",
        Code::SetupFailed => "The user's app could not set the call up: call again.",
        Code::MediaReceiveTimeout => "The user's app heard nothing: keep sending audio from the pick-up on.",
        Code::MediaTransmitTimeout => "The user's app sent nothing for long: call again.",
        Code::NoMediaSignals => "Picked up without a sign of media: check that UDP gets through, then call again.",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_refusal_of_a_call_or_of_a_request_has_a_sentence() {
        let silent: Vec<u32> = Code::ALL.iter().map(|code| code.number()).filter(|number| (138_000..=138_999).contains(number)).collect();
        let silent: Vec<_> = silent.into_iter().filter(|number| advice(i64::from(*number)).is_none()).collect();
        // About enabling calling, which a call cannot meet.
        assert_eq!(silent, [138_015, 138_018]);
        for code in [131_026, 131_030, 131_044, 131_047, 131_055, 613, 190, 100] {
            assert!(advice(code).is_some_and(|sentence| sentence.ends_with('.')), "{code}");
        }
        assert_eq!(advice(1), None);
    }
}
