//! What a scripted user does when a business calls or writes: a standing behaviour.
//!
//! How long a person takes counts by the platform's calendar, so that moving it moves people too; what happens within a call runs with
//! its sound.

use std::time::Duration;

use callport_core::gate::DeviceKind;
use callport_core::message::Content;
use callport_core::pair::Decision;

use super::script::{Script, ScriptRefusal};

/// Longest time that a person takes to react: as long as a permission request can be answered.
pub const MAX_DELAY: Duration = Duration::from_secs(7 * 86_400);

/// What a scripted user does by itself.
#[derive(Clone)]
pub struct Behaviour {
    /// What the user holds: a phone, or a companion phone.
    pub device: DeviceKind,
    /// When a business calls.
    pub calls: OnCall,
    /// When a business asks for call permission.
    pub requests: OnRequest,
    /// What the device reports of messages.
    pub receipts: Receipts,
    /// When a message brings a call button.
    pub buttons: OnButton,
}

/// What happens to a call of a business.
#[derive(Clone)]
pub enum OnCall {
    /// It rings, and is picked up.
    Answer {
        /// How long it rings.
        after: Duration,
        /// What the user does once connected.
        script: Box<Script>,
    },
    /// It rings, and is declined.
    Decline {
        /// How long it rings.
        after: Duration,
    },
    /// It rings, and nobody picks up.
    Ignore,
    /// No device is reached: nothing rings.
    Offline,
    /// The user is on the phone with somebody whom the platform does not see.
    Busy,
}

/// What a request for call permission meets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnRequest {
    /// No answer.
    Ignore,
    /// An answer.
    Decide {
        /// Which.
        decision: Decision,
        /// How long the user thinks about it.
        after: Duration,
    },
}

/// What a device reports of messages. Whatever it says: a message that the user reacts to was delivered when it came, and is read by the
/// time of the reaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Receipts {
    /// Delivered, and at once read.
    Read,
    /// Delivered.
    Delivered,
    /// Nothing: no device is on.
    None,
}

/// What a call button meets.
#[derive(Clone)]
pub enum OnButton {
    /// Nothing.
    Ignore,
    /// It is tapped: the user calls.
    Tap {
        /// How long after it came.
        after: Duration,
        /// How the user calls.
        script: Box<Script>,
    },
}

/// What one message leads to.
#[derive(Clone)]
pub(super) enum Reaction {
    Decide(Decision),
    Call(Box<Script>),
}

impl Behaviour {
    /// Whether it keeps to the bounds.
    pub(super) fn check(&self) -> Result<(), ScriptRefusal> {
        let refuse = |text: String| Err(ScriptRefusal::Script(text));
        if !self.device.may_call() {
            return refuse(format!("a {} device takes no calls: it is phone or companion", self.device.name()));
        }
        let mut delays = Vec::new();
        match &self.calls {
            OnCall::Answer { after, script } => {
                script.check()?;
                delays.push(*after);
            }
            OnCall::Decline { after } => delays.push(*after),
            OnCall::Ignore | OnCall::Offline | OnCall::Busy => {}
        }
        if let OnRequest::Decide { after, .. } = self.requests {
            delays.push(after);
        }
        if let OnButton::Tap { after, script } = &self.buttons {
            script.check()?;
            delays.push(*after);
        }
        match delays.into_iter().max() {
            Some(longest) if longest > MAX_DELAY => refuse(format!("a reaction comes after at most {} s", MAX_DELAY.as_secs())),
            _ => Ok(()),
        }
    }

    /// What the user does about a message, and how long after it came.
    pub(super) fn reaction(&self, content: &Content) -> Option<(Duration, Reaction)> {
        if content.asks_permission {
            return match self.requests {
                OnRequest::Decide { decision, after } => Some((after, Reaction::Decide(decision))),
                OnRequest::Ignore => None,
            };
        }
        content.call_button()?;
        match &self.buttons {
            OnButton::Tap { after, script } => Some((*after, Reaction::Call(script.clone()))),
            OnButton::Ignore => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scripted::Say;

    fn base() -> Behaviour {
        Behaviour {
            device: DeviceKind::Phone,
            calls: OnCall::Answer { after: Duration::ZERO, script: Box::default() },
            requests: OnRequest::Ignore,
            receipts: Receipts::Read,
            buttons: OnButton::Ignore,
        }
    }

    fn shrill() -> Box<Script> {
        Box::new(Script { say: Say::Tone { hz: 20_000.0 }, ..Script::default() })
    }

    #[test]
    fn the_bounds_themselves_are_fine() {
        let slow = OnRequest::Decide { decision: Decision::Deny, after: MAX_DELAY };
        for behaviour in [base(), Behaviour { device: DeviceKind::Companion, requests: slow, ..base() }] {
            assert_eq!(behaviour.check(), Ok(()));
        }
    }

    #[test]
    fn each_bound_refuses_by_name() {
        let late = MAX_DELAY + Duration::from_millis(1);
        let cases = [
            (Behaviour { device: DeviceKind::Web, ..base() }, "phone or companion"),
            (Behaviour { calls: OnCall::Decline { after: late }, ..base() }, "at most 604800 s"),
            (Behaviour { requests: OnRequest::Decide { decision: Decision::Allow, after: late }, ..base() }, "at most 604800 s"),
            (Behaviour { calls: OnCall::Answer { after: Duration::ZERO, script: shrill() }, ..base() }, "Hz"),
            (Behaviour { buttons: OnButton::Tap { after: Duration::ZERO, script: shrill() }, ..base() }, "Hz"),
        ];
        for (behaviour, named) in cases {
            let refusal = behaviour.check().unwrap_err().to_string();
            assert!(refusal.contains(named), "{refusal} should name {named}");
        }
    }
}
