//! How a call ended, whose side it was on, and what the terminate webhook says of it.

use std::fmt;
use std::time::Duration;

use crate::time::WallTime;
use crate::words::words;

/// A side of the call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Side {
    /// The person with the phone.
    User,
    /// The business's backend.
    Business,
}

words!(Side { User = "user", Business = "business" });

/// Why a call ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum EndReason {
    /// The user hung up, or cancelled while it rang.
    UserHungUp,
    /// The business sent `terminate`.
    BusinessTerminated,
    /// The business sent `reject`.
    Rejected,
    /// The accept window passed.
    NotAnswered,
    /// No business media within the first 20 s (138021).
    NoBusinessMedia,
    /// Business media stopped for 30 s (138021).
    BusinessWentSilent,
    /// The user's phone sent nothing for too long (138022).
    UserWentSilent,
    /// The user's phone never reached the relay (138020).
    UserNeverConnected,
    /// The user declined a call of the business.
    Declined,
    /// Nobody picked up a call of the business.
    NotPickedUp,
    /// The user was in another call when the business called.
    UserBusy,
    /// The business called and did not bring its media up in time (138007).
    BusinessNeverConnected,
    /// The business's SIP server could not be reached, or is not who it must be (138019).
    BusinessUnreachable,
    /// The SIP server took the call with a description that cannot be used (138019).
    AnswerRefused,
    /// The operator ended it.
    OperatorHungUp,
    /// The platform was restarted under the call (131000).
    PlatformRestarted,
    /// The media plane failed (131000).
    MediaFault,
    /// The platform failed: a bug of ours, contained to this call.
    PlatformFault,
}

impl EndReason {
    /// Every reason there is.
    pub const ALL: [EndReason; 18] = [
        EndReason::UserHungUp,
        EndReason::BusinessTerminated,
        EndReason::Rejected,
        EndReason::NotAnswered,
        EndReason::NoBusinessMedia,
        EndReason::BusinessWentSilent,
        EndReason::UserWentSilent,
        EndReason::UserNeverConnected,
        EndReason::Declined,
        EndReason::NotPickedUp,
        EndReason::UserBusy,
        EndReason::BusinessNeverConnected,
        EndReason::BusinessUnreachable,
        EndReason::AnswerRefused,
        EndReason::OperatorHungUp,
        EndReason::PlatformRestarted,
        EndReason::MediaFault,
        EndReason::PlatformFault,
    ];

    /// Terminate status `FAILED` instead of `COMPLETED`, and a published code for why.
    pub fn failed(self) -> bool {
        match self {
            EndReason::UserHungUp
            | EndReason::BusinessTerminated
            | EndReason::Rejected
            | EndReason::NotAnswered
            | EndReason::Declined
            | EndReason::NotPickedUp
            | EndReason::UserBusy
            | EndReason::OperatorHungUp => false,
            EndReason::BusinessNeverConnected
            | EndReason::BusinessUnreachable
            | EndReason::AnswerRefused
            | EndReason::NoBusinessMedia
            | EndReason::BusinessWentSilent
            | EndReason::UserWentSilent
            | EndReason::UserNeverConnected
            | EndReason::PlatformRestarted
            | EndReason::MediaFault
            | EndReason::PlatformFault => true,
        }
    }

    /// Whose side ended it; `None` for the platform itself.
    pub fn side(self) -> Option<Side> {
        match self {
            EndReason::UserHungUp
            | EndReason::UserWentSilent
            | EndReason::UserNeverConnected
            | EndReason::Declined
            | EndReason::NotPickedUp
            | EndReason::UserBusy => Some(Side::User),
            EndReason::BusinessTerminated
            | EndReason::Rejected
            | EndReason::NotAnswered
            | EndReason::NoBusinessMedia
            | EndReason::BusinessWentSilent
            | EndReason::BusinessNeverConnected
            | EndReason::BusinessUnreachable
            | EndReason::AnswerRefused => Some(Side::Business),
            EndReason::OperatorHungUp | EndReason::PlatformRestarted | EndReason::MediaFault | EndReason::PlatformFault => None,
        }
    }

