//! Several requests in one.

use serde_json::json;

use super::*;

async fn batch(world: &World, parts: &Value) -> Vec<Value> {
    let sent = json!({ "batch": parts, "include_headers": false });
    world.post("/v25.0/", MANAGE, &sent).await.ok().as_array().unwrap().clone()
}

fn body(reply: &Value) -> Value {
    serde_json::from_str(reply["body"].as_str().unwrap()).unwrap()
}

#[tokio::test]
async fn parts_are_answered_in_their_order_each_with_what_it_would_hear_by_itself() {
    let world = World::new().await;
    let form = r#"access_token=EAAmanage&batch=[{"method":"GET","relative_url":"v25.0/4001?fields=id"},{"method":"GET","relative_url":"2001/phone_numbers"}]"#;
    let replies = world.form("/v25.0/", form).await.ok();
    let [number, list] = replies.as_array().unwrap().as_slice() else { panic!("{replies}") };
    assert_eq!((&number["code"], body(number)), (&json!(200), json!({ "id": "4001" })));
    assert_eq!((&list["code"], &body(list)["data"][0]["id"]), (&json!(200), &json!("4001")));
    let headers: Vec<_> = list["headers"].as_array().unwrap().iter().map(|line| (line["name"].as_str().unwrap(), &line["value"])).collect();
    assert!(headers.contains(&("facebook-api-version", &json!("v25.0"))), "the version of the whole: {headers:?}");
}

#[tokio::test]
async fn a_part_that_fails_leaves_the_others_alone() {
    let world = World::new().await;
    let parts = json!([
        { "method": "GET", "relative_url": "nobody" },
        { "method": "POST", "relative_url": "2001/subscribed_apps" },
        { "method": "GET", "relative_url": format!("v24.0/4001?access_token={FOREIGN}") },
        { "method": "POST", "relative_url": "4001/messages", "body": format!("access_token={MESSAGE}&messaging_product=fax") },
        { "method": "POST", "relative_url": "/", "body": "batch=[{\"method\":\"GET\",\"relative_url\":\"4001\"}]" },
    ]);
    let replies = batch(&world, &parts).await;
    let seen: Vec<_> = replies.iter().map(|reply| (reply["code"].as_u64().unwrap(), body(reply)["error"]["code"].as_u64())).collect();
    assert_eq!(seen, [(400, Some(100)), (200, None), (403, Some(200)), (400, Some(131_009)), (400, Some(100))]);
    assert!(replies[0].get("headers").is_none());
    assert!(body(&replies[4])["error"]["error_data"]["details"].as_str().unwrap().contains("part of another"));
}

#[tokio::test]
async fn later_parts_use_what_earlier_ones_answered() {
    let world = World::new().await;
    let parts = json!([
        { "method": "GET", "relative_url": "2001/phone_numbers", "name": "numbers" },
        { "method": "GET", "relative_url": "{result=numbers:$.data[0].id}?fields=id,verified_name" },
        { "method": "GET", "relative_url": "nobody", "name": "broken" },
        { "method": "GET", "relative_url": "4001", "depends_on": "broken" },
        { "method": "GET", "relative_url": "4001?fields=id", "depends_on": "numbers", "omit_response_on_success": true },
        { "method": "GET", "relative_url": "{result=later:$.id}" },
        { "method": "GET", "relative_url": "{result=numbers:id}" },
    ]);
    let replies = batch(&world, &parts).await;
    assert_eq!(replies[0], Value::Null, "its answer is used, and not told by itself");
    assert_eq!(body(&replies[1]), json!({ "id": "4001", "verified_name": "Acme Repairs" }));
    let why = |at: usize| body(&replies[at])["error"]["error_data"]["details"].as_str().unwrap().to_owned();
    assert!(why(3).contains("broken of the batch failed"), "{}", why(3));
    assert_eq!(replies[4], Value::Null);
    assert!(why(5).starts_with("No earlier request"), "{}", why(5));
    assert!(why(6).starts_with("A reference"), "{}", why(6));
    assert!([3, 5, 6].into_iter().all(|at| replies[at].get("headers").is_none()), "nobody asked for headers: {replies:?}");
}

#[tokio::test]
async fn a_batch_is_read_whole_before_anything_of_it_is_served() {
    let world = World::new().await;
    let good = json!({ "method": "DELETE", "relative_url": "2001/subscribed_apps" });
    for (parts, named) in [
        (json!([good, { "method": "PATCH", "relative_url": "4001" }]), "batch[1].method"),
        (json!([good, { "method": "GET" }]), "batch[1].relative_url"),
        (json!([good, "GET 4001"]), "batch[1]"),
        (json!([]), "batch"),
        (Value::Array(vec![good.clone(); 51]), "1 to 50"),
        (json!({}), "batch"),
    ] {
        let refused = world.post("/", MANAGE, &json!({ "batch": parts })).await;
        assert_eq!(refused.code(400), 100, "{named}");
        assert!(refused.details().contains(named), "{}", refused.text);
    }
    let apps = world.get("/2001/subscribed_apps", MANAGE).await.ok();
    assert_eq!(apps["data"].as_array().unwrap().len(), 1, "still subscribed: {apps}");
    assert!(
        world.get("/?batch=%5B%7B%22method%22:%22GET%22,%22relative_url%22:%224001%22%7D%5D", MANAGE).await.details().contains("by POST")
    );
    assert_eq!(world.post("/", "EAAnobody", &json!({ "batch": [good] })).await.code(401), 190);
}
