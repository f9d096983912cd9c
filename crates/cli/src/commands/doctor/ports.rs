//! Are the ports free?

use std::net::{IpAddr, SocketAddr, TcpListener, UdpSocket};

use super::finding::Finding;
use crate::config::Config;
use crate::platform::announcement::ranges;
use crate::platform::{media, sip};

/// Takes every configured port for a moment.
pub fn free(config: &Config) -> Vec<Finding> {
    let mut findings = vec![tcp("public", config.public.listen), tcp("operator", config.operator.listen)];
    findings.extend(config.sip.enabled.then(|| tcp("sip", sip::listen(config))));
    let ports = match config.media.port {
        0 => vec![0],
        first => (first..).take(media::threads(&config.media) * usize::from(config.media.ports_per_thread)).collect(),
    };
    findings.extend(config.media.bind.iter().flat_map(|address| all_udp(*address, &ports)));
    // Free ones are found when they are needed.
    let of_legs: Vec<u16> = match config.media.sdes_port {
        0 => Vec::new(),
        first => (first..=u16::MAX).take(config.media.sdes_ports.into()).collect(),
    };
    findings.extend(config.media.bind.iter().flat_map(|address| all_udp(*address, &of_legs)));
    findings
}

/// One finding for all ports that are free, and one for each that is not.
fn all_udp(address: IpAddr, ports: &[u16]) -> Vec<Finding> {
    let (held, free): (Vec<_>, Vec<_>) =
        ports.iter().map(|port| (*port, udp(SocketAddr::new(address, *port)))).partition(|(_, found)| found.failed());
    let mut findings: Vec<Finding> = held.into_iter().map(|(_, found)| found).collect();
    match free.len() {
        0 => {}
        1 => findings.extend(free.into_iter().map(|(_, found)| found)),
        _ => {
            let free: Vec<u16> = free.into_iter().map(|(port, _)| port).collect();
            findings.push(Finding::pass("media", format!("UDP {address} ports {} are free", ranges(&free))));
        }
    }
    findings
}

fn tcp(check: &'static str, address: SocketAddr) -> Finding {
    judge(check, "TCP", address, TcpListener::bind(address).and_then(|socket| socket.local_addr()))
}

fn udp(address: SocketAddr) -> Finding {
    judge("media", "UDP", address, UdpSocket::bind(address).and_then(|socket| socket.local_addr()))
}

fn judge(check: &'static str, kind: &str, address: SocketAddr, taken: std::io::Result<SocketAddr>) -> Finding {
    match taken {
        Ok(_) if address.port() == 0 => Finding::pass(check, format!("{kind} {} has free ports", address.ip())),
        Ok(_) => Finding::pass(check, format!("{kind} {address} is free")),
        Err(error) => {
            Finding::fail(check, format!("{kind} {address} cannot be taken: {error}. Stop what holds it, or configure another port"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::doctor::finding::FindingState;

    #[test]
    fn a_port_that_is_held_fails() {
        let holder = TcpListener::bind("127.0.0.1:0").unwrap();
        assert_eq!(tcp("public", holder.local_addr().unwrap()).state(), FindingState::Fail);
        assert_eq!(tcp("public", "127.0.0.1:0".parse().unwrap()).state(), FindingState::Pass);
        let holder = UdpSocket::bind("127.0.0.1:0").unwrap();
        assert_eq!(udp(holder.local_addr().unwrap()).state(), FindingState::Fail);
    }

    #[test]
    fn media_ports_that_are_free_are_one_finding_and_each_that_is_held_another() {
        let holder = UdpSocket::bind("127.0.0.1:0").unwrap();
        let (address, held) = ("127.0.0.1".parse().unwrap(), holder.local_addr().unwrap().port());
        let found = all_udp(address, &[held, 0, 0]);
        assert_eq!(found.iter().map(Finding::state).collect::<Vec<_>>(), [FindingState::Fail, FindingState::Pass]);
        assert!(found[0].line().contains(&held.to_string()) && found[1].line().contains("are free"));
        assert_eq!(all_udp(address, &[0]).len(), 1);
    }
}
