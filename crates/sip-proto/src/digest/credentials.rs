//! Credentials: what Authorization and Proxy-Authorization say.

use super::algorithm::{DigestAlgorithm, DigestInput};
use crate::params::SipParams;
use crate::syntax::{quote, split_outside, trim};

/// An answer to a challenge. Its `Debug` shows nothing of it.
#[derive(Clone, PartialEq, Eq)]
pub struct DigestCredentials {
    /// Who.
    pub username: String,
    /// Of the challenge.
    pub realm: String,
    /// Of the challenge.
    pub nonce: String,
    /// What was asked, in the words of who asked.
    pub uri: String,
    /// The hash.
    pub response: String,
    /// The algorithm's word, where one is named.
    pub algorithm: Option<String>,
    /// Of the challenge.
    pub opaque: Option<String>,
    /// `auth`, where the challenge named qualities of protection.
    pub qop: Option<String>,
    /// The client's own nonce.
    pub cnonce: Option<String>,
    /// How often the nonce was used: eight hexadecimal digits.
    pub count: Option<String>,
}

impl DigestCredentials {
    /// Reads a header's value. `None` for other schemes, and values without what every answer has.
    pub fn parse(value: &str) -> Option<DigestCredentials> {
        let params = auth_params(value)?;
        let text = |name: &str| params.value(name).map(str::to_owned);
        Some(DigestCredentials {
            username: text("username")?,
            realm: text("realm")?,
            nonce: text("nonce")?,
            uri: text("uri")?,
            response: text("response")?,
            algorithm: text("algorithm"),
            opaque: text("opaque"),
            qop: text("qop"),
            cnonce: text("cnonce"),
            count: text("nc"),
        })
    }

    /// The algorithm that counts; `None` for one that is unknown.
    pub fn effective_algorithm(&self) -> Option<DigestAlgorithm> {
        self.algorithm.as_deref().map_or(Some(DigestAlgorithm::Md5), DigestAlgorithm::from_word)
    }

    /// Whether this user is meant; a leading `+` does not count.
    pub fn is_user(&self, username: &str) -> bool {
        let plain = |name: &str| name.strip_prefix('+').unwrap_or(name).to_owned();
        plain(&self.username) == plain(username)
    }

    /// The response that this password would have; `None` where the algorithm is unknown, or `qop` is one that is not done.
    pub(super) fn expected(&self, method: &str, password: &str) -> Option<String> {
        let has_qop = match self.qop.as_deref() {
            Some(qop) if !qop.eq_ignore_ascii_case("auth") => return None,
            qop => qop.is_some(),
        };
        let counted = match (&self.count, &self.cnonce) {
            (Some(count), Some(cnonce)) => Some((count.as_str(), cnonce.as_str())),
            (None, Some(cnonce)) if !has_qop => Some(("", cnonce.as_str())),
            _ if has_qop => return None,
            _ => None,
        };
        let DigestCredentials { username, realm, nonce, uri, .. } = self;
        Some(self.effective_algorithm()?.response(&DigestInput { username, password, realm, nonce, method, uri, counted, has_qop }))
    }
}

/// In the order of the published samples.
impl std::fmt::Display for DigestCredentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let DigestCredentials { username, realm, nonce, uri, response, algorithm, opaque, qop, cnonce, count } = self;
        write!(f, "Digest username={}, realm={}, nonce={}", quoted(username), quoted(realm), quoted(nonce))?;
        write!(f, ", uri={}, response={}", quoted(uri), quoted(response))?;
        if let Some(algorithm) = algorithm {
            write!(f, ", algorithm={algorithm}")?;
        }
        if let Some(cnonce) = cnonce {
            write!(f, ", cnonce={}", quoted(cnonce))?;
        }
        if let Some(opaque) = opaque {
            write!(f, ", opaque={}", quoted(opaque))?;
        }
        if let Some(qop) = qop {
            write!(f, ", qop={qop}")?;
        }
        match count {
            Some(count) => write!(f, ", nc={count}"),
            None => Ok(()),
        }
    }
}

impl std::fmt::Debug for DigestCredentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("DigestCredentials(…)")
    }
}

pub(super) fn quoted(text: &str) -> String {
    quote(text)
}

/// The comma-separated parameters of the scheme `Digest`.
pub(super) fn auth_params(value: &str) -> Option<SipParams> {
    let (scheme, rest) = trim(value).split_once([' ', '\t', '\r'])?;
    if !scheme.eq_ignore_ascii_case("Digest") {
        return None;
    }
    let parts = split_outside(rest, ',', "Digest").ok()?;
    let joined: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    SipParams::read(&joined.join(";"), "Digest").ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SAMPLE: &str = r#"Digest username="15550109988", realm="wa.meta.vc", nonce="7d1f0c3ab2946e58", uri="sip:+15550142233@wa.meta.vc;transport=tls", response="19c0f4bce91469b1a0d2f088e191ab8b", algorithm=MD5, cnonce="b1946ac92492d234", opaque="9be07d41c2a3586f", qop=auth, nc=00000001"#;

    #[test]
    fn the_published_sample_both_ways() {
        let credentials = DigestCredentials::parse(SAMPLE).unwrap();
        assert_eq!(credentials.to_string(), SAMPLE);
        let expected = credentials.expected("INVITE", "Zk3vQ8mT1xY7pLw2RbN5sHd9cGf4JuAe").unwrap();
        assert_eq!(expected, credentials.response);
        assert!(credentials.is_user("+15550109988") && !credentials.is_user("5550109988"));
        assert_eq!(format!("{credentials:?}"), "DigestCredentials(…)");
    }

    #[test]
    fn incomplete_ones() {
        assert_eq!(DigestCredentials::parse("Digest username=\"a\", realm=\"b\""), None);
        assert_eq!(DigestCredentials::parse("NoOneKnowsThisScheme opaque-data=here"), None);
        let mut credentials = DigestCredentials::parse(SAMPLE).unwrap();
        credentials.count = None;
        assert_eq!(credentials.expected("INVITE", "x"), None, "qop without nc");
        credentials.qop = Some("auth-int".to_owned());
        assert_eq!(credentials.expected("INVITE", "x"), None);
    }
}
