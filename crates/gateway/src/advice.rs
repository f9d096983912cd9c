//! What to do about a published refusal: one sentence a code.
//!
//! Platform docs, Calling, Troubleshooting; Obtain user call permissions; Cloud API, Error codes.

/// What the caller of a user can do about `code`. None where the platform's own words are all there is.
pub fn advice(code: i64) -> Option<&'static str> {
    Some(match code {
        4 | 80_007 | 130_429 => "Too many requests: wait, and ask less often.",
        10 | 200..=299 | 131_005 => "Give the token whatsapp_business_messaging on this WABA.",
        0 | 190 => "The token is unknown or expired: make a new one.",
        33 | 100 => "Check the phone-number id and the request; the details name what is wrong.",
        613 => "Too many look-ups of permissions: try again in a second.",
        131_026 => "The message cannot reach this user: not on WhatsApp, or with an app older than 2.24.14.",
        131_030 => "A test number reaches listed users only: add this one to the number's list of recipients.",
        131_042 | 131_044 => "Add a valid payment method to the WABA.",
        131_047 => "The 24-hour window is closed: let the user write or call first, or ask by a template.",
        131_048 | 131_056 => "Too many messages to this user: wait before the next one.",
        131_055 => "This number signals over SIP: switch SIP off, or place the call there.",
        131_062 => "This request takes no business-scoped id: name the user by phone number.",
        132_000 | 132_012 => "The template has placeholders: name one without.",
        132_001 => "There is no approved template of that name and language: create one with a call_permission_request component.",
        132_015 | 132_016 => "The template is paused or disabled: name another.",
        133_010 => "Register the number with Cloud API first.",
        138_000 => "Enable calling: POST /{phone-number-id}/settings with calling.status ENABLED.",
        138_001 => "This user cannot be called: not on WhatsApp, its terms not accepted, or an app that takes no calls.",
        138_002 => "Too many calls are up on this number: end some first.",
        138_003 => "A call with this user is up already: end it first.",
        138_004 | 138_020 => "The call could not be connected: check that UDP gets through both ways, then call again.",
        138_005 => "The number has started its 10,000 calls of 24 hours: wait.",
        138_006 => "The user has not permitted calls, or no longer does: ask, and wait for their answer.",
        138_007 => "Media was not set up in time: check that the SDP is applied at once and that UDP gets through.",
        138_008 => "The SDP was refused: one audio line, one SHA-256 fingerprint, Opus.",
        138_009 => "The user was asked often enough: wait until the limit allows another request, or until a call has connected.",
        138_011 => "Exchange a message with the user first, then ask.",
        138_012 => "The user has taken the calls that a day allows: wait until the time that the details name.",
        138_013 => "Numbers of this country cannot call users (US, CA, EG, VN, NG): use a number of another country.",
        138_014 => "The number is paused for low quality, seven days: GET settings says until when.",
        138_017 => "The user has permitted calls for good: just call.",
        138_019 => "The user's app could not set the call up: call again.",
        138_021 => "The user's app heard nothing: keep sending audio from the pick-up on.",
        138_022 => "The user's app sent nothing for long: call again.",
        138_023 => "Picked up without a sign of media: check that UDP gets through, then call again.",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use callport_wire::codes::Code;

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
