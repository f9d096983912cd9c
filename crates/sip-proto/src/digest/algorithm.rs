//! Algorithms, and the response that a password has to a challenge.

use md5::Md5;
use sha2::{Digest, Sha256, Sha512_256};

use crate::chance::hex;

/// An algorithm of digest authentication.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum DigestAlgorithm {
    /// `MD5`, also where a challenge names none.
    Md5,
    /// `MD5-sess`.
    Md5Sess,
    /// `SHA-256`.
    Sha256,
    /// `SHA-256-sess`.
    Sha256Sess,
    /// `SHA-512-256`.
    Sha512,
    /// `SHA-512-256-sess`.
    Sha512Sess,
}

/// What a response is made of.
#[derive(Clone, Copy)]
pub struct DigestInput<'a> {
    /// The user's name, as the header says it.
    pub username: &'a str,
    /// The secret.
    pub password: &'a str,
    /// Of the challenge.
    pub realm: &'a str,
    /// Of the challenge.
    pub nonce: &'a str,
    /// The request's method.
    pub method: &'a str,
    /// `uri` of the header, which need not be the Request-URI.
    pub uri: &'a str,
    /// With `qop=auth`: `nc` as eight digits, and `cnonce`. The `-sess` algorithms need them also without.
    pub counted: Option<(&'a str, &'a str)>,
    /// Whether `qop=auth` was chosen.
    pub has_qop: bool,
}

impl DigestAlgorithm {
    /// All of them.
    pub const ALL: [DigestAlgorithm; 6] = [
        DigestAlgorithm::Md5,
        DigestAlgorithm::Md5Sess,
        DigestAlgorithm::Sha256,
        DigestAlgorithm::Sha256Sess,
        DigestAlgorithm::Sha512,
        DigestAlgorithm::Sha512Sess,
    ];

    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            DigestAlgorithm::Md5 => "MD5",
            DigestAlgorithm::Md5Sess => "MD5-sess",
            DigestAlgorithm::Sha256 => "SHA-256",
            DigestAlgorithm::Sha256Sess => "SHA-256-sess",
            DigestAlgorithm::Sha512 => "SHA-512-256",
            DigestAlgorithm::Sha512Sess => "SHA-512-256-sess",
        }
    }

    /// The algorithm of a word, in any case.
    pub fn from_word(word: &str) -> Option<DigestAlgorithm> {
        DigestAlgorithm::ALL.into_iter().find(|algorithm| algorithm.as_str().eq_ignore_ascii_case(word))
    }

    fn is_sess(self) -> bool {
        matches!(self, DigestAlgorithm::Md5Sess | DigestAlgorithm::Sha256Sess | DigestAlgorithm::Sha512Sess)
    }

    fn hash(self, text: &str) -> String {
        match self {
            DigestAlgorithm::Md5 | DigestAlgorithm::Md5Sess => hex(&Md5::digest(text)),
            DigestAlgorithm::Sha256 | DigestAlgorithm::Sha256Sess => hex(&Sha256::digest(text)),
            DigestAlgorithm::Sha512 | DigestAlgorithm::Sha512Sess => hex(&Sha512_256::digest(text)),
        }
    }

    /// The response, in lower-case hexadecimal digits (RFC 7616 §3.4.1; RFC 2617 §3.2.2.1 without `qop`).
    pub fn response(self, input: &DigestInput<'_>) -> String {
        let DigestInput { username, password, realm, nonce, method, uri, counted, has_qop } = *input;
        let mut secret = self.hash(&format!("{username}:{realm}:{password}"));
        if self.is_sess() {
            secret = self.hash(&format!("{secret}:{nonce}:{}", counted.map_or("", |(_, cnonce)| cnonce)));
        }
        let asked = self.hash(&format!("{method}:{uri}"));
        match counted.filter(|_| has_qop) {
            Some((count, cnonce)) => self.hash(&format!("{secret}:{nonce}:{count}:{cnonce}:auth:{asked}")),
            None => self.hash(&format!("{secret}:{nonce}:{asked}")),
        }
    }
}

