//! What is kept of how businesses come onto the platform: one table for rows of many kinds, each sealed whole.

use callport_core::ids::{PortfolioId, WabaId};
use callport_core::registration::{LocalRegion, NameStatus, Onboarding, Registration, Verification};
use callport_core::time::WallTime;
use callport_core::words::Word;
use callport_engine::Fault;
use callport_engine::ports::Page;
use callport_engine::records::{Enrolment, Waba};
use serde::{Deserialize, Serialize};

use super::business::read_waba;
use super::json;
use crate::key::{Place, Seal};
use crate::sqlite::db::Db;
use crate::sqlite::row::Row;

const SEALED: &str = "enrolments.sealed";

pub(crate) fn put_enrolment(db: &Db, version: i64, enrolment: &Enrolment) -> Result<(), Fault> {
    let (kind, id) = (enrolment.kind().name(), enrolment.id());
    let sealed = db.seal.seal(Place { column: SEALED, row: &[kind, &id] }, &json(enrolment)?)?;
    put!(db, version, "enrolments" [kind: kind, id: id] {
        owner: enrolment.owner(),
        sealed: sealed,
        ends_at_ms: enrolment.ends_at().map(WallTime::unix_millis),
    })
}

/// Of one kind under one owner.
pub(crate) const ENROLMENTS_OF: &str =
    "SELECT * FROM enrolments INDEXED BY enrolments_by_owner WHERE kind = ? AND owner = ? ORDER BY id LIMIT ?";

pub(crate) fn read_enrolment(row: &rusqlite::Row<'_>, seal: &Seal) -> Result<Enrolment, Fault> {
    let row = Row::of("enrolments", row);
    let (kind, id): (String, String) = (row.plain("kind")?, row.plain("id")?);
    let text = seal.open(Place { column: SEALED, row: &[&kind, &id] }, row.bytes("sealed")?)?;
    // serde quotes what it found, which may be a code or a PIN: only the place is told.
    serde_json::from_str(&text).map_err(|why| row.unreadable("sealed", format!("not the expected JSON at character {}", why.column())))
}

/// Numbers of all accounts of a portfolio.
pub(crate) const NUMBERS_OF: &str = "SELECT numbers.* FROM wabas JOIN numbers ON numbers.waba = wabas.id WHERE wabas.portfolio = ? LIMIT ?";

pub(crate) fn wabas_of(db: &Db, portfolio: &PortfolioId, page: &Page<WabaId>) -> Result<Vec<Waba>, Fault> {
    let after = page.after.as_ref().map_or("", WabaId::as_str);
    let values = (portfolio.as_str(), after, page.limit);
    db.all("SELECT * FROM wabas WHERE portfolio = ? AND id > ? ORDER BY id LIMIT ?", values, read_waba)
}

/// The mirror of [`Onboarding`], as one column. `NULL` is that of a number that the operator made.
#[derive(Serialize, Deserialize)]
pub(crate) struct StoredOnboarding {
    verification: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    verified_until_ms: Option<i64>,
    registration: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    deregistered_at_ms: Option<i64>,
    name: String,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pin_retired: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    region: Option<String>,
}

const NEVER: &str = "never";
const REGISTERED: &str = "registered";
const DEREGISTERED: &str = "deregistered";

impl StoredOnboarding {
    pub(crate) fn of(onboarding: &Onboarding) -> Option<Self> {
        if *onboarding == Onboarding::default() {
            return None;
        }
        // Named one by one, so that a new member does not compile until it is stored.
        let Onboarding { verification, verified_until, registration, name, pin_retired, region } = *onboarding;
        let (registration, deregistered_at_ms) = match registration {
            Registration::Never => (NEVER, None),
            Registration::Registered => (REGISTERED, None),
            Registration::Deregistered { at } => (DEREGISTERED, Some(at.unix_millis())),
        };
        Some(Self {
            verification: verification.word().to_owned(),
            verified_until_ms: verified_until.map(WallTime::unix_millis),
            registration: registration.to_owned(),
            deregistered_at_ms,
            name: name.word().to_owned(),
            pin_retired,
            region: region.map(|region| region.word().to_owned()),
        })
    }

    /// `None` when a word is unknown.
    pub(crate) fn read(&self) -> Option<Onboarding> {
        let registration = match (self.registration.as_str(), self.deregistered_at_ms) {
            (NEVER, None) => Registration::Never,
            (REGISTERED, None) => Registration::Registered,
            (DEREGISTERED, Some(at)) => Registration::Deregistered { at: WallTime::from_unix_millis(at) },
            _ => return None,
        };
        Some(Onboarding {
            verification: Verification::read(&self.verification)?,
            verified_until: self.verified_until_ms.map(WallTime::from_unix_millis),
            registration,
            name: NameStatus::read(&self.name)?,
            pin_retired: self.pin_retired,
            region: match &self.region {
                Some(word) => Some(LocalRegion::read(word)?),
                None => None,
            },
        })
    }
}
