//! Field `messages`.

use super::*;
use callport_core::call_id::CallId;
use callport_core::message::MessageId;
use callport_core::pair::{Permission, PermissionReply, ReplySource};
use callport_engine::ports::{Context, Recipient};
use callport_engine::records::{Progress, Said, Tariff, TariffCategory};

const SENT: &str = "wamid.HBgLMTU1NTcwMTAwNDIVAgARGBIwOEY0";
const REPLY: &str = "wamid.HBgLMTU1NTcwMTAwNDIVAgASGBQzQTc4";
const TAIL: &str = r#"},"field":"messages"}]}]}"#;

fn message(id: &str) -> MessageId {
    MessageId::parse(id).unwrap()
}

fn check_said(said: Said, context: Option<Context>, rest: &str) {
    let notice = Notice::Said { parties: parties(), message: message(REPLY), at: at(1_794_995_100), said, context, owner: None };
    let head = format!(r#""messages":[{{"from":"15557010042","from_user_id":"BSUID","id":"{REPLY}","timestamp":"1794995100","#);
    check(notice, &format!("{HEAD}{head}{rest}}}]{TAIL}"));
}

#[test]
fn a_text() {
    let text = Said::Text { text: "Can you call me?".into(), read: false };
    check_said(text, None, r#""type":"text","text":{"body":"Can you call me?"}"#);
}

#[test]
fn the_tap_of_a_quick_reply() {
    let button = Said::Button { text: "Later".into(), payload: "later=1".into() };
    let rest =
        format!(r#""type":"button","context":{{"from":"15559020077","id":"{SENT}"}},"button":{{"text":"Later","payload":"later=1"}}"#);
    check_said(button, Some(Context::Message(message(SENT))), &rest);
}

/// The published table of scenarios: a request is answered, the user calls, the profile is used, or calls go unanswered.
#[test]
fn every_scenario_of_a_permission_reply() {
    let temporary = Permission::Temporary { until: at(1_795_600_000) };
    let request = || Some(Context::Message(message(SENT)));
    let call = || Some(Context::Call(CallId::parse(CALL).unwrap()));
    let (to_request, to_call) =
        (format!(r#""context":{{"from":"15559020077","id":"{SENT}"}},"#), format!(r#""context":{{"from":"15557010042","id":"{CALL}"}},"#));
    let for_a_week = r#""response":"accept","is_permanent":false,"expiration_timestamp":"1795600000","#;
    let for_good = r#""response":"accept","is_permanent":true,"#;
    let refused = r#""response":"reject","#;
    let (user, automatic) = (ReplySource::UserAction, ReplySource::Automatic);
    for (permission, source, context, written, members) in [
        (temporary, user, request(), to_request.as_str(), for_a_week),
        (Permission::Permanent, user, request(), &to_request, for_good),
        (Permission::None, user, request(), &to_request, refused),
        (Permission::Permanent, user, None, "", for_good),
        (temporary, user, None, "", for_a_week),
        (Permission::None, user, None, "", refused),
        (temporary, automatic, call(), &to_call, for_a_week),
        (Permission::None, automatic, None, "", refused),
    ] {
        let source_word = if source == user { "user_action" } else { "automatic" };
        let rest = format!(
            r#""type":"interactive",{written}"interactive":{{"type":"call_permission_reply","call_permission_reply":{{{members}"response_source":"{source_word}"}}}}"#
        );
        check_said(Said::Permission(PermissionReply { permission, source }), context, &rest);
    }
}

fn check_status(recipient: Recipient, progress: Progress, tariff: Option<Tariff>, opaque: Option<&str>, rest: &str) {
    let opaque = opaque.map(str::to_owned);
    // Nobody has a number for a name, and no id.
    let head = match recipient.bsuid {
        Some(_) => HEAD.to_owned(),
        None => {
            let head = HEAD.split(r#""contacts""#).next().unwrap();
            format!(r#"{head}"contacts":[{{"profile":{{"name":"15557010042"}},"wa_id":"15557010042"}}],"#)
        }
    };
    let notice = Notice::MessageStatus { recipient, message: message(SENT), at: at(1_794_995_202), progress, tariff, opaque };
    check(notice, &format!(r#"{head}"statuses":[{{"id":"{SENT}",{rest}}}]{TAIL}"#));
}

#[test]
fn a_message_on_its_way() {
    let tariff = Tariff { category: TariffCategory::Service, free: true };
    let rest = concat!(
        r#""status":"sent","timestamp":"1794995202","recipient_id":"15557010042","recipient_user_id":"BSUID","#,
        r#""biz_opaque_callback_data":"order=7781","#,
        r#""pricing":{"billable":false,"pricing_model":"PMP","type":"free_customer_service","category":"service"}"#,
    );
    check_status(Recipient::from(&parties()), Progress::Sent, Some(tariff), Some("order=7781"), rest);
}

#[test]
fn a_price_stands_only_where_it_belongs() {
    for (progress, word) in [(Progress::Delivered, "delivered"), (Progress::Read, "read")] {
        let rest = format!(r#""status":"{word}","timestamp":"1794995202","recipient_id":"15557010042","recipient_user_id":"BSUID""#);
        check_status(Recipient::from(&parties()), progress, None, None, &rest);
    }
}

#[test]
fn every_kind_of_message_has_its_price() {
    for (category, free, expected) in [
        (TariffCategory::Service, true, r#"{"billable":false,"pricing_model":"PMP","type":"free_customer_service","category":"service"}"#),
        (TariffCategory::Service, false, r#"{"billable":true,"pricing_model":"PMP","type":"regular","category":"service"}"#),
        (TariffCategory::Utility, false, r#"{"billable":true,"pricing_model":"PMP","type":"regular","category":"utility"}"#),
        (TariffCategory::Marketing, false, r#"{"billable":true,"pricing_model":"PMP","type":"regular","category":"marketing"}"#),
        (TariffCategory::Authentication, false, r#"{"billable":true,"pricing_model":"PMP","type":"regular","category":"authentication"}"#),
    ] {
        let rest = format!(
            r#""status":"delivered","timestamp":"1794995202","recipient_id":"15557010042","recipient_user_id":"BSUID","pricing":{expected}"#
        );
        check_status(Recipient::from(&parties()), Progress::Delivered, Some(Tariff { category, free }), None, &rest);
    }
}

#[test]
fn a_message_that_cannot_arrive_says_why() {
    let nobody = Recipient { name: "15557010042".to_owned(), bsuid: None, ..Recipient::from(&parties()) };
    for (recipient, whom, details) in [
        (Recipient::from(&parties()), r#","recipient_user_id":"BSUID""#, "Recipient's app version cannot show this message."),
        (nobody, "", "There is no user with this phone number."),
    ] {
        let rest = format!(
            concat!(
                r#""status":"failed","timestamp":"1794995202","recipient_id":"15557010042"{},"#,
                r#""errors":[{{"code":131026,"title":"Message undeliverable","message":"Message undeliverable","#,
                r#""href":"https:\/\/developers.facebook.com\/docs\/whatsapp\/cloud-api\/support\/error-codes\/","#,
                r#""error_data":{{"details":"{}"}}}}]"#,
            ),
            whom, details
        );
        check_status(recipient, Progress::Undeliverable, None, None, &rest);
    }
    let rest = concat!(
        r#""status":"failed","timestamp":"1794995202","recipient_id":"15557010042","recipient_user_id":"BSUID","#,
        r#""errors":[{"code":131042,"title":"Business eligibility payment issue","message":"Business eligibility payment issue","#,
        r#""href":"https:\/\/developers.facebook.com\/docs\/whatsapp\/cloud-api\/support\/error-codes\/","#,
        r#""error_data":{"details":"The free service messages of this month are used up, and the account has no payment method."}}]"#,
    );
    check_status(Recipient::from(&parties()), Progress::Unpaid, None, None, rest);
}

#[test]
fn a_user_with_another_number_or_another_id() {
    let (user, next) = (UserId::parse("9001").unwrap(), PhoneNumber::parse("15557019999").unwrap());
    let bsuid = Bsuid::derive(&PortfolioId::parse("3001").unwrap(), &user, &next, 1);
    let changed = |number: Option<&PhoneNumber>| Notice::UserChanged {
        parties: parties(),
        message: message(REPLY),
        at: at(1_794_995_100),
        number: number.cloned(),
        bsuid: bsuid.clone(),
    };
    let head = HEAD.split(r#""contacts""#).next().unwrap();
    let ids = format!(r#""user_id":"{}","previous_user_id":"BSUID"}}}}]{TAIL}"#, bsuid.as_str());
    let is = format!(r#""from_user_id":"BSUID","id":"{REPLY}","timestamp":"1794995100","type":"system","system":{{"#);
    let seen =
        r#""type":"user_changed_number","body":"User Nadia R. \u00e4 changed from 15557010042 to 15557019999","wa_id":"15557019999","#;
    check(changed(Some(&next)), &format!(r#"{head}"messages":[{{"from":"15557010042",{is}{seen}{ids}"#));
    let hidden = r#""type":"user_changed_user_id","body":"User Nadia R. \u00e4 has a new user ID","#;
    check(changed(None), &format!(r#"{head}"messages":[{{{is}{hidden}{ids}"#));
}
