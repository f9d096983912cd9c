//! `callport doctor sip`: a business's SIP server, looked at from the platform's side with the platform's own checks.

use std::path::PathBuf;
use std::time::Duration;

use callport_core::address::is_public;
use callport_core::number::PhoneNumber;
use callport_core::sip::{SipTarget, UserParam};
use callport_engine::ports::Random as _;
use callport_sdp::Keying;
use callport_sip::probe::{InviteEnd, InviteSeen, OptionsSeen, SipProbe, SipProbed, TlsSeen, WaySeen};
use callport_sip::tls::TrustedBy;
use clap::Args;
use rustls::{CertificateError, Error as TlsError};

use super::finding::Finding;
use crate::chance::SystemRandom;
use crate::commands::sip_words::{SipServerName, authorities, keying, offer};

/// Check a business's SIP server as this platform sees it: name, addresses, TCP, TLS, certificate, OPTIONS, and with --number an INVITE.
///
/// An INVITE is sent only with --number. It is withdrawn at once, but a server that asks for no password may ring a phone for a moment. With --password it
/// also tells whether server and platform have the same password. A server whose certificate does not pass gets no message, as in a call.
#[derive(Debug, Args)]
pub struct DoctorSip {
    /// The server as the number's settings name it: host, or host:port; without a port 5061.
    #[arg(value_name = "HOST[:PORT]")]
    server: SipServerName,
    /// The business number to call there.
    #[arg(long, value_name = "NUMBER", value_parser = number)]
    number: Option<PhoneNumber>,
    /// The number's sip_user_password, to answer a challenge with.
    #[arg(long, requires = "number", env = "CALLPORT_SIP_PASSWORD", hide_env_values = true)]
    password: Option<String>,
    /// A PEM file with certificate authorities to trust beside the system's, as sip.ca_file.
    #[arg(long, value_name = "FILE")]
    ca_file: Option<PathBuf>,
    /// The platform's SIP domain, as sip.domain.
    #[arg(long, default_value = "wa.meta.vc")]
    domain: String,
    /// dtls or sdes, as the number's srtp_key_exchange_protocol: what the INVITE offers.
    #[arg(long, value_name = "WORD", default_value = "dtls", value_parser = keying)]
    keys: Keying,
    /// One of request_uri_user_params; repeatable.
    #[arg(long = "user-param", value_name = "KEY=VALUE", value_parser = user_param)]
    user_params: Vec<UserParam>,
    /// Longest wait for each step, in seconds.
    #[arg(long, value_name = "SECONDS", default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..=60))]
    patience: u64,
}

fn number(text: &str) -> Result<PhoneNumber, String> {
    PhoneNumber::parse(text).map_err(|_| "a phone number is written with its country code, such as +6281255509999".to_owned())
}

fn user_param(text: &str) -> Result<UserParam, &'static str> {
    let (key, value) = text.split_once('=').ok_or("a parameter is KEY=VALUE")?;
    Ok(UserParam { key: key.to_owned(), value: value.to_owned() })
}

type Fault = Box<dyn std::error::Error + Send + Sync>;

impl DoctorSip {
    /// Looks, and says what was found.
    pub async fn examine(&self) -> Result<Vec<Finding>, Fault> {
        let mut seed = [0; 32];
        SystemRandom.fill(&mut seed);
        let probe = SipProbe {
            target: SipTarget::new(&self.server.host, self.server.port, self.user_params.clone())?,
            domain: self.domain.clone(),
            number: self.number.as_ref().map(|number| number.digits().to_owned()),
            password: self.password.clone(),
            offer: offer(self.keys)?,
            patience: Duration::from_secs(self.patience),
            seed,
        };
        let roots = self.ca_file.as_deref().map(authorities).transpose()?.unwrap_or_default();
        let probed = probe.run(TrustedBy::SystemAnd(roots)).await?;
        Ok(findings(&probe, &probed))
    }
}

