//! What a user without a browser does now: writes, taps a button, decides about call permission. In test mode only.

use axum::Json;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::StatusCode;
use callport_core::message::{Button, Content, MessageId};
use callport_engine::records::{Message, MessageBody, Number, User};
use callport_engine::{PermitRefusal, Receipt, SayRefusal};
use callport_people::Script;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::{OpenApiRouter, UtoipaMethodRouterExt};
use utoipa_axum::routes;

use super::chats::{self, MessageView};
use super::pairs::{self, PairPath, PermissionView};
use super::scripted::MAX_SCRIPT_BODY;
use crate::asked::{At, Body, form};
use crate::people::Handle;
use crate::problem::Problem;
use crate::state::OperatorState;
use crate::words::ChoiceWord;

pub(super) fn routes() -> OpenApiRouter<OperatorState> {
    OpenApiRouter::default()
        .routes(routes!(chats::list, write))
        .routes(routes!(tap).layer(DefaultBodyLimit::max(MAX_SCRIPT_BODY)))
        .routes(routes!(decide))
        .routes(routes!(answer))
}

/// A message to a business.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewMessage {
    #[schema(example = "Is my washing machine ready?")]
    text: String,
}

/// Writes to the business, as the user would. This opens the customer service window. In test mode only.
#[utoipa::path(post, path = "/admin/v1/pairs/{phone_number_id}/{user_id}/messages", tag = "test mode", operation_id = "send_message", params(PairPath), request_body = NewMessage, responses((status = 201, body = MessageView), Problem))]
async fn write(
    State(state): State<OperatorState>,
    At(pair): At<(String, String)>,
    Body(asked): Body<NewMessage>,
) -> Result<(StatusCode, Json<MessageView>), Problem> {
    state.test_mode()?;
    let (number, user) = pairs::find(&state, &pair).await?;
    let message = state.engine.say(&user, &number.id, &asked.text, None).await?;
    let pair = state.engine.pair(&number.id, &user.id).await?;
    Ok((StatusCode::CREATED, Json(chats::view(message, &pair, state.engine.now()))))
}

/// A button to be tapped.
#[derive(Deserialize, ToSchema, Default)]
#[serde(deny_unknown_fields)]
struct NewTap {
    /// `wamid.…`. Default: the newest message of the business that has a button to tap.
    message: Option<String>,
    /// Which button of the message, from 0. Default: its call button, or else its first quick reply.
    index: Option<usize>,
    /// How the user calls, when it is a call button.
    #[serde(default)]
    script: Script,
}

/// What a tap led to.
#[derive(Serialize, ToSchema, Default)]
struct Tapped {
    /// Of a call button: for `/admin/v1/scripted/{handle}`.
    handle: Option<String>,
    /// Of a quick reply: the user's message.
    message_id: Option<String>,
}

/// Taps a call button, which calls the business, or a quick reply, which answers. What a gate refuses is told by the scripted call. In test mode only.
#[utoipa::path(post, path = "/admin/v1/pairs/{phone_number_id}/{user_id}/taps", tag = "test mode", operation_id = "tap_button", params(PairPath), request_body = Option<NewTap>, responses((status = 202, body = Tapped), Problem))]
async fn tap(
    State(state): State<OperatorState>,
    At(pair): At<(String, String)>,
    Body(asked): Body<NewTap>,
) -> Result<(StatusCode, Json<Tapped>), Problem> {
    let people = &state.test_mode()?.people;
    let (number, user) = pairs::find(&state, &pair).await?;
    asked.script.check_tapped().map_err(|unfit| Problem::malformed(format!("script: {unfit}")))?;
    let (message, content) = find(&state, &number, &user, asked.message, |content| tappable(content).is_some()).await?;
    let index = asked.index.or_else(|| tappable(&content)).ok_or_else(|| Problem::refused("this message has no button to tap"))?;
    let button = content.buttons.get(index).ok_or_else(|| Problem::refused(format!("index: this message has no button {index}")))?;
    state.engine.received(&user, &message.id, Receipt::Read).await?; // who taps has read
    let tapped = match button {
        Button::Call { .. } => {
            let Handle(handle) = people.place(user, message.number, asked.script, Some(message.id)).await?;
            Tapped { handle: Some(handle), ..Tapped::default() }
        }
        Button::Reply { .. } => {
            let reply = state.engine.tap(&user, &message.id, index).await?;
            Tapped { message_id: Some(reply.id.as_str().to_owned()), ..Tapped::default() }
        }
        Button::Url { .. } => return Err(Problem::refused("this button opens a page: the platform hears nothing of it")),
    };
    Ok((StatusCode::ACCEPTED, Json(tapped)))
}

