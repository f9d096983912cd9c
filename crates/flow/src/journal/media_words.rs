//! Sentences of what the media plane saw.

use std::fmt;

use callport_core::call::Side;

use super::milestone::{Milestone, Since};

/// How a leg is called: its far end.
fn far(side: Side) -> &'static str {
    match side {
        Side::User => "phone",
        Side::Business => "business",
    }
}

/// The sentence of a milestone on that leg.
pub(super) fn write(f: &mut fmt::Formatter<'_>, side: Side, milestone: &Milestone) -> fmt::Result {
    let far = far(side);
    match milestone {
        Milestone::IceBegan => write!(f, "STUN seen from the {far}: its check is authentic"),
        Milestone::IceCredentialsWrong => {
            write!(f, "STUN for the {far} leg that is not authentic: its password or user name is not the one of the session descriptions")
        }
        Milestone::IceRoleConflict => write!(f, "STUN from the {far} claims the controlled role; answered with 487"),
        Milestone::PairNominated { again: true, .. } => write!(f, "the {far} has moved to another address"),
        Milestone::PairNominated { family, network, again: false } => {
            let family = if family == "ipv6" { "IPv6" } else { "IPv4" };
            write!(f, "ICE done: the {far} has nominated a pair ({family}, {network} address)")
        }
        Milestone::DtlsDone { far_role, profile } => {
            write!(f, "DTLS done, the {far} is the {far_role}, {}", profile.trim_start_matches("SRTP_"))
        }
        Milestone::DtlsFailed { reason } => write!(f, "DTLS with the {far} failed: {reason}"),
        Milestone::KeysTaken { suite } => write!(f, "the keys of both a=crypto lines are in use, {suite}"),
        Milestone::KeysUnusable { reason } => write!(f, "the keys of the {far} cannot be used: {reason}"),
        Milestone::WayFound { again: true, .. } => {
            write!(f, "the {far} is sent to another address from now on: its packets come from there")
        }
        Milestone::WayFound { family, network, again: false } => {
            let family = if family == "ipv6" { "IPv6" } else { "IPv4" };
            write!(f, "the first authentic packet of the {far} tells where it is sent to ({family}, {network} address)")
        }
        Milestone::WebRtcOnSdes => {
            write!(f, "STUN or DTLS comes from the {far}, whose keys are to come by SDES: it does WebRTC, and nobody answers that here")
        }
        Milestone::CodecChosen { codec, transcoded: false } => write!(f, "the {far} chose {codec}"),
        Milestone::CodecChosen { codec, transcoded: true } => {
            write!(f, "audio is transcoded: Opus for the phone, {codec} for the business")
        }
        Milestone::GateOpened => f.write_str("audio of the business goes to the phone from now on"),
        Milestone::FirstAudio { after_ms, since } => {
            let since = match since {
                Since::Call => "after it called",
                Since::PickUp => "after it picked up",
                Since::Answer => "after its answer",
                Since::Offer => "after its offer",
            };
            write!(f, "first audio from the {far}, {after_ms} ms {since}")
        }
        // RTCP counts, too: it keeps a call alive.
        Milestone::AudioAgain { unheard_ms } => write!(f, "packets come from the {far} again, after {} without any", Seconds(*unheard_ms)),
        Milestone::Quiet { for_ms } => write!(f, "neither audio nor RTCP from the {far} for {} s", for_ms / 1_000),
        Milestone::AllDropped { for_ms, reason } => {
            let reason = reason.replace('_', " ");
            write!(f, "nothing from the {far} was of use for {} s: what comes is dropped ({reason})", for_ms / 1_000)
        }
        Milestone::OtherSource { unheard_ms, patience_ms } => write!(
            f,
            "the {far} went over to another SSRC: nothing was heard for {}, because another source is taken only once the one before has been \
             silent for {} s",
            Seconds(*unheard_ms),
            patience_ms / 1_000
        ),
        Milestone::OtherAddress { unheard_ms } => {
            write!(f, "audio of the {far} comes from another address; nothing was heard for {}", Seconds(*unheard_ms))
        }
        Milestone::FromElsewhere => {
            write!(f, "media of the {far} comes from an address from which no ICE check has come, and is dropped")
        }
        Milestone::NumbersWentBack { from, to } => {
            write!(f, "the sequence numbers of the {far} went back from {from} to {to}: its packets are dropped as replays")
        }
        Milestone::WrongSteps { seen, expected } => {
            write!(f, "timestamps of the {far} go on by {seen} with each packet instead of {expected}")
        }
        Milestone::Burst { packets, ahead_ms } => {
            write!(f, "audio of the {far} comes in bursts: {packets} packets at once, {} before its time", Seconds(*ahead_ms))
        }
        Milestone::Undecryptable => write!(f, "SRTP from the {far} fails its authentication"),
        Milestone::PayloadTypeWrong { seen, agreed } => write!(f, "RTP from the {far} with payload type {seen}; {agreed} was agreed"),
        Milestone::DigitHeard => f.write_str(match side {
            Side::User => "a keypad tone from the phone's audio was passed to the business",
            Side::Business => "a keypad tone from the business was taken and not passed on",
        }),
        Milestone::DigitRefused { reason } => write!(f, "a key of the phone was not sent to the business: {reason}"),
        Milestone::AddressInUse => write!(
            f,
            "the {far} sends from an address and port that carry another call on our same port, and two calls between the same two addresses \
             cannot be told apart: this one hears nothing while the other lasts"
        ),
        Milestone::AddressShared => {
            write!(f, "another call sends from the address and port of the {far} to our same port: it waits until this one is over")
        }
        Milestone::AddressFree => {
            write!(f, "the address and port of the {far} carry no other call any more: what it sends reaches this one")
        }
        Milestone::RelayBroken => f.write_str("the relay met a defect of its own and gave up this call"),
    }
}

