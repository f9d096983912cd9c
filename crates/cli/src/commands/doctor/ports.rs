//! Are the ports free?

use std::net::{SocketAddr, TcpListener, UdpSocket};

use super::finding::Finding;
use crate::config::Config;
use crate::platform::media;

/// Takes every configured port for a moment.
pub fn free(config: &Config) -> Vec<Finding> {
    let mut findings = vec![tcp("public", config.public.listen), tcp("operator", config.operator.listen)];
    let ports = (0..media::threads(&config.media)).filter_map(|thread| match config.media.port {
        0 => (thread == 0).then_some(0),
        first => u16::try_from(usize::from(first) + thread).ok(),
    });
    for port in ports {
        findings.extend(config.media.bind.iter().map(|address| udp(SocketAddr::new(*address, port))));
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
    use crate::commands::doctor::finding::State;

    #[test]
    fn a_port_that_is_held_fails() {
        let holder = TcpListener::bind("127.0.0.1:0").unwrap();
        assert_eq!(tcp("public", holder.local_addr().unwrap()).state(), State::Fail);
        assert_eq!(tcp("public", "127.0.0.1:0".parse().unwrap()).state(), State::Pass);
        let holder = UdpSocket::bind("127.0.0.1:0").unwrap();
        assert_eq!(udp(holder.local_addr().unwrap()).state(), State::Fail);
    }
}
