//! From "knows itself" to "has keys": checks, then the handshake.

use std::time::{Duration, Instant};

use callport_sdp::DtlsRole;

use super::{Leg, LegEvent};
use crate::dtls::{Expectation, Failure, Flight, Handshake, Keys};
use crate::ice::Check;
use crate::outgoing::{MAX_DATAGRAM, Outgoing, Path};
use crate::srtp::Session;
use crate::statistics::DropReason;
use crate::transport::Remote;

/// How many datagrams of a handshake are held until the far end's fingerprint is known: a
/// ClientHello in two pieces, and its first repetition.
const MAX_EARLY: usize = 4;

/// How often, and how many times, the last flight is repeated for a client that asks again.
const REPEAT_EVERY: Duration = Duration::from_millis(200);
const MAX_REPEATS: u8 = 10;

/// Where the handshake stands.
pub(super) enum Dtls {
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

impl Leg {
    /// Applies the far end's SDP; once, later ones are ignored. Checks and handshakes that came early
    /// are answered now.
    pub fn set_remote(&mut self, remote: Remote, now: Instant, out: &mut impl Outgoing) {
        let cold = &mut *self.cold;
        if cold.remote.is_some() {
            return;
        }
        self.format = remote.format;
        self.listens = remote.listens;
        cold.checklist.remote_known = Some(now);
        cold.checklist.ssrc_announced = remote.ssrc;
        cold.ice.set_remote(&remote.credentials, &remote.candidates, now, out);
        cold.remote = Some(remote);
        self.after_checks(now, out);
        if let Dtls::Waiting { early } = &mut self.cold.dtls {
            for (path, datagram) in std::mem::take(early) {
                self.receive_dtls(now, path, &datagram, out);
            }
        }
    }

    pub(super) fn receive_stun(&mut self, now: Instant, path: Path, datagram: &[u8], out: &mut impl Outgoing) {
        let cold = &mut *self.cold;
        let list = &mut cold.checklist;
        list.stun_seen.get_or_insert(now);
        match cold.ice.receive(now, path, datagram, out) {
            Check::Authentic | Check::Held => {
                list.stun_authenticated.get_or_insert(now);
            }
            Check::RoleConflict => {
                list.role_conflict.get_or_insert(now);
                self.count_drop(DropReason::RoleConflict);
            }
            Check::Dropped(reason) => {
                if reason == DropReason::WrongCredentials {
                    list.wrong_credentials.get_or_insert(now);
                }
                // Nothing changed: a flood ends here.
                return self.count_drop(reason);
            }
        }
        self.after_checks(now, out);
    }

    /// Reports what the checks have brought, and begins the handshake if it is ours to begin.
    fn after_checks(&mut self, now: Instant, out: &mut impl Outgoing) {
        while let Some(address) = self.cold.ice.pairs().take_checked() {
            self.report(LegEvent::AddressProven(address));
        }
        let nominated = self.cold.ice.pairs().nominated();
        if let Some(path) = nominated.filter(|_| nominated != self.path) {
            self.path = nominated;
            self.cold.checklist.nominated.get_or_insert(now);
            self.report(LegEvent::Nominated(path));
        }
        let is_client = self.cold.remote.as_ref().is_some_and(|remote| remote.dtls_role == DtlsRole::Client);
        if let (Some(path), true, Dtls::Waiting { .. }) = (self.path, is_client, &self.cold.dtls) {
            self.begin_handshake(now, path, out);
        }
        self.update_setup_deadline();
    }

    fn begin_handshake(&mut self, now: Instant, path: Path, out: &mut impl Outgoing) {
        let cold = &mut *self.cold;
        let Some(remote) = &cold.remote else { return };
        cold.checklist.dtls_started.get_or_insert(now);
        cold.checklist.dtls_role = Some(remote.dtls_role);
        cold.ice.pairs().settle(path);
        let expected = Expectation { role: remote.dtls_role, fingerprint: remote.fingerprint, profiles: &cold.config.profiles };
        match cold.config.engine.handshake(&cold.config.identity, &expected, now) {
            Ok(handshake) => cold.dtls = Dtls::Shaking(handshake),
            Err(failure) => return self.fail(now, failure),
        }
        self.shake(now, out, |handshake, flight| handshake.start(now, flight).map(|()| None));
    }

    pub(super) fn receive_dtls(&mut self, now: Instant, path: Path, datagram: &[u8], out: &mut impl Outgoing) {
        let cold = &mut *self.cold;
        if cold.remote.is_none() {
            return match &mut cold.dtls {
                Dtls::Waiting { early }
                    if early.len() < MAX_EARLY && datagram.len() <= MAX_DATAGRAM && cold.ice.pairs().is_known(path.remote) =>
                {
                    early.push((path, datagram.to_vec()));
                }
                _ => self.count_drop(DropReason::UnwantedDtls),
            };
        }
        if !cold.ice.pairs().is_proven(path.remote) {
            return self.count_drop(DropReason::UnknownAddress);
        }
        if let Dtls::Waiting { .. } = cold.dtls {
            self.begin_handshake(now, path, out);
            self.after_checks(now, out);
        }
        match &mut self.cold.dtls {
            Dtls::Shaking(_) => self.shake(now, out, |handshake, flight| handshake.receive(now, datagram, flight)),
            Dtls::Done { .. } => self.repeat_last_flight(now, datagram, out),
            Dtls::Waiting { .. } | Dtls::Failed => self.count_drop(DropReason::UnwantedDtls),
        }
        self.update_setup_deadline();
    }

