//! What the timeline says of media: one sentence for each event, in words that need no knowledge of ours.

use std::time::Duration;

use callport_relay::leg::QUIET_AFTER;
use callport_relay::numbering::{Burst, WentBack, WrongSteps};
use callport_relay::{DropReason, Side, SrtpProfile};
use callport_sdp::{Codec, DtlsRole};

/// How a side is called.
pub(crate) fn who(side: Side) -> &'static str {
    match side {
        Side::User => "phone",
        Side::Business => "business",
    }
}

pub(crate) fn stun_seen(side: Side) -> String {
    format!("STUN seen from the {}: its check is authentic", who(side))
}

pub(crate) fn wrong_credentials(side: Side) -> String {
    format!("STUN for the {} leg that is not authentic: its password or user name is not the one of the session descriptions", who(side))
}

pub(crate) fn role_conflict(side: Side) -> String {
    format!("STUN from the {} claims the controlled role; answered with 487", who(side))
}

pub(crate) fn nominated(side: Side, again: bool) -> String {
    match again {
        false => format!("ICE done: the {} has nominated a pair", who(side)),
        true => format!("the {} has moved to another address", who(side)),
    }
}

/// `role` is ours.
pub(crate) fn dtls_done(side: Side, role: Option<DtlsRole>, profile: SrtpProfile) -> String {
    let profile = profile.name().trim_start_matches("SRTP_");
    match role {
        Some(DtlsRole::Client) => format!("DTLS done, the {} is the server, {profile}", who(side)),
        Some(DtlsRole::Server) | None => format!("DTLS done, the {} is the client, {profile}", who(side)),
    }
}

pub(crate) fn dtls_failed(side: Side, reason: &str) -> String {
    format!("DTLS with the {} failed: {reason}", who(side))
}

pub(crate) fn first_audio(side: Side, caller: Side, after: Duration) -> String {
    let since = match (side, caller) {
        (Side::User, Side::User) => "after it called",
        (Side::User, Side::Business) => "after it picked up",
        (Side::Business, Side::User) => "after its answer",
        (Side::Business, Side::Business) => "after its offer",
    };
    format!("first audio from the {}, {} ms {since}", who(side), after.as_millis())
}

/// RTCP counts, too: it keeps a call alive.
pub(crate) fn audio_again(side: Side, unheard: Duration) -> String {
    format!("packets come from the {} again, after {} without any", who(side), seconds(unheard))
}

pub(crate) fn quiet(side: Side) -> String {
    format!("neither audio nor RTCP from the {} for {} s", who(side), QUIET_AFTER.as_secs())
}

pub(crate) fn all_dropped(side: Side, reason: DropReason) -> String {
    format!(
        "nothing from the {} was of use for {} s: what comes is dropped ({})",
        who(side),
        QUIET_AFTER.as_secs(),
        reason.name().replace('_', " ")
    )
}

pub(crate) fn other_source(side: Side, unheard: Duration) -> String {
    format!(
        "the {} went over to another SSRC: nothing was heard for {}, because another source is taken only once the one before has been silent \
         for {} s",
        who(side),
        seconds(unheard),
        QUIET_AFTER.as_secs()
    )
}

pub(crate) fn other_address(side: Side, unheard: Duration) -> String {
    format!("audio of the {} comes from another address; nothing was heard for {}", who(side), seconds(unheard))
}

pub(crate) fn elsewhere(side: Side) -> String {
    format!("media of the {} comes from an address from which no ICE check has come, and is dropped", who(side))
}

pub(crate) fn numbers_went_back(side: Side, WentBack { from, to, .. }: WentBack) -> String {
    format!("the sequence numbers of the {} went back from {from} to {to}: its packets are dropped as replays", who(side))
}

pub(crate) fn wrong_steps(side: Side, WrongSteps { seen, expected, .. }: WrongSteps) -> String {
    format!("timestamps of the {} go on by {seen} with each packet instead of {expected}", who(side))
}

pub(crate) fn burst(side: Side, Burst { packets, ahead }: Burst) -> String {
    format!("audio of the {} comes in bursts: {packets} packets at once, {} before its time", who(side), seconds(ahead))
}

fn seconds(time: Duration) -> String {
    format!("{:.1} s", time.as_secs_f64())
}

pub(crate) fn undecryptable(side: Side) -> String {
    format!("SRTP from the {} fails its authentication", who(side))
}

pub(crate) fn wrong_payload_type(side: Side, seen: u8, agreed: u8) -> String {
    format!("RTP from the {} with payload type {seen}; {agreed} was agreed", who(side))
}

pub(crate) fn transcoding(codec: Codec) -> String {
    let name = codec.encoding().split('/').next().unwrap_or_default();
    format!("audio is transcoded: Opus for the phone, {name} for the business")
}

/// The digit itself is left out: people type secrets.
pub(crate) fn digit_passed(side: Side) -> String {
    match side {
        Side::User => "a keypad tone from the phone's audio was passed to the business".to_owned(),
        Side::Business => "a keypad tone from the business was taken and not passed on".to_owned(),
    }
}

pub(crate) fn digit_refused(reason: &dyn std::fmt::Display) -> String {
    format!("a key of the phone was not sent to the business: {reason}")
}

pub(crate) fn address_in_use(side: Side) -> String {
    format!(
        "the {} sends from an address and port that carry another call on our same port, and two calls between the same two addresses \
         cannot be told apart: this one hears nothing while the other lasts",
        who(side)
    )
}

pub(crate) fn address_shared(side: Side) -> String {
    format!("another call sends from the address and port of the {} to our same port: it waits until this one is over", who(side))
}

pub(crate) fn address_free(side: Side) -> String {
    format!("the address and port of the {} carry no other call any more: what it sends reaches this one", who(side))
}

pub(crate) fn broken() -> String {
    "the relay met a defect of its own and gave up this call".to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_who_did_what() {
        let cases = [
            (
                dtls_done(Side::Business, Some(DtlsRole::Server), SrtpProfile::AeadAes128Gcm),
                "DTLS done, the business is the client, AEAD_AES_128_GCM",
            ),
            (
                dtls_done(Side::User, Some(DtlsRole::Client), SrtpProfile::Aes128CmSha1_80),
                "DTLS done, the phone is the server, AES128_CM_HMAC_SHA1_80",
            ),
            (
                first_audio(Side::Business, Side::User, Duration::from_micros(312_900)),
                "first audio from the business, 312 ms after its answer",
            ),
            (first_audio(Side::Business, Side::Business, Duration::from_secs(9)), "first audio from the business, 9000 ms after its offer"),
            (first_audio(Side::User, Side::User, Duration::from_millis(90)), "first audio from the phone, 90 ms after it called"),
            (first_audio(Side::User, Side::Business, Duration::from_millis(80)), "first audio from the phone, 80 ms after it picked up"),
            (nominated(Side::User, true), "the phone has moved to another address"),
            (audio_again(Side::Business, Duration::from_millis(4_230)), "packets come from the business again, after 4.2 s without any"),
            (
                all_dropped(Side::Business, DropReason::WrongPayloadType),
                "nothing from the business was of use for 2 s: what comes is dropped (wrong payload type)",
            ),
            (
                other_address(Side::Business, Duration::from_millis(1_500)),
                "audio of the business comes from another address; nothing was heard for 1.5 s",
            ),
            (quiet(Side::Business), "neither audio nor RTCP from the business for 2 s"),
        ];
        for (said, expected) in cases {
            assert_eq!(said, expected);
        }
    }
}
