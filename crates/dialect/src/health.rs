//! `health_status`: entities of the rules, as the JSON has them.

use callport_core::health::{self, Ailment, Health};
use callport_core::ids::{AppId, PhoneNumberId, PortfolioId, TemplateId, WabaId};
use callport_wire::Code;
use callport_wire::nodes::health::{HealthEntity, HealthError, HealthStatus, NO_SIP_SERVER, SIP_OFF, TEMPLATE_NOT_APPROVED};

/// What takes part in sending a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Entity {
    /// The node itself, where it is a number.
    PhoneNumber(PhoneNumberId),
    /// The node itself, where it is a template.
    MessageTemplate(TemplateId),
    /// The account.
    Waba(WabaId),
    /// The portfolio that owns the account.
    Business(PortfolioId),
    /// The app that asks.
    App(AppId),
}

/// The whole, in the order given.
pub fn health_status(entities: &[(Entity, Vec<Ailment>)]) -> HealthStatus {
    HealthStatus {
        can_send_message: name(health::overall(entities.iter().map(|(_, ailments)| ailments.as_slice()))),
        entities: entities.iter().map(|(entity, ailments)| shown(entity, ailments)).collect(),
    }
}

fn name(health: Health) -> String {
    health.name().to_owned()
}

fn shown(entity: &Entity, ailments: &[Ailment]) -> HealthEntity {
    let (entity_type, id, sip) = match entity {
        Entity::PhoneNumber(id) => ("PHONE_NUMBER", id.as_str(), true),
        Entity::MessageTemplate(id) => ("MESSAGE_TEMPLATE", id.as_str(), false),
        Entity::Waba(id) => ("WABA", id.as_str(), false),
        Entity::Business(id) => ("BUSINESS", id.as_str(), false),
        Entity::App(id) => ("APP", id.as_str(), true),
    };
    HealthEntity {
        entity_type: entity_type.to_owned(),
        id: id.to_owned(),
        can_send_message: name(health::of(ailments, false)),
        can_receive_call_sip: sip.then(|| name(health::of(ailments, true))),
        additional_info: ailments.iter().filter(|ailment| ailment.health() == Health::Limited).map(|ailment| limit(*ailment)).collect(),
        errors: ailments.iter().filter_map(|ailment| error(*ailment)).collect(),
    }
}

fn limit(ailment: Ailment) -> String {
    match ailment {
        Ailment::TestNumber { listed } => {
            format!("This is a public test number: it reaches the {listed} phone numbers on its list and nobody else.")
        }
        _ => "There is no valid payment method on the WhatsApp Business Account: users cannot call its phone numbers.".to_owned(),
    }
}

fn error(ailment: Ailment) -> Option<HealthError> {
    let (error_code, says, solution) = match ailment {
        Ailment::TestNumber { .. } | Ailment::NoPaymentMethod => return None,
        Ailment::NotOnCloudApi => (
            Code::NumberNotRegistered.number(),
            "The phone number is not registered on Cloud API",
            "Register the phone number on Cloud API",
        ),
        Ailment::NotRegistered => (
            Code::NumberNotRegistered.number(),
            "The phone number is not registered on Cloud API",
            "Verify the phone number with request_code and verify_code, then register it with a PIN",
        ),
        Ailment::NotGranted => (
            Code::PermissionDenied.number(),
            "The app does not have the permission whatsapp_business_messaging for the WhatsApp Business Account",
            "Grant the permission to the app",
        ),
        Ailment::NotApproved(_) => {
            (TEMPLATE_NOT_APPROVED, "The message template is not approved", "Wait for the review, or change the message template")
        }
        Ailment::SipOff => (SIP_OFF, "SIP is not switched on for this number", "Configure SIP in the settings endpoint"),
        Ailment::NoSipServer => {
            (NO_SIP_SERVER, "This app has no SIP server for this number", "Configure a SIP server of this app in the settings endpoint")
        }
    };
    Some(HealthError { error_code, error_description: says.to_owned(), possible_solution: solution.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use callport_core::template::TemplateStatus;

    #[test]
    fn what_limits_is_told_in_words_and_what_blocks_with_its_code() {
        let app = AppId::parse("1001").unwrap();
        let waba = WabaId::parse("2001").unwrap();
        let template = TemplateId::parse("7001").unwrap();
        let all = [
            (Entity::MessageTemplate(template), health::of_template(TemplateStatus::Paused)),
            (Entity::Waba(waba), health::of_account(false)),
            (Entity::App(app), health::of_app(false, false)),
        ];
        let HealthStatus { can_send_message, entities } = health_status(&all);
        assert_eq!(can_send_message, "BLOCKED");
        let codes = |entity: &HealthEntity| entity.errors.iter().map(|error| error.error_code).collect::<Vec<_>>();
        assert_eq!(entities.iter().map(codes).collect::<Vec<_>>(), [vec![141_002], vec![], vec![10, 138_025]]);
        assert_eq!(entities.iter().map(|entity| entity.can_receive_call_sip.is_some()).collect::<Vec<_>>(), [false, false, true]);
        assert_eq!((entities[1].can_send_message.as_str(), entities[1].additional_info.len()), ("LIMITED", 1));
    }
}
