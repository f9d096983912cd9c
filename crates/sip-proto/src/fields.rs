//! The values that a call needs, read from a message when somebody asks: addresses, sequence, hops, options, types, reasons.

use std::fmt;
use std::time::Duration;

use crate::message::SipMessage;
use crate::method::{HeaderName, SipMethod};
use crate::name_addr::NameAddr;
use crate::params::SipParams;
use crate::syntax::{SyntaxFault, digits, is_token, split_outside, trim};
use crate::via::Via;

/// The highest sequence number (RFC 3261 §8.1.1.5).
pub const MAX_CSEQ: u32 = (1 << 31) - 1;

/// `CSeq`: a number and the request's method.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CSeq {
    /// Below 2³¹.
    pub number: u32,
    /// The method, which must be that of the request.
    pub method: SipMethod,
}

/// `Reason`: why a request was sent (RFC 3326).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SipReason {
    /// `SIP`, `Q.850` or another protocol.
    pub protocol: String,
    /// Its code.
    pub cause: Option<u16>,
    /// Its words.
    pub text: Option<String>,
}

impl fmt::Display for SipReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.protocol)?;
        if let Some(cause) = self.cause {
            write!(f, ";cause={cause}")?;
        }
        match &self.text {
            Some(text) => write!(f, ";text={}", crate::syntax::quote(text)),
            None => Ok(()),
        }
    }
}

/// `Warning`: a code, who says it, and what (RFC 3261 §20.43).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct WarningText {
    /// Three digits; 399 is free text.
    pub code: u16,
    /// The host that warns.
    pub agent: String,
    /// The words.
    pub text: String,
}

/// `Content-Type`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ContentKind {
    /// `application/sdp`, in lower case.
    pub media: String,
    /// `boundary` and others.
    pub params: SipParams,
}

impl SipMessage {
    /// All Via values, the latest hop first.
    ///
    /// # Errors
    /// Says what is wrong with the first one that cannot be read.
    pub fn vias(&self) -> Result<Vec<Via>, SyntaxFault> {
        self.listed(HeaderName::Via)?.iter().map(|value| Via::read(value)).collect()
    }

    /// The Via of the latest hop.
    ///
    /// # Errors
    /// Says what is wrong with it, or that there is none.
    pub fn top_via(&self) -> Result<Via, SyntaxFault> {
        let line = self.first(HeaderName::Via).ok_or(SyntaxFault::new("Via", "it is missing"))?;
        let text = line.text();
        Via::read(split_outside(&text, ',', "Via")?.first().copied().unwrap_or_default())
    }

    /// Who the request is from.
    ///
    /// # Errors
    /// Says what is wrong with it, or that it is missing.
    pub fn from(&self) -> Result<NameAddr, SyntaxFault> {
        self.single_address(HeaderName::From, "From")
    }

    /// Whom the request is to.
    ///
    /// # Errors
    /// Says what is wrong with it, or that it is missing.
    pub fn to(&self) -> Result<NameAddr, SyntaxFault> {
        self.single_address(HeaderName::To, "To")
    }

    fn single_address(&self, name: HeaderName, place: &'static str) -> Result<NameAddr, SyntaxFault> {
        let line = self.first(name).ok_or(SyntaxFault::new(place, "it is missing"))?;
        NameAddr::read(&line.text(), place)
    }

    /// `Call-ID`, taken as it stands: real ones have characters that RFC 3261 gives no `word` (`outgoing:wacid.…=`).
    ///
    /// # Errors
    /// Says that it is missing, empty, or has spaces inside.
    pub fn call_id(&self) -> Result<String, SyntaxFault> {
        let line = self.first(HeaderName::CallId).ok_or(SyntaxFault::new("Call-ID", "it is missing"))?;
        let text = line.text();
        if text.is_empty() || text.contains([' ', '\t']) {
            return Err(SyntaxFault::new("Call-ID", "it is empty or has spaces inside"));
        }
        Ok(text.into_owned())
    }

    /// `CSeq`.
    ///
    /// # Errors
    /// Says what is wrong with it, or that it is missing.
    pub fn cseq(&self) -> Result<CSeq, SyntaxFault> {
        let fault = |what| SyntaxFault::new("CSeq", what);
        let line = self.first(HeaderName::CSeq).ok_or(fault("it is missing"))?;
        let text = line.text();
        let (number, method) = text.split_once([' ', '\t']).ok_or(fault("it is not a number and a method"))?;
        let number = digits(number, u64::from(MAX_CSEQ)).ok_or(fault("its number is not below 2147483648"))?;
        let method = trim(method);
        if !is_token(method.as_bytes()) {
            return Err(fault("its method is none"));
        }
        Ok(CSeq { number: number as u32, method: SipMethod::from_word(method) })
    }

