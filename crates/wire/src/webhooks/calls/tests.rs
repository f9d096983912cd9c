//! Every published and captured calls webhook, key order included.

use super::*;
use crate::codes::Code;
use crate::golden;
use crate::webhooks::errors::ErrorDetails;
use crate::webhooks::{Change, Envelope, Profile, Status};

const USER_CALL: &str = "wacid.HBgLMTU1NTcwMTAwNDIVAgASGCBBNEMxMjNCMTYxMkREMjcyRDEzNzFDMTcxNDlENDM5NRwYCzE1NTU5MDIwMDc3FQIAFQoA";
const BUSINESS_CALL: &str = "wacid.HBgLMTU1NTcwMTAwNDIVAgARGCAzNkIzMjE2RkRBRUVCOTc1NzI5RkFFOTIzRDVBNEZEMRwYCzE1NTU5MDIwMDc3FQIAFQoA";
const BSUID: &str = "US.48201937756610293847";

fn metadata() -> Metadata {
    Metadata { display_phone_number: "15559020077".into(), phone_number_id: "881200345671203".into() }
}

fn nadia() -> Contact {
    Contact {
        profile: Profile { name: "Nadia R.".into(), username: None },
        wa_id: Some("15557010042".into()),
        user_id: Some(BSUID.into()),
        parent_user_id: None,
    }
}

fn user_event(event: EventKind, timestamp: i64) -> CallEvent {
    CallEvent {
        from: Some("15557010042".into()),
        to: Some("15559020077".into()),
        ..CallEvent::new(USER_CALL, event, TextSeconds(timestamp), Direction::UserInitiated)
    }
}

fn business_event(event: EventKind, timestamp: i64) -> CallEvent {
    CallEvent {
        from: Some("15559020077".into()),
        to: Some("15557010042".into()),
        to_user_id: Some(BSUID.into()),
        biz_opaque_callback_data: Some("case-77812".into()),
        ..CallEvent::new(BUSINESS_CALL, event, TextSeconds(timestamp), Direction::BusinessInitiated)
    }
}

fn check(value: CallsValue, sample: &str) {
    golden::check(&Envelope::of("660017722334455", Change::Calls(Box::new(value))), sample);
}

#[test]
fn connect_of_a_user_initiated_call() {
    let contact = Contact {
        profile: Profile { name: "Nadia R.".into(), username: Some("nadia.r".into()) },
        parent_user_id: Some("US.ENT.90817263544536271809".into()),
        ..nadia()
    };
    let call = CallEvent {
        from_user_id: Some(BSUID.into()),
        from_parent_user_id: Some("US.ENT.90817263544536271809".into()),
        cta_payload: Some("ticket=77812".into()),
        deeplink_payload: Some("src=site-footer".into()),
        session: Some(WebhookSession { sdp: "v=0\r\no=- 1795341600412 2 IN IP4 127.0.0.1\r\n".into(), sdp_type: SdpType::Offer }),
        ..user_event(EventKind::Connect, 1795341600)
    };
    check(CallsValue::of_call(metadata(), contact, call), include_str!("../../../samples/webhook_connect_user.json"));
}

/// Differs from the page's sample in nothing but the order of keys, which varies between its samples.
#[test]
fn connect_of_a_business_initiated_call() {
    let call = CallEvent {
        session: Some(WebhookSession { sdp: "v=0\r\n".into(), sdp_type: SdpType::Answer }),
        ..business_event(EventKind::Connect, 1795341702)
    };
    let envelope = Envelope::of("660017722334455", Change::Calls(Box::new(CallsValue::of_call(metadata(), nadia(), call))));
    golden::check_members(&envelope, include_str!("../../../samples/webhook_connect_business.json"));
}

