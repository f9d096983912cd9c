//! Business-scoped user ids: the same person is another id to each portfolio (platform docs, Business-scoped user IDs).

use std::fmt;

use sha2::{Digest, Sha256};
use smol_str::{SmolStr, format_smolstr};

use crate::country::Country;
use crate::ids::{PortfolioId, UserId};
use crate::number::PhoneNumber;

/// Longest part after the country, in characters.
pub const MAX_BSUID: usize = 128;

/// `US.` and up to 128 alphanumerics. Stable for one portfolio and user, unlinkable between portfolios.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Bsuid(SmolStr);

/// Why a text is no business-scoped user id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a business-scoped user id is a country code in capitals, a dot, and 1 to {MAX_BSUID} letters and digits")]
pub struct BadBsuid;

impl Bsuid {
    /// The id that `portfolio` knows `user` by. Derived, so that it survives a lost row and two nodes agree on it. A user who had
    /// `numbers_before` this one is another id with each.
    pub fn derive(portfolio: &PortfolioId, user: &UserId, number: &PhoneNumber, numbers_before: u32) -> Self {
        let mut digest = Sha256::new()
            .chain_update(b"callport bsuid\0")
            .chain_update(portfolio.as_str())
            .chain_update(b"\0")
            .chain_update(user.as_str());
        if numbers_before > 0 {
            digest = digest.chain_update(b"\0").chain_update(numbers_before.to_be_bytes());
        }
        let digest = digest.finalize();
        let mut eight = [0u8; 16];
        eight.copy_from_slice(&digest[..16]);
        // Twenty decimal digits, as the published samples show; the first is never 0.
        let digits = 10_u128.pow(19) + u128::from_be_bytes(eight) % (9 * 10_u128.pow(19));
        let country = number.country();
        let country = country.as_ref().map_or("ZZ", Country::as_str);
        Self(format_smolstr!("{country}.{digits}"))
    }

    /// Takes a peer's text for an id. Whether such a user exists is another question.
    pub fn parse(text: &str) -> Result<Self, BadBsuid> {
        let (country, own) = text.split_once('.').ok_or(BadBsuid)?;
        let country = country.len() == 2 && country.bytes().all(|b| b.is_ascii_uppercase());
        let own = (1..=MAX_BSUID).contains(&own.len()) && own.bytes().all(|b| b.is_ascii_alphanumeric());
        (country && own).then(|| Self(text.into())).ok_or(BadBsuid)
    }

    /// The id as published.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Bsuid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}…", &self.0[..self.0.len().min(7)])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_stable_for_a_pair_and_differs_between_portfolios() {
        let (user, number) = (UserId::parse("9001").unwrap(), PhoneNumber::parse("5511955501234").unwrap());
        let one = Bsuid::derive(&PortfolioId::parse("3001").unwrap(), &user, &number, 0);
        let again = Bsuid::derive(&PortfolioId::parse("3001").unwrap(), &user, &number, 0);
        let other = Bsuid::derive(&PortfolioId::parse("3002").unwrap(), &user, &number, 0);
        let later = [1, 2].map(|before| Bsuid::derive(&PortfolioId::parse("3001").unwrap(), &user, &number, before));
        assert_eq!(one, again);
        assert_ne!(one, other);
        assert!(later[0] != one && later[1] != one && later[0] != later[1], "another number is another id");
        assert!(one.as_str().starts_with("BR."));
        assert_eq!(one.as_str().len(), "BR.".len() + 20);
    }

    #[test]
    fn reads_what_is_derived_and_rejects_what_is_no_id() {
        let id = Bsuid::derive(
            &PortfolioId::parse("3001").unwrap(),
            &UserId::parse("9001").unwrap(),
            &PhoneNumber::parse("5511955501234").unwrap(),
            0,
        );
        assert_eq!(Bsuid::parse(id.as_str()), Ok(id));
        assert!(Bsuid::parse(&format!("US.{}", "a1".repeat(64))).is_ok());
        for bad in ["", "US", "US.", ".12", "us.12", "USA.12", "U1.12", "US.1-2", "US.1.2", "US.é", &format!("US.{}", "1".repeat(129))] {
            assert_eq!(Bsuid::parse(bad), Err(BadBsuid), "{bad}");
        }
    }
}
