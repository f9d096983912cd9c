//! The words that SIP's grammar is made of: tokens, quoted strings, folded lines, and lists whose separators count only outside quotes and angle
//! brackets (RFC 3261 §25.1).

use std::borrow::Cow;

/// What could not be read, and where. Shown to the peer in the `Warning` of a 400, so it names nothing of ours.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{place}: {what}")]
pub struct SyntaxFault {
    /// The header, or the part of the message.
    pub place: &'static str,
    /// What is wrong with it, as half a sentence.
    pub what: &'static str,
}

impl SyntaxFault {
    pub(crate) const fn new(place: &'static str, what: &'static str) -> SyntaxFault {
        SyntaxFault { place, what }
    }
}

/// `token` of RFC 3261 §25.1: what methods, header names, option tags and parameter names consist of.
pub(crate) fn is_token(text: &[u8]) -> bool {
    !text.is_empty() && text.iter().all(|byte| byte.is_ascii_alphanumeric() || b"-.!%*_+`'~".contains(byte))
}

/// Without the white space around it, folds included.
pub(crate) fn trim(text: &str) -> &str {
    text.trim_matches([' ', '\t', '\r', '\n'])
}

/// A folded value as one line: each fold, with the white space after it, is one space (RFC 3261 §7.3.1). Bytes that are no UTF-8 become U+FFFD; who
/// needs them as they came takes the raw value.
pub(crate) fn unfold(raw: &[u8]) -> Cow<'_, str> {
    let text = String::from_utf8_lossy(raw);
    if !text.contains("\r\n") {
        return match text {
            Cow::Borrowed(text) => Cow::Borrowed(trim(text)),
            Cow::Owned(text) => Cow::Owned(trim(&text).to_owned()),
        };
    }
    let lines: Vec<&str> = text.split("\r\n").map(trim).filter(|line| !line.is_empty()).collect();
    Cow::Owned(lines.join(" "))
}

/// Where `wanted` stands for the first time outside of quotes and angle brackets.
///
/// # Errors
/// Says where a quoted string or a bracket is not closed.
pub(crate) fn find_outside(text: &str, wanted: char, place: &'static str) -> Result<Option<usize>, SyntaxFault> {
    let (mut quoted, mut escaped, mut bracket) = (false, false, false);
    for (at, char) in text.char_indices() {
        if quoted {
            match char {
                _ if escaped => escaped = false,
                '\\' => escaped = true,
                '"' => quoted = false,
                _ => {}
            }
            continue;
        }
        match char {
            _ if char == wanted && !bracket => return Ok(Some(at)),
            '"' => quoted = true,
            '<' => bracket = true,
            '>' => bracket = false,
            _ => {}
        }
    }
    if quoted {
        return Err(SyntaxFault::new(place, "a quoted string is not closed"));
    }
    if bracket && wanted != '<' {
        return Err(SyntaxFault::new(place, "an angle bracket is not closed"));
    }
    Ok(None)
}

/// The parts of a list, trimmed; empty ones are kept, for the caller to judge.
pub(crate) fn split_outside<'a>(text: &'a str, separator: char, place: &'static str) -> Result<Vec<&'a str>, SyntaxFault> {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some(at) = find_outside(rest, separator, place)? {
        parts.push(trim(&rest[..at]));
        rest = &rest[at + separator.len_utf8()..];
    }
    parts.push(trim(rest));
    Ok(parts)
}

/// What a quoted string says; `None` where the text is none.
pub(crate) fn unquote(text: &str) -> Option<String> {
    let inside = text.strip_prefix('"')?.strip_suffix('"')?;
    let mut said = String::with_capacity(inside.len());
    let mut chars = inside.chars();
    while let Some(char) = chars.next() {
        match char {
            '\\' => said.push(chars.next()?),
            '"' => return None,
            _ => said.push(char),
        }
    }
    Some(said)
}

/// As a quoted string. Control characters become spaces: none of them is allowed, and line ends would begin a header.
pub(crate) fn quote(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for char in text.chars() {
        match char {
            '"' | '\\' => quoted.extend(['\\', char]),
            _ if char.is_control() => quoted.push(' '),
            _ => quoted.push(char),
        }
    }
    quoted.push('"');
    quoted
}

/// A number written in digits only, with leading zeros allowed and an upper end.
pub(crate) fn digits(text: &str, most: u64) -> Option<u64> {
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    text.bytes().try_fold(0u64, |sum, digit| sum.checked_mul(10)?.checked_add(u64::from(digit - b'0'))).filter(|number| *number <= most)
}

/// `%`-escapes resolved. What follows a `%` that begins none is kept as it stands.
pub(crate) fn unescape(text: &str) -> Vec<u8> {
    let bytes = text.as_bytes();
    let hex = |at: usize| bytes.get(at).and_then(|byte| (*byte as char).to_digit(16));
    let mut plain = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        match (bytes[at], hex(at + 1), hex(at + 2)) {
            (b'%', Some(high), Some(low)) => {
                plain.push((high * 16 + low) as u8);
                at += 3;
            }
            (byte, ..) => {
                plain.push(byte);
                at += 1;
            }
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn separators_inside_quotes_and_brackets_do_not_count() {
        let parts = split_outside(r#""a, \"b" <sip:x,y@z>;p=1, <sip:c>"#, ',', "Contact").unwrap();
        assert_eq!(parts, [r#""a, \"b" <sip:x,y@z>;p=1"#, "<sip:c>"]);
    }

    #[test]
    fn what_is_not_closed_is_said() {
        assert_eq!(split_outside(r#""a"#, ',', "To").unwrap_err().what, "a quoted string is not closed");
        assert_eq!(split_outside("<sip:a", ',', "To").unwrap_err().what, "an angle bracket is not closed");
    }

    #[test]
    fn folds_become_one_space() {
        assert_eq!(unfold(b"  one\r\n \t two\r\n\tthree "), "one two three");
        assert_eq!(unfold(b"plain"), "plain");
    }

    #[test]
    fn quoting_goes_both_ways() {
        assert_eq!(unquote(&quote(r#"a "b" \c"#)).unwrap(), r#"a "b" \c"#);
        assert_eq!(quote("a\r\nX: y"), r#""a  X: y""#);
        assert_eq!(unquote(r#""a" b""#), None);
    }

    #[test]
    fn numbers_have_an_upper_end() {
        assert_eq!(digits("0068", 255), Some(68));
        assert_eq!(digits("300", 255), None);
        assert_eq!(digits("36893488147419103232", u64::MAX), None);
        assert_eq!(digits("-1", 255), None);
    }

    #[test]
    fn escapes_that_are_none_stay() {
        assert_eq!(unescape("%Z%45%4"), b"%ZE%4");
    }
}
