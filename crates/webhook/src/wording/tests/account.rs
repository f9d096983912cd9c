//! Fields `message_template_status_update` and `account_update`.

use super::*;
use callport_core::call_id::Direction;
use callport_core::ids::TemplateId;
use callport_core::quality::QualityNotice;
use callport_core::template::{Category, TemplateStatus};
use callport_engine::records::{Restriction, TemplateRecord};

#[test]
fn every_status_of_a_template() {
    for status in TemplateStatus::ALL {
        let template = TemplateRecord {
            id: TemplateId::parse("1184400337712210").unwrap(),
            waba: parties().waba,
            name: "repair_call_consent".into(),
            language: "en".into(),
            category: Category::Utility,
            status,
            named_parameters: false,
            components: "[]".into(),
            created_at: at(1),
        };
        let expected = format!(
            concat!(
                r#"{{"object":"whatsapp_business_account","entry":[{{"id":"660017722334455","time":1794995150,"changes":[{{"value":{{"#,
                r#""event":"{}","message_template_id":1184400337712210,"message_template_name":"repair_call_consent","#,
                r#""message_template_language":"en","reason":"NONE","message_template_category":"UTILITY"}},"#,
                r#""field":"message_template_status_update"}}]}}]}}"#,
            ),
            status.name()
        );
        check(Notice::TemplateStatus { template: Box::new(template), at: at(1_794_995_150) }, &expected);
    }
}

#[test]
fn a_pause_in_each_direction_has_its_own_end() {
    let outgoing = Restriction { direction: Direction::BusinessInitiated, until: at(1_795_948_800) };
    let incoming = Restriction { direction: Direction::UserInitiated, until: at(1_795_990_000) };
    let first = r#"{"restriction_type":"RESTRICTED_BUSINESS_INITIATED_CALLING","expiration":1795948800}"#;
    let second = r#"{"restriction_type":"RESTRICTED_USER_INITIATED_CALLING","expiration":1795990000}"#;
    for (restrictions, info) in [(vec![outgoing], first.to_owned()), (vec![outgoing, incoming], format!("{first},{second}"))] {
        let Parties { waba, number_id, number, .. } = parties();
        let notice = Notice::Restricted { waba, number_id, number, at: at(1_795_344_000), restrictions };
        let expected = format!(
            concat!(
                r#"{{"object":"whatsapp_business_account","entry":[{{"id":"0","time":1795344000,"changes":[{{"value":{{"#,
                r#""phone_number":"15559020077","event":"ACCOUNT_RESTRICTION","restriction_info":[{}]}},"field":"account_update"}}]}}]}}"#,
            ),
            info
        );
        check(notice, &expected);
    }
}

#[test]
fn warnings_and_a_hidden_call_button() {
    let restricted = concat!(
        r#""event":"ACCOUNT_RESTRICTION","restriction_info":[{"restriction_type":"RESTRICTED_USER_INITIATED_CALLING_CALL_BUTTON_HIDDEN","#,
        r#""remediation":"Show the call button again in the calling settings when incoming calls are answered."}]"#,
    );
    let warned = |info: &str| format!(r#""event":"ACCOUNT_VIOLATION","violation_info":{{"violation_type":"{info}}}"#);
    let low_pick_up = r#"USER_INITIATED_CALLS_LOW_PICKUP_RATE","remediation":"Answer more incoming calls or hide the call buttons.""#;
    for (notice, told) in [
        (QualityNotice::BusinessInitiated, warned(r#"LOW_BUSINESS_INITIATED_CALLING_QUALITY""#)),
        (QualityNotice::UserInitiated, warned(r#"LOW_USER_INITIATED_CALLING_QUALITY""#)),
        (QualityNotice::LowPickUp, warned(low_pick_up)),
        (QualityNotice::CallButtonHidden, restricted.to_owned()),
    ] {
        let Parties { waba, number_id, number, .. } = parties();
        let expected = format!(
            concat!(
                r#"{{"object":"whatsapp_business_account","entry":[{{"id":"0","time":1795344000,"changes":[{{"value":{{"#,
                r#""phone_number":"15559020077",{}}},"field":"account_update"}}]}}]}}"#,
            ),
            told
        );
        check(Notice::Quality { waba, number_id, number, at: at(1_795_344_000), notice }, &expected);
    }
}
