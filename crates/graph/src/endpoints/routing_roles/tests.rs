use crate::endpoints::thread_control::tests::{route, shared};
use crate::testing::{APP, FOREIGN, MANAGE, MESSAGE};
use callport_core::routing::RoutingRole;
use serde_json::json;

#[tokio::test]
async fn each_app_reads_what_its_own_business_does() {
    let world = shared().await;
    for token in [MANAGE, MESSAGE, FOREIGN] {
        assert_eq!(world.get("/v25.0/4001/routing_roles", token).await.ok(), json!({ "roles": [], "is_standby": false }), "{token}");
    }
    route(&world, &[(RoutingRole::Calls, "3101"), (RoutingRole::Utility, "3101"), (RoutingRole::CustomerService, "3102")], &["3101"]).await;
    let own = json!({ "roles": ["calls", "utility"], "is_standby": true });
    assert_eq!(world.get("/v25.0/4001/routing_roles", MANAGE).await.ok(), own);
    assert_eq!(world.get("/v25.0/4001/routing_roles", MESSAGE).await.ok(), own);
    let other = json!({ "roles": ["customer_service"], "is_standby": false });
    assert_eq!(world.get("/v25.0/4001/routing_roles", FOREIGN).await.ok(), other);
    assert_eq!(world.get("/v25.0/4001/routing_roles", APP).await.code(403), 200, "an app token reaches no account");
}
