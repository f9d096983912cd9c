//! What kind of platform this is, and where its other listener is found: a set-up tool that was told the operator's address needs to know
//! no other.

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::problem::Problem;
use crate::state::OperatorState;

pub(super) fn routes() -> OpenApiRouter<OperatorState> {
    OpenApiRouter::default().routes(routes!(facts))
}

/// The platform.
#[derive(Serialize, ToSchema)]
struct Platform {
    /// The Graph API, call links and the phone page.
    #[schema(example = "http://127.0.0.1:8080")]
    public_url: String,
    /// `test` or `live`.
    #[schema(example = "test")]
    mode: &'static str,
    /// Of the software.
    #[schema(example = "0.1.0")]
    version: &'static str,
}

/// Where the platform is found, and what it is.
#[utoipa::path(get, path = "/admin/v1/platform", tag = "objects", operation_id = "get_platform", responses((status = 200, body = Platform), Problem))]
async fn facts(State(state): State<OperatorState>) -> Json<Platform> {
    let mode = if state.test.is_some() { "test" } else { "live" };
    Json(Platform { public_url: state.public_url, mode, version: env!("CARGO_PKG_VERSION") })
}
