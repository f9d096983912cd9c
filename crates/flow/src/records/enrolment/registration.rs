//! What is kept of the way of a number onto Cloud API (platform docs, Registration).

use callport_core::ids::PhoneNumberId;
use callport_core::registration::CodeMethod;
use callport_core::time::WallTime;
use serde::{Deserialize, Serialize};

use crate::records::written::{many, maybe, one};

/// What is kept of a number's way onto Cloud API: codes and PIN, and how often both were tried.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NumberRegistration {
    /// Whose: a business number, or one that a partner verifies for a customer to come.
    #[serde(with = "one")]
    pub number: PhoneNumberId,
    /// The code that was sent last, until it was used.
    pub code: Option<SentCode>,
    /// When codes were sent, of late.
    #[serde(with = "many")]
    pub sent_at: Vec<WallTime>,
    /// The two-step verification PIN: six digits.
    pub pin: Option<String>,
    /// When a wrong PIN was sent, of late.
    #[serde(with = "many")]
    pub wrong_pins: Vec<WallTime>,
    /// `register` requests, of late.
    #[serde(with = "many")]
    pub registers: Vec<WallTime>,
    /// `deregister` requests, of late.
    #[serde(with = "many")]
    pub deregisters: Vec<WallTime>,
    /// `register` is refused until then.
    #[serde(with = "maybe")]
    pub register_blocked_until: Option<WallTime>,
    /// `deregister` is refused until then.
    #[serde(with = "maybe")]
    pub deregister_blocked_until: Option<WallTime>,
}

impl NumberRegistration {
    /// Of a number with which nothing happened yet.
    pub fn of_number(number: &PhoneNumberId) -> Self {
        Self {
            number: number.clone(),
            code: None,
            sent_at: Vec::new(),
            pin: None,
            wrong_pins: Vec::new(),
            registers: Vec::new(),
            deregisters: Vec::new(),
            register_blocked_until: None,
            deregister_blocked_until: None,
        }
    }
}

/// A verification code on its way. Nothing sends it: the operator sees it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SentCode {
    /// Six digits.
    pub code: String,
    /// `code_method`.
    #[serde(with = "one")]
    pub method: CodeMethod,
    /// `language`, as it was asked for.
    pub language: String,
    /// It is worth nothing from then on.
    #[serde(with = "one")]
    pub expires_at: WallTime,
    /// Wrong ones that were entered in its place.
    pub wrong: u32,
}
