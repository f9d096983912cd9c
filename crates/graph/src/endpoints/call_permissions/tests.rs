use crate::GraphConfig;
use crate::testing::{FOREIGN, MESSAGE, NOW, World, acme, nadia, nadias_id};
use callport_core::pair::{Decision, Pair, Permission};
use callport_core::settings::{AccountMode, Switch};
use callport_engine::records::User;
use serde_json::{Value, json};
use std::time::Duration;

const PATH: &str = "/v25.0/4001/call_permissions";

async fn on(config: GraphConfig) -> World {
    let world = World::with(config).await;
    world.enable_calling().await;
    world
}

async fn of_nadia(world: &World) -> Value {
    world.get(&format!("{PATH}?user_wa_id=5511955501234"), MESSAGE).await.ok()
}

#[tokio::test]
async fn a_temporary_permission_as_published() {
    let world = on(GraphConfig::default()).await;
    let decided = Permission::Temporary { until: NOW + Duration::from_secs(604_800) };
    world.put_pair(Pair { decided, requests: vec![NOW], connected: vec![NOW; 3], ..Pair::default() }).await;
    let seen = world.get(&format!("{PATH}?user_wa_id=5511955501234"), MESSAGE).await;
    let expected = concat!(
        r#"{"messaging_product":"whatsapp","permission":{"status":"temporary","expiration_time":1795946400},"actions":["#,
        r#"{"action_name":"send_call_permission_request","can_perform_action":false,"limits":["#,
        r#"{"time_period":"PT24H","max_allowed":1,"current_usage":1,"limit_expiration_time":1795428000},"#,
        r#"{"time_period":"P7D","max_allowed":2,"current_usage":1}]},"#,
        r#"{"action_name":"start_call","can_perform_action":true,"limits":["#,
        r#"{"time_period":"PT24H","max_allowed":100,"current_usage":3}]}]}"#,
    );
    assert_eq!((seen.status, seen.text.as_str()), (200, expected));
}

#[tokio::test]
async fn permissions_come_last_and_go() {
    let world = on(GraphConfig::default()).await;
    assert_eq!(of_nadia(&world).await["permission"], json!({ "status": "no_permission" }));
    world.engine.set_permission(&nadia(), &acme(), Decision::AllowTemporarily).await.unwrap();
    assert_eq!(of_nadia(&world).await["permission"], json!({ "status": "temporary", "expiration_time": 1_795_946_400 }));
    world.clock.advance(Duration::from_secs(604_799));
    assert_eq!(of_nadia(&world).await["permission"]["status"], "temporary");
    world.clock.advance(Duration::from_secs(1));
    assert_eq!(of_nadia(&world).await["permission"], json!({ "status": "no_permission" }), "over at that very second");
    world.engine.set_permission(&nadia(), &acme(), Decision::Allow).await.unwrap();
    assert_eq!(of_nadia(&world).await["permission"], json!({ "status": "permanent" }));
    world.engine.set_permission(&nadia(), &acme(), Decision::Deny).await.unwrap();
    assert_eq!(of_nadia(&world).await["permission"], json!({ "status": "no_permission" }));
}

#[tokio::test]
async fn whoever_cannot_be_called_has_no_permission() {
    let world = on(GraphConfig::default()).await;
    world.engine.set_permission(&nadia(), &acme(), Decision::Allow).await.unwrap();
    world.engine.put_user(User { outdated_app: true, ..nadia() }).await.unwrap();
    let id = nadias_id();
    for query in ["user_wa_id=5511955501234", &format!("recipient={id}"), "user_wa_id=6281200000001", "recipient=BR.10000000000000000001"] {
        let reply = world.get(&format!("{PATH}?{query}"), MESSAGE).await.ok();
        assert_eq!(reply["permission"], json!({ "status": "no_permission" }), "{query}");
        assert_eq!(reply["actions"][1]["can_perform_action"], false, "{query}");
    }
}

