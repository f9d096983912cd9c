//! Apps, their tokens, and where their webhooks go.

use callport_core::ids::{AppId, PhoneNumberId, PortfolioId, WabaId};
use callport_core::words::Word as _;
use callport_engine::Fault;
use callport_engine::ports::Page;
use callport_engine::records::{App, AppGrant, Callback, PhoneOverride, Subscription, Token};

use super::{json, list};
use crate::key::{Place, Seal};
use crate::sqlite::db::Db;
use crate::sqlite::row::Row;

const APP_SECRET: &str = "apps.sealed_secret";
const APP_VERIFY_TOKEN: &str = "apps.sealed_verify_token";
const SUBSCRIPTION_VERIFY_TOKEN: &str = "subscriptions.sealed_verify_token";
const OVERRIDE_VERIFY_TOKEN: &str = "phone_overrides.sealed_verify_token";

pub(crate) fn put_app(db: &Db, version: i64, app: &App) -> Result<(), Fault> {
    let row = [app.id.as_str()];
    put!(db, version, "apps" [id: app.id.as_str()] {
        name: app.name,
        sealed_secret: db.seal.seal(Place { column: APP_SECRET, row: &row }, &app.secret)?,
        callback_url: app.callback.as_ref().map(|callback| callback.url.as_str()),
        sealed_verify_token: sealed_token(app.callback.as_ref(), Place { column: APP_VERIFY_TOKEN, row: &row }, &db.seal)?,
        business: app.business.as_ref().map(PortfolioId::as_str),
        tech_partner: app.tech_partner,
        graph_version: app.graph_version,
        fields: json(&app.fields)?,
    })
}

pub(crate) fn apps(db: &Db, page: &Page<AppId>) -> Result<Vec<App>, Fault> {
    let after = page.after.as_ref().map_or("", AppId::as_str);
    db.all("SELECT * FROM apps WHERE id > ? ORDER BY id LIMIT ?", (after, page.limit), |row| read_app(row, &db.seal))
}

/// That belong to a portfolio.
pub(crate) const APPS_OF: &str = "SELECT * FROM apps WHERE business = ? ORDER BY id LIMIT ?";

pub(crate) fn read_app(row: &rusqlite::Row<'_>, seal: &Seal) -> Result<App, Fault> {
    let row = Row::of("apps", row);
    let id = row.parsed("id", AppId::parse)?;
    let key = [id.as_str()];
    Ok(App {
        name: row.plain("name")?,
        secret: seal.open(Place { column: APP_SECRET, row: &key }, row.bytes("sealed_secret")?)?,
        callback: read_callback(&row, Place { column: APP_VERIFY_TOKEN, row: &key }, seal)?,
        business: row.maybe("business", PortfolioId::parse)?,
        tech_partner: row.plain("tech_partner")?,
        graph_version: row.plain("graph_version")?,
        fields: row.json("fields")?,
        id,
    })
}

pub(crate) fn put_grant(db: &Db, version: i64, grant: &AppGrant) -> Result<(), Fault> {
    put!(db, version, "grants" [waba: grant.waba.as_str(), app: grant.app.as_str()] {
        scopes: list(grant.scopes.iter().map(|scope| scope.word()))?,
    })
}

/// Of an account.
pub(crate) const GRANTS_OF: &str = "SELECT * FROM grants WHERE waba = ? ORDER BY app";

pub(crate) fn grants(db: &Db, waba: &WabaId) -> Result<Vec<AppGrant>, Fault> {
    db.all(GRANTS_OF, [waba.as_str()], read_grant)
}

pub(crate) fn read_grant(row: &rusqlite::Row<'_>) -> Result<AppGrant, Fault> {
    let row = Row::of("grants", row);
    Ok(AppGrant { app: row.parsed("app", AppId::parse)?, waba: row.parsed("waba", WabaId::parse)?, scopes: row.words("scopes")? })
}

pub(crate) fn put_subscription(db: &Db, version: i64, subscription: &Subscription) -> Result<(), Fault> {
    let Subscription { app, waba, override_callback } = subscription;
    let place = Place { column: SUBSCRIPTION_VERIFY_TOKEN, row: &[waba.as_str(), app.as_str()] };
    put!(db, version, "subscriptions" [waba: waba.as_str(), app: app.as_str()] {
        callback_url: override_callback.as_ref().map(|callback| callback.url.as_str()),
        sealed_verify_token: sealed_token(override_callback.as_ref(), place, &db.seal)?,
    })
}

