//! WhatsApp Business Accounts: they hold numbers, and apps subscribe to them.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use callport_core::country::Country;
use callport_core::ids::WabaId;
use callport_engine::Patch;
use callport_engine::records::Waba;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::id_or_new;
use super::paged::{Paged, Turn};
use crate::asked::{At, Body, Change, Changeable, Filter, form, name, there};
use crate::problem::Problem;
use crate::state::OperatorState;
use crate::words::{PortfolioRef, WabaRef};

pub(super) fn routes() -> OpenApiRouter<OperatorState> {
    OpenApiRouter::default().routes(routes!(list, create)).routes(routes!(one, change, remove))
}

/// A WhatsApp Business Account.
#[derive(Serialize, ToSchema)]
#[schema(as = Waba)]
struct WabaView {
    id: WabaRef,
    portfolio_id: PortfolioRef,
    #[schema(example = "Acme ID")]
    name: String,
    /// ISO 4217.
    #[schema(example = "USD")]
    currency: String,
    /// IANA zone.
    #[schema(example = "Asia/Jakarta")]
    timezone: String,
    /// The zone's number in the platform's own list, as `GET /{waba-id}` shows it. The list is not published.
    #[schema(example = "1")]
    timezone_id: Option<String>,
    /// ISO 3166-1 alpha-2: where the business is.
    #[schema(example = "ID")]
    country: Option<String>,
    /// Without one, users cannot call (131044).
    payment_method: bool,
}

/// An account to be made.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewWaba {
    /// Made when absent.
    id: Option<WabaRef>,
    portfolio_id: PortfolioRef,
    #[schema(example = "Acme ID")]
    name: String,
    /// ISO 4217. Default `USD`.
    #[schema(example = "USD")]
    currency: Option<String>,
    /// IANA zone. Default `UTC`.
    #[schema(example = "Asia/Jakarta")]
    timezone: Option<String>,
    /// Digits. Default: none.
    #[schema(example = "1")]
    timezone_id: Option<String>,
    /// ISO 3166-1 alpha-2. Default: none.
    #[schema(example = "ID")]
    country: Option<String>,
    /// Default `true`: without one, users cannot call (131044).
    payment_method: Option<bool>,
}

/// What shall be different; the rest stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct WabaChange {
    name: Option<String>,
    /// ISO 4217.
    currency: Option<String>,
    /// IANA zone.
    timezone: Option<String>,
    /// Digits.
    timezone_id: Option<String>,
    /// ISO 3166-1 alpha-2.
    country: Option<String>,
    /// Without one, users cannot call (131044).
    payment_method: Option<bool>,
}

impl Changeable for WabaChange {}

fn view(waba: Waba) -> WabaView {
    WabaView {
        id: WabaRef(waba.id),
        portfolio_id: PortfolioRef(waba.portfolio),
        name: waba.name,
        currency: waba.currency,
        timezone: waba.timezone,
        timezone_id: waba.timezone_id,
        country: waba.country.map(|country| country.as_str().to_owned()),
        payment_method: waba.payment_method,
    }
}

/// Three capital letters. Which of them are in use is for a bank to know.
pub(crate) fn currency(text: String) -> Result<String, &'static str> {
    let fits = text.len() == 3 && text.bytes().all(|byte| byte.is_ascii_uppercase());
    fits.then_some(text).ok_or("a currency is three capital letters by ISO 4217, as in USD")
}

/// The form of a zone's name; the machine's list of zones is not asked, so that a file reads the same everywhere.
pub(crate) fn timezone(text: String) -> Result<String, &'static str> {
    let part = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-+".contains(&byte));
    let fits = text.len() <= 64 && text.starts_with(|first: char| first.is_ascii_alphabetic()) && text.split('/').all(part);
    fits.then_some(text).ok_or("a timezone is an IANA name, as in Asia/Jakarta")
}

/// Digits, as many as any list needs.
pub(crate) fn timezone_id(text: String) -> Result<String, &'static str> {
    let fits = (1..=6).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    fits.then_some(text).ok_or("a timezone_id is a number, as in 1")
}

/// Every account, by id.
#[utoipa::path(get, path = "/admin/v1/wabas", tag = "objects", operation_id = "list_wabas", params(Turn), responses((status = 200, body = Paged<WabaView>), Problem))]
async fn list(State(state): State<OperatorState>, Filter(turn): Filter<Turn>) -> Result<Json<Paged<WabaView>>, Problem> {
    let page = turn.page(WabaId::parse)?;
    let most = page.limit;
    Ok(Paged::of(state.engine.store().wabas(page).await?, most, |row| &row.id, view))
}

