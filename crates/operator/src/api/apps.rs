//! Apps: they receive webhooks, signed with their secret, and tokens speak for them.

use std::collections::BTreeSet;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use callport_core::ids::AppId;
use callport_engine::Engine;
use callport_engine::records::App;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::paged::{Paged, Turn};
use super::{callback, id_or_new};
use crate::asked::{At, Body, Change, Changeable, Filter, form, name, there};
use crate::problem::Problem;
use crate::state::OperatorState;
use crate::words::{AppRef, PortfolioRef};

pub(super) fn routes() -> OpenApiRouter<OperatorState> {
    OpenApiRouter::default().routes(routes!(list, create)).routes(routes!(one, change, remove))
}

/// An app. Its secret is told only when it is made.
#[derive(Serialize, ToSchema)]
#[schema(as = App)]
struct AppView {
    id: AppRef,
    #[schema(example = "Desk")]
    name: String,
    /// Where its webhooks go, unless an override says otherwise.
    #[schema(example = "https://hooks.example/wa")]
    callback_url: Option<String>,
    /// The portfolio that owns it: roles of conversation routing belong to that business.
    business_id: Option<PortfolioRef>,
    /// Sandbox accounts are for apps of Tech Partners.
    tech_partner: bool,
    /// The version that serves its requests without one; `v21.0` where it has none.
    #[schema(example = "v25.0")]
    graph_version: Option<String>,
    /// Webhook fields that it subscribed to.
    #[schema(example = json!(["calls", "messages"]))]
    fields: BTreeSet<String>,
}

/// An app that was made, with its secret: it is not told again.
#[derive(Serialize, ToSchema)]
struct MadeApp {
    #[serde(flatten)]
    app: AppView,
    /// Signs webhooks and makes the app token `APP_ID|APP_SECRET`.
    secret: String,
}

/// An app to be made.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewApp {
    /// Made when absent.
    id: Option<AppRef>,
    #[schema(example = "Desk")]
    name: String,
    /// Made when absent.
    secret: Option<String>,
    /// Where its webhooks go.
    #[schema(example = "https://hooks.example/wa")]
    callback_url: Option<String>,
    /// Sent to the callback in the verification GET.
    verify_token: Option<String>,
    /// Webhook fields. Default: `calls`.
    #[schema(example = json!(["calls", "messages"]))]
    fields: Option<BTreeSet<String>>,
    /// `false`: the callback is taken without the verification GET. Default `true`.
    verify: Option<bool>,
    /// The portfolio that owns it, which must exist.
    business_id: Option<PortfolioRef>,
    /// Default `true`. Apps that are no Tech Partner's do not reach numbers of sandbox accounts (200).
    tech_partner: Option<bool>,
    /// The version that serves its requests without one. Default: none, which is `v21.0`.
    #[schema(example = "v25.0", pattern = r"^v[0-9]{1,2}\.0$")]
    graph_version: Option<String>,
}

/// What shall be different; the rest stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct AppChange {
    name: Option<String>,
    callback_url: Option<String>,
    /// Sent to the new callback in the verification GET.
    verify_token: Option<String>,
    /// All of them: those not named are taken away.
    fields: Option<BTreeSet<String>>,
    /// `false`: the new callback is taken without the verification GET. Default `true`.
    verify: Option<bool>,
    /// The portfolio that owns it, which must exist.
    business_id: Option<PortfolioRef>,
    /// Apps that are no Tech Partner's do not reach numbers of sandbox accounts (200).
    tech_partner: Option<bool>,
    /// The version that serves its requests without one.
    #[schema(example = "v25.0", pattern = r"^v[0-9]{1,2}\.0$")]
    graph_version: Option<String>,
}

impl Changeable for AppChange {}

fn view(app: App) -> AppView {
    AppView {
        id: AppRef(app.id),
        name: app.name,
        callback_url: app.callback.map(|callback| callback.url),
        business_id: app.business.map(PortfolioRef),
        tech_partner: app.tech_partner,
        graph_version: app.graph_version,
        fields: app.fields,
    }
}

/// Longest name of a webhook field, and most fields of one app.
const MAX_FIELD: usize = 64;

/// Names of webhook fields. Also fields that this platform never emits: a set-up tool subscribes to what it knows.
pub(crate) fn fields(names: BTreeSet<String>) -> Result<BTreeSet<String>, &'static str> {
    let fits = |name: &String| {
        (1..=MAX_FIELD).contains(&name.len()) && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
    };
    let all = names.len() <= MAX_FIELD && names.iter().all(fits);
    all.then_some(names).ok_or("a webhook field is a word of lower-case letters and underscores, as in calls")
}

/// A version of the published API, as paths begin with it.
pub(crate) fn graph_version(text: String) -> Result<String, &'static str> {
    let major = text.strip_prefix('v').and_then(|rest| rest.strip_suffix(".0")).unwrap_or_default();
    let fits = (1..=2).contains(&major.len()) && !major.starts_with('0') && major.bytes().all(|byte| byte.is_ascii_digit());
    fits.then_some(text).ok_or("a graph_version is written as in v25.0")
}

