//! What an app may do with an account: its tokens reach no further, and webhooks of the account go by it.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use callport_core::scope::Scope;
use callport_engine::records::AppGrant;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{List, apps, wabas};
use crate::asked::{At, Body};
use crate::problem::Problem;
use crate::state::OperatorState;
use crate::words::{AppRef, ScopeWord, WabaRef};

pub(super) fn routes() -> OpenApiRouter<OperatorState> {
    OpenApiRouter::default().routes(routes!(list)).routes(routes!(put, end))
}

/// What an app may do with an account.
#[derive(Serialize, ToSchema)]
#[schema(as = Grant)]
struct GrantView {
    app_id: AppRef,
    waba_id: WabaRef,
    /// `calls` and `messages` are told, and sent, with `whatsapp_business_messaging`; settings, templates and all other webhooks with
    /// `whatsapp_business_management`.
    scopes: Vec<ScopeWord>,
}

/// What an app shall be granted, in place of what it was granted before.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewGrant {
    /// One at least. Default: messaging and management.
    scopes: Option<Vec<ScopeWord>>,
}

fn view(grant: AppGrant) -> GrantView {
    GrantView { app_id: AppRef(grant.app), waba_id: WabaRef(grant.waba), scopes: grant.scopes.into_iter().map(ScopeWord).collect() }
}

/// What apps may do with an account. A token that is made for an account grants its app so much of it, and so does a subscription to an app without a
/// grant.
#[utoipa::path(get, path = "/admin/v1/wabas/{waba_id}/grants", tag = "objects", operation_id = "list_grants", params(("waba_id" = String, Path)), responses((status = 200, body = List<GrantView>), Problem))]
async fn list(State(state): State<OperatorState>, At(waba): At<String>) -> Result<Json<List<GrantView>>, Problem> {
    let waba = wabas::find(&state, &waba).await?;
    Ok(List::of(state.engine.store().grants(&waba.id).await?, view))
}

/// Grants an app more or less of an account than before.
#[utoipa::path(put, path = "/admin/v1/wabas/{waba_id}/grants/{app_id}", tag = "objects", operation_id = "set_grant", params(("waba_id" = String, Path), ("app_id" = String, Path)), request_body = Option<NewGrant>, responses((status = 200, body = GrantView), Problem))]
async fn put(
    State(state): State<OperatorState>,
    At((waba, app)): At<(String, String)>,
    Body(asked): Body<NewGrant>,
) -> Result<Json<GrantView>, Problem> {
    let (waba, app) = (wabas::find(&state, &waba).await?, apps::find(&state, &app).await?);
    let scopes = match asked.scopes {
        Some(named) if named.is_empty() => {
            return Err(Problem::malformed("scopes: name one at least; to take the account away, delete the grant"));
        }
        Some(named) => named.into_iter().map(|word| word.0).collect(),
        None => [Scope::Messaging, Scope::Management].into(),
    };
    let grant = AppGrant { app: app.id, waba: waba.id, scopes };
    state.engine.grant(grant.clone()).await?;
    Ok(Json(view(grant)))
}

/// Takes an account away from an app: tokens that are made for it do not reach it any more (200), and the app's subscription is over.
#[utoipa::path(delete, path = "/admin/v1/wabas/{waba_id}/grants/{app_id}", tag = "objects", operation_id = "delete_grant", params(("waba_id" = String, Path), ("app_id" = String, Path)), responses((status = 204), Problem))]
async fn end(State(state): State<OperatorState>, At((waba, app)): At<(String, String)>) -> Result<StatusCode, Problem> {
    let (waba, app) = (wabas::find(&state, &waba).await?, apps::find(&state, &app).await?);
    state.engine.end_grant(&app.id, &waba.id).await?;
    Ok(StatusCode::NO_CONTENT)
}
