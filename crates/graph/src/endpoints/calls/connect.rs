//! `action: connect`: the business calls a user.
//!
//! The order of the checks, which the platform does not publish: shape of the request (100), calling enabled (138000), paused (138014),
//! country (138013), the recipient (131030, 138001), permission (138006), limits (138012, 138005, 138002), a call with the same user
//! (138003), and the SDP offer last (100 with subcode 2494010). The first that fails is told.

use callport_core::call_id::CallId;
use callport_engine::ports::MediaFault;
use callport_engine::records::Number;
use callport_engine::{Fault, NewBusinessCall, PlaceBusinessCallRefusal};
use callport_wire::Code;
use callport_wire::calls::Connect;

use super::{demand_calling, refuse_capture};
use crate::Graph;
use crate::answer::Refusal;
use crate::auth::Caller;
use crate::recipients;

/// Places the call. The answer to the offer comes by webhook.
pub(super) async fn place(graph: &Graph, caller: &Caller, number: Number, connect: Connect) -> Result<CallId, Refusal> {
    let to = recipients::named(connect.to.as_deref(), connect.recipient.as_deref(), &number.number)?;
    demand_calling(&number)?;
    refuse_capture(&connect.capture)?;
    let id = number.id.clone();
    let account = caller.account(&number).clone();
    let wish = NewBusinessCall { number, account, to, offer: connect.session.sdp, opaque: connect.biz_opaque_callback_data, sip: None };
    caller.engine(graph).place_business_call(wish).await.map_err(|refusal| {
        let refusal = Refusal::from(refusal);
        tracing::info!(number = id.as_str(), action = "connect", code = refusal.0.code().number(), "call command refused");
        refusal
    })
}

impl From<PlaceBusinessCallRefusal> for Refusal {
    fn from(refusal: PlaceBusinessCallRefusal) -> Self {
        match refusal {
            PlaceBusinessCallRefusal::Outreach(reason) => reason.into(),
            PlaceBusinessCallRefusal::InCall { .. } => Self::told(Code::DuplicateCall, &refusal),
            PlaceBusinessCallRefusal::OtherLine { .. } => Self::told(Code::MethodNotAllowed, &refusal),
            PlaceBusinessCallRefusal::AppNotAllowed => Self::told(Code::PermissionDenied, &refusal),
            PlaceBusinessCallRefusal::OpaqueTooLong | PlaceBusinessCallRefusal::UnknownNumber => {
                Self::told(Code::InvalidParameter, &refusal)
            }
            PlaceBusinessCallRefusal::Media(MediaFault::Refused(reason)) => Self::told(Code::SdpRefused, &reason),
            PlaceBusinessCallRefusal::Media(MediaFault::Unavailable(why)) => Fault::new("graph: connect", why).into(),
            PlaceBusinessCallRefusal::Stopping => Fault::new("graph: connect", refusal).into(),
        }
    }
}

#[cfg(test)]
mod tests;