    /// Whether a business-initiated call that rang and ended so was left unanswered by the user: missed, declined, or cancelled
    /// by the business where the operator lets that count.
    pub fn unanswered(self, cancelled_counts: bool) -> bool {
        match self {
            EndReason::Declined | EndReason::NotPickedUp => true,
            EndReason::BusinessTerminated => cancelled_counts,
            _ => false,
        }
    }

    /// A word for logs, metrics and records.
    pub fn name(self) -> &'static str {
        match self {
            EndReason::UserHungUp => "user_hung_up",
            EndReason::BusinessTerminated => "business_terminated",
            EndReason::Rejected => "rejected",
            EndReason::NotAnswered => "not_answered",
            EndReason::NoBusinessMedia => "no_business_media",
            EndReason::BusinessWentSilent => "business_went_silent",
            EndReason::UserWentSilent => "user_went_silent",
            EndReason::UserNeverConnected => "user_never_connected",
            EndReason::Declined => "declined",
            EndReason::NotPickedUp => "not_picked_up",
            EndReason::UserBusy => "user_busy",
            EndReason::BusinessNeverConnected => "business_never_connected",
            EndReason::BusinessUnreachable => "business_unreachable",
            EndReason::AnswerRefused => "answer_refused",
            EndReason::OperatorHungUp => "operator_hung_up",
            EndReason::PlatformRestarted => "platform_restarted",
            EndReason::MediaFault => "media_fault",
            EndReason::PlatformFault => "platform_fault",
        }
    }

    /// Reads [`EndReason::name`] back.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.name() == name)
    }
}

impl fmt::Display for EndReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            EndReason::UserHungUp => "the user ended the call",
            EndReason::BusinessTerminated => "the business ended the call",
            EndReason::Rejected => "the business declined the call",
            EndReason::NotAnswered => "nobody accepted the call in time",
            EndReason::NoBusinessMedia => "no audio came from the business after the call was accepted",
            EndReason::BusinessWentSilent => "audio from the business stopped",
            EndReason::UserWentSilent => "audio from the user's phone stopped",
            EndReason::UserNeverConnected => "the user's phone could not reach the media relay",
            EndReason::Declined => "the user declined the call",
            EndReason::NotPickedUp => "the user did not pick up",
            EndReason::UserBusy => "the user was in another call",
            EndReason::BusinessNeverConnected => "the business did not connect its media in time",
            EndReason::BusinessUnreachable => "the SIP server of the business could not be reached",
            EndReason::AnswerRefused => "the SIP server of the business answered with a session description that cannot be used",
            EndReason::OperatorHungUp => "the operator ended the call",
            EndReason::PlatformRestarted => "the platform restarted",
            EndReason::MediaFault => "the media relay failed",
            EndReason::PlatformFault => "the platform failed",
        })
    }
}

/// The time that both sides talked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Talk {
    /// `start_time`.
    pub since: WallTime,
    /// `end_time`.
    pub until: WallTime,
}

impl Talk {
    /// `end_time` − `start_time` in the whole seconds that webhooks carry, so that the three figures always agree.
    pub fn duration(&self) -> Duration {
        let seconds = self.until.unix_seconds() - self.since.unix_seconds();
        Duration::from_secs(u64::try_from(seconds).unwrap_or(0))
    }
}

/// The end of a call. A talk tells answered from missed, not the status.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ending {
    /// When it ended.
    pub at: WallTime,
    /// Why.
    pub reason: EndReason,
    /// Present only when the call was picked up.
    pub talk: Option<Talk>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_read_back() {
        for reason in EndReason::ALL {
            assert_eq!(EndReason::parse(reason.name()), Some(reason));
        }
    }

    #[test]
    fn duration_agrees_with_the_published_seconds() {
        let talk = Talk { since: WallTime::from_unix_millis(1_900), until: WallTime::from_unix_millis(3_100) };
        assert_eq!(talk.duration(), Duration::from_secs(2));
    }
}
