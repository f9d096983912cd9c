//! WebRTC: checks find the way (ICE), then a handshake makes the keys (DTLS).

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use callport_sdp::{DescribedWebRtc, DtlsRole};

use super::Sign;
use crate::checklist::Checklist;
use crate::demux::DatagramKind;
use crate::dtls::{DtlsLibrary, Expectation, Failure, Flight, Handshake, Identity, Keys};
use crate::ice::{Check, Full, Ice, Lite};
use crate::outgoing::{MAX_DATAGRAM, Outgoing, Path};
use crate::srtp::{SrtpProfile, SrtpSession};
use crate::statistics::DropReason;

/// How many datagrams of a handshake are held until the far end's fingerprint is known: a
/// ClientHello in two pieces, and its first repetition.
const MAX_EARLY: usize = 4;

/// How often, and how many times, the last flight is repeated for a client that asks again.
const REPEAT_EVERY: Duration = Duration::from_millis(200);
const MAX_REPEATS: u8 = 10;

/// Which half of ICE a leg plays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IceRole {
    /// Lite and controlled: answers checks, never sends one. The platform.
    Lite,
    /// Full and controlling: sends checks and nominates. Backends and scripted users.
    Full,
}

/// ICE user name fragment and password of one end (RFC 8839 §5.4). No `Debug`: the password is a secret.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    /// `a=ice-ufrag`.
    pub ufrag: String,
    /// `a=ice-pwd`.
    pub pwd: String,
}

/// Our end.
#[derive(Clone)]
pub struct WebRtcConfig {
    /// Which half of ICE.
    pub ice: IceRole,
    /// Our ufrag and password; the ufrag should lead the caller's demultiplexer to this leg.
    pub credentials: Credentials,
    /// Our host addresses, as the sockets know them (never the wildcard): one or two.
    pub local: Vec<SocketAddr>,
    /// Our certificate.
    pub identity: Arc<Identity>,
    /// Who shakes hands.
    pub engine: DtlsLibrary,
    /// SRTP protections in order of preference. AWS-LC follows it; dimpl has its own fixed order,
    /// GCM first.
    pub profiles: Vec<SrtpProfile>,
    /// Follow nominations that come after DTLS has started. The user's phone may change networks;
    /// the business leg stays on its pair (platform docs).
    pub follow_nominations: bool,
}

/// The far end, and the DTLS role that follows for us.
#[derive(Clone)]
pub struct WebRtcRemote {
    /// Its ICE credentials.
    pub credentials: Credentials,
    /// SHA-256 over its DTLS certificate.
    pub fingerprint: [u8; 32],
    /// Our role, already derived from both `a=setup` lines.
    pub dtls_role: DtlsRole,
    /// UDP host, server-reflexive and relayed candidates. May be empty: a lite leg learns addresses
    /// from authenticated checks, a full leg then has nobody to call, and tries the first sixteen.
    pub candidates: Vec<SocketAddr>,
}

impl WebRtcRemote {
    pub(super) fn of(description: &DescribedWebRtc, our_role: DtlsRole) -> WebRtcRemote {
        WebRtcRemote {
            credentials: Credentials { ufrag: description.ice_ufrag.clone(), pwd: description.ice_pwd.clone() },
            fingerprint: description.fingerprint,
            dtls_role: our_role,
            candidates: description.candidates.iter().map(|candidate| candidate.address).collect(),
        }
    }
}

/// Where ICE and DTLS of a leg stand.
pub(crate) struct WebRtc {
    config: WebRtcConfig,
    ice: Ice,
    dtls: Dtls,
    remote: Option<WebRtcRemote>,
    /// The nominated pair that the leg was told of.
    told: Option<Path>,
    /// What the leg has to take; it does after each input, so one step of the two machines bounds it.
    signs: VecDeque<Sign>,
}

/// Where the handshake stands.
enum Dtls {
    /// Not begun; what came too early is held.
    Waiting { early: Vec<(Path, Vec<u8>)> },
    /// Under way.
    Shaking(Box<dyn Handshake>),
    /// Done. A server answers repetitions of the client's last flight with its own: the engine is
    /// gone, and needs not be there for that.
    Done { last_flight: Flight, repeat_at: Instant, repeats_left: u8 },
    /// Broken off, for good.
    Failed,
}

impl Default for Dtls {
    fn default() -> Dtls {
        Dtls::Waiting { early: Vec::new() }
    }
}

