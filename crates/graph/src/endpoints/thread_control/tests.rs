use crate::testing::{FOREIGN, MANAGE, MESSAGE, World, nadias_id};
use callport_core::ids::{AppId, PortfolioId, WabaId};
use callport_core::routing::RoutingRole;
use callport_engine::records::{App, NumberAccount, Portfolio, Routing, RoutingReach};
use callport_testkit::{acme, nadia};
use serde_json::{Value, json};

const PATH: &str = "/v25.0/4001/thread_control";

/// Number 4001 is shared with account 2002 of app 1002; app 1001 is of business 3101, app 1002 of 3102.
pub(crate) async fn shared() -> World {
    let world = World::new().await;
    for (app, business) in [("1001", "3101"), ("1002", "3102")] {
        let business = PortfolioId::parse(business).unwrap();
        world.engine.put_portfolio(Portfolio { id: business.clone(), name: app.to_owned(), verified: false }).await.unwrap();
        let known = world.engine.store().app(&AppId::parse(app).unwrap()).await.unwrap().unwrap();
        let mut fields = known.fields.clone();
        fields.extend(["messaging_handovers", "standby"].map(str::to_owned));
        world.engine.put_app(App { business: Some(business), fields, ..known }).await.unwrap();
    }
    let waba = WabaId::parse("2002").unwrap();
    world.engine.share_number(NumberAccount { number: acme(), waba, partner: None }).await.unwrap();
    world
}

pub(crate) async fn route(world: &World, roles: &[(RoutingRole, &str)], standby: &[&str]) {
    let id = |id: &str| PortfolioId::parse(id).unwrap();
    let routing = Routing {
        reach: RoutingReach::Number(acme()),
        roles: roles.iter().map(|(role, business)| (*role, id(business))).collect(),
        standby: standby.iter().map(|business| id(business)).collect(),
        terms: true,
    };
    world.engine.put_routing(routing).await.unwrap();
}

fn ask(action: Value) -> Value {
    let mut body = json!({ "messaging_product": "whatsapp", "to": "5511955501234" });
    body.as_object_mut().unwrap().extend(action.as_object().unwrap().clone());
    body
}

#[tokio::test]
async fn a_thread_is_passed_taken_and_released_and_both_sides_are_told() {
    let world = shared().await;
    route(&world, &[(RoutingRole::CustomerService, "3101"), (RoutingRole::Escalation, "3102")], &["3102"]).await;
    world.engine.say(&nadia(), &acme(), "hello", None).await.unwrap();
    let read = world.told("standby").await;
    assert_eq!(read.pointer("/entry/0/id"), Some(&json!("2002")));
    let value = read.pointer("/entry/0/changes/0/value").unwrap();
    assert_eq!(read.pointer("/entry/0/changes/0/field"), Some(&json!("standby")));
    assert_eq!(value["metadata"]["phone_number_id"], "4001");
    assert_eq!(value["standby"]["messages"][0]["text"]["body"], "hello");
    assert_eq!(value["standby"]["contacts"][0]["wa_id"], "5511955501234");

    let pass = ask(json!({ "action": "pass", "metadata": "ticket=77812", "control_pass": { "target_role": "escalation" } }));
    let seen = world.post(PATH, MESSAGE, &pass).await;
    let reply = seen.ok();
    assert_eq!(reply["messaging_product"], "whatsapp");
    assert_eq!(reply["request_id"].as_str(), seen.headers["x-fb-trace-id"].to_str().ok());
    let told = world.told("control_passed").await;
    assert_eq!(
        told["entry"][0]["changes"][0],
        json!({ "field": "messaging_handovers", "value": {
            "messaging_product": "whatsapp",
            "sender": { "phone_number": "5511955501234" },
            "recipient": { "phone_number_id": "4001", "display_phone_number": "6281255509999" },
            "timestamp": callport_testkit::TestClock::START.unix_seconds().to_string(),
            "type": "control_passed",
            "control_passed": { "previous_owner_role": "customer_service", "new_owner_role": "escalation", "metadata": "ticket=77812" } } })
    );
    assert_eq!(told["entry"][0]["id"], "2002", "the account that the new owner's app is subscribed to");
    let text = json!({ "messaging_product": "whatsapp", "to": "5511955501234", "type": "text", "text": { "body": "hi" } });
    let refused = world.post("/4001/messages", MESSAGE, &text).await;
    assert_eq!((refused.code(400), refused.details().contains("another business")), (131_070, true));
    world.post("/4001/messages", FOREIGN, &text).await.ok();

    let by_id = json!({ "messaging_product": "whatsapp", "recipient": nadias_id(), "action": "take" });
    world.post(PATH, MESSAGE, &by_id).await.ok();
    let taken = world.told("control_taken").await;
    assert_eq!(
        taken["entry"][0]["changes"][0]["value"]["control_taken"],
        json!({ "previous_owner_role": "escalation", "new_owner_role": "customer_service" })
    );
    assert_eq!(world.post(PATH, FOREIGN, &ask(json!({ "action": "release" }))).await.code(400), 131_070);
    world.post(PATH, MESSAGE, &ask(json!({ "action": "release" }))).await.ok();
    world.post("/4001/messages", FOREIGN, &text).await.ok();
}