pub(crate) fn subscriptions(db: &Db, waba: &WabaId) -> Result<Vec<Subscription>, Fault> {
    db.all("SELECT * FROM subscriptions WHERE waba = ? ORDER BY app", [waba.as_str()], |row| read_subscription(row, &db.seal))
}

pub(crate) fn read_subscription(row: &rusqlite::Row<'_>, seal: &Seal) -> Result<Subscription, Fault> {
    let row = Row::of("subscriptions", row);
    let (app, waba) = (row.parsed("app", AppId::parse)?, row.parsed("waba", WabaId::parse)?);
    let place = Place { column: SUBSCRIPTION_VERIFY_TOKEN, row: &[waba.as_str(), app.as_str()] };
    Ok(Subscription { override_callback: read_callback(&row, place, seal)?, app, waba })
}

pub(crate) fn put_phone_override(db: &Db, version: i64, phone_override: &PhoneOverride) -> Result<(), Fault> {
    let PhoneOverride { app, number, callback } = phone_override;
    let place = Place { column: OVERRIDE_VERIFY_TOKEN, row: &[app.as_str(), number.as_str()] };
    put!(db, version, "phone_overrides" [app: app.as_str(), number: number.as_str()] {
        callback_url: callback.url,
        sealed_verify_token: db.seal.seal(place, &callback.verify_token)?,
    })
}

pub(crate) fn read_phone_override(row: &rusqlite::Row<'_>, seal: &Seal) -> Result<PhoneOverride, Fault> {
    let row = Row::of("phone_overrides", row);
    let (app, number) = (row.parsed("app", AppId::parse)?, row.parsed("number", PhoneNumberId::parse)?);
    let place = Place { column: OVERRIDE_VERIFY_TOKEN, row: &[app.as_str(), number.as_str()] };
    let verify_token = seal.open(place, row.bytes("sealed_verify_token")?)?;
    Ok(PhoneOverride { callback: Callback { url: row.plain("callback_url")?, verify_token }, app, number })
}

pub(crate) fn put_token(db: &Db, version: i64, token: &Token) -> Result<(), Fault> {
    let wabas = token.wabas.as_ref().map(|wabas| list(wabas.iter().map(WabaId::as_str)));
    put!(db, version, "tokens" [token_hash: token.hash.as_bytes()] {
        app: token.app.as_str(),
        scopes: list(token.scopes.iter().map(|scope| scope.word()))?,
        wabas: wabas.transpose()?,
        issued_at_ms: token.issued_at.unix_millis(),
        expires_at_ms: token.expires_at.map(|at| at.unix_millis()),
    })
}

pub(crate) fn tokens(db: &Db, app: &AppId) -> Result<Vec<Token>, Fault> {
    db.all("SELECT * FROM tokens WHERE app = ? ORDER BY issued_at_ms, token_hash", [app.as_str()], read_token)
}

pub(crate) fn read_token(row: &rusqlite::Row<'_>) -> Result<Token, Fault> {
    let row = Row::of("tokens", row);
    Ok(Token {
        hash: row.hash("token_hash")?,
        app: row.parsed("app", AppId::parse)?,
        scopes: row.words("scopes")?,
        wabas: row.maybe_list("wabas", WabaId::parse)?,
        issued_at: row.time("issued_at_ms")?,
        expires_at: row.maybe_time("expires_at_ms")?,
    })
}

fn sealed_token(callback: Option<&Callback>, place: Place<'_>, seal: &Seal) -> Result<Option<Vec<u8>>, Fault> {
    callback.map(|callback| seal.seal(place, &callback.verify_token)).transpose()
}

/// URL and token stand together or not at all; the table sees to that.
fn read_callback(row: &Row<'_>, place: Place<'_>, seal: &Seal) -> Result<Option<Callback>, Fault> {
    let url: Option<String> = row.plain("callback_url")?;
    let sealed = row.maybe_bytes("sealed_verify_token")?;
    url.zip(sealed).map(|(url, sealed)| Ok(Callback { url, verify_token: seal.open(place, sealed)? })).transpose()
}
