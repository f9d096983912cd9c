//! Browsers that are signed in as somebody.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use callport_core::time::WallTime;
use callport_engine::records::Session;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{List, users};
use crate::asked::{At, Filter, secret_id, there};
use crate::problem::Problem;
use crate::state::OperatorState;
use crate::words::{Moment, UserRef};

pub(super) fn routes() -> OpenApiRouter<OperatorState> {
    OpenApiRouter::default().routes(routes!(list)).routes(routes!(revoke)).routes(routes!(revoke_all))
}

/// A browser that is signed in as a user.
#[derive(Serialize, ToSchema)]
#[schema(as = Session)]
struct SessionView {
    /// SHA-256 of the cookie's value, in hexadecimal digits.
    #[schema(example = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08")]
    id: String,
    user_id: UserRef,
    /// What the browser stands for: `phone`, `companion`, `web` or `desktop`.
    #[schema(example = "phone")]
    device: &'static str,
    opened_at: Moment,
    expires_at: Moment,
}

/// Which sessions.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Which {
    /// Only of this user: the id, or the number with `+`.
    user_id: Option<String>,
}

fn view(session: Session) -> SessionView {
    SessionView {
        id: hex::encode(session.hash.as_bytes()),
        user_id: UserRef(session.user),
        device: session.device.name(),
        opened_at: Moment(session.opened_at),
        expires_at: Moment(session.expires_at),
    }
}

fn stands(session: &Session, now: WallTime) -> bool {
    now < session.expires_at
}

/// Every session that holds, oldest first.
#[utoipa::path(get, path = "/admin/v1/sessions", tag = "people", operation_id = "list_sessions", params(Which), responses((status = 200, body = List<SessionView>), Problem))]
async fn list(State(state): State<OperatorState>, Filter(which): Filter<Which>) -> Result<Json<List<SessionView>>, Problem> {
    let user = match which.user_id {
        Some(id) => Some(users::find(&state, &id).await?.id),
        None => None,
    };
    let (now, all) = (state.engine.now(), state.engine.store().sessions(user.as_ref()).await?);
    Ok(List::of(all.into_iter().filter(|session| stands(session, now)), view))
}

/// Signs a browser out; its windows close at once. A call that it is in goes on until somebody ends it.
#[utoipa::path(delete, path = "/admin/v1/sessions/{session}", tag = "people", operation_id = "delete_session", params(("session" = String, Path, description = "The session's `id`.")), responses((status = 204), Problem))]
async fn revoke(State(state): State<OperatorState>, At(id): At<String>) -> Result<StatusCode, Problem> {
    let revoked = state.engine.end_session(secret_id("session", "cookie", &id)?).await?;
    there("session", revoked.then_some(StatusCode::NO_CONTENT))
}

/// Signs every browser of a user out; their windows close at once.
#[utoipa::path(delete, path = "/admin/v1/users/{user_id}/sessions", tag = "people", operation_id = "delete_sessions", params(("user_id" = String, Path, description = "The id, or the number with `+`.")), responses((status = 204), Problem))]
async fn revoke_all(State(state): State<OperatorState>, At(id): At<String>) -> Result<StatusCode, Problem> {
    let user = users::find(&state, &id).await?;
    state.engine.end_sessions(&user.id).await?;
    Ok(StatusCode::NO_CONTENT)
}
