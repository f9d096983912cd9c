use std::io;

use callport_sip::probe::ChallengeSeen;

use super::super::finding::FindingState;
use super::*;

fn probe(number: bool, password: bool) -> SipProbe {
    SipProbe {
        target: SipTarget::new("pbx.acme.example", 5061, vec![]).unwrap(),
        domain: "wa.meta.vc".to_owned(),
        number: number.then(|| "6281255509999".to_owned()),
        password: password.then(|| "secret".to_owned()),
        offer: String::new(),
        patience: Duration::from_secs(1),
        seed: [0; 32],
    }
}

fn good() -> TlsSeen {
    TlsSeen { version: "TLSv1_3".to_owned(), alpn: None, certificates: 2, chain: Ok(()), name: Ok(()), wants_ours: false }
}

fn way(tls: Option<Result<TlsSeen, String>>) -> WaySeen {
    WaySeen { address: "203.0.113.7:5061".parse().unwrap(), unreachable: None, tls }
}

fn answered() -> Option<OptionsSeen> {
    Some(OptionsSeen::Answered(200, "OK".to_owned()))
}

fn challenged() -> Option<ChallengeSeen> {
    Some(ChallengeSeen { status: 407, realm: "acme".to_owned(), algorithms: vec!["SHA-256".to_owned(), "MD5".to_owned()] })
}

fn lines(probe: &SipProbe, probed: &SipProbed) -> String {
    findings(probe, probed).iter().map(|finding| finding.line() + "\n").collect()
}

#[test]
fn a_server_in_order_has_a_line_for_each_thing() {
    let invite = InviteSeen { challenge: challenged(), had_credentials: true, came_to: InviteEnd::LetIn(180) };
    let mut there = way(Some(Ok(good())));
    there.address = "198.51.101.7:5061".parse().unwrap();
    let probed = SipProbed { ways: vec![there], options: answered(), invite: Some(invite), unresolved: None };
    let expected = "\
ok    name           pbx.acme.example is 198.51.101.7
ok    tcp            198.51.101.7:5061 takes connections
ok    tls            198.51.101.7:5061: TLS 1.3
ok    certificate    2 certificates were sent; an authority that is trusted here vouches for it, and it is in force
ok    covers         the certificate covers pbx.acme.example
ok    alpn           no protocol is named by either side, as it should be
ok    options        OPTIONS was answered 200 OK
ok    challenge      INVITE is challenged: 407, realm \"acme\", SHA-256 or MD5
ok    invite         the password is accepted; INVITE is let in with 180, and was withdrawn
";
    assert_eq!(lines(&probe(true, true), &probed), expected);
}

#[test]
fn each_thing_that_is_wrong_with_tls_says_what_to_change() {
    let wrong = |change: fn(&mut TlsSeen)| {
        let mut tls = good();
        change(&mut tls);
        lines(&probe(false, false), &SipProbed { ways: vec![way(Some(Ok(tls)))], ..SipProbed::default() })
    };
    let bad = TlsError::InvalidCertificate;
    for (said, fix) in [
        (wrong(|tls| tls.chain = Err(TlsError::InvalidCertificate(CertificateError::UnknownIssuer))), "sip.ca_file"),
        (wrong(|tls| tls.chain = Err(TlsError::InvalidCertificate(CertificateError::Expired))), "renew it"),
        (wrong(|tls| tls.chain = Err(TlsError::InvalidCertificate(CertificateError::NotValidYet))), "clocks"),
        (wrong(|tls| tls.name = Err(TlsError::InvalidCertificate(CertificateError::NotValidForName))), "alternative names"),
        (wrong(|tls| tls.wants_ours = true), "WARN  client-cert"),
        (wrong(|tls| tls.alpn = Some("sip".to_owned())), "WARN  alpn"),
    ] {
        assert!(said.contains(fix), "{said}");
        assert!(said.contains("FAIL  sip            nothing was sent"), "{said}");
    }
    let other = bad(CertificateError::NotValidForNameContext {
        expected: "pbx.acme.example".try_into().unwrap(),
        presented: vec!["DnsName(\"old.acme.example\")".to_owned()],
    });
    assert!(covered(&other).contains("old.acme.example"));
}

#[test]
fn an_invite_says_whose_turn_it_is() {
    let ended = |challenge, had_credentials, came_to| InviteSeen { challenge, had_credentials, came_to };
    let refused = |status| InviteEnd::Refused(status, "No".to_owned());
    use FindingState::{Fail, Pass, Warn};
    for (invite, has_password, states, word) in [
        (ended(None, false, InviteEnd::LetIn(180)), false, [Warn, Pass], "let it ask for the number's password"),
        (ended(challenged(), false, refused(407)), false, [Pass, Warn], "--password"),
        (ended(challenged(), true, refused(407)), true, [Pass, Fail], "sip_user_password"),
        (ended(challenged(), true, refused(403)), true, [Pass, Fail], "include_sip_credentials"),
        (ended(challenged(), false, refused(407)), true, [Pass, Fail], "can be answered"),
        (ended(challenged(), true, refused(488)), true, [Pass, Fail], "SDES"),
        (ended(None, false, refused(403)), true, [Warn, Fail], "X-FB-External-Domain"),
        (ended(challenged(), true, InviteEnd::Silent), true, [Pass, Fail], "no answer above 100"),
    ] {
        let found = invited(&invite, has_password);
        assert_eq!(found.iter().map(Finding::state).collect::<Vec<_>>(), states, "{invite:?}");
        assert!(found.iter().any(|finding| finding.line().contains(word)), "{invite:?}");
    }
}

#[test]
fn what_is_not_there_is_told_with_what_to_do() {
    let nowhere = SipProbed { unresolved: Some(io::Error::from(io::ErrorKind::NotFound).to_string()), ..SipProbed::default() };
    assert!(lines(&probe(false, false), &nowhere).starts_with("FAIL  name"));
    let shut = || WaySeen { unreachable: Some("connection refused".to_owned()), ..way(None) };
    let one_serves = SipProbed { ways: vec![shut(), way(Some(Ok(good())))], options: answered(), ..SipProbed::default() };
    assert!(lines(&probe(false, false), &one_serves).contains("WARN  tcp"));
    assert!(lines(&probe(false, false), &SipProbed { ways: vec![shut()], ..SipProbed::default() }).contains("firewall"));
    let quiet = SipProbed { ways: vec![way(Some(Ok(good())))], options: Some(OptionsSeen::Silent), ..SipProbed::default() };
    let said = lines(&probe(false, false), &quiet);
    assert!(said.contains("WARN  options") && said.contains("--number"), "{said}");
}
