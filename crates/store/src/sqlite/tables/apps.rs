//! Apps, their tokens, and where their webhooks go.

use callport_core::ids::{AppId, PhoneNumberId, WabaId};
use callport_core::token::SecretHash;
use callport_engine::Fault;
use callport_engine::records::{App, Callback, PhoneOverride, Subscription, Token};
use sqlx::query;
use sqlx::sqlite::SqliteRow;

use super::{Query, json, list};
use crate::key::{Place, Seal};
use crate::sqlite::row::Row;
use crate::sqlite::words::Word as _;

const APP_SECRET: &str = "apps.sealed_secret";
const APP_VERIFY_TOKEN: &str = "apps.sealed_verify_token";
const SUBSCRIPTION_VERIFY_TOKEN: &str = "subscriptions.sealed_verify_token";
const OVERRIDE_VERIFY_TOKEN: &str = "phone_overrides.sealed_verify_token";

pub(crate) fn put_app<'q>(app: &'q App, seal: &Seal) -> Result<Query<'q>, Fault> {
    let row = [app.id.as_str()];
    let put = query(
        "INSERT INTO apps (id, name, sealed_secret, callback_url, sealed_verify_token, fields) VALUES (?, ?, ?, ?, ?, ?)
         ON CONFLICT (id) DO UPDATE SET name = excluded.name, sealed_secret = excluded.sealed_secret,
             callback_url = excluded.callback_url, sealed_verify_token = excluded.sealed_verify_token, fields = excluded.fields",
    );
    Ok(put
        .bind(app.id.as_str())
        .bind(&app.name)
        .bind(seal.seal(Place { column: APP_SECRET, row: &row }, &app.secret)?)
        .bind(app.callback.as_ref().map(|callback| callback.url.as_str()))
        .bind(sealed_token(app.callback.as_ref(), Place { column: APP_VERIFY_TOKEN, row: &row }, seal)?)
        .bind(json(&app.fields)?))
}

pub(crate) fn app_by_id(id: &AppId) -> Query<'_> {
    query("SELECT * FROM apps WHERE id = ?").bind(id.as_str())
}

pub(crate) fn apps() -> Query<'static> {
    query("SELECT * FROM apps ORDER BY id")
}

pub(crate) fn read_app(row: &SqliteRow, seal: &Seal) -> Result<App, Fault> {
    let row = Row::of("apps", row);
    let id = row.parsed("id", AppId::parse)?;
    let key = [id.as_str()];
    Ok(App {
        name: row.plain("name")?,
        secret: seal.open(Place { column: APP_SECRET, row: &key }, row.plain("sealed_secret")?)?,
        callback: read_callback(&row, Place { column: APP_VERIFY_TOKEN, row: &key }, seal)?,
        fields: row.json("fields")?,
        id,
    })
}

pub(crate) fn put_subscription<'q>(subscription: &'q Subscription, seal: &Seal) -> Result<Query<'q>, Fault> {
    let Subscription { app, waba, override_callback } = subscription;
    let place = Place { column: SUBSCRIPTION_VERIFY_TOKEN, row: &[waba.as_str(), app.as_str()] };
    let put = query(
        "INSERT INTO subscriptions (waba, app, callback_url, sealed_verify_token) VALUES (?, ?, ?, ?)
         ON CONFLICT (waba, app) DO UPDATE SET callback_url = excluded.callback_url, sealed_verify_token = excluded.sealed_verify_token",
    );
    Ok(put
        .bind(waba.as_str())
        .bind(app.as_str())
        .bind(override_callback.as_ref().map(|callback| callback.url.as_str()))
        .bind(sealed_token(override_callback.as_ref(), place, seal)?))
}

pub(crate) fn remove_subscription<'q>(app: &'q AppId, waba: &'q WabaId) -> Query<'q> {
    query("DELETE FROM subscriptions WHERE waba = ? AND app = ?").bind(waba.as_str()).bind(app.as_str())
}

pub(crate) fn subscription<'q>(app: &'q AppId, waba: &'q WabaId) -> Query<'q> {
    query("SELECT * FROM subscriptions WHERE waba = ? AND app = ?").bind(waba.as_str()).bind(app.as_str())
}

pub(crate) fn subscriptions(waba: &WabaId) -> Query<'_> {
    query("SELECT * FROM subscriptions WHERE waba = ? ORDER BY app").bind(waba.as_str())
}

pub(crate) fn read_subscription(row: &SqliteRow, seal: &Seal) -> Result<Subscription, Fault> {
    let row = Row::of("subscriptions", row);
    let (app, waba) = (row.parsed("app", AppId::parse)?, row.parsed("waba", WabaId::parse)?);
    let place = Place { column: SUBSCRIPTION_VERIFY_TOKEN, row: &[waba.as_str(), app.as_str()] };
    Ok(Subscription { override_callback: read_callback(&row, place, seal)?, app, waba })
}

