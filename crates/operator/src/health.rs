//! Is it alive, does it take work, and its counters.

use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::problem::Problem;
use crate::state::OperatorState;

pub(crate) fn routes() -> OpenApiRouter<OperatorState> {
    OpenApiRouter::default().routes(routes!(healthz)).routes(routes!(readyz)).routes(routes!(metrics))
}

/// The process lives. Asks for no token.
#[utoipa::path(get, path = "/healthz", tag = "health", operation_id = "get_health", security(()), responses((status = 200, body = String, content_type = "text/plain")))]
async fn healthz() -> &'static str {
    "ok\n"
}

/// The process takes work: it is up, its store answers and writes, and it is not being stopped. Asks for no token.
#[utoipa::path(get, path = "/readyz", tag = "health", operation_id = "get_readiness", security(()), responses((status = 200, body = String, content_type = "text/plain"), Problem))]
async fn readyz(State(state): State<OperatorState>) -> Result<&'static str, Problem> {
    (state.ready)().map_err(Problem::unavailable)?;
    let health = state.engine.health();
    if health.fenced {
        return Err(Problem::unavailable("another process declared this one dead: restart it"));
    }
    if !health.writes {
        return Err(Problem::unavailable("the store does not write; the log says why"));
    }
    state.engine.store().last_entry().await?;
    Ok("ready\n")
}

/// Counters, in the text format of Prometheus.
#[utoipa::path(get, path = "/metrics", tag = "health", operation_id = "get_metrics", responses((status = 200, body = String, content_type = "text/plain"), Problem))]
async fn metrics(State(state): State<OperatorState>) -> impl IntoResponse {
    ([(CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], (state.metrics)())
}
