//! Faults on demand: webhooks and replies that go wrong because a test asked for it.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use callport_engine::injection::FaultInjection;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::List;
use crate::asked::{At, Body, form, there};
use crate::faults::{FaultView, NewFault};
use crate::problem::Problem;
use crate::state::OperatorState;

pub(super) fn routes() -> OpenApiRouter<OperatorState> {
    OpenApiRouter::default().routes(routes!(list, inject, clear)).routes(routes!(remove))
}

fn faults(state: &OperatorState) -> Result<&FaultInjection, Problem> {
    state.test_mode().map(|_| state.engine.faults())
}

/// Every fault that was asked for since the platform started, those that were used up too. There are at most a hundred.
#[utoipa::path(get, path = "/admin/v1/faults", tag = "test mode", operation_id = "list_faults", responses((status = 200, body = List<FaultView>), Problem))]
async fn list(State(state): State<OperatorState>) -> Result<Json<List<FaultView>>, Problem> {
    Ok(List::of(faults(&state)?.all(), FaultView::from))
}

/// Injects a fault. Of several that fit, the one that was asked for first is used. Each use is in the story of its call. A restart forgets them.
#[utoipa::path(post, path = "/admin/v1/faults", tag = "test mode", operation_id = "create_fault", request_body = NewFault, responses((status = 201, body = FaultView), Problem))]
async fn inject(State(state): State<OperatorState>, Body(asked): Body<NewFault>) -> Result<(StatusCode, Json<FaultView>), Problem> {
    let injection = faults(&state)?;
    let (fault, times) = asked.read().map_err(Problem::malformed)?;
    let (app, number) = fault.named();
    if let Some(app) = app {
        there("app", state.engine.store().app(app).await?)?;
    }
    if let Some(number) = number {
        there("number", state.engine.store().number(number).await?)?;
    }
    let rule = injection.add(fault, times).map_err(Problem::conflict)?;
    Ok((StatusCode::CREATED, Json(rule.into())))
}

/// Removes a fault. What it holds back comes when it is due.
#[utoipa::path(delete, path = "/admin/v1/faults/{id}", tag = "test mode", operation_id = "delete_fault", params(("id" = u32, Path)), responses((status = 204), Problem))]
async fn remove(State(state): State<OperatorState>, At(id): At<String>) -> Result<StatusCode, Problem> {
    let id = form("id", id.parse::<u32>())?;
    there("fault", faults(&state)?.remove(id).then_some(StatusCode::NO_CONTENT))
}

/// Removes all faults.
#[utoipa::path(delete, path = "/admin/v1/faults", tag = "test mode", operation_id = "delete_faults", responses((status = 204), Problem))]
async fn clear(State(state): State<OperatorState>) -> Result<StatusCode, Problem> {
    faults(&state)?.clear();
    Ok(StatusCode::NO_CONTENT)
}