pub(crate) fn put_phone_override<'q>(phone_override: &'q PhoneOverride, seal: &Seal) -> Result<Query<'q>, Fault> {
    let PhoneOverride { app, number, callback } = phone_override;
    let place = Place { column: OVERRIDE_VERIFY_TOKEN, row: &[app.as_str(), number.as_str()] };
    let put = query(
        "INSERT INTO phone_overrides (app, number, callback_url, sealed_verify_token) VALUES (?, ?, ?, ?)
         ON CONFLICT (app, number) DO UPDATE SET callback_url = excluded.callback_url, sealed_verify_token = excluded.sealed_verify_token",
    );
    Ok(put.bind(app.as_str()).bind(number.as_str()).bind(&callback.url).bind(seal.seal(place, &callback.verify_token)?))
}

pub(crate) fn remove_phone_override<'q>(app: &'q AppId, number: &'q PhoneNumberId) -> Query<'q> {
    query("DELETE FROM phone_overrides WHERE app = ? AND number = ?").bind(app.as_str()).bind(number.as_str())
}

pub(crate) fn phone_override<'q>(app: &'q AppId, number: &'q PhoneNumberId) -> Query<'q> {
    query("SELECT * FROM phone_overrides WHERE app = ? AND number = ?").bind(app.as_str()).bind(number.as_str())
}

pub(crate) fn read_phone_override(row: &SqliteRow, seal: &Seal) -> Result<PhoneOverride, Fault> {
    let row = Row::of("phone_overrides", row);
    let (app, number) = (row.parsed("app", AppId::parse)?, row.parsed("number", PhoneNumberId::parse)?);
    let place = Place { column: OVERRIDE_VERIFY_TOKEN, row: &[app.as_str(), number.as_str()] };
    let verify_token = seal.open(place, row.plain("sealed_verify_token")?)?;
    Ok(PhoneOverride { callback: Callback { url: row.plain("callback_url")?, verify_token }, app, number })
}

pub(crate) fn put_token(token: &Token) -> Result<Query<'_>, Fault> {
    let put = query(
        "INSERT INTO tokens (token_hash, app, scopes, wabas, issued_at_ms, expires_at_ms) VALUES (?, ?, ?, ?, ?, ?)
         ON CONFLICT (token_hash) DO UPDATE SET app = excluded.app, scopes = excluded.scopes, wabas = excluded.wabas,
             issued_at_ms = excluded.issued_at_ms, expires_at_ms = excluded.expires_at_ms",
    );
    let wabas = token.wabas.as_ref().map(|wabas| list(wabas.iter().map(WabaId::as_str)));
    Ok(put
        .bind(token.hash.as_bytes().as_slice())
        .bind(token.app.as_str())
        .bind(list(token.scopes.iter().map(|scope| scope.word()))?)
        .bind(wabas.transpose()?)
        .bind(token.issued_at.unix_millis())
        .bind(token.expires_at.map(|at| at.unix_millis())))
}

pub(crate) fn remove_token(hash: &SecretHash) -> Query<'_> {
    query("DELETE FROM tokens WHERE token_hash = ?").bind(hash.as_bytes().as_slice())
}

pub(crate) fn token_by_hash(hash: &SecretHash) -> Query<'_> {
    query("SELECT * FROM tokens WHERE token_hash = ?").bind(hash.as_bytes().as_slice())
}

pub(crate) fn tokens(app: &AppId) -> Query<'_> {
    query("SELECT * FROM tokens WHERE app = ? ORDER BY issued_at_ms, token_hash").bind(app.as_str())
}

pub(crate) fn read_token(row: &SqliteRow) -> Result<Token, Fault> {
    let row = Row::of("tokens", row);
    let limited = row.plain::<Option<&str>>("wabas")?.is_some();
    Ok(Token {
        hash: row.hash("token_hash")?,
        app: row.parsed("app", AppId::parse)?,
        scopes: row.words("scopes")?,
        wabas: limited.then(|| row.list("wabas", WabaId::parse)).transpose()?,
        issued_at: row.time("issued_at_ms")?,
        expires_at: row.maybe_time("expires_at_ms")?,
    })
}

fn sealed_token(callback: Option<&Callback>, place: Place<'_>, seal: &Seal) -> Result<Option<Vec<u8>>, Fault> {
    callback.map(|callback| seal.seal(place, &callback.verify_token)).transpose()
}

/// URL and token stand together or not at all; the table sees to that.
fn read_callback(row: &Row<'_>, place: Place<'_>, seal: &Seal) -> Result<Option<Callback>, Fault> {
    let sealed: Option<&[u8]> = row.plain("sealed_verify_token")?;
    let url: Option<String> = row.plain("callback_url")?;
    url.zip(sealed).map(|(url, sealed)| Ok(Callback { url, verify_token: seal.open(place, sealed)? })).transpose()
}
