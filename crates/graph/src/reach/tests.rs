use crate::endpoints::thread_control::tests::{route, shared};
use crate::testing::{FOREIGN, MANAGE, World, acme, nadia};
use callport_core::ids::{AppId, WabaId};
use callport_core::message::MessageId;
use callport_core::pair::{Pair, Permission};
use callport_core::routing::RoutingRole;
use callport_core::scope::Scope;
use callport_engine::Grant;
use serde_json::{Value, json};

const BOTH: &str = "EAAboth";

/// A token of app 1001 for both accounts of the number.
async fn both(world: &World) {
    let wabas = ["2001", "2002"].map(|id| WabaId::parse(id).unwrap()).into();
    let scopes = [Scope::Messaging, Scope::Management].into();
    let grant = Grant { app: AppId::parse("1001").unwrap(), scopes, wabas: Some(wabas), lifetime: None };
    world.engine.put_token(BOTH, grant).await.unwrap();
}

fn template(name: &str) -> Value {
    json!({ "name": name, "language": "en", "category": "UTILITY", "components": [{ "type": "BODY", "text": format!("{name} says hello.") }] })
}

fn by_template(name: &str) -> Value {
    json!({ "messaging_product": "whatsapp", "to": "5511955501234", "type": "template",
        "template": { "name": name, "language": { "code": "en" } } })
}

async fn sent_from(world: &World, token: &str, body: &Value) -> String {
    let sent = world.post("/4001/messages", token, body).await.ok();
    let id = MessageId::parse(sent["messages"][0]["id"].as_str().unwrap()).unwrap();
    world.engine.store().message(&id).await.unwrap().unwrap().waba.to_string()
}

#[tokio::test]
async fn a_token_reaches_a_number_by_any_of_its_accounts_and_each_account_lists_it() {
    let world = shared().await;
    for (token, account) in [(MANAGE, "2001"), (FOREIGN, "2002")] {
        let seen = world.get("/v25.0/4001?fields=id,verified_name", token).await;
        assert_eq!(seen.ok()["verified_name"], "Acme Repairs");
        assert!(seen.headers["x-business-use-case-usage"].to_str().unwrap().contains(account), "the usage is the account's");
        let listed = world.get(&format!("/{account}/phone_numbers?fields=id"), token).await.ok();
        let ids: Vec<_> = listed["data"].as_array().unwrap().iter().map(|number| number["id"].as_str().unwrap().to_owned()).collect();
        assert!(ids.contains(&"4001".to_owned()), "{ids:?}");
        world.get("/4001/settings", token).await.ok();
        let health = world.get("/4001?fields=health_status", token).await.ok();
        assert_eq!(health["health_status"]["entities"][1]["id"], account);
    }
    assert_eq!(world.get("/4002", MANAGE).await.code(403), 200, "sharing one number shares no other");
    world.engine.unshare_number(&acme(), &WabaId::parse("2002").unwrap()).await.unwrap();
    assert_eq!(world.get("/4001", FOREIGN).await.code(403), 200);
}

#[tokio::test]
async fn each_account_has_templates_of_its_own_and_a_message_goes_from_the_one_that_has_it() {
    let world = shared().await;
    both(&world).await;
    for (account, token, name) in
        [("2001", MANAGE, "mine"), ("2002", FOREIGN, "theirs"), ("2001", MANAGE, "same"), ("2002", FOREIGN, "same")]
    {
        world.post(&format!("/{account}/message_templates"), token, &template(name)).await.ok();
    }
    assert_eq!(sent_from(&world, MANAGE, &by_template("mine")).await, "2001");
    assert_eq!(sent_from(&world, FOREIGN, &by_template("theirs")).await, "2002");
    assert_eq!(world.post("/4001/messages", MANAGE, &by_template("theirs")).await.code(404), 132_001);
    assert_eq!(sent_from(&world, BOTH, &by_template("theirs")).await, "2002", "found where it is");
    assert_eq!(sent_from(&world, BOTH, &by_template("same")).await, "2001", "the owning account before others");
    for name in ["messaging_account_id", "paid_messaging_account_id"] {
        let mut named = by_template("same");
        named[name] = json!("2002");
        assert_eq!(sent_from(&world, BOTH, &named).await, "2002", "{name}");
        named["template"]["name"] = json!("mine");
        assert_eq!(world.post("/4001/messages", BOTH, &named).await.code(404), 132_001, "{name}");
        let refused = world.post("/4001/messages", MANAGE, &named).await;
        assert_eq!((refused.code(400), refused.details().contains(name)), (100, true), "an account that the token does not reach");
    }
}

#[tokio::test]
async fn an_override_of_a_number_is_the_asking_app_s_whichever_account_it_is_subscribed_to() {
    let world = shared().await;
    let set = json!({ "webhook_configuration": { "override_callback_uri": "https://chat.example/wa", "verify_token": "s3cr3t" } });
    world.post("/4001", FOREIGN, &set).await.ok();
    let shown = world.get("/4001?fields=webhook_configuration", FOREIGN).await.ok();
    assert_eq!(shown["webhook_configuration"]["phone_number"], "https://chat.example/wa");
    let other = world.get("/4001?fields=webhook_configuration", MANAGE).await.ok();
    assert_eq!(other["webhook_configuration"].get("phone_number"), None);
}

/// E4: on a number that has a Call primary, everybody else's actions are refused, before anything else of the request is looked at.
#[tokio::test]
async fn actions_of_everybody_but_the_call_primary_are_refused() {
    let world = shared().await;
    world.put_pair(Pair { decided: Permission::Permanent, ..Pair::default() }).await;
    for (primary, may, may_not) in [("3101", MANAGE, FOREIGN), ("3102", FOREIGN, MANAGE)] {
        route(&world, &[(RoutingRole::Calls, primary)], &[]).await;
        let call = world.ring().await;
        let session = |kind: &str| json!({ "sdp_type": kind, "sdp": "v=0\r\n" });
        let connect = json!({ "messaging_product": "whatsapp", "action": "connect", "to": "5511955501234", "session": session("offer") });
        let of = |action: &str| json!({ "messaging_product": "whatsapp", "action": action, "call_id": call.as_str(), "session": session("answer") });
        for body in [connect, of("pre_accept"), of("accept"), of("reject"), of("terminate"), json!({})] {
            let refused = world.post("/v25.0/4001/calls", may_not, &body).await;
            assert_eq!((refused.code(400), refused.details().contains("Conversation routing")), (138_038, true), "{primary} {body}");
        }
        for action in ["pre_accept", "accept", "terminate"] {
            world.post("/v25.0/4001/calls", may, &of(action)).await.ok();
        }
        assert!(world.engine.current_call(&nadia().id).is_none(), "{primary}");
    }
}

#[tokio::test]
async fn a_call_of_the_business_is_of_the_account_that_asked() {
    let world = shared().await;
    world.enable_calling().await;
    world.put_pair(Pair { decided: Permission::Permanent, ..Pair::default() }).await;
    let connect = json!({ "messaging_product": "whatsapp", "action": "connect", "to": "5511955501234",
        "session": { "sdp_type": "offer", "sdp": "v=0\r\n" } });
    let placed = world.post("/4001/calls", FOREIGN, &connect).await.ok();
    let call = callport_core::call_id::CallId::parse(placed["calls"][0]["id"].as_str().unwrap()).unwrap();
    assert_eq!(world.engine.store().call(&call).await.unwrap().unwrap().waba.as_str(), "2002");
}
