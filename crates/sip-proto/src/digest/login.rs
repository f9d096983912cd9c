//! Who answers challenges.

use std::collections::BTreeMap;

use super::algorithm::{DigestAlgorithm, DigestInput};
use super::challenge::DigestChallenge;
use super::credentials::DigestCredentials;
use crate::chance::Chance;
use crate::message::SipMessage;
use crate::method::HeaderName;

/// A name and a password for whoever asks; any realm.
#[derive(Clone)]
pub struct DigestLogin {
    /// As it is written into `username`.
    pub username: String,
    /// The secret.
    pub password: String,
    /// What is written into `uri`.
    pub uri: DigestUri,
    /// Uses of the latest nonce.
    counted: Option<(String, u32)>,
}

/// What `uri` says of a request.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum DigestUri {
    /// The Request-URI as it stands (RFC 3261 §22.4).
    Whole,
    /// Without its parameters and headers, as the platform's samples have it.
    WithoutParameters,
}

/// Who asked, and what the answer is called.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum AskedBy {
    /// 401: WWW-Authenticate, Authorization.
    Server,
    /// 407: Proxy-Authenticate, Proxy-Authorization.
    Proxy,
}

impl AskedBy {
    /// Of a status code.
    pub fn of_code(code: u16) -> Option<AskedBy> {
        match code {
            401 => Some(AskedBy::Server),
            407 => Some(AskedBy::Proxy),
            _ => None,
        }
    }

    /// The header of the challenge.
    pub fn challenge_header(self) -> HeaderName {
        match self {
            AskedBy::Server => HeaderName::WwwAuthenticate,
            AskedBy::Proxy => HeaderName::ProxyAuthenticate,
        }
    }

    /// The header of the answer.
    pub fn answer_header(self) -> HeaderName {
        match self {
            AskedBy::Server => HeaderName::Authorization,
            AskedBy::Proxy => HeaderName::ProxyAuthorization,
        }
    }

    /// The status code of the challenge.
    pub fn code(self) -> u16 {
        match self {
            AskedBy::Server => 401,
            AskedBy::Proxy => 407,
        }
    }
}

/// Most realms that are answered in one request.
const MAX_REALMS: usize = 4;

impl DigestLogin {
    /// A name and a password.
    pub fn new(username: impl Into<String>, password: impl Into<String>, uri: DigestUri) -> DigestLogin {
        DigestLogin { username: username.into(), password: password.into(), uri, counted: None }
    }

    /// Answers the challenges of a 401 or 407: the strongest of each realm (SHA-512-256, SHA-256, MD5; the first of equals). Gives the header
    /// lines, and whether the peer said that only the nonce was too old. Empty where no challenge is one that can be answered.
    pub fn answer(
        &mut self,
        response: &SipMessage,
        method: &str,
        request_uri: &str,
        chance: &mut Chance,
    ) -> (Vec<(HeaderName, String)>, bool) {
        let Some(asked_by) = response.status().and_then(AskedBy::of_code) else { return (Vec::new(), false) };
        let mut best: BTreeMap<String, (usize, DigestChallenge)> = BTreeMap::new();
        for (at, line) in response.all(asked_by.challenge_header()).enumerate() {
            let Some(challenge) = DigestChallenge::parse(&line.text()).filter(|one| one.offers_auth != Some(false)) else { continue };
            let is_better = best.get(&challenge.realm).is_none_or(|(_, before)| strength(&challenge) > strength(before));
            if is_better && (best.len() < MAX_REALMS || best.contains_key(&challenge.realm)) {
                best.insert(challenge.realm.clone(), (at, challenge));
            }
        }
        let mut chosen: Vec<_> = best.into_values().collect();
        chosen.sort_by_key(|(at, _)| *at);
        let is_stale = chosen.iter().any(|(_, challenge)| challenge.is_stale);
        let lines =
            chosen.into_iter().map(|(_, one)| (asked_by.answer_header(), self.credentials(&one, method, request_uri, chance).to_string()));
        (lines.collect(), is_stale)
    }

    fn credentials(&mut self, challenge: &DigestChallenge, method: &str, request_uri: &str, chance: &mut Chance) -> DigestCredentials {
        let uri = match self.uri {
            DigestUri::Whole => request_uri,
            DigestUri::WithoutParameters => without_parameters(request_uri),
        };
        let algorithm = challenge.effective_algorithm();
        let has_qop = challenge.offers_auth == Some(true);
        let needs_cnonce =
            has_qop || matches!(algorithm, DigestAlgorithm::Md5Sess | DigestAlgorithm::Sha256Sess | DigestAlgorithm::Sha512Sess);
        let cnonce = needs_cnonce.then(|| chance.hex::<15>());
        let count = format!("{:08x}", self.count(&challenge.nonce));
        let response = algorithm.response(&DigestInput {
            username: &self.username,
            password: &self.password,
            realm: &challenge.realm,
            nonce: &challenge.nonce,
            method,
            uri,
            counted: cnonce.as_deref().map(|cnonce| (count.as_str(), cnonce)),
            has_qop,
        });
        DigestCredentials {
            username: self.username.clone(),
            realm: challenge.realm.clone(),
            nonce: challenge.nonce.clone(),
            uri: uri.to_owned(),
            response,
            algorithm: challenge.algorithm.map(|algorithm| algorithm.as_str().to_owned()),
            opaque: challenge.opaque.clone(),
            qop: has_qop.then(|| "auth".to_owned()),
            cnonce,
            count: has_qop.then_some(count),
        }
    }

