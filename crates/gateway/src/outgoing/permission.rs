//! Whether the user may be called; and if not, asking them.
//!
//! Platform docs, Obtain user call permissions. A free-form request needs an open 24-hour window and is refused with 131047
//! otherwise, at once or by a failed status; then a template asks.

use std::time::Instant;

use callport_wire::Code;
use callport_wire::messages::{Content, MessageReply, MessageRequest, PermissionRequest, SendMessage, TemplateMessage};
use callport_wire::permissions::{ActionName, PermissionStatus, PermissionsReply};
use callport_wire::templates::{NewTemplate, TemplateStatus};
use callport_wire::webhooks::{InboundContent, InboundMessage, MessageStatus, MessageStatusEvent, UserAnswer};
use serde_json::json;

use super::outcome::next_possible;
use super::{Asking, NotAsked, Order, OutgoingOutcome, PermissionTemplate, Placing};
use crate::arrival::Tidings;
use crate::graph::GraphFailure;
use crate::timeline::What;

const LOOK_UP: &str = "call_permissions";
const ASK: &str = "call_permission_request";
const ASK_BY_TEMPLATE: &str = "call_permission_request template";
const CREATE: &str = "create template";

/// A request that is with the user.
struct Asked {
    message_id: String,
    /// The user's number, as given and as the platform writes it.
    numbers: Vec<String>,
    user_id: Option<String>,
}

/// What became of it.
enum Answer {
    Yes,
    No,
    /// It will not arrive: the code, and the platform's words.
    Undelivered(i64, String),
    None,
    HungUp,
}

impl Placing {
    /// Returns once the user may be called, with the platform's word on it.
    pub(super) async fn obtain_permission(&mut self) -> Result<PermissionsReply, OutgoingOutcome> {
        let state = self.look_up().await?;
        if state.permission.status != PermissionStatus::NoPermission {
            // Whether a limit forbids the call after all, the platform says best itself, in its reply to connect.
            return Ok(state);
        }
        let asking = self.order.asking.clone().ok_or(OutgoingOutcome::NotAsked(NotAsked::ByChoice))?;
        let may_ask = state.action(&ActionName::SendCallPermissionRequest).is_none_or(|action| action.can_perform_action);
        if !may_ask {
            return Err(not_now(&state));
        }
        self.ask(&asking, &state).await
    }

    async fn look_up(&self) -> Result<PermissionsReply, OutgoingOutcome> {
        let query = self.order.user.query();
        let asked = self.desk.graph.permissions(&self.order.phone_number_id, &query);
        let state = self.desk.told(None, LOOK_UP, asked).await.map_err(|failure| OutgoingOutcome::of_failure(LOOK_UP, failure, None))?;
        self.tell(What::Permission(state.clone()));
        Ok(state)
    }

    /// Asks in the free form, and by template if the window is closed to that.
    async fn ask(&mut self, asking: &Asking, state: &PermissionsReply) -> Result<PermissionsReply, OutgoingOutcome> {
        let (mut template, mut created) = (None, false);
        loop {
            let action = if template.is_some() { ASK_BY_TEMPLATE } else { ASK };
            let (code, reason) = match self.request(action, content(asking, template)).await {
                Ok(reply) => match self.until_answered(&self.asked(reply), asking).await {
                    Answer::Yes => return Ok(state.clone()),
                    Answer::No => return Err(OutgoingOutcome::PermissionDenied),
                    Answer::HungUp => return Err(OutgoingOutcome::Stopped),
                    Answer::None => return self.last_look().await,
                    Answer::Undelivered(code, reason) => (code, reason),
                },
                Err(failure) => match (failure.code(), failure.code().and_then(Code::from_number)) {
                    (_, Some(Code::PermanentPermission)) => return Ok(state.clone()),
                    (_, Some(Code::PermissionRequestLimit)) => return Err(not_now(state)),
                    (Some(code), _) => (code, failure.to_string()),
                    (None, _) => return Err(OutgoingOutcome::of_failure(action, failure, None)),
                },
            };
            match (Code::from_number(code), template) {
                (Some(Code::ReEngagement), None) => {
                    let next = asking.template.as_ref().ok_or(OutgoingOutcome::NotAsked(NotAsked::WindowClosed))?;
                    template = Some(next);
                }
                (Some(Code::TemplateUnknown), Some(PermissionTemplate { name, language, create_in: Some(waba) })) if !created => {
                    self.create(name, language, waba, &asking.text).await?;
                    created = true;
                }
                _ => return Err(OutgoingOutcome::Refused { action, code, reason, next: None }),
            }
        }
    }

