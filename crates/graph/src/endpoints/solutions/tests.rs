use callport_core::ids::{AppId, SolutionId};
use callport_core::scope::Scope;
use callport_engine::records::SignUpWishes;
use serde_json::json;

use crate::testing::partners::{OTHER_APP, customer, partners, token};
use crate::testing::{APP, MANAGE, MESSAGE, World};

/// A solution in which app 1002 sends and calls.
async fn solution(world: &World) -> String {
    let new =
        json!({ "solution_name": "Calls+Chat", "partner_app_id": "1002", "owner_permissions": [], "partner_permissions": ["MESSAGING"] });
    world.post("/v25.0/1001/whatsapp_business_solution", APP, &new).await.ok()["solution_id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_solution_is_made_accepted_shown_and_ended() {
    let world = World::new().await;
    partners(&world).await;
    let id = solution(&world).await;
    let path = |edge: &str| format!("/v25.0/{id}{edge}");
    let node = world.get(&path(""), APP).await.ok();
    assert_eq!(node, json!({ "id": id, "name": "Calls+Chat", "status": "INITIATED", "status_for_pending_request": "PENDING_ACTIVATION" }));
    let asked = json!({ "partner_app_id": "1002" });
    assert_eq!(world.post(&path("/accept"), APP, &asked).await.code(403), 200, "another app than the one that asks");
    assert_eq!(world.post(&path("/accept"), APP, &json!({})).await.code(403), 200, "only who was asked");
    let accepted = world.post(&path("/accept"), OTHER_APP, &asked).await.ok();
    assert_eq!(accepted, json!({ "success": true, "solution_id": id, "partner_status": "ACCEPTED" }));
    assert_eq!(world.post(&path("/accept"), OTHER_APP, &asked).await.code(400), 100, "once");
    let listed =
        world.get("/1002/whatsapp_business_solutions?fields=name,status,owner_permissions,partners{partner_app}", OTHER_APP).await.ok();
    assert_eq!(listed["data"][0]["status"], "ACTIVE");
    assert_eq!(listed["data"][0]["partners"]["data"][0]["partner_app"]["id"], "1002");
    let partners = world.get(&path("/partners"), APP).await.ok();
    assert_eq!(partners["data"][0]["status"], "ACCEPTED");

    let asked = world.post(&path("/send_deactivation_request"), APP, &json!({ "reason": "Over" })).await.ok();
    assert_eq!((&asked["success"], &asked["request_status"]), (&json!(true), &json!("PENDING")));
    assert_eq!(world.post(&path("/accept_deactivation_request"), APP, &json!({})).await.code(403), 200);
    world.post(&path("/reject_deactivation_request"), OTHER_APP, &json!({})).await.ok();
    world.post(&path("/send_deactivation_request"), OTHER_APP, &json!({})).await.ok();
    world.post(&path("/accept_deactivation_request"), APP, &json!({})).await.ok();
    assert_eq!(world.get(&path("?fields=status"), APP).await.ok()["status"], "DEACTIVATED");
}

#[tokio::test]
async fn a_rejected_solution_and_bad_ones() {
    let world = World::new().await;
    partners(&world).await;
    let id = solution(&world).await;
    let no = json!({ "request_type": "PARTNERSHIP_REQUEST", "partner_app_id": "1002", "rejection_reason": "No" });
    assert_eq!(world.post(&format!("/{id}/reject"), OTHER_APP, &no).await.ok()["partner_status"], "REJECTED");
    for (body, named) in [
        (json!({ "partner_app_id": "1002", "partner_permissions": ["MESSAGING"] }), "solution_name"),
        (json!({ "solution_name": "A", "partner_permissions": ["MESSAGING"] }), "partner_app_id"),
        (json!({ "solution_name": "A", "partner_app_id": "1002" }), "MESSAGING"),
        (json!({ "solution_name": "A", "partner_app_id": "1999", "partner_permissions": ["MESSAGING"] }), "partner_app_id"),
        (json!({ "solution_name": "A", "partner_app_id": "1002", "partner_permissions": ["FLY"] }), "FLY"),
    ] {
        let seen = world.post("/1001/whatsapp_business_solution", APP, &body).await;
        assert_eq!(seen.code(400), 100, "{body}");
        assert!(seen.details().contains(named), "{body}: {}", seen.details());
    }
    assert_eq!(world.post("/1002/whatsapp_business_solution", APP, &json!({})).await.code(400), 100, "another app");
    assert_eq!(world.get(&format!("/{id}"), MESSAGE).await.code(403), 10);
    assert_eq!(world.get("/190000000000001", APP).await.code(400), 100);
}

/// Of two partners, only the one with MESSAGING sends and calls; the other is told of everything.
#[tokio::test]
async fn only_the_partner_with_messaging_sends() {
    let world = World::new().await;
    partners(&world).await;
    let id = solution(&world).await;
    let wishes = SignUpWishes { solution: SolutionId::parse(&id).ok(), ..SignUpWishes::default() };
    let owner = world.engine.enter_owner(None, "Mara".into()).await.unwrap().1;
    let opener = callport_engine::records::SignUpOpener::Window { origin: "https://isv.example".into(), channel: "c".into() };
    let app = AppId::parse("1001").unwrap();
    assert!(world.engine.begin_sign_up(&owner.id, &app, opener, wishes.clone()).await.is_err(), "the solution is not active yet");
    world.post(&format!("/{id}/accept"), OTHER_APP, &json!({})).await.ok();
    let customer = customer(&world, wishes, None).await;
    let quiet = token(&world, &customer).await;
    let scopes = |told: serde_json::Value| told["data"]["scopes"].clone();
    let debug = world.get(&format!("/debug_token?input_token={quiet}"), APP).await.ok();
    assert_eq!(scopes(debug), json!(["whatsapp_business_management"]));
    let both = world.engine.store().grant(&app, &customer.waba).await.unwrap().unwrap();
    assert!(both.scopes.contains(&Scope::Messaging), "it is told of messages and calls all the same");

    let path = format!("/{id}/access_token?business_id={}", customer.portfolio);
    let sends = world.get(&path, OTHER_APP).await.ok()["data"][0]["access_token"].as_str().unwrap().to_owned();
    let debug = world.get(&format!("/debug_token?input_token={sends}"), OTHER_APP).await.ok();
    assert_eq!(scopes(debug), json!(["whatsapp_business_management", "whatsapp_business_messaging"]));
    assert_eq!(world.get(&format!("/{id}/access_token?business_id=3101"), APP).await.code(403), 200);
    let solutions = world.get(&format!("/{}/solutions", customer.waba), &quiet).await.ok();
    assert_eq!(solutions["data"][0]["id"], json!(id));
    assert_eq!(world.get("/2001/solutions", MANAGE).await.ok(), json!({ "data": [] }));
}
