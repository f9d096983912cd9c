//! Which app is told of which account (`subscribed_apps`), and where to, if not to the app's own callback.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use callport_engine::records::Subscription;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{List, apps, callback, wabas};
use crate::asked::{At, Body};
use crate::problem::Problem;
use crate::state::OperatorState;
use crate::words::{AppRef, WabaRef};

pub(super) fn routes() -> OpenApiRouter<OperatorState> {
    OpenApiRouter::default().routes(routes!(list)).routes(routes!(subscribe, unsubscribe))
}

/// An app's subscription to an account.
#[derive(Serialize, ToSchema)]
#[schema(as = Subscription)]
struct SubscriptionView {
    app_id: AppRef,
    waba_id: WabaRef,
    /// Where the webhooks of this account go for this app, instead of the app's callback.
    override_callback_url: Option<String>,
}

/// An override for this account. Without one, an earlier one is removed.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewSubscription {
    #[schema(example = "https://tenant.example/wa")]
    override_callback_url: Option<String>,
    /// Sent to that URL in the verification GET.
    verify_token: Option<String>,
}

fn view(subscription: Subscription) -> SubscriptionView {
    SubscriptionView {
        app_id: AppRef(subscription.app),
        waba_id: WabaRef(subscription.waba),
        override_callback_url: subscription.override_callback.map(|callback| callback.url),
    }
}

/// The apps that are subscribed to an account.
#[utoipa::path(get, path = "/admin/v1/wabas/{waba_id}/subscriptions", tag = "objects", operation_id = "list_subscriptions", params(("waba_id" = String, Path)), responses((status = 200, body = List<SubscriptionView>), Problem))]
async fn list(State(state): State<OperatorState>, At(waba): At<String>) -> Result<Json<List<SubscriptionView>>, Problem> {
    let waba = wabas::find(&state, &waba).await?;
    Ok(List::of(state.engine.store().subscriptions(&waba.id).await?, view))
}

/// Subscribes an app to an account.
#[utoipa::path(put, path = "/admin/v1/wabas/{waba_id}/subscriptions/{app_id}", tag = "objects", operation_id = "subscribe_app", params(("waba_id" = String, Path), ("app_id" = String, Path)), request_body = Option<NewSubscription>, responses((status = 200, body = SubscriptionView), Problem))]
async fn subscribe(
    State(state): State<OperatorState>,
    At((waba, app)): At<(String, String)>,
    Body(asked): Body<NewSubscription>,
) -> Result<Json<SubscriptionView>, Problem> {
    let (waba, app) = (wabas::find(&state, &waba).await?, apps::find(&state, &app).await?);
    let callback = match asked.override_callback_url {
        Some(address) => Some(callback::callback(address, asked.verify_token, true).map_err(Problem::malformed)?),
        None if asked.verify_token.is_some() => {
            return Err(Problem::malformed("verify_token: there is no override_callback_url that it belongs to"));
        }
        None => None,
    };
    state.engine.subscribe_app(&app.id, &waba.id, callback.clone()).await?;
    Ok(Json(view(Subscription { app: app.id, waba: waba.id, override_callback: callback })))
}

/// Ends a subscription, with its override.
#[utoipa::path(delete, path = "/admin/v1/wabas/{waba_id}/subscriptions/{app_id}", tag = "objects", operation_id = "unsubscribe_app", params(("waba_id" = String, Path), ("app_id" = String, Path)), responses((status = 204), Problem))]
async fn unsubscribe(State(state): State<OperatorState>, At((waba, app)): At<(String, String)>) -> Result<StatusCode, Problem> {
    let (waba, app) = (wabas::find(&state, &waba).await?, apps::find(&state, &app).await?);
    state.engine.unsubscribe_app(&app.id, &waba.id).await?;
    Ok(StatusCode::NO_CONTENT)
}
