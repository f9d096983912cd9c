//! A standing behaviour whose scripts are ready.

use std::time::Duration;

use callport_core::gate::DeviceKind;
use callport_core::message::Content;
use callport_core::pair::Decision;
use callport_people::{Behaviour, Device, OnButton, OnCall, OnRequest, Receipts};

use super::script::{Plan, ScriptRefusal};

/// What a scripted user does by itself.
pub(super) struct Conduct {
    pub(super) device: DeviceKind,
    pub(super) calls: OnCall,
    /// Of a call that is picked up.
    pub(super) talk: Plan,
    requests: OnRequest,
    pub(super) receipts: Receipts,
    tap: Option<(Duration, Plan)>,
}

/// What one message leads to.
#[derive(Clone)]
pub(super) enum Reaction {
    Decide(Decision),
    Call(Box<Plan>),
}

impl Conduct {
    /// Checks the behaviour and reads the files in its scripts.
    pub(super) fn of(behaviour: Behaviour) -> Result<Self, ScriptRefusal> {
        behaviour.check()?;
        let Behaviour { device, mut calls, permission_requests, receipts, call_buttons } = behaviour;
        let talk = match &mut calls {
            OnCall::Answer { script, .. } => std::mem::take(&mut **script),
            OnCall::Decline { .. } | OnCall::Ignore {} | OnCall::Offline {} | OnCall::Busy {} => Default::default(),
        };
        let tap = match call_buttons {
            OnButton::Tap { after, script } => Some((after, Plan::of(*script, None)?)),
            OnButton::Ignore {} => None,
        };
        let device = match device {
            Device::Phone => DeviceKind::Phone,
            Device::Companion => DeviceKind::Companion,
        };
        Ok(Self { device, calls, talk: Plan::of(talk, None)?, requests: permission_requests, receipts, tap })
    }

    /// What the user does about a message, and how long after it came.
    pub(super) fn reaction(&self, content: &Content) -> Option<(Duration, Reaction)> {
        if content.asks_permission {
            return match self.requests {
                OnRequest::Ignore {} => None,
                OnRequest::Allow { after } => Some((after, Reaction::Decide(Decision::Allow))),
                OnRequest::AllowTemporarily { after } => Some((after, Reaction::Decide(Decision::AllowTemporarily))),
                OnRequest::Deny { after } => Some((after, Reaction::Decide(Decision::Deny))),
            };
        }
        content.call_button()?;
        self.tap.as_ref().map(|(after, plan)| (*after, Reaction::Call(Box::new(plan.clone()))))
    }
}
