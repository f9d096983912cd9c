//! Legal, and yet the caller will wonder: what we noticed while reading, in words that name the line and the fix.

use std::fmt;

use super::direction::MediaDirection;
use super::{RTCP_LOOKALIKES, TELEPHONE_EVENT, TELEPHONE_EVENT_PAYLOAD_TYPE};

/// Something that does not stop the call and explains why it may go wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SdpWarning {
    /// It announced that it sends nothing; the 20-second rule will end the call.
    SendsNothing {
        /// Line number.
        line: usize,
        /// What it says.
        direction: MediaDirection,
    },
    /// It announced that it sends and does not listen.
    DoesNotListen {
        /// Line number.
        line: usize,
    },
    /// No `telephone-event/8000`; keys come on payload type 126 all the same.
    NoTelephoneEvent,
    /// The answer moved telephone-event to a payload type that was not offered.
    TelephoneEventNotAsOffered {
        /// What it wrote.
        answered: u8,
        /// What we offered and will use.
        offered: u8,
    },
    /// A payload type that cannot be told from RTCP on the same port, so that what it stands for is not used.
    LooksLikeRtcp {
        /// What was written.
        payload_type: u8,
        /// The codec on it.
        encoding: &'static str,
    },
    /// The answer waits for our ClientHello, which the published platform is not known to send.
    AnswerPassive,
    /// The offer waits for our ClientHello, of which the same holds.
    OfferPassive,
    /// The answer said `actpass`, which only an offer may; taken as `passive`.
    AnswerActpass,
}

impl SdpWarning {
    /// A fixed name for logs and metrics.
    pub const fn code(self) -> &'static str {
        match self {
            Self::SendsNothing { .. } => "sends_nothing",
            Self::DoesNotListen { .. } => "does_not_listen",
            Self::NoTelephoneEvent => "no_telephone_event",
            Self::TelephoneEventNotAsOffered { .. } => "telephone_event_not_as_offered",
            Self::LooksLikeRtcp { .. } => "looks_like_rtcp",
            Self::AnswerPassive => "answer_passive",
            Self::OfferPassive => "offer_passive",
            Self::AnswerActpass => "answer_actpass",
        }
    }
}

impl fmt::Display for SdpWarning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SendsNothing { line, direction } => {
                let also = if direction.listens() { "" } else { ", and takes none" };
                write!(
                    f,
                    "line {line}: a={} says that this end sends no audio{also}. Nobody will hear it, and without its packets the call ends after \
                     20 seconds. Add the audio track before creating the description, so that it says a=sendrecv",
                    direction.as_str()
                )
            }
            Self::DoesNotListen { line } => write!(
                f,
                "line {line}: a=sendonly says that this end takes no audio, so neither the voice of the other side nor its keys are sent to it. \
                 Say a=sendrecv to hear the other side"
            ),
            Self::NoTelephoneEvent => write!(
                f,
                "there is no telephone-event/8000: keys are sent on payload type {TELEPHONE_EVENT_PAYLOAD_TYPE} all the same, and this end may \
                 drop them. Add {TELEPHONE_EVENT_PAYLOAD_TYPE} to the m= line and a=rtpmap:{TELEPHONE_EVENT_PAYLOAD_TYPE} telephone-event/8000"
            ),
            Self::TelephoneEventNotAsOffered { answered, offered } => write!(
                f,
                "telephone-event is on payload type {answered}, the offer has it on {offered}: keys are sent on {offered}. \
                 Answer with the payload type of the offer"
            ),
            Self::LooksLikeRtcp { payload_type, encoding } => {
                let (first, last) = (RTCP_LOOKALIKES.start(), RTCP_LOOKALIKES.end());
                let keys = if *encoding == TELEPHONE_EVENT { ". Keys are sent on 126 instead, which this end may drop" } else { "" };
                write!(
                    f,
                    "payload type {payload_type} ({encoding}) lies between {first} and {last} and is not used: RTP and RTCP share the port, and there \
                     such packets look like RTCP (RFC 5761, section 4){keys}. Take one between 96 and 127"
                )
            }
            Self::AnswerPassive => f.write_str(
                "a=setup:passive makes the platform start DTLS, which is reported not to work in production. Answer a=setup:active",
            ),
            Self::OfferPassive => {
                f.write_str("a=setup:passive makes the platform start DTLS, which published samples never show. Offer a=setup:actpass")
            }
            Self::AnswerActpass => f.write_str("a=setup:actpass is not allowed in an answer; it was read as a=setup:passive"),
        }
    }
}
