use crate::GraphConfig;
use crate::testing::{FOREIGN, MESSAGE, NOW, World, nadia, nadias_id};
use callport_core::call_id::{CallId, Direction};
use callport_core::limits::NumberLimits;
use callport_core::number::PhoneNumber;
use callport_core::pair::{Decision, Pair, Permission};
use callport_core::settings::Switch;
use callport_engine::records::{Restriction, User};
use serde_json::{Value, json};
use std::time::Duration;

const PATH: &str = "/v25.0/4001/calls";

fn connect() -> Value {
    json!({ "messaging_product": "whatsapp", "to": "5511955501234", "action": "connect",
        "session": { "sdp_type": "offer", "sdp": "v=0\r\n" }, "biz_opaque_callback_data": "case-77812" })
}

/// Calling is on, and Nadia lets the business call.
async fn permitted(rules: callport_engine::EngineConfig) -> World {
    let world = World::with_rules(GraphConfig::default(), rules).await;
    world.enable_calling().await;
    world.engine.set_permission(&nadia(), &crate::testing::acme(), Decision::Allow).await.unwrap();
    world
}

async fn started(world: &World, body: &Value) -> CallId {
    let reply = world.post(PATH, MESSAGE, body).await.ok();
    CallId::parse(reply["calls"][0]["id"].as_str().unwrap()).unwrap()
}

