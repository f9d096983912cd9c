//! Several operators on one number: its further accounts, who does what for it, whose its threads are.

use std::collections::BTreeMap;

use callport_core::ids::{PhoneNumberId, PortfolioId, UserId, WabaId};
use callport_core::routing::RoutingRole;
use callport_core::words::Word as _;
use callport_engine::Fault;
use callport_engine::records::{NumberAccount, Routing, RoutingReach, ThreadRecord};

use super::{json, list};
use crate::sqlite::db::Db;
use crate::sqlite::row::Row;

/// Further accounts of a number.
pub(crate) const ACCOUNTS_OF: &str = "SELECT * FROM number_accounts WHERE number = ? ORDER BY waba";

/// Further accounts whose partner is a portfolio.
pub(crate) const SHARES_FOR: &str = "SELECT * FROM number_accounts WHERE partner = ? ORDER BY number, waba LIMIT ?";

/// Numbers of others that an account has.
pub(crate) const SHARES_OF: &str = "SELECT * FROM number_accounts WHERE waba = ? ORDER BY number LIMIT ?";

/// Configurations that name a portfolio, its own aside. All are gone through: only the removal of a portfolio asks.
pub(crate) const ROUTINGS_NAMING: &str = "SELECT * FROM routings WHERE (reach <> 'portfolio' OR id <> ?1)
    AND (EXISTS (SELECT 1 FROM json_each(roles) WHERE value = ?1) OR EXISTS (SELECT 1 FROM json_each(standby) WHERE value = ?1))
    ORDER BY reach DESC, id LIMIT ?2";

pub(crate) fn put_account(db: &Db, version: i64, account: &NumberAccount) -> Result<(), Fault> {
    put!(db, version, "number_accounts" [number: account.number.as_str(), waba: account.waba.as_str()] {
        partner: account.partner.as_ref().map(PortfolioId::as_str),
    })
}

pub(crate) fn read_account(row: &rusqlite::Row<'_>) -> Result<NumberAccount, Fault> {
    let row = Row::of("number_accounts", row);
    Ok(NumberAccount {
        number: row.parsed("number", PhoneNumberId::parse)?,
        waba: row.parsed("waba", WabaId::parse)?,
        partner: row.maybe("partner", PortfolioId::parse)?,
    })
}

/// The two columns that name what a configuration holds for.
pub(crate) fn reach(reach: &RoutingReach) -> [&str; 2] {
    match reach {
        RoutingReach::Portfolio(portfolio) => ["portfolio", portfolio.as_str()],
        RoutingReach::Number(number) => ["number", number.as_str()],
    }
}

pub(crate) fn put_routing(db: &Db, version: i64, routing: &Routing) -> Result<(), Fault> {
    let [kind, id] = reach(&routing.reach);
    let roles: BTreeMap<&str, &str> = routing.roles.iter().map(|(role, business)| (role.word(), business.as_str())).collect();
    put!(db, version, "routings" [reach: kind, id: id] {
        roles: json(&roles)?,
        standby: list(routing.standby.iter().map(PortfolioId::as_str))?,
        terms: routing.terms,
    })
}

pub(crate) fn routings(db: &Db) -> Result<Vec<Routing>, Fault> {
    db.all("SELECT * FROM routings ORDER BY reach DESC, id", [], read_routing)
}

pub(crate) fn read_routing(row: &rusqlite::Row<'_>) -> Result<Routing, Fault> {
    let row = Row::of("routings", row);
    let roles: BTreeMap<String, String> = row.json("roles")?;
    let role = |(role, business): (String, String)| Some((RoutingRole::parse(&role)?, PortfolioId::parse(&business).ok()?));
    let roles: Option<_> = roles.into_iter().map(role).collect();
    Ok(Routing {
        reach: match row.text("reach")? {
            "number" => RoutingReach::Number(row.parsed("id", PhoneNumberId::parse)?),
            _ => RoutingReach::Portfolio(row.parsed("id", PortfolioId::parse)?),
        },
        roles: roles.ok_or_else(|| row.unreadable("roles", "an unknown role or a bad id"))?,
        standby: row.list("standby", PortfolioId::parse)?,
        terms: row.plain("terms")?,
    })
}

pub(crate) fn put_thread(db: &Db, version: i64, thread: &ThreadRecord) -> Result<(), Fault> {
    put!(db, version, "threads" [number: thread.number.as_str(), user: thread.user.as_str()] {
        owner: thread.owner.as_str(),
        role: thread.role.word(),
        until_ms: thread.until.unix_millis(),
    })
}

pub(crate) fn read_thread(row: &rusqlite::Row<'_>) -> Result<ThreadRecord, Fault> {
    let row = Row::of("threads", row);
    Ok(ThreadRecord {
        number: row.parsed("number", PhoneNumberId::parse)?,
        user: row.parsed("user", UserId::parse)?,
        owner: row.parsed("owner", PortfolioId::parse)?,
        role: row.word("role")?,
        until: row.time("until_ms")?,
    })
}
