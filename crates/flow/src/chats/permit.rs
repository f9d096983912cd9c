//! A user decides whether a business may call: on a permission request, or in the business profile at any time
//! (platform docs, Obtain user call permissions).

use callport_core::call_hours::Standing;
use callport_core::gate::DeviceKind;
use callport_core::ids::{PhoneNumberId, UserId};
use callport_core::message::MessageId;
use callport_core::pair::{CardOver, Decision, Permission};
use callport_core::settings::Switch;

use super::{Words, permission_changed};
use crate::journal::{About, Fact};
use crate::notice::Context;
use crate::parties::parties;
use crate::phones::UserEvent;
use crate::records::{MessageBody, Number};
use crate::row::Key;
use crate::step::{Cx, Draft, Input, Stop, refusal};
use crate::view::View;

/// A user's decision.
#[derive(Debug, Clone)]
pub enum Permit {
    /// On a request, which can be answered anew while it lasts.
    Card {
        /// Who decides.
        user: UserId,
        /// The message that asks.
        request: MessageId,
        /// What.
        decision: Decision,
    },
    /// In the business profile. [`Decision::Deny`] takes a permission back.
    Profile {
        /// Who decides.
        user: UserId,
        /// About whose calls.
        number: PhoneNumberId,
        /// What.
        decision: Decision,
    },
    /// Outside the hours of a business, whose settings offer this: to be called back. Companion devices cannot ask.
    Callback {
        /// Who asks.
        user: UserId,
        /// With what.
        device: DeviceKind,
        /// Whom.
        number: PhoneNumberId,
    },
}

/// Why nothing was decided.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PermitRefusal {
    /// No such business number.
    #[error("there is no business with this number")]
    UnknownNumber,
    /// No such request to this user.
    #[error("there is no such request for call permission")]
    UnknownRequest,
    /// The request is over: a newer one came, or 7 days passed.
    #[error(transparent)]
    Over(#[from] CardOver),
    /// The user blocks the business.
    #[error("the user blocks this business")]
    Blocked,
    /// The business does not offer it, takes calls at this hour, or cannot be asked from this device.
    #[error("a callback can be requested from the primary phone, outside the hours of a business that grants it")]
    NoCallback,
}

refusal!(PermitRefusal);

impl Input for Permit {
    type Done = Permission;
    type Refusal = PermitRefusal;

    fn decide(&self, view: &View, cx: &Cx<'_>, draft: &mut Draft) -> Result<Permission, Stop<PermitRefusal>> {
        let (user, number, decision, request) = match self {
            Permit::Card { user, request, decision } => {
                let message = view.message_of(request)?.filter(|message| message.user == *user).ok_or(PermitRefusal::UnknownRequest)?;
                if !matches!(&message.body, MessageBody::Business(sent) if sent.content.asks_permission) {
                    return Err(PermitRefusal::UnknownRequest.into());
                }
                (user, &message.number, *decision, Some(message))
            }
            Permit::Profile { user, number, decision } => (user, number, *decision, None),
            Permit::Callback { user, number, .. } => (user, number, Decision::AllowTemporarily, None),
        };
        let number = view.number(Key::Number(number.clone()))?.ok_or(PermitRefusal::UnknownNumber)?;
        let waba = view.waba(Key::Waba(number.waba.clone()))?.ok_or(PermitRefusal::UnknownNumber)?;
        let record = view.user(Key::User(user.clone()))?.ok_or(PermitRefusal::UnknownRequest)?;
        let (parties, limits) = (parties(waba, number, record), cx.limits(number.account_mode));
        let pair = view.pair(&number.id, user)?;
        if pair.is_blocked() {
            return Err(PermitRefusal::Blocked.into());
        }
        let (after, reply) = match request {
            Some(request) => pair.clone().answer_card(cx.now, &request.id, decision, limits).map_err(PermitRefusal::Over)?,
            None if let Permit::Callback { device, .. } = self => {
                if !offers_callback(number, *device, cx) {
                    return Err(PermitRefusal::NoCallback.into());
                }
                let (pair, reply) = pair.clone().request_callback(cx.now, limits);
                (pair, Some(reply))
            }
            None => pair.clone().decide(cx.now, decision, limits),
        };
        let permission = after.permission(cx.now);
        if after != pair || reply.is_some() {
            let fact = match self {
                Permit::Callback { .. } => Fact::CallbackRequested,
                Permit::Card { .. } | Permit::Profile { .. } => Fact::PermissionDecided { decision },
            };
            draft.note(cx, About::pair(&parties, user), fact);
        }
        draft.put_pair(&number.id, user, &pair, after);
        if let Some(reply) = reply {
            let context = request.map(|request| Context::Message(request.id.clone()));
            permission_changed(draft, cx, &Words { parties: &parties, user, nth: 0 }, reply, context);
        }
        if let Some(request) = request {
            draft.show(user, UserEvent::Message(Box::new(request.clone())));
        }
        Ok(permission)
    }
}

fn offers_callback(number: &Number, device: DeviceKind, cx: &Cx<'_>) -> bool {
    let settings = &number.settings;
    let granted = settings.enabled() && settings.callback_permission_status == Some(Switch::Enabled);
    granted && device == DeviceKind::Phone && settings.standing(cx.now, cx.rules.holidays) != Standing::Open
}
