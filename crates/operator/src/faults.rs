//! Faults on demand, as they stand in JSON and in fixtures.

use std::time::Duration;

use callport_core::scope::Field;
use callport_core::words::Word as _;
use callport_dialect::codes;
use callport_engine::injection::{FaultRule, InjectedFault, LONGEST_DELAY, ReplyFault, ReplyMatch, WebhookFault, WebhookMatch};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::words::{AppRef, NumberRef};

/// A fault to be injected: of a webhook or of a reply.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewFault {
    /// What happens to webhooks.
    webhook: Option<WebhookShape>,
    /// What happens to requests of the Graph API.
    reply: Option<ReplyShape>,
    /// How often. Default: once.
    #[schema(minimum = 1, maximum = 1_000_000)]
    times: Option<u32>,
    /// `true`: until it is removed, however often.
    #[serde(default)]
    until_removed: bool,
}

/// A fault that was asked for.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Fault)]
pub(crate) struct FaultView {
    id: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    webhook: Option<WebhookShape>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reply: Option<ReplyShape>,
    /// How often still; `null`: until it is removed.
    times_left: Option<u32>,
    /// How often so far.
    used: u32,
}

/// Which webhooks, and what happens to them. What is not said fits all.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct WebhookShape {
    fault: WebhookFaultWord,
    /// With `delay`: how much later the first attempt comes; at most a day.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1, maximum = 86_400_000)]
    delay_ms: Option<u64>,
    /// To this app.
    #[serde(skip_serializing_if = "Option::is_none")]
    app_id: Option<AppRef>,
    /// About this number.
    #[serde(skip_serializing_if = "Option::is_none")]
    phone_number_id: Option<NumberRef>,
    /// Of this field.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "calls")]
    field: Option<String>,
    /// Of this event, as `GET /admin/v1/webhooks` names it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "connect", max_length = 64)]
    event: Option<String>,
}

/// What happens to a webhook.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum WebhookFaultWord {
    /// Its first attempt comes `delay_ms` later; what comes after it does not wait.
    Delay,
    /// Its first attempt comes after the next webhook to the same app about the same call or message, or after 10 seconds.
    Reorder,
    /// It is never sent.
    Drop,
    /// It is sent twice, one right after the other.
    Double,
    /// It is signed with another secret.
    WrongSignature,
    /// It is not signed.
    NoSignature,
}

/// Which requests of the Graph API, and how they fail. What is not said fits all.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ReplyShape {
    /// HTTP status of the reply.
    #[schema(minimum = 400, maximum = 599, example = 503)]
    status: u16,
    /// `error.code` of the reply, one of the published ones. Default: one that goes with the status.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = 131016)]
    code: Option<u32>,
    /// `true`: the request is carried out and its reply lost; else nothing is done.
    #[serde(default)]
    carried_out: bool,
    /// Of this app.
    #[serde(skip_serializing_if = "Option::is_none")]
    app_id: Option<AppRef>,
    /// About this number.
    #[serde(skip_serializing_if = "Option::is_none")]
    phone_number_id: Option<NumberRef>,
    /// To this endpoint: the last part of the path.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "calls", max_length = 64)]
    endpoint: Option<String>,
    /// With this `action`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "accept", max_length = 64)]
    action: Option<String>,
}

/// Longest name of an event, an endpoint or an action, in bytes.
const LONGEST_NAME: usize = 64;
/// Most uses that can be counted down.
const MOST_TIMES: u32 = 1_000_000;

impl NewFault {
    /// What is asked for, and how often; `None`: until it is removed. Errors are for people.
    pub(crate) fn read(self) -> Result<(InjectedFault, Option<u32>), String> {
        let times = match (self.times, self.until_removed) {
            (Some(_), true) => return Err("say times or until_removed, not both".to_owned()),
            (None, true) => None,
            (times, false) => Some(times.unwrap_or(1)),
        };
        if times.is_some_and(|times| !(1..=MOST_TIMES).contains(&times)) {
            return Err(format!("times: 1 to {MOST_TIMES}"));
        }
        let fault = match (self.webhook, self.reply) {
            (Some(webhook), None) => webhook.read().map_err(|why| format!("webhook.{why}"))?,
            (None, Some(reply)) => reply.read().map_err(|why| format!("reply.{why}"))?,
            _ => return Err("say webhook or reply, one of them".to_owned()),
        };
        Ok((fault, times))
    }
}

