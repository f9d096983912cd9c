//! The header lines that the platform writes, in the published order of each message (SIP Configuration Guide, message samples).
//!
//! One `Record-Route` entry, that of the domain: the second one of published samples names a host inside the platform, which nobody reaches.

use std::fmt::Write as _;
use std::net::SocketAddr;
use std::time::Duration;

use callport_core::sip::{DEFAULT_PORT, SipTarget};
use callport_engine::ports::Parties;
use callport_sip_proto::agent::{AgentConfig, StandardLines};
use callport_sip_proto::{AskedBy, GuardConfig, Outline, OwnLine, OwnRoutes, ViaText};

use crate::config::SipConfig;

/// What the platform allows.
pub(crate) const ALLOW: &str = "INVITE, ACK, BYE, CANCEL, NOTIFY, OPTIONS";
pub(crate) const USER_AGENT: &str = "Facebook SipGateway";

/// The platform's lines, with what they say of it.
#[derive(Clone)]
pub(crate) struct Lines {
    domain: String,
    /// The domain as a host that peers connect to: with the port, where it is not the usual one.
    host: String,
    via: String,
    username_header: &'static str,
    profile_names: bool,
}

/// What the platform knows of a call, for the lines that tell it.
#[derive(Clone)]
pub(crate) struct CallFacts {
    pub(crate) parties: Parties,
    pub(crate) wacid: String,
    pub(crate) cta_payload: Option<String>,
    pub(crate) deeplink_payload: Option<String>,
}

impl Lines {
    pub(crate) fn new(config: &SipConfig, bound: SocketAddr) -> Self {
        let seen = config.external.unwrap_or(bound);
        let host = match seen.port() {
            DEFAULT_PORT => config.domain.clone(),
            port => format!("{}:{port}", config.domain),
        };
        Self {
            domain: config.domain.clone(),
            host,
            via: format!("SIP/2.0/TLS {seen};rport"),
            username_header: config.username_header,
            profile_names: config.profile_names,
        }
    }

    /// The agent's settings: who we are, how we write, whom we ask for credentials.
    pub(crate) fn agent(&self, config: &SipConfig, bound: SocketAddr) -> AgentConfig {
        let guard = GuardConfig {
            algorithms: config.challenges.clone(),
            nonce_lifetime: config.nonce_lifetime,
            ..GuardConfig::of_realm(&self.domain)
        };
        let refusal = self.refusal();
        AgentConfig {
            own_routes: OwnRoutes { hosts: vec![self.domain.clone()], addresses: config.external.into_iter().chain([bound]).collect() },
            domain: Some(self.domain.clone()),
            guard: Some((AskedBy::Proxy, guard)),
            lines: StandardLines {
                ack: Outline::new()
                    .owns(&[OwnLine::Via, OwnLine::MaxForwards, OwnLine::From, OwnLine::To, OwnLine::CallId, OwnLine::CSeq, OwnLine::Route])
                    .fixed("User-Agent", USER_AGENT),
                bye: self.bye(None, None, None),
                trying: Outline::of_response(),
                challenge: Outline::of_response(),
                response: refusal,
            },
            max_forwards: 70,
            tells_messages: true,
            ..AgentConfig::new(ViaText::new(&self.via, ";alias"), &self.domain)
        }
    }

    fn record_route(&self) -> String {
        format!("<sip:{};transport=tls;lr>", self.host)
    }

    /// `sip:+BIZ[;user params]@HOSTNAME;transport=tls`.
    pub(crate) fn request_uri(business: &str, target: &SipTarget) -> String {
        let mut uri = format!("sip:+{business}");
        for param in &target.user_params {
            let _ = write!(uri, ";{}={}", escaped(&param.key), escaped(&param.value)); // a String takes everything
        }
        let _ = write!(uri, "@{};transport=tls", target.host); // the same
        uri
    }

    /// From of a user's call.
    pub(crate) fn from(&self, facts: &CallFacts) -> String {
        let number = facts.parties.user.digits();
        let name = if self.profile_names { &facts.parties.user_name } else { number };
        format!("{} <sip:+{number}@{}>", quoted(name), self.domain)
    }

    /// To of a user's call.
    pub(crate) fn to(business: &str, target: &SipTarget) -> String {
        format!("<sip:+{business}@{}>", target.host)
    }

    fn contact(&self, facts: &CallFacts, extra: &str) -> String {
        format!("<sip:+{}@{};transport=tls;ob{extra}>;isfocus", facts.parties.user.digits(), self.host)
    }

    /// An INVITE of a user's call (§3.3 of our notes on the guide).
    pub(crate) fn invite(&self, facts: &CallFacts) -> Outline {
        let parties = &facts.parties;
        let mut outline = Outline::new()
            .own(OwnLine::Via)
            .fixed("Record-Route", &self.record_route())
            .owns(&[OwnLine::MaxForwards, OwnLine::From, OwnLine::To])
            .fixed("Contact", &self.contact(facts, ""))
            .owns(&[OwnLine::CallId, OwnLine::CSeq, OwnLine::Credentials])
            .fixed("X-FB-External-Domain", &self.domain)
            .fixed("x-wa-meta-wacid", &facts.wacid)
            .fixed("x-wa-meta-phone-number-id", parties.number_id.as_str());
        if let Some(country) = parties.user.country() {
            outline = outline.fixed("x-wa-meta-country-code", country.as_str());
        }
        outline = self.user(outline, parties);
        for (name, payload) in [("x-wa-meta-cta-payload", &facts.cta_payload), ("x-wa-meta-deeplink-payload", &facts.deeplink_payload)] {
            if let Some(payload) = payload {
                outline = outline.fixed(name, payload);
            }
        }
        outline.fixed("Allow", ALLOW).fixed("User-Agent", USER_AGENT)
    }

