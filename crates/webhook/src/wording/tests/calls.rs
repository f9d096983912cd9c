//! Field `calls`.

use super::*;
use crate::wording::calls::failure;
use callport_core::call::{CallStatus, EndReason, Ending, Talk};
use callport_core::call_id::{self, CallId};
use callport_engine::records::CallLine;

const TAIL: &str = r#"},"field":"calls"}]}]}"#;

fn connect(direction: call_id::Direction) -> Notice {
    Notice::Connect {
        parties: parties(),
        call: CallId::parse(CALL).unwrap(),
        direction,
        at: WallTime::from_unix_millis(1_795_341_600_412),
        sdp: "v=0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\n".into(),
        cta_payload: (direction == call_id::Direction::UserInitiated).then(|| "ticket=77812".into()),
        deeplink_payload: None,
        opaque: (direction == call_id::Direction::BusinessInitiated).then(|| "case-77812".into()),
        line: CallLine::Webhooks,
    }
}

#[test]
fn connect_of_a_user_initiated_call() {
    let call = concat!(
        r#""calls":[{"id":"wacid.HBgLMTU1NTcwMTAwNDIVAgASGCBBNEMx","from":"15557010042","from_user_id":"BSUID","to":"15559020077","#,
        r#""event":"connect","timestamp":"1795341600","direction":"USER_INITIATED","cta_payload":"ticket=77812","#,
        r#""session":{"sdp":"v=0\r\nm=audio 9 UDP\/TLS\/RTP\/SAVPF 111\r\n","sdp_type":"offer"}}]"#,
    );
    check(connect(call_id::Direction::UserInitiated), &format!("{HEAD}{call}{TAIL}"));
}

#[test]
fn connect_of_a_business_initiated_call_turns_the_parties_round() {
    let call = concat!(
        r#""calls":[{"id":"wacid.HBgLMTU1NTcwMTAwNDIVAgASGCBBNEMx","from":"15559020077","to":"15557010042","to_user_id":"BSUID","#,
        r#""event":"connect","timestamp":"1795341600","direction":"BUSINESS_INITIATED","biz_opaque_callback_data":"case-77812","#,
        r#""session":{"sdp":"v=0\r\nm=audio 9 UDP\/TLS\/RTP\/SAVPF 111\r\n","sdp_type":"answer"}}]"#,
    );
    check(connect(call_id::Direction::BusinessInitiated), &format!("{HEAD}{call}{TAIL}"));
}

