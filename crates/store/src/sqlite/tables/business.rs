//! Portfolios, WABAs and numbers.

use callport_core::country::Country;
use callport_core::ids::{PhoneNumberId, PortfolioId, UserId, WabaId};
use callport_core::number::PhoneNumber;
use callport_core::quality::{Complaint, Quality, QualityNotice};
use callport_core::registration::Onboarding;
use callport_core::time::WallTime;
use callport_core::words::Word;
use callport_engine::Fault;
use callport_engine::ports::Page;
use callport_engine::records::{Number, Portfolio, Restriction, Waba};
use serde::{Deserialize, Serialize};

use super::enrolments::StoredOnboarding;
use super::{bsuids, json, list};
use crate::sqlite::db::Db;
use crate::sqlite::row::Row;
use crate::sqlite::settings::StoredSettings;

pub(crate) fn put_portfolio(db: &Db, version: i64, portfolio: &Portfolio) -> Result<(), Fault> {
    let known = db.one("SELECT 1 FROM portfolios WHERE id = ?", [portfolio.id.as_str()], |_| Ok(()))?.is_some();
    put!(db, version, "portfolios" [id: portfolio.id.as_str()] { name: portfolio.name, verified: portfolio.verified })?;
    if known { Ok(()) } else { bsuids::name_all(db, &portfolio.id) }
}

pub(crate) fn portfolios(db: &Db, page: &Page<PortfolioId>) -> Result<Vec<Portfolio>, Fault> {
    let after = page.after.as_ref().map_or("", PortfolioId::as_str);
    db.all("SELECT * FROM portfolios WHERE id > ? ORDER BY id LIMIT ?", (after, page.limit), read_portfolio)
}

pub(crate) fn read_portfolio(row: &rusqlite::Row<'_>) -> Result<Portfolio, Fault> {
    let row = Row::of("portfolios", row);
    Ok(Portfolio { id: row.parsed("id", PortfolioId::parse)?, name: row.plain("name")?, verified: row.plain("verified")? })
}

pub(crate) fn put_waba(db: &Db, version: i64, waba: &Waba) -> Result<(), Fault> {
    put!(db, version, "wabas" [id: waba.id.as_str()] {
        portfolio: waba.portfolio.as_str(),
        name: waba.name,
        currency: waba.currency,
        timezone: waba.timezone,
        timezone_id: waba.timezone_id,
        country: waba.country.as_ref().map(Country::as_str),
        payment_method: waba.payment_method,
    })
}

pub(crate) fn wabas(db: &Db, page: &Page<WabaId>) -> Result<Vec<Waba>, Fault> {
    let after = page.after.as_ref().map_or("", WabaId::as_str);
    db.all("SELECT * FROM wabas WHERE id > ? ORDER BY id LIMIT ?", (after, page.limit), read_waba)
}

pub(crate) fn read_waba(row: &rusqlite::Row<'_>) -> Result<Waba, Fault> {
    let row = Row::of("wabas", row);
    Ok(Waba {
        id: row.parsed("id", WabaId::parse)?,
        portfolio: row.parsed("portfolio", PortfolioId::parse)?,
        name: row.plain("name")?,
        currency: row.plain("currency")?,
        timezone: row.plain("timezone")?,
        timezone_id: row.plain("timezone_id")?,
        country: row.maybe("country", Country::parse)?,
        payment_method: row.plain("payment_method")?,
    })
}

pub(crate) fn put_number(db: &Db, version: i64, number: &Number) -> Result<(), Fault> {
    let allowed = number.allowed_recipients.as_ref().map(|all| list(all.iter().map(PhoneNumber::digits)));
    let restrictions: Vec<_> = number.restrictions.iter().map(StoredRestriction::from).collect();
    put!(db, version, "numbers" [id: number.id.as_str()] {
        waba: number.waba.as_str(),
        number: number.number.digits(),
        name: number.name,
        in_use_with: number.in_use_with.word(),
        account_mode: number.account_mode.word(),
        messaging_limit: number.messaging_limit.word(),
        settings: json(&StoredSettings::from(&number.settings))?,
        allowed_recipients: allowed.transpose()?,
        restrictions: json(&restrictions)?,
        quality: json(&StoredQuality::from(&number.quality))?,
        onboarding: StoredOnboarding::of(&number.onboarding).map(|stored| json(&stored)).transpose()?,
    })
}

/// Accounts of a portfolio.
pub(crate) const WABAS_OF: &str = "SELECT * FROM wabas WHERE portfolio = ? ORDER BY id LIMIT ?";

/// Numbers that an account owns.
pub(crate) const NUMBERS_IN: &str = "SELECT * FROM numbers WHERE waba = ? ORDER BY id LIMIT ?";

const OWN_NUMBERS: &str = "SELECT * FROM numbers WHERE waba = ? AND id > ? ORDER BY id LIMIT ?";

