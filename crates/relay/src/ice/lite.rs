//! The lite, controlled end: answers checks that pass their integrity check and sends none.

use is::stun::{StunMessage, TransId};
use is::{DefaultSha1HmacProvider, Sha1HmacProvider};

use super::{Check, Pairs};
use crate::outgoing::{Outgoing, Path};
use crate::statistics::DropReason;
use crate::transport::Credentials;

/// How many checks wait for the far end's description: one per path of a host with a few interfaces.
const MAX_HELD: usize = 8;

pub(crate) struct Lite {
    ours: Credentials,
    remote_ufrag: Option<String>,
    held: Vec<Request>,
    /// Follow nominations even after the pairs are settled.
    follow: bool,
    pub(super) pairs: Pairs,
}

/// What a Binding request asks, integrity already checked.
struct Request {
    path: Path,
    id: TransId,
    remote_ufrag: String,
    nominates: bool,
    claims_our_role: bool,
}

impl Lite {
    pub(crate) fn new(ours: Credentials, follow: bool) -> Lite {
        Lite { ours, remote_ufrag: None, held: Vec::new(), follow, pairs: Pairs::default() }
    }

    pub(super) fn set_remote(&mut self, theirs: &Credentials, out: &mut impl Outgoing) {
        self.remote_ufrag = Some(theirs.ufrag.clone());
        for request in std::mem::take(&mut self.held) {
            self.answer(request, out);
        }
        self.pairs.release();
    }

    pub(super) fn receive(&mut self, path: Path, datagram: &[u8], out: &mut impl Outgoing) -> Check {
        let Some(request) = self.read(path, datagram) else {
            return Check::Dropped(DropReason::MalformedStun);
        };
        let Some(request) = request else {
            return Check::Dropped(DropReason::WrongCredentials);
        };
        if self.remote_ufrag.is_some() {
            return self.answer(request, out);
        }
        // Each retransmission has its own transaction: the latest one per path is the one to answer.
        self.held.retain(|held| held.path != path);
        if self.held.len() >= MAX_HELD {
            return Check::Dropped(DropReason::TooManyAddresses);
        }
        self.held.push(request);
        self.pairs.hold(path.remote);
        Check::Held
    }

    /// `None` for what is no Binding request, `Some(None)` for one that is not for us.
    fn read(&self, path: Path, datagram: &[u8]) -> Option<Option<Request>> {
        let message = StunMessage::parse(datagram).ok().filter(StunMessage::is_binding_request)?;
        let (ours, theirs) = message.split_username()?;
        if ours != self.ours.ufrag || !message.verify(self.ours.pwd.as_bytes(), hmac_sha1) {
            return Some(None);
        }
        Some(Some(Request {
            path,
            id: message.trans_id(),
            remote_ufrag: theirs.to_owned(),
            nominates: message.use_candidate(),
            claims_our_role: message.ice_controlled().is_some(),
        }))
    }

    fn answer(&mut self, request: Request, out: &mut impl Outgoing) -> Check {
        if self.remote_ufrag.as_deref() != Some(&request.remote_ufrag) {
            return Check::Dropped(DropReason::WrongCredentials);
        }
        let reply = if request.claims_our_role {
            StunMessage::binding_role_conflict_reply(request.id)
        } else {
            StunMessage::binding_reply(request.id, request.path.remote)
        };
        // Cannot fail: a reply is under a hundred bytes.
        if let Ok(len) = reply.to_bytes(Some(self.ours.pwd.as_bytes()), out.buffer(), hmac_sha1) {
            out.commit(len, request.path);
        }
        if request.claims_our_role {
            return Check::RoleConflict;
        }
        self.pairs.prove(request.path.remote);
        if request.nominates {
            self.pairs.nominate(request.path, self.follow);
        }
        Check::Authentic
    }
}

