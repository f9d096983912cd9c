//! Methods, and the names of headers with their compact forms.

use std::fmt;
use std::sync::Arc;

macro_rules! methods {
    ($($name:ident $word:literal,)*) => {
        /// A request's method. The words are case-sensitive (RFC 3261 §7.1).
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        pub enum SipMethod {
            $(#[doc = $word] $name,)*
            /// One that this crate has no name for.
            Other(Arc<str>),
        }

        impl SipMethod {
            /// Every method that has a name here.
            pub const KNOWN: &[SipMethod] = &[$(SipMethod::$name,)*];

            /// The method that this word is.
            pub fn from_word(word: &str) -> SipMethod {
                match word {
                    $($word => SipMethod::$name,)*
                    _ => SipMethod::Other(word.into()),
                }
            }

            /// The word for it.
            pub fn as_str(&self) -> &str {
                match self {
                    $(SipMethod::$name => $word,)*
                    SipMethod::Other(word) => word,
                }
            }
        }
    };
}

methods! {
    Invite "INVITE",
    Ack "ACK",
    Bye "BYE",
    Cancel "CANCEL",
    Options "OPTIONS",
    Register "REGISTER",
    Prack "PRACK",
    Subscribe "SUBSCRIBE",
    Notify "NOTIFY",
    Publish "PUBLISH",
    Info "INFO",
    Refer "REFER",
    Message "MESSAGE",
    Update "UPDATE",
}

impl fmt::Display for SipMethod {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

macro_rules! headers {
    ($($name:ident $word:literal $($compact:literal)?,)*) => {
        /// A header that this crate reads or writes. Any other one is found by its text.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
        pub enum HeaderName {
            $(#[doc = $word] $name,)*
        }

        impl HeaderName {
            /// The header that these bytes name, in any case, long or compact (RFC 3261 §7.3.3 and the registry of compact forms).
            pub fn from_bytes(bytes: &[u8]) -> Option<HeaderName> {
                $(if bytes.eq_ignore_ascii_case($word.as_bytes()) $(|| bytes.eq_ignore_ascii_case($compact.as_bytes()))? {
                    return Some(HeaderName::$name);
                })*
                None
            }

            /// The name as we write it.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(HeaderName::$name => $word,)*
                }
            }
        }
    };
}

headers! {
    Via "Via" "v",
    From "From" "f",
    To "To" "t",
    CallId "Call-ID" "i",
    CSeq "CSeq",
    MaxForwards "Max-Forwards",
    Contact "Contact" "m",
    Route "Route",
    RecordRoute "Record-Route",
    Require "Require",
    ProxyRequire "Proxy-Require",
    Supported "Supported" "k",
    Unsupported "Unsupported",
    Allow "Allow",
    Accept "Accept",
    ContentType "Content-Type" "c",
    ContentLength "Content-Length" "l",
    ContentEncoding "Content-Encoding" "e",
    Warning "Warning",
    Reason "Reason",
    RetryAfter "Retry-After",
    SessionExpires "Session-Expires" "x",
    MinSe "Min-SE",
    WwwAuthenticate "WWW-Authenticate",
    Authorization "Authorization",
    ProxyAuthenticate "Proxy-Authenticate",
    ProxyAuthorization "Proxy-Authorization",
    UserAgent "User-Agent",
    Subject "Subject" "s",
}

impl HeaderName {
    /// Headers that a message has once, at most (RFC 3261 §7.3.1, RFC 4475 §3.3.8).
    pub const SINGLE: &[HeaderName] = &[
        HeaderName::From,
        HeaderName::To,
        HeaderName::CallId,
        HeaderName::CSeq,
        HeaderName::MaxForwards,
        HeaderName::ContentType,
        HeaderName::ContentLength,
    ];
}

impl fmt::Display for HeaderName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_in_any_case_and_their_compact_forms() {
        assert_eq!(HeaderName::from_bytes(b"cALL-id"), Some(HeaderName::CallId));
        assert_eq!(HeaderName::from_bytes(b"I"), Some(HeaderName::CallId));
        assert_eq!(HeaderName::from_bytes(b"X-FB-External-Domain"), None);
    }

    #[test]
    fn methods_are_case_sensitive() {
        assert_eq!(SipMethod::from_word("INVITE"), SipMethod::Invite);
        assert_eq!(SipMethod::from_word("invite").as_str(), "invite");
        assert!(SipMethod::KNOWN.iter().all(|method| SipMethod::from_word(method.as_str()) == *method));
    }
}