const SHARED_NUMBERS: &str = "SELECT numbers.* FROM number_accounts CROSS JOIN numbers ON numbers.id = number_accounts.number \
     WHERE number_accounts.waba = ? AND number_accounts.number > ? ORDER BY number_accounts.number LIMIT ?";

pub(crate) fn numbers(db: &Db, waba: &Option<WabaId>, page: &Page<PhoneNumberId>) -> Result<Vec<Number>, Fault> {
    let after = page.after.as_ref().map_or("", PhoneNumberId::as_str);
    match waba {
        Some(waba) => {
            // Its own, and those that are shared with it: both in order, so that a page costs two short walks.
            let values = (waba.as_str(), after, page.limit);
            let mut numbers = db.all(SHARED_NUMBERS, values, read_number)?;
            numbers.extend(db.all(OWN_NUMBERS, values, read_number)?);
            numbers.sort_by(|one, two| one.id.cmp(&two.id));
            numbers.dedup_by(|one, two| one.id == two.id);
            numbers.truncate(page.limit as usize);
            Ok(numbers)
        }
        None => db.all("SELECT * FROM numbers WHERE id > ? ORDER BY id LIMIT ?", (after, page.limit), read_number),
    }
}

pub(crate) fn read_number(row: &rusqlite::Row<'_>) -> Result<Number, Fault> {
    let row = Row::of("numbers", row);
    let settings: StoredSettings = row.json("settings")?;
    let restrictions: Vec<StoredRestriction> = row.json("restrictions")?;
    let quality: StoredQuality = row.json("quality")?;
    let onboarding: Option<StoredOnboarding> = row.maybe_json("onboarding")?;
    let onboarding = onboarding.map_or(Some(Onboarding::default()), |stored| stored.read());
    let restrictions: Option<Vec<Restriction>> = restrictions.iter().map(StoredRestriction::read).collect();
    Ok(Number {
        id: row.parsed("id", PhoneNumberId::parse)?,
        waba: row.parsed("waba", WabaId::parse)?,
        number: row.parsed("number", PhoneNumber::parse)?,
        name: row.plain("name")?,
        in_use_with: row.word("in_use_with")?,
        account_mode: row.word("account_mode")?,
        messaging_limit: row.word("messaging_limit")?,
        settings: settings.read().ok_or_else(|| row.unreadable("settings", "an unknown word"))?,
        allowed_recipients: row.maybe_list("allowed_recipients", PhoneNumber::parse)?,
        restrictions: restrictions.ok_or_else(|| row.unreadable("restrictions", "an unknown word"))?,
        quality: quality.read().ok_or_else(|| row.unreadable("quality", "an unknown word"))?,
        onboarding: onboarding.ok_or_else(|| row.unreadable("onboarding", "an unknown word"))?,
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

/// The mirror of [`Quality`], as JSON.
#[derive(Serialize, Deserialize, Default)]
struct StoredQuality {
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    complaints: Vec<StoredComplaint>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    warned: Vec<StoredWarning>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    judged_until_ms: Option<i64>,
}

#[derive(Serialize, Deserialize)]
struct StoredComplaint {
    user: String,
    direction: String,
    at_ms: i64,
}

#[derive(Serialize, Deserialize)]
struct StoredWarning {
    notice: String,
    at_ms: i64,
}

impl From<&Quality> for StoredQuality {
    fn from(Quality { complaints, warned, judged_until }: &Quality) -> Self {
        let complaint = |Complaint { user, direction, at }: &Complaint| StoredComplaint {
            user: user.as_str().to_owned(),
            direction: direction.word().to_owned(),
            at_ms: at.unix_millis(),
        };
        let warning =
            |(notice, at): &(QualityNotice, WallTime)| StoredWarning { notice: notice.word().to_owned(), at_ms: at.unix_millis() };
        Self {
            complaints: complaints.iter().map(complaint).collect(),
            warned: warned.iter().map(warning).collect(),
            judged_until_ms: judged_until.map(WallTime::unix_millis),
        }
    }
}

impl StoredQuality {
    /// `None` when a word is unknown.
    fn read(&self) -> Option<Quality> {
        let complaint = |one: &StoredComplaint| {
            let (user, direction) = (UserId::parse(&one.user).ok()?, Word::read(&one.direction)?);
            Some(Complaint { user, direction, at: WallTime::from_unix_millis(one.at_ms) })
        };
        let warning = |one: &StoredWarning| Some((Word::read(&one.notice)?, WallTime::from_unix_millis(one.at_ms)));
        Some(Quality {
            complaints: self.complaints.iter().map(complaint).collect::<Option<_>>()?,
            warned: self.warned.iter().map(warning).collect::<Option<_>>()?,
            judged_until: self.judged_until_ms.map(WallTime::from_unix_millis),
        })
    }
}
