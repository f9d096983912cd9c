//! Codes by which one person signs up, where sign-up is not open.

use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::asked::Body;
use crate::problem::Problem;
use crate::state::OperatorState;
use crate::words::Moment;

pub(super) fn routes() -> OpenApiRouter<OperatorState> {
    OpenApiRouter::default().routes(routes!(create))
}

/// An invitation to be made.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewInvitation {
    /// Default: a week. At most a year.
    #[schema(minimum = 1, maximum = 31_536_000)]
    lifetime_seconds: Option<u64>,
}

/// An invitation. Its code is not told again.
#[derive(Serialize, ToSchema)]
struct Invitation {
    /// Typed by the person on the phone page.
    code: String,
    expires_at: Moment,
}

const WEEK: u64 = 7 * 86_400;
const YEAR: u64 = 365 * 86_400;

/// Makes an invitation.
#[utoipa::path(post, path = "/admin/v1/invitations", tag = "people", operation_id = "create_invitation", request_body = Option<NewInvitation>, responses((status = 201, body = Invitation), Problem))]
async fn create(State(state): State<OperatorState>, Body(asked): Body<NewInvitation>) -> Result<(StatusCode, Json<Invitation>), Problem> {
    let seconds = asked.lifetime_seconds.unwrap_or(WEEK);
    if !(1..=YEAR).contains(&seconds) {
        return Err(Problem::malformed("lifetime_seconds: from one second to a year (31536000)"));
    }
    let lifetime = Duration::from_secs(seconds);
    let expires_at = Moment(state.engine.now() + lifetime);
    let code = state.engine.invite(lifetime).await?;
    Ok((StatusCode::CREATED, Json(Invitation { code, expires_at })))
}
