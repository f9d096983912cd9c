//! Refusals of registration, with their published codes (platform docs, Cloud API, Registration and Two-step verification, 2026-06).

use callport_engine::{PinText, RegistrationRefusal};
use callport_wire::{Code, Malformed, Params};

use crate::answer::Refusal;

impl From<RegistrationRefusal> for Refusal {
    fn from(refusal: RegistrationRefusal) -> Self {
        Self::told(code(&refusal), &refusal)
    }
}

fn code(refusal: &RegistrationRefusal) -> Code {
    use RegistrationRefusal as R;
    match refusal {
        R::Missing(_) => Code::UnknownObject,
        // The platform publishes no codes for these.
        R::NumberTaken | R::TooManyNumbers { .. } | R::NoCode | R::CodeEnded | R::WrongCode { .. } | R::OfTheApp => Code::InvalidParameter,
        R::TooManyCodes { .. } => Code::AccountRateLimit,
        R::AlreadyVerified => Code::AlreadyVerified,
        R::NotVerified => Code::NotVerified,
        R::PinMismatch => Code::PinMismatch,
        R::PinTooOften { .. } => Code::PinTooOften,
        R::PinTooFast { .. } => Code::PinTooFast,
        R::NotRegistered => Code::NumberNotRegistered,
        R::Wait { .. } => Code::RegistrationWait,
        R::TooMany { .. } => Code::RegistrationLimit,
    }
}

/// `pin`, a text or a number of six digits.
pub(crate) fn pin(params: &Params<'_>) -> Result<PinText, Malformed> {
    let text = params.text_or_number("pin")?.ok_or_else(|| Malformed::missing("pin"))?;
    PinText::parse(text.trim()).ok_or_else(|| Malformed::wrong("pin", "must have six digits"))
}
