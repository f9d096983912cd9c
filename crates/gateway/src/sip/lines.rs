//! Header lines that this side writes.

use std::net::SocketAddr;

use callport_sip_proto::agent::AgentConfig;
use callport_sip_proto::{AskedBy, GuardConfig, Outline, OwnLine, OwnRoutes, SipMessage, ViaText};

use super::config::SipBackendConfig;
use crate::outgoing::Callee;

const USER_AGENT: &str = "Callport gateway";

/// What this side is called in its lines.
pub(super) struct Lines {
    /// `host:port`, as the platform reaches us.
    here: String,
    host: String,
    number: String,
    domain: String,
}

impl Lines {
    pub(super) fn new(config: &SipBackendConfig, bound: SocketAddr) -> Self {
        let host = match config.host.parse() {
            Ok(std::net::IpAddr::V6(address)) => format!("[{address}]"),
            _ => config.host.clone(),
        };
        Self { here: format!("{host}:{}", bound.port()), host, number: config.number.clone(), domain: config.domain.clone() }
    }

    /// The agent's settings. INVITEs are challenged where that is asked for.
    pub(super) fn agent(&self, config: &SipBackendConfig, bound: SocketAddr) -> AgentConfig {
        let guard = config.asks_password.then(|| (AskedBy::Proxy, GuardConfig::of_realm(&config.host)));
        AgentConfig {
            own_routes: OwnRoutes { hosts: vec![config.host.clone()], addresses: vec![bound] },
            guard,
            sessions: config.most_calls.saturating_mul(2), // those that are declined are sessions too
            tells_messages: true,
            ..AgentConfig::new(ViaText::new(&format!("SIP/2.0/TLS {};rport", self.here), ""), &config.host)
        }
    }

    fn contact(&self) -> String {
        format!("<sip:+{}@{};transport=tls>", self.number, self.here)
    }

    pub(super) fn invite(&self) -> Outline {
        Outline::new()
            .owns(&[OwnLine::Via, OwnLine::MaxForwards, OwnLine::From, OwnLine::To, OwnLine::CallId, OwnLine::CSeq])
            .fixed("Contact", &self.contact())
            .own(OwnLine::Credentials)
            .fixed("Allow", "INVITE, ACK, BYE, CANCEL, OPTIONS")
            .fixed("User-Agent", USER_AGENT)
    }

    pub(super) fn response(&self) -> Outline {
        Outline::of_response().fixed("Contact", &self.contact()).fixed("User-Agent", USER_AGENT)
    }

    pub(super) fn bye(&self) -> Outline {
        Outline::of_request().fixed("User-Agent", USER_AGENT)
    }

    pub(super) fn from(&self) -> String {
        format!("<sip:+{}@{}>", self.number, self.host)
    }

    /// Request URI and To of a call to this user (SIP Configuration Guide, BIC: `+` and digits, or the user id).
    pub(super) fn target(&self, user: &Callee) -> (String, String) {
        let user = match user {
            Callee::Number(digits) => format!("+{digits}"),
            Callee::UserId(id) => id.clone(),
        };
        (format!("sip:{user}@{};transport=tls", self.domain), format!("<sip:{user}@{}>", self.domain))
    }

    /// Whether an INVITE is the platform's and for our number; if not, how it is refused.
    pub(super) fn judge(&self, request: &SipMessage) -> Result<(), (u16, &'static str)> {
        let from = request.from().ok().and_then(|from| from.sip_uri());
        if from.is_none_or(|from| !from.host.eq_ignore_ascii_case(&self.domain)) {
            return Err((403, "From is not the platform's"));
        }
        let uri = request.request_uri().and_then(|uri| callport_sip_proto::SipUri::parse(&uri).ok());
        // `request_uri_user_params` stand in the user part, behind the number.
        let user = uri.and_then(|uri| uri.user_name()).unwrap_or_default();
        let digits = user.split(';').next().unwrap_or_default().trim_start_matches('+');
        if digits == self.number { Ok(()) } else { Err((404, "Not Found")) }
    }
}

/// A message in a few words: nothing that says who speaks with whom.
pub(super) fn in_short(message: &SipMessage) -> Option<String> {
    if let Some(method) = message.method() {
        return Some(method.to_string());
    }
    let asked = message.cseq().map(|cseq| cseq.method.to_string()).unwrap_or_default();
    Some(format!("{} {} ({asked})", message.status()?, message.reason_phrase().unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines() -> Lines {
        let host = "pbx.acme.example".to_owned();
        Lines { here: format!("{host}:5061"), host, number: "6281255509999".to_owned(), domain: "wa.meta.vc".to_owned() }
    }

    fn invite(uri: &str, from: &str) -> SipMessage {
        SipMessage::from_datagram(format!("INVITE {uri} SIP/2.0\r\nFrom: {from};tag=1\r\nCSeq: 7 INVITE\r\n\r\n").as_bytes())
    }

    #[test]
    fn invites_of_the_platform_for_our_number_are_taken_and_no_others() {
        let (ours, platform) = ("sip:+6281255509999@pbx.acme.example;transport=tls", "\"Ana\" <sip:+5511955501234@wa.meta.vc>");
        for (uri, from, expected) in [
            (ours, platform, Ok(())),
            ("sip:+6281255509999;tgrp=wacall;trunk-context=byoc@pbx.acme.example", platform, Ok(())),
            (ours, "<sip:US.4820@WA.META.VC>", Ok(())),
            (ours, "<sip:+5511955501234@elsewhere.example>", Err(403)),
            ("sip:+6281255500000@pbx.acme.example", platform, Err(404)),
            ("sip:pbx.acme.example", platform, Err(404)),
        ] {
            assert_eq!(lines().judge(&invite(uri, from)).map_err(|(status, _)| status), expected, "{uri} {from}");
        }
    }

    #[test]
    fn users_are_called_by_number_or_by_id() {
        let target = |user: &str| lines().target(&user.parse().unwrap());
        let number = ("sip:+5511955501234@wa.meta.vc;transport=tls", "<sip:+5511955501234@wa.meta.vc>");
        assert_eq!(target("+55 11 95550-1234"), (number.0.to_owned(), number.1.to_owned()));
        assert_eq!(target("US.4820").1, "<sip:US.4820@wa.meta.vc>");
    }

    #[test]
    fn messages_are_told_without_who_speaks_with_whom() {
        assert_eq!(in_short(&invite("sip:+6281255509999@a", "<sip:+5511955501234@b>")).as_deref(), Some("INVITE"));
        let ringing = SipMessage::from_datagram(b"SIP/2.0 180 Ringing\r\nCSeq: 7 INVITE\r\n\r\n");
        assert_eq!(in_short(&ringing).as_deref(), Some("180 Ringing (INVITE)"));
        assert_eq!(in_short(&SipMessage::from_datagram(b"\r\n")), None);
    }
}