/// Everything in words, with what to change.
fn findings(probe: &SipProbe, probed: &SipProbed) -> Vec<Finding> {
    let host = probe.target.host.as_str();
    if let Some(why) = &probed.unresolved {
        let says =
            format!("{host} has no address: {why}. Publish an A or AAAA record for it, or correct the hostname in the number's settings");
        return vec![Finding::fail("name", says)];
    }
    let mut findings = vec![name(host, &probed.ways)];
    findings.extend(probed.ways.iter().map(|way| reach(way, probed.options.is_some())));
    for (way, tls) in probed.ways.iter().filter_map(|way| Some((way, way.tls.as_ref()?))) {
        match tls {
            Err(why) => findings.push(Finding::fail("tls", format!("{}: {why}", way.address))),
            Ok(tls) => findings.extend(secured(host, way, tls)),
        }
    }
    match &probed.options {
        Some(options) => findings.push(asked(options)),
        None => findings.push(Finding::fail(
            "sip",
            "nothing was sent: the platform speaks to no server that has not passed what stands above".to_owned(),
        )),
    }
    match &probed.invite {
        Some(invite) => findings.extend(invited(invite, probe.password.is_some())),
        None if probe.number.is_none() && probed.options.is_some() => {
            findings.push(Finding::warn(
                "invite",
                "not tried: name the business number with --number, and its password with --password".to_owned(),
            ));
        }
        None => {}
    }
    findings
}

fn name(host: &str, ways: &[WaySeen]) -> Finding {
    let addresses: Vec<_> = ways.iter().map(|way| way.address.ip().to_string()).collect();
    let says = format!("{host} is {}", addresses.join(", "));
    match ways.iter().any(|way| is_public(way.address.ip())) {
        true => Finding::pass("name", says),
        false => {
            Finding::warn("name", format!("{says}: not public. A platform in live mode connects there only with sip.allow_private = true"))
        }
    }
}

/// An address that does not answer is a fault only where no other one serves: the platform tries them in turn.
fn reach(way: &WaySeen, another_serves: bool) -> Finding {
    match &way.unreachable {
        None => Finding::pass("tcp", format!("{} takes connections", way.address)),
        Some(why) if another_serves => {
            let says = format!(
                "{}: {why}. Another address serves, but a call may lose time here: take this one out of the DNS, or let the server listen there",
                way.address
            );
            Finding::warn("tcp", says)
        }
        Some(why) => {
            Finding::fail("tcp", format!("{}: {why}. Let the platform through the firewall, and let the server listen there", way.address))
        }
    }
}

fn secured(host: &str, way: &WaySeen, tls: &TlsSeen) -> Vec<Finding> {
    let version = tls.version.replace("TLSv1_", "TLS 1.");
    let mut found = vec![Finding::pass("tls", format!("{}: {version}", way.address)), chain(tls)];
    found.push(match &tls.name {
        Ok(()) => Finding::pass("covers", format!("the certificate covers {host}")),
        Err(why) => Finding::fail(
            "covers",
            format!(
                "the certificate does not cover {host}{}. Get one whose alternative names have it (the common name is not looked at), or name the \
                 server in the settings as its certificate does",
                covered(why)
            ),
        ),
    });
    found.push(match &tls.alpn {
        None => Finding::pass("alpn", "no protocol is named by either side, as it should be".to_owned()),
        Some(chosen) => Finding::warn("alpn", format!("the server chose {chosen} though nothing was offered: switch ALPN off there")),
    });
    if tls.wants_ours {
        let says = "the server asks for a certificate of the platform, which shows none: do not require one, and tell the platform by digest \
                    (or by its addresses)";
        found.push(Finding::warn("client-cert", says.to_owned()));
    }
    found
}

fn chain(tls: &TlsSeen) -> Finding {
    let sent = match tls.certificates {
        1 => "one certificate was sent".to_owned(),
        many => format!("{many} certificates were sent"),
    };
    let why = match &tls.chain {
        Ok(()) => return Finding::pass("certificate", format!("{sent}; an authority that is trusted here vouches for it, and it is in force")),
        Err(TlsError::InvalidCertificate(why)) => match why {
            // The latter where an authority of the same name is trusted.
            CertificateError::UnknownIssuer | CertificateError::BadSignature => {
                "no authority that is trusted here vouches for it. Send the whole chain, with intermediate certificates, from a public authority; \
                 for a private one name its file with --ca-file and in sip.ca_file"
                    .to_owned()
            }
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => "it has expired: renew it".to_owned(),
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
                "it is not in force yet: look at the clocks of both machines".to_owned()
            }
            CertificateError::Revoked => "it was revoked: get another one".to_owned(),
            other => format!("{other}: get another one"),
        },
        Err(other) => other.to_string(),
    };
    Finding::fail("certificate", format!("{sent}: {why}"))
}

