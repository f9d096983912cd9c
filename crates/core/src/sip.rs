//! A business's SIP server: how it is named, what is written into its request URIs, who may call from where
//! (platform docs, SIP Configuration Guide, 2025-12-15 and 2026-06-26).
//!
//! A server belongs to a business number and to the app whose token configured it. Its password is made by the platform and is the secret of both
//! digests: the business's towards the platform, and the platform's towards the business.

use std::fmt;
use std::net::IpAddr;

/// The port that a server has when none is given.
pub const DEFAULT_PORT: u16 = 5061;
/// Longest key and longest value of [`UserParam`], in characters.
pub const MAX_USER_PARAM: usize = 128;
/// Most parameters of one server. Not published; a request line with more is cut by SIP stacks.
pub const MAX_USER_PARAMS: usize = 16;
/// Characters of a platform-made password.
pub const PASSWORD_LEN: usize = 32;

/// Why a server is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadSipServer {
    /// `hostname`.
    #[error("hostname must be a host name or an IP address, of at most 253 characters, without scheme, port or path")]
    Hostname,
    /// `port`.
    #[error("port must be from 1 to 65535")]
    Port,
    /// `request_uri_user_params`.
    #[error(
        "request_uri_user_params must be at most {MAX_USER_PARAMS} pairs of texts, keys and values of 1 to {MAX_USER_PARAM} characters"
    )]
    UserParams,
}

/// The host of a business's SIP server: a name in lower case, or an address literal.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct SipHost(String);

impl SipHost {
    /// Reads a host name or an address literal; an IPv6 one may stand in brackets.
    ///
    /// # Errors
    /// Anything else: schemes, ports, blanks.
    pub fn parse(text: &str) -> Result<Self, BadSipServer> {
        let bare = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
        if let Ok(address) = bare.parse::<IpAddr>() {
            return Ok(Self(address.to_string()));
        }
        let label = |label: &str| {
            (1..=63).contains(&label.len())
                && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
                && !label.starts_with('-')
                && !label.ends_with('-')
        };
        let name = text.strip_suffix('.').unwrap_or(text);
        if name.is_empty() || name.len() > 253 || !name.split('.').all(label) {
            return Err(BadSipServer::Hostname);
        }
        Ok(Self(name.to_ascii_lowercase()))
    }

    /// The host as it is looked up, verified and shown.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The address, where the host is one.
    pub fn address(&self) -> Option<IpAddr> {
        self.0.parse().ok()
    }

    /// Whether a call with `from_domain` in its From may be this server's: the same host, or a parent domain of it, but not a name below it
    /// (SIP Configuration Guide, From domain).
    pub fn speaks_for(&self, from_domain: &SipHost) -> bool {
        if self == from_domain {
            return true;
        }
        let both_names = self.address().is_none() && from_domain.address().is_none();
        both_names && self.0.strip_suffix(from_domain.as_str()).is_some_and(|rest| rest.len() > 1 && rest.ends_with('.'))
    }
}

impl fmt::Display for SipHost {
    /// As it stands in a URI: an IPv6 address in brackets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.address() {
            Some(IpAddr::V6(address)) => write!(f, "[{address}]"),
            _ => f.write_str(&self.0),
        }
    }
}

/// One of `request_uri_user_params`: stands in the user part of the request URI of each INVITE, as in `;tgrp=wacall`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserParam {
    /// The key.
    pub key: String,
    /// The value.
    pub value: String,
}

/// A server as an app asks for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SipTarget {
    /// Where it is, and what its certificate must cover.
    pub host: SipHost,
    /// TLS port.
    pub port: u16,
    /// Written into the user part of request URIs, in the order given.
    pub user_params: Vec<UserParam>,
}

impl SipTarget {
    /// A server with its parameters, or which of them is wrong.
    ///
    /// # Errors
    /// A host, a port or a parameter that cannot be.
    pub fn new(hostname: &str, port: u16, user_params: Vec<UserParam>) -> Result<Self, BadSipServer> {
        let host = SipHost::parse(hostname)?;
        if port == 0 {
            return Err(BadSipServer::Port);
        }
        let fits = |text: &str| (1..=MAX_USER_PARAM).contains(&text.chars().count()) && !text.chars().any(char::is_control);
        if user_params.len() > MAX_USER_PARAMS || !user_params.iter().all(|param| fits(&param.key) && fits(&param.value)) {
            return Err(BadSipServer::UserParams);
        }
        Ok(Self { host, port, user_params })
    }
}

/// A password from 32 random bytes: letters and digits, as published ones look.
pub fn password(random: [u8; PASSWORD_LEN]) -> String {
    const LETTERS: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    random.iter().map(|byte| char::from(LETTERS[usize::from(*byte) % LETTERS.len()])).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn host(text: &str) -> SipHost {
        SipHost::parse(text).unwrap()
    }

    #[test]
    fn reads_names_and_addresses_and_rejects_what_is_neither() {
        for (text, shown) in [
            ("pbx.acme.example", "pbx.acme.example"),
            ("PBX.Acme.Example.", "pbx.acme.example"),
            ("203.0.113.7", "203.0.113.7"),
            ("[2001:db8::7]", "[2001:db8::7]"),
            ("2001:db8::7", "[2001:db8::7]"),
            ("localhost", "localhost"),
        ] {
            assert_eq!(host(text).to_string(), shown);
        }
        let long = "a".repeat(64);
        for text in ["", ".", "a..b", "sip:pbx", "pbx:5061", "pbx/x", "-a.example", "a-.example", "a b", "pbx.é", &long] {
            assert_eq!(SipHost::parse(text), Err(BadSipServer::Hostname), "{text}");
        }
    }

    #[test]
    fn a_from_domain_is_the_host_or_a_parent_of_it() {
        for (configured, from, allowed) in [
            ("bar.foo.example", "bar.foo.example", true),
            ("bar.foo.example", "FOO.example", true),
            ("bar.foo.example", "example", true),
            ("foo.example", "bar.foo.example", false),
            ("barfoo.example", "foo.example", false),
            ("203.0.113.7", "203.0.113.7", true),
            ("203.0.113.7", "0.113.7", false),
        ] {
            assert_eq!(host(configured).speaks_for(&host(from)), allowed, "{configured} {from}");
        }
    }

    #[test]
    fn parameters_are_bounded() {
        let param = |key: &str, value: &str| UserParam { key: key.to_owned(), value: value.to_owned() };
        let with = |params| SipTarget::new("pbx.acme.example", 5061, params).map(drop);
        assert_eq!(with(vec![param("tgrp", "wacall"), param(&"k".repeat(128), &"v".repeat(128))]), Ok(()));
        for params in [
            vec![param("", "v")],
            vec![param("k", "")],
            vec![param("k", &"v".repeat(129))],
            vec![param("k", "a\r\nVia: x")],
            vec![param("k", "v"); 17],
        ] {
            assert_eq!(with(params), Err(BadSipServer::UserParams));
        }
        assert_eq!(SipTarget::new("pbx.acme.example", 0, vec![]), Err(BadSipServer::Port));
    }

    #[test]
    fn a_password_is_letters_and_digits() {
        let made = password(std::array::from_fn(|at| u8::try_from(at * 8).unwrap()));
        assert_eq!(made.len(), PASSWORD_LEN);
        assert!(made.bytes().all(|byte| byte.is_ascii_alphanumeric()));
    }
}
