//! Why a callback URL was not stored, of an app, an account or a number alike.
//!
//! Platform docs, Graph API, Webhooks, and replies captured by several projects (2016 to 2026): 2200 where the URL cannot be reached or
//! answers with another status than 200, 2201 where the answer is not the challenge. Set-up pages look for the reason in the message.

use callport_engine::ports::VerifyRefusal;
use callport_engine::{CallbackRefusal, ProvisionRefusal, SubscriptionRefusal};
use callport_wire::{Code, ErrorReply};

use crate::answer::Refusal;

impl From<CallbackRefusal> for Refusal {
    fn from(refusal: CallbackRefusal) -> Self {
        match refusal {
            CallbackRefusal::Unverified(why) => why.into(),
            CallbackRefusal::Subscription(SubscriptionRefusal::NotSubscribed) => {
                let message = "(#100) Before overriding the callback URI, your app must be subscribed to the WhatsApp Business Account";
                let details = "The app has to be subscribed first: send this request without an override to subscribed_apps, then again.";
                Self(ErrorReply::new(Code::InvalidParameter).message(message).details(details))
            }
            CallbackRefusal::Subscription(SubscriptionRefusal::Missing(_)) | CallbackRefusal::App(_) => {
                Self::told(Code::InvalidParameter, &refusal)
            }
        }
    }
}

impl From<ProvisionRefusal> for Refusal {
    fn from(refusal: ProvisionRefusal) -> Self {
        Self::told(Code::InvalidParameter, &refusal)
    }
}

impl From<VerifyRefusal> for Refusal {
    fn from(why: VerifyRefusal) -> Self {
        let (code, reason) = match &why {
            VerifyRefusal::Status { status, reason } => {
                (Code::CallbackVerification, format!("HTTP Status Code = {status}; HTTP Message = {reason}"))
            }
            VerifyRefusal::Unreached { curl_errno, error } => {
                (Code::CallbackVerification, format!("curl_errno = {curl_errno}; curl_error = {error}"))
            }
            VerifyRefusal::ShortToken { shortest } => {
                (Code::CallbackVerification, format!("a verify token of a live platform has at least {shortest} characters"))
            }
            VerifyRefusal::Mismatch { expected, received } => {
                (Code::CallbackChallenge, format!("expected value=\"{expected}\", received=\"{received}\""))
            }
        };
        let message = match code {
            Code::CallbackChallenge => format!("{}, {reason}", code.message()),
            _ => format!("{} with the following errors: {reason}", code.message()),
        };
        let Self(reply) = Self::told(code, &why);
        Self(reply.message(message))
    }
}
