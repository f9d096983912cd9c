use super::*;
use crate::digest::{DigestLogin, DigestUri};

const USER: &str = "15550109988";
const PASSWORD: &str = "Zk3vQ8mT1xY7pLw2RbN5sHd9cGf4JuAe";
const URI: &str = "sip:+15550142233@wa.meta.vc;transport=tls";

struct Desk {
    guard: DigestGuard,
    start: Instant,
    login: DigestLogin,
    chance: Chance,
}

impl Desk {
    fn new(config: GuardConfig) -> Desk {
        let start = Instant::now();
        Desk {
            guard: DigestGuard::new(config, [3; 32], start),
            start,
            login: DigestLogin::new(USER, PASSWORD, DigestUri::Whole),
            chance: Chance::from_seed([4; 32]),
        }
    }

    fn at(&self, seconds: u64) -> Instant {
        self.start + Duration::from_secs(seconds)
    }

    fn challenge(&mut self, seconds: u64) -> SipMessage {
        let lines: String =
            self.guard.challenges(self.at(seconds), false).iter().map(|one| format!("Proxy-Authenticate: {one}\r\n")).collect();
        SipMessage::from_datagram(format!("SIP/2.0 407 x\r\n{lines}\r\n").as_bytes())
    }

    fn answer(&mut self, challenge: &SipMessage) -> String {
        self.login.answer(challenge, "INVITE", URI, &mut self.chance).0.remove(0).1
    }

    fn check(&mut self, seconds: u64, credentials: &str) -> DigestOutcome {
        let now = self.at(seconds);
        self.guard.check(now, &invite(credentials), USER, PASSWORD)
    }
}

fn invite(credentials: &str) -> SipMessage {
    let line = if credentials.is_empty() { String::new() } else { format!("Proxy-Authorization: {credentials}\r\n") };
    SipMessage::from_datagram(format!("INVITE {URI} SIP/2.0\r\nTo: <sip:+15550142233@wa.meta.vc>;transport=tls\r\n{line}\r\n").as_bytes())
}

fn desk() -> Desk {
    Desk::new(GuardConfig::of_realm("wa.meta.vc"))
}

#[test]
fn challenges_have_the_published_form() {
    let mut desk = desk();
    let challenges = desk.guard.challenges(desk.start, false);
    let shape = |text: &str| {
        text.chars().map(|char| if char.is_ascii_digit() || ('a'..='f').contains(&char) { 'x' } else { char }).collect::<String>()
    };
    let published = [
        r#"Digest realm="wa.meta.vc",nonce="51c8e0aa94d2b37f",opaque="0f6a1be2c4937d58",algorithm=SHA-256,qop="auth""#,
        r#"Digest realm="wa.meta.vc",nonce="7d1f0c3ab2946e58",opaque="9be07d41c2a3586f",algorithm=MD5,qop="auth""#,
    ];
    for (ours, theirs) in challenges.iter().zip(published) {
        assert_eq!(shape(&ours.to_string()), shape(theirs));
    }
    assert_ne!(challenges[0].nonce, challenges[1].nonce);
}

#[test]
fn a_nonce_is_good_for_its_lifetime_and_for_many_calls() {
    let mut desk = desk();
    let challenge = desk.challenge(10);
    for seconds in [10, 11, 3610] {
        let credentials = desk.answer(&challenge);
        assert_eq!(desk.check(seconds, &credentials), DigestOutcome::Accepted, "after {seconds} s");
    }
    let credentials = desk.answer(&challenge);
    assert_eq!(desk.check(3611, &credentials), DigestOutcome::Stale);
}

#[test]
fn a_count_begins_anywhere_and_never_goes_back() {
    let mut desk = desk();
    let challenge = desk.challenge(0);
    let answers: Vec<String> = (0..5).map(|_| desk.answer(&challenge)).collect();
    assert_eq!(desk.check(1, &answers[2]), DigestOutcome::Accepted, "the first that is seen is the third");
    assert_eq!(desk.check(1, &answers[2]), DigestOutcome::Stale, "the same once more");
    assert_eq!(desk.check(1, &answers[1]), DigestOutcome::Stale, "an earlier one");
    assert_eq!(desk.check(1, &answers[4]), DigestOutcome::Accepted, "a leap");
}

