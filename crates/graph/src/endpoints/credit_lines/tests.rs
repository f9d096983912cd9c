use callport_core::ids::PortfolioId;
use callport_engine::records::SignUpWishes;
use serde_json::json;

use crate::testing::partners::{OTHER_APP, customer, partners, token};
use crate::testing::{APP, World};

async fn line(world: &World) -> String {
    let line = world.engine.put_credit_line(PortfolioId::parse("3101").unwrap(), "Acme BSP".into()).await.unwrap();
    line.id.as_str().to_owned()
}

#[tokio::test]
async fn a_line_is_shared_attached_shown_and_taken_back() {
    let world = World::new().await;
    partners(&world).await;
    let line = line(&world).await;
    assert_eq!(
        world.get("/v25.0/3101/extendedcredits", APP).await.ok(),
        json!({ "data": [{ "id": line, "legal_entity_name": "Acme BSP" }] })
    );
    let customer = customer(&world, SignUpWishes::default(), None).await;
    let token = token(&world, &customer).await;
    let waba = customer.waba.as_str();
    let account = format!("/{waba}?fields=primary_funding_id,owner_business_info");
    let shown = world.get(&account, &token).await.ok();
    assert_eq!(shown, json!({ "owner_business_info": { "name": "Kopi", "id": customer.portfolio.as_str() }, "id": waba }));

    let attach = format!("/{line}/whatsapp_credit_attach?waba_currency=USD&waba_id={waba}");
    assert_eq!(world.post(&attach, &token, &json!({})).await.code(400), 100, "not shared yet");
    let share = format!("/{line}/whatsapp_credit_sharing?receiving_business_id={}", customer.portfolio);
    let shared = world.post(&share, APP, &json!({})).await.ok();
    let attached = world.post(&attach, &token, &json!({})).await.ok();
    let allocation = attached["allocation_config_id"].as_str().unwrap();
    assert_eq!((&shared["allocation_config_id"], &attached["waba_id"]), (&json!(allocation), &json!(waba)));
    let credential = world.get(&format!("/{allocation}?fields=receiving_credential"), APP).await.ok();
    assert_eq!(credential["receiving_credential"]["id"], world.get(&account, &token).await.ok()["primary_funding_id"]);
    assert!(world.engine.store().waba(&customer.waba).await.unwrap().unwrap().payment_method);

    let configs =
        format!("/{line}/owning_credit_allocation_configs?receiving_business_id={}&fields=id,receiving_business", customer.portfolio);
    let bare = world.get(&configs, APP).await.ok();
    assert_eq!(bare, json!({ "id": allocation, "receiving_business": { "name": "Kopi", "id": customer.portfolio.as_str() } }));
    assert_eq!(world.delete(&format!("/{allocation}"), APP).await.ok(), json!({ "success": true }));
    assert_eq!(world.get(&format!("/{allocation}?fields=request_status"), APP).await.ok()["request_status"], "DELETED");
    assert!(!world.engine.store().waba(&customer.waba).await.unwrap().unwrap().payment_method, "messaging stops");
    assert_eq!(world.get(&account, &token).await.ok().get("primary_funding_id"), None);
    let one_step = format!("/{line}/whatsapp_credit_sharing_and_attach?waba_currency=USD&waba_id={waba}");
    assert_ne!(world.post(&one_step, APP, &json!({})).await.ok()["allocation_config_id"], json!(allocation));
}

#[tokio::test]
async fn a_line_is_its_own_partners() {
    let world = World::new().await;
    partners(&world).await;
    let line = line(&world).await;
    assert_eq!(world.get("/3101/extendedcredits", OTHER_APP).await.code(403), 200);
    assert_eq!(world.get(&format!("/{line}/owning_credit_allocation_configs"), OTHER_APP).await.code(403), 200);
    assert_eq!(world.get("/3999/extendedcredits", APP).await.code(400), 100);
    for (path, code) in [
        (format!("/{line}/whatsapp_credit_sharing_and_attach?waba_currency=USD&waba_id=2002"), 200),
        (format!("/{line}/whatsapp_credit_sharing_and_attach?waba_currency=XXX&waba_id=2001"), 100),
        (format!("/{line}/whatsapp_credit_sharing_and_attach?waba_id=2001"), 100),
        (format!("/{line}/whatsapp_credit_sharing"), 100),
        ("/9/whatsapp_credit_sharing".to_owned(), 100),
    ] {
        let seen = world.post(&path, APP, &json!({})).await;
        assert_eq!(seen.json()["error"]["code"], code, "{path}: {}", seen.text);
    }
    for path in ["/4001", "/2001", "/9"] {
        assert_eq!(world.delete(path, APP).await.code(400), 100, "{path} is no share");
    }
}