    async fn request(&self, action: &'static str, content: Content) -> Result<MessageReply, GraphFailure> {
        let (to, recipient) = self.order.user.address();
        let biz_opaque_callback_data = self.order.opaque.clone();
        let message = SendMessage { to, recipient, context: None, biz_opaque_callback_data, content };
        let request = MessageRequest::Send(Box::new(message));
        self.desk.told(None, action, self.desk.graph.send(&self.order.phone_number_id, &request)).await
    }

    /// Creates the smallest template that asks for permission.
    async fn create(&self, name: &str, language: &str, waba: &str, text: &str) -> Result<(), OutgoingOutcome> {
        let components = json!([{ "type": "BODY", "text": text }, { "type": "call_permission_request" }]);
        let body = json!({ "name": name, "language": language, "category": "UTILITY", "components": components });
        let template = body.as_object().map(NewTemplate::read).transpose();
        let Some(template) = template.map_err(|wrong| OutgoingOutcome::fault(format!("the template cannot be created: {wrong}")))? else {
            return Ok(());
        };
        let created = self.desk.told(None, CREATE, self.desk.graph.create_template(waba, &template)).await;
        match created.map_err(|failure| OutgoingOutcome::of_failure(CREATE, failure, None))?.status {
            TemplateStatus::Approved => Ok(()),
            status => Err(OutgoingOutcome::NotAsked(NotAsked::TemplateNotApproved(status))),
        }
    }

    /// Whose answer to expect: the platform may write the number otherwise than it was given, with or without an extra digit.
    fn asked(&self, reply: MessageReply) -> Asked {
        let contact = reply.contacts.into_iter().next().unwrap_or_default();
        let (number, user_id) = self.order.user.address();
        Asked {
            message_id: reply.messages.into_iter().next().map(|message| message.id).unwrap_or_default(),
            numbers: number.into_iter().chain(contact.wa_id).collect(),
            user_id: user_id.or(contact.user_id),
        }
    }

    /// Waits for the user's decision, on the request or in the business's profile.
    async fn until_answered(&mut self, asked: &Asked, asking: &Asking) -> Answer {
        let until = Instant::now() + asking.reply_within;
        self.tell(What::Waiting { what: "the user's answer to the request", within: asking.reply_within });
        loop {
            match self.next(until).await {
                None => return Answer::None,
                Some(Order::HangUp) => return Answer::HungUp,
                Some(Order::News(Tidings::Message(message))) => match asked.answer_in(&message) {
                    Some(UserAnswer::Accept) => return Answer::Yes,
                    Some(UserAnswer::Reject) => return Answer::No,
                    None => {}
                },
                Some(Order::News(Tidings::MessageStatus(status))) => {
                    if let Some((code, reason)) = asked.failure_in(&status) {
                        return Answer::Undelivered(code, reason);
                    }
                }
                Some(Order::News(_)) => {}
            }
        }
    }

    /// The webhook may be lost, or nobody subscribed to it: the state is asked for once more.
    async fn last_look(&self) -> Result<PermissionsReply, OutgoingOutcome> {
        let state = self.look_up().await?;
        if state.permission.status == PermissionStatus::NoPermission { Err(OutgoingOutcome::NoReply) } else { Ok(state) }
    }
}

impl Asked {
    /// The decision, if this is one and the user's.
    fn answer_in(&self, message: &InboundMessage) -> Option<UserAnswer> {
        let InboundContent::PermissionReply(reply) = &message.content else { return None };
        let to_ours = message.context.as_ref().and_then(|context| context.id.as_ref()) == Some(&self.message_id);
        let from_them = message.from.as_ref().is_some_and(|from| self.numbers.contains(from));
        let by_id = self.user_id.is_some() && message.from_user_id == self.user_id;
        (to_ours || from_them || by_id).then_some(reply.response)
    }

    fn failure_in(&self, event: &MessageStatusEvent) -> Option<(i64, String)> {
        if event.id != self.message_id || event.status != MessageStatus::Failed {
            return None;
        }
        let error = event.errors.first();
        let code = error.map_or(0, |error| error.code);
        Some((code, error.map_or("the platform gives no reason".to_owned(), |error| format!("code {code}: {}", error.title))))
    }
}

fn content(asking: &Asking, template: Option<&PermissionTemplate>) -> Content {
    match template {
        None => Content::PermissionRequest(PermissionRequest { body: Some(asking.text.clone()) }),
        Some(PermissionTemplate { name, language, .. }) => {
            Content::Template(TemplateMessage { name: name.clone(), language: language.clone(), ..TemplateMessage::default() })
        }
    }
}

fn not_now(state: &PermissionsReply) -> OutgoingOutcome {
    OutgoingOutcome::NotAsked(NotAsked::NotNow { next: next_possible(state, &ActionName::SendCallPermissionRequest) })
}
