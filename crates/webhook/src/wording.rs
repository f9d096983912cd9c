//! The engine's notices in the published words, escaped as the platform escapes them. One file for each webhook field.

use callport_core::ids::{PhoneNumberId, WabaId};
use callport_core::number::PhoneNumber;
use callport_dialect::seconds;
use callport_engine::ports::{Notice, Parties, Wording};
use callport_wire::escape::to_escaped_bytes;
use callport_wire::settings::Calling;
use callport_wire::webhooks::{Change, Contact, Envelope, Metadata, Profile, SettingsUpdateValue};

use calls::{Echo, Subject};

mod account;
mod calls;
mod messages;
mod partners;
mod routing;

/// Renders webhook bodies as JSON.
pub struct JsonWording;

impl Wording for JsonWording {
    fn body(&self, notice: &Notice, account: &WabaId) -> Vec<u8> {
        let envelope = match notice {
            // Published samples of account updates about calling name no account, and partners hear of accounts and solutions from their own portfolio.
            Notice::Quality { .. } | Notice::Restricted { .. } | Notice::Partner { .. } | Notice::Solution { .. } => envelope(notice),
            _ => envelope(notice).in_account(account.as_str()),
        };
        // Maps with keys that are not strings do not occur in these shapes, and nothing else can fail.
        to_escaped_bytes(&envelope).expect("webhook shapes have string keys")
    }
}

fn envelope(notice: &Notice) -> Envelope {
    match notice {
        Notice::Connect { parties, call, direction, at, sdp, cta_payload, deeplink_payload, opaque, line: _ } => {
            let subject = Subject { parties, call, direction: *direction };
            calls::connect(&subject, *at, sdp, Echo { cta_payload, deeplink_payload, opaque })
        }
        Notice::CallCreated { parties, call, direction, at } => calls::created(&Subject { parties, call, direction: *direction }, *at),
        Notice::Terminate { parties, call, direction, ending, cta_payload, deeplink_payload, opaque, line: _ } => {
            let subject = Subject { parties, call, direction: *direction };
            calls::terminate(&subject, ending, Echo { cta_payload, deeplink_payload, opaque })
        }
        Notice::CallStatus { parties, call, at, status, opaque, line: _ } => calls::status(parties, call, *at, *status, opaque),
        Notice::NoPaymentMethod { parties, at: _ } => calls::no_payment_method(parties),
        Notice::MessageStatus { recipient, message, at, progress, tariff, opaque } => {
            messages::status(recipient, message, *at, *progress, *tariff, opaque)
        }
        Notice::Said { parties, message, at, said, context, owner: _ } => messages::said(parties, message, *at, said, context.as_ref()),
        Notice::UserChanged { parties, message, at, number, bsuid } => {
            messages::user_changed(parties, message, *at, number.as_ref(), bsuid)
        }
        Notice::Handover { parties, at, kind, to: _, previous, new, metadata } => {
            routing::handover(parties, *at, *kind, (*previous, *new), metadata.as_ref())
        }
        Notice::Standby { of, parties, owner: _ } => routing::standby(of, parties),
        Notice::Echo { parties, .. } => routing::standby(notice, parties),
        Notice::TemplateStatus { template, at } => account::template_status(template, *at),
        Notice::Quality { waba: _, number_id: _, number, at, notice } => account::quality(number, *at, *notice),
        Notice::Restricted { waba: _, number_id: _, number, at, restrictions } => account::restricted(number, *at, restrictions),
        Notice::Partner { event, news } => partners::partner(*event, news),
        Notice::Solution { app: _, portfolio, solution, created, status, at } => {
            partners::solution(portfolio, solution, *created, *status, *at)
        }
        Notice::SettingsChanged { waba, number_id, at, settings, servers, restrictions } => {
            let pauses = restrictions.iter().map(|pause| (pause.direction, pause.until));
            let restrictions = callport_dialect::settings::restrictions(pauses, *at);
            let servers = servers.iter().map(|(app, target)| callport_dialect::settings::shown_server(app, target, None));
            let calling = Calling { restrictions, ..callport_dialect::settings::calling(settings, servers) };
            let value = SettingsUpdateValue::calling(number_id.as_str(), seconds(*at), calling);
            Envelope::of(waba.as_str(), Change::SettingsUpdate(Box::new(value)))
        }
    }
}

fn metadata(number: &PhoneNumber, id: &PhoneNumberId) -> Metadata {
    Metadata { display_phone_number: number.digits().to_owned(), phone_number_id: id.as_str().to_owned() }
}

fn contact(parties: &Parties) -> Contact {
    Contact {
        profile: Profile { name: parties.user_name.clone(), username: parties.username.clone() },
        wa_id: Some(parties.user.digits().to_owned()),
        user_id: Some(parties.bsuid.as_str().to_owned()),
        parent_user_id: None,
    }
}

#[cfg(test)]
mod tests;
