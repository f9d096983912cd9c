//! SDES (RFC 4568): both descriptions bring their keys, and packets tell the way.
//!
//! There is no check and no handshake, so nothing proves where the far end is but its packets. A leg that *waits*, as the platform's does,
//! sends nothing before one of them has authenticated, and then sends to where that came from (symmetric RTP, RFC 4961): descriptions of
//! trunks name private addresses. **When the way moves.** A packet from another address moves it if it, and another one from the same
//! address right after it, are authentic, never seen before, and each ahead in number of everything before; one from the old address in
//! between, and the count begins anew. So neither a copy nor a straggler of the old way moves anything.
//!
//! RTCP goes with RTP where the far end says `a=rtcp-mux`. Where it does not, it is heard on both of our ports; ours goes to where
//! authentic RTCP came from last, and before that to the port of its `a=rtcp`, or else one above that of its RTP.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::time::Instant;

use callport_sdp::{CryptoLine, DescribedSdes};
use subtle::ConstantTimeEq as _;

use super::Sign;
use crate::checklist::Checklist;
use crate::demux::DatagramKind;
use crate::outgoing::Path;
use crate::srtp::{MasterKey, SrtpSession};
use crate::statistics::DropReason;

/// Our end. Holds our key.
#[derive(Clone)]
pub struct SdesConfig {
    /// Our line: its key protects what we send, and its suite both ways.
    pub crypto: CryptoLine,
    /// Our address for RTP, as our description names it.
    pub local: SocketAddr,
    /// Our address for RTCP of a far end that does not multiplex it.
    pub rtcp: Option<SocketAddr>,
    /// Sends nothing before the far end was heard. The platform waits (platform docs, *Configure SIP*); whoever talks to it must not.
    pub waits: bool,
}

/// The far end. Holds its key.
#[derive(Clone)]
pub struct SdesRemote {
    /// Its line: its key protects what it sends.
    pub crypto: CryptoLine,
    /// Where it says that it is. Only an end that does not wait sends there.
    pub address: Option<SocketAddr>,
    /// Whether RTCP shares the port of RTP.
    pub rtcp_mux: bool,
    /// Its port for RTCP, if it names one.
    pub rtcp_port: Option<u16>,
}

impl SdesRemote {
    pub(super) fn of(description: &DescribedSdes, rtcp_mux: bool) -> SdesRemote {
        let DescribedSdes { crypto, address, rtcp_port } = description.clone();
        SdesRemote { crypto, address, rtcp_mux, rtcp_port }
    }
}

/// Where keys and ways of a leg stand.
pub(crate) struct Sdes {
    config: SdesConfig,
    /// RTCP that does not go with RTP.
    rtcp: Option<RtcpWay>,
    /// From where the newest packet came, if not from where we send to.
    contender: Option<SocketAddr>,
    /// What the leg has to take; it does after each input.
    signs: VecDeque<Sign>,
}

/// The way of RTCP by itself.
struct RtcpWay {
    local: SocketAddr,
    /// As its description says.
    port: Option<u16>,
    /// From where authentic RTCP came last.
    heard: Option<Path>,
}

impl Sdes {
    pub(super) fn new(config: SdesConfig) -> Sdes {
        Sdes { config, rtcp: None, contender: None, signs: VecDeque::new() }
    }

    /// The keys of both are there.
    pub(super) fn set_remote(&mut self, remote: SdesRemote, now: Instant, list: &mut Checklist) {
        match self.session(&remote) {
            Ok(session) => {
                let profile = session.profile();
                list.srtp_profile = Some(profile);
                self.signs.push_back(Sign::Keys(Box::new(session), profile));
            }
            Err(words) => {
                list.keys_failed = Some((now, words));
                return self.signs.push_back(Sign::Failed(words));
            }
        }
        if !remote.rtcp_mux {
            self.rtcp = self.config.rtcp.map(|local| RtcpWay { local, port: remote.rtcp_port, heard: None });
        }
        if let Some(address) = remote.address.filter(|_| !self.config.waits) {
            self.signs.push_back(Sign::Way(Path { local: self.config.local, remote: address }));
        }
    }

    fn session(&self, remote: &SdesRemote) -> Result<SrtpSession, &'static str> {
        let (ours, theirs) = (&self.config.crypto, &remote.crypto);
        if ours.suite != theirs.suite {
            return Err("the suites of both a=crypto lines differ");
        }
        // Two senders under one key: where numbers meet, the keystream is given away (RFC 3711 §9.1).
        let (same_key, same_salt) = (ours.key.key().ct_eq(theirs.key.key()), ours.key.salt().ct_eq(theirs.key.salt()));
        if bool::from(same_key & same_salt) {
            return Err("its a=crypto holds the inline key of our own description: each end makes a key of its own");
        }
        let session = SrtpSession::new(ours.suite.into(), master(ours), master(theirs)).map_err(|_| "keys of the wrong length")?;
        Ok(session.expecting(theirs.mki))
    }

    /// STUN and DTLS, which nobody sends who does SDES.
    pub(super) fn receive(&mut self, kind: DatagramKind, now: Instant, list: &mut Checklist) {
        let reason = match kind {
            DatagramKind::Stun => {
                list.stun_seen.get_or_insert(now);
                DropReason::StunOnSdes
            }
            DatagramKind::Dtls => {
                list.dtls_started.get_or_insert(now);
                DropReason::DtlsOnSdes
            }
            DatagramKind::Rtp | DatagramKind::Rtcp | DatagramKind::Garbage => DropReason::Garbage,
        };
        self.signs.push_back(Sign::Dropped(reason));
    }

    pub(super) fn poll(&mut self) -> Option<Sign> {
        self.signs.pop_front()
    }

    /// A packet that counts came from another address than we send to; whether the one before it came from there, too.
    pub(super) fn contends(&mut self, address: SocketAddr) -> bool {
        self.contender.replace(address) == Some(address)
    }

    /// One came from where we send to.
    pub(super) fn settle(&mut self) {
        self.contender = None;
    }

    /// Authentic RTCP came that way; whether it goes with RTP.
    pub(super) fn heard_rtcp(&mut self, path: Path) -> bool {
        match &mut self.rtcp {
            Some(way) => {
                way.heard = Some(path);
                false
            }
            None => true,
        }
    }

    /// Where RTCP goes, with RTP going that way.
    pub(super) fn rtcp_path(&self, rtp: Path) -> Path {
        let Some(RtcpWay { local, port, heard }) = &self.rtcp else { return rtp };
        heard.unwrap_or_else(|| {
            let port = port.unwrap_or(rtp.remote.port().saturating_add(1));
            Path { local: *local, remote: SocketAddr::new(rtp.remote.ip(), port) }
        })
    }
}

fn master(line: &CryptoLine) -> MasterKey<'_> {
    MasterKey { key: line.key.key(), salt: line.key.salt() }
}

#[cfg(test)]
mod tests;
