//! Calls of users without a browser, with real media.

use axum::Json;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use callport_people::{Script, ScriptedFigures, ScriptedHearing, Times};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::{OpenApiRouter, UtoipaMethodRouterExt};
use utoipa_axum::routes;

use super::pairs::{self, PairPath};
use super::{List, users};
use crate::asked::{At, Body, Filter, there};
use crate::people::{Handle, PlaceRefusal, Status};
use crate::problem::Problem;
use crate::state::OperatorState;
use crate::words::{DirectionWord, NumberRef, UserRef};

/// Largest body with a WAV file in it, in bytes: a minute of 48 kHz mono at 16 bits has 5.5 MiB, in base64 7.3 MiB.
pub(super) const MAX_SCRIPT_BODY: usize = 16 * 1024 * 1024;

pub(super) fn routes() -> OpenApiRouter<OperatorState> {
    OpenApiRouter::default()
        .routes(routes!(place).layer(DefaultBodyLimit::max(MAX_SCRIPT_BODY)))
        .routes(routes!(list))
        .routes(routes!(status))
        .routes(routes!(recording))
        .routes(routes!(hang_up))
}

/// A call to be placed.
#[derive(Deserialize, ToSchema, Default)]
#[serde(deny_unknown_fields)]
struct NewCall {
    #[serde(default)]
    script: Script,
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
    user_id: UserRef,
    phone_number_id: NumberRef,
    direction: DirectionWord,
    state: callport_people::ScriptedState,
    /// The call, once there is one: `/admin/v1/calls/{id}` tells its whole story.
    call_id: Option<String>,
    /// Why no call was placed or picked up, or what broke on the user's side.
    trouble: Option<String>,
    /// Why the call ended.
    #[schema(example = "user_hung_up")]
    reason: Option<&'static str>,
    /// Whole seconds talked.
    seconds: Option<u64>,
    keys_pressed: u64,
    times: Times,
    heard: ScriptedHearing,
    figures: ScriptedFigures,
}

/// Lets the user call the business as the script says. Answers as soon as the script runs. In test mode only.
#[utoipa::path(post, path = "/admin/v1/pairs/{phone_number_id}/{user_id}/calls", tag = "test mode", operation_id = "place_call", params(PairPath), request_body = Option<NewCall>, responses((status = 202, body = ScriptedCall), Problem))]
async fn place(
    State(state): State<OperatorState>,
    At(pair): At<(String, String)>,
    Body(asked): Body<NewCall>,
) -> Result<(StatusCode, Json<ScriptedCall>), Problem> {
    let people = &state.test_mode()?.people;
    let (number, user) = pairs::find(&state, &pair).await?;
    let Handle(handle) = people.place(user, number.id, asked.script, None).await?;
    Ok((StatusCode::ACCEPTED, Json(ScriptedCall { handle })))
}

/// How far a scripted call is, and what its user heard so far.
#[utoipa::path(get, path = "/admin/v1/scripted/{handle}", tag = "test mode", operation_id = "get_scripted_call", params(("handle" = String, Path)), responses((status = 200, body = ScriptedStatus), Problem))]
async fn status(State(state): State<OperatorState>, At(handle): At<String>) -> Result<Json<ScriptedStatus>, Problem> {
    let handle = Handle(handle);
    let found = there("scripted call", state.test_mode()?.people.status(&handle).await)?;
    Ok(Json(view(handle, found)))
}

/// Which calls.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Which {
    /// Only of this user.
    user_id: Option<String>,
    /// Only the user's part in this call.
    call_id: Option<String>,
}

/// Calls of users without a browser that the process remembers, newest first: those that they placed, and those of businesses that met a
/// behaviour. What was heard in a live call is told by its own path.
#[utoipa::path(get, path = "/admin/v1/scripted", tag = "test mode", operation_id = "list_scripted_calls", params(Which), responses((status = 200, body = List<ScriptedStatus>), Problem))]
async fn list(State(state): State<OperatorState>, Filter(which): Filter<Which>) -> Result<Json<List<ScriptedStatus>>, Problem> {
    let mut found = state.test_mode()?.people.calls().await;
    if let Some(id) = which.user_id {
        let user = users::find(&state, &id).await?.id;
        found.retain(|(_, status)| status.user == user);
    }
    if let Some(id) = which.call_id {
        found.retain(|(_, status)| status.call.as_ref().is_some_and(|call| call.as_str() == id));
    }
    Ok(List::of(found, |(handle, status)| view(handle, status)))
}

fn view(Handle(handle): Handle, status: Status) -> ScriptedStatus {
    let Status { user, number, direction, state, call, trouble, reason, seconds, keys_pressed, times, heard, figures } = status;
    ScriptedStatus {
        handle,
        user_id: UserRef(user),
        phone_number_id: NumberRef(number),
        direction: DirectionWord(direction),
        state,
        call_id: call.map(|call| call.as_str().to_owned()),
        trouble,
        reason: reason.map(|reason| reason.name()),
        seconds,
        keys_pressed,
        times,
        heard,
        figures,
    }
}

/// What the user heard so far.
#[utoipa::path(get, path = "/admin/v1/scripted/{handle}/recording.wav", tag = "test mode", operation_id = "get_scripted_recording", params(("handle" = String, Path)), responses((status = 200, description = "48 kHz, mono, 16 bits.", body = Vec<u8>, content_type = "audio/wav"), Problem))]
async fn recording(State(state): State<OperatorState>, At(handle): At<String>) -> Result<impl IntoResponse, Problem> {
    let (people, handle) = (&state.test_mode()?.people, Handle(handle));
    there("scripted call", people.status(&handle).await)?;
    let nothing =
        || Problem::not_found("there is no recording of this scripted call: its user heard nothing, or it gave way to newer ones");
    let wav = people.recording(&handle).await.ok_or_else(nothing)?;
    Ok(([(CONTENT_TYPE, "audio/wav")], wav))
}

/// Hangs up now, whatever the script says.
#[utoipa::path(post, path = "/admin/v1/scripted/{handle}/hang_up", tag = "test mode", operation_id = "hang_up_scripted_call", params(("handle" = String, Path)), responses((status = 202), Problem))]
async fn hang_up(State(state): State<OperatorState>, At(handle): At<String>) -> Result<StatusCode, Problem> {
    let known = state.test_mode()?.people.hang_up(&Handle(handle)).await;
    there("scripted call", known.then_some(StatusCode::ACCEPTED))
}

impl From<PlaceRefusal> for Problem {
    fn from(refusal: PlaceRefusal) -> Self {
        match refusal {
            PlaceRefusal::BadScript(why) => Problem::malformed(format!("script: {why}")),
            PlaceRefusal::TooMany(why) | PlaceRefusal::NotKept(why) => Problem::unavailable(why),
        }
    }
}