/// The button that is meant when none is named.
fn tappable(content: &Content) -> Option<usize> {
    let first = |wanted: fn(&Button) -> bool| content.buttons.iter().position(wanted);
    first(|button| matches!(button, Button::Call { .. })).or_else(|| first(|button| matches!(button, Button::Reply { .. })))
}

/// A decision in the business profile.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewDecision {
    choice: ChoiceWord,
}

/// Decides in the business profile whether the business may call; `deny` takes a permission back. In test mode only.
#[utoipa::path(put, path = "/admin/v1/pairs/{phone_number_id}/{user_id}/permission", tag = "test mode", operation_id = "set_permission", params(PairPath), request_body = NewDecision, responses((status = 200, body = PermissionView), Problem))]
async fn decide(
    State(state): State<OperatorState>,
    At(pair): At<(String, String)>,
    Body(asked): Body<NewDecision>,
) -> Result<Json<PermissionView>, Problem> {
    state.test_mode()?;
    let (number, user) = pairs::find(&state, &pair).await?;
    Ok(Json(pairs::permission(state.engine.set_permission(&user, &number.id, asked.choice.0).await?)))
}

/// An answer to a request for call permission.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewAnswer {
    /// `wamid.…`. Default: the newest request of the business.
    message: Option<String>,
    choice: ChoiceWord,
}

/// Answers a request for call permission, or changes the answer. In test mode only.
#[utoipa::path(post, path = "/admin/v1/pairs/{phone_number_id}/{user_id}/cards", tag = "test mode", operation_id = "answer_request", params(PairPath), request_body = NewAnswer, responses((status = 200, body = PermissionView), Problem))]
async fn answer(
    State(state): State<OperatorState>,
    At(pair): At<(String, String)>,
    Body(asked): Body<NewAnswer>,
) -> Result<Json<PermissionView>, Problem> {
    state.test_mode()?;
    let (number, user) = pairs::find(&state, &pair).await?;
    let (message, _) = find(&state, &number, &user, asked.message, |content| content.asks_permission).await?;
    state.engine.received(&user, &message.id, Receipt::Read).await?; // who answers has read
    Ok(Json(pairs::permission(state.engine.answer_request(&user, &message.id, asked.choice.0).await?)))
}

/// The message of the business that was named, or the newest one that is wanted, among those that a phone gets at once.
async fn find(
    state: &OperatorState,
    number: &Number,
    user: &User,
    message: Option<String>,
    wanted: impl Fn(&Content) -> bool,
) -> Result<(Message, Content), Problem> {
    let found = match message {
        Some(id) => {
            let id = form("message", MessageId::parse(&id))?;
            let found = state.engine.store().message(&id).await?;
            found.filter(|message| message.user == user.id && message.number == number.id).and_then(of_business)
        }
        None => {
            let (messages, _) = state.engine.chat_page(&user.id, &number.id, None).await?;
            messages.into_iter().rev().filter_map(of_business).find(|(_, content)| wanted(content))
        }
    };
    found.ok_or_else(|| Problem::refused("there is no such message of the business to this user"))
}

fn of_business(message: Message) -> Option<(Message, Content)> {
    match &message.body {
        MessageBody::Business(sent) => {
            let content = sent.content.clone();
            Some((message, content))
        }
        MessageBody::User(_) | MessageBody::Reconsider => None,
    }
}

impl From<SayRefusal> for Problem {
    fn from(refusal: SayRefusal) -> Self {
        match refusal {
            SayRefusal::BadText => Problem::malformed(format!("text: {refusal}")),
            SayRefusal::UnknownNumber | SayRefusal::UnknownUser | SayRefusal::UnknownButton | SayRefusal::Blocked => {
                Problem::refused(refusal)
            }
        }
    }
}

impl From<PermitRefusal> for Problem {
    fn from(refusal: PermitRefusal) -> Self {
        Problem::refused(refusal)
    }
}
