//! What a person does by themselves when a business calls or writes.
//!
//! How long a person takes counts by the platform's calendar, so that moving it moves people too; what happens within a call runs with
//! its sound.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::written::millis;
use crate::{Script, Unfit};

/// Longest time that a person takes to react: as long as a permission request can be answered.
pub const MAX_DELAY: Duration = Duration::from_secs(7 * 86_400);

/// What a user does by itself. Without a word: picks up at once, says its signature for 10 s, reads what comes, and answers nothing.
///
/// Delays count by the platform's calendar: where it stands still, they end when it is moved.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Behaviour {
    /// What the user holds.
    pub device: Device,
    /// When a business calls.
    pub calls: OnCall,
    /// When a business asks for call permission.
    pub permission_requests: OnRequest,
    /// What the device reports of messages.
    pub receipts: Receipts,
    /// When a message brings a call button.
    pub call_buttons: OnButton,
}

/// What the user holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Device {
    /// The primary phone.
    #[default]
    Phone,
    /// A companion phone.
    Companion,
}

/// What happens to a call of a business.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum OnCall {
    /// It rings (`RINGING`), and is picked up (`ACCEPTED`).
    Answer {
        /// How long it rings. Default 0.
        #[serde(default, rename = "after_ms", with = "millis")]
        #[schema(value_type = u64)]
        after: Duration,
        /// What the user does once connected.
        #[serde(default)]
        script: Box<Script>,
    },
    /// It rings, and is declined (`REJECTED`).
    Decline {
        /// How long it rings. Default 0.
        #[serde(default, rename = "after_ms", with = "millis")]
        #[schema(value_type = u64)]
        after: Duration,
    },
    /// It rings, and nobody picks up.
    Ignore {},
    /// No device is reached: nothing rings.
    Offline {},
    /// The user is in another call: the platform ends this one as busy.
    Busy {},
}

impl Default for OnCall {
    fn default() -> Self {
        Self::Answer { after: Duration::ZERO, script: Box::default() }
    }
}

/// What a request for call permission meets. The user reads the message before answering.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = OnPermissionRequest)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum OnRequest {
    /// No answer.
    Ignore {},
    /// "Allow calls": permanent.
    Allow {
        /// How long the user thinks about it. Default 0.
        #[serde(default, rename = "after_ms", with = "millis")]
        #[schema(value_type = u64)]
        after: Duration,
    },
    /// "Temporarily allow": 7 days.
    AllowTemporarily {
        /// How long the user thinks about it. Default 0.
        #[serde(default, rename = "after_ms", with = "millis")]
        #[schema(value_type = u64)]
        after: Duration,
    },
    /// "Don't allow".
    Deny {
        /// How long the user thinks about it. Default 0.
        #[serde(default, rename = "after_ms", with = "millis")]
        #[schema(value_type = u64)]
        after: Duration,
    },
}

impl Default for OnRequest {
    fn default() -> Self {
        Self::Ignore {}
    }
}

/// What the device reports of messages. What the user reacts to was delivered in any case, and read by then.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Receipts {
    /// `delivered`, and at once `read`.
    #[default]
    Read,
    /// `delivered`.
    Delivered,
    /// Nothing: messages stay at `sent`.
    None,
}

/// What a call button in a message meets.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = OnCallButton)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum OnButton {
    /// Nothing.
    Ignore {},
    /// It is tapped: the user calls.
    Tap {
        /// How long after it came. Default 0.
        #[serde(default, rename = "after_ms", with = "millis")]
        #[schema(value_type = u64)]
        after: Duration,
        /// How the user calls.
        #[serde(default)]
        script: Box<Script>,
    },
}

impl Default for OnButton {
    fn default() -> Self {
        Self::Ignore {}
    }
}

