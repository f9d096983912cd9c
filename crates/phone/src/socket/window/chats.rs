//! A window's chats: what the person says and decides, and what comes.

use std::collections::HashMap;

use callport_core::ids::PhoneNumberId;
use callport_core::message::MessageId;
use callport_core::number::PhoneNumber;
use callport_core::pair::{Pair, Permission};
use callport_core::time::WallTime;
use callport_engine::records::{self, Number};
use callport_engine::{BlockRefusal, Chat, Failed, Fault, PermitRefusal, Receipt, SayRefusal};

use super::{NOT_UNDERSTOOD, Over, Window, failed};
use crate::protocol::{Choice, ServerMessage, ShownMessage, page_id};
use crate::view::chats::{self, Answers};
use crate::words;

/// What of the chats changes without a word about it: one entry for a chat at most.
#[derive(Default)]
pub(super) struct Watch {
    /// The request that can be answered, until a newer one supersedes it.
    cards: HashMap<PhoneNumberId, MessageId>,
    /// When a temporary permission ends, silently.
    permissions: HashMap<PhoneNumberId, WallTime>,
}

impl Watch {
    pub(super) fn over(chats: &[Chat], now: WallTime) -> Self {
        let mut watch = Self::default();
        for chat in chats {
            watch.card(&chat.number, &chat.pair);
            watch.permission(&chat.number, chat.pair.permission(now));
        }
        watch
    }

    /// Notes a chat's card, and gives the one that it supersedes.
    fn card(&mut self, number: &PhoneNumberId, pair: &Pair) -> Option<MessageId> {
        let card = &pair.card.as_ref()?.message;
        self.cards.insert(number.clone(), card.clone()).filter(|before| before != card)
    }

    fn permission(&mut self, number: &PhoneNumberId, permission: Permission) {
        match permission {
            Permission::Temporary { until } => self.permissions.insert(number.clone(), until),
            Permission::None | Permission::Permanent => self.permissions.remove(number),
        };
    }

    /// When the next permission ends.
    pub(super) fn runs_out(&self) -> Option<WallTime> {
        self.permissions.values().min().copied()
    }
}

impl Window {
    pub(super) async fn say(&mut self, id: String, number: &str, text: &str) -> Result<(), Over> {
        if !page_id(&id) {
            return self.problem("bad_id", NOT_UNDERSTOOD).await;
        }
        self.still_signed_in().await?;
        match self.try_say(&id, number, text).await {
            // Everybody is told of it by the engine; who said it, by its own id too.
            Ok((number, said)) => {
                let message = chats::message(&Pair::default(), &said, &Answers::default(), self.phone.engine.now());
                self.tell_message(&number, message, Some(id)).await
            }
            Err(refusal) => {
                if let Failed::Fault(fault) = &refusal {
                    tracing::error!(%fault, "a chat message from a phone page could not be saved");
                }
                let (reason, text) = words::not_said(&refusal);
                self.tell(ServerMessage::NotSent { id, reason, text: text.to_owned() }).await
            }
        }
    }

    async fn try_say(&mut self, id: &str, number: &str, text: &str) -> Result<(Number, records::Message), Failed<SayRefusal>> {
        let number = self.business(number).await?.ok_or(Failed::Refused(SayRefusal::UnknownNumber))?;
        let said = self.phone.engine.say(&self.user, &number.id, text, Some(id)).await?;
        Ok((number, said))
    }

    /// Receipts of what does not exist are passed over.
    pub(super) async fn received(&mut self, message: &str, receipt: Receipt) -> Result<(), Over> {
        let Ok(message) = MessageId::parse(message) else { return Ok(()) };
        match self.phone.engine.received(&self.user, &message, receipt).await {
            Ok(()) => Ok(()),
            Err(fault) => self.fault(&fault).await,
        }
    }

