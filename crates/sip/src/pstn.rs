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