    fn count(&mut self, nonce: &str) -> u32 {
        let count = match &self.counted {
            Some((before, count)) if before == nonce => count.saturating_add(1),
            _ => 1,
        };
        self.counted = Some((nonce.to_owned(), count));
        count
    }
}

fn strength(challenge: &DigestChallenge) -> u8 {
    match challenge.effective_algorithm() {
        DigestAlgorithm::Md5 | DigestAlgorithm::Md5Sess => 0,
        DigestAlgorithm::Sha256 | DigestAlgorithm::Sha256Sess => 1,
        DigestAlgorithm::Sha512 | DigestAlgorithm::Sha512Sess => 2,
    }
}

/// Up to the first parameter of the host; parameters of the user part stay.
fn without_parameters(uri: &str) -> &str {
    let host = uri.rfind('@').map_or(0, |at| at + 1);
    uri[host..].find([';', '?']).map_or(uri, |at| &uri[..host + at])
}

impl std::fmt::Debug for DigestLogin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("DigestLogin(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const URI: &str = "sip:+15550109988;tgrp=wacall@pbx.acme.example;transport=tls";

    fn response(code: u16, lines: &str) -> SipMessage {
        SipMessage::from_datagram(format!("SIP/2.0 {code} x\r\n{}\r\n", lines.replace('\n', "\r\n")).as_bytes())
    }

    fn login() -> DigestLogin {
        DigestLogin::new("15550109988", "secret", DigestUri::WithoutParameters)
    }

    fn answer(login: &mut DigestLogin, response: &SipMessage) -> Vec<(HeaderName, DigestCredentials)> {
        let (lines, _) = login.answer(response, "INVITE", URI, &mut Chance::from_seed([1; 32]));
        lines.into_iter().map(|(name, value)| (name, DigestCredentials::parse(&value).unwrap())).collect()
    }

    #[test]
    fn the_strongest_of_several() {
        let asked = response(
            407,
            "Proxy-Authenticate: Digest realm=\"r\",nonce=\"n1\",algorithm=MD5,qop=\"auth\"\nProxy-Authenticate: Digest realm=\"r\",nonce=\"n2\",opaque=\"o\",algorithm=SHA-256,qop=\"auth\"\n\
             Proxy-Authenticate: Digest realm=\"r\",nonce=\"n3\",algorithm=SHA-256,qop=\"auth\"\nWWW-Authenticate: Digest realm=\"w\",nonce=\"n4\"\n",
        );
        let answers = answer(&mut login(), &asked);
        let [(name, credentials)] = &answers[..] else { panic!("one answer") };
        assert_eq!((*name, credentials.nonce.as_str(), credentials.opaque.as_deref()), (HeaderName::ProxyAuthorization, "n2", Some("o")));
        assert_eq!((credentials.algorithm.as_deref(), credentials.count.as_deref()), (Some("SHA-256"), Some("00000001")));
        assert_eq!(credentials.uri, "sip:+15550109988;tgrp=wacall@pbx.acme.example");
        assert_eq!(credentials.cnonce.as_ref().map(String::len), Some(30));
        assert_eq!(credentials.expected("INVITE", "secret").as_ref(), Some(&credentials.response));
    }

    #[test]
    fn what_is_not_said_is_not_said_back() {
        let answers = answer(&mut login(), &response(401, "WWW-Authenticate: Digest realm=\"r\", nonce=\"n\"\n"));
        let [(HeaderName::Authorization, credentials)] = &answers[..] else { panic!("one answer") };
        assert_eq!((&credentials.algorithm, &credentials.qop, &credentials.count, &credentials.cnonce), (&None, &None, &None, &None));
        assert_eq!(credentials.expected("INVITE", "secret").as_ref(), Some(&credentials.response));
    }

    #[test]
    fn every_algorithm_answers_itself() {
        for algorithm in DigestAlgorithm::ALL {
            for qop in ["", ",qop=\"auth,auth-int\""] {
                let line = format!("WWW-Authenticate: Digest realm=\"r\",nonce=\"n\",algorithm={}{qop}\n", algorithm.as_str());
                let answers = answer(&mut login(), &response(401, &line));
                assert_eq!(answers[0].1.expected("INVITE", "secret").as_ref(), Some(&answers[0].1.response), "{line}");
            }
        }
    }

    #[test]
    fn one_answer_for_each_realm_and_counting_of_a_nonce() {
        let both =
            response(407, "Proxy-Authenticate: Digest realm=\"b\",nonce=\"n1\"\nProxy-Authenticate: Digest realm=\"a\",nonce=\"n2\"\n");
        let realms: Vec<String> = answer(&mut login(), &both).into_iter().map(|(_, one)| one.realm).collect();
        assert_eq!(realms, ["b", "a"]);
        let mut login = login();
        let asked = response(401, "WWW-Authenticate: Digest realm=\"r\",nonce=\"n\",qop=\"auth\"\n");
        let counts: Vec<_> = (0..3).map(|_| answer(&mut login, &asked)[0].1.count.clone().unwrap()).collect();
        assert_eq!(counts, ["00000001", "00000002", "00000003"]);
    }

    #[test]
    fn what_cannot_be_answered() {
        for line in [
            "",
            "Proxy-Authenticate: Digest realm=\"r\",nonce=\"n\"\n",
            "WWW-Authenticate: Digest realm=\"r\",nonce=\"n\",qop=\"auth-int\"\n",
            "WWW-Authenticate: Basic realm=\"r\"\n",
        ] {
            assert_eq!(answer(&mut login(), &response(401, line)).len(), 0, "{line}");
        }
    }
}
