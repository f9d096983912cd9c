//! No PSTN on any leg: the one rule, with its table.
//!
//! The platform's terms forbid to carry calls to or from the public telephone network, and leave it to each operator to see to it. What looks like
//! such a call is refused here: by its URIs, by headers of diversion, and by carrier parameters. Headers that PBXs write into every call
//! (`P-Asserted-Identity`, `Remote-Party-ID`) are no sign of it and are ignored, as published.

use callport_core::number::PhoneNumber;
use callport_sip_proto::{AnyUri, SipMessage};

/// Why a request looks like a call from or to the public telephone network.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PstnSign {
    /// A `tel:` URI.
    #[error("{0} is a tel: URI: calls to and from the public telephone network are forbidden")]
    TelUri(&'static str),
    /// A URI with `user=phone` that is not the business's own number.
    #[error("{0} says user=phone, and is not the business's own number: calls of the public telephone network are forbidden")]
    UserPhone(&'static str),
    /// A parameter of carriers (RFC 4694, RFC 4904, RFC 3966).
    #[error("{0} has the carrier parameter {1}: calls of the public telephone network are forbidden")]
    Carrier(&'static str, &'static str),
    /// It was diverted from elsewhere (RFC 5806, RFC 7044).
    #[error("the call was diverted to this server ({0}): calls that come from the public telephone network are forbidden")]
    Diverted(&'static str),
}

/// Parameters by which carriers route: number portability, carrier codes, trunk groups, ISDN subaddresses, extensions behind a number.
const CARRIER_PARAMETERS: [&str; 9] = ["cic", "rn", "npdi", "tgrp", "trunk-context", "isub", "phone-context", "ext", "postd"];

/// Headers of calls that were sent on.
const DIVERSION_HEADERS: [&str; 2] = ["Diversion", "History-Info"];

/// Looks at an INVITE of a business: `business` is its own number, once it is known.
///
/// | where | what | allowed |
/// |---|---|---|
/// | request URI, To, From, Contact | `tel:` | never |
/// | the same | `;user=phone` | for the business's own number |
/// | request URI, To, Contact | carrier parameters in the user part | never |
/// | the same, after the host | carrier parameters | never |
/// | `Diversion`, `History-Info` | any | never |
pub fn pstn_sign(invite: &SipMessage, business: Option<&PhoneNumber>) -> Option<PstnSign> {
    let request_uri = invite.request_uri().map(|uri| uri.into_owned());
    let uris = [
        ("the request URI", request_uri),
        ("To", invite.to().ok().map(|to| to.uri.clone())),
        ("From", invite.from().ok().map(|from| from.uri.clone())),
        ("Contact", invite.contacts().ok().and_then(|contacts| contacts.into_iter().next()).map(|contact| contact.uri)),
    ];
    let of_uri = uris.into_iter().find_map(|(place, uri)| sign_of(place, &uri?, business));
    let diverted = || DIVERSION_HEADERS.into_iter().find(|name| invite.header(name).is_some()).map(PstnSign::Diverted);
    of_uri.or_else(diverted)
}

fn sign_of(place: &'static str, uri: &str, business: Option<&PhoneNumber>) -> Option<PstnSign> {
    let uri = match AnyUri::parse(uri).ok()? {
        AnyUri::Sip(uri) => uri,
        other if other.scheme().eq_ignore_ascii_case("tel") => return Some(PstnSign::TelUri(place)),
        _ => return None,
    };
    let user = uri.user.clone().unwrap_or_default();
    let mut parts = user.split(';');
    let number = parts.next().unwrap_or_default();
    let in_user: Vec<&str> = parts.map(|param| param.split('=').next().unwrap_or_default()).collect();
    let carrier =
        CARRIER_PARAMETERS.into_iter().find(|name| in_user.iter().any(|param| param.eq_ignore_ascii_case(name)) || uri.params.has(name));
    // A business may mark its own lines by a trunk group; what it calls by one is somebody else's trunk.
    if let Some(name) = carrier.filter(|_| place != "From") {
        return Some(PstnSign::Carrier(place, name));
    }
    let is_phone = uri.params.value("user").is_some_and(|value| value.eq_ignore_ascii_case("phone"));
    let is_own = business.is_some_and(|business| PhoneNumber::parse(number).is_ok_and(|number| number == *business));
    (is_phone && !is_own).then_some(PstnSign::UserPhone(place))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn invite(uri: &str, to: &str, from: &str, extra: &str) -> SipMessage {
        let lines = format!(
            "INVITE {uri} SIP/2.0\r\nVia: SIP/2.0/TLS 198.51.100.20:5061;branch=z9hG4bK1\r\nFrom: {from};tag=a\r\nTo: {to}\r\n\
             Call-ID: c1\r\nCSeq: 1 INVITE\r\nContact: <sip:gw@198.51.100.20:5061;transport=tls>\r\n{extra}Content-Length: 0\r\n\r\n"
        );
        SipMessage::from_datagram(lines.as_bytes())
    }

    /// Every row of the table, and beside each what is allowed.
    #[test]
    fn what_looks_like_the_telephone_network_is_told_from_what_does_not() {
        let own = PhoneNumber::parse("+15550109988").unwrap();
        let (uri, to, from) =
            ("sip:+15550142233@wa.meta.vc;transport=tls", "<sip:+15550142233@wa.meta.vc>", "<sip:+15550109988@pbx.acme.example>");
        let carrier = |place, name| Some(PstnSign::Carrier(place, name));
        for (uri, to, from, extra, expected) in [
            (uri, to, from, "", None),
            (uri, to, from, "P-Asserted-Identity: <sip:+4930123456@carrier.example>\r\nRemote-Party-ID: <tel:+1>\r\n", None),
            ("tel:+15550142233", to, from, "", Some(PstnSign::TelUri("the request URI"))),
            (uri, "<tel:+15550142233>", from, "", Some(PstnSign::TelUri("To"))),
            (uri, to, "<tel:+15550109988>", "", Some(PstnSign::TelUri("From"))),
            (uri, to, "<sip:+15550109988@pbx.acme.example;user=phone>", "", None),
            (uri, to, "<sip:+4930123456@pbx.acme.example;user=phone>", "", Some(PstnSign::UserPhone("From"))),
            ("sip:+15550142233@wa.meta.vc;user=phone", to, from, "", Some(PstnSign::UserPhone("the request URI"))),
            ("sip:+15550142233;tgrp=pstn;trunk-context=c@wa.meta.vc", to, from, "", carrier("the request URI", "tgrp")),
            (uri, "<sip:+15550142233;npdi;rn=+1555@wa.meta.vc>", from, "", carrier("To", "rn")),
            (uri, "<sip:+15550142233@wa.meta.vc;cic=+1-288>", from, "", carrier("To", "cic")),
            (uri, to, "<sip:+15550109988;tgrp=own@pbx.acme.example>", "", None),
            (uri, to, from, "Diversion: <sip:+4930123456@c.example>;reason=unconditional\r\n", Some(PstnSign::Diverted("Diversion"))),
            (uri, to, from, "History-Info: <sip:+4930123456@c.example>;index=1\r\n", Some(PstnSign::Diverted("History-Info"))),
        ] {
            assert_eq!(pstn_sign(&invite(uri, to, from, extra), Some(&own)), expected, "{uri} {to} {from} {extra}");
        }
    }
}
