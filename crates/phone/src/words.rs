//! Sentences for the person with the phone. Reasons are words for programs; these are for people, and say what to do next.

use callport_core::call::EndReason;
use callport_core::call_id::Direction;
use callport_core::gate::Unavailable;
use callport_engine::{AskCallRefusal, BlockRefusal, CallFailed, Failed, PermitRefusal, PlaceUserCallRefusal, SayRefusal};

use crate::protocol::Outcome;

/// A call link without a number, or with too long a payload.
pub(crate) const BROKEN_LINK: &str = "It has no whole phone number in it, or carries too much. Ask for a new one where you found it.";

/// A call link to nobody.
pub(crate) const UNKNOWN_LINK: &str = "No business has the number of this link here. Ask for a new one where you found it.";

/// Our side failed.
pub(crate) const FAULT: &str = "Something went wrong on our side. Try again in a moment.";

/// After unanswered calls of a business (platform docs, Obtain user call permissions).
pub(crate) const RECONSIDER: &str =
    "You did not answer the last calls of this business. Do you still want to be called? You can change its permission in its profile.";

/// A call cannot be brought to a device that cannot call.
pub(crate) const NO_REJOIN: (&str, &str) = ("device_cannot_call", "A call can go on on a phone only, not on this kind of device.");

/// The reason of a call that was placed outside a business's hours.
pub(crate) const CLOSED: &str = "closed";

/// Why the call icon is hidden, or why a gate refused a call.
pub(crate) fn unavailable(why: Unavailable) -> (&'static str, &'static str) {
    match why {
        Unavailable::DeviceCannotCall => ("device_cannot_call", "Calls can be placed from a phone only, not from this kind of device."),
        Unavailable::CallingOff => ("calling_off", "This business does not take calls."),
        Unavailable::IconHidden => {
            ("icon_hidden", "This business has hidden its call icon. Call it from a call button in a message or from your call log.")
        }
        Unavailable::Unsolicited => {
            ("unsolicited", "This business takes only calls that it asked for. Use a call button in one of its messages.")
        }
        Unavailable::CountryNotServed => ("country_not_served", "This business does not take calls from your country."),
        Unavailable::Paused => ("business_unavailable", "This business cannot be called at the moment."),
        Unavailable::ButtonExpired => ("button_expired", "This call button does not work any more. Ask the business for a new one."),
        Unavailable::Closed { .. } => (CLOSED, "This business takes no calls at this hour."),
        Unavailable::NoPaymentMethod => ("business_unavailable", "This business cannot be called at the moment."),
        Unavailable::AlreadyCalling => ("already_calling", "You are already in a call with this business."),
        Unavailable::OnAnotherCall => ("on_another_call", "You are in another call. End it first."),
        Unavailable::TooManyCalls => ("business_busy", "This business has too many calls at the moment. Try again later."),
    }
}

/// A call that is not in the log any more, or never was this person's.
pub(crate) const UNKNOWN_CALL: &str = "This call is not on record any more.";

/// Nothing goes to a business that is blocked.
const BLOCKED: (&str, &str) = ("blocked", "You blocked this business. Unblock it first.");

/// Why a window was closed.
pub(crate) const TOO_MANY_WINDOWS: &str = "You opened the phone in too many windows, so this one, the oldest, was closed.";

