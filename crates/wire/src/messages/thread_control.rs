//! `POST /{phone-number-id}/thread_control`: request and reply (platform docs, Conversation routing, second-hand, 2026-10-12).

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::calls::MESSAGING_PRODUCT;
use crate::params::{Malformed, Params};
use crate::quiet::quiet_debug;

/// Most characters of `metadata`.
pub const METADATA_MAX_CHARS: usize = 2_000;

/// What is asked of a thread. Exactly one of `to` and `recipient` is present.
#[derive(Clone, PartialEq, Eq)]
pub struct ThreadControl {
    /// The user's number.
    pub to: Option<String>,
    /// The user's business-scoped id.
    pub recipient: Option<String>,
    /// What.
    pub action: ThreadControlAction,
    /// Told to whoever is told.
    pub metadata: Option<String>,
}

/// `action`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ThreadControlAction {
    /// `pass`.
    Pass {
        /// `control_pass.target_role`.
        target_role: String,
    },
    /// `take`.
    Take,
    /// `release`.
    Release,
}

quiet_debug! { ThreadControl { action } }

impl ThreadControl {
    /// Reads a request body.
    ///
    /// # Errors
    /// The first member that is missing or wrong, in words.
    pub fn read(body: &Map<String, Value>) -> Result<Self, Malformed> {
        let params = Params::new(body);
        params.check_product()?;
        let someone = |text: &String| !text.trim().is_empty();
        let to = params.text_or_number("to")?.filter(someone);
        let recipient = params.text("recipient")?.map(str::to_owned).filter(someone);
        match (&to, &recipient) {
            (None, None) => return Err(Malformed::missing("to")),
            (Some(_), Some(_)) => return Err(Malformed::wrong("recipient", "must not stand beside to")),
            _ => {}
        }
        let pass = params.object("control_pass", "control_pass")?;
        let action = match (params.required_text("action")?, pass) {
            ("pass", Some(pass)) => ThreadControlAction::Pass { target_role: pass.required_text("target_role")?.to_owned() },
            ("pass", None) => return Err(Malformed::missing("control_pass")),
            ("take" | "release", Some(_)) => return Err(Malformed::wrong("control_pass", "belongs to the action pass")),
            ("take", None) => ThreadControlAction::Take,
            ("release", None) => ThreadControlAction::Release,
            _ => return Err(Malformed::wrong("action", "must be \"pass\", \"take\" or \"release\"")),
        };
        let metadata = params.bounded_text("metadata", METADATA_MAX_CHARS)?.map(str::to_owned);
        Ok(Self { to, recipient, action, metadata })
    }
}

/// The reply.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ThreadControlled {
    /// `whatsapp`.
    pub messaging_product: String,
    /// Names the request.
    pub request_id: String,
}

impl ThreadControlled {
    /// It was done.
    pub fn new(request_id: impl Into<String>) -> Self {
        Self { messaging_product: MESSAGING_PRODUCT.to_owned(), request_id: request_id.into() }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn reads_each_action_and_names_what_is_wrong() {
        let read = |members: Value| {
            let mut body = json!({ "messaging_product": "whatsapp", "to": "5511955501234" });
            body.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
            ThreadControl::read(body.as_object().unwrap()).map(|read| read.action).map_err(|bad| bad.details)
        };
        let pass = json!({ "target_role": "customer_service" });
        assert_eq!(
            read(json!({ "action": "pass", "control_pass": pass })),
            Ok(ThreadControlAction::Pass { target_role: "customer_service".into() })
        );
        assert_eq!(read(json!({ "action": "take" })), Ok(ThreadControlAction::Take));
        assert_eq!(read(json!({ "action": "release", "metadata": "done" })), Ok(ThreadControlAction::Release));
        for (members, details) in [
            (json!({}), "The parameter action is required."),
            (json!({ "action": "give" }), "The parameter action must be \"pass\", \"take\" or \"release\"."),
            (json!({ "action": "pass" }), "The parameter control_pass is required."),
            (json!({ "action": "take", "control_pass": pass }), "The parameter control_pass belongs to the action pass."),
            (json!({ "action": "take", "recipient": "BR.1" }), "The parameter recipient must not stand beside to."),
            (json!({ "action": "take", "to": "" }), "The parameter to is required."),
            (json!({ "action": "take", "metadata": "x".repeat(2_001) }), "The parameter metadata must have at most 2000 characters."),
        ] {
            assert_eq!(read(members.clone()), Err(details.to_owned()), "{members}");
        }
    }
}
