//! People with phones.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use callport_core::ids::UserId;
use callport_core::number::PhoneNumber;
use callport_engine::Patch;
use callport_engine::records::User;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::id_or_new;
use super::paged::{Paged, Turn};
use crate::asked::{At, Body, Change, Changeable, Filter, form, name, there};
use crate::problem::Problem;
use crate::state::OperatorState;
use crate::words::{Phone, UserRef};

pub(super) fn routes() -> OpenApiRouter<OperatorState> {
    OpenApiRouter::default().routes(routes!(list, create)).routes(routes!(one, change, remove))
}

/// A person with a phone.
#[derive(Serialize, ToSchema)]
#[schema(as = User)]
struct UserView {
    /// Internal: businesses know the person by number and BSUID.
    id: UserRef,
    number: Phone,
    /// `profile.name`.
    #[schema(example = "Nadia")]
    name: String,
    /// `profile.username`.
    username: Option<String>,
    /// The app is too old for call buttons, permission requests and calls of businesses.
    outdated_app: bool,
}

/// A user to be made.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewUser {
    /// Made when absent.
    id: Option<UserRef>,
    number: Phone,
    /// `profile.name`.
    #[schema(example = "Nadia")]
    name: String,
    /// `profile.username`.
    username: Option<String>,
    /// The app is too old for call buttons and permission requests (131026) and for calls of businesses (138001). Default `false`.
    #[serde(default)]
    outdated_app: bool,
}

/// What shall be different; the rest stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct UserChange {
    /// Another number: businesses that the user has a chat with are told (`messages`, of type `system`), and to every portfolio the user is
    /// another id from then on. Chats, permissions and sessions stay.
    number: Option<Phone>,
    name: Option<String>,
    username: Option<String>,
    outdated_app: Option<bool>,
}

impl Changeable for UserChange {}

/// Which users.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Which {
    /// Only the one with this phone number.
    number: Option<String>,
    /// `next` of the page before.
    cursor: Option<String>,
    /// At most so many: 1 to 500, default 50.
    limit: Option<u32>,
}

fn view(user: User) -> UserView {
    UserView { id: UserRef(user.id), number: Phone(user.number), name: user.name, username: user.username, outdated_app: user.outdated_app }
}

/// Every user, by id.
#[utoipa::path(get, path = "/admin/v1/users", tag = "people", operation_id = "list_users", params(Which), responses((status = 200, body = Paged<UserView>), Problem))]
async fn list(State(state): State<OperatorState>, Filter(which): Filter<Which>) -> Result<Json<Paged<UserView>>, Problem> {
    let page = Turn { cursor: which.cursor, limit: which.limit }.page(UserId::parse)?;
    let most = page.limit;
    if let Some(number) = which.number {
        let one = state.engine.user_by_number(&form("number", PhoneNumber::parse(&number))?).await?;
        return Ok(Paged::whole(one.into_iter().collect(), None, view));
    }
    Ok(Paged::of(state.engine.store().users(page).await?, most, |user| &user.id, view))
}

/// Makes a user.
#[utoipa::path(post, path = "/admin/v1/users", tag = "people", operation_id = "create_user", request_body = NewUser, responses((status = 201, body = UserView), Problem))]
async fn create(State(state): State<OperatorState>, Body(asked): Body<NewUser>) -> Result<(StatusCode, Json<UserView>), Problem> {
    let id = id_or_new(asked.id.map(|id| id.0), &state.engine, UserId::parse)?;
    if state.engine.store().user(&id).await?.is_some() {
        return Err(Problem::conflict("there is a user with this id already"));
    }
    let username = asked.username.map(|text| name("username", text)).transpose()?;
    let user =
        User { id, number: asked.number.0, name: name("name", asked.name)?, username, outdated_app: asked.outdated_app, numbers_before: 0 };
    state.engine.put_user(user.clone()).await?;
    Ok((StatusCode::CREATED, Json(view(user))))
}

/// One user.
#[utoipa::path(get, path = "/admin/v1/users/{user_id}", tag = "people", operation_id = "get_user", params(("user_id" = String, Path)), responses((status = 200, body = UserView), Problem))]
async fn one(State(state): State<OperatorState>, At(id): At<String>) -> Result<Json<UserView>, Problem> {
    Ok(Json(view(find(&state, &id).await?)))
}

/// Changes a user.
#[utoipa::path(patch, path = "/admin/v1/users/{user_id}", tag = "people", operation_id = "change_user", params(("user_id" = String, Path)), request_body = UserChange, responses((status = 200, body = UserView), Problem))]
async fn change(
    State(state): State<OperatorState>,
    At(id): At<String>,
    Change(asked): Change<UserChange>,
) -> Result<Json<UserView>, Problem> {
    let found = find(&state, &id).await?;
    let new_name = asked.name.map(|text| name("name", text)).transpose()?;
    let username = asked.username.map(|text| name("username", text)).transpose()?;
    let number = asked.number.map(|number| number.0);
    let different = move |user: &mut User| {
        user.number = number.clone().unwrap_or_else(|| user.number.clone());
        user.name = new_name.clone().unwrap_or_else(|| user.name.clone());
        user.username = username.clone().or_else(|| user.username.clone());
        user.outdated_app = asked.outdated_app.unwrap_or(user.outdated_app);
    };
    let user = state.engine.change_user(&found.id, Patch::new(different)).await?;
    Ok(Json(view(user)))
}

/// Removes a user. A live call ends first; windows close at once; sessions, invitations, permissions, counters and chats go along.
/// What happened stays: the call log, stories and webhooks name the user by ids that lead nowhere. The number is free again.
#[utoipa::path(delete, path = "/admin/v1/users/{user_id}", tag = "people", operation_id = "delete_user", params(("user_id" = String, Path, description = "The id, or the number with `+`.")), responses((status = 204), Problem))]
async fn remove(State(state): State<OperatorState>, At(id): At<String>) -> Result<StatusCode, Problem> {
    let user = find(&state, &id).await?;
    if let Some(test) = &state.test {
        test.people.stop_behaving(&user.id).await?;
    }
    state.engine.remove_user(&user.id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The user in a path: the id, or the number with `+`.
pub(super) async fn find(state: &OperatorState, id: &str) -> Result<User, Problem> {
    if id.starts_with('+') {
        let number = form("number", PhoneNumber::parse(id))?;
        let found = state.engine.user_by_number(&number).await?;
        return found.ok_or_else(|| Problem::not_found("there is no user with this number"));
    }
    let id = form("user_id", UserId::parse(id))?;
    there("user", state.engine.store().user(&id).await?)
}
