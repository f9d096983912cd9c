//! Portfolios, WABAs and numbers.

use callport_core::ids::{PhoneNumberId, PortfolioId, WabaId};
use callport_core::number::PhoneNumber;
use callport_core::time::WallTime;
use callport_engine::Fault;
use callport_engine::records::{Number, Portfolio, Restriction, Waba};
use serde::{Deserialize, Serialize};
use sqlx::query;
use sqlx::sqlite::SqliteRow;

use super::{Query, json, list};
use crate::sqlite::row::Row;
use crate::sqlite::settings::StoredSettings;
use crate::sqlite::words::Word;

pub(crate) fn put_portfolio(portfolio: &Portfolio) -> Query<'_> {
    query(
        "INSERT INTO portfolios (id, name) VALUES (?, ?)
         ON CONFLICT (id) DO UPDATE SET name = excluded.name",
    )
    .bind(portfolio.id.as_str())
    .bind(&portfolio.name)
}

pub(crate) fn portfolio_by_id(id: &PortfolioId) -> Query<'_> {
    query("SELECT * FROM portfolios WHERE id = ?").bind(id.as_str())
}

pub(crate) fn portfolios() -> Query<'static> {
    query("SELECT * FROM portfolios ORDER BY id")
}

pub(crate) fn read_portfolio(row: &SqliteRow) -> Result<Portfolio, Fault> {
    let row = Row::of("portfolios", row);
    Ok(Portfolio { id: row.parsed("id", PortfolioId::parse)?, name: row.plain("name")? })
}

pub(crate) fn put_waba(waba: &Waba) -> Query<'_> {
    query(
        "INSERT INTO wabas (id, portfolio, name, currency, timezone, payment_method) VALUES (?, ?, ?, ?, ?, ?)
         ON CONFLICT (id) DO UPDATE SET portfolio = excluded.portfolio, name = excluded.name, currency = excluded.currency,
             timezone = excluded.timezone, payment_method = excluded.payment_method",
    )
    .bind(waba.id.as_str())
    .bind(waba.portfolio.as_str())
    .bind(&waba.name)
    .bind(&waba.currency)
    .bind(&waba.timezone)
    .bind(waba.payment_method)
}

pub(crate) fn waba_by_id(id: &WabaId) -> Query<'_> {
    query("SELECT * FROM wabas WHERE id = ?").bind(id.as_str())
}

pub(crate) fn wabas() -> Query<'static> {
    query("SELECT * FROM wabas ORDER BY id")
}

pub(crate) fn read_waba(row: &SqliteRow) -> Result<Waba, Fault> {
    let row = Row::of("wabas", row);
    Ok(Waba {
        id: row.parsed("id", WabaId::parse)?,
        portfolio: row.parsed("portfolio", PortfolioId::parse)?,
        name: row.plain("name")?,
        currency: row.plain("currency")?,
        timezone: row.plain("timezone")?,
        payment_method: row.plain::<i64>("payment_method")? != 0,
    })
}

pub(crate) fn put_number(number: &Number) -> Result<Query<'_>, Fault> {
    let put = query(
        "INSERT INTO numbers (id, waba, number, name, account_mode, messaging_limit, settings, allowed_recipients, restrictions)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
         ON CONFLICT (id) DO UPDATE SET waba = excluded.waba, number = excluded.number, name = excluded.name,
             account_mode = excluded.account_mode, messaging_limit = excluded.messaging_limit, settings = excluded.settings,
             allowed_recipients = excluded.allowed_recipients, restrictions = excluded.restrictions",
    );
    let allowed = number.allowed_recipients.as_ref().map(|all| list(all.iter().map(PhoneNumber::digits)));
    let restrictions: Vec<_> = number.restrictions.iter().map(StoredRestriction::from).collect();
    Ok(put
        .bind(number.id.as_str())
        .bind(number.waba.as_str())
        .bind(number.number.digits())
        .bind(&number.name)
        .bind(number.account_mode.word())
        .bind(number.messaging_limit.word())
        .bind(json(&StoredSettings::from(&number.settings))?)
        .bind(allowed.transpose()?)
        .bind(json(&restrictions)?))
}

pub(crate) fn number_by_id(id: &PhoneNumberId) -> Query<'_> {
    query("SELECT * FROM numbers WHERE id = ?").bind(id.as_str())
}

pub(crate) fn number_by_digits(number: &PhoneNumber) -> Query<'_> {
    query("SELECT * FROM numbers WHERE number = ?").bind(number.digits())
}

pub(crate) fn numbers(waba: Option<&WabaId>) -> Query<'_> {
    match waba {
        Some(waba) => query("SELECT * FROM numbers WHERE waba = ? ORDER BY id").bind(waba.as_str()),
        None => query("SELECT * FROM numbers ORDER BY id"),
    }
}

pub(crate) fn read_number(row: &SqliteRow) -> Result<Number, Fault> {
    let row = Row::of("numbers", row);
    let settings: StoredSettings = row.json("settings")?;
    let limited = row.plain::<Option<&str>>("allowed_recipients")?.is_some();
    let restrictions: Vec<StoredRestriction> = row.json("restrictions")?;
    let restrictions: Option<Vec<Restriction>> = restrictions.iter().map(StoredRestriction::read).collect();
    Ok(Number {
        id: row.parsed("id", PhoneNumberId::parse)?,
        waba: row.parsed("waba", WabaId::parse)?,
        number: row.parsed("number", PhoneNumber::parse)?,
        name: row.plain("name")?,
        account_mode: row.word("account_mode")?,
        messaging_limit: row.word("messaging_limit")?,
        settings: settings.read().ok_or_else(|| row.unreadable("settings", "an unknown word"))?,
        allowed_recipients: limited.then(|| row.list("allowed_recipients", PhoneNumber::parse)).transpose()?,
        restrictions: restrictions.ok_or_else(|| row.unreadable("restrictions", "an unknown word"))?,
    })
}

/// The mirror of [`Restriction`], as one of a JSON array.
#[derive(Serialize, Deserialize)]
struct StoredRestriction {
    direction: String,
    until_ms: i64,
}

impl From<&Restriction> for StoredRestriction {
    fn from(Restriction { direction, until }: &Restriction) -> Self {
        Self { direction: direction.word().to_owned(), until_ms: until.unix_millis() }
    }
}

impl StoredRestriction {
    /// `None` when the word is unknown.
    fn read(&self) -> Option<Restriction> {
        Some(Restriction { direction: Word::read(&self.direction)?, until: WallTime::from_unix_millis(self.until_ms) })
    }
}
