//! URIs: `sip:` and `sips:` in their parts, `tel:` and any other by their scheme (RFC 3261 §19, RFC 3966).
//!
//! The text is kept as it came; the parts are read from it. Two ways of comparing: [`SipUri::is_equivalent`] as RFC 3261 §19.1.4 says, and
//! [`same_address`] as loosely as the platform compares a digest's `uri` with the To header.

use std::fmt;

use crate::params::SipParams;
use crate::syntax::{SyntaxFault, digits, unescape};

const PLACE: &str = "URI";

/// Any URI, as far as this crate looks into it.
#[derive(Clone, PartialEq, Eq)]
pub enum AnyUri {
    /// `sip:` or `sips:`.
    Sip(SipUri),
    /// `tel:`, what follows the colon.
    Tel(String),
    /// Another scheme, in lower case.
    Other(String),
}

/// A `sip:` or `sips:` URI.
#[derive(Clone, PartialEq, Eq)]
pub struct SipUri {
    text: String,
    /// `sips:`.
    pub is_secure: bool,
    /// The user part as written, with escapes and with parameters of its own (`;tgrp=…`).
    pub user: Option<String>,
    /// Host name, IPv4 address, or IPv6 address in brackets, as written.
    pub host: String,
    /// The port, where one is written.
    pub port: Option<u16>,
    /// Parameters of the URI.
    pub params: SipParams,
    /// What follows the `?`.
    pub headers: Option<String>,
}

impl AnyUri {
    /// Reads a URI of any scheme.
    ///
    /// # Errors
    /// Says what is wrong with the scheme, or with a `sip:` URI's parts.
    pub fn parse(text: &str) -> Result<AnyUri, SyntaxFault> {
        let (scheme, rest) = text.split_once(':').ok_or(SyntaxFault::new(PLACE, "it has no scheme"))?;
        let is_scheme = scheme.starts_with(|char: char| char.is_ascii_alphabetic())
            && scheme.chars().all(|char| char.is_ascii_alphanumeric() || "+-.".contains(char));
        if !is_scheme {
            return Err(SyntaxFault::new(PLACE, "its scheme has characters that no scheme has"));
        }
        if text.contains([' ', '\t', '<', '>', '\r', '\n', '\0']) {
            return Err(SyntaxFault::new(PLACE, "it has spaces, brackets or line ends inside"));
        }
        match scheme.to_ascii_lowercase().as_str() {
            "sip" => SipUri::read(text, rest, false).map(AnyUri::Sip),
            "sips" => SipUri::read(text, rest, true).map(AnyUri::Sip),
            "tel" => Ok(AnyUri::Tel(rest.to_owned())),
            other => Ok(AnyUri::Other(other.to_owned())),
        }
    }

    /// Its scheme, in lower case.
    pub fn scheme(&self) -> &str {
        match self {
            AnyUri::Sip(uri) if uri.is_secure => "sips",
            AnyUri::Sip(_) => "sip",
            AnyUri::Tel(_) => "tel",
            AnyUri::Other(scheme) => scheme,
        }
    }

    /// The `sip:` or `sips:` URI that it is.
    pub fn as_sip(&self) -> Option<&SipUri> {
        match self {
            AnyUri::Sip(uri) => Some(uri),
            AnyUri::Tel(_) | AnyUri::Other(_) => None,
        }
    }
}

impl SipUri {
    /// Reads a `sip:` or `sips:` URI.
    ///
    /// # Errors
    /// Says which part is wrong, or that it is of another scheme.
    pub fn parse(text: &str) -> Result<SipUri, SyntaxFault> {
        match AnyUri::parse(text)? {
            AnyUri::Sip(uri) => Ok(uri),
            AnyUri::Tel(_) | AnyUri::Other(_) => Err(SyntaxFault::new(PLACE, "it is neither sip: nor sips:")),
        }
    }

    fn read(text: &str, rest: &str, is_secure: bool) -> Result<SipUri, SyntaxFault> {
        // The last @ before any parameter of the host ends the user part, which may hold ; and ? of its own.
        let (user, rest) = match rest.rfind('@') {
            Some(at) => (Some(&rest[..at]), &rest[at + 1..]),
            None => (None, rest),
        };
        if user.is_some_and(str::is_empty) {
            return Err(SyntaxFault::new(PLACE, "nothing stands before the @"));
        }
        let (rest, headers) = match rest.split_once('?') {
            Some((rest, headers)) => (rest, Some(headers.to_owned())),
            None => (rest, None),
        };
        let (place, params) = match rest.split_once(';') {
            Some((place, params)) => (place, SipParams::read(params, PLACE)?),
            None => (rest, SipParams::default()),
        };
        let (host, port) = host_and_port(place)?;
        if params.has_doubles() {
            return Err(SyntaxFault::new(PLACE, "a parameter stands there twice"));
        }
        Ok(SipUri { text: text.to_owned(), is_secure, user: user.map(str::to_owned), host, port, params, headers })
    }