#[tokio::test]
async fn a_call_is_placed_and_its_answer_comes_by_webhook() {
    let world = permitted(Default::default()).await;
    let seen = world.post(PATH, MESSAGE, &connect()).await;
    let call = world.engine.store().live_calls().await.unwrap().pop().unwrap();
    assert_eq!(call.direction, Direction::BusinessInitiated);
    let id = call.id.as_str();
    assert_eq!((seen.status, seen.text), (200, format!(r#"{{"messaging_product":"whatsapp","calls":[{{"id":"{id}"}}],"success":true}}"#)));
    let told = world.told("connect").await;
    assert_eq!(
        told["entry"][0]["changes"][0]["value"]["calls"][0],
        json!({ "id": id, "from": "6281255509999", "to": "5511955501234", "to_user_id": nadias_id(), "event": "connect",
            "timestamp": "1795341600", "direction": "BUSINESS_INITIATED", "biz_opaque_callback_data": "case-77812",
            "session": { "sdp": "answer to v=0\r\n", "sdp_type": "answer" } })
    );
    let cancel = json!({ "messaging_product": "whatsapp", "call_id": id, "action": "terminate" });
    assert_eq!(world.post(PATH, MESSAGE, &cancel).await.text, r#"{"messaging_product":"whatsapp","success":true}"#);
    assert_eq!(world.told("terminate").await["entry"][0]["changes"][0]["value"]["calls"][0]["status"], "COMPLETED");
}

#[tokio::test]
async fn the_user_is_named_in_every_way_that_clients_know() {
    let nobody = "BR.10000000000000000001";
    for (to, recipient) in [
        (json!("+55 11 95550-1234"), Value::Null),
        (json!(5_511_955_501_234_u64), Value::Null),
        (Value::Null, json!(nadias_id())),
        (json!(""), json!(nadias_id())),
        (json!("5511955501234"), json!(nobody)),
    ] {
        let world = permitted(Default::default()).await;
        let mut body = connect();
        (body["to"], body["recipient"]) = (to, recipient);
        let call = started(&world, &body).await;
        assert_eq!(world.engine.store().call(&call).await.unwrap().unwrap().user, nadia().id, "{body}");
    }
}

#[tokio::test]
async fn whom_nobody_can_call() {
    let world = permitted(Default::default()).await;
    for (to, recipient, code, details) in [
        (json!("+6281200000001"), Value::Null, 138001, "The recipient cannot be called: there is no user"),
        (Value::Null, json!("BR.10000000000000000001"), 138001, "The recipient cannot be called: there is no user"),
        (Value::Null, json!("US.ENT.90817263544536271809"), 131062, "This platform makes no parent business-scoped user ids."),
        (Value::Null, json!("+5511955501234"), 100, "The parameter recipient is wrong: "),
        (json!("12ab"), Value::Null, 100, "The parameter to is wrong: a phone number is "),
        (Value::Null, Value::Null, 100, "The parameter to is required."),
    ] {
        let mut body = connect();
        (body["to"], body["recipient"]) = (to, recipient);
        let seen = world.post(PATH, MESSAGE, &body).await;
        assert_eq!(seen.code(400), code, "{body}");
        assert!(seen.details().starts_with(details), "{}", seen.details());
    }
}

/// What can be wrong with a call, in the order in which it is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    Shape,
    Off,
    Paused,
    Country,
    NotListed,
    OutdatedApp,
    NoPermission,
    ConnectedLimit,
    Starts,
    Concurrent,
    Duplicate,
    Offer,
}

use Fault::{Concurrent, ConnectedLimit, Country, Duplicate, NoPermission, NotListed, Off, Offer, OutdatedApp, Paused, Shape, Starts};

/// Each with its status and code, and what the details say.
const IN_ORDER: [(Fault, u16, i64, &str); 12] = [
    (Shape, 400, 100, "The parameter to is wrong: "),
    (Off, 401, 138000, "Calling is not enabled on this phone number."),
    (Paused, 400, 138014, "Business-initiated calling of this phone number is paused until unix time 1795341601, "),
    (Country, 400, 138013, "Business-initiated calling is not available for phone numbers of this country."),
    (NotListed, 400, 131030, "This is a test number, "),
    (OutdatedApp, 400, 138001, "The recipient cannot be called: "),
    (NoPermission, 401, 138006, "The user has not granted call permission to this phone number, "),
    (ConnectedLimit, 400, 138012, "This user took as many calls "),
    (Starts, 429, 138005, "This phone number started as many calls as is allowed in 24 hours."),
    (Concurrent, 429, 138002, "This phone number has as many calls at the same time as is allowed."),
    (Duplicate, 400, 138003, "A call between this phone number and this user is already in progress: "),
    (Offer, 400, 100, "Video is not supported."),
];

/// A world with all of `faults`, and what it answers to connect.
async fn with(faults: &[Fault]) -> crate::testing::Seen {
    let has = |fault| faults.contains(&fault);
    let limits = NumberLimits {
        concurrent_calls: if has(Concurrent) { 1 } else { 1_000 },
        business_calls_per_day: if has(Starts) { 1 } else { 10_000 },
        ..NumberLimits::default()
    };
    let world =
        permitted(callport_engine::EngineConfig { rules: callport_engine::Rules { limits, ..Default::default() }, ..Default::default() })
            .await;
    if has(Duplicate) {
        started(&world, &connect()).await;
    }
    if has(OutdatedApp) {
        world.engine.put_user(User { outdated_app: true, ..nadia() }).await.unwrap();
    }
    let decided = if has(NoPermission) { Permission::None } else { Permission::Permanent };
    let connected = if has(ConnectedLimit) { vec![NOW; 100] } else { vec![] };
    world.put_pair(Pair { decided, connected, ..Pair::default() }).await;
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
    let mut body = connect();
    if has(Shape) {
        body["to"] = json!("nobody");
    }
    if has(Offer) {
        body["session"]["sdp"] = json!("v=0\r\nm=video 9 RTP/AVP 96\r\n");
    }
    world.post(PATH, MESSAGE, &body).await
}

/// With everything wrong, the first is told; once that is mended, the next; and so on until the call is placed.
#[tokio::test]
async fn of_several_faults_the_first_in_the_documented_order_is_told() {
    for first in 0..IN_ORDER.len() {
        let faults: Vec<_> = IN_ORDER[first..].iter().map(|(fault, ..)| *fault).collect();
        let (_, status, code, details) = IN_ORDER[first];
        let seen = with(&faults).await;
        assert_eq!(seen.code(status), code, "{faults:?}");
        assert!(seen.details().starts_with(details), "{faults:?}: {}", seen.details());
        let subcode = (faults[0] == Offer).then_some(2_494_010);
        assert_eq!(seen.json()["error"].get("error_subcode").and_then(Value::as_i64), subcode, "{faults:?}");
    }
    with(&[]).await.ok();
}

#[tokio::test]
async fn the_next_possible_call_is_named_in_unix_seconds() {
    let world = permitted(Default::default()).await;
    let connected = (0..100).map(|minute| NOW + Duration::from_secs(60 * minute)).collect();
    world.put_pair(Pair { decided: Permission::Permanent, connected, ..Pair::default() }).await;
    world.clock.advance(Duration::from_secs(6_000));
    let seen = world.post(PATH, MESSAGE, &connect()).await;
    assert_eq!(seen.code(400), 138012);
    assert!(seen.details().contains("1795428000"), "a day after the first: {}", seen.details());
    world.clock.set(NOW + Duration::from_secs(86_400));
    started(&world, &connect()).await;
}

#[tokio::test]
async fn a_pause_for_users_calls_stops_no_call_of_the_business() {
    let world = permitted(Default::default()).await;
    let pause = Restriction { direction: Direction::UserInitiated, until: NOW + Duration::from_secs(60) };
    world.change_number(|number| number.restrictions = vec![pause]).await;
    started(&world, &connect()).await;
}

#[tokio::test]
async fn recording_is_refused_after_calling_is_known_to_be_on() {
    let world = permitted(Default::default()).await;
    let mut body = connect();
    body["transcription"] = json!({ "status": "ENABLED", "purpose": "Training", "announcement_language": "en" });
    let seen = world.post(PATH, MESSAGE, &body).await;
    let details = "Call recording and transcription are not served by this platform yet.";
    assert_eq!((seen.code(400), seen.details().as_str()), (100, details));
    world.switch_calling(Switch::Disabled).await;
    assert_eq!(world.post(PATH, MESSAGE, &body).await.code(401), 138000);
    world.enable_calling().await;
    body["transcription"] = json!({ "status": "DISABLED" });
    started(&world, &body).await;
}

#[tokio::test]
async fn a_published_sample_leaves_the_action_out() {
    let world = permitted(Default::default()).await;
    let mut body = connect();
    body.as_object_mut().unwrap().remove("action");
    started(&world, &body).await;
}

#[tokio::test]
async fn opaque_data_has_a_length() {
    let world = permitted(Default::default()).await;
    let mut body = connect();
    body["biz_opaque_callback_data"] = json!("ä".repeat(513));
    assert_eq!(world.post(PATH, MESSAGE, &body).await.code(400), 100);
    body["biz_opaque_callback_data"] = json!("ä".repeat(512));
    started(&world, &body).await;
}

#[tokio::test]
async fn needs_messaging_on_that_number() {
    let world = permitted(Default::default()).await;
    assert_eq!(world.post(PATH, FOREIGN, &connect()).await.code(403), 200);
    assert_eq!(world.engine.store().live_calls().await.unwrap().len(), 0);
}
