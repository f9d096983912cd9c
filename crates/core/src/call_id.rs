//! Call ids: `wacid.` and standard base64 of a Thrift-compact struct (platform docs, Calling API reference; decoded from captures).

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use smol_str::SmolStr;

use crate::number::PhoneNumber;
use crate::words::words;

/// Longest text taken for a call id. Ours have about 120 characters.
pub const MAX_CALL_ID: usize = 256;

/// Who placed a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Direction {
    /// User → business (UIC).
    UserInitiated,
    /// Business → user (BIC).
    BusinessInitiated,
}

words!(Direction { UserInitiated = "USER_INITIATED", BusinessInitiated = "BUSINESS_INITIATED" });

/// A call's id, opaque to everyone but its maker.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CallId(SmolStr);

/// Why a text is no call id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a call id starts with `wacid.` and has at most {MAX_CALL_ID} characters")]
pub struct BadCallId;

impl CallId {
    /// Makes the id of a new call from its parties and 16 random bytes.
    pub fn compose(user: &PhoneNumber, direction: Direction, business: &PhoneNumber, random: [u8; 16]) -> Self {
        let mut bytes = Vec::with_capacity(96);
        bytes.push(0x1c); // field 1: struct of the user's number
        push_number(&mut bytes, user);
        bytes.push(match direction {
            Direction::BusinessInitiated => 0x11, // field 2: true
            Direction::UserInitiated => 0x12,     // field 2: false
        });
        bytes.extend([0x18, 32]); // field 3: the call's own id
        bytes.extend(hex::encode_upper(random).as_bytes());
        bytes.push(0x1c); // field 4: struct of the business number
        push_number(&mut bytes, business);
        bytes.extend([0x15, 0x0a, 0x00]); // field 5: i32 5, end of struct
        Self(format!("wacid.{}", STANDARD.encode(bytes)).into())
    }

    /// Takes a peer's text for a call id. Whether such a call exists is another question.
    pub fn parse(text: &str) -> Result<Self, BadCallId> {
        (text.starts_with("wacid.") && text.len() <= MAX_CALL_ID).then(|| Self(text.into())).ok_or(BadCallId)
    }

    /// The id as published.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Twelve characters that tell calls apart in logs without naming the parties.
    pub fn short(&self) -> String {
        let Ok(bytes) = STANDARD.decode(self.0.trim_start_matches("wacid.")) else { return "?".to_owned() };
        let own = bytes.windows(34).find(|w| w[0] == 0x18 && w[1] == 32).map(|w| &w[2..14]);
        own.and_then(|id| std::str::from_utf8(id).ok()).unwrap_or("?").to_owned()
    }
}

fn push_number(bytes: &mut Vec<u8>, number: &PhoneNumber) {
    let digits = number.digits().as_bytes(); // at most 15, so the length is one varint byte
    bytes.extend([0x18, digits.len() as u8]);
    bytes.extend(digits);
    bytes.extend([0x15, 0x02, 0x00]);
}

impl fmt::Debug for CallId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "call {}", self.short())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn composes_the_published_form() {
        let user = PhoneNumber::parse("15557010042").unwrap();
        let business = PhoneNumber::parse("15559020077").unwrap();
        let own: [u8; 16] = hex::decode("A4C123B1612D272D1371C17149D43951").unwrap().try_into().unwrap();
        let id = CallId::compose(&user, Direction::UserInitiated, &business, own);
        assert_eq!(id.as_str(), "wacid.HBgLMTU1NTcwMTAwNDIVAgASGCBBNEMxMjNCMTYxMkQyNzJEMTM3MUMxNzE0OUQ0Mzk1MRwYCzE1NTU5MDIwMDc3FQIAFQoA");
        assert_eq!(id.short(), "A4C123B1612D");
        assert_eq!(format!("{id:?}"), "call A4C123B1612D");
    }

    #[test]
    fn takes_foreign_ids_without_understanding_them() {
        assert!(CallId::parse("wacid.ABGG").is_ok());
        assert_eq!(CallId::parse("wacid.ABGG").unwrap().short(), "?");
        assert_eq!(CallId::parse("wamid.ABGG"), Err(BadCallId));
        assert_eq!(CallId::parse(&format!("wacid.{}", "A".repeat(300))), Err(BadCallId));
    }
}
