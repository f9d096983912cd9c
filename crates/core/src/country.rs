//! The country of a phone number. `+1` and `+7` are shared, so the number decides, not the prefix.

use std::fmt;

/// An ISO 3166 alpha-2 code, upper case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Country([u8; 2]);

/// Why a text is no country code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a country is an ISO 3166 alpha-2 code: two letters")]
pub struct BadCountry;

impl Country {
    /// Reads two letters in either case.
    pub fn parse(text: &str) -> Result<Self, BadCountry> {
        match text.as_bytes() {
            [a, b] if a.is_ascii_alphabetic() && b.is_ascii_alphabetic() => Ok(Self([a.to_ascii_uppercase(), b.to_ascii_uppercase()])),
            _ => Err(BadCountry),
        }
    }

    /// The country that a number is registered in, by its digits; `None` where no country is assigned to it.
    pub(crate) fn of(digits: &str) -> Option<Self> {
        let parsed = phonenumber::parse(None, format!("+{digits}")).ok()?;
        let by_number = parsed.country().id().map(|id| id.as_ref().to_owned());
        match by_number {
            Some(id) => Self::parse(&id).ok(),
            None => Self::of_code(parsed.code().value()),
        }
    }

    /// The main country of a calling code, for numbers whose range the metadata does not know (fictional 555 numbers, for one).
    fn of_code(code: u16) -> Option<Self> {
        let id = match code {
            1 => "US",
            7 => "RU",
            44 => "GB",
            39 => "IT",
            47 => "NO",
            61 => "AU",
            212 => "MA",
            262 => "RE",
            358 => "FI",
            590 => "GP",
            599 => "CW",
            _ => return phonenumber::metadata::DATABASE.by_code(&code)?.first().and_then(|meta| Self::parse(meta.id()).ok()),
        };
        Self::parse(id).ok()
    }

    /// The two letters.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or("ZZ")
    }
}

impl fmt::Display for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::number::PhoneNumber;

    #[test]
    fn shared_codes_are_told_apart_by_the_number() {
        for (digits, country) in [
            ("14165550123", "CA"),
            ("12125550123", "US"),
            ("15559020077", "US"),
            ("17875550123", "PR"),
            ("6281255509999", "ID"),
            ("5511955501234", "BR"),
            ("77012345678", "KZ"),
            ("79161234567", "RU"),
            ("201001234567", "EG"),
        ] {
            let number = PhoneNumber::parse(digits).unwrap();
            assert_eq!(number.country().map(|c| c.to_string()).as_deref(), Some(country), "{digits}");
        }
    }

    #[test]
    fn rejects_what_is_no_code() {
        for bad in ["", "U", "USA", "1D", "ÄÖ"] {
            assert_eq!(Country::parse(bad), Err(BadCountry), "{bad}");
        }
        assert_eq!(Country::parse("id").unwrap().as_str(), "ID");
    }
}