/// The reference sample swaps `from` and `to` against its `direction`: a mistake of the documents.
#[test]
fn a_call_by_sip_is_created_without_a_session() {
    let created = |direction| {
        let (parties, call) = (parties(), CallId::parse(CALL).unwrap());
        Notice::CallCreated { parties, call, direction, at: at(1_795_342_000) }
    };
    let head = r#""calls":[{"id":"wacid.HBgLMTU1NTcwMTAwNDIVAgASGCBBNEMx","#;
    let of = |parties: &str, direction: &str| {
        format!(r#"{HEAD}{head}{parties},"event":"call_created","timestamp":"1795342000","direction":"{direction}"}}]{TAIL}"#)
    };
    let user = r#""from":"15557010042","from_user_id":"BSUID","to":"15559020077""#;
    check(created(call_id::Direction::UserInitiated), &of(user, "USER_INITIATED"));
    let business = r#""from":"15559020077","to":"15557010042","to_user_id":"BSUID""#;
    check(created(call_id::Direction::BusinessInitiated), &of(business, "BUSINESS_INITIATED"));
}

#[test]
fn every_status_of_a_business_initiated_call() {
    for (status, word) in [(CallStatus::Ringing, "RINGING"), (CallStatus::Accepted, "ACCEPTED"), (CallStatus::Rejected, "REJECTED")] {
        let status = |opaque: Option<&str>| Notice::CallStatus {
            parties: parties(),
            call: CallId::parse(CALL).unwrap(),
            at: at(1_795_341_704),
            status,
            opaque: opaque.map(str::to_owned),
            line: CallLine::Webhooks,
        };
        let plain = format!(
            r#""statuses":[{{"id":"{CALL}","timestamp":"1795341704","type":"call","status":"{word}","recipient_id":"15557010042","recipient_user_id":"BSUID"}}]"#
        );
        check(status(None), &format!("{HEAD}{plain}{TAIL}"));
        let echoed = plain.replace("}]", r#","biz_opaque_callback_data":"case-77812"}]"#);
        check(status(Some("case-77812")), &format!("{HEAD}{echoed}{TAIL}"));
    }
}

fn terminate(ending: Ending) -> Notice {
    Notice::Terminate {
        parties: parties(),
        call: CallId::parse(CALL).unwrap(),
        direction: call_id::Direction::UserInitiated,
        ending,
        cta_payload: None,
        deeplink_payload: Some("src=site-footer".into()),
        opaque: Some("agent-12".into()),
        line: CallLine::Webhooks,
    }
}

const TERMINATE: &str = concat!(
    r#""calls":[{"id":"wacid.HBgLMTU1NTcwMTAwNDIVAgASGCBBNEMx","from":"15557010042","from_user_id":"BSUID","to":"15559020077","#,
    r#""event":"terminate","timestamp":"1795341795","direction":"USER_INITIATED","deeplink_payload":"src=site-footer","#,
    r#""biz_opaque_callback_data":"agent-12","#,
);

#[test]
fn terminate_of_an_answered_call() {
    let talk = Talk { since: at(1_795_341_608), until: at(1_795_341_795) };
    let ending = Ending { at: at(1_795_341_795), reason: EndReason::UserHungUp, talk: Some(talk) };
    let rest = r#""start_time":"1795341608","end_time":"1795341795","duration":187,"status":"COMPLETED"}]"#;
    check(terminate(ending), &format!("{HEAD}{TERMINATE}{rest}{TAIL}"));
}

#[test]
fn terminate_of_a_missed_call() {
    let ending = Ending { at: at(1_795_341_795), reason: EndReason::NotAnswered, talk: None };
    check(terminate(ending), &format!("{HEAD}{TERMINATE}\"status\":\"COMPLETED\"}}]{TAIL}"));
}

#[test]
fn terminate_of_a_failed_call_tells_the_error_twice() {
    let talk = Talk { since: at(1_795_341_775), until: at(1_795_341_795) };
    let ending = Ending { at: at(1_795_341_795), reason: EndReason::NoBusinessMedia, talk: Some(talk) };
    let errors = concat!(
        r#""errors":[{"code":138021,"title":"The user's app ended the call after a long time without media. Try again","#,
        r#""message":"The user's app ended the call after a long time without media. Try again","#,
        r#""href":"https:\/\/developers.facebook.com\/docs\/whatsapp\/cloud-api\/support\/error-codes\/","#,
        r#""error_data":{"details":"The user's app ended the call after a long time without media."}}]"#,
    );
    let rest = format!(r#""start_time":"1795341775","end_time":"1795341795","duration":20,"status":"FAILED",{errors}}}],{errors}"#);
    check(terminate(ending), &format!("{HEAD}{TERMINATE}{rest}{TAIL}"));
}

#[test]
fn every_failing_reason_has_a_published_code_and_words_of_its_own() {
    for reason in EndReason::ALL {
        let error = failure(&Ending { at: at(1), reason, talk: None });
        assert_eq!(error.is_some(), reason.failed(), "{reason:?}");
        if let Some(error) = error {
            assert!(error.error_data.unwrap().details.ends_with('.'));
        }
    }
}

#[test]
fn no_payment_method_is_an_error_without_a_call() {
    let errors = concat!(
        r#""errors":[{"code":131044,"title":"Business eligibility payment issue","message":"Business eligibility payment issue","#,
        r#""href":"https:\/\/developers.facebook.com\/docs\/whatsapp\/cloud-api\/support\/error-codes\/","#,
        r#""error_data":{"details":"The WhatsApp Business Account has no valid payment method, so users cannot call it."}}]"#,
    );
    check(Notice::NoPaymentMethod { parties: parties(), at: at(1) }, &format!("{HEAD}{errors}{TAIL}"));
}