    /// One step of the handshake, and what it leads to.
    fn shake(
        &mut self,
        now: Instant,
        out: &mut impl Outgoing,
        step: impl FnOnce(&mut dyn Handshake, &mut Flight) -> Result<Option<Keys>, Failure>,
    ) {
        let Dtls::Shaking(handshake) = &mut self.cold.dtls else { return };
        let mut flight = Flight::new();
        let outcome = step(handshake.as_mut(), &mut flight);
        if let Some(path) = self.path.or(self.cold.ice.pairs().nominated()) {
            flight.iter().for_each(|datagram| out.put(datagram, path));
        }
        match outcome {
            Ok(None) => {}
            Ok(Some(keys)) => self.finish_handshake(now, keys, flight),
            Err(failure) => self.fail(now, failure),
        }
    }

    fn finish_handshake(&mut self, now: Instant, keys: Keys, flight: Flight) {
        let is_client = self.cold.checklist.dtls_role == Some(DtlsRole::Client);
        let Ok(session) = Session::from_dtls(keys.profile, &keys.material, is_client) else {
            return self.fail(now, Failure::Refused("DTLS exported keys of the wrong length"));
        };
        self.srtp = Some(session);
        // A client's last flight has been answered: that is how it finished.
        let last_flight = if is_client { Flight::new() } else { flight };
        self.cold.dtls = Dtls::Done { last_flight, repeat_at: now, repeats_left: MAX_REPEATS };
        self.cold.checklist.dtls_done = Some(now);
        self.cold.checklist.srtp_profile = Some(keys.profile);
        self.reporter.start(now);
        self.report(LegEvent::Connected(keys.profile));
    }

    fn fail(&mut self, now: Instant, failure: Failure) {
        let list = &mut self.cold.checklist;
        if failure == Failure::FingerprintMismatch {
            list.fingerprint_mismatch = Some(now);
        }
        list.dtls_failed = Some((now, failure.words()));
        self.cold.dtls = Dtls::Failed;
        self.report(LegEvent::Failed(failure.words()));
    }

    fn repeat_last_flight(&mut self, now: Instant, datagram: &[u8], out: &mut impl Outgoing) {
        const CHANGE_CIPHER_SPEC: u8 = 20;
        const HANDSHAKE: u8 = 22;
        let asks_again = matches!(datagram.first(), Some(&CHANGE_CIPHER_SPEC | &HANDSHAKE));
        match (&mut self.cold.dtls, self.path) {
            (Dtls::Done { last_flight, repeat_at, repeats_left }, Some(path))
                if asks_again && now >= *repeat_at && *repeats_left > 0 && !last_flight.is_empty() =>
            {
                last_flight.iter().for_each(|datagram| out.put(datagram, path));
                *repeats_left -= 1;
                *repeat_at = now + REPEAT_EVERY;
            }
            _ => self.count_drop(DropReason::UnwantedDtls),
        }
    }

    /// The setup's timers: checks of a full end, retransmissions of a handshake.
    pub(super) fn advance_setup(&mut self, now: Instant, out: &mut impl Outgoing) {
        if self.cold.ice.deadline().is_some_and(|deadline| deadline <= now) {
            self.cold.ice.handle_timeout(now, out);
            self.after_checks(now, out);
        }
        self.shake(now, out, |handshake, flight| match handshake.deadline() {
            Some(deadline) if deadline <= now => handshake.handle_timeout(now, flight).map(|()| None),
            _ => Ok(None),
        });
        self.update_setup_deadline();
    }

    /// Skips everything up to "has keys".
    #[cfg(test)]
    pub(crate) fn wire_for_tests(&mut self, session: Session, path: Path) {
        self.srtp = Some(session);
        self.path = Some(path);
    }

    fn update_setup_deadline(&mut self) {
        let handshake = match &self.cold.dtls {
            Dtls::Shaking(handshake) => handshake.deadline(),
            _ => None,
        };
        self.setup_deadline = [self.cold.ice.deadline(), handshake].into_iter().flatten().min();
    }
}

#[cfg(test)]
mod tests {
    use is::stun::{StunMessage, TransId};
    use is::{DefaultSha1HmacProvider, Sha1HmacProvider};

    use super::*;
    use crate::dtls::Identity;
    use crate::leg::{DEFAULT_PROFILES, IceRole, LegConfig, Received};
    use crate::outgoing::Outbox;
    use crate::transport::Credentials;
    use crate::{DropReason, Engine};
    use callport_sdp::Format;

