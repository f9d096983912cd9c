//! What is wanted: whom to call, how to ask, what to say.

use std::str::FromStr;
use std::time::Duration;

use callport_wire::permissions::PermissionsQuery;

use crate::talk::Speech;

/// A call to place. Holds a phone number, so it has no `Debug`.
#[derive(Clone)]
pub struct CallOrder {
    /// The business number that calls.
    pub phone_number_id: String,
    /// Who is called.
    pub user: Callee,
    /// What the user gets to hear once they have picked up.
    pub say: Speech,
    /// Hang up so long after the pick-up; none leaves that to the user, within the backend's longest call.
    pub talk_for: Option<Duration>,
    /// How to ask for permission where it is missing; none never asks.
    pub asking: Option<Asking>,
    /// `biz_opaque_callback_data`.
    pub opaque: Option<String>,
}

/// How a user is asked for permission.
#[derive(Clone)]
pub struct Asking {
    /// The request's text, at most 1,024 characters.
    pub text: String,
    /// What is sent instead when the 24-hour window is closed to free-form messages.
    pub template: Option<PermissionTemplate>,
    /// How long to wait for the user's answer.
    pub reply_within: Duration,
}

/// A template that asks for permission, without placeholders.
#[derive(Clone)]
pub struct PermissionTemplate {
    /// Its name.
    pub name: String,
    /// `en`, `pt_BR`.
    pub language: String,
    /// The WABA to create it in, with the request's text, if it is not there. None leaves it at that.
    pub create_in: Option<String>,
}

/// Whom to call.
#[derive(Clone, PartialEq, Eq)]
pub enum Callee {
    /// By number, country code first, digits only.
    Number(String),
    /// By business-scoped user id, `US.…`.
    UserId(String),
}

/// Neither a number nor a business-scoped user id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("name a phone number with its country code, or a business-scoped user id such as US.48201937756610293847")]
pub struct NobodyToCall;

impl Callee {
    /// `to` and `recipient` of a request.
    pub(super) fn address(&self) -> (Option<String>, Option<String>) {
        match self {
            Self::Number(number) => (Some(number.clone()), None),
            Self::UserId(id) => (None, Some(id.clone())),
        }
    }

    pub(super) fn query(&self) -> PermissionsQuery {
        match self {
            Self::Number(number) => PermissionsQuery::Number(number.clone()),
            Self::UserId(id) => PermissionsQuery::UserId(id.clone()),
        }
    }
}

impl FromStr for Callee {
    type Err = NobodyToCall;

    /// Numbers may be written with `+`, spaces, brackets and hyphens.
    fn from_str(text: &str) -> Result<Self, NobodyToCall> {
        let text = text.trim();
        if let Some((country, rest)) = text.split_once('.') {
            let plausible = country.len() == 2 && country.bytes().all(|byte| byte.is_ascii_uppercase());
            let rest_plausible = !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'.');
            return if plausible && rest_plausible { Ok(Self::UserId(text.to_owned())) } else { Err(NobodyToCall) };
        }
        let digits: String = text.chars().filter(char::is_ascii_digit).collect();
        let punctuation = text.strip_prefix('+').unwrap_or(text).chars().all(|c| c.is_ascii_digit() || " -()".contains(c));
        // E.164 §6: at most 15 digits; no country has subscribers with fewer than 7 including its code.
        if punctuation && (7..=15).contains(&digits.len()) { Ok(Self::Number(digits)) } else { Err(NobodyToCall) }
    }
}

/// Which of the two, never who.
impl std::fmt::Debug for Callee {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Number(_) => "Number",
            Self::UserId(_) => "UserId",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_business_scoped_ids_are_told_apart() {
        let number = |digits: &str| Ok(Callee::Number(digits.to_owned()));
        for (text, expected) in [
            ("+5511955501234", number("5511955501234")),
            ("6281255501234", number("6281255501234")),
            (" +1 (631) 555-1234 ", number("16315551234")),
            ("US.48201937756610293847", Ok(Callee::UserId("US.48201937756610293847".to_owned()))),
            ("US.ENT.90817263544536271809", Ok(Callee::UserId("US.ENT.90817263544536271809".to_owned()))),
            ("", Err(NobodyToCall)),
            ("Nadia", Err(NobodyToCall)),
            ("12345", Err(NobodyToCall)),
            ("1234567890123456", Err(NobodyToCall)),
            ("+55 11 9555x01234", Err(NobodyToCall)),
            ("us.482", Err(NobodyToCall)),
            ("US.", Err(NobodyToCall)),
            ("US.48 20", Err(NobodyToCall)),
        ] {
            assert_eq!(text.parse::<Callee>(), expected, "{text:?}");
        }
    }
}
