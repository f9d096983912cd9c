//! Sentences for the person with the phone. Reasons are words for programs; these are for people, and say what to do next.

use callport_core::call::EndReason;
use callport_core::gate::Unavailable;
use callport_engine::{DialRefusal, RejoinRefusal};

use crate::protocol::Outcome;

/// A call link without a number, or with too long a payload.
pub(crate) const BROKEN_LINK: &str = "It has no whole phone number in it, or carries too much. Ask for a new one where you found it.";

/// A call link to nobody.
pub(crate) const UNKNOWN_LINK: &str = "No business has the number of this link here. Ask for a new one where you found it.";

/// Our side failed.
pub(crate) const FAULT: &str = "Something went wrong on our side. Try again in a moment.";

/// Why the call icon is hidden, or why a gate refused a call.
pub(crate) fn unavailable(why: Unavailable) -> (&'static str, &'static str) {
    match why {
        Unavailable::DeviceCannotCall => ("device_cannot_call", "Calls can be placed from a phone only, not from this kind of device."),
        Unavailable::CallingOff => ("calling_off", "This business does not take calls."),
        Unavailable::IconHidden => {
            ("icon_hidden", "This business has hidden its call icon. Call it from a call button in a message or from your call log.")
        }
        Unavailable::CountryNotServed => ("country_not_served", "This business does not take calls from your country."),
        Unavailable::Paused => ("business_unavailable", "This business cannot be called at the moment."),
        Unavailable::ButtonExpired => ("button_expired", "This call button does not work any more. Ask the business for a new one."),
        Unavailable::NoPaymentMethod => ("business_unavailable", "This business cannot be called at the moment."),
        Unavailable::AlreadyCalling => ("already_calling", "You are already in a call with this business."),
        Unavailable::OnAnotherCall => ("on_another_call", "You are in another call. End it first."),
        Unavailable::TooManyCalls => ("business_busy", "This business has too many calls at the moment. Try again later."),
    }
}

/// Why a call was not placed.
pub(crate) fn dial_refused(refusal: &DialRefusal) -> (&'static str, &'static str) {
    match refusal {
        DialRefusal::UnknownNumber => ("unknown_number", "No business has this number here."),
        DialRefusal::Unavailable(why) => unavailable(*why),
        DialRefusal::PayloadTooLong => ("payload_too_long", "The link or button that led here is broken: it carries too much."),
        DialRefusal::Media(_) => ("media", "The audio of this call could not be set up. Try again."),
        DialRefusal::Fault(_) => ("fault", FAULT),
    }
}

/// Why the sound of a call could not be set up anew.
pub(crate) fn rejoin_refused(refusal: &RejoinRefusal) -> (&'static str, &'static str) {
    match refusal {
        RejoinRefusal::UnknownCall => ("unknown_call", "This call is over."),
        RejoinRefusal::Media(_) => ("media", "The audio of this call could not be set up again."),
    }
}

/// How a call ended, seen from the person who placed it.
pub(crate) fn ending(reason: EndReason, talked: bool) -> (Outcome, &'static str) {
    match reason {
        EndReason::UserHungUp if talked => (Outcome::Answered, "You ended the call."),
        EndReason::UserHungUp => (Outcome::Cancelled, "You hung up before anybody answered."),
        EndReason::BusinessTerminated if talked => (Outcome::Answered, "The business ended the call."),
        EndReason::BusinessTerminated => (Outcome::Declined, "The business ended the call before answering."),
        EndReason::Rejected => (Outcome::Declined, "The business declined the call."),
        EndReason::NotAnswered => (Outcome::NotAnswered, "Nobody answered in time."),
        EndReason::NoBusinessMedia => (Outcome::Failed, "The business picked up, but no sound came from it."),
        EndReason::BusinessWentSilent => (Outcome::Failed, "The sound from the business stopped."),
        EndReason::UserWentSilent => (Outcome::Failed, "No more sound came from your phone."),
        EndReason::UserNeverConnected => {
            (Outcome::Failed, "Your phone could not reach the audio relay. A firewall or a network that blocks UDP may be in the way.")
        }
        EndReason::Declined => (Outcome::Declined, "You declined the call."),
        EndReason::NotPickedUp => (Outcome::NotAnswered, "You missed this call."),
        EndReason::UserBusy => (Outcome::NotAnswered, "You missed this call: you were in another one."),
        EndReason::BusinessNeverConnected => (Outcome::Failed, "The business called, but its audio could not be set up."),
        EndReason::PlatformRestarted => (Outcome::Failed, "The phone service was restarted."),
        EndReason::MediaFault => (Outcome::Failed, "The audio relay failed."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sentence_is_one_and_speaks_to_the_person() {
        let gates = [
            Unavailable::DeviceCannotCall,
            Unavailable::CallingOff,
            Unavailable::IconHidden,
            Unavailable::CountryNotServed,
            Unavailable::Paused,
            Unavailable::ButtonExpired,
            Unavailable::NoPaymentMethod,
            Unavailable::AlreadyCalling,
            Unavailable::OnAnotherCall,
            Unavailable::TooManyCalls,
        ];
        let endings = EndReason::ALL.into_iter().flat_map(|reason| [true, false].map(|talked| ending(reason, talked).1));
        for text in gates.map(|why| unavailable(why).1).into_iter().chain(endings).chain([BROKEN_LINK, UNKNOWN_LINK, FAULT]) {
            assert!(text.ends_with('.') && text.starts_with(char::is_uppercase), "{text}");
            assert!(!text.contains("ICE") && !text.contains("SDP") && !text.contains("138"), "{text}");
        }
    }

    #[test]
    fn a_talk_is_answered_and_a_failure_is_one_with_or_without_it() {
        for reason in EndReason::ALL {
            for talked in [true, false] {
                let (outcome, _) = ending(reason, talked);
                assert_eq!(outcome == Outcome::Failed, reason.failed(), "{reason:?}");
                assert!(talked || outcome != Outcome::Answered, "{reason:?}");
            }
        }
    }
}
