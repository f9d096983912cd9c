//! Whom a request names: `to` as a phone number however it is written, `recipient` as a business-scoped user id
//! (platform docs, Send messages, phone number formats; Business-scoped user IDs).
//!
//! The docs put the business number's country code in front of every number without `+`, yet every published sample of calling
//! sends full digits without `+` and is understood. So a number that is whole stays as it is, and only others are completed.

use std::fmt;

use crate::bsuid::{BadBsuid, Bsuid};
use crate::number::{BadPhoneNumber, PhoneNumber};

/// The number that `to` means when `business` is the sender.
///
/// With `+`, or whole and valid: as it is. Else as it would be dialled in the business's country, or, where no plan knows it,
/// with that country's code in front.
pub fn normalise(to: &str, business: &PhoneNumber) -> Result<PhoneNumber, BadPhoneNumber> {
    let written = PhoneNumber::parse(to);
    let (Some(code), false) = (calling_code(business), to.trim_start().starts_with('+')) else { return written };
    if let Ok(whole) = &written
        && is_valid(whole.digits())
    {
        return written;
    }
    let completed = PhoneNumber::parse(&format!("{code}{to}"))?;
    let national = &completed.digits()[code.len()..];
    match (dialled_from(business, national), written) {
        (Some(dialled), _) => Ok(dialled),
        (None, Ok(whole)) if outside_the_plan(&whole) => Ok(whole),
        (None, _) => Ok(completed),
    }
}

/// A number as it is dialled in the country of `business`: with its trunk prefix or without (`0812…` and `812…` in Indonesia).
fn dialled_from(business: &PhoneNumber, national: &str) -> Option<PhoneNumber> {
    let country = business.country()?.as_str().parse().ok()?;
    let number = phonenumber::parse(Some(country), national).ok().filter(phonenumber::PhoneNumber::is_valid)?;
    PhoneNumber::parse(&number.format().mode(phonenumber::Mode::E164).to_string()).ok()
}

/// Whole numbers that numbering plans do not know: fictional ones of the area code 555, and those whose other spelling is in the plan.
/// They come back as `to` because they were a `wa_id`.
fn outside_the_plan(number: &PhoneNumber) -> bool {
    let digits = number.digits();
    let respelt = number.other_spelling().is_some_and(|other| is_valid(other.digits()));
    respelt || (digits.len() == 11 && digits.starts_with("1555"))
}

fn is_valid(digits: &str) -> bool {
    phonenumber::parse(None, format!("+{digits}")).is_ok_and(|number| number.is_valid())
}

fn calling_code(number: &PhoneNumber) -> Option<String> {
    let parsed = phonenumber::parse(None, format!("+{}", number.digits())).ok()?;
    Some(parsed.code().value().to_string())
}

/// A user by an id instead of a number: `recipient`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum BusinessScopedId {
    /// `US.…`: the user as one portfolio knows them.
    Own(Bsuid),
    /// `US.ENT.…`: the user as an enterprise of several portfolios knows them.
    Parent(ParentBsuid),
}

/// An id that portfolios of one enterprise share. This platform takes the form and makes none.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct ParentBsuid(String);

impl BusinessScopedId {
    /// Reads either kind. Whether such a user exists is another question.
    pub fn parse(text: &str) -> Result<Self, BadBsuid> {
        let parent = text.get(2..).and_then(|rest| rest.strip_prefix(".ENT."));
        match parent {
            // Without its mark a parent id has the form of any other.
            Some(own) => Bsuid::parse(&format!("{}.{own}", &text[..2])).map(|_| Self::Parent(ParentBsuid(text.to_owned()))),
            None => Bsuid::parse(text).map(Self::Own),
        }
    }

    /// The id as published.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Own(id) => id.as_str(),
            Self::Parent(id) => &id.0,
        }
    }
}

