//! Names of things. Each is its own type, checked at birth, so that a WABA id can never stand where a number id belongs.

use std::fmt;

use smol_str::SmolStr;

/// Longest object id accepted, in characters. Published ids have 15 to 17 digits; fixtures use shorter ones.
pub const MAX_OBJECT_ID: usize = 32;

/// Why a text is no object id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an object id is 1 to {MAX_OBJECT_ID} decimal digits")]
pub struct BadObjectId;

macro_rules! object_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(SmolStr);

        impl $name {
            /// Checks that the text is a decimal string of a sensible length.
            pub fn parse(text: &str) -> Result<Self, BadObjectId> {
                let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
                (digits && text.len() <= MAX_OBJECT_ID).then(|| Self(text.into())).ok_or(BadObjectId)
            }

            /// The id as published.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.0)
            }
        }
    };
}

object_id!(
    /// A business portfolio.
    PortfolioId
);
object_id!(
    /// A WhatsApp Business Account.
    WabaId
);
object_id!(
    /// A phone-number id (PNID).
    PhoneNumberId
);
object_id!(
    /// An app: the receiver of webhooks and the subject of tokens.
    AppId
);
object_id!(
    /// A user: a person with a phone. Internal; businesses know the user by number and BSUID.
    UserId
);

object_id!(
    /// A message template.
    TemplateId
);
object_id!(
    /// A multi-partner solution.
    SolutionId
);
object_id!(
    /// A credit line (`extendedcredits`).
    CreditLineId
);
object_id!(
    /// A share of a credit line for one business: an allocation.
    AllocationId
);
object_id!(
    /// A system user of a portfolio.
    SystemUserId
);
object_id!(
    /// A person who signs businesses up: the owner of portfolios. Internal.
    OwnerId
);
object_id!(
    /// One walk through the sign-up page.
    SignUpId
);

impl PortfolioId {
    /// As `entry[].id` of a webhook that is about the portfolio and no account.
    pub fn as_entry(&self) -> WabaId {
        WabaId(self.0.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rejects_what_is_no_decimal_string() {
        for bad in ["", "12a", "-1", " 1", &"9".repeat(33)] {
            assert_eq!(WabaId::parse(bad), Err(BadObjectId), "{bad:?}");
        }
        assert_eq!(WabaId::parse("660017722334455").unwrap().as_str(), "660017722334455");
    }
}