fn hmac_sha1(key: &[u8], parts: &[&[u8]]) -> [u8; 20] {
    DefaultSha1HmacProvider.sha1_hmac(key, parts)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outgoing::Outbox;

    fn credentials(ufrag: &str, pwd: &str) -> Credentials {
        Credentials { ufrag: ufrag.into(), pwd: pwd.into() }
    }

    fn ours() -> Credentials {
        credentials("NennAepWzpFqHYyt", "Do/xhGOw5LK6KXA0dPBkrA==")
    }

    fn path(last: u8) -> Path {
        Path { local: "192.0.2.1:3480".parse().unwrap(), remote: ([198, 51, 100, last], 4000).into() }
    }

    fn check(username: &str, pwd: &str, controlling: bool, nominates: bool) -> Vec<u8> {
        let message = StunMessage::binding_request(username, TransId::new(), controlling, u64::MAX, 1, nominates);
        let mut buffer = vec![0; 300];
        let len = message.to_bytes(Some(pwd.as_bytes()), &mut buffer, hmac_sha1).unwrap();
        buffer.truncate(len);
        buffer
    }

    fn good(nominates: bool) -> Vec<u8> {
        check("NennAepWzpFqHYyt:dqlh", "Do/xhGOw5LK6KXA0dPBkrA==", true, nominates)
    }

    fn ready() -> (Lite, Outbox) {
        let (mut lite, mut out) = (Lite::new(ours(), false), Outbox::default());
        lite.set_remote(&credentials("dqlh", "irrelevant"), &mut out);
        (lite, out)
    }

    #[test]
    fn answers_and_proves_only_what_is_authentic() {
        for (name, request, verdict) in [
            ("good", good(false), Check::Authentic),
            ("other ufrag", check("other:dqlh", &ours().pwd, true, true), Check::Dropped(DropReason::WrongCredentials)),
            ("other password", check("NennAepWzpFqHYyt:dqlh", "x", true, true), Check::Dropped(DropReason::WrongCredentials)),
            ("other far end", check("NennAepWzpFqHYyt:else", &ours().pwd, true, true), Check::Dropped(DropReason::WrongCredentials)),
            ("no request", vec![0; 20], Check::Dropped(DropReason::MalformedStun)),
        ] {
            let (mut lite, mut out) = ready();
            assert_eq!(lite.receive(path(1), &request, &mut out), verdict, "{name}");
            assert_eq!(out.len(), usize::from(verdict == Check::Authentic), "{name}");
            assert_eq!(lite.pairs.is_proven(path(1).remote), verdict == Check::Authentic, "{name}");
            assert_eq!(lite.pairs.nominated(), None, "{name}");
        }
    }

    #[test]
    fn every_authentic_check_tells_its_address_again() {
        let (mut lite, mut out) = (Lite::new(ours(), false), Outbox::default());
        let told = |lite: &mut Lite, request: &[u8], out: &mut Outbox| {
            lite.receive(path(1), request, out);
            (lite.pairs.take_checked(), lite.pairs.take_checked())
        };
        let forged = check("NennAepWzpFqHYyt:dqlh", "x", true, false);
        for _ in 0..2 {
            assert_eq!(told(&mut lite, &good(false), &mut out), (Some(path(1).remote), None), "while it is held");
        }
        lite.set_remote(&credentials("dqlh", "irrelevant"), &mut out);
        assert_eq!(lite.pairs.take_checked(), Some(path(1).remote), "when it is answered");
        for _ in 0..2 {
            assert_eq!(told(&mut lite, &good(false), &mut out), (Some(path(1).remote), None), "and with every later one");
            assert_eq!(told(&mut lite, &forged, &mut out), (None, None));
        }
    }

    #[test]
    fn answers_487_whatever_the_tie_breaker_and_proves_nothing() {
        let (mut lite, mut out) = ready();
        let request = check("NennAepWzpFqHYyt:dqlh", &ours().pwd, false, false);
        assert_eq!(lite.receive(path(1), &request, &mut out), Check::RoleConflict);
        let reply = out.pop().unwrap();
        assert_eq!(StunMessage::parse(&reply.bytes).unwrap().error_code().unwrap().0, 487);
        assert!(!lite.pairs.is_proven(path(1).remote));
    }

    #[test]
    fn follows_the_last_nomination_until_settled() {
        let (mut lite, mut out) = ready();
        for last in [1, 2] {
            lite.receive(path(last), &good(true), &mut out);
            assert_eq!(lite.pairs.nominated(), Some(path(last)));
        }
        lite.receive(path(1), &good(true), &mut out);
        assert_eq!(lite.pairs.nominated(), Some(path(1)), "back to the first");
        lite.pairs.settle(path(1));
        lite.receive(path(3), &good(true), &mut out);
        assert_eq!(lite.pairs.nominated(), Some(path(1)));
        assert!(lite.pairs.is_proven(path(3).remote), "still answered");
    }

    #[test]
    fn holds_early_checks_and_answers_them_once_the_far_end_is_known() {
        let (mut lite, mut out) = (Lite::new(ours(), false), Outbox::default());
        assert_eq!(lite.receive(path(1), &good(false), &mut out), Check::Held);
        assert_eq!(lite.receive(path(1), &good(true), &mut out), Check::Held);
        for last in 2..=8 {
            assert_eq!(lite.receive(path(last), &good(false), &mut out), Check::Held);
        }
        assert_eq!(lite.receive(path(9), &good(false), &mut out), Check::Dropped(DropReason::TooManyAddresses));
        assert!(out.is_empty());
        lite.set_remote(&credentials("dqlh", "irrelevant"), &mut out);
        assert_eq!(out.len(), 8, "one answer per path");
        assert_eq!(lite.pairs.nominated(), Some(path(1)));
    }

    #[test]
    fn forgets_the_oldest_address_but_never_the_nominated_one() {
        let (mut lite, mut out) = ready();
        lite.receive(path(1), &good(true), &mut out);
        for last in 2..=20 {
            lite.receive(path(last), &good(false), &mut out);
        }
        assert!(lite.pairs.is_proven(path(1).remote));
        assert!(lite.pairs.is_proven(path(20).remote));
        assert!(!lite.pairs.is_proven(path(2).remote));
    }
}
