//! What the media plane saw on one leg, with its figures. Addresses, digits and descriptions are never in it.

use serde::{Deserialize, Serialize};

/// One thing that was seen. The form on record, as [`Fact`](super::Fact) is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "milestone", rename_all = "snake_case")]
pub enum Milestone {
    /// The first authentic ICE check came.
    IceBegan,
    /// A check came whose user name or password is not that of the descriptions.
    IceCredentialsWrong,
    /// The far end claims the controlled role; it was answered with 487.
    IceRoleConflict,
    /// The far end nominated a pair, for the first time or once more.
    PairNominated {
        /// `ipv4` or `ipv6`.
        family: String,
        /// Where the far end's address is: `loopback`, `private` or `public`.
        network: String,
        /// There was one before: the far end moved.
        again: bool,
    },
    /// The DTLS handshake is done.
    DtlsDone {
        /// What the far end is in it: `client` or `server`.
        far_role: String,
        /// As in `SRTP_AEAD_AES_128_GCM`.
        profile: String,
    },
    /// The handshake failed for good.
    DtlsFailed {
        /// Why.
        reason: String,
    },
    /// The keys of both descriptions are in use: a leg without ICE and DTLS.
    KeysTaken {
        /// As in `AES_CM_128_HMAC_SHA1_80`.
        suite: String,
    },
    /// Those keys cannot be used.
    KeysUnusable {
        /// Why.
        reason: String,
    },
    /// The first authentic packet of such a leg fixed where its far end is sent to, or others moved that.
    WayFound {
        /// `ipv4` or `ipv6`.
        family: String,
        /// Where the far end's address is: `loopback`, `private` or `public`.
        network: String,
        /// There was one before: the far end moved.
        again: bool,
    },
    /// STUN or DTLS came on such a leg.
    WebRtcOnSdes,
    /// The business's description chose a codec.
    CodecChosen {
        /// As in `opus`.
        codec: String,
        /// It is turned into what the phone speaks.
        transcoded: bool,
    },
    /// Audio of the business may go to the user from now on.
    GateOpened,
    /// The first audio packet came.
    FirstAudio {
        /// Milliseconds since.
        after_ms: u64,
        /// Since what.
        since: Since,
    },
    /// Packets come again.
    AudioAgain {
        /// Milliseconds in which none came.
        unheard_ms: u64,
    },
    /// Neither audio nor RTCP came for so long.
    Quiet {
        /// Milliseconds.
        for_ms: u64,
    },
    /// What came for so long was of no use.
    AllDropped {
        /// Milliseconds.
        for_ms: u64,
        /// Why the latest was dropped, as in `wrong_payload_type`.
        reason: String,
    },
    /// The far end went over to another SSRC.
    OtherSource {
        /// Milliseconds in which nothing was heard.
        unheard_ms: u64,
        /// Another source is taken only after the one before was silent so long.
        patience_ms: u64,
    },
    /// Audio comes from another address.
    OtherAddress {
        /// Milliseconds in which nothing was heard.
        unheard_ms: u64,
    },
    /// Media comes from an address from which no check has come, and is dropped.
    FromElsewhere,
    /// Sequence numbers went back.
    NumbersWentBack {
        /// The highest before.
        from: u16,
        /// The first of the lower ones.
        to: u16,
    },
    /// Timestamps do not go with the packets.
    WrongSteps {
        /// The step, in units of the clock.
        seen: i32,
        /// What a packet is long.
        expected: u32,
    },
    /// Audio came faster than it can be heard.
    Burst {
        /// How many packets at once.
        packets: u32,
        /// Milliseconds before their time.
        ahead_ms: u64,
    },
    /// SRTP fails its authentication.
    Undecryptable,
    /// RTP with another payload type than agreed.
    PayloadTypeWrong {
        /// What came.
        seen: u8,
        /// What was agreed.
        agreed: u8,
    },
    /// A keypad tone was taken from the audio. Which one may be a PIN.
    DigitHeard,
    /// A key of the phone was not sent to the business.
    DigitRefused {
        /// Why.
        reason: String,
    },
    /// The far end's address carries another call on the same port of ours.
    AddressInUse,
    /// Another call wants the address of this one.
    AddressShared,
    /// The address carries no other call any more.
    AddressFree,
    /// The relay met a defect of its own and gave the call up.
    RelayBroken,
}

/// Since what the first audio is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Since {
    /// The user called.
    Call,
    /// The user picked up.
    PickUp,
    /// The business answered.
    Answer,
    /// The business offered.
    Offer,
}

impl Milestone {
    /// One of each kind.
    #[cfg(test)]
    pub(super) fn samples() -> Vec<Self> {
        let text = || "a text".to_owned();
        vec![
            Self::IceBegan,
            Self::IceCredentialsWrong,
            Self::IceRoleConflict,
            Self::PairNominated { family: "ipv4".into(), network: "public".into(), again: true },
            Self::DtlsDone { far_role: "client".into(), profile: text() },
            Self::DtlsFailed { reason: text() },
            Self::KeysTaken { suite: text() },
            Self::KeysUnusable { reason: text() },
            Self::WayFound { family: "ipv6".into(), network: "private".into(), again: false },
            Self::WebRtcOnSdes,
            Self::CodecChosen { codec: text(), transcoded: true },
            Self::GateOpened,
            Self::FirstAudio { after_ms: u64::MAX, since: Since::PickUp },
            Self::AudioAgain { unheard_ms: 1 },
            Self::Quiet { for_ms: 2_000 },
            Self::AllDropped { for_ms: 2_000, reason: text() },
            Self::OtherSource { unheard_ms: 1, patience_ms: 2 },
            Self::OtherAddress { unheard_ms: 1 },
            Self::FromElsewhere,
            Self::NumbersWentBack { from: 9, to: 1 },
            Self::WrongSteps { seen: -960, expected: 960 },
            Self::Burst { packets: 7, ahead_ms: 1 },
            Self::Undecryptable,
            Self::PayloadTypeWrong { seen: 8, agreed: 111 },
            Self::DigitHeard,
            Self::DigitRefused { reason: text() },
            Self::AddressInUse,
            Self::AddressShared,
            Self::AddressFree,
            Self::RelayBroken,
        ]
    }
}
