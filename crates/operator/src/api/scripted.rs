//! Calls of users without a browser, with real media.

mod script;

use std::sync::Arc;

use axum::Json;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use callport_core::ids::PhoneNumberId;
use callport_core::number::PhoneNumber;
use callport_engine::records::Number;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::{OpenApiRouter, UtoipaMethodRouterExt};
use utoipa_axum::routes;

use super::users;
use crate::asked::{At, Body, there};
use crate::people::{Figures, Handle, Hearing, PlaceRefusal, ScriptedPeople, Status, Times};
use crate::problem::Problem;
use crate::state::OperatorState;
use script::NewScript;

/// Largest body with a WAV file in it, in bytes: a minute of 48 kHz mono at 16 bits has 5.5 MiB, in base64 7.3 MiB.
const MAX_SCRIPT_BODY: usize = 16 * 1024 * 1024;

pub(super) fn routes() -> OpenApiRouter<OperatorState> {
    OpenApiRouter::default()
        .routes(routes!(dial).layer(DefaultBodyLimit::max(MAX_SCRIPT_BODY)))
        .routes(routes!(status))
        .routes(routes!(recording))
        .routes(routes!(hang_up))
}

/// A call to be placed.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewDial {
    /// The business: its `phone_number_id`, or its number with `+`.
    #[schema(example = "+6281255509999")]
    number: String,
    #[serde(default)]
    script: NewScript,
}

/// A scripted call that runs.
#[derive(Serialize, ToSchema)]
struct ScriptedCall {
    /// For `/admin/v1/scripted/{handle}`, as long as the process remembers it.
    handle: String,
}

/// How far a scripted call is, and what its user heard.
#[derive(Serialize, ToSchema)]
struct ScriptedStatus {
    handle: String,
    state: crate::people::State,
    /// The call, once placed: `/admin/v1/calls/{id}` tells its whole story.
    call_id: Option<String>,
    /// Why no call was placed, or what broke on the user's side.
    trouble: Option<String>,
    /// Why the call ended.
    #[schema(example = "user_hung_up")]
    reason: Option<&'static str>,
    /// Whole seconds talked.
    seconds: Option<u64>,
    keys_pressed: u64,
    times: Times,
    heard: Hearing,
    figures: Figures,
}

/// Lets a user call a business as the script says. Answers as soon as the script runs.
#[utoipa::path(post, path = "/admin/v1/users/{user_id}/dial", tag = "test mode", operation_id = "dial", params(("user_id" = String, Path)), request_body = NewDial, responses((status = 202, body = ScriptedCall), Problem))]
async fn dial(
    State(state): State<OperatorState>,
    At(user): At<String>,
    Body(asked): Body<NewDial>,
) -> Result<(StatusCode, Json<ScriptedCall>), Problem> {
    let people = people(&state)?;
    let user = users::find(&state, &user).await?;
    let number = business(&state, &asked.number).await?;
    let Handle(handle) = people.place(user, number.id, asked.script.read()?).await?;
    Ok((StatusCode::ACCEPTED, Json(ScriptedCall { handle })))
}

/// How far a scripted call is, and what its user heard so far.
#[utoipa::path(get, path = "/admin/v1/scripted/{handle}", tag = "test mode", operation_id = "scripted_call", params(("handle" = String, Path)), responses((status = 200, body = ScriptedStatus), Problem))]
async fn status(State(state): State<OperatorState>, At(handle): At<String>) -> Result<Json<ScriptedStatus>, Problem> {
    let handle = Handle(handle);
    let Status { state, call, trouble, reason, seconds, keys_pressed, times, heard, figures } =
        there("scripted call", people(&state)?.status(&handle).await)?;
    let (call_id, reason) = (call.map(|call| call.as_str().to_owned()), reason.map(|reason| reason.name()));
    let Handle(handle) = handle;
    Ok(Json(ScriptedStatus { handle, state, call_id, trouble, reason, seconds, keys_pressed, times, heard, figures }))
}

/// What the user heard so far.
#[utoipa::path(get, path = "/admin/v1/scripted/{handle}/recording.wav", tag = "test mode", operation_id = "scripted_recording", params(("handle" = String, Path)), responses((status = 200, description = "48 kHz, mono, 16 bits.", body = Vec<u8>, content_type = "audio/wav"), Problem))]
async fn recording(State(state): State<OperatorState>, At(handle): At<String>) -> Result<impl IntoResponse, Problem> {
    let wav = there("scripted call", people(&state)?.recording(&Handle(handle)).await)?;
    Ok(([(CONTENT_TYPE, "audio/wav")], wav))
}

/// Hangs up now, whatever the script says.
#[utoipa::path(post, path = "/admin/v1/scripted/{handle}/hang_up", tag = "test mode", operation_id = "scripted_hang_up", params(("handle" = String, Path)), responses((status = 202), Problem))]
async fn hang_up(State(state): State<OperatorState>, At(handle): At<String>) -> Result<StatusCode, Problem> {
    let known = people(&state)?.hang_up(&Handle(handle)).await;
    there("scripted call", known.then_some(StatusCode::ACCEPTED))
}

fn people(state: &OperatorState) -> Result<&Arc<dyn ScriptedPeople>, Problem> {
    state.people.as_ref().ok_or_else(|| Problem::not_found("there are no scripted users in live mode"))
}

impl From<PlaceRefusal> for Problem {
    fn from(refusal: PlaceRefusal) -> Self {
        match refusal {
            PlaceRefusal::BadScript(why) => Problem::malformed(format!("script: {why}")),
            PlaceRefusal::TooMany(why) => Problem::unavailable(why),
        }
    }
}

/// A `+` tells a number from an id.
async fn business(state: &OperatorState, text: &str) -> Result<Number, Problem> {
    let store = state.engine.store();
    let found = match (text.starts_with('+'), PhoneNumberId::parse(text), PhoneNumber::parse(text)) {
        (false, Ok(id), _) => store.number(&id).await?,
        (true, _, Ok(number)) => store.number_by_digits(&number).await?,
        _ => return Err(Problem::malformed("number: the phone_number_id of a business, or its number with `+`")),
    };
    found.ok_or_else(|| Problem::refused("number: there is no such business number"))
}
