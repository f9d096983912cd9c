//! Why a message request cannot be read, with the code that says so.
//!
//! Unlike the calls endpoint, which answers 100 to everything malformed, messages tell apart what is missing, what
//! has a bad value and what has the wrong shape (platform docs, Cloud API, Error codes).

use crate::codes::Code;
use crate::error::ErrorReply;
use crate::params::{Fault, Malformed};

/// A message request that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{details}")]
pub struct BadMessage {
    /// 131008 for missing, 131009 for a bad value, 100 for a wrong shape, 131051 for a kind of message that cannot be sent.
    pub code: Code,
    /// A sentence that names the member.
    pub details: String,
}

impl BadMessage {
    /// The member `type` names a kind of message that cannot be sent; these can.
    pub(super) fn unsupported(supported: &[&str]) -> Self {
        let details = format!("The parameter type must be one of {}.", supported.join(", "));
        Self { code: Code::UnsupportedMessage, details }
    }
}

impl From<Malformed> for BadMessage {
    fn from(malformed: Malformed) -> Self {
        let code = match malformed.fault {
            Fault::Missing => Code::ParameterMissing,
            Fault::Value => Code::ParameterValue,
            Fault::Shape => Code::InvalidParameter,
        };
        Self { code, details: malformed.details }
    }
}

impl From<BadMessage> for ErrorReply {
    fn from(bad: BadMessage) -> Self {
        Self::new(bad.code).details(bad.details)
    }
}