#[test]
fn without_a_count_the_same_response_is_a_repeat() {
    let mut desk = desk();
    let nonce = desk.guard.challenges(desk.start, false)[1].nonce.clone();
    let asked = format!("SIP/2.0 407 x\r\nProxy-Authenticate: Digest realm=\"wa.meta.vc\",nonce=\"{nonce}\",algorithm=MD5\r\n\r\n");
    let credentials = desk.answer(&SipMessage::from_datagram(asked.as_bytes()));
    assert_eq!(desk.check(1, &credentials), DigestOutcome::Accepted);
    assert_eq!(desk.check(1, &credentials), DigestOutcome::Stale);
}

#[test]
fn outcomes() {
    let mut desk = desk();
    let challenge = desk.challenge(0);
    let good = desk.answer(&challenge);
    assert_eq!(desk.check(0, ""), DigestOutcome::NoCredentials);
    assert_eq!(desk.check(0, "NoOneKnowsThisScheme opaque-data=here"), DigestOutcome::NoCredentials);
    assert_eq!(desk.check(0, &good.replace("wa.meta.vc\"", "other\"")), DigestOutcome::UnknownRealm);
    assert_eq!(desk.check(0, &good.replace("SHA-256", "SHA-512-256")), DigestOutcome::UnknownAlgorithm);
    assert_eq!(desk.check(0, &good.replace("SHA-256", "MD5")), DigestOutcome::WrongDigest);
    assert_eq!(desk.check(0, &good.replace(USER, "15550109989")), DigestOutcome::WrongDigest);
    assert_eq!(desk.check(0, &good.replace("response=\"", "response=\"0")), DigestOutcome::WrongDigest);
    let now = desk.start;
    assert_eq!(desk.guard.check(now, &invite(&good), "15550109989", PASSWORD), DigestOutcome::WrongDigest, "somebody else's number");
    assert_eq!(desk.guard.check(now, &invite(&good), "+15550109988", "other"), DigestOutcome::WrongDigest);
    assert_eq!(desk.guard.check(now, &invite(&good), "+15550109988", PASSWORD), DigestOutcome::Accepted, "the + does not count");
    assert_eq!(desk.guard.kept(), 1, "only what was right is kept");
}

#[test]
fn another_uri_than_to() {
    let mut desk = desk();
    let challenge = desk.challenge(0);
    let (lines, _) = desk.login.answer(&challenge, "INVITE", "sip:+15550100000@wa.meta.vc", &mut desk.chance);
    assert_eq!(desk.check(0, &lines[0].1), DigestOutcome::WrongUri);
}

#[test]
fn nonces_of_others_are_stale_not_wrong() {
    let mut ours = desk();
    let mut theirs = Desk { guard: DigestGuard::new(GuardConfig::of_realm("wa.meta.vc"), [9; 32], ours.start), ..desk() };
    let challenge = theirs.challenge(0);
    let credentials = ours.answer(&challenge);
    assert_eq!(ours.check(0, &credentials), DigestOutcome::Stale);
    for nonce in ["", "zz", "51c8e0aa94d2b37f", "51C8E0AA94D2B37F"] {
        let asked = format!(
            "SIP/2.0 407 x\r\nProxy-Authenticate: Digest realm=\"wa.meta.vc\",nonce=\"{nonce}\",algorithm=MD5,qop=\"auth\"\r\n\r\n"
        );
        let credentials = ours.answer(&SipMessage::from_datagram(asked.as_bytes()));
        assert_eq!(ours.check(0, &credentials), DigestOutcome::Stale, "{nonce}");
    }
}

#[test]
fn forgetting_lets_no_repeat_in() {
    let mut desk = Desk::new(GuardConfig { kept_nonces: 3, ..GuardConfig::of_realm("wa.meta.vc") });
    let answers: Vec<String> = (0..5)
        .map(|second| {
            let challenge = desk.challenge(second);
            desk.answer(&challenge)
        })
        .collect();
    for (at, answer) in answers.iter().enumerate() {
        assert_eq!(desk.check(at as u64, answer), DigestOutcome::Accepted);
        assert!(desk.guard.kept() <= 3);
    }
    for answer in &answers {
        assert_eq!(desk.check(5, answer), DigestOutcome::Stale);
    }
}

#[test]
fn after_the_seconds_went_round() {
    let mut desk = desk();
    let (before, after) = (ROUND - 10, ROUND + 10);
    let challenge = desk.challenge(before);
    let credentials = desk.answer(&challenge);
    assert_eq!(desk.check(after, &credentials), DigestOutcome::Accepted);
}
