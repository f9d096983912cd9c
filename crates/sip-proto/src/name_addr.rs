//! `"Display name" <URI>;params` and `URI;params`: From, To, Contact, Route, Record-Route (RFC 3261 §20.10).

use std::fmt;

use crate::params::SipParams;
use crate::syntax::{SyntaxFault, find_outside, is_token, trim, unquote};
use crate::uri::{AnyUri, SipUri};

/// A name and an address with parameters. The URI is kept as text: peers put odd ones into Contact, which must still be sent back to them.
#[derive(Clone, PartialEq, Eq)]
pub struct NameAddr {
    /// What stands before the `<`, unquoted.
    pub display: Option<String>,
    /// The URI as written.
    pub uri: String,
    /// Parameters of the header; without angle brackets they cannot be the URI's.
    pub params: SipParams,
}

impl NameAddr {
    /// Reads one address; `place` names the header in the fault.
    pub(crate) fn read(text: &str, place: &'static str) -> Result<NameAddr, SyntaxFault> {
        let (display, uri, rest) = match find_outside(text, '<', place)? {
            Some(open) => {
                let after = &text[open + 1..];
                let close = after.find('>').ok_or(SyntaxFault::new(place, "an angle bracket is not closed"))?;
                (display_name(trim(&text[..open]), place)?, trim(&after[..close]), trim(&after[close + 1..]))
            }
            None => match text.find(';') {
                Some(at) => (None, trim(&text[..at]), trim(&text[at..])),
                None => (None, trim(text), ""),
            },
        };
        if uri.is_empty() || uri.contains(['"', ' ', '\t', ',']) && !text.contains('<') {
            return Err(SyntaxFault::new(place, "it has no proper URI"));
        }
        let params = match rest.strip_prefix(';') {
            Some(params) => SipParams::read(params, place)?,
            None if rest.is_empty() => SipParams::default(),
            None => return Err(SyntaxFault::new(place, "something other than parameters follows the address")),
        };
        Ok(NameAddr { display, uri: uri.to_owned(), params })
    }

    /// The `tag` parameter.
    pub fn tag(&self) -> Option<&str> {
        self.params.value("tag")
    }

    /// The URI in its parts, where it is a proper `sip:` or `sips:` one.
    pub fn sip_uri(&self) -> Option<SipUri> {
        SipUri::parse(&self.uri).ok()
    }

    /// The scheme of the URI, where it has a proper one.
    pub fn any_uri(&self) -> Result<AnyUri, SyntaxFault> {
        AnyUri::parse(&self.uri)
    }
}

fn display_name(text: &str, place: &'static str) -> Result<Option<String>, SyntaxFault> {
    if text.is_empty() {
        return Ok(None);
    }
    if let Some(name) = unquote(text) {
        return Ok(Some(name));
    }
    // Tokens with spaces between them; letters beyond ASCII are let pass, as real peers send them unquoted.
    let is_words = text.split([' ', '\t']).all(|word| word.is_empty() || !word.is_ascii() || is_token(word.as_bytes()));
    if !is_words {
        return Err(SyntaxFault::new(place, "the display name needs quotes"));
    }
    Ok(Some(text.to_owned()))
}

/// Without the name and the user: they are people.
impl fmt::Debug for NameAddr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.any_uri() {
            Ok(uri) => write!(f, "<{uri:?}>"),
            Err(_) => f.write_str("<…>"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> NameAddr {
        NameAddr::read(text, "To").unwrap()
    }

    #[test]
    fn parameters_belong_to_the_uri_only_inside_brackets() {
        let outside = read("<sip:+15550142233@wa.meta.vc>;transport=tls");
        assert_eq!((outside.uri.as_str(), outside.params.value("transport")), ("sip:+15550142233@wa.meta.vc", Some("tls")));
        let inside = read("<sip:+15550142233@wa.meta.vc;transport=tls>;tag=a");
        assert_eq!((inside.sip_uri().unwrap().params.value("transport"), inside.tag()), (Some("tls"), Some("a")));
        let bare = read("sip:+12125551212@server.phone2net.com;tag=887s");
        assert_eq!((bare.uri.as_str(), bare.tag()), ("sip:+12125551212@server.phone2net.com", Some("887s")));
    }

    #[test]
    fn names() {
        assert_eq!(read(r#""J Rosenberg \\\"" <sip:jdrosen@example.com> ; tag = 98asjd8"#).display.unwrap(), r#"J Rosenberg \""#);
        assert_eq!(read("Bob T. <sip:b@c>").display.unwrap(), "Bob T.");
        assert_eq!(read("caller<sip:caller@example.com>;tag=323").display.unwrap(), "caller");
        assert_eq!(read("Zoë <sip:b@c>").display.unwrap(), "Zoë");
        assert_eq!(read(r#"" <sip:a@b>" <sip:b@c>"#).uri, "sip:b@c");
    }

    #[test]
    fn refuses() {
        for text in
            [r#""Mr. J. User <sip:j.user@example.com>"#, "Bell, Alexander <sip:a@b>", "<sip:a@b", "", ";tag=1", "<sip:a> junk", "sip:a@b c"]
        {
            assert!(NameAddr::read(text, "To").is_err(), "{text}");
        }
    }

    #[test]
    fn debug_names_nobody() {
        assert_eq!(format!("{:?}", read(r#""Ana" <sip:+15550142233@wa.meta.vc>"#)), "<sip:…@wa.meta.vc>");
    }
}