#[test]
fn status_of_a_business_initiated_call_reads_without_contacts() {
    let sample = include_str!("../../../samples/webhook_status.json");
    let envelope: Envelope = serde_json::from_str(sample).unwrap();
    let Change::Calls(value) = &envelope.entry[0].changes[0] else { panic!("not calls") };
    assert!(value.contacts.is_empty() && value.calls.is_empty());
    let status = StatusEvent {
        recipient_id: Some("15557010042".into()),
        recipient_user_id: Some(BSUID.into()),
        biz_opaque_callback_data: Some("case-77812".into()),
        ..StatusEvent::new(BUSINESS_CALL, Status::Ringing, TextSeconds(1795341704))
    };
    let sample: serde_json::Value = serde_json::from_str(sample).unwrap();
    let element = sample.pointer("/entry/0/changes/0/value/statuses/0").unwrap();
    golden::check(&status, &element.to_string());
    assert_eq!(value.statuses, std::slice::from_ref(&status));
    let written = CallsValue::of_status(metadata(), nadia(), status);
    assert_eq!(written.contacts, [nadia()], "but we write them");
}

#[test]
fn terminate_of_an_answered_call() {
    let call = CallEvent {
        from_user_id: Some(BSUID.into()),
        cta_payload: Some("ticket=77812".into()),
        biz_opaque_callback_data: Some("agent-12".into()),
        start_time: Some(TextSeconds(1795341608)),
        end_time: Some(TextSeconds(1795341795)),
        duration: Some(187),
        status: Some(TerminateStatus::Completed),
        ..user_event(EventKind::Terminate, 1795341795)
    };
    check(CallsValue::of_call(metadata(), nadia(), call), include_str!("../../../samples/webhook_terminate.json"));
}

#[test]
fn terminate_of_a_missed_call_has_no_times() {
    let call = CallEvent {
        from_user_id: Some(BSUID.into()),
        status: Some(TerminateStatus::Completed),
        ..user_event(EventKind::Terminate, 1795341660)
    };
    check(CallsValue::of_call(metadata(), nadia(), call), include_str!("../../../samples/webhook_terminate_missed.json"));
}

#[test]
fn terminate_of_an_answered_business_initiated_call() {
    let call = CallEvent {
        start_time: Some(TextSeconds(1795341708)),
        end_time: Some(TextSeconds(1795341795)),
        duration: Some(87),
        status: Some(TerminateStatus::Completed),
        ..business_event(EventKind::Terminate, 1795341795)
    };
    check(CallsValue::of_call(metadata(), nadia(), call), include_str!("../../../samples/webhook_terminate_business.json"));
}

/// Declined, cancelled and not answered look the same.
#[test]
fn terminate_of_a_missed_business_initiated_call_has_no_times() {
    let call = CallEvent { status: Some(TerminateStatus::Completed), ..business_event(EventKind::Terminate, 1795341764) };
    check(CallsValue::of_call(metadata(), nadia(), call), include_str!("../../../samples/webhook_terminate_business_missed.json"));
}

#[test]
fn terminate_of_a_failed_call_as_captured() {
    let error = ErrorObject {
        href: None,
        error_data: Some(ErrorDetails { details: "The user's app ended the call after a long time without media.".into() }),
        ..ErrorObject::new(Code::MediaReceiveTimeout, "")
    };
    let contact = Contact {
        profile: Profile { name: "15557010042".into(), username: None },
        wa_id: Some("15557010042".into()),
        ..Contact::default()
    };
    let call = CallEvent {
        start_time: Some(TextSeconds(1795341608)),
        end_time: Some(TextSeconds(1795341628)),
        duration: Some(20),
        status: Some(TerminateStatus::Failed),
        errors: vec![error],
        ..user_event(EventKind::Terminate, 1795341628)
    };
    check(CallsValue::of_call(metadata(), contact, call), include_str!("../../../samples/webhook_terminate_failed.json"));
}

#[test]
fn an_error_without_a_call() {
    let error = ErrorObject::new(Code::Payment, "No valid payment method on the account.");
    check(CallsValue::of_error(metadata(), nadia(), error), include_str!("../../../samples/webhook_error_without_call.json"));
}

#[test]
fn errors_carry_every_member_that_some_client_needs() {
    let error = serde_json::to_value(ErrorObject::new(Code::ConnectTimeout, "d")).unwrap();
    let keys: Vec<_> = error.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(keys, ["code", "title", "message", "href", "error_data"]);
}

#[test]
fn events_from_the_future_are_read() {
    let json = r#"{"id":"wacid.X","event":"call_held","timestamp":1795341628,"new":{}}"#;
    let event: CallEvent = serde_json::from_str(json).unwrap();
    assert_eq!(event.event, EventKind::Other("call_held".into()));
    assert_eq!(event.direction, None);
}
