//! `GET /{version}/{waba-id}`: the account's node.
//!
//! Platform docs, WhatsApp Business Management API, WhatsApp Business Account. The platform numbers time zones by a list of its own,
//! which is not published: an operator says which of them it is.

use callport_engine::Fault;
use callport_engine::records::{AccountFunding, Allocation, Waba};
use callport_wire::nodes::health::HealthStatus;
use callport_wire::nodes::waba::{self, OwnerBusiness, Waba as Node};
use serde::Serialize;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use super::{message_templates, phone_numbers, subscribed_apps};
use crate::Graph;
use crate::answer::{Answer, Refusal, Reply};
use crate::asked::Asked;
use crate::auth::Caller;
use crate::fields::{Fields, NodeKind};

/// What there is to ask of an account.
pub(super) const KIND: NodeKind =
    NodeKind { name: waba::NODE, default: &waba::DEFAULT_FIELDS, served: waba::SERVED, without_value: waba::WITHOUT_VALUE };

/// The node.
pub(crate) async fn get(graph: &Graph, mut caller: Caller, id: &str, asked: &Asked) -> Reply {
    let waba = graph.waba(&mut caller, id, &asked.method).await?;
    let fields = Fields::asked(asked.fields()?.as_deref(), &KIND)?;
    let health = match fields.has("health_status") {
        true => Some(graph.health_of_account(&caller.actor, &waba).await?),
        false => None,
    };
    Answer::new(&fields.with_lists(&node(graph, &waba, health).await?, lists(graph, &caller, &waba, &fields, asked).await?))
}

/// The account's lists that were asked for as fields.
async fn lists(graph: &Graph, caller: &Caller, waba: &Waba, fields: &Fields, asked: &Asked) -> Result<Map<String, Value>, Refusal> {
    let mut lists = Map::new();
    if let Some(field) = fields.field("phone_numbers") {
        put(&mut lists, "phone_numbers", &phone_numbers::page(graph, caller, waba, &asked.of_field(field)).await?)?;
    }
    if let Some(field) = fields.field("message_templates") {
        put(&mut lists, "message_templates", &message_templates::page(graph, caller, waba, &asked.of_field(field)).await?)?;
    }
    if fields.has("subscribed_apps") {
        put(&mut lists, "subscribed_apps", &subscribed_apps::list(graph, caller, waba).await?)?;
    }
    Ok(lists)
}

fn put(lists: &mut Map<String, Value>, name: &str, list: &impl Serialize) -> Result<(), Refusal> {
    let list = serde_json::to_value(list).map_err(|error| Refusal::fault(&Fault::new("graph: reply", error)))?;
    lists.insert(name.to_owned(), list);
    Ok(())
}

/// The account with its owner, and with the credit line that pays for it.
pub(super) async fn node(graph: &Graph, waba: &Waba, health_status: Option<HealthStatus>) -> Result<Node, Fault> {
    let owner = graph.engine.store().portfolio(&waba.portfolio).await?;
    let verified = owner.as_ref().is_some_and(|owner| owner.verified);
    let funding = match graph.engine.enrolment::<AccountFunding>(waba.id.as_str()).await? {
        Some(funding) => graph.engine.enrolment::<Allocation>(funding.allocation.as_str()).await?.filter(|allocation| !allocation.deleted),
        None => None,
    };
    let constant = |text: &str| Some(text.to_owned());
    Ok(Node {
        id: waba.id.as_str().to_owned(),
        name: Some(waba.name.clone()),
        timezone_id: waba.timezone_id.clone(),
        currency: Some(waba.currency.clone()),
        country: waba.country.map(|country| country.as_str().to_owned()),
        account_review_status: constant("APPROVED"),
        business_verification_status: constant(if verified { "verified" } else { "not_verified" }),
        ownership_type: constant("SELF"),
        message_template_namespace: Some(namespace(waba)),
        health_status,
        primary_funding_id: funding.map(|allocation| allocation.credential.as_str().to_owned()),
        owner_business_info: owner.map(|portfolio| OwnerBusiness { name: portfolio.name, id: portfolio.id.as_str().to_owned() }),
    })
}

/// Opaque, stable, and in the published form: `c1d2e3f4_0a1b_4c2d_8e3f_112233445566`.
fn namespace(waba: &Waba) -> String {
    let digest = hex::encode(Sha256::new().chain_update("template namespace\0").chain_update(waba.id.as_str()).finalize());
    [&digest[..8], &digest[8..12], &digest[12..16], &digest[16..20], &digest[20..32]].join("_")
}

