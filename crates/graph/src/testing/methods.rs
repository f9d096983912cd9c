//! `method=` on every path: served as that method, in query, form and JSON, or refused.

use super::every_endpoint::endpoints;
use super::*;
use serde_json::json;

/// What is left of a reply when two worlds are compared.
fn essence(seen: Seen) -> (u16, String) {
    (seen.status, seen.text)
}

async fn fresh() -> World {
    World::new().await
}

#[tokio::test]
async fn every_path_is_served_as_the_method_that_is_asked_for() {
    for (method, path) in endpoints() {
        let query = "fields=id&object=whatsapp_business_account&name=n&user_wa_id=5511955501234";
        let straight = bearer(method, &format!("{path}?{query}"), MANAGE).body(Body::empty()).unwrap();
        let expected = essence(fresh().await.send(straight).await);
        for word in [method.to_ascii_lowercase(), method.to_owned()] {
            let in_query = bearer("POST", &format!("{path}?{query}&method={word}"), MANAGE).body(Body::empty()).unwrap();
            assert_eq!(essence(fresh().await.send(in_query).await), expected, "{method} {path}");
            let in_form = bearer("POST", path, MANAGE).header("content-type", "application/x-www-form-urlencoded");
            let in_form = in_form.body(Body::from(format!("method={word}&{query}"))).unwrap();
            assert_eq!(essence(fresh().await.send(in_form).await), expected, "{method} {path}");
            let in_json = json!({ "method": word, "fields": "id", "object": "whatsapp_business_account", "name": "n",
                "user_wa_id": "5511955501234" });
            assert_eq!(essence(fresh().await.post(path, MANAGE, &in_json).await), expected, "{method} {path}");
        }
    }
}

#[tokio::test]
async fn asking_for_a_deletion_never_makes_anything() {
    const PATH: &str = "/v25.0/2001/subscribed_apps";
    let world = fresh().await;
    for body in ["", "method=delete", "method=DELETE"] {
        world.post(PATH, MANAGE, &json!({})).await.ok();
        let path = if body.is_empty() { format!("{PATH}?method=delete&access_token={MANAGE}") } else { PATH.to_owned() };
        world.form(&path, &format!("access_token={MANAGE}&{body}")).await.ok();
        assert_eq!(world.get(PATH, MANAGE).await.text, r#"{"data":[]}"#, "{body}");
    }
    for method in ["put", "patch", "delete,get"] {
        assert_eq!(world.form(PATH, &format!("access_token={MANAGE}&method={method}")).await.code(400), 100, "{method}");
    }
    assert_eq!(world.form(&format!("{PATH}?method=delete"), &format!("access_token={MANAGE}&method=delete&a[")).await.code(400), 100);
    assert_eq!(world.get(PATH, MANAGE).await.text, r#"{"data":[]}"#, "nothing was subscribed");
    assert_eq!(world.get(&format!("{PATH}?method=post"), MANAGE).await.code(400), 100, "a GET changes nothing");
    assert_eq!(world.get(PATH, MANAGE).await.text, r#"{"data":[]}"#);
}

#[tokio::test]
async fn a_path_without_the_method_says_so() {
    let world = fresh().await;
    let seen = world.post("/v25.0/4001/calls?method=get", MANAGE, &json!({})).await;
    assert_eq!((seen.code(405), seen.headers["allow"].to_str().unwrap()), (100, "POST"));
}

#[tokio::test]
async fn gone_parameters_are_refused_by_name() {
    let world = fresh().await;
    assert_eq!(world.form("/v25.0/", &format!("access_token={MANAGE}")).await.code(400), 2500);
    assert!(world.get("/?ids=4001,2001", MANAGE).await.details().starts_with("Requests for several objects"));
    for (method, path) in endpoints() {
        let seen = world.send(bearer(method, &format!("{path}?date_format=U"), MANAGE).body(Body::empty()).unwrap()).await;
        assert_eq!(
            (seen.code(400), seen.details().as_str()),
            (100, "The parameter date_format is no longer supported."),
            "{method} {path}"
        );
    }
}
