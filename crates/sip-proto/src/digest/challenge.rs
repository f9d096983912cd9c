//! A challenge: what WWW-Authenticate and Proxy-Authenticate say.

use super::algorithm::DigestAlgorithm;
use super::credentials::{auth_params, quoted};

/// One challenge of the scheme `Digest`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DigestChallenge {
    /// Whose passwords are meant.
    pub realm: String,
    /// What the response is made over.
    pub nonce: String,
    /// To be given back.
    pub opaque: Option<String>,
    /// Whether only the nonce was too old.
    pub is_stale: bool,
    /// `None` where none is named, which means MD5.
    pub algorithm: Option<DigestAlgorithm>,
    /// Whether `auth` is among the qualities of protection; `None` where none are named.
    pub offers_auth: Option<bool>,
}

impl DigestChallenge {
    /// Reads a header's value. `None` for other schemes, unknown algorithms, and values without realm or nonce.
    pub fn parse(value: &str) -> Option<DigestChallenge> {
        let params = auth_params(value)?;
        let algorithm = match params.value("algorithm") {
            Some(word) => Some(DigestAlgorithm::from_word(word)?),
            None => None,
        };
        Some(DigestChallenge {
            realm: params.value("realm")?.to_owned(),
            nonce: params.value("nonce")?.to_owned(),
            opaque: params.value("opaque").map(str::to_owned),
            is_stale: params.value("stale").is_some_and(|stale| stale.eq_ignore_ascii_case("true")),
            algorithm,
            offers_auth: params.value("qop").map(|all| all.split(',').any(|one| one.trim().eq_ignore_ascii_case("auth"))),
        })
    }

    /// The algorithm that counts.
    pub fn effective_algorithm(&self) -> DigestAlgorithm {
        self.algorithm.unwrap_or(DigestAlgorithm::Md5)
    }
}

/// As the platform writes it: no spaces behind the commas, the algorithm without quotes, `stale` only where it is true.
impl std::fmt::Display for DigestChallenge {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Digest realm={},nonce={}", quoted(&self.realm), quoted(&self.nonce))?;
        if let Some(opaque) = &self.opaque {
            write!(f, ",opaque={}", quoted(opaque))?;
        }
        if self.is_stale {
            f.write_str(",stale=true")?;
        }
        if let Some(algorithm) = self.algorithm {
            write!(f, ",algorithm={}", algorithm.as_str())?;
        }
        match self.offers_auth {
            Some(true) => f.write_str(",qop=\"auth\""),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ways() {
        let text = r#"Digest realm="wa.meta.vc",nonce="51c8e0aa94d2b37f",opaque="0f6a1be2c4937d58",algorithm=SHA-256,qop="auth""#;
        let challenge = DigestChallenge::parse(text).unwrap();
        assert_eq!(challenge.algorithm, Some(DigestAlgorithm::Sha256));
        assert_eq!(challenge.to_string(), text);
    }

    #[test]
    fn others() {
        let plain = DigestChallenge::parse("digest nonce=\"a,b\\\"c\" ,\r\n realm=\"r\", stale=TRUE, qop=\"auth-int\", x=y").unwrap();
        assert_eq!((plain.nonce.as_str(), plain.is_stale, plain.offers_auth, plain.algorithm), ("a,b\"c", true, Some(false), None));
        for none in [
            "Basic realm=\"x\"",
            "NoOneKnowsThisScheme opaque-data=here",
            "Digest realm=\"x\"",
            "Digest realm=\"x\",nonce=\"y\",algorithm=AKAv1-MD5",
            "Digest",
        ] {
            assert_eq!(DigestChallenge::parse(none), None, "{none}");
        }
    }
}
