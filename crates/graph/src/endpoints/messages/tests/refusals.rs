//! Every refusal, and which of several is told.

use super::*;
use callport_core::call_id::Direction;
use callport_core::ids::WabaId;
use callport_core::number::PhoneNumber;
use callport_core::pair::Permission;
use callport_core::settings::Switch;
use callport_core::template::TemplateStatus;
use callport_engine::records::Restriction;

/// What can be wrong with a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    Shape,
    UnknownTemplate,
    ToItself,
    Status(TemplateStatus),
    Off,
    Country,
    Paused,
    NotListed,
    Permanent,
    Window,
    Limit,
    Parameters,
}

use Fault::{Country, Limit, NotListed, Off, Parameters, Paused, Permanent, Shape, Status, ToItself, UnknownTemplate, Window};

/// A fault with the status and code that tell it, and the beginning of the details.
type Row = (Fault, u16, i64, &'static str);

const SHAPE: Row = (Shape, 400, 131009, "The parameter recipient_type must be ");
const UNKNOWN: Row = (UnknownTemplate, 404, 132001, "The template nothing does not exist in the language en.");
const ITSELF: Row = (ToItself, 400, 131021, "The recipient is this phone number itself.");
const STATUS: Row = (Status(TemplateStatus::Paused), 400, 132015, "This template cannot be sent: its status is PAUSED.");
const OFF: Row = (Off, 401, 138000, "Calling is not enabled on this phone number.");
const COUNTRY: Row = (Country, 400, 138013, "Business-initiated calling is not available for phone numbers of this country.");
const PAUSED: Row = (Paused, 400, 138014, "Business-initiated calling of this phone number is paused until unix time 1795341601, ");
const NOT_LISTED: Row = (NotListed, 400, 131030, "This is a test number, ");
const PERMANENT: Row = (Permanent, 400, 138017, "The user has already granted permanent call permission.");
const WINDOW: Row = (Window, 400, 131047, "More than 24 hours have passed since the user last wrote to or called this phone number; ");
const LIMIT: Row = (Limit, 400, 138009, "This user was asked for call permission as often as is allowed; ");
const PARAMETERS: Row = (Parameters, 400, 132000, "The body of this template takes 1 parameters, and 0 were given.");

/// A kind of message, with every fault in the order in which they are looked at.
type Kind = (fn() -> Value, &'static [Row]);

const IN_ORDER: [Kind; 4] = [
    (text, &[SHAPE, ITSELF, NOT_LISTED, WINDOW]),
    (call_button, &[SHAPE, ITSELF, OFF, NOT_LISTED, WINDOW]),
    (permission_request, &[SHAPE, ITSELF, OFF, COUNTRY, PAUSED, NOT_LISTED, PERMANENT, WINDOW, LIMIT]),
    (consent, &[SHAPE, UNKNOWN, ITSELF, STATUS, OFF, COUNTRY, PAUSED, NOT_LISTED, PERMANENT, LIMIT, PARAMETERS]),
];

fn consent() -> Value {
    template("repair_call_consent", json!([{ "type": "body", "parameters": [{ "type": "text", "text": "Nadia" }] }]))
}

/// What is answered to `message` in a world with all of `faults`.
async fn with(message: fn() -> Value, faults: &[Fault]) -> crate::testing::Seen {
    let has = |fault| faults.contains(&fault);
    let world = World::new().await;
    world.enable_calling().await;
    make_templates(&world).await;
    let waba = WabaId::parse("2001").unwrap();
    for template in world.engine.store().templates(&waba).await.unwrap() {
        if let Some(status) = faults.iter().find_map(|fault| if let Status(status) = fault { Some(*status) } else { None }) {
            world.engine.review_template(&template.id, status).await.unwrap();
        }
    }
    world
        .put_pair(Pair {
            decided: if has(Permanent) { Permission::Permanent } else { Permission::None },
            requests: if has(Limit) { vec![NOW] } else { vec![] },
            heard_at: (!has(Window)).then_some(NOW),
            ..Pair::default()
        })
        .await;
    let until = NOW + Duration::from_secs(1);
    world
        .change_number(|number| {
            if has(Country) {
                number.number = PhoneNumber::parse("12125550123").unwrap();
            }
            number.restrictions = if has(Paused) { vec![Restriction { direction: Direction::BusinessInitiated, until }] } else { vec![] };
            number.allowed_recipients = has(NotListed).then(|| vec![PhoneNumber::parse("6281200000001").unwrap()]);
        })
        .await;
    if has(Off) {
        world.switch_calling(Switch::Disabled).await;
    }
    let mut body = message();
    if has(Shape) {
        body["recipient_type"] = json!("group");
    }
    if has(ToItself) {
        body["to"] = json!(world.number_record().await.number.digits());
    }
    if has(UnknownTemplate) {
        body["template"]["name"] = json!("nothing");
    }
    if has(Parameters) {
        body["template"]["components"] = json!([]);
    }
    world.post(PATH, MESSAGE, &body).await
}

fn check(seen: &crate::testing::Seen, (_, status, code, details): Row, faults: &[Fault]) {
    assert_eq!(seen.code(status), code, "{faults:?}");
    assert!(seen.details().starts_with(details), "{faults:?}: {}", seen.details());
}

/// With everything wrong, the first is told; once that is mended, the next; and so on until the message is taken.
#[tokio::test]
async fn of_several_faults_the_first_in_the_documented_order_is_told() {
    for (message, rows) in IN_ORDER {
        for first in 0..rows.len() {
            let faults: Vec<_> = rows[first..].iter().map(|(fault, ..)| *fault).collect();
            check(&with(message, &faults).await, rows[first], &faults);
        }
        with(message, &[]).await.ok();
    }
}

/// Each fault alone, for every kind of message: told where the kind's row has it, and of no interest elsewhere.
#[tokio::test]
async fn what_does_not_matter_to_a_message_does_not_stop_it() {
    for (message, rows) in IN_ORDER {
        for row in [OFF, COUNTRY, PAUSED, NOT_LISTED, PERMANENT, WINDOW, LIMIT, STATUS] {
            let seen = with(message, &[row.0]).await;
            match rows.iter().any(|(fault, ..)| *fault == row.0) {
                true => check(&seen, row, &[row.0]),
                false => assert_eq!(seen.status, 200, "{:?} of {}", row.0, message()),
            }
        }
    }
}

#[tokio::test]
async fn every_status_of_a_template_but_one_stops_it() {
    for (status, expected) in [
        (TemplateStatus::Approved, None),
        (TemplateStatus::Pending, Some((404, 132001))),
        (TemplateStatus::Rejected, Some((404, 132001))),
        (TemplateStatus::Paused, Some((400, 132015))),
        (TemplateStatus::Disabled, Some((400, 132016))),
    ] {
        let seen = with(consent, &[Status(status)]).await;
        match expected {
            None => assert_eq!(seen.status, 200, "{}", seen.text),
            Some((http, code)) => assert_eq!(seen.code(http), code, "{status:?}"),
        }
    }
}

#[tokio::test]
async fn a_template_takes_exactly_its_parameters() {
    let world = World::new().await;
    world.enable_calling().await;
    make_templates(&world).await;
    let texts = |texts: &[&str]| texts.iter().map(|text| json!({ "type": "text", "text": text })).collect::<Vec<_>>();
    let part = |kind: &str, given: &[&str]| json!({ "type": kind, "parameters": texts(given) });
    let url = json!({ "type": "button", "sub_type": "url", "index": 1, "parameters": [{ "type": "text", "text": "A-100" }] });
    let full = |more: Vec<Value>| Value::from([vec![part("header", &["1"]), part("body", &["1", "2"])], more].concat());
    let reply_at = |index: u32| {
        json!({ "type": "button", "sub_type": "quick_reply", "index": index,
        "parameters": [{ "type": "payload", "payload": "x" }] })
    };
    let call = json!({ "type": "button", "sub_type": "voice_call", "parameters": [] });
    let long = "x".repeat(61);
    for (name, components, code) in [
        ("call_me_maybe", full(vec![url.clone()]), None),
        ("call_me_maybe", full(vec![url.clone(), call.clone(), reply_at(2)]), None),
        ("call_me_maybe", full(vec![]), Some(132000)),
        ("call_me_maybe", json!([part("header", &["1"]), part("body", &["1"]), url]), Some(132000)),
        ("call_me_maybe", json!([part("body", &["1", "2"]), url]), Some(132000)),
        ("call_me_maybe", json!([part("header", &["1"]), part("body", &["1", "2", "3"]), url]), Some(132000)),
        ("call_me_maybe", json!([part("header", &[long.as_str()]), part("body", &["1", "2"]), url]), Some(132005)),
        ("call_me_maybe", full(vec![url.clone(), reply_at(0)]), Some(132012)),
        ("repair_call_consent", json!([part("body", &["1"]), call]), Some(132012)),
        ("named", json!([part("body", &["Nadia"])]), Some(132012)),
    ] {
        let seen = world.post(PATH, MESSAGE, &template(name, components.clone())).await;
        match code {
            None => assert_eq!(seen.status, 200, "{}", seen.text),
            Some(code) => assert_eq!(seen.code(400), code, "{name} {components}"),
        }
    }
}

#[tokio::test]
async fn requests_of_the_wrong_shape_have_codes_of_their_own() {
    let world = spoken().await;
    let with = |path: &[&str], value: Value| {
        let mut body = call_button();
        *path.iter().fold(&mut body, |at, member| &mut at[*member]) = value;
        body
    };
    let parameters = ["interactive", "action", "parameters"];
    let parameter = |name| [&parameters[..], &[name]].concat();
    for (body, code) in [
        (json!({}), 131008),
        (with(&["to"], Value::Null), 131008),
        (with(&["to"], json!("call me")), 131009),
        (with(&["to"], json!([])), 100),
        (json!({ "messaging_product": "whatsapp", "recipient": "+5511955501234", "text": { "body": "Hi" } }), 131009),
        (json!({ "messaging_product": "whatsapp", "recipient": "US.ENT.90817263544536271809", "text": { "body": "Hi" } }), 131062),
        (with(&["type"], json!("audio")), 131051),
        (with(&["interactive"], Value::Null), 131008),
        (with(&["interactive", "type"], json!("list")), 131009),
        (with(&["interactive", "body"], Value::Null), 131008),
        (with(&parameter("display_text"), json!("x".repeat(21))), 131009),
        (with(&parameter("ttl_minutes"), json!(43_201)), 131009),
        (with(&parameter("payload"), json!("x".repeat(513))), 131009),
        (with(&["biz_opaque_callback_data"], json!("x".repeat(513))), 131009),
        (with(&["status"], json!("deleted")), 131009),
    ] {
        let seen = world.post(PATH, MESSAGE, &body).await;
        assert_eq!(seen.code(400), code, "{body}");
        assert!(!seen.details().is_empty(), "{body}");
    }
    assert_eq!(world.post_text(PATH, MESSAGE, "{").await.code(400), 100);
}