    /// As it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The user part without its parameters and password, escapes resolved: `+15550109988` of `+15550109988;tgrp=wacall`.
    pub fn user_name(&self) -> Option<String> {
        let user = self.user.as_deref()?;
        let name = user.split([';', ':']).next().unwrap_or(user);
        Some(String::from_utf8_lossy(&unescape(name)).into_owned())
    }

    /// The port that a request to it goes to: the written one, else that of TLS (RFC 3261 §19.1.2 for `sips:` and `transport=tls`), else 5060.
    pub fn effective_port(&self) -> u16 {
        let is_tls = self.is_secure || self.params.value("transport").is_some_and(|transport| transport.eq_ignore_ascii_case("tls"));
        self.port.unwrap_or(if is_tls { 5061 } else { 5060 })
    }

    /// Whether the host is written as an address rather than a name.
    pub fn has_address_literal(&self) -> bool {
        self.host.starts_with('[') || self.host.parse::<std::net::Ipv4Addr>().is_ok()
    }

    /// Equivalent as RFC 3261 §19.1.4 says.
    pub fn is_equivalent(&self, other: &SipUri) -> bool {
        let one_sided = ["user", "ttl", "method", "maddr", "transport"];
        let agree = |left: Option<Option<&str>>, right: Option<Option<&str>>| match (left, right) {
            (Some(left), Some(right)) => left.unwrap_or_default().eq_ignore_ascii_case(right.unwrap_or_default()),
            (None, None) => true,
            _ => false,
        };
        let params_agree = self.params.iter().all(|(name, value)| match other.params.find(name) {
            Some(theirs) => agree(Some(value), Some(theirs)),
            None => !one_sided.contains(&name.to_ascii_lowercase().as_str()),
        });
        let header_set = |headers: &Option<String>| {
            let mut all: Vec<String> = headers.iter().flat_map(|all| all.split('&')).map(str::to_ascii_lowercase).collect();
            all.sort();
            all
        };
        let user = |uri: &SipUri| uri.user.as_deref().map(unescape);
        self.is_secure == other.is_secure
            && user(self) == user(other)
            && self.host.eq_ignore_ascii_case(&other.host)
            && self.port == other.port
            && params_agree
            && one_sided.iter().all(|name| agree(self.params.find(name), other.params.find(name)))
            && header_set(&self.headers) == header_set(&other.headers)
    }
}

/// Whether two URIs are one address in the platform's loose sense: scheme, user and host agree, whatever their ports and parameters
/// (vendor behaviour seen in 2025-08 and 2026-05; a leading `+` of the user does not count either).
pub fn same_address(one: &str, other: &str) -> bool {
    let (Ok(AnyUri::Sip(one)), Ok(AnyUri::Sip(other))) = (AnyUri::parse(one), AnyUri::parse(other)) else { return one == other };
    let user = |uri: &SipUri| uri.user_name().map(|name| name.strip_prefix('+').unwrap_or(&name).to_owned());
    one.is_secure == other.is_secure && user(&one) == user(&other) && one.host.eq_ignore_ascii_case(&other.host)
}

/// `host`, `host:port`, `[v6]`, `[v6]:port`. Underscores are let pass: private names have them.
pub(crate) fn host_and_port(text: &str) -> Result<(String, Option<u16>), SyntaxFault> {
    let (host, port) = match text.strip_prefix('[') {
        Some(inside) => {
            let (address, rest) = inside.split_once(']').ok_or(SyntaxFault::new(PLACE, "the bracket of an address is not closed"))?;
            if address.parse::<std::net::Ipv6Addr>().is_err() {
                return Err(SyntaxFault::new(PLACE, "what stands in brackets is no IPv6 address"));
            }
            let port = match rest {
                "" => None,
                _ => Some(rest.strip_prefix(':').ok_or(SyntaxFault::new(PLACE, "something follows the address"))?),
            };
            (&text[..address.len() + 2], port)
        }
        None => match text.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (text, None),
        },
    };
    let is_name =
        host.starts_with('[') || (!host.is_empty() && host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-_+".contains(&byte)));
    if !is_name {
        return Err(SyntaxFault::new(PLACE, "its host is neither a name nor an address"));
    }
    let port = match port {
        Some(port) => Some(digits(port, 65_535).ok_or(SyntaxFault::new(PLACE, "its port is no number below 65536"))? as u16),
        None => None,
    };
    Ok((host.to_owned(), port))
}

impl fmt::Debug for AnyUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            AnyUri::Sip(uri) => fmt::Debug::fmt(uri, f),
            AnyUri::Tel(_) | AnyUri::Other(_) => write!(f, "{}:…", self.scheme()),
        }
    }
}