    fn path() -> Path {
        Path { local: "192.0.2.1:3480".parse().unwrap(), remote: "198.51.100.9:4000".parse().unwrap() }
    }

    fn leg(identity: &std::sync::Arc<Identity>, now: Instant) -> Leg {
        let config = LegConfig {
            ice: IceRole::Lite,
            credentials: Credentials { ufrag: "oursours".into(), pwd: "our password, long enough".into() },
            local: vec![path().local],
            identity: identity.clone(),
            engine: Engine::ANY_PEER,
            profiles: DEFAULT_PROFILES.to_vec(),
            ssrc: 1,
            cname: "c".into(),
            first_sequence: 0,
            first_timestamp: 0,
            follow_nominations: false,
        };
        Leg::new(config, now)
    }

    fn remote(fingerprint: [u8; 32]) -> Remote {
        Remote {
            credentials: Credentials { ufrag: "theirs".into(), pwd: "irrelevant to a lite end".into() },
            fingerprint,
            dtls_role: DtlsRole::Server,
            candidates: vec![],
            format: Format::OPUS,
            ssrc: None,
            listens: true,
        }
    }

    fn nominating_check() -> Vec<u8> {
        let hmac = |key: &[u8], parts: &[&[u8]]| DefaultSha1HmacProvider.sha1_hmac(key, parts);
        let message = StunMessage::binding_request("oursours:theirs", TransId::new(), true, 1, 1, true);
        let mut buffer = vec![0; 300];
        let len = message.to_bytes(Some(b"our password, long enough"), &mut buffer, hmac).unwrap();
        buffer.truncate(len);
        buffer
    }

    fn client_hello(identity: &Identity, now: Instant) -> Vec<u8> {
        let expected = Expectation { role: DtlsRole::Client, fingerprint: [0; 32], profiles: &DEFAULT_PROFILES };
        let mut flight = Flight::new();
        Engine::Dimpl.handshake(identity, &expected, now).unwrap_or_else(|_| panic!()).start(now, &mut flight).unwrap_or_else(|_| panic!());
        flight.remove(0)
    }

    #[test]
    fn an_early_client_hello_is_held_for_the_fingerprint_and_then_answered_at_once() {
        let (now, identity, mut out) = (Instant::now(), Identity::self_signed().unwrap(), Outbox::default());
        let mut leg = leg(&identity, now);
        let mut hello = client_hello(&identity, now);
        assert_eq!(leg.receive(now, path(), &mut hello.clone(), &mut out), Received::Nothing);
        assert_eq!(leg.statistics(now).drops.of(DropReason::UnwantedDtls), 1, "no check has come from there yet");
        leg.receive(now, path(), &mut nominating_check(), &mut out);
        for _ in 0..10 {
            leg.receive(now, path(), &mut hello, &mut out);
        }
        assert_eq!(leg.statistics(now).drops.of(DropReason::UnwantedDtls), 1 + 10 - MAX_EARLY as u32, "what is held is bounded");
        assert!(out.is_empty());
        leg.set_remote(remote(identity.fingerprint()), now, &mut out);
        let sent: Vec<_> = std::iter::from_fn(|| out.pop()).map(|datagram| datagram.bytes[0]).collect();
        assert_eq!(sent, [1, 22], "the answer to the check, then the server's flight");
        assert!(leg.checklist().dtls_started.is_some());
    }

    #[test]
    fn an_abandoned_handshake_is_given_up_in_words() {
        for engine in [Engine::Dimpl, Engine::ANY_PEER] {
            let (start, identity, mut out) = (Instant::now(), Identity::self_signed().unwrap(), Outbox::default());
            let mut leg = leg(&identity, start);
            leg.cold.config.engine = engine;
            leg.set_remote(remote(identity.fingerprint()), start, &mut out);
            leg.receive(start, path(), &mut nominating_check(), &mut out);
            leg.receive(start, path(), &mut client_hello(&identity, start), &mut out);
            let mut flights = 0;
            while let Some(now) = leg.next_deadline() {
                assert!(now < start + Duration::from_secs(120), "{engine:?}");
                while out.pop().is_some() {}
                leg.handle_timeout(now, &mut out);
                flights += usize::from(!out.is_empty());
            }
            assert!((3..=6).contains(&flights), "{engine:?} repeated {flights} times");
            assert_eq!(leg.checklist().dtls_failed.map(|(_, words)| words), Some(Failure::TimedOut.words()), "{engine:?}");
        }
    }

    #[test]
    fn a_second_description_changes_nothing() {
        let (now, identity, mut out) = (Instant::now(), Identity::self_signed().unwrap(), Outbox::default());
        let mut leg = leg(&identity, now);
        leg.set_remote(remote([1; 32]), now, &mut out);
        leg.set_remote(Remote { format: Format { audio: 8, dtmf: 101, clock_hz: 8_000 }, ..remote([2; 32]) }, now, &mut out);
        assert_eq!(leg.format(), Format::OPUS);
    }
}
