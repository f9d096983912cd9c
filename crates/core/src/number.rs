//! Phone numbers in international form.

use std::fmt;

use smol_str::SmolStr;

use crate::country::Country;

mod spelling;

/// A phone number as country code and subscriber number, digits only (E.164 without `+`), with the country it belongs to.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PhoneNumber {
    digits: SmolStr,
    /// Looked up once, when the number is read: every step of a call asks for it, and the look-up costs more than the step.
    country: Option<Country>,
}

/// Why a text is no phone number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "a phone number is a country code and a number: 6 to 15 digits, not starting with 0; `+`, `-`, `(`, `)` and blanks may stand between"
)]
pub struct BadPhoneNumber;

impl PhoneNumber {
    /// Reads a number with or without `+`; punctuation that people write is dropped.
    pub fn parse(text: &str) -> Result<Self, BadPhoneNumber> {
        let mut digits = String::with_capacity(15);
        for (at, c) in text.trim().chars().enumerate() {
            match c {
                '0'..='9' => digits.push(c),
                '+' if at == 0 => {}
                ' ' | '-' | '(' | ')' | '.' => {}
                _ => return Err(BadPhoneNumber),
            }
            if digits.len() > 15 {
                return Err(BadPhoneNumber);
            }
        }
        if digits.len() < 6 || digits.starts_with('0') {
            return Err(BadPhoneNumber);
        }
        Ok(Self::of_digits(&digits))
    }

    fn of_digits(digits: &str) -> Self {
        Self { digits: digits.into(), country: Country::of(digits) }
    }

    /// Digits without `+`: the form of `wa_id`, `from`, `to` and `metadata.display_phone_number`.
    pub fn digits(&self) -> &str {
        &self.digits
    }

    /// The country that the number is registered in; `None` where no country is assigned to it.
    pub fn country(&self) -> Option<Country> {
        self.country
    }

    /// The form that people read, in international notation where the number is known, as in `+1 555-902-0077`.
    pub fn display(&self) -> String {
        use phonenumber::Mode;
        match phonenumber::parse(None, format!("+{}", self.digits)) {
            Ok(number) => number.format().mode(Mode::International).to_string(),
            Err(_) => format!("+{}", self.digits),
        }
    }
}

/// Short form for logs: enough to tell numbers apart in one incident, not enough to call anybody.
impl fmt::Debug for PhoneNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (head, tail) = (&self.digits[..2], &self.digits[self.digits.len() - 2..]);
        write!(f, "{head}…{tail}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_people_write() {
        for text in ["+1 555-902-0077", "15559020077", "+1 (555) 902 0077", " 1.555.902.0077 "] {
            assert_eq!(PhoneNumber::parse(text).unwrap().digits(), "15559020077", "{text}");
        }
    }

    #[test]
    fn rejects_what_is_no_number() {
        for text in ["", "+", "12345", "0155590200", "1234567890123456", "12a45678", "١٢٣٤٥٦٧", "1+5559020077"] {
            assert_eq!(PhoneNumber::parse(text), Err(BadPhoneNumber), "{text}");
        }
    }

    #[test]
    fn shows_itself_to_people_and_hides_from_logs() {
        let number = PhoneNumber::parse("6281255509999").unwrap();
        assert_eq!(number.display(), "+62 812-5550-9999");
        assert_eq!(format!("{number:?}"), "62…99");
    }
}
