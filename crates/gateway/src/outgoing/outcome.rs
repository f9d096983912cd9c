//! What comes of a call, concluded from what both sides did.

use callport_wire::permissions::{ActionName, PermissionsReply};
use callport_wire::templates::TemplateStatus;
use callport_wire::webhooks::{CallEvent, TerminateStatus};

use crate::graph::GraphFailure;

/// What came of a call of ours.
#[derive(Debug, Clone, PartialEq)]
pub enum OutgoingOutcome {
    /// The user picked up.
    Answered {
        /// Seconds that the platform counted; none if its terminate webhook did not come.
        seconds: Option<u64>,
    },
    /// The user declined.
    Declined,
    /// It rang, or could not even ring, and nobody picked up.
    NotAnswered,
    /// This side gave up before anybody picked up.
    Stopped,
    /// It could not be carried on.
    Failed {
        /// The platform's codes; none where this side saw the fault.
        codes: Vec<i64>,
        /// In words.
        reason: String,
        /// Seconds that it lasted, if it had been picked up.
        seconds: Option<u64>,
    },
    /// There is no permission, and the user was not asked.
    NotAsked(NotAsked),
    /// The user was asked, and said no.
    PermissionDenied,
    /// The user was asked, and has not answered in time.
    NoReply,
    /// The platform would not have a request.
    Refused {
        /// Which, by its name in the timeline.
        action: &'static str,
        /// The published code.
        code: i64,
        /// The platform's words.
        reason: String,
        /// When it may be tried again, Unix seconds, where a limit says so.
        next: Option<i64>,
    },
    /// The platform could not be asked, or answered nothing that is published.
    Unreachable {
        /// Which request, by its name in the timeline.
        action: &'static str,
        /// In words.
        reason: String,
    },
}

/// Why a user was not asked for permission.
#[derive(Debug, Clone, PartialEq)]
pub enum NotAsked {
    /// The order does not want it.
    ByChoice,
    /// A limit or restriction forbids it now.
    NotNow {
        /// When the next request is possible, Unix seconds, if the platform says so.
        next: Option<i64>,
    },
    /// The 24-hour window is closed, and there is no template to ask by.
    WindowClosed,
    /// The template was created, and has to be approved first.
    TemplateNotApproved(TemplateStatus),
}

impl OutgoingOutcome {
    /// A request that failed. `next` is when a limit allows it again.
    pub(super) fn of_failure(action: &'static str, failure: GraphFailure, next: Option<i64>) -> Self {
        let reason = failure.to_string();
        match failure.code() {
            Some(code) => Self::Refused { action, code, reason, next },
            None => Self::Unreachable { action, reason },
        }
    }

    /// A fault that this side saw.
    pub(super) fn fault(reason: impl Into<String>) -> Self {
        Self::Failed { codes: vec![], reason: reason.into(), seconds: None }
    }
}

/// When all limits of an action allow it again, Unix seconds; none if they do now.
pub(super) fn next_possible(state: &PermissionsReply, action: &ActionName) -> Option<i64> {
    let limits = state.action(action)?.limits.iter();
    limits.filter(|limit| limit.current_usage >= limit.max_allowed).filter_map(|limit| limit.limit_expiration_time).max()
}

/// Why this side no longer waits for a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum End {
    /// The platform's terminate came.
    ByPlatform,
    /// This side wanted it: an order, the time to talk, the end of the menu.
    ByUs,
    /// Nobody picked up in time.
    Unanswered,
    /// A fault, in words.
    Fault(String),
}

/// How far a call came.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Progress {
    pub picked_up: bool,
    pub declined: bool,
}

