use super::*;
use crate::GraphConfig;
use crate::testing::{FOREIGN, MANAGE, MESSAGE, World};
use callport_core::eligibility::InUseWith;
use callport_core::ids::PhoneNumberId;
use callport_core::number::PhoneNumber;
use callport_core::settings::AccountMode;
use serde_json::json;

const PATH: &str = "/v25.0/2001/phone_numbers";

/// 4001 and five more, of which 4003 and 4005 are sandbox numbers.
async fn six(config: GraphConfig) -> World {
    let world = World::with(config).await;
    let first = world.engine.store().number(&PhoneNumberId::parse("4001").unwrap()).await.unwrap().unwrap();
    for id in [4003, 4005, 4007, 4009, 40011] {
        let number = Number {
            id: PhoneNumberId::parse(&id.to_string()).unwrap(),
            number: PhoneNumber::parse(&format!("62812555{id:06}")).unwrap(),
            in_use_with: InUseWith::CloudApi,
            account_mode: if id < 4007 { AccountMode::Sandbox } else { AccountMode::Live },
            ..first.clone()
        };
        world.engine.put_number(number).await.unwrap();
    }
    world
}

fn ids(list: &Value) -> Vec<&str> {
    list["data"].as_array().unwrap().iter().map(|number| number["id"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn lists_the_numbers_of_the_account_only() {
    let world = World::new().await;
    assert_eq!(
        world.get(PATH, MANAGE).await.ok(),
        json!({ "data": [{ "id": "4001", "display_phone_number": "+62 812-5550-9999", "verified_name": "Acme Repairs",
            "quality_rating": "GREEN", "code_verification_status": "VERIFIED" }],
            "paging": { "cursors": { "before": "34303031", "after": "34303031" } } })
    );
    let chosen = world.get("/2001/phone_numbers?fields=account_mode", MANAGE).await.ok();
    assert_eq!(chosen["data"], json!([{ "account_mode": "LIVE", "id": "4001" }]));
}

#[tokio::test]
async fn pages_go_forth_and_back() {
    let world = six(GraphConfig::default()).await;
    let all = ["4001", "4003", "4005", "4007", "4009", "40011"];
    let mut path = format!("{PATH}?limit=4");
    let page = world.get(&path, MANAGE).await.ok();
    assert_eq!(ids(&page), all[..4]);
    assert_eq!(page["paging"].get("next"), None, "no link without an address to link to");
    path = format!("{PATH}?limit=4&after={}", page["paging"]["cursors"]["after"].as_str().unwrap());
    let rest = world.get(&path, MANAGE).await.ok();
    assert_eq!(ids(&rest), all[4..]);
    path = format!("{PATH}?limit=3&before={}", rest["paging"]["cursors"]["before"].as_str().unwrap());
    assert_eq!(ids(&world.get(&path, MANAGE).await.ok()), all[1..4]);
    path = format!("{PATH}?after={}", rest["paging"]["cursors"]["after"].as_str().unwrap());
    assert_eq!(world.get(&path, MANAGE).await.text, r#"{"data":[]}"#);
}

#[tokio::test]
async fn the_next_link_leads_through_the_whole_list() {
    let world = six(GraphConfig { public_url: Some("https://graph.example".into()), ..GraphConfig::default() }).await;
    let mut path = format!(
        "{PATH}?access_token={MANAGE}&limit=2&sort=creation_time.desc&fields=id&filtering=%5B%7B%22field%22%3A%22account_mode%22%2C%22operator%22%3A%22EQUAL%22%2C%22value%22%3A%22LIVE%22%7D%5D"
    );
    let mut seen = Vec::new();
    loop {
        let page = world.bare(&path).await.ok();
        seen.extend(ids(&page).into_iter().map(str::to_owned));
        let Some(next) = page["paging"]["next"].as_str() else { break };
        path = next.strip_prefix("https://graph.example").unwrap().to_owned();
        assert!(seen.len() < 9, "the list ends");
    }
    assert_eq!(seen, ["40011", "4009", "4007", "4001"]);
}

#[tokio::test]
async fn a_limit_above_the_maximum_is_cut_and_empty_cursors_are_the_beginning() {
    let world = six(GraphConfig { public_url: Some("https://graph.example".into()), ..GraphConfig::default() }).await;
    let first = world.engine.store().number(&PhoneNumberId::parse("4001").unwrap()).await.unwrap().unwrap();
    for id in 0..LIMIT_MAX {
        let (id, digits) = (format!("5{id:03}"), format!("62812777{id:06}"));
        let number = Number { id: PhoneNumberId::parse(&id).unwrap(), number: PhoneNumber::parse(&digits).unwrap(), ..first.clone() };
        world.engine.put_number(number).await.unwrap();
    }
    for limit in ["101", "250", "99999999999999999999999999"] {
        let page = world.get(&format!("{PATH}?limit={limit}&after=&before="), MANAGE).await.ok();
        assert_eq!((ids(&page).len(), ids(&page)[0]), (100, "4001"), "{limit}");
        let next = page["paging"]["next"].as_str().unwrap().strip_prefix("https://graph.example").unwrap().to_owned();
        assert!(next.contains("limit=100&"), "{next}");
        assert_eq!(ids(&world.bare(&next).await.ok()).len(), 6);
    }
}

#[tokio::test]
async fn sorting_and_filters_in_every_spelling() {
    let world = six(GraphConfig::default()).await;
    for (query, expected) in [
        ("sort=%5B'last_onboarded_time_descending'%5D", vec!["40011", "4009", "4007", "4005", "4003", "4001"]),
        ("sort=last_onboarded_time.asc", vec!["4001", "4003", "4005", "4007", "4009", "40011"]),
        ("filtering=%5B%7B%22field%22:%22account_mode%22,%22operator%22:%22EQUAL%22,%22value%22:%22SANDBOX%22%7D%5D", vec!["4003", "4005"]),
        ("filtering[0][field]=account_mode&filtering[0][operator]=EQUAL&filtering[0][value]=SANDBOX", vec!["4003", "4005"]),
        ("sort[0]=creation_time.desc", vec!["40011", "4009", "4007", "4005", "4003", "4001"]),
        ("filtering=", vec!["4001", "4003", "4005", "4007", "4009", "40011"]),
    ] {
        assert_eq!(ids(&world.get(&format!("{PATH}?{query}"), MANAGE).await.ok()), expected, "{query}");
    }
}

#[tokio::test]
async fn refuses_limits_and_cursors_that_are_none() {
    let world = World::new().await;
    for query in [
        "limit=0",
        "limit=-1",
        "limit=x",
        "limit[]=1",
        "after=zz",
        "before=ff",
        "after=3461",
        "after[]=34",
        "filtering=nonsense",
        "filtering=%5B%7B%22field%22:%22colour%22%7D%5D",
        "filtering=%7B%22field%22:%22account_mode%22%7D",
        "sort=%7B%7D",
        "fields=%7B%7D",
    ] {
        assert_eq!(world.get(&format!("{PATH}?{query}"), MANAGE).await.code(400), 100, "{query}");
    }
}

#[tokio::test]
async fn needs_management_of_that_account() {
    let world = World::new().await;
    assert_eq!(world.get(PATH, MESSAGE).await.code(403), 10);
    assert_eq!(world.get(PATH, FOREIGN).await.code(403), 200);
    assert_eq!(world.get("/v25.0/2099/phone_numbers", MANAGE).await.code(400), 100);
}
