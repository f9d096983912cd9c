//! The request body: a message to send, or a message to mark as read.

use std::fmt;

use serde_json::{Map, Value};

use super::{BadMessage, Content};
use crate::calls::OPAQUE_DATA_MAX_CHARS;
use crate::params::{Malformed, Params};
use crate::quiet::quiet_debug;

/// The only `recipient_type` taken. Groups are no one to call.
pub(super) const INDIVIDUAL: &str = "individual";

/// What the business asks of the endpoint.
#[derive(Clone, PartialEq, Eq)]
pub enum MessageRequest {
    /// `status: read`: the user shall see that a message was read.
    MarkRead {
        /// `wamid.…`
        message_id: String,
    },
    /// Send a message.
    Send(Box<SendMessage>),
}

/// A message to a user. At least one of `to` and `recipient` is present; `to` wins.
#[derive(Clone, PartialEq, Eq)]
pub struct SendMessage {
    /// The user's number as it was written: `+`, `-`, brackets and spaces may stand in it.
    pub to: Option<String>,
    /// The user's business-scoped id, `US.…` or `US.ENT.…`.
    pub recipient: Option<String>,
    /// `context.message_id`: the message that this one quotes.
    pub context: Option<String>,
    /// Echoed in status webhooks, at most 512 characters.
    pub biz_opaque_callback_data: Option<String>,
    /// What it says.
    pub content: Content,
}

quiet_debug! { SendMessage { content } }

impl fmt::Debug for MessageRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::MarkRead { .. } => f.write_str("MarkRead"),
            Self::Send(message) => message.fmt(f),
        }
    }
}

impl MessageRequest {
    /// A message to a number, and nothing beside it.
    pub fn to(number: impl Into<String>, content: Content) -> Self {
        let message = SendMessage { to: Some(number.into()), recipient: None, context: None, biz_opaque_callback_data: None, content };
        Self::Send(Box::new(message))
    }

    /// Reads a request body. Unknown members are ignored, `typing_indicator` beside `status: read` among them.
    ///
    /// # Errors
    /// The first member that is missing or wrong, in words, with its code.
    pub fn read(body: &Map<String, Value>) -> Result<Self, BadMessage> {
        let params = Params::new(body);
        params.check_product()?;
        match params.text("status")? {
            None => Ok(Self::Send(Box::new(SendMessage::read(params)?))),
            Some("read") => Ok(Self::MarkRead { message_id: params.required_text("message_id")?.to_owned() }),
            Some(_) => Err(Malformed::wrong("status", "must be \"read\"").into()),
        }
    }
}

impl SendMessage {
    fn read(params: Params<'_>) -> Result<Self, BadMessage> {
        if params.text("recipient_type")?.is_some_and(|kind| kind != INDIVIDUAL) {
            return Err(Malformed::wrong("recipient_type", format_args!("must be \"{INDIVIDUAL}\"")).into());
        }
        let someone = |text: &String| !text.trim().is_empty();
        let to = params.text_or_number("to")?.filter(someone);
        let recipient = params.text("recipient")?.map(str::to_owned).filter(someone);
        if to.is_none() && recipient.is_none() {
            return Err(Malformed::missing("to").into());
        }
        Ok(Self {
            to,
            recipient,
            context: read_context(params)?,
            biz_opaque_callback_data: params.bounded_text("biz_opaque_callback_data", OPAQUE_DATA_MAX_CHARS)?.map(str::to_owned),
            content: Content::read(params)?,
        })
    }
}

fn read_context(params: Params<'_>) -> Result<Option<String>, Malformed> {
    let Some(context) = params.object("context", "context")? else { return Ok(None) };
    Ok(Some(context.required_text("message_id")?.to_owned()))
}

#[cfg(test)]
mod tests;