impl WebRtc {
    pub(super) fn new(config: WebRtcConfig) -> WebRtc {
        let (credentials, follow) = (config.credentials.clone(), config.follow_nominations);
        let ice = match config.ice {
            IceRole::Lite => Ice::Lite(Box::new(Lite::new(credentials, follow))),
            IceRole::Full => Ice::Full(Box::new(Full::new(credentials, &config.local, follow))),
        };
        WebRtc { config, ice, dtls: Dtls::default(), remote: None, told: None, signs: VecDeque::new() }
    }

    /// Checks and handshakes that came early are answered now.
    pub(super) fn set_remote(&mut self, remote: WebRtcRemote, now: Instant, list: &mut Checklist, out: &mut impl Outgoing) {
        self.ice.set_remote(&remote.credentials, &remote.candidates, now, out);
        self.remote = Some(remote);
        self.after_checks(now, list, out);
        if let Dtls::Waiting { early } = &mut self.dtls {
            for (path, datagram) in std::mem::take(early) {
                self.receive_dtls(now, path, &datagram, list, out);
            }
        }
    }

    pub(super) fn receive(
        &mut self,
        kind: DatagramKind,
        now: Instant,
        path: Path,
        datagram: &[u8],
        list: &mut Checklist,
        out: &mut impl Outgoing,
    ) {
        match kind {
            DatagramKind::Stun => self.receive_stun(now, path, datagram, list, out),
            DatagramKind::Dtls => self.receive_dtls(now, path, datagram, list, out),
            DatagramKind::Rtp | DatagramKind::Rtcp | DatagramKind::Garbage => self.drop(DropReason::Garbage),
        }
    }

    /// Checks of a full end, retransmissions of a handshake.
    pub(super) fn handle_timeout(&mut self, now: Instant, list: &mut Checklist, out: &mut impl Outgoing) {
        if self.ice.deadline().is_some_and(|deadline| deadline <= now) {
            self.ice.handle_timeout(now, out);
            self.after_checks(now, list, out);
        }
        self.shake(now, list, out, |handshake, flight| match handshake.deadline() {
            Some(deadline) if deadline <= now => handshake.handle_timeout(now, flight).map(|()| None),
            _ => Ok(None),
        });
    }

    pub(super) fn deadline(&mut self) -> Option<Instant> {
        let handshake = match &self.dtls {
            Dtls::Shaking(handshake) => handshake.deadline(),
            _ => None,
        };
        [self.ice.deadline(), handshake].into_iter().flatten().min()
    }

    pub(super) fn poll(&mut self) -> Option<Sign> {
        self.signs.pop_front()
    }

    /// Media from every address that an authentic check has come from.
    pub(super) fn admits(&mut self, address: SocketAddr) -> bool {
        self.ice.pairs().is_proven(address)
    }

    fn drop(&mut self, reason: DropReason) {
        self.signs.push_back(Sign::Dropped(reason));
    }

    fn receive_stun(&mut self, now: Instant, path: Path, datagram: &[u8], list: &mut Checklist, out: &mut impl Outgoing) {
        list.stun_seen.get_or_insert(now);
        match self.ice.receive(now, path, datagram, out) {
            Check::Authentic | Check::Held => {
                list.stun_authenticated.get_or_insert(now);
            }
            Check::RoleConflict => {
                list.role_conflict.get_or_insert(now);
                self.drop(DropReason::RoleConflict);
            }
            Check::Dropped(reason) => {
                if reason == DropReason::WrongCredentials {
                    list.wrong_credentials.get_or_insert(now);
                }
                // Nothing changed: a flood ends here.
                return self.drop(reason);
            }
        }
        self.after_checks(now, list, out);
    }

    /// Reports what the checks have brought, and begins the handshake if it is ours to begin.
    fn after_checks(&mut self, now: Instant, list: &mut Checklist, out: &mut impl Outgoing) {
        while let Some(address) = self.ice.pairs().take_checked() {
            self.signs.push_back(Sign::AddressProven(address));
        }
        let nominated = self.ice.pairs().nominated();
        if let Some(path) = nominated.filter(|_| nominated != self.told) {
            self.told = nominated;
            list.nominated.get_or_insert(now);
            self.signs.push_back(Sign::Way(path));
        }
        let is_client = self.remote.as_ref().is_some_and(|remote| remote.dtls_role == DtlsRole::Client);
        if let (Some(path), true, Dtls::Waiting { .. }) = (nominated, is_client, &self.dtls) {
            self.begin_handshake(now, path, list, out);
        }
    }