    pub(super) async fn tap(&mut self, message: &str, button: usize) -> Result<(), Over> {
        self.still_signed_in().await?;
        let tapped = match MessageId::parse(message) {
            Ok(message) => self.phone.engine.tap(&self.user, &message, button).await,
            Err(_) => Err(Failed::Refused(SayRefusal::UnknownButton)),
        };
        match tapped {
            Ok(_) => Ok(()), // the engine tells everybody
            Err(Failed::Fault(fault)) => self.fault(&fault).await,
            Err(refusal) => {
                let (reason, text) = words::not_said(&refusal);
                self.problem(reason, text).await
            }
        }
    }

    pub(super) async fn permit(&mut self, request: &str, choice: Choice) -> Result<(), Over> {
        self.still_signed_in().await?;
        match self.try_permit(request, choice).await {
            Ok(()) => Ok(()), // the engine tells everybody
            Err(refusal) => self.not_permitted(&refusal).await,
        }
    }

    async fn try_permit(&mut self, request: &str, choice: Choice) -> Result<(), Failed<PermitRefusal>> {
        let request = MessageId::parse(request).map_err(|_| Failed::Refused(PermitRefusal::UnknownRequest))?;
        // Who answers it has it, whether or not the device came to say so.
        self.phone.engine.received(&self.user, &request, Receipt::Delivered).await?;
        self.phone.engine.answer_request(&self.user, &request, choice.into()).await?;
        Ok(())
    }

    pub(super) async fn set_permission(&mut self, number: &str, choice: Choice) -> Result<(), Over> {
        self.still_signed_in().await?;
        match self.try_set_permission(number, choice).await {
            // Also when nothing changed: the page waits for it.
            Ok(number) => self.permission(&number).await,
            Err(refusal) => self.not_permitted(&refusal).await,
        }
    }

    async fn try_set_permission(&mut self, number: &str, choice: Choice) -> Result<PhoneNumberId, Failed<PermitRefusal>> {
        let number = self.business(number).await?.ok_or(Failed::Refused(PermitRefusal::UnknownNumber))?;
        self.phone.engine.set_permission(&self.user, &number.id, choice.into()).await?;
        Ok(number.id)
    }

    pub(super) async fn request_callback(&mut self, number: &str) -> Result<(), Over> {
        self.still_signed_in().await?;
        match self.try_request_callback(number).await {
            // Also when nothing changed: the page waits for it.
            Ok(number) => self.permission(&number).await,
            Err(refusal) => self.not_permitted(&refusal).await,
        }
    }

    async fn try_request_callback(&mut self, number: &str) -> Result<PhoneNumberId, Failed<PermitRefusal>> {
        let number = self.business(number).await?.ok_or(Failed::Refused(PermitRefusal::UnknownNumber))?;
        self.phone.engine.request_callback(&self.user, self.device, &number.id).await?;
        Ok(number.id)
    }

    pub(super) async fn block(&mut self, number: &str, blocked: bool) -> Result<(), Over> {
        self.still_signed_in().await?;
        match self.try_block(number, blocked).await {
            // Also when nothing changed: the page waits for it.
            Ok(number) => self.blocked(&number, blocked).await,
            Err(Failed::Fault(fault)) => self.fault(&fault).await,
            Err(refusal) => {
                let (reason, text) = words::not_blocked(&refusal);
                self.problem(reason, text).await
            }
        }
    }

    async fn try_block(&mut self, number: &str, blocked: bool) -> Result<PhoneNumberId, Failed<BlockRefusal>> {
        let number = self.business(number).await?.ok_or(Failed::Refused(BlockRefusal::UnknownNumber))?;
        match blocked {
            true => self.phone.engine.block(&self.user.id, &number.id).await?,
            false => self.phone.engine.unblock(&self.user.id, &number.id).await?,
        }
        Ok(number.id)
    }

    /// Whether the person blocks a business now.
    pub(super) async fn blocked(&mut self, number: &PhoneNumberId, blocked: bool) -> Result<(), Over> {
        let known = self.phone.engine.store().number(number).await.map_err(|fault| failed(&fault))?;
        let Some(known) = known else { return Ok(()) };
        self.tell(ServerMessage::Blocked { number: known.number.digits().to_owned(), blocked }).await
    }

