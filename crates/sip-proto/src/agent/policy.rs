//! What requests are answered that are not part of setting up or ending a call.

use crate::method::SipMethod;
use crate::refusal::SipRefusal;

/// The answer to a method.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum MethodAnswer {
    /// 200 with what is allowed and supported.
    Ok,
    /// This refusal.
    Refused(SipRefusal),
}

/// One answer for each method; those not named get 405.
#[derive(Clone, Debug)]
pub struct MethodRules {
    /// For `Allow`.
    pub allowed: Vec<SipMethod>,
    /// Answers by method. INVITE, ACK, BYE and CANCEL are never looked up.
    pub answers: Vec<(SipMethod, MethodAnswer)>,
    /// The answer to an INVITE inside of a dialog.
    pub reinvite: SipRefusal,
}

impl MethodRules {
    /// The platform's: a table, so that each row can have its reason.
    ///
    /// | request | answer | why |
    /// |---|---|---|
    /// | OPTIONS, NOTIFY | 200 | both are in the platform's `Allow`; trunks that are probed would be marked down without it |
    /// | REGISTER | 403 Forbidden | published; PBXs that register a trunk keep sending it |
    /// | re-INVITE | 500 Server Internal Error's published words, `Internal Server Error` | published; the session goes on |
    /// | INFO, MESSAGE, PRACK, PUBLISH, REFER, SUBSCRIBE, UPDATE, unknown ones | 405 and `Allow` | not in the platform's `Allow`; the code is our choice |
    pub fn platform() -> MethodRules {
        MethodRules {
            allowed: vec![SipMethod::Invite, SipMethod::Ack, SipMethod::Bye, SipMethod::Cancel, SipMethod::Notify, SipMethod::Options],
            answers: vec![
                (SipMethod::Options, MethodAnswer::Ok),
                (SipMethod::Notify, MethodAnswer::Ok),
                (SipMethod::Register, MethodAnswer::Refused(SipRefusal::new(403, "Forbidden"))),
            ],
            reinvite: SipRefusal::new(500, "Internal Server Error"),
        }
    }

    /// What a method is answered.
    pub fn answer(&self, method: &SipMethod) -> MethodAnswer {
        let found = self.answers.iter().find(|(known, _)| known == method).map(|(_, answer)| answer.clone());
        found.unwrap_or_else(|| MethodAnswer::Refused(SipRefusal::method_not_allowed(&self.allowed)))
    }

    /// The value of `Allow`.
    pub fn allow(&self) -> String {
        self.allowed.iter().map(SipMethod::as_str).collect::<Vec<_>>().join(", ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_platforms_answers() {
        let rules = MethodRules::platform();
        let code = |word: &str| match rules.answer(&SipMethod::from_word(word)) {
            MethodAnswer::Ok => 200,
            MethodAnswer::Refused(refusal) => refusal.code,
        };
        assert_eq!(
            ["OPTIONS", "NOTIFY", "REGISTER", "UPDATE", "REFER", "INFO", "MESSAGE", "SUBSCRIBE", "PRACK", "WEIRD"].map(code),
            [200, 200, 403, 405, 405, 405, 405, 405, 405, 405]
        );
        assert_eq!(rules.allow(), "INVITE, ACK, BYE, CANCEL, NOTIFY, OPTIONS");
        assert_eq!(rules.reinvite.code, 500);
    }
}