/// Why a call was not placed.
pub(crate) fn call_refused(failed: &Failed<PlaceUserCallRefusal>) -> (&'static str, String) {
    let Failed::Refused(refusal) = failed else { return ("fault", FAULT.to_owned()) };
    let (reason, text) = match refusal {
        PlaceUserCallRefusal::UnknownNumber => ("unknown_number", "No business has this number here."),
        PlaceUserCallRefusal::Blocked => BLOCKED,
        PlaceUserCallRefusal::Unavailable(why) => unavailable(*why),
        // A call that hangs is seen by nobody but its user: who can end it needs its name.
        PlaceUserCallRefusal::InCall { why, call } => {
            let (reason, text) = unavailable(*why);
            return (reason, format!("{text} If nothing of it can be seen, the operator can end it: call {}.", call.short()));
        }
        PlaceUserCallRefusal::PayloadTooLong => ("payload_too_long", "The link or button that led here is broken: it carries too much."),
        PlaceUserCallRefusal::NoSipServer => ("business_unreachable", "The business cannot be reached."),
        PlaceUserCallRefusal::Media(_) => ("media", "The audio of this call could not be set up. Try again."),
        PlaceUserCallRefusal::Stopping | PlaceUserCallRefusal::UnknownUser => ("fault", FAULT),
    };
    (reason, text.to_owned())
}

/// Why the sound of a call could not be set up anew.
pub(crate) fn rejoin_refused(failed: &CallFailed) -> (&'static str, &'static str) {
    match failed {
        Failed::Refused(AskCallRefusal::Media(_)) => ("media", "The audio of this call could not be set up again."),
        Failed::Refused(_) => ("unknown_call", "This call is over."),
        Failed::Fault(_) => ("fault", FAULT),
    }
}

/// Why a call was not picked up.
pub(crate) fn pick_up_refused(failed: &CallFailed) -> (&'static str, &'static str) {
    match failed {
        Failed::Refused(AskCallRefusal::DeviceCannotCall) => {
            ("device_cannot_call", "Calls can be taken on a phone only, not on this kind of device.")
        }
        Failed::Refused(AskCallRefusal::Rule(_)) => ("not_ringing", "This call does not ring any more."),
        Failed::Refused(AskCallRefusal::Media(_)) => ("media", "The audio of this call could not be set up. Try again."),
        Failed::Refused(_) => ("unknown_call", "This call is over."),
        Failed::Fault(_) => ("fault", FAULT),
    }
}

/// Why a text was not sent, or a quick reply not tapped.
pub(crate) fn not_said(failed: &Failed<SayRefusal>) -> (&'static str, &'static str) {
    match failed {
        Failed::Refused(SayRefusal::UnknownNumber) => ("unknown_number", "No business has this number here."),
        Failed::Refused(SayRefusal::BadText) => ("bad_text", "A message needs some text, and at most 4,096 characters of it."),
        Failed::Refused(SayRefusal::Blocked) => BLOCKED,
        Failed::Refused(SayRefusal::UnknownButton) => ("unknown_button", "This button does not work any more."),
        Failed::Refused(SayRefusal::UnknownUser) | Failed::Fault(_) => ("fault", FAULT),
    }
}

/// Why a permission stayed as it was.
pub(crate) fn not_permitted(failed: &Failed<PermitRefusal>) -> (&'static str, &'static str) {
    match failed {
        Failed::Refused(PermitRefusal::UnknownNumber) => ("unknown_number", "No business has this number here."),
        Failed::Refused(PermitRefusal::UnknownRequest) => ("unknown_request", "This request does not exist any more."),
        Failed::Refused(PermitRefusal::Blocked) => BLOCKED,
        Failed::Refused(PermitRefusal::NoCallback) => {
            ("no_callback", "This business cannot be asked to call back now. It may take calls again: try to call it.")
        }
        Failed::Refused(PermitRefusal::Over(_)) => {
            ("request_over", "This request can no longer be answered. You can decide in the business's profile.")
        }
        Failed::Fault(_) => ("fault", FAULT),
    }
}

/// Why a business is not blocked.
pub(crate) fn not_blocked(failed: &Failed<BlockRefusal>) -> (&'static str, &'static str) {
    match failed {
        Failed::Refused(BlockRefusal::UnknownNumber) => ("unknown_number", "No business has this number here."),
        Failed::Refused(BlockRefusal::UnknownUser) | Failed::Fault(_) => ("fault", FAULT),
    }
}