/// Makes an account in a portfolio.
#[utoipa::path(post, path = "/admin/v1/wabas", tag = "objects", operation_id = "create_waba", request_body = NewWaba, responses((status = 201, body = WabaView), Problem))]
async fn create(State(state): State<OperatorState>, Body(asked): Body<NewWaba>) -> Result<(StatusCode, Json<WabaView>), Problem> {
    let id = id_or_new(asked.id.map(|id| id.0), &state.engine, WabaId::parse)?;
    if state.engine.store().waba(&id).await?.is_some() {
        return Err(Problem::conflict("there is a WhatsApp Business Account with this id already"));
    }
    let waba = Waba {
        id,
        portfolio: asked.portfolio_id.0,
        name: name("name", asked.name)?,
        currency: form("currency", currency(asked.currency.unwrap_or_else(|| "USD".to_owned())))?,
        timezone: form("timezone", timezone(asked.timezone.unwrap_or_else(|| "UTC".to_owned())))?,
        timezone_id: asked.timezone_id.map(|text| form("timezone_id", timezone_id(text))).transpose()?,
        country: asked.country.map(|text| form("country", Country::parse(&text))).transpose()?,
        payment_method: asked.payment_method.unwrap_or(true),
    };
    state.engine.put_waba(waba.clone()).await?;
    Ok((StatusCode::CREATED, Json(view(waba))))
}

/// One account.
#[utoipa::path(get, path = "/admin/v1/wabas/{waba_id}", tag = "objects", operation_id = "get_waba", params(("waba_id" = String, Path)), responses((status = 200, body = WabaView), Problem))]
async fn one(State(state): State<OperatorState>, At(id): At<String>) -> Result<Json<WabaView>, Problem> {
    Ok(Json(view(find(&state, &id).await?)))
}

/// Changes an account.
#[utoipa::path(patch, path = "/admin/v1/wabas/{waba_id}", tag = "objects", operation_id = "change_waba", params(("waba_id" = String, Path)), request_body = WabaChange, responses((status = 200, body = WabaView), Problem))]
async fn change(
    State(state): State<OperatorState>,
    At(id): At<String>,
    Change(asked): Change<WabaChange>,
) -> Result<Json<WabaView>, Problem> {
    let found = find(&state, &id).await?;
    let new_name = asked.name.map(|text| name("name", text)).transpose()?;
    let new_currency = asked.currency.map(|text| form("currency", currency(text))).transpose()?;
    let new_timezone = asked.timezone.map(|text| form("timezone", timezone(text))).transpose()?;
    let new_timezone_id = asked.timezone_id.map(|text| form("timezone_id", timezone_id(text))).transpose()?;
    let new_country = asked.country.map(|text| form("country", Country::parse(&text))).transpose()?;
    let different = move |waba: &mut Waba| {
        waba.name = new_name.clone().unwrap_or_else(|| waba.name.clone());
        waba.currency = new_currency.clone().unwrap_or_else(|| waba.currency.clone());
        waba.timezone = new_timezone.clone().unwrap_or_else(|| waba.timezone.clone());
        waba.timezone_id = new_timezone_id.clone().or_else(|| waba.timezone_id.take());
        waba.country = new_country.or(waba.country);
        waba.payment_method = asked.payment_method.unwrap_or(waba.payment_method);
    };
    let waba = state.engine.change_waba(&found.id, Patch::new(different)).await?;
    Ok(Json(view(waba)))
}

/// Removes an account that has no numbers (409 names them), with its templates, grants and subscriptions, and with what pays for it. Partners are told.
#[utoipa::path(delete, path = "/admin/v1/wabas/{waba_id}", tag = "objects", operation_id = "delete_waba", params(("waba_id" = String, Path)), responses((status = 204), Problem))]
async fn remove(State(state): State<OperatorState>, At(id): At<String>) -> Result<StatusCode, Problem> {
    state.engine.remove_waba(&find(&state, &id).await?.id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The account in a path.
pub(super) async fn find(state: &OperatorState, id: &str) -> Result<Waba, Problem> {
    let id = form("waba_id", WabaId::parse(id))?;
    there("WhatsApp Business Account", state.engine.store().waba(&id).await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn currencies_and_zones_have_a_form() {
        for zone in ["UTC", "Asia/Jakarta", "America/Argentina/Buenos_Aires", "Etc/GMT+7"] {
            assert!(timezone(zone.into()).is_ok(), "{zone}");
        }
        for zone in ["", "/", "Asia/", "+7", "Asia Jakarta", &"A".repeat(65)] {
            assert!(timezone(zone.into()).is_err(), "{zone}");
        }
        assert!(currency("IDR".into()).is_ok() && currency("idr".into()).is_err() && currency("EURO".into()).is_err());
    }
}
