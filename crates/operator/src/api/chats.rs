//! What a business and a user wrote to each other, as the user's phone shows it. In test mode only: what people write is nobody else's.

use axum::Json;
use axum::extract::State;
use callport_core::message::{Button, Content, MessageId};
use callport_core::pair::{Pair, PermissionReply, ReplySource};
use callport_core::time::WallTime;
use callport_dialect::codes::Code;
use callport_engine::records::{Message, MessageBody, Progress, Said, Sent};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::pairs::{self, CardView, PairPath, PermissionView};
use crate::asked::{At, Filter, form};
use crate::problem::Problem;
use crate::state::OperatorState;
use crate::words::{Moment, NumberRef, UserRef};

/// A chat.
#[derive(Serialize, ToSchema)]
#[schema(as = Chat)]
pub(super) struct ChatView {
    phone_number_id: NumberRef,
    user_id: UserRef,
    permission: PermissionView,
    /// Oldest first.
    data: Vec<MessageView>,
    /// There are older ones: give the first one's id as `before`.
    more: bool,
}

/// A message of a chat.
#[derive(Serialize, ToSchema)]
#[schema(as = Message)]
pub(super) struct MessageView {
    /// `wamid.…`
    id: String,
    at: Moment,
    from: AuthorWord,
    kind: KindWord,
    header: Option<String>,
    /// The text.
    body: Option<String>,
    footer: Option<String>,
    buttons: Vec<ButtonView>,
    /// Of a business's message: how far it came (`sent`, `delivered`, `read`, `failed`); of a user's text: `read` once the business marked it.
    #[schema(example = "read")]
    status: Option<&'static str>,
    /// Why it failed.
    #[schema(example = 131_026)]
    code: Option<u32>,
    /// Of a request for call permission that is the newest.
    card: Option<CardView>,
    /// What the business was told of its permission.
    permission: Option<ReplyView>,
    /// `payload` of the quick reply that was tapped.
    payload: Option<String>,
    /// The message or call that it answers.
    context_id: Option<String>,
}

/// Who wrote.
#[derive(Serialize, ToSchema)]
#[schema(as = Author)]
#[serde(rename_all = "snake_case")]
enum AuthorWord {
    Business,
    User,
    /// The platform, to the user only.
    Platform,
}

/// What a message is.
#[derive(Serialize, ToSchema)]
#[schema(as = MessageKind)]
#[serde(rename_all = "snake_case")]
enum KindWord {
    /// A text, with or without buttons.
    Text,
    /// A request for call permission.
    PermissionRequest,
    /// The answer to one, a change in the business profile, or a change by the platform.
    PermissionReply,
    /// The tap of a quick reply.
    Button,
    /// The platform asks the user to reconsider the permission, after unanswered calls.
    Reconsider,
}

/// A button of a message.
#[derive(Serialize, ToSchema)]
#[schema(as = Button)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum ButtonView {
    /// Calls the business.
    Call { text: String, payload: Option<String>, expires_at: Moment, expired: bool },
    /// Opens a page.
    Url { text: String, url: String },
    /// A quick reply.
    Reply { text: String, payload: String },
}

/// What the business was told.
#[derive(Serialize, ToSchema)]
#[schema(as = PermissionReply)]
struct ReplyView {
    #[serde(flatten)]
    permission: PermissionView,
    /// `user_action` or `automatic`.
    #[schema(example = "user_action")]
    source: &'static str,
}

/// Which messages.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Which {
    /// Only what was written before this message.
    before: Option<String>,
}

/// What the two wrote to each other, the newest messages or those before one. In test mode only.
#[utoipa::path(get, path = "/admin/v1/pairs/{phone_number_id}/{user_id}/messages", tag = "test mode", operation_id = "list_messages", params(PairPath, Which), responses((status = 200, body = ChatView), Problem))]
pub(super) async fn list(
    State(state): State<OperatorState>,
    At(pair): At<(String, String)>,
    Filter(which): Filter<Which>,
) -> Result<Json<ChatView>, Problem> {
    state.test_mode()?;
    let (number, user) = pairs::find(&state, &pair).await?;
    let before = which.before.map(|id| form("before", MessageId::parse(&id))).transpose()?;
    let (engine, now) = (&state.engine, state.engine.now());
    let pair = engine.pair(&number.id, &user.id).await?;
    let (messages, more) = engine.chat_page(&user.id, &number.id, before).await?;
    Ok(Json(ChatView {
        permission: pairs::permission(pair.permission(now)),
        data: messages.into_iter().map(|message| view(message, &pair, now)).collect(),
        more,
        phone_number_id: NumberRef(number.id),
        user_id: UserRef(user.id),
    }))
}

pub(super) fn view(message: Message, pair: &Pair, now: WallTime) -> MessageView {
    let card = pair.card.as_ref().filter(|card| card.message == message.id).map(|card| pairs::card(pair, card, now));
    let bare = MessageView {
        id: message.id.as_str().to_owned(),
        at: Moment(message.at),
        from: AuthorWord::User,
        kind: KindWord::Text,
        header: None,
        body: None,
        footer: None,
        buttons: Vec::new(),
        status: None,
        code: None,
        card,
        permission: None,
        payload: None,
        context_id: message.context,
    };
    match message.body {
        MessageBody::Business(sent) => of_business(bare, sent, now),
        MessageBody::User(said) => of_user(bare, said),
        MessageBody::Reconsider => MessageView { from: AuthorWord::Platform, kind: KindWord::Reconsider, ..bare },
    }
}

fn of_business(bare: MessageView, sent: Sent, now: WallTime) -> MessageView {
    let Content { header, body, footer, buttons, asks_permission } = sent.content;
    let button = |button| match button {
        Button::Call { text, expires_at, payload } => {
            ButtonView::Call { text, payload, expires_at: Moment(expires_at), expired: now >= expires_at }
        }
        Button::Url { text, url } => ButtonView::Url { text, url },
        Button::Reply { text, payload } => ButtonView::Reply { text, payload },
    };
    let code = match sent.progress {
        Progress::Undeliverable => Some(Code::Undeliverable.number()),
        Progress::Unpaid => Some(Code::PaymentForMessages.number()),
        Progress::Sent | Progress::Delivered | Progress::Read => None,
    };
    MessageView {
        from: AuthorWord::Business,
        kind: if asks_permission { KindWord::PermissionRequest } else { KindWord::Text },
        buttons: buttons.into_iter().map(button).collect(),
        status: Some(sent.progress.name()),
        header,
        body,
        footer,
        code,
        ..bare
    }
}

fn of_user(bare: MessageView, said: Said) -> MessageView {
    match said {
        Said::Text { text, read } => MessageView { body: Some(text), status: read.then_some("read"), ..bare },
        Said::Button { text, payload } => MessageView { kind: KindWord::Button, body: Some(text), payload: Some(payload), ..bare },
        Said::Permission(PermissionReply { permission, source }) => {
            let (from, source) = match source {
                ReplySource::UserAction => (AuthorWord::User, "user_action"),
                ReplySource::Automatic => (AuthorWord::Platform, "automatic"),
            };
            let permission = Some(ReplyView { permission: pairs::permission(permission), source });
            MessageView { from, kind: KindWord::PermissionReply, permission, ..bare }
        }
    }
}