/// How a call ended, as its person is told.
pub(crate) struct End {
    /// A stable word.
    pub(crate) reason: &'static str,
    pub(crate) outcome: Outcome,
    /// A sentence.
    pub(crate) text: &'static str,
}

/// How a call ended, seen from the person with the phone.
pub(crate) fn ending(direction: Direction, reason: EndReason, talked: bool) -> End {
    let called = direction == Direction::BusinessInitiated;
    let word = if called && !talked && reason == EndReason::BusinessTerminated { "cancelled_by_business" } else { reason.name() };
    let (outcome, text) = match reason {
        EndReason::UserHungUp if talked => (Outcome::Answered, "You ended the call."),
        EndReason::UserHungUp => (Outcome::Cancelled, "You hung up before anybody answered."),
        EndReason::BusinessTerminated if talked => (Outcome::Answered, "The business ended the call."),
        EndReason::BusinessTerminated if called => (Outcome::Cancelled, "The business hung up before you answered."),
        EndReason::BusinessTerminated => (Outcome::Declined, "The business ended the call before answering."),
        EndReason::Rejected => (Outcome::Declined, "The business declined the call."),
        EndReason::NotAnswered => (Outcome::NotAnswered, "Nobody answered in time."),
        EndReason::NoBusinessMedia if called => (Outcome::Failed, "No sound came from the business."),
        EndReason::NoBusinessMedia => (Outcome::Failed, "The business picked up, but no sound came from it."),
        EndReason::BusinessWentSilent => (Outcome::Failed, "The sound from the business stopped."),
        EndReason::UserWentSilent => (Outcome::Failed, "No more sound came from your phone."),
        EndReason::UserNeverConnected => {
            (Outcome::Failed, "Your phone could not reach the audio relay. A firewall or a network that blocks UDP may be in the way.")
        }
        EndReason::Declined => (Outcome::Declined, "You declined the call."),
        EndReason::NotPickedUp => (Outcome::NotAnswered, "You did not answer in time."),
        EndReason::UserBusy => (Outcome::NotAnswered, "You were in another call."),
        EndReason::BusinessNeverConnected => (Outcome::Failed, "The business called, but its sound could not be set up."),
        EndReason::BusinessUnreachable => (Outcome::Failed, "The business could not be reached."),
        EndReason::AnswerRefused => (Outcome::Failed, "The business picked up, but its sound could not be set up."),
        EndReason::OperatorHungUp if talked => (Outcome::Answered, "The operator of this phone service ended the call."),
        EndReason::OperatorHungUp => (Outcome::NotAnswered, "The operator of this phone service ended the call."),
        EndReason::PlatformRestarted => (Outcome::Failed, "The phone service was restarted."),
        EndReason::PlatformFault => (Outcome::Failed, "Something went wrong on our side."),
        EndReason::MediaFault => (Outcome::Failed, "The audio relay failed."),
    };
    End { reason: word, outcome, text }
}

#[cfg(test)]
mod tests {
    use super::*;
    use callport_core::call::CommandRefusal;
    use callport_core::call_id::CallId;
    use callport_core::number::PhoneNumber;
    use callport_core::pair::CardOver;

