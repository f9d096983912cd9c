//! Ids that portfolios know users by: derived, and kept so that whoever brings one finds its user, and finds at once that there is none.

use callport_core::bsuid::Bsuid;
use callport_core::ids::{PortfolioId, UserId};
use callport_core::number::PhoneNumber;
use callport_engine::Fault;
use callport_engine::records::User;

use crate::sqlite::db::Db;
use crate::sqlite::row::Row;

/// The user is on record with this number and as many before it, which is all that the ids hang on.
pub(super) fn names_stay(db: &Db, user: &User) -> Result<bool, Fault> {
    let sql = "SELECT 1 FROM users WHERE id = ? AND number = ? AND numbers_before = ?";
    Ok(db.one(sql, (user.id.as_str(), user.number.digits(), user.numbers_before), |_| Ok(()))?.is_some())
}

/// Of a user, for each portfolio.
pub(super) fn name_user(db: &Db, user: &User) -> Result<(), Fault> {
    db.write("DELETE FROM bsuids WHERE user = ?", [user.id.as_str()])?;
    let portfolios = db.readable("SELECT id FROM portfolios", [], |row| Row::of("portfolios", row).parsed("id", PortfolioId::parse))?;
    portfolios.iter().try_for_each(|portfolio| name(db, portfolio, &user.id, &user.bsuid(portfolio)))
}

/// Of each user, for a portfolio.
pub(super) fn name_all(db: &Db, portfolio: &PortfolioId) -> Result<(), Fault> {
    name_each(db, "SELECT id, number, numbers_before FROM users", portfolio)
}

/// Of each user, for each portfolio: what a file of an earlier version lacks, whose users took no other numbers.
pub(crate) fn name_everybody(db: &Db) -> Result<(), Fault> {
    let portfolios = db.readable("SELECT id FROM portfolios", [], |row| Row::of("portfolios", row).parsed("id", PortfolioId::parse))?;
    portfolios.iter().try_for_each(|portfolio| name_each(db, "SELECT id, number, 0 AS numbers_before FROM users", portfolio))
}

fn name_each(db: &Db, users: &'static str, portfolio: &PortfolioId) -> Result<(), Fault> {
    let users = db.readable(users, [], |row| {
        let row = Row::of("users", row);
        Ok((row.parsed("id", UserId::parse)?, row.parsed("number", PhoneNumber::parse)?, row.plain("numbers_before")?))
    })?;
    users.iter().try_for_each(|(user, number, before)| name(db, portfolio, user, &Bsuid::derive(portfolio, user, number, *before)))
}

fn name(db: &Db, portfolio: &PortfolioId, user: &UserId, id: &Bsuid) -> Result<(), Fault> {
    db.write("INSERT INTO bsuids (portfolio, bsuid, user) VALUES (?, ?, ?)", [portfolio.as_str(), id.as_str(), user.as_str()]).map(drop)
}