impl Behaviour {
    /// Whether it keeps to the bounds.
    ///
    /// # Errors
    /// The first that it does not.
    pub fn check(&self) -> Result<(), Unfit> {
        let mut delays = Vec::new();
        match &self.calls {
            OnCall::Answer { after, script } => {
                script.check_taken().map_err(|unfit| unfit.within("calls.script: "))?;
                delays.push(*after);
            }
            OnCall::Decline { after } => delays.push(*after),
            OnCall::Ignore {} | OnCall::Offline {} | OnCall::Busy {} => {}
        }
        match self.permission_requests {
            OnRequest::Ignore {} => {}
            OnRequest::Allow { after } | OnRequest::AllowTemporarily { after } | OnRequest::Deny { after } => delays.push(after),
        }
        if let OnButton::Tap { after, script } = &self.call_buttons {
            script.check_tapped().map_err(|unfit| unfit.within("call_buttons.script: "))?;
            delays.push(*after);
        }
        match delays.into_iter().max() {
            Some(longest) if longest > MAX_DELAY => Err(Unfit(format!("a reaction comes after at most {} s", MAX_DELAY.as_secs()))),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ScriptedSay;
    use serde_json::{from_value, json, to_value};

    #[test]
    fn nothing_said_is_a_user_who_picks_up_and_reads() {
        let behaviour: Behaviour = from_value(json!({})).unwrap();
        assert_eq!(behaviour, Behaviour::default());
        assert_eq!(behaviour.calls, OnCall::Answer { after: Duration::ZERO, script: Box::default() });
        let rest = (behaviour.device, behaviour.permission_requests, behaviour.receipts, behaviour.call_buttons);
        assert_eq!(rest, (Device::Phone, OnRequest::Ignore {}, Receipts::Read, OnButton::Ignore {}));
    }

    #[test]
    fn whatever_is_said_reads_back_as_it_was() {
        let script = json!({ "say": { "kind": "wav", "base64": "UklGRg==", "looped": false }, "press": [{ "after_ms": 1500, "digits": "1#" }],
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
            let behaviour: Behaviour = from_value(said.clone()).unwrap();
            assert_eq!(behaviour.check(), Ok(()));
            assert_eq!(to_value(&behaviour).unwrap(), said);
        }
    }

    #[test]
    fn what_cannot_be_read_is_told() {
        for (said, named) in [
            (json!({ "call": {} }), "call"),
            (json!({ "device": "web" }), "web"),
            (json!({ "calls": { "kind": "offline", "after_ms": 1 } }), "after_ms"),
            (json!({ "permission_requests": { "kind": "maybe" } }), "maybe"),
            (json!({ "receipts": "unread" }), "unread"),
        ] {
            let why = from_value::<Behaviour>(said).unwrap_err().to_string();
            assert!(why.contains(named), "{why} should name {named}");
        }
    }

    #[test]
    fn each_bound_refuses_by_name() {
        let base = Behaviour::default;
        let late = MAX_DELAY + Duration::from_millis(1);
        let shrill = || Box::new(Script { say: ScriptedSay::Tone { hz: 20_000.0 }, ..Script::default() });
        let patient = Box::new(Script { patience: Some(late), ..Script::default() });
        let red = Box::new(Script { cta_payload: Some("red".to_owned()), ..Script::default() });
        let after = Duration::ZERO;
        let cases = [
            (Behaviour { calls: OnCall::Decline { after: late }, ..base() }, "at most 604800 s"),
            (Behaviour { permission_requests: OnRequest::Allow { after: late }, ..base() }, "at most 604800 s"),
            (Behaviour { calls: OnCall::Answer { after, script: shrill() }, ..base() }, "calls.script: a tone"),
            (Behaviour { calls: OnCall::Answer { after, script: patient }, ..base() }, "calls.script: patience_ms"),
            (Behaviour { call_buttons: OnButton::Tap { after, script: shrill() }, ..base() }, "call_buttons.script: a tone"),
            (Behaviour { call_buttons: OnButton::Tap { after, script: red }, ..base() }, "call_buttons.script: entry"),
        ];
        for (behaviour, named) in cases {
            let refusal = behaviour.check().unwrap_err().to_string();
            assert!(refusal.contains(named), "{refusal} should name {named}");
        }
        assert_eq!(Behaviour { permission_requests: OnRequest::Deny { after: MAX_DELAY }, ..base() }.check(), Ok(()));
    }
}
