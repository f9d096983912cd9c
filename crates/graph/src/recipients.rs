//! Whom a request names, in every endpoint that reaches a user: `to` or `recipient`. `to` wins where both are there.
//!
//! Platform docs, Send messages, phone number formats; Business-scoped user IDs (2026-05). Ids of a portfolio's parent are not made by
//! this platform, so nobody has one: they are refused as ids that are not taken here (131062), whatever the endpoint.

use callport_core::number::PhoneNumber;
use callport_core::recipient::{BusinessScopedId, normalise};
use callport_engine::To;
use callport_wire::messages::BadMessage;
use callport_wire::permissions::PermissionsQuery;
use callport_wire::{Code, Malformed};

use crate::answer::Refusal;

/// Why nobody is named.
#[derive(Debug)]
pub(crate) enum BadRecipient {
    /// No number, or no id.
    Malformed(Malformed),
    /// The id of a portfolio's parent.
    Parent,
}

/// The recipient of a call or message of `business`. What is blank is not there.
pub(crate) fn named(to: Option<&str>, recipient: Option<&str>, business: &PhoneNumber) -> Result<To, BadRecipient> {
    let there = |text: &&str| !text.trim().is_empty();
    match (to.filter(there), recipient.filter(there)) {
        (Some(number), _) => normalise(number, business).map(To::Number).map_err(|error| wrong("to", &error)),
        (None, Some(id)) => by_id(id),
        (None, None) => Err(BadRecipient::Malformed(Malformed::missing("to"))),
    }
}

/// The user whose permission is looked up. A `wa_id` is always whole, so nothing is guessed.
pub(crate) fn looked_up(query: &PermissionsQuery) -> Result<To, BadRecipient> {
    match query {
        PermissionsQuery::Number(number) => PhoneNumber::parse(number).map(To::Number).map_err(|error| wrong("user_wa_id", &error)),
        PermissionsQuery::UserId(id) => by_id(id),
    }
}

fn by_id(id: &str) -> Result<To, BadRecipient> {
    match BusinessScopedId::parse(id.trim()) {
        Ok(BusinessScopedId::Own(id)) => Ok(To::Bsuid(id)),
        Ok(BusinessScopedId::Parent(_)) => Err(BadRecipient::Parent),
        Err(error) => Err(wrong("recipient", &error)),
    }
}

fn wrong(parameter: &str, error: &dyn std::fmt::Display) -> BadRecipient {
    BadRecipient::Malformed(Malformed::wrong(parameter, format_args!("is wrong: {error}")))
}

impl BadRecipient {
    /// The refusal of `/messages`, which tells missing and wrong apart.
    pub(crate) fn of_message(self) -> Refusal {
        match self {
            Self::Malformed(malformed) => Refusal(BadMessage::from(malformed).into()),
            Self::Parent => self.into(),
        }
    }
}

impl From<BadRecipient> for Refusal {
    fn from(bad: BadRecipient) -> Self {
        match bad {
            BadRecipient::Malformed(malformed) => malformed.into(),
            BadRecipient::Parent => Self::because(Code::UserIdNotTaken, "This platform makes no parent business-scoped user ids."),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_wins_and_blanks_are_nobody() {
        let business = PhoneNumber::parse("6281255509999").unwrap();
        let named = |to, recipient| named(to, recipient, &business);
        let number = |digits| To::Number(PhoneNumber::parse(digits).unwrap());
        assert_eq!(named(Some("0812-5550-1234"), Some("BR.12")).unwrap(), number("6281255501234"));
        assert!(matches!(named(Some(" "), Some("BR.12")), Ok(To::Bsuid(_))));
        for (to, recipient, details) in [
            (Some(""), Some(""), "The parameter to is required."),
            (Some("call me"), Some("BR.12"), "The parameter to is wrong: a phone number is "),
            (None, Some("+5511955501234"), "The parameter recipient is wrong: a business-scoped user id is "),
        ] {
            let Err(BadRecipient::Malformed(malformed)) = named(to, recipient) else { panic!("{to:?} {recipient:?}") };
            assert!(malformed.details.starts_with(details), "{}", malformed.details);
        }
    }

    #[test]
    fn each_endpoint_has_its_code_for_the_same_mistake() {
        let missing = || BadRecipient::Malformed(Malformed::missing("to"));
        let bad = || BadRecipient::Malformed(Malformed::wrong("to", "is wrong"));
        for (bad, of_call, of_message) in [
            (missing as fn() -> BadRecipient, Code::InvalidParameter, Code::ParameterMissing),
            (bad, Code::InvalidParameter, Code::ParameterValue),
            (|| BadRecipient::Parent, Code::UserIdNotTaken, Code::UserIdNotTaken),
        ] {
            assert_eq!(Refusal::from(bad()).0.code(), of_call);
            assert_eq!(bad().of_message().0.code(), of_message);
        }
    }
}
