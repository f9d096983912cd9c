//! Ids that portfolios know users by: derived, and kept so that whoever brings one finds its user, and finds at once that there is none.

use callport_core::bsuid::Bsuid;
use callport_core::ids::{PortfolioId, UserId};
use callport_core::number::PhoneNumber;
use callport_engine::Fault;
use callport_engine::records::User;

use crate::sqlite::db::Db;
use crate::sqlite::row::Row;

/// The user is on record with this number, which is all that the ids hang on.
pub(super) fn names_stay(db: &Db, user: &User) -> Result<bool, Fault> {
    let same = db.one("SELECT 1 FROM users WHERE id = ? AND number = ?", [user.id.as_str(), user.number.digits()], |_| Ok(()))?;
    Ok(same.is_some())
}

/// Of a user, for each portfolio.
pub(super) fn name_user(db: &Db, user: &User) -> Result<(), Fault> {
    db.write("DELETE FROM bsuids WHERE user = ?", [user.id.as_str()])?;
    let portfolios = db.readable("SELECT id FROM portfolios", [], |row| Row::of("portfolios", row).parsed("id", PortfolioId::parse))?;
    portfolios.iter().try_for_each(|portfolio| name(db, portfolio, &user.id, &user.number))
}

/// Of each user, for a portfolio.
pub(super) fn name_all(db: &Db, portfolio: &PortfolioId) -> Result<(), Fault> {
    let users = db.readable("SELECT id, number FROM users", [], |row| {
        let row = Row::of("users", row);
        Ok((row.parsed("id", UserId::parse)?, row.parsed("number", PhoneNumber::parse)?))
    })?;
    users.iter().try_for_each(|(user, number)| name(db, portfolio, user, number))
}

/// Of each user, for each portfolio: what a file of an earlier version lacks.
pub(crate) fn name_everybody(db: &Db) -> Result<(), Fault> {
    let portfolios = db.readable("SELECT id FROM portfolios", [], |row| Row::of("portfolios", row).parsed("id", PortfolioId::parse))?;
    portfolios.iter().try_for_each(|portfolio| name_all(db, portfolio))
}

fn name(db: &Db, portfolio: &PortfolioId, user: &UserId, number: &PhoneNumber) -> Result<(), Fault> {
    let id = Bsuid::derive(portfolio, user, number);
    db.write("INSERT INTO bsuids (portfolio, bsuid, user) VALUES (?, ?, ?)", [portfolio.as_str(), id.as_str(), user.as_str()]).map(drop)
}