#[cfg(test)]
mod tests {
    use crate::testing::{MANAGE, World};
    use callport_core::country::Country;
    use callport_core::ids::WabaId;
    use callport_engine::records::{Portfolio, Waba};
    use serde_json::json;

    #[tokio::test]
    async fn shows_the_account() {
        let world = World::new().await;
        let shown = world.get("/v25.0/2001", MANAGE).await.ok();
        let keys: Vec<_> = shown.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(keys, ["id", "name", "currency", "message_template_namespace"]);
        let fields = "account_review_status,business_verification_status,ownership_type,name";
        assert_eq!(
            world.get(&format!("/2001?fields={fields}"), MANAGE).await.ok(),
            json!({ "account_review_status": "APPROVED", "business_verification_status": "not_verified", "ownership_type": "SELF",
                "name": "Acme", "id": "2001" })
        );
    }

    #[tokio::test]
    async fn tells_where_the_business_is_and_whether_it_was_verified() {
        let world = World::new().await;
        let (store, engine) = (world.engine.store(), &world.engine);
        let waba = store.waba(&WabaId::parse("2001").unwrap()).await.unwrap().unwrap();
        let portfolio = store.portfolio(&waba.portfolio).await.unwrap().unwrap();
        engine.put_waba(Waba { timezone_id: Some("1".into()), country: Country::parse("ID").ok(), ..waba }).await.unwrap();
        engine.put_portfolio(Portfolio { verified: true, ..portfolio }).await.unwrap();
        assert_eq!(
            world.get("/2001?fields=timezone_id,country,business_verification_status", MANAGE).await.ok(),
            json!({ "timezone_id": "1", "country": "ID", "business_verification_status": "verified", "id": "2001" })
        );
        let summary = world.get("/2001/message_templates?summary=message_template_limit", MANAGE).await.ok();
        assert_eq!(summary["summary"]["message_template_limit"], 6_000);
    }

    #[tokio::test]
    async fn needs_management_of_that_account() {
        let world = World::new().await;
        for (token, code) in [(crate::testing::MESSAGE, 10), (crate::testing::FOREIGN, 200), ("1001|test_app_secret", 200)] {
            assert_eq!(world.get("/v25.0/2001", token).await.code(403), code, "{token}");
        }
    }

    #[tokio::test]
    async fn its_lists_are_fields_of_it_with_fields_and_pages_of_their_own() {
        let world = World::new().await;
        for name in ["late", "soon"] {
            let body = json!({ "name": name, "language": "en", "category": "UTILITY", "components": [{ "type": "BODY", "text": "We are late." }] });
            world.post("/2001/message_templates", MANAGE, &body).await.ok();
        }
        let fields = "name,phone_numbers{verified_name},message_templates.limit(1){name,status},subscribed_apps";
        let node = world.get(&format!("/v25.0/2001?fields={fields}"), MANAGE).await.ok();
        let keys: Vec<_> = node.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(keys, ["name", "phone_numbers", "message_templates", "subscribed_apps", "id"]);
        assert_eq!(node["phone_numbers"]["data"], json!([{ "verified_name": "Acme Repairs", "id": "4001" }]));
        let templates = &node["message_templates"];
        assert_eq!(templates["data"].as_array().unwrap().len(), 1);
        assert_eq!((&templates["data"][0]["name"], &templates["data"][0]["status"]), (&json!("late"), &json!("APPROVED")));
        assert_eq!(node["subscribed_apps"], world.get("/2001/subscribed_apps", MANAGE).await.ok());

        let after = templates["paging"]["cursors"]["after"].as_str().unwrap();
        let next = world.get(&format!("/2001?fields=message_templates.limit(1).after({after}){{name}}"), MANAGE).await.ok();
        assert_eq!(next["message_templates"]["data"][0]["name"], "soon");
        let refused = world.get("/2001?fields=phone_numbers{colour}", MANAGE).await;
        assert_eq!(refused.code(400), 100);
        assert!(refused.text.contains("(colour) on node type (WhatsAppBusinessPhoneNumber)"), "{}", refused.text);
        assert_eq!(world.get("/2001?fields=phone_numbers.limit(none)", MANAGE).await.code(400), 100);
    }

    #[tokio::test]
    async fn an_object_among_the_fields_is_narrowed() {
        let world = World::new().await;
        let health = world.get("/2001?fields=health_status{can_send_message}", MANAGE).await.ok();
        assert_eq!(health, json!({ "health_status": { "can_send_message": "AVAILABLE" }, "id": "2001" }));
    }
}
