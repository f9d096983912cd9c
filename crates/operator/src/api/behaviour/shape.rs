//! A behaviour as it stands in JSON, in a fixture, and where the process keeps it for the next start.

use std::time::Duration;

use callport_core::gate::DeviceKind;
use callport_core::pair::Decision;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::api::scripted::NewScript;
use crate::asked::reading::read;
use crate::people::{Behaviour, OnButton, OnCall, OnRequest, Receipts};

/// What a user does by itself. Without a word: picks up at once, says its signature for 10 s, reads what comes, and answers nothing.
///
/// Delays count by the platform's calendar: where it stands still, they end when it is moved.
#[derive(Deserialize, Serialize, ToSchema, Default)]
#[schema(as = Behaviour)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct NewBehaviour {
    device: Device,
    calls: Calls,
    permission_requests: Requests,
    receipts: ReceiptsWord,
    call_buttons: Buttons,
}

/// What the user holds.
#[derive(Deserialize, Serialize, ToSchema, Default, Clone, Copy)]
#[serde(rename_all = "snake_case")]
enum Device {
    /// The primary phone.
    #[default]
    Phone,
    /// A companion phone.
    Companion,
}

/// What happens to a call of a business.
#[derive(Deserialize, Serialize, ToSchema)]
#[schema(as = OnCall)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
enum Calls {
    /// It rings (`RINGING`), and is picked up (`ACCEPTED`).
    Answer {
        /// How long it rings. Default 0.
        #[serde(default)]
        after_ms: u64,
        /// What the user does once connected.
        #[serde(default)]
        script: Box<NewScript>,
    },
    /// It rings, and is declined (`REJECTED`).
    Decline {
        /// How long it rings. Default 0.
        #[serde(default)]
        after_ms: u64,
    },
    /// It rings, and nobody picks up.
    Ignore {},
    /// No device is reached: nothing rings.
    Offline {},
    /// The user is in another call: the platform ends this one as busy.
    Busy {},
}

impl Default for Calls {
    fn default() -> Self {
        Self::Answer { after_ms: 0, script: Box::default() }
    }
}

/// What a request for call permission meets. The user reads the message before answering.
#[derive(Deserialize, Serialize, ToSchema)]
#[schema(as = OnPermissionRequest)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
enum Requests {
    /// No answer.
    Ignore {},
    /// "Allow calls": permanent.
    Allow {
        /// How long the user thinks about it. Default 0.
        #[serde(default)]
        after_ms: u64,
    },
    /// "Temporarily allow": 7 days.
    AllowTemporarily {
        /// How long the user thinks about it. Default 0.
        #[serde(default)]
        after_ms: u64,
    },
    /// "Don't allow".
    Deny {
        /// How long the user thinks about it. Default 0.
        #[serde(default)]
        after_ms: u64,
    },
}

impl Default for Requests {
    fn default() -> Self {
        Self::Ignore {}
    }
}

/// What the device reports of messages. What the user reacts to was delivered in any case, and read by then.
#[derive(Deserialize, Serialize, ToSchema, Default, Clone, Copy)]
#[schema(as = Receipts)]
#[serde(rename_all = "snake_case")]
enum ReceiptsWord {
    /// `delivered`, and at once `read`.
    #[default]
    Read,
    /// `delivered`.
    Delivered,
    /// Nothing: messages stay at `sent`.
    None,
}

/// What a call button in a message meets.
#[derive(Deserialize, Serialize, ToSchema)]
#[schema(as = OnCallButton)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
enum Buttons {
    /// Nothing.
    Ignore {},
    /// It is tapped: the user calls.
    Tap {
        /// How long after it came. Default 0.
        #[serde(default)]
        after_ms: u64,
        /// How the user calls.
        #[serde(default)]
        script: Box<NewScript>,
    },
}

impl Default for Buttons {
    fn default() -> Self {
        Self::Ignore {}
    }
}

impl NewBehaviour {
    /// What it means, or what in it cannot be.
    pub(crate) fn read(self) -> Result<Behaviour, String> {
        let ms = Duration::from_millis;
        let decide = |decision, after_ms| OnRequest::Decide { decision, after: ms(after_ms) };
        Ok(Behaviour {
            device: match self.device {
                Device::Phone => DeviceKind::Phone,
                Device::Companion => DeviceKind::Companion,
            },
            calls: match self.calls {
                Calls::Answer { after_ms, script } => {
                    OnCall::Answer { after: ms(after_ms), script: Box::new(script.read_taken().map_err(|why| format!("calls.{why}"))?) }
                }
                Calls::Decline { after_ms } => OnCall::Decline { after: ms(after_ms) },
                Calls::Ignore {} => OnCall::Ignore,
                Calls::Offline {} => OnCall::Offline,
                Calls::Busy {} => OnCall::Busy,
            },
            requests: match self.permission_requests {
                Requests::Ignore {} => OnRequest::Ignore,
                Requests::Allow { after_ms } => decide(Decision::Allow, after_ms),
                Requests::AllowTemporarily { after_ms } => decide(Decision::AllowTemporarily, after_ms),
                Requests::Deny { after_ms } => decide(Decision::Deny, after_ms),
            },
            receipts: match self.receipts {
                ReceiptsWord::Read => Receipts::Read,
                ReceiptsWord::Delivered => Receipts::Delivered,
                ReceiptsWord::None => Receipts::None,
            },
            buttons: match self.call_buttons {
                Buttons::Ignore {} => OnButton::Ignore,
                Buttons::Tap { after_ms, script } => OnButton::Tap {
                    after: ms(after_ms),
                    script: Box::new(script.read_tapped().map_err(|why| format!("call_buttons.{why}"))?),
                },
            },
        })
    }

