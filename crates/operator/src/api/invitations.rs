//! Codes that let one person in, where sign-up is not open: each for a number, for a user, or, when said so, for any new number.

use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use callport_core::time::WallTime;
use callport_engine::records::{Guest, Invitation};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::List;
use crate::asked::{At, Body, secret_id, there};
use crate::problem::Problem;
use crate::state::OperatorState;
use crate::words::{Moment, Phone, UserRef};

pub(super) fn routes() -> OpenApiRouter<OperatorState> {
    OpenApiRouter::default().routes(routes!(list, create)).routes(routes!(revoke))
}

/// An invitation, without its code.
#[derive(Serialize, ToSchema)]
#[schema(as = Invitation)]
struct InvitationView {
    /// SHA-256 of the code, in hexadecimal digits.
    #[schema(example = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08")]
    id: String,
    /// It is for the person with this number.
    number: Option<Phone>,
    /// It is for this user.
    user_id: Option<UserRef>,
    /// It lets in whoever brings it first, with a number that no user has.
    any_number: bool,
    /// Who came in with it: from then on it is for this user.
    used_by: Option<UserRef>,
    expires_at: Moment,
    state: InvitationState,
}

/// What an invitation is good for.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum InvitationState {
    /// Nobody came in with it yet.
    Open,
    /// Its user comes in with it as often as it lasts.
    Used,
    /// Nobody comes in with it any more.
    Ended,
}

/// An invitation that was made, with its code: it is not told again.
#[derive(Serialize, ToSchema)]
struct MadeInvitation {
    #[serde(flatten)]
    invitation: InvitationView,
    /// Typed by the person on the phone page.
    code: String,
}

/// An invitation to be made: for `number`, for `user_id`, or for `any_number`.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewInvitation {
    /// For the person with this number: its user, who comes in again, or a new one.
    number: Option<Phone>,
    /// For this user, whatever number the user has then.
    user_id: Option<UserRef>,
    /// `true`: for whoever brings it first, with any number that no user has.
    #[serde(default)]
    any_number: bool,
    /// Default: a week. At most a year.
    #[schema(minimum = 1, maximum = 31_536_000)]
    lifetime_seconds: Option<u64>,
}

const WEEK: u64 = 7 * 86_400;
const YEAR: u64 = 365 * 86_400;

fn view(invitation: Invitation, now: WallTime) -> InvitationView {
    let state = match invitation.used_by {
        _ if now >= invitation.expires_at => InvitationState::Ended,
        Some(_) => InvitationState::Used,
        None => InvitationState::Open,
    };
    let any_number = invitation.guest == Guest::Anyone;
    let (number, user_id) = match invitation.guest {
        Guest::Anyone => (None, None),
        Guest::Number(number) => (Some(Phone(number)), None),
        Guest::User(user) => (None, Some(UserRef(user))),
    };
    InvitationView {
        id: hex::encode(invitation.hash.as_bytes()),
        number,
        user_id,
        any_number,
        used_by: invitation.used_by.map(UserRef),
        expires_at: Moment(invitation.expires_at),
        state,
    }
}

/// Every invitation, the first to end first, without its code.
#[utoipa::path(get, path = "/admin/v1/invitations", tag = "people", operation_id = "list_invitations", responses((status = 200, body = List<InvitationView>), Problem))]
async fn list(State(state): State<OperatorState>) -> Result<Json<List<InvitationView>>, Problem> {
    let now = state.engine.now();
    Ok(List::of(state.engine.store().invitations().await?, |invitation| view(invitation, now)))
}

/// Makes an invitation and tells its code, this once. A user whose invitation ended comes in again with a new one.
#[utoipa::path(post, path = "/admin/v1/invitations", tag = "people", operation_id = "create_invitation", request_body = NewInvitation, responses((status = 201, body = MadeInvitation), Problem))]
async fn create(
    State(state): State<OperatorState>,
    Body(asked): Body<NewInvitation>,
) -> Result<(StatusCode, Json<MadeInvitation>), Problem> {
    let guest = match (asked.number, asked.user_id, asked.any_number) {
        (Some(Phone(number)), None, false) => Guest::Number(number),
        (None, Some(UserRef(user)), false) => Guest::User(user),
        (None, None, true) => Guest::Anyone,
        _ => return Err(Problem::malformed("say one of number, user_id and any_number: whom the invitation is for")),
    };
    let seconds = asked.lifetime_seconds.unwrap_or(WEEK);
    if !(1..=YEAR).contains(&seconds) {
        return Err(Problem::malformed("lifetime_seconds: from one second to a year (31536000)"));
    }
    let (code, invitation) = state.engine.invite(guest, Duration::from_secs(seconds)).await?;
    Ok((StatusCode::CREATED, Json(MadeInvitation { invitation: view(invitation, state.engine.now()), code })))
}

/// Takes an invitation back, known by its `id`: nobody comes in with it any more. Who is in stays in until the session is revoked.
#[utoipa::path(delete, path = "/admin/v1/invitations/{invitation}", tag = "people", operation_id = "delete_invitation", params(("invitation" = String, Path, description = "The invitation's `id`.")), responses((status = 204), Problem))]
async fn revoke(State(state): State<OperatorState>, At(id): At<String>) -> Result<StatusCode, Problem> {
    let revoked = state.engine.revoke_invitation(secret_id("invitation", "code", &id)?).await?;
    there("invitation", revoked.then_some(StatusCode::NO_CONTENT))
}
