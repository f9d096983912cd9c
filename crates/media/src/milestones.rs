//! What the relay reports, as the journal keeps it.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use callport_engine::journal::{Milestone, Since};
use callport_relay::leg::QUIET_AFTER;
use callport_relay::numbering::{Burst, WentBack, WrongSteps};
use callport_relay::{CallLeg, DropReason, SrtpProfile};
use callport_sdp::{Codec, DtlsRole};

pub(crate) fn nominated(remote: SocketAddr, again: bool) -> Milestone {
    let (family, network) = kind_of(remote);
    Milestone::PairNominated { family, network, again }
}

pub(crate) fn way_found(remote: SocketAddr, again: bool) -> Milestone {
    let (family, network) = kind_of(remote);
    Milestone::WayFound { family, network, again }
}

/// Family and network of an address, which is all that is kept of it.
fn kind_of(remote: SocketAddr) -> (String, String) {
    let address = remote.ip().to_canonical();
    let family = if address.is_ipv4() { "ipv4" } else { "ipv6" };
    (family.to_owned(), network(address).to_owned())
}

pub(crate) fn keys_taken(profile: SrtpProfile) -> Milestone {
    Milestone::KeysTaken { suite: profile.suite().name().to_owned() }
}

/// Private: what nobody on the internet reaches (RFC 1918, RFC 3927, RFC 4193, RFC 4291 §2.5.6).
fn network(address: IpAddr) -> &'static str {
    let private = match address {
        IpAddr::V4(address) => address.is_private() || address.is_link_local(),
        IpAddr::V6(address) => address.is_unique_local() || address.is_unicast_link_local(),
    };
    match (address.is_loopback(), private) {
        (true, _) => "loopback",
        (false, true) => "private",
        (false, false) => "public",
    }
}

/// `role` is ours.
pub(crate) fn dtls_done(role: Option<DtlsRole>, profile: SrtpProfile) -> Milestone {
    let far_role = match role {
        Some(DtlsRole::Client) => "server",
        Some(DtlsRole::Server) | None => "client",
    };
    Milestone::DtlsDone { far_role: far_role.to_owned(), profile: profile.name().to_owned() }
}

pub(crate) fn first_audio(side: CallLeg, caller: CallLeg, after: Duration) -> Milestone {
    let since = match (side, caller) {
        (CallLeg::User, CallLeg::User) => Since::Call,
        (CallLeg::User, CallLeg::Business) => Since::PickUp,
        (CallLeg::Business, CallLeg::User) => Since::Answer,
        (CallLeg::Business, CallLeg::Business) => Since::Offer,
    };
    Milestone::FirstAudio { after_ms: millis(after), since }
}

pub(crate) fn audio_again(unheard: Duration) -> Milestone {
    Milestone::AudioAgain { unheard_ms: millis(unheard) }
}

pub(crate) fn quiet() -> Milestone {
    Milestone::Quiet { for_ms: millis(QUIET_AFTER) }
}

pub(crate) fn all_dropped(reason: DropReason) -> Milestone {
    Milestone::AllDropped { for_ms: millis(QUIET_AFTER), reason: reason.name().to_owned() }
}

pub(crate) fn other_source(unheard: Duration) -> Milestone {
    Milestone::OtherSource { unheard_ms: millis(unheard), patience_ms: millis(QUIET_AFTER) }
}

pub(crate) fn other_address(unheard: Duration) -> Milestone {
    Milestone::OtherAddress { unheard_ms: millis(unheard) }
}

pub(crate) fn numbers_went_back(WentBack { from, to, .. }: WentBack) -> Milestone {
    Milestone::NumbersWentBack { from, to }
}

pub(crate) fn wrong_steps(WrongSteps { seen, expected, .. }: WrongSteps) -> Milestone {
    Milestone::WrongSteps { seen, expected }
}

pub(crate) fn burst(Burst { packets, ahead }: Burst) -> Milestone {
    Milestone::Burst { packets, ahead_ms: millis(ahead) }
}

pub(crate) fn codec(codec: Codec, transcoded: bool) -> Milestone {
    let name = codec.encoding().split('/').next().unwrap_or_default().to_owned();
    Milestone::CodecChosen { codec: name, transcoded }
}

pub(crate) fn digit_refused(reason: &dyn std::fmt::Display) -> Milestone {
    Milestone::DigitRefused { reason: reason.to_string() }
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_an_address_only_its_kind_is_kept() {
        for (address, family, network) in [
            ("127.0.0.1:9", "ipv4", "loopback"),
            ("[::1]:9", "ipv6", "loopback"),
            ("192.168.1.7:9", "ipv4", "private"),
            ("[::ffff:10.0.0.1]:9", "ipv4", "private"),
            ("[fd00::1]:9", "ipv6", "private"),
            ("[fe80::1]:9", "ipv6", "private"),
            ("203.0.113.9:9", "ipv4", "public"),
            ("[2001:db8::1]:9", "ipv6", "public"),
        ] {
            let expected = Milestone::PairNominated { family: family.into(), network: network.into(), again: false };
            assert_eq!(nominated(address.parse().unwrap(), false), expected, "{address}");
        }
    }

    #[test]
    fn the_role_of_the_handshake_is_the_far_end_s() {
        for (ours, far) in [(Some(DtlsRole::Client), "server"), (Some(DtlsRole::Server), "client"), (None, "client")] {
            let Milestone::DtlsDone { far_role, .. } = dtls_done(ours, SrtpProfile::AeadAes128Gcm) else { panic!("another milestone") };
            assert_eq!(far_role, far);
        }
    }
}
