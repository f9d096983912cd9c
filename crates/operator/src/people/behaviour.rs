//! What a scripted user does when a business calls or writes.

use std::time::Duration;

use callport_core::gate::DeviceKind;
use callport_core::pair::Decision;

use super::Script;

/// A standing behaviour. Its delays count by the platform's calendar.
#[derive(Debug, Clone, PartialEq)]
pub struct Behaviour {
    /// What the user holds.
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
#[derive(Debug, Clone, PartialEq)]
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
    /// The user is in another call: the platform ends this one as busy.
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

/// What a device reports of messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Receipts {
    /// Delivered, and at once read.
    Read,
    /// Delivered.
    Delivered,
    /// Nothing.
    None,
}

/// What a call button meets.
#[derive(Debug, Clone, PartialEq)]
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