    async fn not_permitted(&mut self, refusal: &Failed<PermitRefusal>) -> Result<(), Over> {
        if let Failed::Fault(fault) = refusal {
            return self.fault(fault).await;
        }
        let (reason, text) = words::not_permitted(refusal);
        self.problem(reason, text).await
    }

    pub(super) async fn older(&mut self, number: &str, before: Option<&str>) -> Result<(), Over> {
        let before = match before.map(MessageId::parse).transpose() {
            Ok(before) => before,
            Err(_) => return self.problem("bad_id", NOT_UNDERSTOOD).await,
        };
        match self.page_before(number, before).await {
            Ok(Some(chat)) => self.tell(chat).await,
            Ok(None) => self.problem("unknown_number", words::not_said(&Failed::Refused(SayRefusal::UnknownNumber)).1).await,
            Err(fault) => self.fault(&fault).await,
        }
    }

    async fn page_before(&mut self, number: &str, before: Option<MessageId>) -> Result<Option<ServerMessage>, Fault> {
        let Some(number) = self.business(number).await? else { return Ok(None) };
        let engine = &self.phone.engine;
        let pair = engine.pair(&number.id, &self.user.id).await?;
        let (messages, more) = chats::page(engine, &self.user, (&number.id, &pair), before).await?;
        Ok(Some(ServerMessage::Chat { number: number.number.digits().to_owned(), messages, more }))
    }

    /// A message came or changed; with it, perhaps, the card that it supersedes.
    pub(super) async fn message(&mut self, message: records::Message) -> Result<(), Over> {
        let told = self.with_superseded(message).await.map_err(|fault| failed(&fault))?;
        let Some((number, messages)) = told else { return Ok(()) };
        for message in messages {
            self.tell_message(&number, Some(message), None).await?;
        }
        Ok(())
    }

    async fn with_superseded(&mut self, message: records::Message) -> Result<Option<(Number, Vec<ShownMessage>)>, Fault> {
        let engine = self.phone.engine.clone();
        let Some(number) = engine.store().number(&message.number).await? else { return Ok(None) };
        let pair = engine.pair(&number.id, &self.user.id).await?;
        let chat = (&number.id, &pair);
        let mut told: Vec<_> = chats::one(&engine, &self.user, chat, &message).await?.into_iter().collect();
        if let Some(before) = self.watch.card(&number.id, &pair)
            && before != message.id
            && let Some(before) = engine.store().message(&before).await?
        {
            told.extend(chats::one(&engine, &self.user, chat, &before).await?);
        }
        Ok(Some((number, told)))
    }

    async fn tell_message(&mut self, number: &Number, message: Option<ShownMessage>, echo: Option<String>) -> Result<(), Over> {
        let Some(message) = message else { return Ok(()) };
        let number = number.number.digits().to_owned();
        self.tell(ServerMessage::Message { number, message: Box::new(message), echo }).await
    }

    /// What a business may do now.
    pub(super) async fn permission(&mut self, number: &PhoneNumberId) -> Result<(), Over> {
        let engine = self.phone.engine.clone();
        let Some(known) = engine.store().number(number).await.map_err(|fault| failed(&fault))? else { return Ok(()) };
        let pair = engine.pair(number, &self.user.id).await.map_err(|fault| failed(&fault))?;
        let permission = pair.permission(engine.now());
        self.watch.permission(number, permission);
        let (number, permission) = (known.number.digits().to_owned(), chats::permission(permission));
        self.tell(ServerMessage::Permission { number, permission }).await
    }

    /// Temporary permissions that are over.
    pub(super) async fn permissions_ran_out(&mut self) -> Result<(), Over> {
        let now = self.phone.engine.now();
        let over: Vec<_> = self.watch.permissions.extract_if(|_, until| now >= *until).map(|(number, _)| number).collect();
        for number in over {
            self.permission(&number).await?;
        }
        Ok(())
    }

    async fn business(&mut self, digits: &str) -> Result<Option<Number>, Fault> {
        match PhoneNumber::parse(digits) {
            Ok(number) => self.phone.engine.store().number_by_digits(&number).await,
            Err(_) => Ok(None),
        }
    }
}
