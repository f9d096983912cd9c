//! Field `messages`: what users say, and how far messages of the business came.

use callport_core::bsuid::Bsuid;
use callport_core::message::MessageId;
use callport_core::number::PhoneNumber;
use callport_core::time::WallTime;
use callport_dialect::{permissions, seconds};
use callport_engine::ports::{Context, Parties, Recipient};
use callport_engine::records::{Progress, Said, Tariff, TariffCategory};
use callport_wire::codes::Code;
use callport_wire::webhooks::{
    Change, Contact, Envelope, ErrorObject, InboundContent, InboundMessage, MessageContext, MessageStatus, MessageStatusEvent,
    MessagesValue, Pricing, PricingCategory, PricingType, Profile, SystemMessage,
};

use super::{contact, metadata};

/// What a user wrote, tapped or decided.
pub(super) fn said(parties: &Parties, message: &MessageId, at: WallTime, said: &Said, context: Option<&Context>) -> Envelope {
    let content = match said {
        Said::Text { text, read: _ } => InboundContent::Text { body: text.clone() },
        Said::Button { text, payload } => InboundContent::Button { text: text.clone(), payload: payload.clone() },
        Said::Permission(reply) => InboundContent::PermissionReply(permissions::reply(*reply)),
    };
    let message = InboundMessage {
        from: Some(parties.user.digits().to_owned()),
        from_user_id: Some(parties.bsuid.as_str().to_owned()),
        context: context.map(|context| what_it_answers(parties, context)),
        ..InboundMessage::new(message.as_str(), seconds(at), content)
    };
    let value = MessagesValue::of_message(metadata(&parties.number, &parties.number_id), contact(parties), message);
    Envelope::of(parties.waba.as_str(), Change::Messages(Box::new(value)))
}

/// The user has another number, which some businesses may see, and another id, which all do. Whom it is about is named as they were until now.
pub(super) fn user_changed(parties: &Parties, message: &MessageId, at: WallTime, number: Option<&PhoneNumber>, bsuid: &Bsuid) -> Envelope {
    let (name, before) = (&parties.user_name, parties.user.digits());
    let (kind, body) = match number {
        Some(number) => ("user_changed_number", format!("User {name} changed from {before} to {}", number.digits())),
        None => ("user_changed_user_id", format!("User {name} has a new user ID")),
    };
    let system = SystemMessage {
        kind: kind.to_owned(),
        body,
        wa_id: number.map(|number| number.digits().to_owned()),
        user_id: Some(bsuid.as_str().to_owned()),
        parent_user_id: None,
        previous_user_id: Some(parties.bsuid.as_str().to_owned()),
        previous_parent_user_id: None,
    };
    let message = InboundMessage {
        from: number.map(|_| before.to_owned()),
        from_user_id: Some(parties.bsuid.as_str().to_owned()),
        ..InboundMessage::new(message.as_str(), seconds(at), InboundContent::System(system))
    };
    let value = MessagesValue::of_system(metadata(&parties.number, &parties.number_id), message);
    Envelope::of(parties.waba.as_str(), Change::Messages(Box::new(value)))
}

/// Pages differ about `from`; we name whoever sent the message or placed the call that is answered.
fn what_it_answers(parties: &Parties, context: &Context) -> MessageContext {
    let from = match context {
        Context::Message(_) => &parties.number,
        Context::Call(_) => &parties.user,
    };
    MessageContext { from: Some(from.digits().to_owned()), id: Some(context.id().to_owned()) }
}

/// How far a message of the business came, with its price where the engine says that this status carries it.
pub(super) fn status(
    recipient: &Recipient,
    message: &MessageId,
    at: WallTime,
    progress: Progress,
    tariff: Option<Tariff>,
    opaque: &Option<String>,
) -> Envelope {
    let (status, error) = match progress {
        Progress::Sent => (MessageStatus::Sent, None),
        Progress::Delivered => (MessageStatus::Delivered, None),
        Progress::Read => (MessageStatus::Read, None),
        Progress::Undeliverable => (MessageStatus::Failed, Some(undeliverable(recipient))),
        Progress::Unpaid => (MessageStatus::Failed, Some(unpaid())),
    };
    let event = MessageStatusEvent {
        recipient_id: Some(recipient.user.digits().to_owned()),
        recipient_user_id: recipient.bsuid.as_ref().map(|bsuid| bsuid.as_str().to_owned()),
        biz_opaque_callback_data: opaque.clone(),
        pricing: tariff.map(pricing),
        errors: error.into_iter().collect(),
        ..MessageStatusEvent::new(message.as_str(), status, seconds(at))
    };
    let contact = Contact {
        profile: Profile { name: recipient.name.clone(), username: None },
        wa_id: event.recipient_id.clone(),
        user_id: event.recipient_user_id.clone(),
        parent_user_id: None,
    };
    let value = MessagesValue::of_status(metadata(&recipient.number, &recipient.number_id), contact, event);
    Envelope::of(recipient.waba.as_str(), Change::Messages(Box::new(value)))
}

fn pricing(tariff: Tariff) -> Pricing {
    let category = match tariff.category {
        TariffCategory::Service => PricingCategory::Service,
        TariffCategory::Utility => PricingCategory::Utility,
        TariffCategory::Marketing => PricingCategory::Marketing,
        TariffCategory::Authentication => PricingCategory::Authentication,
    };
    Pricing::per_message(if tariff.free { PricingType::FreeCustomerService } else { PricingType::Regular }, category)
}

fn unpaid() -> ErrorObject {
    ErrorObject::new(
        Code::PaymentForMessages,
        "The free service messages of this month are used up, and the account has no payment method.",
    )
}

/// A recipient without a business-scoped id is nobody.
fn undeliverable(recipient: &Recipient) -> ErrorObject {
    let details = match &recipient.bsuid {
        None => "There is no user with this phone number.",
        Some(_) => "Recipient's app version cannot show this message.",
    };
    ErrorObject::new(Code::Undeliverable, details)
}