/// A secret that can sign and stand in `APP_ID|APP_SECRET`.
pub(crate) fn secret(text: String) -> Result<String, &'static str> {
    let fits = (1..=256).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'|');
    fits.then_some(text).ok_or("an app secret has 1 to 256 visible ASCII characters without `|`")
}

/// A secret of the published form: 32 hexadecimal digits.
fn new_secret(engine: &Engine) -> String {
    hex::encode(engine.random::<16>())
}

/// Every app, by id.
#[utoipa::path(get, path = "/admin/v1/apps", tag = "objects", operation_id = "list_apps", params(Turn), responses((status = 200, body = Paged<AppView>), Problem))]
async fn list(State(state): State<OperatorState>, Filter(turn): Filter<Turn>) -> Result<Json<Paged<AppView>>, Problem> {
    let page = turn.page(AppId::parse)?;
    let most = page.limit;
    Ok(Paged::of(state.engine.store().apps(page).await?, most, |row| &row.id, view))
}

/// Makes an app. If its callback does not pass the verification, no app is made.
#[utoipa::path(post, path = "/admin/v1/apps", tag = "objects", operation_id = "create_app", request_body = NewApp, responses((status = 201, body = MadeApp), Problem))]
async fn create(State(state): State<OperatorState>, Body(asked): Body<NewApp>) -> Result<(StatusCode, Json<MadeApp>), Problem> {
    let engine = &state.engine;
    let id = id_or_new(asked.id.map(|id| id.0), engine, AppId::parse)?;
    if engine.store().app(&id).await?.is_some() {
        return Err(Problem::conflict("there is an app with this id already"));
    }
    let given = asked.secret.map(|text| form("secret", secret(text))).transpose()?;
    let app = App {
        id,
        name: name("name", asked.name)?,
        secret: given.unwrap_or_else(|| new_secret(engine)),
        business: asked.business_id.map(|id| id.0),
        tech_partner: asked.tech_partner.unwrap_or(true),
        graph_version: asked.graph_version.map(|text| form("graph_version", graph_version(text))).transpose()?,
        fields: form("fields", fields(asked.fields.unwrap_or_else(|| ["calls".to_owned()].into())))?,
        callback: callback::asked(engine, asked.callback_url, asked.verify_token, asked.verify).await?,
    };
    engine.put_app(app.clone()).await?;
    let secret = app.secret.clone();
    Ok((StatusCode::CREATED, Json(MadeApp { app: view(app), secret })))
}

/// One app.
#[utoipa::path(get, path = "/admin/v1/apps/{app_id}", tag = "objects", operation_id = "get_app", params(("app_id" = String, Path)), responses((status = 200, body = AppView), Problem))]
async fn one(State(state): State<OperatorState>, At(id): At<String>) -> Result<Json<AppView>, Problem> {
    Ok(Json(view(find(&state, &id).await?)))
}

/// Changes an app. If a new callback does not pass the verification, nothing changes.
#[utoipa::path(patch, path = "/admin/v1/apps/{app_id}", tag = "objects", operation_id = "change_app", params(("app_id" = String, Path)), request_body = AppChange, responses((status = 200, body = AppView), Problem))]
async fn change(
    State(state): State<OperatorState>,
    At(id): At<String>,
    Change(asked): Change<AppChange>,
) -> Result<Json<AppView>, Problem> {
    let mut app = find(&state, &id).await?;
    if let Some(text) = asked.name {
        app.name = name("name", text)?;
    }
    if let Some(names) = asked.fields {
        app.fields = form("fields", fields(names))?;
    }
    app.business = asked.business_id.map(|id| id.0).or(app.business);
    app.tech_partner = asked.tech_partner.unwrap_or(app.tech_partner);
    if let Some(text) = asked.graph_version {
        app.graph_version = Some(form("graph_version", graph_version(text))?);
    }
    let callback = callback::asked(&state.engine, asked.callback_url, asked.verify_token, asked.verify).await?;
    app.callback = callback.or(app.callback);
    state.engine.put_app(app.clone()).await?;
    Ok(Json(view(app)))
}

/// Removes an app with its tokens, grants, subscriptions, overrides and SIP servers, and as a client of the sign-up page. Its multi-partner solutions end,
/// and the other partner is told. Webhooks that are on their way to it are dropped at their next attempt.
#[utoipa::path(delete, path = "/admin/v1/apps/{app_id}", tag = "objects", operation_id = "delete_app", params(("app_id" = String, Path)), responses((status = 204), Problem))]
async fn remove(State(state): State<OperatorState>, At(id): At<String>) -> Result<StatusCode, Problem> {
    state.engine.remove_app(&find(&state, &id).await?.id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The app in a path.
pub(super) async fn find(state: &OperatorState, id: &str) -> Result<App, Problem> {
    let id = form("app_id", AppId::parse(id))?;
    there("app", state.engine.store().app(&id).await?)
}
