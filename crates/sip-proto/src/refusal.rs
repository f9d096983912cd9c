//! Refusals that RFC 3261 knows, as data: status, words, and the lines that go with them.

use crate::method::SipMethod;
use crate::outline::Outline;
use crate::syntax::{SyntaxFault, quote};

/// A final response that says no, before it is written.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SipRefusal {
    /// 300–699.
    pub code: u16,
    /// The reason phrase.
    pub phrase: String,
    /// What a person should know, for `Warning: 399`.
    pub warning: Option<String>,
    /// Lines that this status asks for: Allow, Unsupported, Accept.
    pub lines: Vec<(&'static str, String)>,
}

impl SipRefusal {
    /// A status and its words.
    pub fn new(code: u16, phrase: impl Into<String>) -> SipRefusal {
        SipRefusal { code, phrase: phrase.into(), warning: None, lines: Vec::new() }
    }

    /// With a line that goes with it.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> SipRefusal {
        self.lines.push((name, value.into()));
        self
    }

    /// With a warning that says more than the phrase.
    #[must_use]
    pub fn warning(mut self, text: impl Into<String>) -> SipRefusal {
        self.warning = Some(text.into());
        self
    }

    /// 400, with what could not be read as its warning.
    pub fn malformed(fault: SyntaxFault) -> SipRefusal {
        SipRefusal::new(400, "Bad Request").warning(fault.to_string())
    }

    /// 405, which must say what is allowed instead (RFC 3261 §21.4.6).
    pub fn method_not_allowed(allowed: &[SipMethod]) -> SipRefusal {
        let words: Vec<&str> = allowed.iter().map(SipMethod::as_str).collect();
        SipRefusal::new(405, "Method Not Allowed").with("Allow", words.join(", "))
    }

    /// 406: none of the types that the peer accepts is one we make.
    pub fn not_acceptable() -> SipRefusal {
        SipRefusal::new(406, "Not Acceptable").warning("Accept: only application/sdp is made here")
    }

    /// 415, which must say what is accepted instead (RFC 3261 §21.4.13).
    pub fn unsupported_media_type() -> SipRefusal {
        SipRefusal::new(415, "Unsupported Media Type").with("Accept", "application/sdp").with("Accept-Encoding", "identity")
    }

    /// 416: the Request-URI is neither `sip:` nor `sips:`.
    pub fn unsupported_scheme() -> SipRefusal {
        SipRefusal::new(416, "Unsupported URI Scheme")
    }

    /// 420, which must name the options (RFC 3261 §8.2.2.3).
    pub fn bad_extension(options: &[String]) -> SipRefusal {
        SipRefusal::new(420, "Bad Extension").with("Unsupported", options.join(", "))
    }

    /// 481: a request inside of a dialog or transaction that is not here.
    pub fn no_such_call() -> SipRefusal {
        SipRefusal::new(481, "Call/Transaction Does Not Exist")
    }

    /// 482: the same request came before, over another way (RFC 3261 §8.2.2.2).
    pub fn loop_detected() -> SipRefusal {
        SipRefusal::new(482, "Loop Detected")
    }

    /// 483: it may go no further. For who passes requests on; its last recipient does not look at the count (RFC 3261 §16.3).
    pub fn too_many_hops() -> SipRefusal {
        SipRefusal::new(483, "Too Many Hops")
    }

    /// 503: a table is full.
    pub fn overloaded(retry_after_seconds: u32) -> SipRefusal {
        SipRefusal::new(503, "Service Unavailable").with("Retry-After", retry_after_seconds.to_string())
    }

    /// 505: the start line says another version.
    pub fn version() -> SipRefusal {
        SipRefusal::new(505, "Version Not Supported")
    }

    /// The outline of its response: that of the caller, then its own lines, then the warning in the name of `agent`.
    pub(crate) fn outline(&self, base: &Outline, agent: &str) -> Outline {
        let mut outline = base.clone();
        for (name, value) in &self.lines {
            if !crate::method::HeaderName::from_bytes(name.as_bytes()).is_some_and(|known| base.has_fixed(known)) {
                outline = outline.fixed(name, value);
            }
        }
        match &self.warning {
            Some(text) => outline.fixed("Warning", &format!("399 {agent} {}", quote(text))),
            None => outline,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_allow_of_the_caller_stands_for_ours() {
        let base = Outline::of_response().fixed("Allow", "INVITE, ACK");
        assert_eq!(SipRefusal::method_not_allowed(&[SipMethod::Bye]).outline(&base, "h"), base);
        let warned = SipRefusal::new(400, "x").warning("say \"why\"").outline(&base, "wa.meta.vc");
        assert_eq!(warned, base.fixed("Warning", r#"399 wa.meta.vc "say \"why\"""#));
    }
}
