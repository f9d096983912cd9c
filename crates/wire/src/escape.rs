//! How webhook bodies are written: ASCII only.
//!
//! The platform's serializer writes every character above U+007F as `\uXXXX` (lower-case hex, surrogate pairs above
//! U+FFFF), every `/` as `\/`, and `@`, `%` and `<` as `\u0040`, `\u0025` and `\u003C`, the last with a capital digit, as receivers
//! recorded it (2017 to 2025). Signatures cover the bytes as sent, so receivers that parse and re-serialize before
//! verifying fail here as they would there (platform docs, Graph API Webhooks, Getting started, Validating payloads).

use std::io;

use serde::Serialize;
use serde_json::ser::Formatter;

/// The compact JSON of `value` in the platform's escaped form.
///
/// # Errors
/// Only when `value` itself refuses to serialize (a map with keys that are not strings).
pub fn to_escaped_bytes<T: Serialize + ?Sized>(value: &T) -> Result<Vec<u8>, serde_json::Error> {
    let mut bytes = Vec::with_capacity(1024);
    let mut serializer = serde_json::Serializer::with_formatter(&mut bytes, AsciiOnly);
    value.serialize(&mut serializer)?;
    Ok(bytes)
}

/// Compact output with everything outside ASCII and a few characters within it escaped.
struct AsciiOnly;

/// How a character of ASCII is written that does not stand for itself.
fn escaped(character: char) -> Option<&'static [u8]> {
    match character {
        '/' => Some(b"\\/"),
        '@' => Some(b"\\u0040"),
        '%' => Some(b"\\u0025"),
        '<' => Some(b"\\u003C"),
        _ => None,
    }
}

impl Formatter for AsciiOnly {
    fn write_string_fragment<W: ?Sized + io::Write>(&mut self, writer: &mut W, fragment: &str) -> io::Result<()> {
        let mut plain_from = 0;
        for (at, character) in fragment.char_indices() {
            let escape = escaped(character);
            if escape.is_none() && character.is_ascii() {
                continue;
            }
            writer.write_all(&fragment.as_bytes()[plain_from..at])?;
            plain_from = at + character.len_utf8();
            match escape {
                Some(escape) => writer.write_all(escape)?,
                None => {
                    for unit in character.encode_utf16(&mut [0; 2]) {
                        write!(writer, "\\u{unit:04x}")?;
                    }
                }
            }
        }
        writer.write_all(&fragment.as_bytes()[plain_from..])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn check(value: Value, expected: &str) {
        let bytes = to_escaped_bytes(&value).unwrap();
        assert_eq!(std::str::from_utf8(&bytes).unwrap(), expected);
        assert_eq!(serde_json::from_slice::<Value>(&bytes).unwrap(), value, "reads back as the same JSON");
    }

    #[test]
    fn escapes_what_is_not_ascii_and_slashes() {
        check(json!("äöå"), r#""\u00e4\u00f6\u00e5""#);
        check(json!("a/b"), r#""a\/b""#);
        check(json!("50% <b@c.example>"), r#""50\u0025 \u003Cb\u0040c.example>""#);
        check(json!("€"), r#""\u20ac""#);
        check(json!("📞!"), r#""\ud83d\udcde!""#);
    }

    #[test]
    fn keys_are_escaped_too() {
        check(json!({ "ä/": 1 }), r#"{"\u00e4\/":1}"#);
    }

    #[test]
    fn json_escapes_stay_as_they_are() {
        check(json!("v=0\r\n\"\\\u{1}\u{7f}"), "\"v=0\\r\\n\\\"\\\\\\u0001\u{7f}\"");
    }

    #[test]
    fn every_code_point_becomes_ascii_and_reads_back() {
        for code in (0..=0x10_ffff_u32).step_by(257) {
            let Some(character) = char::from_u32(code) else { continue };
            let bytes = to_escaped_bytes(&character.to_string()).unwrap();
            assert!(bytes.is_ascii());
            assert_eq!(serde_json::from_slice::<String>(&bytes).unwrap(), character.to_string());
        }
    }
}
