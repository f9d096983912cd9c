//! Two spellings of one mobile number.
//!
//! Brazil put a ninth digit before its mobile numbers, Mexico took away the 1 before its, and Argentina's have a 9 from abroad alone. A
//! person stays registered under the spelling of that day, and is written to under either (platform docs, Phone numbers: numbers of Brazil
//! and Mexico may gain or lose a digit in `wa_id`; for Argentina, reports of several products).

use super::PhoneNumber;

/// Digits of a Mexican or Argentine number without country code and mobile mark.
const NATIONAL_DIGITS: usize = 10;

impl PhoneNumber {
    /// The other spelling of the same mobile number, in the three countries that have two. It has this one as its other spelling.
    pub fn other_spelling(&self) -> Option<Self> {
        let digits = self.digits();
        let (code, rest) = digits.split_at_checked(2)?;
        let other = match code {
            "55" => brazil(rest)?,
            "52" => with_or_without('1', rest, '2'..='9')?,
            "54" => with_or_without('9', rest, '1'..='3')?,
            _ => return None,
        };
        Some(Self::of_digits(&format!("{code}{other}")))
    }

    /// Whether both name one person.
    pub fn is_same_line(&self, other: &Self) -> bool {
        self == other || self.other_spelling().as_ref() == Some(other)
    }
}

/// Area code of two digits and eight more, before which the ninth may stand. Eight that begin with 2, 3 or 4 are a landline's, which never
/// got it; those with 5 are a landline's or, in older ranges, a mobile's.
fn brazil(rest: &str) -> Option<String> {
    let (area, subscriber) = rest.split_at_checked(2)?;
    let short = match subscriber.len() {
        8 => subscriber,
        9 => subscriber.strip_prefix('9')?,
        _ => return None,
    };
    let landline = short.starts_with(['2', '3', '4']);
    let mark = if subscriber.len() == 8 { "9" } else { "" };
    (!landline).then(|| format!("{area}{mark}{short}"))
}

/// The ten digits with `mark` before them, or without it if they have it. Area codes begin with one of `first`, and none with the mark.
fn with_or_without(mark: char, rest: &str, first: std::ops::RangeInclusive<char>) -> Option<String> {
    let national = |text: &str| text.len() == NATIONAL_DIGITS && text.starts_with(|digit| first.contains(&digit));
    match rest.strip_prefix(mark).filter(|bare| national(bare)) {
        Some(bare) => Some(bare.to_owned()),
        None => national(rest).then(|| format!("{mark}{rest}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn other(digits: &str) -> Option<String> {
        PhoneNumber::parse(digits).unwrap().other_spelling().map(|number| number.digits().to_owned())
    }

    #[test]
    fn mobile_numbers_of_three_countries_have_two_spellings() {
        for (one, two) in [
            ("5511955501234", "551155501234"),
            ("5561987654321", "556187654321"),
            ("5561991234567", "556191234567"),
            ("5521912345678", "552112345678"),
            ("5215550123456", "525550123456"),
            ("5218112345678", "528112345678"),
            ("5491155501234", "541155501234"),
            ("5493515550123", "543515550123"),
        ] {
            assert_eq!(other(one).as_deref(), Some(two));
            assert_eq!(other(two).as_deref(), Some(one));
            let (one, two) = (PhoneNumber::parse(one).unwrap(), PhoneNumber::parse(two).unwrap());
            assert!(one.is_same_line(&two) && two.is_same_line(&one) && one.is_same_line(&one));
        }
    }

    #[test]
    fn all_other_numbers_have_one() {
        for digits in [
            "551133334444",   // a landline in São Paulo
            "5511933334444",  // a mobile number whose last eight digits are a landline's
            "55119555012",    // too short
            "55119555012345", // too long
            "52155501234",
            "52155501234567",
            "549115550123",
            "15557010042",
            "5955501234567",
            "6281255501234",
            "447700900123",
        ] {
            assert_eq!(other(digits), None, "{digits}");
        }
    }
}