    fn begin_handshake(&mut self, now: Instant, path: Path, list: &mut Checklist, out: &mut impl Outgoing) {
        let Some(remote) = &self.remote else { return };
        list.dtls_started.get_or_insert(now);
        list.dtls_role = Some(remote.dtls_role);
        self.ice.pairs().settle(path);
        let expected = Expectation { role: remote.dtls_role, fingerprint: remote.fingerprint, profiles: &self.config.profiles };
        match self.config.engine.handshake(&self.config.identity, &expected, now) {
            Ok(handshake) => self.dtls = Dtls::Shaking(handshake),
            Err(failure) => return self.fail(now, failure, list),
        }
        self.shake(now, list, out, |handshake, flight| handshake.start(now, flight).map(|()| None));
    }

    fn receive_dtls(&mut self, now: Instant, path: Path, datagram: &[u8], list: &mut Checklist, out: &mut impl Outgoing) {
        if self.remote.is_none() {
            return match &mut self.dtls {
                Dtls::Waiting { early }
                    if early.len() < MAX_EARLY && datagram.len() <= MAX_DATAGRAM && self.ice.pairs().is_known(path.remote) =>
                {
                    early.push((path, datagram.to_vec()));
                }
                _ => self.drop(DropReason::UnwantedDtls),
            };
        }
        if !self.ice.pairs().is_proven(path.remote) {
            return self.drop(DropReason::UnknownAddress);
        }
        if let Dtls::Waiting { .. } = self.dtls {
            self.begin_handshake(now, path, list, out);
            self.after_checks(now, list, out);
        }
        match &mut self.dtls {
            Dtls::Shaking(_) => self.shake(now, list, out, |handshake, flight| handshake.receive(now, datagram, flight)),
            Dtls::Done { .. } => self.repeat_last_flight(now, datagram, out),
            Dtls::Waiting { .. } | Dtls::Failed => self.drop(DropReason::UnwantedDtls),
        }
    }

    /// One step of the handshake, and what it leads to.
    fn shake(
        &mut self,
        now: Instant,
        list: &mut Checklist,
        out: &mut impl Outgoing,
        step: impl FnOnce(&mut dyn Handshake, &mut Flight) -> Result<Option<Keys>, Failure>,
    ) {
        let Dtls::Shaking(handshake) = &mut self.dtls else { return };
        let mut flight = Flight::new();
        let outcome = step(handshake.as_mut(), &mut flight);
        if let Some(path) = self.ice.pairs().nominated() {
            flight.iter().for_each(|datagram| out.put(datagram, path));
        }
        match outcome {
            Ok(None) => {}
            Ok(Some(keys)) => self.finish_handshake(now, keys, flight, list),
            Err(failure) => self.fail(now, failure, list),
        }
    }

    fn finish_handshake(&mut self, now: Instant, keys: Keys, flight: Flight, list: &mut Checklist) {
        let is_client = list.dtls_role == Some(DtlsRole::Client);
        let Ok(session) = SrtpSession::from_dtls(keys.profile, &keys.material, is_client) else {
            return self.fail(now, Failure::Refused("DTLS exported keys of the wrong length"), list);
        };
        // A client's last flight has been answered: that is how it finished.
        let last_flight = if is_client { Flight::new() } else { flight };
        self.dtls = Dtls::Done { last_flight, repeat_at: now, repeats_left: MAX_REPEATS };
        list.dtls_done = Some(now);
        list.srtp_profile = Some(keys.profile);
        self.signs.push_back(Sign::Keys(Box::new(session), keys.profile));
    }

    fn fail(&mut self, now: Instant, failure: Failure, list: &mut Checklist) {
        if failure == Failure::FingerprintMismatch {
            list.fingerprint_mismatch = Some(now);
        }
        list.dtls_failed = Some((now, failure.words()));
        self.dtls = Dtls::Failed;
        self.signs.push_back(Sign::Failed(failure.words()));
    }

    fn repeat_last_flight(&mut self, now: Instant, datagram: &[u8], out: &mut impl Outgoing) {
        const CHANGE_CIPHER_SPEC: u8 = 20;
        const HANDSHAKE: u8 = 22;
        let asks_again = matches!(datagram.first(), Some(&CHANGE_CIPHER_SPEC | &HANDSHAKE));
        match (&mut self.dtls, self.told) {
            (Dtls::Done { last_flight, repeat_at, repeats_left }, Some(path))
                if asks_again && now >= *repeat_at && *repeats_left > 0 && !last_flight.is_empty() =>
            {
                last_flight.iter().for_each(|datagram| out.put(datagram, path));
                *repeats_left -= 1;
                *repeat_at = now + REPEAT_EVERY;
            }
            _ => self.drop(DropReason::UnwantedDtls),
        }
    }
}

#[cfg(test)]
mod tests;