#[tokio::test]
async fn a_business_that_is_blocked_reads_what_it_reads_without_permission() {
    let world = on(GraphConfig::default()).await;
    let never_asked = of_nadia(&world).await;
    world.engine.set_permission(&nadia(), &acme(), Decision::Allow).await.unwrap();
    world.engine.block(&nadia().id, &acme()).await.unwrap();
    assert_eq!(of_nadia(&world).await, never_asked);
    world.engine.unblock(&nadia().id, &acme()).await.unwrap();
    assert_eq!(of_nadia(&world).await, never_asked, "it does not come back");
}

#[tokio::test]
async fn users_are_named_by_number_or_id() {
    let world = on(GraphConfig::default()).await;
    world.engine.set_permission(&nadia(), &acme(), Decision::Allow).await.unwrap();
    let id = nadias_id();
    for query in [
        "user_wa_id=5511955501234",
        "user_wa_id=%2B5511955501234",
        "user_wa_id=+5511955501234",
        &format!("recipient={id}"),
        "user_wa_id=5511955501234&recipient=BR.1",
    ] {
        let reply = world.get(&format!("{PATH}?{query}"), MESSAGE).await.ok();
        assert_eq!(reply["permission"]["status"], "permanent", "{query}");
    }
}

#[tokio::test]
async fn test_numbers_have_their_own_limits() {
    let world = on(GraphConfig::default()).await;
    world.change_number(|number| number.account_mode = AccountMode::Sandbox).await;
    let reply = of_nadia(&world).await;
    let allowed = |action: usize, limit: usize| reply["actions"][action]["limits"][limit]["max_allowed"].as_u64().unwrap();
    assert_eq!((allowed(0, 0), allowed(0, 1), allowed(1, 0)), (25, 100, 100));
}

/// Faults in the order in which they are looked at: with all of them, the first is told; then the next.
#[tokio::test]
async fn of_several_faults_the_first_is_told() {
    let world = on(GraphConfig { permission_lookups_per_second: 3, ..GraphConfig::default() }).await;
    world.switch_calling(Switch::Disabled).await;
    let (bad, good) = (format!("{PATH}?user_wa_id=me"), format!("{PATH}?user_wa_id=5511955501234"));
    assert_eq!(world.get(&bad, "nobody").await.code(401), 190);
    assert_eq!(world.get(&bad, FOREIGN).await.code(403), 200);
    assert_eq!(world.get("/4099/call_permissions", MESSAGE).await.json()["error"]["error_subcode"], 33);
    assert_eq!(world.get(PATH, MESSAGE).await.details(), "The parameter user_wa_id is required.");
    assert_eq!(world.get(&bad, MESSAGE).await.code(400), 100);
    assert_eq!(world.get(&good, MESSAGE).await.code(401), 138000);
    assert_eq!(world.get(&bad, MESSAGE).await.code(429), 613, "refused ones counted, too");
    world.clock.advance(Duration::from_secs(1));
    assert_eq!(world.get(&format!("{PATH}?recipient=US.ENT.1"), MESSAGE).await.code(400), 131062);
    world.enable_calling().await;
    world.get(&good, MESSAGE).await.ok();
}

#[tokio::test]
async fn look_ups_are_counted_for_each_number_by_the_second() {
    let world = on(GraphConfig { permission_lookups_per_second: 2, ..GraphConfig::default() }).await;
    of_nadia(&world).await;
    of_nadia(&world).await;
    let seen = world.get(&format!("{PATH}?user_wa_id=5511955501234"), MESSAGE).await;
    let details = "More than 2 look-ups of call permissions in one second. Try again in the next.";
    assert_eq!((seen.code(429), seen.details().as_str()), (613, details));
    assert_eq!(world.get("/4002/call_permissions?user_wa_id=5511955501234", FOREIGN).await.code(401), 138000, "another number goes on");
    world.clock.advance(Duration::from_secs(1));
    of_nadia(&world).await;
}
