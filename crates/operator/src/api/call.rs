//! Everything about one call, for the person who asks why.

mod media;
mod timeline;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use callport_core::call_id::CallId;
use callport_engine::records::Delivery;
use callport_engine::{AskCallRefusal, NoSuchCall, Story};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::calls::{self, CallView, LegWord, OutcomeWord, PartyNumbers};
use super::webhooks::{self, WebhookStory};
use crate::asked::{At, form, there};
use crate::problem::Problem;
use crate::state::OperatorState;
use crate::words::Moment;
use media::{CheckView, MediaView};
use timeline::Line;

pub(super) fn routes() -> OpenApiRouter<OperatorState> {
    OpenApiRouter::default().routes(routes!(one)).routes(routes!(hang_up)).routes(routes!(complain))
}

/// The whole story of a call.
#[derive(Serialize, ToSchema)]
struct CallStory {
    call: CallView,
    verdict: VerdictView,
    /// What the business was told of a call that it placed: `RINGING`, `ACCEPTED` or `REJECTED`.
    statuses: Vec<StatusLine>,
    /// In the order in which things happened.
    timeline: Vec<Line>,
    /// Webhooks of the call, each with every attempt.
    webhooks: Vec<WebhookStory>,
    /// Checklist and figures of both legs: of now while the call lives, the last ones after. `null`: the media plane told nothing.
    media: Option<MediaView>,
}

/// A status webhook of a business-initiated call.
#[derive(Serialize, ToSchema)]
#[schema(as = CallStatus)]
struct StatusLine {
    at: Moment,
    #[schema(example = "RINGING")]
    status: String,
}

/// Why the call went as it did.
#[derive(Serialize, ToSchema)]
#[schema(as = Verdict)]
struct VerdictView {
    outcome: OutcomeWord,
    /// The published code of a failure.
    #[schema(example = 138_021)]
    code: Option<u32>,
    /// What happened and, when it failed, what to change.
    says: String,
    /// On each leg the first media step that failed or, when none did, that was not reached; a leg where all is well is not listed.
    first_failing: Vec<FailingStep>,
}

/// The first media step of a leg that did not go well.
#[derive(Serialize, ToSchema)]
struct FailingStep {
    leg: LegWord,
    #[serde(flatten)]
    check: CheckView,
}

/// The whole story of one call: record, verdict, timeline, webhooks with every attempt, media checklist of each leg.
#[utoipa::path(get, path = "/admin/v1/calls/{call_id}", tag = "calls", operation_id = "get_call", params(("call_id" = String, Path, description = "`wacid.…`, percent-encoded.")), responses((status = 200, body = CallStory), Problem))]
async fn one(State(state): State<OperatorState>, At(id): At<String>) -> Result<Json<CallStory>, Problem> {
    let id = form("call_id", CallId::parse(&id))?;
    let story = there("call", state.engine.story(&id).await?)?;
    let webhooks = story.deliveries.iter().map(|delivery| webhooks::story(delivery.clone(), story.attempts(delivery).cloned().collect()));
    let webhooks = webhooks.collect();
    let Story { record, entries, deliveries, media, verdict } = story;
    let failing = |(side, check)| FailingStep { leg: calls::leg(side), check: media::check(check) };
    let statuses = statuses(&deliveries);
    let timeline = timeline::lines(record.placed_at, &entries, &deliveries);
    let call = PartyNumbers::default().view(state.engine.store(), record).await?;
    Ok(Json(CallStory {
        statuses,
        timeline,
        verdict: VerdictView {
            outcome: calls::outcome(verdict.outcome),
            code: call.code,
            says: verdict.says,
            first_failing: verdict.first_failing.into_iter().map(failing).collect(),
        },
        call,
        webhooks,
        media: media.map(media::view),
    }))
}

/// Ends a call, whatever stage it is in: both parties are free for another, and the business is told (`terminate`). 409: it is over already.
#[utoipa::path(post, path = "/admin/v1/calls/{call_id}/hang_up", tag = "calls", operation_id = "hang_up_call", params(("call_id" = String, Path, description = "`wacid.…`, percent-encoded.")), responses((status = 200, body = CallView), Problem))]
async fn hang_up(State(state): State<OperatorState>, At(id): At<String>) -> Result<Json<CallView>, Problem> {
    let id = form("call_id", CallId::parse(&id))?;
    state.engine.end_call(&id).await?;
    let record = there("call", state.engine.store().call(&id).await?)?;
    Ok(Json(PartyNumbers::default().view(state.engine.store(), record).await?))
}

/// The user of the call complains of it: blocks the business, reports it. Enough users who do, and calling in the call's direction is paused
/// (`[quality]` of the configuration).
#[utoipa::path(post, path = "/admin/v1/calls/{call_id}/complaint", tag = "calls", operation_id = "report_call", params(("call_id" = String, Path, description = "`wacid.…`, percent-encoded.")), responses((status = 204, description = "It is noted."), Problem))]
async fn complain(State(state): State<OperatorState>, At(id): At<String>) -> Result<StatusCode, Problem> {
    let id = form("call_id", CallId::parse(&id))?;
    let record = there("call", state.engine.store().call(&id).await?)?;
    state.engine.complain(&record.user, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}

impl From<NoSuchCall> for Problem {
    fn from(refusal: NoSuchCall) -> Self {
        Problem::not_found(refusal.to_string())
    }
}

impl From<AskCallRefusal> for Problem {
    fn from(refusal: AskCallRefusal) -> Self {
        match refusal {
            AskCallRefusal::UnknownCall => Problem::not_found("there is no call with this id"),
            AskCallRefusal::Over(_) => Problem::conflict(refusal),
            _ => Problem::refused(refusal),
        }
    }
}

/// Each once, however many apps were told.
fn statuses(deliveries: &[Delivery]) -> Vec<StatusLine> {
    let mut told: Vec<StatusLine> = Vec::new();
    for delivery in deliveries {
        let status = delivery.event.to_uppercase();
        if STATUSES.contains(&status.as_str()) && told.iter().all(|line| line.status != status) {
            told.push(StatusLine { at: Moment(delivery.created_at), status });
        }
    }
    told
}

/// The published call statuses.
const STATUSES: [&str; 3] = ["RINGING", "ACCEPTED", "REJECTED"];