impl WebhookShape {
    fn read(self) -> Result<InjectedFault, String> {
        let fault = match (self.fault, self.delay_ms) {
            (WebhookFaultWord::Delay, Some(ms)) if (1..=LONGEST_DELAY.as_millis()).contains(&u128::from(ms)) => {
                WebhookFault::Delay(Duration::from_millis(ms))
            }
            (WebhookFaultWord::Delay, _) => return Err(format!("delay_ms: 1 to {} belongs to a delay", LONGEST_DELAY.as_millis())),
            (_, Some(_)) => return Err("delay_ms: belongs to the fault delay".to_owned()),
            (WebhookFaultWord::Reorder, None) => WebhookFault::Reorder,
            (WebhookFaultWord::Drop, None) => WebhookFault::Drop,
            (WebhookFaultWord::Double, None) => WebhookFault::Double,
            (WebhookFaultWord::WrongSignature, None) => WebhookFault::WrongSignature,
            (WebhookFaultWord::NoSignature, None) => WebhookFault::NoSignature,
        };
        let field = self.field.as_deref().map(crate::words::read::<Field>).transpose().map_err(|why| format!("field: {why}"))?;
        let event = name("event", self.event)?;
        let of = WebhookMatch { app: self.app_id.map(|app| app.0), number: self.phone_number_id.map(|number| number.0), field, event };
        Ok(InjectedFault::Webhook { of, fault })
    }

    fn of(of: WebhookMatch, fault: WebhookFault) -> Self {
        let (word, delay) = match fault {
            WebhookFault::Delay(by) => (WebhookFaultWord::Delay, Some(by)),
            WebhookFault::Reorder => (WebhookFaultWord::Reorder, None),
            WebhookFault::Drop => (WebhookFaultWord::Drop, None),
            WebhookFault::Double => (WebhookFaultWord::Double, None),
            WebhookFault::WrongSignature => (WebhookFaultWord::WrongSignature, None),
            WebhookFault::NoSignature => (WebhookFaultWord::NoSignature, None),
        };
        Self {
            fault: word,
            delay_ms: delay.map(|by| u64::try_from(by.as_millis()).unwrap_or(u64::MAX)),
            app_id: of.app.map(AppRef),
            phone_number_id: of.number.map(NumberRef),
            field: of.field.map(|field| field.word().to_owned()),
            event: of.event,
        }
    }
}

impl ReplyShape {
    fn read(self) -> Result<InjectedFault, String> {
        if !(400..=599).contains(&self.status) {
            return Err("status: an error has 400 to 599".to_owned());
        }
        let code = self.code.unwrap_or_else(|| codes::usual(self.status));
        if !codes::is_published(code) {
            return Err(format!("code: {code} is none of the published codes"));
        }
        let of = ReplyMatch {
            app: self.app_id.map(|app| app.0),
            number: self.phone_number_id.map(|number| number.0),
            endpoint: name("endpoint", self.endpoint)?,
            action: name("action", self.action)?,
        };
        Ok(InjectedFault::Reply { of, fault: ReplyFault { status: self.status, code, carried_out: self.carried_out } })
    }

    fn of(of: ReplyMatch, fault: ReplyFault) -> Self {
        Self {
            status: fault.status,
            code: Some(fault.code),
            carried_out: fault.carried_out,
            app_id: of.app.map(AppRef),
            phone_number_id: of.number.map(NumberRef),
            endpoint: of.endpoint,
            action: of.action,
        }
    }
}

fn name(key: &str, text: Option<String>) -> Result<Option<String>, String> {
    match text {
        Some(text) if text.is_empty() || text.len() > LONGEST_NAME => Err(format!("{key}: 1 to {LONGEST_NAME} bytes")),
        text => Ok(text),
    }
}

impl From<FaultRule> for FaultView {
    fn from(rule: FaultRule) -> Self {
        let (webhook, reply) = match rule.fault {
            InjectedFault::Webhook { of, fault } => (Some(WebhookShape::of(of, fault)), None),
            InjectedFault::Reply { of, fault } => (None, Some(ReplyShape::of(of, fault))),
        };
        Self { id: rule.id, webhook, reply, times_left: rule.times_left, used: rule.used }
    }
}