    fn user(&self, outline: Outline, parties: &Parties) -> Outline {
        let outline = outline.fixed("x-wa-meta-user-id", parties.bsuid.as_str());
        match &parties.username {
            Some(name) => outline.fixed(self.username_header, name),
            None => outline,
        }
    }

    /// 180 of a business's call.
    pub(crate) fn ringing(&self, facts: &CallFacts) -> Outline {
        self.head().fixed("x-wa-meta-wacid", &facts.wacid).fixed("Contact", &self.contact(facts, ""))
    }

    /// 200 of a business's call.
    pub(crate) fn answer(&self, facts: &CallFacts) -> Outline {
        let outline = self.response().fixed("Supported", "timer").fixed("X-FB-External-Domain", &self.domain);
        let outline = self.user(outline.fixed("x-wa-meta-wacid", &facts.wacid), &facts.parties);
        outline.fixed("Contact", &self.contact(facts, ";X-FB-Sip-Smc-Tier=collaboration.sip_gateway.sip.prod"))
    }

    /// Every refusal.
    pub(crate) fn refusal(&self) -> Outline {
        self.head()
    }

    fn head(&self) -> Outline {
        self.response().fixed("X-FB-External-Domain", &self.domain)
    }

    fn response(&self) -> Outline {
        Outline::new()
            .own(OwnLine::Via)
            .fixed("Record-Route", &self.record_route())
            .owns(&[OwnLine::RecordRoute, OwnLine::CallId, OwnLine::From, OwnLine::To, OwnLine::CSeq])
            .fixed("Allow", ALLOW)
    }

    /// A BYE of the platform: of a call that was answered, with how long it lasted and, where it ended abnormally, why.
    pub(crate) fn bye(&self, facts: Option<&CallFacts>, talked: Option<Duration>, reason: Option<&str>) -> Outline {
        let mut outline = Outline::new().own(OwnLine::Via).fixed("Record-Route", &self.record_route()).owns(&[
            OwnLine::MaxForwards,
            OwnLine::From,
            OwnLine::To,
            OwnLine::CallId,
            OwnLine::CSeq,
            OwnLine::Route,
            OwnLine::Credentials,
        ]);
        if let Some(facts) = facts {
            outline = outline.fixed("x-wa-meta-wacid", &facts.wacid);
        }
        if let Some(talked) = talked {
            outline = outline.fixed("x-wa-meta-call-duration", &talked.as_secs().to_string());
        }
        if let Some(facts) = facts {
            outline = self.user(outline, &facts.parties);
        }
        if let Some(reason) = reason {
            outline = outline.fixed("Reason", reason);
        }
        outline.fixed("X-FB-External-Domain", &self.domain).fixed("Allow", ALLOW).fixed("User-Agent", USER_AGENT)
    }
}

/// A value in the user part of a URI: what has a meaning there is escaped (RFC 3261 §25.1, `user-unreserved` without `;`).
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => escaped.push(char::from(byte)),
            b'-' | b'_' | b'.' | b'!' | b'~' | b'*' | b'\'' | b'(' | b')' | b'&' | b'+' | b'$' | b',' | b'/' => {
                escaped.push(char::from(byte))
            }
            _ => drop(write!(escaped, "%{byte:02X}")), // a String takes everything
        }
    }
    escaped
}

/// A display name (RFC 3261 §25.1, `quoted-string`).
pub(crate) fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

#[cfg(test)]
mod tests {
    use callport_core::sip::UserParam;

    use super::*;

    /// SIP Configuration Guide: parameters stand in the user part, in the order given, and cannot end it.
    #[test]
    fn parameters_stand_in_the_user_part_of_the_request_uri() {
        let param = |key: &str, value: &str| UserParam { key: key.to_owned(), value: value.to_owned() };
        let params = vec![param("tgrp", "wacall"), param("trunk-context", "byoc.acme.example"), param("a;b", "c@d e")];
        let target = SipTarget::new("pbx.acme.example", 5081, params).unwrap();
        assert_eq!(
            Lines::request_uri("15550109988", &target),
            "sip:+15550109988;tgrp=wacall;trunk-context=byoc.acme.example;a%3Bb=c%40d%20e@pbx.acme.example;transport=tls"
        );
        let address = SipTarget::new("2001:db8::7", 5061, vec![]).unwrap();
        assert_eq!(Lines::request_uri("1", &address), "sip:+1@[2001:db8::7];transport=tls");
        assert_eq!(quoted("Ana \"A\" \\ Test"), r#""Ana \"A\" \\ Test""#);
    }
}
