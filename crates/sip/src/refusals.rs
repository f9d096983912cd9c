//! What a refused call of a business is by SIP: status and reason phrase, which `Warning: 399` repeats (SIP Configuration Guide, error responses;
//! phrases that are not published follow its pattern `<title>: <details>`).

use callport_core::outreach::OutreachRefusal;
use callport_core::pair::{PairRefusal, RequestRefusal};
use callport_engine::ports::MediaFault;
use callport_engine::{Failed, PlaceBusinessCallRefusal};

/// A final response that refuses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SipRefused {
    pub(crate) status: u16,
    pub(crate) phrase: String,
}

impl SipRefused {
    pub(crate) fn new(status: u16, phrase: impl Into<String>) -> Self {
        Self { status, phrase: phrase.into() }
    }

    /// From is no registered business number.
    pub(crate) fn unknown_number() -> Self {
        Self::new(400, "Asset not found, invalid business phone number")
    }

    /// The From domain belongs to no server of the number.
    pub(crate) fn unknown_server(domain: &str, number: &str) -> Self {
        let configured = format!("does not match any SIP server configured for phone number id {number}");
        Self::new(403, format!("SIP server {domain} from INVITE {configured}"))
    }

    /// The request URI has an address for a host, or the wrong scheme.
    pub(crate) fn not_found() -> Self {
        Self::new(404, "Not found")
    }

    /// Of a digest that is wrong.
    pub(crate) fn bad_digest() -> Self {
        Self::new(403, "Invalid digest response: the user name or the password is wrong")
    }

    /// Of a digest that is about another URI.
    pub(crate) fn other_uri() -> Self {
        Self::new(403, "Proxy auth uri does not match SIP \"to\" uri")
    }

    /// The session description, or none.
    pub(crate) fn bad_description(why: &str) -> Self {
        Self::new(403, format!("SDP validation error: {why}"))
    }

    /// Nobody here can do anything about it.
    pub(crate) fn unavailable() -> Self {
        Self::new(503, "Service Unavailable")
    }
}

/// Nobody is there, or has given permission: neither is told from the other.
pub(crate) fn unknown_user() -> SipRefused {
    outreach(&OutreachRefusal::Uncallable)
}

/// A call that was not placed. `app` and `host` are those of the server that sent the INVITE.
pub(crate) fn not_placed(why: &Failed<PlaceBusinessCallRefusal>, app: &str, host: &str, number: &str) -> SipRefused {
    let Failed::Refused(refusal) = why else { return SipRefused::unavailable() };
    match refusal {
        PlaceBusinessCallRefusal::UnknownNumber => SipRefused::unknown_number(),
        PlaceBusinessCallRefusal::AppNotAllowed => {
            SipRefused::new(403, format!("The app {app} configured for SIP server {host} is not authorized for phone number id {number}"))
        }
        PlaceBusinessCallRefusal::OtherLine { .. } => SipRefused::new(403, format!("SIP is not enabled: {refusal}")),
        PlaceBusinessCallRefusal::InCall { .. } => titled("Duplicate call", &OutreachRefusal::Duplicate),
        PlaceBusinessCallRefusal::Outreach(why) => outreach(why),
        PlaceBusinessCallRefusal::Media(MediaFault::Refused(why)) => SipRefused::bad_description(why),
        PlaceBusinessCallRefusal::Media(MediaFault::Unavailable(_))
        | PlaceBusinessCallRefusal::OpaqueTooLong
        | PlaceBusinessCallRefusal::Stopping => SipRefused::unavailable(),
    }
}

fn outreach(why: &OutreachRefusal) -> SipRefused {
    match why {
        // A user who does not exist cannot be told from one who gave no permission.
        OutreachRefusal::Pair(PairRefusal::NoPermission) | OutreachRefusal::Uncallable => {
            SipRefused::new(403, "No Approved Call Permission Found: No approved call permission from the recipient")
        }
        OutreachRefusal::Pair(PairRefusal::Limit { .. }) => SipRefused::new(403, "Business Initiated Connected Call Per Day Limit Hit"),
        OutreachRefusal::CallingOff => titled("Calling not enabled", why),
        OutreachRefusal::Country => titled("Business-initiated calling is not available", why),
        OutreachRefusal::Paused { .. } => titled("Calling temporarily disabled", why),
        OutreachRefusal::NotListed => titled("Recipient phone number not in allowed list", why),
        OutreachRefusal::TooManyStarts => titled("Call rate limit exceeded", why),
        OutreachRefusal::TooManyCalls => titled("Concurrent calls limit", why),
        OutreachRefusal::Duplicate => titled("Duplicate call", why),
        OutreachRefusal::Request(RequestRefusal::PermanentPermission | RequestRefusal::Limit { .. }) | OutreachRefusal::WindowClosed => {
            titled("Calling is not possible", why)
        }
    }
}

fn titled(title: &str, why: &OutreachRefusal) -> SipRefused {
    SipRefused::new(403, format!("{title}: {why}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// SIP Configuration Guide: the phrases that are published.
    #[test]
    fn published_phrases_are_said_word_for_word() {
        let refused = |why| not_placed(&Failed::Refused(why), "1001", "pbx.acme.example", "4001");
        for (why, status, phrase) in [
            (PlaceBusinessCallRefusal::UnknownNumber, 400, "Asset not found, invalid business phone number"),
            (
                PlaceBusinessCallRefusal::AppNotAllowed,
                403,
                "The app 1001 configured for SIP server pbx.acme.example is not authorized for phone number id 4001",
            ),
            (
                PlaceBusinessCallRefusal::Outreach(PairRefusal::NoPermission.into()),
                403,
                "No Approved Call Permission Found: No approved call permission from the recipient",
            ),
            (
                PlaceBusinessCallRefusal::Outreach(OutreachRefusal::Uncallable),
                403,
                "No Approved Call Permission Found: No approved call permission from the recipient",
            ),
            (PlaceBusinessCallRefusal::Stopping, 503, "Service Unavailable"),
        ] {
            assert_eq!(refused(why), SipRefused::new(status, phrase));
        }
        assert_eq!(
            SipRefused::unknown_server("a.example", "4001").phrase,
            "SIP server a.example from INVITE does not match any SIP server configured for phone number id 4001"
        );
    }
}