    /// `Max-Forwards`, where it stands.
    ///
    /// # Errors
    /// Says that it is no number up to 255.
    pub fn max_forwards(&self) -> Result<Option<u8>, SyntaxFault> {
        self.first(HeaderName::MaxForwards)
            .map(|line| {
                digits(&line.text(), 255).map(|hops| hops as u8).ok_or(SyntaxFault::new("Max-Forwards", "it is no number up to 255"))
            })
            .transpose()
    }

    /// All addresses of Contact; `*` is none.
    ///
    /// # Errors
    /// Says what is wrong with the first one that cannot be read.
    pub fn contacts(&self) -> Result<Vec<NameAddr>, SyntaxFault> {
        let values = self.listed(HeaderName::Contact)?;
        values.iter().filter(|value| *value != "*").map(|value| NameAddr::read(value, "Contact")).collect()
    }

    /// Route or Record-Route as single entries of text, in order.
    ///
    /// # Errors
    /// Says what is wrong with the first line that cannot be split.
    pub fn route_entries(&self, name: HeaderName) -> Result<Vec<String>, SyntaxFault> {
        let entries = self.listed(name)?;
        for entry in &entries {
            NameAddr::read(entry, name.as_str())?;
        }
        Ok(entries)
    }

    /// The tokens of a list, as Require, Supported, Allow and Accept have them. Without regard to what is wrong with it.
    pub fn tokens(&self, name: HeaderName) -> Vec<String> {
        self.listed(name).unwrap_or_default()
    }

    /// The values of a header, taken apart at commas outside of quotes and brackets.
    fn listed(&self, name: HeaderName) -> Result<Vec<String>, SyntaxFault> {
        let mut values = Vec::new();
        for line in self.all(name) {
            let text = line.text();
            values.extend(split_outside(&text, ',', name.as_str())?.into_iter().filter(|value| !value.is_empty()).map(str::to_owned));
        }
        Ok(values)
    }

    /// `Content-Type`, where it stands and can be read.
    pub fn content_kind(&self) -> Option<ContentKind> {
        let line = self.first(HeaderName::ContentType)?;
        let text = line.text();
        let (media, params) = text.split_once(';').map_or((&*text, None), |(media, params)| (media, Some(params)));
        let media: String = trim(media).split([' ', '\t']).collect::<String>().to_ascii_lowercase();
        let params = params.map(|params| SipParams::read(params, "Content-Type")).transpose().ok()?.unwrap_or_default();
        Some(ContentKind { media, params })
    }

    /// All `Reason` values that can be read.
    pub fn reasons(&self) -> Vec<SipReason> {
        let read = |value: &String| {
            let (protocol, params) = value.split_once(';').map_or((value.as_str(), ""), |(protocol, params)| (trim(protocol), params));
            let params = if params.is_empty() { SipParams::default() } else { SipParams::read(params, "Reason").ok()? };
            let cause = params.value("cause").and_then(|cause| digits(cause, 65_535)).map(|cause| cause as u16);
            Some(SipReason { protocol: protocol.to_owned(), cause, text: params.value("text").map(str::to_owned) })
        };
        self.tokens(HeaderName::Reason).iter().filter_map(read).collect()
    }

    /// All `Warning` values that can be read.
    pub fn warnings(&self) -> Vec<WarningText> {
        let read = |value: &String| {
            let (code, rest) = value.split_once(' ')?;
            let (agent, text) = trim(rest).split_once(' ')?;
            let code = digits(code, 999)? as u16;
            Some(WarningText { code, agent: agent.to_owned(), text: crate::syntax::unquote(trim(text))? })
        };
        self.tokens(HeaderName::Warning).iter().filter_map(read).collect()
    }

    /// `Retry-After` in whole seconds; comments and parameters are passed over.
    pub fn retry_after(&self) -> Option<Duration> {
        let text = self.first(HeaderName::RetryAfter)?.text().into_owned();
        let number = text.split([';', '(', ' ', '\t']).next()?;
        digits(number, u64::from(u32::MAX)).map(Duration::from_secs)
    }

