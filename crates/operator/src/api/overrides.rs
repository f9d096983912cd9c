//! Where the webhooks of one number go for one app (`webhook_configuration`): before the account's override and the app's callback.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use callport_core::ids::{AppId, PhoneNumberId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{List, apps, callback, numbers};
use crate::asked::{At, Body};
use crate::problem::Problem;
use crate::state::OperatorState;
use crate::words::{AppRef, NumberRef};

pub(super) fn routes() -> OpenApiRouter<OperatorState> {
    OpenApiRouter::default().routes(routes!(list)).routes(routes!(put, remove))
}

/// An app's override for one number.
#[derive(Serialize, ToSchema)]
#[schema(as = PhoneOverride)]
struct OverrideView {
    app_id: AppRef,
    phone_number_id: NumberRef,
    #[schema(example = "https://eu.tenant.example/wa")]
    callback_url: String,
}

/// Where to.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewOverride {
    #[schema(example = "https://eu.tenant.example/wa")]
    callback_url: String,
    /// Sent to that URL in the verification GET.
    verify_token: String,
}

fn view(app: AppId, number: PhoneNumberId, callback_url: String) -> OverrideView {
    OverrideView { app_id: AppRef(app), phone_number_id: NumberRef(number), callback_url }
}

/// The overrides of a number, of apps that are subscribed to one of its accounts.
#[utoipa::path(get, path = "/admin/v1/numbers/{phone_number_id}/overrides", tag = "objects", operation_id = "list_overrides", params(("phone_number_id" = String, Path)), responses((status = 200, body = List<OverrideView>), Problem))]
async fn list(State(state): State<OperatorState>, At(number): At<String>) -> Result<Json<List<OverrideView>>, Problem> {
    let number = numbers::find(&state, &number).await?;
    let store = state.engine.store();
    let mut overrides = Vec::new();
    for account in store.accounts_of(&number).await? {
        for subscription in store.subscriptions(&account).await? {
            overrides.extend(store.phone_override(&subscription.app, &number.id).await?);
        }
    }
    overrides.sort_by(|one, two| one.app.cmp(&two.app));
    overrides.dedup();
    Ok(List::of(overrides, |found| view(found.app, found.number, found.callback.url)))
}

/// Sets an app's override for a number. The app must be subscribed to an account of the number.
#[utoipa::path(put, path = "/admin/v1/numbers/{phone_number_id}/overrides/{app_id}", tag = "objects", operation_id = "set_override", params(("phone_number_id" = String, Path), ("app_id" = String, Path)), request_body = NewOverride, responses((status = 200, body = OverrideView), Problem))]
async fn put(
    State(state): State<OperatorState>,
    At((number, app)): At<(String, String)>,
    Body(asked): Body<NewOverride>,
) -> Result<Json<OverrideView>, Problem> {
    let (number, app) = (numbers::find(&state, &number).await?, apps::find(&state, &app).await?);
    let callback = callback::callback(asked.callback_url, Some(asked.verify_token), true).map_err(Problem::malformed)?;
    state.engine.override_number(&app.id, &number, Some(callback.clone())).await?;
    Ok(Json(view(app.id, number.id, callback.url)))
}

/// Removes an app's override for a number.
#[utoipa::path(delete, path = "/admin/v1/numbers/{phone_number_id}/overrides/{app_id}", tag = "objects", operation_id = "delete_override", params(("phone_number_id" = String, Path), ("app_id" = String, Path)), responses((status = 204), Problem))]
async fn remove(State(state): State<OperatorState>, At((number, app)): At<(String, String)>) -> Result<StatusCode, Problem> {
    let (number, app) = (numbers::find(&state, &number).await?, apps::find(&state, &app).await?);
    state.engine.override_number(&app.id, &number, None).await?;
    Ok(StatusCode::NO_CONTENT)
}
