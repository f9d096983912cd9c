//! What was told to whom: every webhook of the outbox with every attempt, and sending one again.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use callport_engine::ReplayRefusal;
use callport_engine::journal::{Entry, Fact};
use callport_engine::ports::{JournalPage, Store};
use callport_engine::records::{Delivery, DeliveryId, DeliveryState};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{List, paged};
use crate::asked::{At, Filter, form, there};
use crate::problem::Problem;
use crate::state::OperatorState;
use crate::words::{AppRef, Moment, NumberRef, WabaRef};

pub(super) fn routes() -> OpenApiRouter<OperatorState> {
    OpenApiRouter::default().routes(routes!(recent)).routes(routes!(one)).routes(routes!(replay))
}

/// A webhook for one app.
#[derive(Serialize, ToSchema)]
pub(super) struct Webhook {
    /// Grows with every webhook.
    id: u64,
    app_id: AppRef,
    waba_id: WabaRef,
    phone_number_id: Option<NumberRef>,
    #[schema(example = "calls")]
    field: &'static str,
    /// What it tells.
    #[schema(example = "connect")]
    event: String,
    call_id: Option<String>,
    created_at: Moment,
    state: WebhookState,
    /// When it is sent or was settled.
    state_at: Moment,
    /// Attempts made so far.
    attempts_made: u32,
}

/// What became of a webhook.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum WebhookState {
    /// To be sent at that moment or later.
    Pending,
    /// The receiver said 2xx.
    Delivered,
    /// Given up by the schedule.
    Dropped,
}

/// One attempt to deliver.
#[derive(Serialize, ToSchema)]
struct WebhookAttempt {
    /// 1 for the first.
    number: u32,
    at: Moment,
    took_ms: u64,
    /// Where it went.
    url: String,
    /// The receiver's HTTP status, when it answered.
    status: Option<u16>,
    /// Why it failed; `null` when it was delivered.
    error: Option<String>,
}

/// A webhook with every attempt.
#[derive(Serialize, ToSchema)]
pub(super) struct WebhookStory {
    #[serde(flatten)]
    webhook: Webhook,
    attempts: Vec<WebhookAttempt>,
}

/// A webhook with every attempt and its body.
#[derive(Serialize, ToSchema)]
struct WholeWebhook {
    #[serde(flatten)]
    story: WebhookStory,
    /// Exactly what is signed and sent.
    body: String,
}

/// How many.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Which {
    /// At most so many: 1 to 500, default 50.
    limit: Option<u32>,
}

fn view(delivery: Delivery) -> Webhook {
    let (state, state_at) = match delivery.state {
        DeliveryState::Pending { next_attempt_at } => (WebhookState::Pending, next_attempt_at),
        DeliveryState::Delivered { at } => (WebhookState::Delivered, at),
        DeliveryState::Dropped { at } => (WebhookState::Dropped, at),
    };
    Webhook {
        id: delivery.id.0,
        app_id: AppRef(delivery.app),
        waba_id: WabaRef(delivery.waba),
        phone_number_id: delivery.number.map(NumberRef),
        field: delivery.field.name(),
        event: delivery.event,
        call_id: delivery.call.map(|call| call.as_str().to_owned()),
        created_at: Moment(delivery.created_at),
        state,
        state_at: Moment(state_at),
        attempts_made: delivery.attempts,
    }
}

fn attempt(entry: Entry) -> Option<WebhookAttempt> {
    let took = entry.fact.took().unwrap_or_default();
    let Fact::WebhookAttempted { attempt, url, status, error, .. } = entry.fact else { return None };
    let took_ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
    Some(WebhookAttempt { number: attempt, at: Moment(entry.at), took_ms, url, status, error })
}

/// Attempts of one webhook that are shown at most.
const MAX_ATTEMPTS: u32 = 1_000;

/// In order.
async fn attempts(store: &dyn Store, delivery: DeliveryId) -> Result<Vec<Entry>, Problem> {
    let page = JournalPage { delivery: Some(delivery), limit: MAX_ATTEMPTS, ..JournalPage::default() };
    Ok(store.journal(page).await?.into_iter().map(|recorded| recorded.entry).collect())
}

pub(super) fn story(delivery: Delivery, attempts: Vec<Entry>) -> WebhookStory {
    WebhookStory { webhook: view(delivery), attempts: attempts.into_iter().filter_map(attempt).collect() }
}

/// The newest webhooks, of every kind, newest first.
#[utoipa::path(get, path = "/admin/v1/webhooks", tag = "webhooks", operation_id = "list_webhooks", params(Which), responses((status = 200, body = List<Webhook>), Problem))]
async fn recent(State(state): State<OperatorState>, Filter(which): Filter<Which>) -> Result<Json<List<Webhook>>, Problem> {
    let limit = paged::limit(which.limit)?;
    Ok(List::of(state.engine.store().recent_deliveries(limit).await?, view))
}

/// One webhook with every attempt and its body.
#[utoipa::path(get, path = "/admin/v1/webhooks/{id}", tag = "webhooks", operation_id = "get_webhook", params(("id" = u64, Path)), responses((status = 200, body = WholeWebhook), Problem))]
async fn one(State(state): State<OperatorState>, At(id): At<String>) -> Result<Json<WholeWebhook>, Problem> {
    let store = state.engine.store();
    let mut delivery = there("webhook", store.delivery(read(&id)?).await?)?;
    let attempts = attempts(store, delivery.id).await?;
    let body = String::from_utf8_lossy(&std::mem::take(&mut delivery.body)).into_owned();
    Ok(Json(WholeWebhook { story: story(delivery, attempts), body }))
}

/// Sends a webhook again, with the same bytes, to where it would go now. One that is still pending is being sent anyway (409).
#[utoipa::path(post, path = "/admin/v1/webhooks/{id}/replay", tag = "webhooks", operation_id = "replay_webhook", params(("id" = u64, Path)), responses((status = 202, body = Webhook), Problem))]
async fn replay(State(state): State<OperatorState>, At(id): At<String>) -> Result<(StatusCode, Json<Webhook>), Problem> {
    let delivery = state.engine.replay(read(&id)?).await?;
    Ok((StatusCode::ACCEPTED, Json(view(delivery))))
}

/// A whole number, however large: an id that none can have is one that is not there.
fn read(id: &str) -> Result<DeliveryId, Problem> {
    let number = !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit());
    form("id", number.then_some(()).ok_or("the id of a webhook is a whole number"))?;
    there("webhook", id.parse().map(DeliveryId).ok())
}

impl From<ReplayRefusal> for Problem {
    fn from(refusal: ReplayRefusal) -> Self {
        match refusal {
            ReplayRefusal::Unknown => Problem::not_found(refusal),
            ReplayRefusal::Pending => Problem::conflict(refusal),
        }
    }
}
