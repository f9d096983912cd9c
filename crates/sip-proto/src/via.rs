//! Via: the hop that a request came over and that its response goes back over (RFC 3261 §20.42, RFC 3581).

use std::net::{IpAddr, SocketAddr};

use crate::params::SipParams;
use crate::syntax::{SyntaxFault, trim};
use crate::uri::host_and_port;

const PLACE: &str = "Via";

/// What every branch begins with whose maker follows RFC 3261 (§8.1.1.7). Compared without regard to case.
pub const MAGIC_COOKIE: &str = "z9hG4bK";

/// One Via value.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Via {
    /// Whether it says `SIP/2.0`.
    pub is_sip_2: bool,
    /// `TLS`, `TCP`, `UDP` or another word, as written.
    pub transport: String,
    /// The host of sent-by, as written.
    pub host: String,
    /// The port of sent-by.
    pub port: Option<u16>,
    /// `branch`, `rport`, `received`, `alias` and others.
    pub params: SipParams,
}

impl Via {
    /// Reads one value; white space may stand around the slashes and the colon.
    pub(crate) fn read(text: &str) -> Result<Via, SyntaxFault> {
        let fault = |what| SyntaxFault::new(PLACE, what);
        let mut parts = text.splitn(3, '/');
        let name = trim(parts.next().unwrap_or_default());
        let version = trim(parts.next().ok_or(fault("it has no protocol"))?);
        let rest = trim(parts.next().ok_or(fault("it has no transport"))?);
        let (transport, rest) = rest.split_once([' ', '\t']).ok_or(fault("it has no sent-by"))?;
        let (sent_by, params) = match rest.split_once(';') {
            Some((sent_by, params)) => (trim(sent_by), SipParams::read(params, PLACE)?),
            None => (trim(rest), SipParams::default()),
        };
        let packed: String = sent_by.split([' ', '\t']).collect();
        if sent_by.split(':').any(|part| trim(part).contains([' ', '\t'])) {
            return Err(fault("spaces stand inside of sent-by"));
        }
        let (host, port) = host_and_port(&packed).map_err(|inner| fault(inner.what))?;
        let is_sip_2 = name.eq_ignore_ascii_case("SIP") && version == "2.0";
        Ok(Via { is_sip_2, transport: transport.to_owned(), host, port, params })
    }

    /// The branch, where one stands there.
    pub fn branch(&self) -> Option<&str> {
        self.params.value("branch")
    }

    /// The branch of a maker that follows RFC 3261: it has the magic cookie and something behind it (RFC 4475 §3.2.1).
    pub fn proper_branch(&self) -> Option<&str> {
        let branch = self.branch()?;
        let cookie = branch.get(..MAGIC_COOKIE.len())?;
        (cookie.eq_ignore_ascii_case(MAGIC_COOKIE) && branch.len() > MAGIC_COOKIE.len()).then_some(branch)
    }

    /// `host:port` in lower case with the port that counts where none is written: half of what finds a server transaction.
    pub fn sent_by(&self) -> String {
        format!("{}:{}", self.host.to_ascii_lowercase(), self.effective_port())
    }

    /// The written port, else that of the transport (RFC 3261 §18.2.2).
    pub fn effective_port(&self) -> u16 {
        self.port.unwrap_or(if self.transport.eq_ignore_ascii_case("TLS") { 5061 } else { 5060 })
    }

    /// What RFC 3261 §18.2.1 and RFC 3581 §4 have a receiver add, as text to put behind the value: `received` where sent-by says otherwise
    /// than the source or `rport` is asked for. The `rport` itself is filled in by [`with_source`].
    fn needs_received(&self, source: IpAddr) -> bool {
        let host = self.host.trim_start_matches('[').trim_end_matches(']');
        self.params.find("rport") == Some(None) || host.parse::<IpAddr>().ok() != Some(source)
    }
}

/// A Via value, raw, with `received` and `rport` of its source filled in.
pub(crate) fn with_source(raw: &[u8], via: &Via, source: SocketAddr) -> Vec<u8> {
    if !via.needs_received(source.ip()) || via.params.has("received") {
        return raw.to_vec();
    }
    let mut text = raw.to_vec();
    if via.params.find("rport") == Some(None) {
        let lower = text.to_ascii_lowercase();
        let at = lower.windows(6).position(|part| part == b";rport").map(|at| at + 6);
        if let Some(at) = at {
            text.splice(at..at, format!("={}", source.port()).into_bytes());
        }
    }
    text.extend(format!(";received={}", source.ip()).into_bytes());
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_is_written() {
        let via = Via::read("SIP/2.0/TLS [2001:db8:10::9]:58279;rport=58279;received=2001:db8:10::9;branch=z9hG4bKPjQ2;alias").unwrap();
        assert_eq!((via.transport.as_str(), via.host.as_str(), via.port), ("TLS", "[2001:db8:10::9]", Some(58279)));
        assert_eq!(via.proper_branch(), Some("z9hG4bKPjQ2"));
        assert!(via.params.has("alias"));
        assert_eq!(via.params.value("received"), Some("2001:db8:10::9"));
    }

    #[test]
    fn white_space_around_slashes_and_colons() {
        let via = Via::read("SIP  /   2.0  /  UDP   192.0.2.2 : 5070 ;branch=390skdjuw").unwrap();
        assert_eq!((via.sent_by().as_str(), via.branch(), via.proper_branch()), ("192.0.2.2:5070", Some("390skdjuw"), None));
    }

    #[test]
    fn a_cookie_alone_is_no_branch() {
        assert_eq!(Via::read("SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK").unwrap().proper_branch(), None);
        assert!(Via::read("SIP/2.0/UDP 192.0.2.1;branch=Z9hg4bKa").unwrap().proper_branch().is_some());
    }

    #[test]
    fn refuses() {
        for text in [
            "",
            "SIP/2.0",
            "SIP/2.0/UDP",
            "SIP/2.0/UDP ;branch=a",
            "SIP/2.0/UDP a b;branch=c",
            "SIP/2.0/TLS host:x",
            "SIP/2.0/UDP 192.0.2.15;;,;,,",
        ] {
            assert!(Via::read(text).is_err(), "{text}");
        }
        assert!(!Via::read("SIP/7.0/UDP c.example.com;branch=z9hG4bKkdjuw").unwrap().is_sip_2);
    }

    #[test]
    fn the_source_is_filled_in_where_it_is_asked_for_or_differs() {
        let source: SocketAddr = "198.51.100.20:40000".parse().unwrap();
        let fill = |raw: &str| String::from_utf8(with_source(raw.as_bytes(), &Via::read(raw).unwrap(), source)).unwrap();
        assert_eq!(fill("SIP/2.0/TLS 198.51.100.20:5061;branch=z9hG4bKa"), "SIP/2.0/TLS 198.51.100.20:5061;branch=z9hG4bKa");
        assert_eq!(
            fill("SIP/2.0/TLS 198.51.100.20:5061;rport;branch=z9hG4bKa"),
            "SIP/2.0/TLS 198.51.100.20:5061;rport=40000;branch=z9hG4bKa;received=198.51.100.20"
        );
        assert_eq!(fill("SIP/2.0/TLS 10.0.0.8;branch=z9hG4bKa"), "SIP/2.0/TLS 10.0.0.8;branch=z9hG4bKa;received=198.51.100.20");
    }
}
