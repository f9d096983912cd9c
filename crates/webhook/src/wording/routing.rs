//! Fields `messaging_handovers` and `standby`: threads of a number that several partners answer for.

use callport_core::message::{Content, MessageId};
use callport_core::routing::RoutingRole;
use callport_core::time::WallTime;
use callport_dialect::seconds;
use callport_engine::ports::{HandoverKind, Notice, Parties};
use callport_wire::calls::MESSAGING_PRODUCT;
use callport_wire::webhooks::{
    Change, EchoText, Envelope, HandoverDetails, HandoverRecipient, HandoverSender, HandoverValue, MessageEcho, MessageStatusEvent,
    Standby, StandbyValue,
};

use super::{contact, metadata};

/// A thread has another owner.
pub(super) fn handover(
    parties: &Parties,
    at: WallTime,
    kind: HandoverKind,
    (previous, new): (RoutingRole, RoutingRole),
    metadata: Option<&String>,
) -> Envelope {
    let details = HandoverDetails {
        previous_owner_role: previous.name().to_owned(),
        new_owner_role: new.name().to_owned(),
        metadata: metadata.cloned(),
    };
    let of = |this: HandoverKind| (this == kind).then(|| details.clone());
    let value = HandoverValue {
        messaging_product: MESSAGING_PRODUCT.to_owned(),
        sender: HandoverSender { phone_number: Some(parties.user.digits().to_owned()) },
        recipient: HandoverRecipient {
            phone_number_id: parties.number_id.as_str().to_owned(),
            display_phone_number: parties.number.digits().to_owned(),
        },
        timestamp: seconds(at),
        kind: kind.name().to_owned(),
        control_passed: of(HandoverKind::Passed),
        control_taken: of(HandoverKind::Taken),
    };
    Envelope::of(parties.waba.as_str(), Change::Handover(Box::new(value)))
}

/// What goes on in a thread of another business: the value that its owner gets, without what only an owner needs.
pub(super) fn standby(of: &Notice, parties: &Parties) -> Envelope {
    let contacts = vec![contact(parties)];
    let standby = match of {
        Notice::Echo { message, at, content, template, parties: _ } => {
            Standby { contacts, message_echoes: vec![echo(parties, message, *at, content, *template)], ..Standby::default() }
        }
        owned => match super::envelope(owned).entry.pop().and_then(|mut entry| entry.changes.pop()) {
            Some(Change::Messages(value)) => {
                let statuses = value.statuses.into_iter().map(unpriced).collect();
                Standby { contacts, messages: value.messages, statuses, ..Standby::default() }
            }
            _ => Standby { contacts, ..Standby::default() },
        },
    };
    let value = StandbyValue::of(metadata(&parties.number, &parties.number_id), standby);
    Envelope::of(parties.waba.as_str(), Change::Standby(Box::new(value)))
}

/// Price and echo are between the platform and the sender.
fn unpriced(status: MessageStatusEvent) -> MessageStatusEvent {
    MessageStatusEvent { pricing: None, biz_opaque_callback_data: None, ..status }
}

fn echo(parties: &Parties, message: &MessageId, at: WallTime, content: &Content, template: bool) -> MessageEcho {
    let kind = match (template, content.asks_permission || !content.buttons.is_empty()) {
        (true, _) => "template",
        (false, true) => "interactive",
        (false, false) => "text",
    };
    MessageEcho {
        from: parties.number.digits().to_owned(),
        to: parties.user.digits().to_owned(),
        id: message.as_str().to_owned(),
        timestamp: seconds(at),
        kind: kind.to_owned(),
        text: content.body.clone().map(|body| EchoText { body }),
    }
}