/// Which names a certificate has instead.
fn covered(why: &TlsError) -> String {
    match why {
        TlsError::InvalidCertificate(CertificateError::NotValidForNameContext { presented, .. }) if !presented.is_empty() => {
            format!(", but {}", presented.join(", "))
        }
        _ => String::new(),
    }
}

fn asked(options: &OptionsSeen) -> Finding {
    match options {
        OptionsSeen::Answered(status, phrase) => Finding::pass("options", format!("OPTIONS was answered {status} {phrase}")),
        OptionsSeen::Silent => Finding::warn(
            "options",
            "OPTIONS had no answer. The platform never asks; but a server that drops it may drop INVITE too: look at its rules for unknown peers"
                .to_owned(),
        ),
        OptionsSeen::Lost(why) => Finding::fail("options", format!("the connection did not hold: {why}. Look at the server's log of TLS")),
    }
}

fn invited(invite: &InviteSeen, has_password: bool) -> Vec<Finding> {
    let mut found = vec![match &invite.challenge {
        Some(challenge) => Finding::pass(
            "challenge",
            format!("INVITE is challenged: {}, realm \"{}\", {}", challenge.status, challenge.realm, challenge.algorithms.join(" or ")),
        ),
        None => Finding::warn(
            "challenge",
            "INVITE is not challenged, so that whoever reaches the server can call: let it ask for the number's password".to_owned(),
        ),
    }];
    let refused = |status: u16, phrase: &str| format!("{status} {phrase}");
    found.push(match (&invite.came_to, &invite.challenge) {
        (InviteEnd::Refused(401 | 407, _), Some(_)) if !has_password => {
            Finding::warn("digest", "not tried: --password has the number's sip_user_password".to_owned())
        }
        (InviteEnd::Refused(401 | 407, _), Some(challenge)) if !invite.had_credentials => Finding::fail(
            "digest",
            format!("none of the challenges can be answered ({}): let it ask for MD5, SHA-256 or SHA-512-256 with qop \"auth\"", challenge.algorithms.join(", ")),
        ),
        (InviteEnd::Refused(status @ (401 | 403 | 407), phrase), Some(_)) if has_password => Finding::fail(
            "digest",
            format!(
                "credentials are answered {}. The user name is the number's digits without +, the password sip_user_password of this app and number: \
                 read it again with GET settings?include_sip_credentials=true",
                refused(*status, phrase)
            ),
        ),
        (InviteEnd::LetIn(status), challenge) => {
            let credentials = if challenge.is_some() { "the password is accepted; " } else { "" };
            Finding::pass("invite", format!("{credentials}INVITE is let in with {status}, and was withdrawn"))
        }
        (InviteEnd::Refused(status, phrase), _) => Finding::fail(
            "invite",
            format!("INVITE is refused: {}. A user who calls reads that the business declined{}", refused(*status, phrase), hint(*status)),
        ),
        (InviteEnd::Silent, _) => Finding::fail("invite", "INVITE had no answer above 100: look at the server's routing of the number".to_owned()),
        (InviteEnd::Lost(why), _) => Finding::fail("invite", format!("the connection did not hold: {why}")),
    });
    found
}

/// What a refusal most likely means.
fn hint(status: u16) -> &'static str {
    match status {
        403 => ". Let the platform in, by X-FB-External-Domain, From's host, digest or address",
        404 => ". Give the number, with its +, an extension or a route",
        415 | 488 | 606 => {
            ". The media do not suit it: for a server without ICE and DTLS set srtp_key_exchange_protocol to SDES (here: --keys sdes), and allow Opus"
        }
        480 | 486 | 600 | 603 => ". Nobody takes calls there now",
        _ => "",
    }
}

#[cfg(test)]
mod tests;
