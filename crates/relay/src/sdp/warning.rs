//! Legal, and yet the caller will wonder: what we noticed while reading, in words.

use std::fmt;

use super::description::Direction;

/// Something that does not stop the call and explains why it may go wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SdpWarning {
    /// It announced that it sends nothing; the 20-second rule will end the call.
    SendsNothing(Direction),
    /// It announced that it does not listen.
    DoesNotListen,
    /// No `telephone-event/8000`; keys come on payload type 126 all the same.
    NoTelephoneEvent,
    /// The answer moved telephone-event to a payload type that was not offered.
    TelephoneEventNotAsOffered {
        /// What it wrote.
        answered: u8,
        /// What we offered and will use.
        offered: u8,
    },
    /// The answer waits for our ClientHello, which the published platform is not known to send.
    AnswerPassive,
    /// The offer waits for our ClientHello, of which the same holds.
    OfferPassive,
    /// The answer said `actpass`, which only an offer may; taken as `passive`.
    AnswerActpass,
    /// Candidate lines that no UDP check can use: names, TCP, other components, more than we keep.
    CandidatesIgnored {
        /// How many.
        count: usize,
    },
}

impl SdpWarning {
    /// A fixed name for logs and metrics.
    pub const fn code(self) -> &'static str {
        match self {
            Self::SendsNothing(_) => "sends_nothing",
            Self::DoesNotListen => "does_not_listen",
            Self::NoTelephoneEvent => "no_telephone_event",
            Self::TelephoneEventNotAsOffered { .. } => "telephone_event_not_as_offered",
            Self::AnswerPassive => "answer_passive",
            Self::OfferPassive => "offer_passive",
            Self::AnswerActpass => "answer_actpass",
            Self::CandidatesIgnored { .. } => "candidates_ignored",
        }
    }
}

impl fmt::Display for SdpWarning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SendsNothing(direction) => write!(
                f,
                "a={} says that you send no audio: the user will hear nothing, and a call without your packets ends after 20 seconds. \
                 Add your audio track before you create the description, so that it says a=sendrecv",
                direction.as_str()
            ),
            Self::DoesNotListen => f.write_str(
                "a=sendonly says that you do not receive: the user's audio may never reach your application. Use a=sendrecv",
            ),
            Self::NoTelephoneEvent => f.write_str(
                "there is no telephone-event/8000: the user's keys are sent on payload type 126 all the same, and your stack may drop them. \
                 Have a=rtpmap:126 telephone-event/8000 in your description",
            ),
            Self::TelephoneEventNotAsOffered { answered, offered } => write!(
                f,
                "telephone-event is on payload type {answered}, the offer has it on {offered}: keys are sent on {offered}. \
                 Answer with the payload type of the offer"
            ),
            Self::AnswerPassive => f.write_str(
                "a=setup:passive makes the platform start DTLS, which is reported not to work in production. Answer a=setup:active",
            ),
            Self::OfferPassive => f.write_str(
                "a=setup:passive makes the platform start DTLS, which published samples never show. Offer a=setup:actpass",
            ),
            Self::AnswerActpass => f.write_str(
                "a=setup:actpass is not allowed in an answer; it was read as a=setup:passive",
            ),
            Self::CandidatesIgnored { count } => write!(
                f,
                "{count} a=candidate line(s) are no use over UDP here (an mDNS name, TCP, RTCP's own component, or too many). \
                 Checks that arrive from such addresses still work"
            ),
        }
    }
}
