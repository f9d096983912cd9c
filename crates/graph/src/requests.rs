//! What a request was answered, for its entry in the journal.

use std::any::Any;

use axum::response::Response;
use callport_core::call_id::CallId;
use callport_engine::journal::ApiRefusal;
use callport_engine::{
    AskCallRefusal, CallCommand, CallbackRefusal, ChangeSettingsRefusal, CodeRefusal, CreateTemplateRefusal, OpenRequest,
    PlaceBusinessCallRefusal, ProvisionRefusal, RegistrationRefusal, SendRefusal, SubscriptionRefusal,
};
use callport_wire::ErrorReply;
use serde_json::{Map, Value};

use crate::Graph;
use crate::answer::Refusal;
use crate::asked::text;
use crate::endpoints::calls;
use crate::injected::ReplacedBy;

/// Members of a broken body that are looked for within so many bytes.
const SALVAGE_MAX_BYTES: usize = 64 * 1024;

impl Graph {
    /// The request was answered so: unless a commit had its entry, it is due now.
    pub(crate) fn answered<'a>(&'a self, request: &'a OpenRequest, response: &Response) -> impl Future<Output = ()> + use<'a> {
        let refusal = response.extensions().get().map(told);
        let injected = response.extensions().get().map(|ReplacedBy(injected)| injected.clone());
        self.engine.answered(request, response.status().as_u16(), refusal, injected)
    }
}

fn told(reply: &ErrorReply) -> ApiRefusal {
    let row = reply.code().row();
    ApiRefusal::new(row.number, row.subcode, reply.reason().unwrap_or(row.title))
}

/// What a refusal of an input is in the API.
pub(crate) fn published(why: &dyn Any, action: Option<&str>) -> Option<(u16, ApiRefusal)> {
    fn of<R: Clone + 'static>(why: &dyn Any) -> Option<Refusal>
    where
        Refusal: From<R>,
    {
        why.downcast_ref::<R>().map(|why| why.clone().into())
    }
    let Refusal(reply) = match why.downcast_ref::<AskCallRefusal>() {
        Some(why) => calls::refused(action.unwrap_or_default(), why),
        None => of::<PlaceBusinessCallRefusal>(why)
            .or_else(|| of::<SendRefusal>(why))
            .or_else(|| of::<ChangeSettingsRefusal>(why))
            .or_else(|| of::<CreateTemplateRefusal>(why))
            .or_else(|| of::<RegistrationRefusal>(why))
            .or_else(|| of::<CodeRefusal>(why))
            .or_else(|| why.downcast_ref::<SubscriptionRefusal>().map(|why| CallbackRefusal::from(*why).into()))
            .or_else(|| of::<ProvisionRefusal>(why))?,
    };
    Some((reply.http_status(), told(&reply)))
}

/// The call and the action that the body of a request names.
pub(crate) fn named(params: &Map<String, Value>) -> (Option<CallId>, Option<&'static str>) {
    (text(params, "call_id").and_then(call), text(params, "action").and_then(action))
}

/// The same of a body that cannot be read, as far as it can: whoever sends a comma too many wants to know it from the story of the call.
pub(crate) fn salvaged(body: &[u8]) -> (Option<CallId>, Option<&'static str>) {
    let body = String::from_utf8_lossy(&body[..body.len().min(SALVAGE_MAX_BYTES)]);
    (member(&body, "\"call_id\"").and_then(call), member(&body, "\"action\"").and_then(action))
}

/// The text that follows the first such name in JSON, up to its next quotation mark.
fn member<'a>(body: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = body.split_once(name)?;
    let (text, _) = rest.trim_start().strip_prefix(':')?.trim_start().strip_prefix('"')?.split_once('"')?;
    Some(text)
}

fn call(text: &str) -> Option<CallId> {
    CallId::parse(text).ok()
}

/// One of the published ones: nothing that a sender makes up is kept.
fn action(text: &str) -> Option<&'static str> {
    ["connect"].into_iter().chain(CallCommand::ACTIONS).find(|known| *known == text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_that_cannot_be_read_may_still_name_its_call() {
        let call = CallId::parse("wacid.A").unwrap();
        for (body, expected) in [
            (r#"{"call_id":"wacid.A","action":"pre_accept",}"#, (Some(call.clone()), Some("pre_accept"))),
            (r#"{ "action" : "accept", "call_id" : "wacid.A", "session": {"#, (Some(call), Some("accept"))),
            (r#"{"call_id":"wacid.A"#, (None, None)),
            (r#"{"call_id":7,"action":"dance"}"#, (None, None)),
            ("", (None, None)),
        ] {
            assert_eq!(salvaged(body.as_bytes()), expected, "{body}");
        }
    }
}
