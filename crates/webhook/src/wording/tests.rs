//! The bytes of every kind of notice.

use super::*;
use callport_core::bsuid::Bsuid;
use callport_core::call::Talk;
use callport_core::codec::AdditionalCodec;
use callport_core::ids::{PhoneNumberId, PortfolioId, UserId, WabaId};
use callport_core::number::PhoneNumber;
use callport_core::settings::{CallingSettings, IconVisibility, Switch};

const CALL: &str = "wacid.HBgLMTU1NTcwMTAwNDIVAgASGCBBNEMx";

fn facts() -> CallFacts {
    let user = PhoneNumber::parse("15557010042").unwrap();
    CallFacts {
        waba: WabaId::parse("660017722334455").unwrap(),
        number_id: PhoneNumberId::parse("881200345671203").unwrap(),
        number: PhoneNumber::parse("15559020077").unwrap(),
        bsuid: Bsuid::derive(&PortfolioId::parse("3001").unwrap(), &UserId::parse("9001").unwrap(), &user),
        user,
        user_name: "Nadia R. ä".into(),
        username: None,
    }
}

fn at(seconds: i64) -> WallTime {
    WallTime::from_unix_seconds(seconds)
}

/// `expected` with `BSUID` for the user's business-scoped id.
fn check(notice: Notice, expected: &str) {
    let body = String::from_utf8(JsonWording.body(&notice)).unwrap();
    assert_eq!(body.replace(facts().bsuid.as_str(), "BSUID"), expected);
}

const HEAD: &str = concat!(
    r#"{"object":"whatsapp_business_account","entry":[{"id":"660017722334455","changes":[{"value":{"messaging_product":"whatsapp","#,
    r#""metadata":{"display_phone_number":"15559020077","phone_number_id":"881200345671203"},"#,
    r#""contacts":[{"profile":{"name":"Nadia R. \u00e4"},"wa_id":"15557010042","user_id":"BSUID"}],"#,
);
const TAIL: &str = r#"},"field":"calls"}]}]}"#;

fn connect(direction: call_id::Direction) -> Notice {
    Notice::Connect {
        facts: facts(),
        call: CallId::parse(CALL).unwrap(),
        direction,
        at: WallTime::from_unix_millis(1_795_341_600_412),
        sdp: "v=0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\n".into(),
        cta_payload: Some("ticket=77812".into()),
        deeplink_payload: None,
        opaque: None,
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
fn a_business_initiated_call_turns_the_parties_round() {
    let body = String::from_utf8(JsonWording.body(&connect(call_id::Direction::BusinessInitiated))).unwrap();
    let parties = format!(r#""from":"15559020077","to":"15557010042","to_user_id":"{}""#, facts().bsuid.as_str());
    assert!(body.contains(&parties) && body.contains(r#""sdp_type":"answer""#) && body.contains(r#""BUSINESS_INITIATED""#), "{body}");
}

fn terminate(ending: Ending) -> Notice {
    Notice::Terminate {
        facts: facts(),
        call: CallId::parse(CALL).unwrap(),
        direction: call_id::Direction::UserInitiated,
        ending,
        cta_payload: None,
        deeplink_payload: Some("src=site-footer".into()),
        opaque: Some("agent-12".into()),
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
            assert_eq!(u32::try_from(error.code).ok(), reason.code(), "{reason:?} is in the table");
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
    check(Notice::NoPaymentMethod { facts: facts(), at: at(1) }, &format!("{HEAD}{errors}{TAIL}"));
}

#[test]
fn a_change_of_settings() {
    let settings = CallingSettings {
        status: Some(Switch::Enabled),
        call_icon_visibility: Some(IconVisibility::DisableAll),
        restrict_to_user_countries: Some(vec![]),
        additional_codecs: Some(vec![AdditionalCodec::Pcmu]),
        ..CallingSettings::default()
    };
    let notice = Notice::SettingsChanged { waba: facts().waba, number_id: facts().number_id, at: at(1_795_343_000), settings };
    let expected = concat!(
        r#"{"object":"whatsapp_business_account","entry":[{"id":"660017722334455","changes":[{"value":{"messaging_product":"whatsapp","#,
        r#""timestamp":"1795343000","type":"phone_number_settings","phone_number_settings":{"phone_number_id":"881200345671203","#,
        r#""calling":{"status":"ENABLED","call_icon_visibility":"DISABLE_ALL","callback_permission_status":"NOT_SET","#,
        r#""call_icons":{"restrict_to_user_countries":[]},"audio":{"additional_codecs":["PCMU"]}}}},"field":"account_settings_update"}]}]}"#,
    );
    check(notice, expected);
}
