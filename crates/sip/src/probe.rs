//! One look at a business's SIP server, with the very checks that a call makes: its name and addresses, TCP, TLS and certificate, OPTIONS, and an
//! INVITE that is withdrawn at once. It tells what it saw; what to make of it is the caller's.
//!
//! Nothing is sent by SIP to a server whose certificate does not pass: the platform would send nothing either. An INVITE goes out only where a
//! business number is given, as it may ring a phone for a moment: it is withdrawn with the first provisional response above 100, and ended with BYE
//! where it was answered before. A server that challenges rings nobody before it has seen credentials.

mod conversation;
mod handshake;

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use callport_core::sip::SipTarget;
use tokio::net::TcpStream;
use tokio::time::timeout;

pub use conversation::{ChallengeSeen, InviteEnd, InviteSeen, OptionsSeen};
pub use handshake::TlsSeen;

use crate::connections::addresses;
use crate::tls::{self, SipTlsFault, TrustedBy};

/// Addresses of a host that are looked at.
const MOST_ADDRESSES: usize = 8;

/// What is to be looked at. Holds a password, so it has no `Debug`.
pub struct SipProbe {
    /// The server as the business configured it.
    pub target: SipTarget,
    /// The platform's SIP domain, in From and `X-FB-External-Domain`.
    pub domain: String,
    /// The business number, digits only; without one no INVITE is sent.
    pub number: Option<String>,
    /// Its password (`sip_user_password`).
    pub password: Option<String>,
    /// The session description of the INVITE.
    pub offer: String,
    /// Longest wait for each step.
    pub patience: Duration,
    /// What tags, branches and counts come of; nobody else may know it.
    pub seed: [u8; 32],
}

/// What was seen.
#[derive(Debug, Default)]
pub struct SipProbed {
    /// Why the host has no address.
    pub unresolved: Option<String>,
    /// Each address, in the order in which the platform tries them.
    pub ways: Vec<WaySeen>,
    /// What came of OPTIONS; `None`: no way was good enough to ask.
    pub options: Option<OptionsSeen>,
    /// What came of the INVITE; `None`: none was sent.
    pub invite: Option<InviteSeen>,
}

/// One address of a server.
#[derive(Debug)]
pub struct WaySeen {
    /// Address and port.
    pub address: SocketAddr,
    /// Why no TCP connection came about.
    pub unreachable: Option<String>,
    /// How TLS went; `None`: there was no connection to try it on.
    pub tls: Option<Result<TlsSeen, String>>,
}

impl SipProbe {
    /// Looks at everything, one thing after the other.
    ///
    /// # Errors
    /// Authorities of ours that cannot be used; whatever is wrong with the server is told in the answer.
    pub async fn run(&self, trusted: TrustedBy) -> Result<SipProbed, SipTlsFault> {
        let verifier = tls::verifier(trusted)?;
        let mut probed = SipProbed::default();
        let (host, port) = (self.target.host.as_str(), self.target.port);
        let found = match timeout(self.patience, addresses(host, port, false)).await {
            Ok(Ok(found)) => found,
            Ok(Err(error)) => return Ok(SipProbed { unresolved: Some(error.to_string()), ..probed }),
            Err(_) => return Ok(SipProbed { unresolved: Some("no answer in time".to_owned()), ..probed }),
        };
        for address in found.into_iter().take(MOST_ADDRESSES) {
            let mut way = WaySeen { address, unreachable: None, tls: None };
            match timeout(self.patience, TcpStream::connect(address)).await.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into())) {
                Err(error) => way.unreachable = Some(error.to_string()),
                Ok(stream) => match handshake::shake_hands(host, stream, verifier.clone(), self.patience).await? {
                    Ok((stream, seen)) => {
                        if seen.is_in_order() && probed.options.is_none() {
                            let here = stream.get_ref().0.local_addr().unwrap_or(address);
                            (probed.options, probed.invite) = conversation::talk(self, stream, (here, address)).await;
                        }
                        way.tls = Some(Ok(seen));
                    }
                    Err(why) => way.tls = Some(Err(why)),
                },
            }
            probed.ways.push(way);
        }
        Ok(probed)
    }
}

#[cfg(test)]
mod tests;
