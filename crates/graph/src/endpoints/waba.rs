//! `GET /{version}/{waba-id}`: the account's node.
//!
//! Platform docs, WhatsApp Business Management API, WhatsApp Business Account. The platform numbers time zones by a list of its own,
//! which is not served; country is not known here.

use callport_engine::Fault;
use callport_engine::records::{AccountFunding, Allocation, Waba};
use callport_wire::nodes::health::HealthStatus;
use callport_wire::nodes::waba::{self, OwnerBusiness, Waba as Node};
use sha2::{Digest, Sha256};

use crate::Graph;
use crate::answer::{Answer, Reply};
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
    Answer::new(&fields.of(&node(graph, &waba, health).await?))
}

/// The account with its owner, and with the credit line that pays for it.
pub(super) async fn node(graph: &Graph, waba: &Waba, health_status: Option<HealthStatus>) -> Result<Node, Fault> {
    let owner = graph.engine.store().portfolio(&waba.portfolio).await?;
    let funding = match graph.engine.enrolment::<AccountFunding>(waba.id.as_str()).await? {
        Some(funding) => graph.engine.enrolment::<Allocation>(funding.allocation.as_str()).await?.filter(|allocation| !allocation.deleted),
        None => None,
    };
    let constant = |text: &str| Some(text.to_owned());
    Ok(Node {
        id: waba.id.as_str().to_owned(),
        name: Some(waba.name.clone()),
        timezone_id: None,
        currency: Some(waba.currency.clone()),
        country: None,
        account_review_status: constant("APPROVED"),
        business_verification_status: constant("not_verified"),
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
    async fn needs_management_of_that_account() {
        let world = World::new().await;
        for (token, code) in [(crate::testing::MESSAGE, 10), (crate::testing::FOREIGN, 200), ("1001|test_app_secret", 200)] {
            assert_eq!(world.get("/v25.0/2001", token).await.code(403), code, "{token}");
        }
    }
}
