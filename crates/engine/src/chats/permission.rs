//! A user decides whether a business may call: on a permission request, or in the business profile at any time.

use callport_core::ids::PhoneNumberId;
use callport_core::message::MessageId;
use callport_core::pair::{CardOver, Decision, Permission};

use crate::engine::Engine;
use crate::fault::Fault;
use crate::ports::Context;
use crate::records::{MessageBody, Number, User};
use crate::users::UserEvent;

/// Why nothing was decided.
#[derive(Debug, Clone, thiserror::Error)]
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
    /// The store failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl Engine {
    /// The user answers a request for permission, or changes the answer while that is possible.
    pub async fn answer_request(&self, user: &User, request: &MessageId, decision: Decision) -> Result<Permission, PermitRefusal> {
        let message = self.ports.store.message(request).await?.filter(|message| message.user == user.id);
        let message = message.ok_or(PermitRefusal::UnknownRequest)?;
        if !matches!(&message.body, MessageBody::Business(sent) if sent.content.asks_permission) {
            return Err(PermitRefusal::UnknownRequest);
        }
        let number = self.ports.store.number(&message.number).await?.ok_or(PermitRefusal::UnknownNumber)?;
        let permission = self.permit(user, &number, Some(request), decision).await?;
        self.users.tell(&user.id, UserEvent::Message(Box::new(message)));
        Ok(permission)
    }

    /// The user decides in the business profile. [`Decision::Deny`] takes a permission back.
    pub async fn set_permission(&self, user: &User, number: &PhoneNumberId, decision: Decision) -> Result<Permission, PermitRefusal> {
        let number = self.ports.store.number(number).await?.ok_or(PermitRefusal::UnknownNumber)?;
        self.permit(user, &number, None, decision).await
    }

    async fn permit(
        &self,
        user: &User,
        number: &Number,
        request: Option<&MessageId>,
        decision: Decision,
    ) -> Result<Permission, PermitRefusal> {
        let facts = self.parties(number, user).await?.ok_or(PermitRefusal::UnknownNumber)?;
        let limits = self.config.pairs.of(number.account_mode);
        let held = self.hold_pair(&number.id, &user.id).await?;
        let (now, pair) = (self.now(), held.pair().clone());
        let (pair, reply) = match request {
            Some(request) => pair.answer_card(now, request, decision, limits)?,
            None => pair.decide(now, decision, limits),
        };
        let permission = pair.permission(now);
        match reply {
            Some(reply) => {
                let context = request.cloned().map(Context::Message);
                let meaning = self.permission_changed(&held, &facts, pair, reply, context);
                self.save(meaning.changes, &meaning.notices).await?;
                for event in meaning.events {
                    self.users.tell(&user.id, event);
                }
            }
            None => self.save(held.becomes(pair).into_iter().collect(), &[]).await?,
        }
        Ok(permission)
    }
}
