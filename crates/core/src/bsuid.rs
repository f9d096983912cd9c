//! Business-scoped user ids: the same person is another id to each portfolio (platform docs, Business-scoped user IDs).

use std::fmt;

use sha2::{Digest, Sha256};

use crate::country::Country;
use crate::ids::{PortfolioId, UserId};
use crate::number::PhoneNumber;

/// `US.` and up to 128 alphanumerics. Stable for one portfolio and user, unlinkable between portfolios.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Bsuid(String);

impl Bsuid {
    /// The id that `portfolio` knows `user` by. Derived, so that it survives a lost row and two nodes agree on it.
    pub fn derive(portfolio: &PortfolioId, user: &UserId, number: &PhoneNumber) -> Self {
        let digest = Sha256::new()
            .chain_update(b"callport bsuid\0")
            .chain_update(portfolio.as_str())
            .chain_update(b"\0")
            .chain_update(user.as_str())
            .finalize();
        let mut eight = [0u8; 16];
        eight.copy_from_slice(&digest[..16]);
        // Twenty decimal digits, as the published samples show; the first is never 0.
        let digits = 10_u128.pow(19) + u128::from_be_bytes(eight) % (9 * 10_u128.pow(19));
        let country = Country::of(number).map_or_else(|| "ZZ".to_owned(), |c| c.to_string());
        Self(format!("{country}.{digits}"))
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
        let one = Bsuid::derive(&PortfolioId::parse("3001").unwrap(), &user, &number);
        let again = Bsuid::derive(&PortfolioId::parse("3001").unwrap(), &user, &number);
        let other = Bsuid::derive(&PortfolioId::parse("3002").unwrap(), &user, &number);
        assert_eq!(one, again);
        assert_ne!(one, other);
        assert!(one.as_str().starts_with("BR."));
        assert_eq!(one.as_str().len(), "BR.".len() + 20);
    }
}