/// Ids name a person: never whole in a log.
impl fmt::Debug for ParentBsuid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}…", &self.0[..self.0.len().min(11)])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const INDIA: &str = "919876543210";
    const INDONESIA: &str = "6281255509999";
    const FICTION: &str = "15559020077";

    fn check(to: &str, business: &str, expected: &str) {
        let number = normalise(to, &PhoneNumber::parse(business).unwrap());
        assert_eq!(number.as_ref().map(PhoneNumber::digits), Ok(expected), "{to} from {business}");
    }

    #[test]
    fn a_whole_number_stays_as_it_is() {
        // By the published rule this would be +91 1631 555 1234.
        check("1 (631) 555-1234", INDIA, "16315551234");
        check("14085551234", INDONESIA, "14085551234");
        check("6281255501234", FICTION, "6281255501234");
        check("62 812-5550-1234", INDONESIA, "6281255501234");
        check("5511955501234", INDIA, "5511955501234");
    }

    #[test]
    fn a_plus_ends_the_guessing() {
        check("+6281255501234", INDIA, "6281255501234");
        check(" +1 (631) 555-1234", INDIA, "16315551234");
        check("+999123456", INDIA, "999123456");
    }

    #[test]
    fn a_national_number_gets_the_country_code_of_the_business() {
        check("(631) 555-1234", INDIA, "916315551234");
        check("(631) 555-1234", FICTION, "16315551234");
        check("0812-5550-1234", INDONESIA, "6281255501234");
        check("06 1234 5678", "393331234567", "390612345678");
        check("8 916 123-45-67", "79161230000", "79161234567");
    }

    #[test]
    fn what_no_plan_knows_gets_the_country_code_too() {
        check("555 902 0077", FICTION, "15559020077");
        check("1234567", INDIA, "911234567");
    }

    #[test]
    fn what_was_a_wa_id_is_understood() {
        check("15557010042", INDONESIA, "15557010042");
        check("5215512345678", INDIA, "5215512345678");
        check("551185501234", INDIA, "551185501234");
        check("5491155501234", INDONESIA, "5491155501234");
        check("541155501234", INDONESIA, "541155501234");
        check("525550123456", INDONESIA, "525550123456");
        check("556155501234", INDONESIA, "556155501234");
        check("5561955501234", INDONESIA, "5561955501234");
        // Eleven digits that are also a Chinese mobile number, sent by a Chinese business.
        check("15557010042", "8613912345678", "8615557010042");
    }

    #[test]
    fn rejects_what_is_no_number() {
        let business = PhoneNumber::parse(INDIA).unwrap();
        for to in ["", "+", "12ab34567", "1-800-FLOWERS", "91+9876543210", "12345678901234", "+0812345678", "١٢٣٤٥٦٧"] {
            assert_eq!(normalise(to, &business), Err(BadPhoneNumber), "{to}");
        }
    }

    #[test]
    fn tells_parent_ids_from_others() {
        let own = BusinessScopedId::parse("ID.40418822017365529013").unwrap();
        assert!(matches!(own, BusinessScopedId::Own(_)));
        let parent = BusinessScopedId::parse("US.ENT.90817263544536271809").unwrap();
        assert!(matches!(parent, BusinessScopedId::Parent(_)));
        assert_eq!(parent.as_str(), "US.ENT.90817263544536271809");
        assert_eq!(format!("{parent:?}"), "Parent(US.ENT.9081…)");
        assert!(matches!(BusinessScopedId::parse("US.ENT"), Ok(BusinessScopedId::Own(_))), "three letters of an id, no mark");
        assert!(BusinessScopedId::parse(&format!("US.ENT.{}", "9".repeat(128))).is_ok());
        for bad in ["", "US.ENT.", "us.ENT.12", "US.ENT.1.2", "US.ent.12", "6281255501234", &format!("US.ENT.{}", "9".repeat(129))] {
            assert_eq!(BusinessScopedId::parse(bad), Err(BadBsuid), "{bad}");
        }
    }
}