    #[test]
    fn every_sentence_is_one_and_speaks_to_the_person() {
        let gates = [
            Unavailable::DeviceCannotCall,
            Unavailable::CallingOff,
            Unavailable::IconHidden,
            Unavailable::Unsolicited,
            Unavailable::CountryNotServed,
            Unavailable::Paused,
            Unavailable::ButtonExpired,
            Unavailable::Closed { opens_at: None },
            Unavailable::NoPaymentMethod,
            Unavailable::AlreadyCalling,
            Unavailable::OnAnotherCall,
            Unavailable::TooManyCalls,
        ];
        let endings = every_ending().map(|(.., end)| end.text);
        let fault = || callport_engine::Fault::new("test", "x");
        let said =
            [SayRefusal::UnknownNumber, SayRefusal::Blocked, SayRefusal::UnknownButton, SayRefusal::BadText, SayRefusal::UnknownUser];
        let said = said.map(Failed::Refused).into_iter().chain([fault().into()]).map(|failed| not_said(&failed).1);
        let permits = [PermitRefusal::UnknownNumber, PermitRefusal::UnknownRequest, PermitRefusal::Blocked, PermitRefusal::Over(CardOver)];
        let permits = permits.map(Failed::Refused).into_iter().chain([fault().into()]).map(|failed| not_permitted(&failed).1);
        let asked = || {
            let refusals = [AskCallRefusal::UnknownCall, AskCallRefusal::DeviceCannotCall, CommandRefusal::NotRinging.into()];
            refusals.map(Failed::Refused).into_iter().chain([fault().into()])
        };
        let refused = permits.chain(asked().map(|one| pick_up_refused(&one).1)).chain(asked().map(|one| rejoin_refused(&one).1));
        let fixed = [BROKEN_LINK, UNKNOWN_LINK, FAULT, NO_REJOIN.1, TOO_MANY_WINDOWS, UNKNOWN_CALL, BLOCKED.1];
        for text in gates.map(|why| unavailable(why).1).into_iter().chain(endings).chain(said).chain(refused).chain(fixed) {
            assert!(text.ends_with('.') && text.starts_with(char::is_uppercase), "{text}");
            assert!(!text.contains("ICE") && !text.contains("SDP") && !text.contains("138"), "{text}");
        }
    }

    #[test]
    fn who_is_busy_by_a_call_that_hangs_learns_its_name() {
        let number = PhoneNumber::parse("+5511955501234").unwrap();
        let call = CallId::compose(&number, Direction::UserInitiated, &number, [7; 16]);
        for why in [Unavailable::AlreadyCalling, Unavailable::OnAnotherCall] {
            let (reason, text) = call_refused(&Failed::Refused(PlaceUserCallRefusal::InCall { why, call: call.clone() }));
            assert_eq!(reason, unavailable(why).0);
            assert!(text.starts_with(unavailable(why).1) && text.ends_with(&format!("call {}.", call.short())), "{text}");
        }
    }

    fn every_ending() -> impl Iterator<Item = (Direction, EndReason, bool, End)> {
        let directions = [Direction::UserInitiated, Direction::BusinessInitiated];
        let cases = directions.into_iter().flat_map(|direction| EndReason::ALL.map(|reason| (direction, reason)));
        cases.flat_map(|(direction, reason)| [true, false].map(|talked| (direction, reason, talked, ending(direction, reason, talked))))
    }

    #[test]
    fn a_talk_is_answered_and_a_failure_is_one_with_or_without_it() {
        for (direction, reason, talked, end) in every_ending() {
            assert_eq!(end.outcome == Outcome::Failed, reason.failed(), "{direction:?} {reason:?}");
            assert!(talked || end.outcome != Outcome::Answered, "{direction:?} {reason:?}");
        }
    }

    #[test]
    fn a_call_of_a_business_that_ends_before_it_is_picked_up_is_missed_or_declined() {
        let cases = [
            (EndReason::NotPickedUp, "not_picked_up", Outcome::NotAnswered),
            (EndReason::UserBusy, "user_busy", Outcome::NotAnswered),
            (EndReason::BusinessTerminated, "cancelled_by_business", Outcome::Cancelled),
            (EndReason::Declined, "declined", Outcome::Declined),
            (EndReason::BusinessNeverConnected, "business_never_connected", Outcome::Failed),
        ];
        for (reason, word, outcome) in cases {
            let end = ending(Direction::BusinessInitiated, reason, false);
            assert_eq!((end.reason, end.outcome), (word, outcome));
        }
        assert_eq!(ending(Direction::BusinessInitiated, EndReason::BusinessTerminated, true).reason, "business_terminated");
        assert_eq!(ending(Direction::UserInitiated, EndReason::BusinessTerminated, false).outcome, Outcome::Declined);
    }
}
