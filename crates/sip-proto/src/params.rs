//! Parameters behind a semicolon: `;name`, `;name=token`, `;name="quoted"`.

use crate::syntax::{SyntaxFault, find_outside, split_outside, trim, unquote};

/// Parameters in the order in which they stand. Names are compared without regard to case.
#[derive(Clone, Default, PartialEq, Eq, Debug)]
pub struct SipParams(Vec<(String, Option<String>)>);

/// Most parameters of one value: looking for doubles takes their square.
const MAX_PARAMS: usize = 64;

impl SipParams {
    /// Reads what follows the first semicolon. Empty parameters (`;;`) are faults.
    pub(crate) fn read(text: &str, place: &'static str) -> Result<SipParams, SyntaxFault> {
        let mut params = Vec::new();
        for part in split_outside(text, ';', place)? {
            if params.len() == MAX_PARAMS {
                return Err(SyntaxFault::new(place, "it has too many parameters"));
            }
            let (name, value) = match find_outside(part, '=', place)? {
                Some(at) => (trim(&part[..at]), Some(trim(&part[at + 1..]))),
                None => (part, None),
            };
            if name.is_empty() || name.contains([' ', '\t', '"', '<', '>']) {
                return Err(SyntaxFault::new(place, "a parameter has no proper name"));
            }
            params.push((name.to_owned(), value.map(|value| unquote(value).unwrap_or_else(|| value.to_owned()))));
        }
        Ok(SipParams(params))
    }

    /// The value of a parameter: `Some(None)` where it stands without one.
    pub fn find(&self, name: &str) -> Option<Option<&str>> {
        self.0.iter().find(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_deref())
    }

    /// The value of a parameter that has one.
    pub fn value(&self, name: &str) -> Option<&str> {
        self.find(name).flatten()
    }

    /// Whether it stands there, with a value or without.
    pub fn has(&self, name: &str) -> bool {
        self.find(name).is_some()
    }

    /// All of them, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, Option<&str>)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_deref()))
    }

    /// Whether one stands there twice.
    pub(crate) fn has_doubles(&self) -> bool {
        self.0.iter().enumerate().any(|(at, (name, _))| self.0[..at].iter().any(|(before, _)| before.eq_ignore_ascii_case(name)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_flags_and_quotes() {
        let params = SipParams::read(r#" lr ; Transport = tls;text="a;b""#, "Route").unwrap();
        assert_eq!(params.find("LR"), Some(None));
        assert_eq!(params.value("transport"), Some("tls"));
        assert_eq!(params.value("text"), Some("a;b"));
        assert!(!params.has("maddr"));
    }

    #[test]
    fn empty_ones_are_faults() {
        assert!(SipParams::read("a=b;;c", "Via").is_err());
    }
}
