//! What the timeline says of media: one sentence for each event, in words that need no knowledge of ours.

use std::time::Duration;

use callport_relay::leg::QUIET_AFTER;
use callport_relay::sdp::Codec;
use callport_relay::{DtlsRole, Side, SrtpProfile};

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

pub(crate) fn audio_again(side: Side) -> String {
    format!("audio from the {} again", who(side))
}

pub(crate) fn quiet(side: Side) -> String {
    format!("neither audio nor RTCP from the {} for {} s", who(side), QUIET_AFTER.as_secs())
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
            (quiet(Side::Business), "neither audio nor RTCP from the business for 2 s"),
        ];
        for (said, expected) in cases {
            assert_eq!(said, expected);
        }
    }
}