#[tokio::test]
async fn what_is_wrong_is_told_with_its_code() {
    let world = shared().await;
    let take = ask(json!({ "action": "take" }));
    let refused = world.post(PATH, MESSAGE, &take).await;
    assert_eq!((refused.code(400), refused.details().contains("no conversation routing")), (100, true));
    route(&world, &[(RoutingRole::CustomerService, "3101")], &[]).await;
    assert_eq!(world.post(PATH, FOREIGN, &take).await.code(403), 10, "no role");
    for (body, details) in [
        (json!({}), "The parameter messaging_product is required."),
        (
            ask(json!({ "action": "pass", "control_pass": { "target_role": "calls" } })),
            "The parameter control_pass.target_role must be one of",
        ),
        (ask(json!({ "action": "take", "recipient": "BR.1" })), "The parameter recipient must not stand beside to."),
    ] {
        let refused = world.post(PATH, MESSAGE, &body).await;
        assert_eq!(refused.code(400), 100, "{body}");
        assert!(refused.details().starts_with(details), "{}", refused.text);
    }
    let mut nobody = take.clone();
    nobody["to"] = json!("15550000000");
    assert_eq!(world.post(PATH, MESSAGE, &nobody).await.code(400), 131_026);
    world.post(PATH, MANAGE, &take).await.ok();
}

/// What a partner on standby reads of what the owner writes: the text, and how far it came, without price and echo.
#[tokio::test]
async fn echoes_and_statuses_are_read_along() {
    let world = shared().await;
    route(&world, &[(RoutingRole::CustomerService, "3101")], &["3102"]).await;
    world.engine.say(&nadia(), &acme(), "hello", None).await.unwrap();
    let text = json!({ "messaging_product": "whatsapp", "to": "5511955501234", "type": "text", "text": { "body": "welcome" },
        "biz_opaque_callback_data": "order=1" });
    let sent = world.post("/4001/messages", MESSAGE, &text).await.ok();
    let id = sent["messages"][0]["id"].as_str().unwrap();
    let echo = world.told("standby").await["entry"][0]["changes"][0]["value"]["standby"]["message_echoes"][0].clone();
    assert_eq!((&echo["id"], &echo["from"], &echo["to"]), (&json!(id), &json!("6281255509999"), &json!("5511955501234")));
    assert_eq!((&echo["type"], &echo["text"]["body"]), (&json!("text"), &json!("welcome")));
    let message = callport_core::message::MessageId::parse(id).unwrap();
    world.engine.received(&nadia(), &message, callport_engine::Receipt::Delivered).await.unwrap();
    let status = world.told("standby").await["entry"][0]["changes"][0]["value"]["standby"]["statuses"][0].clone();
    assert_eq!((&status["status"], &status["id"]), (&json!("delivered"), &json!(id)));
    assert!(status.get("pricing").is_none() && status.get("biz_opaque_callback_data").is_none(), "{status}");
    let own = world.told("delivered").await["entry"][0]["changes"][0]["value"]["statuses"][0].clone();
    assert_eq!((own["pricing"].is_object(), &own["biz_opaque_callback_data"]), (true, &json!("order=1")));
}
