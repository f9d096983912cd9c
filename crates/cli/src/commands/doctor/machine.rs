//! What media will meet on this machine: the addresses it is told about, and the kernel's buffers.

use std::net::IpAddr;

use super::finding::Finding;
use crate::config::Config;
use crate::platform::public;

/// The relay asks the kernel for this much per socket, in bytes: a second of 2,000 calls.
const WANTED_BUFFER: u64 = 4 * 1024 * 1024;

/// The kernel's limit.
const RMEM_MAX: &str = "/proc/sys/net/core/rmem_max";

/// The addresses that session descriptions will carry, judged against who can reach the public listener.
pub fn addresses(config: &Config) -> Vec<Finding> {
    let local_only = config.public.listen.ip().is_loopback() && config.public.url.is_none();
    let advertised = |bound: &IpAddr| {
        let external = config.media.external.iter().find(|external| external.is_ipv4() == bound.is_ipv4());
        external.copied().unwrap_or_else(|| public::reachable(*bound))
    };
    config.media.bind.iter().map(|bound| judge(advertised(bound), local_only)).collect()
}

fn judge(address: IpAddr, local_only: bool) -> Finding {
    const CHECK: &str = "media address";
    if local_only {
        return Finding::pass(CHECK, format!("{address}; the public listener is for this machine only"));
    }
    if address.is_loopback() {
        return Finding::fail(
            CHECK,
            format!(
                "media is offered at {address}, which only this machine reaches: set media.bind and, behind address translation, media.external"
            ),
        );
    }
    if is_private(address) {
        let says = format!(
            "media is offered at {address}, a private address: phones and businesses outside this network need media.external, and the media ports forwarded"
        );
        return Finding::warn(CHECK, says);
    }
    Finding::pass(CHECK, format!("media is offered at {address}"))
}

fn is_private(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => v4.is_private() || v4.is_link_local() || (v4.octets()[0] == 100 && (64..128).contains(&v4.octets()[1])),
        IpAddr::V6(v6) => v6.is_unique_local() || v6.is_unicast_link_local(),
    }
}

/// Whether the kernel lets a media socket hold a burst.
pub fn buffers() -> Finding {
    judge_buffer(std::fs::read_to_string(RMEM_MAX).ok().and_then(|text| text.trim().parse().ok()))
}

fn judge_buffer(limit: Option<u64>) -> Finding {
    const CHECK: &str = "buffers";
    match limit {
        Some(bytes) if bytes >= WANTED_BUFFER => Finding::pass(CHECK, format!("the kernel allows {bytes} bytes per socket")),
        Some(bytes) => Finding::warn(
            CHECK,
            format!(
                "the kernel allows {bytes} bytes per socket; hundreds of calls want {WANTED_BUFFER}: sysctl -w net.core.rmem_max={WANTED_BUFFER}"
            ),
        ),
        None => Finding::warn(CHECK, format!("{RMEM_MAX} cannot be read: bursts may be lost")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::doctor::finding::FindingState;

    #[test]
    fn addresses_are_judged_by_who_must_reach_them() {
        for (address, local_only, state) in [
            ("127.0.0.1", true, FindingState::Pass),
            ("127.0.0.1", false, FindingState::Fail),
            ("192.168.1.7", false, FindingState::Warn),
            ("100.64.0.1", false, FindingState::Warn),
            ("fd00::1", false, FindingState::Warn),
            ("8.8.8.8", false, FindingState::Pass),
        ] {
            assert_eq!(judge(address.parse().unwrap(), local_only).state(), state, "{address}");
        }
    }

    #[test]
    fn small_buffers_warn() {
        assert_eq!(judge_buffer(Some(212_992)).state(), FindingState::Warn);
        assert_eq!(judge_buffer(Some(WANTED_BUFFER)).state(), FindingState::Pass);
        assert_eq!(judge_buffer(None).state(), FindingState::Warn);
    }
}