    /// `Session-Expires` (RFC 4028 §4): the interval, and who refreshes.
    pub fn session_expires(&self) -> Option<(Duration, Option<String>)> {
        let text = self.first(HeaderName::SessionExpires)?.text().into_owned();
        let (seconds, params) = text.split_once(';').map_or((text.as_str(), None), |(seconds, params)| (seconds, Some(params)));
        let interval = Duration::from_secs(digits(trim(seconds), u64::from(u32::MAX))?);
        let params = SipParams::read(params.unwrap_or("refresher"), "Session-Expires").ok()?;
        Some((interval, params.value("refresher").map(str::to_owned)))
    }

    /// `Min-SE` (RFC 4028 §5): the shortest interval.
    pub fn min_se(&self) -> Option<Duration> {
        let text = self.first(HeaderName::MinSe)?.text().into_owned();
        digits(trim(text.split(';').next()?), u64::from(u32::MAX)).map(Duration::from_secs)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(head: &str) -> SipMessage {
        SipMessage::from_datagram(format!("INVITE sip:a@b SIP/2.0\r\n{}\r\n", head.replace('\n', "\r\n")).as_bytes())
    }

    #[test]
    fn lists_over_several_lines_and_commas() {
        let vias = message("v: SIP/2.0/TLS a;branch=z9hG4bK1 , SIP/2.0/TLS b\nVia: SIP/2.0/UDP c:9\n").vias().unwrap();
        assert_eq!(vias.iter().map(|via| via.host.as_str()).collect::<Vec<_>>(), ["a", "b", "c"]);
        let routes = message("Route: <sip:x,y@b;lr>, <sip:c;lr>\nRoute:\n <sip:d;lr>\n").route_entries(HeaderName::Route).unwrap();
        assert_eq!(routes, ["<sip:x,y@b;lr>", "<sip:c;lr>", "<sip:d;lr>"]);
        assert_eq!(message("Require: timer,100rel\nRequire: gruu\n").tokens(HeaderName::Require), ["timer", "100rel", "gruu"]);
    }

    #[test]
    fn call_ids_that_are_in_use() {
        for id in ["outgoing:wacid.HBgLMTU1NTAxNDIyMzMVAA==", "a84b4c76e66710@0.0.0.0", "((a<b>\"c\"/?{}[]))"] {
            assert_eq!(message(&format!("i: {id}\n")).call_id().unwrap(), id);
        }
        assert!(message("Call-ID: a b\n").call_id().is_err());
    }

    #[test]
    fn sequences_and_hops() {
        assert_eq!(message("CSeq: 0009\n  INVITE\n").cseq().unwrap(), CSeq { number: 9, method: SipMethod::Invite });
        for wrong in ["36893488147419103232 REGISTER", "2147483648 INVITE", "1", "x INVITE", "1 IN VITE"] {
            assert!(message(&format!("CSeq: {wrong}\n")).cseq().is_err(), "{wrong}");
        }
        assert_eq!(message("Max-Forwards: 0068\n").max_forwards().unwrap(), Some(68));
        assert!(message("Max-Forwards: 300\n").max_forwards().is_err());
    }

    #[test]
    fn reasons_and_warnings() {
        let message = message(
            "Reason: Q.850;cause=16;text=\"NORMAL, CLEARING\", SIP ;cause=408\nWarning: 399 wa.meta.vc \"No permission\"\nRetry-After: 120 (busy);duration=3600\n",
        );
        let reasons = message.reasons();
        assert_eq!(reasons[0].to_string(), "Q.850;cause=16;text=\"NORMAL, CLEARING\"");
        assert_eq!((reasons[1].protocol.as_str(), reasons[1].cause), ("SIP", Some(408)));
        assert_eq!(message.warnings()[0].text, "No permission");
        assert_eq!(message.retry_after(), Some(Duration::from_secs(120)));
    }

    #[test]
    fn session_timers() {
        let message = message("x: 600;refresher=uac\nMin-SE: 120\n");
        assert_eq!(message.session_expires(), Some((Duration::from_secs(600), Some("uac".to_owned()))));
        assert_eq!(message.min_se(), Some(Duration::from_secs(120)));
    }

    #[test]
    fn content_types() {
        let kind = message("c: Multipart / Mixed ; boundary=\"a;b\"\n").content_kind().unwrap();
        assert_eq!((kind.media.as_str(), kind.params.value("boundary")), ("multipart/mixed", Some("a;b")));
    }
}