/// The outcome, from why this side stopped, how far the call was, and the terminate webhook if it came.
///
/// Platform docs, webhook reference: whether somebody answered is told by `start_time` and `duration`, not by `status`.
pub(super) fn conclude(end: End, progress: Progress, terminate: Option<&CallEvent>) -> OutgoingOutcome {
    let seconds = terminate.and_then(|event| event.duration);
    if let End::Fault(reason) = end {
        return OutgoingOutcome::Failed { codes: vec![], reason, seconds };
    }
    if let Some(event) = terminate.filter(|event| event.status == Some(TerminateStatus::Failed) || !event.errors.is_empty()) {
        let codes = event.errors.iter().map(|error| error.code).collect();
        let words = event.errors.iter().map(|error| error.error_data.as_ref().map_or(error.title.as_str(), |data| data.details.as_str()));
        let words: Vec<_> = words.filter(|words| !words.is_empty()).collect();
        let reason = if words.is_empty() { "the platform gives no reason".to_owned() } else { words.join("; ") };
        return OutgoingOutcome::Failed { codes, reason, seconds };
    }
    let answered = terminate.is_some_and(|event| event.start_time.is_some() || event.duration.is_some());
    match end {
        _ if progress.declined && !answered => OutgoingOutcome::Declined,
        _ if answered || progress.picked_up => OutgoingOutcome::Answered { seconds },
        End::ByUs => OutgoingOutcome::Stopped,
        _ => OutgoingOutcome::NotAnswered,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use callport_wire::codes::Code;
    use callport_wire::permissions::{Action, Limit, Permission};
    use callport_wire::seconds::TextSeconds;
    use callport_wire::webhooks::{Direction, ErrorObject, EventKind};

    fn terminate(adjust: impl FnOnce(&mut CallEvent)) -> Option<CallEvent> {
        let mut event = CallEvent::new("wacid.A", EventKind::Terminate, TextSeconds(9), Direction::BusinessInitiated);
        event.status = Some(TerminateStatus::Completed);
        adjust(&mut event);
        Some(event)
    }

    #[test]
    fn times_tell_an_answer_and_statuses_a_refusal() {
        let answered = || terminate(|event| event.duration = Some(7));
        let missed = || terminate(|_| {});
        let failed = || {
            terminate(|event| {
                event.status = Some(TerminateStatus::Failed);
                event.errors = vec![ErrorObject::new(Code::MediaReceiveTimeout, "No media for 20 s.")];
                event.duration = Some(20);
            })
        };
        let fate = OutgoingOutcome::Failed { codes: vec![138021], reason: "No media for 20 s.".to_owned(), seconds: Some(20) };
        let (picked_up, declined) = (Progress { picked_up: true, declined: false }, Progress { picked_up: false, declined: true });
        let nothing = Progress::default();
        for (end, progress, event, expected) in [
            (End::ByPlatform, picked_up, answered(), OutgoingOutcome::Answered { seconds: Some(7) }),
            // ACCEPTED was overtaken or lost.
            (End::ByPlatform, nothing, answered(), OutgoingOutcome::Answered { seconds: Some(7) }),
            (End::ByUs, picked_up, answered(), OutgoingOutcome::Answered { seconds: Some(7) }),
            // The user picked up while this side gave up.
            (End::Unanswered, nothing, answered(), OutgoingOutcome::Answered { seconds: Some(7) }),
            (End::ByUs, picked_up, None, OutgoingOutcome::Answered { seconds: None }),
            (End::ByPlatform, declined, missed(), OutgoingOutcome::Declined),
            (End::ByPlatform, declined, None, OutgoingOutcome::Declined),
            (End::ByPlatform, nothing, missed(), OutgoingOutcome::NotAnswered),
            (End::Unanswered, nothing, missed(), OutgoingOutcome::NotAnswered),
            (End::ByUs, nothing, missed(), OutgoingOutcome::Stopped),
            (End::ByPlatform, picked_up, failed(), fate.clone()),
            (End::ByUs, nothing, failed(), fate),
        ] {
            assert_eq!(conclude(end.clone(), progress, event.as_ref()), expected, "{end:?} {progress:?}");
        }
        let fault = End::Fault("no media in time".to_owned());
        let expected = OutgoingOutcome::Failed { codes: vec![], reason: "no media in time".to_owned(), seconds: Some(7) };
        assert_eq!(conclude(fault, picked_up, answered().as_ref()), expected);
    }

    #[test]
    fn a_failure_without_words_says_so() {
        let event = terminate(|event| event.status = Some(TerminateStatus::Failed));
        let OutgoingOutcome::Failed { codes, reason, .. } = conclude(End::ByPlatform, Progress::default(), event.as_ref()) else {
            panic!()
        };
        assert_eq!((codes, reason.as_str()), (vec![], "the platform gives no reason"));
    }

    #[test]
    fn an_action_is_possible_again_when_its_last_limit_is() {
        let limits = |first: Limit, second: Limit| {
            let action =
                Action { action_name: ActionName::SendCallPermissionRequest, can_perform_action: false, limits: vec![first, second] };
            next_possible(&PermissionsReply::new(Permission::none(), vec![action]), &ActionName::SendCallPermissionRequest)
        };
        assert_eq!(limits(Limit::new("PT24H", 1, 1, Some(100)), Limit::new("P7D", 2, 1, None)), Some(100));
        assert_eq!(limits(Limit::new("PT24H", 1, 1, Some(100)), Limit::new("P7D", 2, 2, Some(700))), Some(700));
        assert_eq!(limits(Limit::new("PT24H", 1, 0, None), Limit::new("P7D", 2, 0, None)), None);
        let nothing = PermissionsReply::new(Permission::none(), vec![]);
        assert_eq!(next_possible(&nothing, &ActionName::StartCall), None);
    }
}