    /// What reads as this behaviour.
    pub(crate) fn of(behaviour: &Behaviour) -> Self {
        let ms = |time: &Duration| u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
        Self {
            device: match behaviour.device {
                DeviceKind::Companion => Device::Companion,
                DeviceKind::Phone | DeviceKind::Web | DeviceKind::Desktop => Device::Phone,
            },
            calls: match &behaviour.calls {
                OnCall::Answer { after, script } => Calls::Answer { after_ms: ms(after), script: Box::new(NewScript::of(script)) },
                OnCall::Decline { after } => Calls::Decline { after_ms: ms(after) },
                OnCall::Ignore => Calls::Ignore {},
                OnCall::Offline => Calls::Offline {},
                OnCall::Busy => Calls::Busy {},
            },
            permission_requests: match &behaviour.requests {
                OnRequest::Ignore => Requests::Ignore {},
                OnRequest::Decide { decision: Decision::Allow, after } => Requests::Allow { after_ms: ms(after) },
                OnRequest::Decide { decision: Decision::AllowTemporarily, after } => Requests::AllowTemporarily { after_ms: ms(after) },
                OnRequest::Decide { decision: Decision::Deny, after } => Requests::Deny { after_ms: ms(after) },
            },
            receipts: match behaviour.receipts {
                Receipts::Read => ReceiptsWord::Read,
                Receipts::Delivered => ReceiptsWord::Delivered,
                Receipts::None => ReceiptsWord::None,
            },
            call_buttons: match &behaviour.buttons {
                OnButton::Ignore => Buttons::Ignore {},
                OnButton::Tap { after, script } => Buttons::Tap { after_ms: ms(after), script: Box::new(NewScript::of(script)) },
            },
        }
    }
}

impl Behaviour {
    /// As the admin API writes it, for whoever keeps it.
    pub fn to_json(&self) -> serde_json::Value {
        // Made of texts and numbers under text keys: nothing in it can fail to become JSON.
        serde_json::to_value(NewBehaviour::of(self)).unwrap_or_default()
    }

    /// Reads [`Behaviour::to_json`] back.
    pub fn from_json(value: serde_json::Value) -> Result<Self, String> {
        read::<NewBehaviour>(&value.into()).map_err(|wrong| wrong.to_string())?.read()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::people::{HangUp, Say};
    use serde_json::json;

    #[test]
    fn nothing_said_is_a_user_who_picks_up_and_reads() {
        let behaviour = Behaviour::from_json(json!({})).unwrap();
        let OnCall::Answer { after, script } = &behaviour.calls else { panic!("{behaviour:?}") };
        assert_eq!((*after, &script.say, script.hang_up), (Duration::ZERO, &Say::Signature, HangUp::After(Duration::from_secs(10))));
        let rest = (behaviour.device, behaviour.requests, behaviour.receipts, behaviour.buttons);
        assert_eq!(rest, (DeviceKind::Phone, OnRequest::Ignore, Receipts::Read, OnButton::Ignore));
    }

    #[test]
    fn whatever_is_said_reads_back_as_it_was() {
        let script = json!({ "say": { "kind": "wav", "base64": "UklGRg==", "looped": true }, "press": [{ "after_ms": 1500, "digits": "1#" }],
            "hang_up": { "kind": "after_said", "ms": 500 }, "record_seconds": 5, "lost_percent": 2.5 });
        let mut tapped = script.clone();
        tapped["patience_ms"] = 20_000.into();
        let calls = [
            json!({ "kind": "answer", "after_ms": 1500, "script": script }),
            json!({ "kind": "decline", "after_ms": 10 }),
            json!({ "kind": "ignore" }),
            json!({ "kind": "offline" }),
            json!({ "kind": "busy" }),
        ];
        let requests = ["allow", "allow_temporarily", "deny"].map(|kind| json!({ "kind": kind, "after_ms": 3 }));
        for (at, calls) in calls.into_iter().enumerate() {
            let (device, receipts) = (["phone", "companion"][at % 2], ["read", "delivered", "none"][at % 3]);
            let requests = requests.get(at).cloned().unwrap_or(json!({ "kind": "ignore" }));
            let tap = json!({ "kind": "tap", "after_ms": 4, "script": tapped });
            let buttons = if at == 0 { tap } else { json!({ "kind": "ignore" }) };
            let said = json!({
                "device": device, "calls": calls, "permission_requests": requests, "receipts": receipts, "call_buttons": buttons
            });
            let behaviour = Behaviour::from_json(said.clone()).unwrap();
            assert_eq!(behaviour.to_json(), said);
            assert_eq!(Behaviour::from_json(behaviour.to_json()), Ok(behaviour));
        }
    }

    #[test]
    fn what_cannot_be_read_is_told_with_its_place() {
        for (said, named) in [
            (json!({ "call": {} }), "call"),
            (json!({ "device": "web" }), "web"),
            (json!({ "calls": { "kind": "answer", "script": { "say": { "kind": "wav", "base64": "%" } } } }), "calls.script.say.base64"),
            (json!({ "calls": { "kind": "answer", "script": { "patience_ms": 1 } } }), "calls.script: patience_ms"),
            (json!({ "calls": { "kind": "offline", "after_ms": 1 } }), "after_ms"),
            (json!({ "permission_requests": { "kind": "maybe" } }), "maybe"),
            (json!({ "receipts": "unread" }), "unread"),
            (json!({ "call_buttons": { "kind": "tap", "script": { "cta_payload": "red" } } }), "call_buttons.script: "),
        ] {
            let why = Behaviour::from_json(said).unwrap_err();
            assert!(why.contains(named), "{why} should name {named}");
        }
    }
}