/// The host only: users are telephone numbers.
impl fmt::Debug for SipUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.is_secure { "sips" } else { "sip" };
        write!(f, "{scheme}:{}{}", if self.user.is_some() { "…@" } else { "" }, self.host)
    }
}

impl fmt::Display for SipUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sip(text: &str) -> SipUri {
        SipUri::parse(text).unwrap()
    }

    #[test]
    fn parts() {
        let uri = sip("sip:+15550109988;tgrp=wacall;trunk-context=byoc.acme.example@pbx.acme.example:5081;transport=tls?Subject=x");
        assert_eq!(uri.user_name().unwrap(), "+15550109988");
        assert_eq!((uri.host.as_str(), uri.port), ("pbx.acme.example", Some(5081)));
        assert_eq!(uri.params.value("transport"), Some("tls"));
        assert_eq!(uri.headers.as_deref(), Some("Subject=x"));
        assert_eq!(format!("{uri:?}"), "sip:…@pbx.acme.example");
    }

    #[test]
    fn odd_ones_that_are_in_use() {
        assert_eq!(sip("sip:+172.25.16.223:5060").host, "+172.25.16.223");
        assert_eq!(sip("sips:gw@[2001:db8:10::5]:5061").effective_port(), 5061);
        assert_eq!(sip("sip:[2001:db8::1]").port, None);
        assert_eq!(sip("sip:wa.meta.vc;transport=tls;lr").effective_port(), 5061);
        assert_eq!(AnyUri::parse("tel:+15550142233").unwrap().scheme(), "tel");
        assert_eq!(AnyUri::parse("soap.beep://192.0.2.103:3002").unwrap().scheme(), "soap.beep");
    }

    #[test]
    fn refuses() {
        for text in [
            "",
            "sip",
            "sip:",
            "sip:@host",
            "sip:a@",
            "sip:a@[::1",
            "sip:a@[zz]",
            "sip:a@h:99999",
            "sip:a b@h",
            "<sip:a@h>",
            "1sip:a@h",
            "sip:a@h;lr;lr",
        ] {
            assert!(AnyUri::parse(text).is_err(), "{text}");
        }
    }

    /// The examples of RFC 3261 §19.1.4.
    #[test]
    fn equivalence() {
        let equal = [
            ("sip:%61lice@atlanta.com;transport=TCP", "sip:alice@AtLanTa.CoM;Transport=tcp"),
            ("sip:carol@chicago.com", "sip:carol@chicago.com;newparam=5"),
            ("sip:carol@chicago.com;newparam=5", "sip:carol@chicago.com;security=on"),
            (
                "sip:biloxi.com;transport=tcp;method=REGISTER?to=sip:bob%40biloxi.com",
                "sip:biloxi.com;method=REGISTER;transport=tcp?to=sip:bob%40biloxi.com",
            ),
            ("sip:alice@atlanta.com?subject=project%20x&priority=urgent", "sip:alice@atlanta.com?priority=urgent&subject=project%20x"),
        ];
        let different = [
            ("SIP:ALICE@AtLanTa.CoM;Transport=udp", "sip:alice@AtLanTa.CoM;Transport=UDP"),
            ("sip:bob@biloxi.com", "sip:bob@biloxi.com:5060"),
            ("sip:bob@biloxi.com", "sip:bob@biloxi.com;transport=udp"),
            ("sip:bob@biloxi.com", "sip:bob@biloxi.com:6000;transport=tcp"),
            ("sip:carol@chicago.com", "sip:carol@chicago.com?Subject=next%20meeting"),
            ("sip:bob@phone21.boxesbybob.com", "sip:bob@192.0.2.4"),
            ("sip:carol@chicago.com;security=off", "sip:carol@chicago.com;security=on"),
            ("sip:carol@chicago.com", "sips:carol@chicago.com"),
        ];
        for (one, other) in equal {
            assert!(sip(one).is_equivalent(&sip(other)) && sip(other).is_equivalent(&sip(one)), "{one} {other}");
        }
        for (one, other) in different {
            assert!(!sip(one).is_equivalent(&sip(other)) && !sip(other).is_equivalent(&sip(one)), "{one} {other}");
        }
    }

    #[test]
    fn the_loose_comparison_of_the_platform() {
        let to = "sip:+15550142233@wa.meta.vc";
        for uri in [to, "sip:15550142233@WA.meta.vc:5061;transport=tls", "sip:+15550142233@wa.meta.vc;transport=tls"] {
            assert!(same_address(uri, to), "{uri}");
        }
        for uri in ["sips:+15550142233@wa.meta.vc", "sip:+15550142234@wa.meta.vc", "sip:+15550142233@meta.vc", "sip:wa.meta.vc", "nonsense"]
        {
            assert!(!same_address(uri, to), "{uri}");
        }
    }
}