impl std::fmt::Debug for DigestInput<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("DigestInput(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MUFASA: DigestInput<'_> = DigestInput {
        username: "Mufasa",
        password: "Circle of Life",
        realm: "http-auth@example.org",
        nonce: "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v",
        method: "GET",
        uri: "/dir/index.html",
        counted: Some(("00000001", "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ")),
        has_qop: true,
    };

    /// RFC 7616 §3.9.1.
    #[test]
    fn the_vectors_of_rfc_7616() {
        assert_eq!(DigestAlgorithm::Md5.response(&MUFASA), "8ca523f5e9506fed4657c9700eebdbec");
        assert_eq!(DigestAlgorithm::Sha256.response(&MUFASA), "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1");
    }

    /// The input of RFC 7616 §3.9.2, whose printed response is wrong (erratum 4897); this one was computed with Python's `hashlib`.
    #[test]
    fn sha_512_256() {
        let input = DigestInput {
            username: "J\u{e4}s\u{f8}n Doe",
            password: "Secret, or not?",
            realm: "api@example.org",
            nonce: "5TsQWLVdgBdmrQ0XsxbDODV+57QdFR34I9HAbC/RVvkK",
            method: "GET",
            uri: "/doe.json",
            counted: Some(("00000001", "NTg6RKcb9boFIAS3KrFK9BGeh+niz/sm")),
            has_qop: true,
        };
        assert_eq!(DigestAlgorithm::Sha512.response(&input), "7a4e1192babbba02e91182d2895bfdbf7adafc6e48d4e517ca301974843d840c");
    }

    /// RFC 2617 §3.5, with and without `qop`.
    #[test]
    fn the_vector_of_rfc_2617() {
        let input = DigestInput {
            username: "Mufasa",
            password: "Circle Of Life",
            realm: "testrealm@host.com",
            nonce: "dcd98b7102dd2f0e8b11d0f600bfb0c093",
            method: "GET",
            uri: "/dir/index.html",
            counted: Some(("00000001", "0a4f113b")),
            has_qop: true,
        };
        assert_eq!(DigestAlgorithm::Md5.response(&input), "6629fae49393a05397450978507c4ef1");
        let plain = DigestInput { counted: None, has_qop: false, ..input };
        assert_eq!(DigestAlgorithm::Md5.response(&plain), "670fd8c2df070c60b045671b8b24ff02");
    }

    /// Made on this project's side for the published form of the platform's challenge.
    #[test]
    fn the_vectors_of_the_platform() {
        let input = DigestInput {
            username: "15550109988",
            password: "Zk3vQ8mT1xY7pLw2RbN5sHd9cGf4JuAe",
            realm: "wa.meta.vc",
            nonce: "7d1f0c3ab2946e58",
            method: "INVITE",
            uri: "sip:+15550142233@wa.meta.vc;transport=tls",
            counted: Some(("00000001", "b1946ac92492d234")),
            has_qop: true,
        };
        assert_eq!(DigestAlgorithm::Md5.response(&input), "19c0f4bce91469b1a0d2f088e191ab8b");
        let input = DigestInput { nonce: "51c8e0aa94d2b37f", ..input };
        assert_eq!(DigestAlgorithm::Sha256.response(&input), "a4ac6c29959807960e64d5f83e1216138c834da246caed12e0fe07b4b7290379");
    }

    #[test]
    fn sess_depends_on_cnonce_and_words_go_both_ways() {
        let other = DigestInput { counted: Some(("00000001", "other")), has_qop: false, ..MUFASA };
        assert_eq!(DigestAlgorithm::Md5.response(&other), DigestAlgorithm::Md5.response(&DigestInput { has_qop: false, ..MUFASA }));
        assert_ne!(DigestAlgorithm::Md5Sess.response(&other), DigestAlgorithm::Md5Sess.response(&DigestInput { has_qop: false, ..MUFASA }));
        assert!(DigestAlgorithm::ALL.iter().all(|one| DigestAlgorithm::from_word(&one.as_str().to_lowercase()) == Some(*one)));
        assert_eq!(DigestAlgorithm::from_word("AKAv1-MD5"), None);
    }
}