/// Milliseconds as `1.5 s`.
struct Seconds(u64);

impl fmt::Display for Seconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{} s", self.0 / 1_000, self.0 % 1_000 / 100)
    }
}

#[cfg(test)]
mod tests {
    use super::super::Fact;
    use super::*;

    #[test]
    fn a_milestone_says_who_did_what() {
        use Side::{Business, User};
        let dtls = |far_role: &str, profile: &str| Milestone::DtlsDone { far_role: far_role.into(), profile: profile.into() };
        let pair = |again| Milestone::PairNominated { family: "ipv6".into(), network: "private".into(), again };
        for (side, milestone, says) in [
            (Business, dtls("client", "SRTP_AEAD_AES_128_GCM"), "DTLS done, the business is the client, AEAD_AES_128_GCM"),
            (User, dtls("server", "SRTP_AES128_CM_HMAC_SHA1_80"), "DTLS done, the phone is the server, AES128_CM_HMAC_SHA1_80"),
            (
                Business,
                Milestone::FirstAudio { after_ms: 312, since: Since::Answer },
                "first audio from the business, 312 ms after its answer",
            ),
            (User, Milestone::FirstAudio { after_ms: 80, since: Since::PickUp }, "first audio from the phone, 80 ms after it picked up"),
            (User, pair(false), "ICE done: the phone has nominated a pair (IPv6, private address)"),
            (User, pair(true), "the phone has moved to another address"),
            (Business, Milestone::AudioAgain { unheard_ms: 4_230 }, "packets come from the business again, after 4.2 s without any"),
            (
                Business,
                Milestone::AllDropped { for_ms: 2_000, reason: "wrong_payload_type".into() },
                "nothing from the business was of use for 2 s: what comes is dropped (wrong payload type)",
            ),
            (
                Business,
                Milestone::OtherAddress { unheard_ms: 1_500 },
                "audio of the business comes from another address; nothing was heard for 1.5 s",
            ),
            (
                Business,
                Milestone::KeysTaken { suite: "AES_CM_128_HMAC_SHA1_80".into() },
                "the keys of both a=crypto lines are in use, AES_CM_128_HMAC_SHA1_80",
            ),
            (
                Business,
                Milestone::WayFound { family: "ipv4".into(), network: "public".into(), again: false },
                "the first authentic packet of the business tells where it is sent to (IPv4, public address)",
            ),
            (Business, Milestone::Quiet { for_ms: 2_000 }, "neither audio nor RTCP from the business for 2 s"),
            (
                Business,
                Milestone::CodecChosen { codec: "PCMA".into(), transcoded: true },
                "audio is transcoded: Opus for the phone, PCMA for the business",
            ),
        ] {
            assert_eq!(Fact::Media { side, milestone }.to_string(), says);
        }
    }

    #[test]
    fn every_milestone_reads_back_and_has_a_sentence() {
        for milestone in Milestone::samples() {
            for side in [Side::User, Side::Business] {
                let fact = Fact::Media { side, milestone: milestone.clone() };
                assert!(fact.to_string().len() > 10, "{fact:?}");
                assert_eq!(serde_json::from_str::<Fact>(&serde_json::to_string(&fact).unwrap()).unwrap(), fact);
            }
        }
    }
}
