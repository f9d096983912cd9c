use crate::testing::{APP, FOREIGN, MANAGE, MESSAGE, World};
use serde_json::json;

const PATH: &str = "/v25.0/1001/subscriptions";

#[tokio::test]
async fn set_up_tools_send_forms_with_the_app_token_in_them() {
    let world = World::new().await;
    let body = "access_token=1001|test_app_secret&object=whatsapp_business_account&callback_url=https%3A%2F%2Fnew.good.example%2Fwa\
                &fields=calls,account_settings_update&verify_token=a+b&include_values=true";
    assert_eq!(world.form(PATH, body).await.text, r#"{"success":true}"#);
    assert_eq!(*world.carrier.verified.lock(), [("https://new.good.example/wa".to_owned(), "a b".to_owned())]);
    assert_eq!(
        world.get(PATH, APP).await.text,
        concat!(
            r#"{"data":[{"object":"whatsapp_business_account","callback_url":"https://new.good.example/wa","active":true,"#,
            r#""fields":[{"name":"account_settings_update","version":"v25.0"},{"name":"calls","version":"v25.0"},{"name":"messages","version":"v25.0"}]}]}"#
        )
    );
}

#[tokio::test]
async fn the_list_of_fields_has_many_forms_and_none_is_passed_over() {
    let start = "access_token=1001|test_app_secret&object=whatsapp_business_account&verify_token=v&callback_url=https%3A%2F%2Fgood.example";
    let names = |list: &serde_json::Value| -> Vec<String> {
        list["data"][0]["fields"].as_array().unwrap().iter().map(|field| field["name"].as_str().unwrap().to_owned()).collect()
    };
    for fields in [
        "fields=flows,security",
        "fields=%5B%22flows%22%2C%22security%22%5D",
        "fields[0]=flows&fields[1]=security",
        "fields%5B%5D=flows&fields%5B%5D=security",
        "fields=flows&fields=security",
    ] {
        for in_query in [false, true] {
            let world = World::new().await;
            world.delete(&format!("{PATH}?fields=messages"), APP).await.ok();
            let (path, body) =
                if in_query { (format!("{PATH}?{start}&{fields}"), String::new()) } else { (PATH.into(), format!("{start}&{fields}")) };
            world.form(&path, &body).await.ok();
            assert_eq!(names(&world.get(PATH, APP).await.ok()), ["calls", "flows", "security"], "{fields}");
            world.delete(&format!("{PATH}?{fields}"), APP).await.ok();
            assert_eq!(names(&world.get(PATH, APP).await.ok()), ["calls"], "{fields}");
        }
    }
    let world = World::new().await;
    for fields in ["", "fields=", "fields=%5Bcalls", "fields[x]=calls", "fields[0][0]=calls", "fields=%7B%22calls%22%3A1%7D", "fields[]="] {
        assert_eq!(world.form(PATH, &format!("{start}&{fields}")).await.code(400), 100, "{fields}");
        if !fields.is_empty() {
            assert_eq!(world.delete(&format!("{PATH}?{fields}"), APP).await.code(400), 100, "{fields}");
        }
    }
    assert!(world.carrier.verified.lock().is_empty());
}

#[tokio::test]
async fn json_serves_as_well() {
    let world = World::new().await;
    let body =
        json!({ "object": "whatsapp_business_account", "callback_url": "https://good.example", "fields": ["flows"], "verify_token": "v" });
    world.post("/1001/subscriptions", APP, &body).await.ok();
}

#[tokio::test]
async fn a_failing_challenge_stores_nothing() {
    let world = World::new().await;
    let body =
        json!({ "object": "whatsapp_business_account", "callback_url": "https://bad.example", "fields": "flows", "verify_token": "wrong" });
    let seen = world.post(PATH, APP, &body).await;
    assert_eq!(seen.code(400), 2200);
    assert_eq!(
        seen.json()["error"]["message"],
        "(#2200) Callback verification failed with the following errors: HTTP Status Code = 403; HTTP Message = Forbidden"
    );
    let left = world.get(PATH, APP).await.ok();
    assert_eq!(left["data"][0]["callback_url"], "https://1001.example/hook");
    assert_eq!(left["data"][0]["fields"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn fields_go_one_by_one_or_all_with_the_url() {
    let world = World::new().await;
    world.delete(&format!("{PATH}?object=whatsapp_business_account&fields=messages"), APP).await.ok();
    let left = world.get(PATH, APP).await.ok();
    assert_eq!(left["data"][0]["fields"], json!([{ "name": "calls", "version": "v25.0" }]));
    world.delete(&format!("{PATH}?object=whatsapp_business_account"), APP).await.ok();
    assert_eq!(world.get(PATH, APP).await.text, r#"{"data":[]}"#);
}

#[tokio::test]
async fn an_app_manages_itself_and_with_its_own_token_only() {
    let world = World::new().await;
    // A token of one account would redirect the webhooks of every other.
    let body = json!({ "object": "whatsapp_business_account", "callback_url": "https://stolen.good.example", "fields": ["calls"], "verify_token": "v" });
    for token in [MANAGE, MESSAGE] {
        assert_eq!(world.get(PATH, token).await.code(403), 10);
        assert_eq!(world.post(PATH, token, &body).await.code(403), 10);
        let seen = world.delete(&format!("{PATH}?object=whatsapp_business_account"), token).await;
        assert_eq!(seen.code(403), 10);
        assert!(seen.details().contains("APP_ID|APP_SECRET"), "{}", seen.details());
    }
    assert!(world.carrier.verified.lock().is_empty());
    assert_eq!(world.get(PATH, APP).await.ok()["data"][0]["callback_url"], "https://1001.example/hook");
    assert_eq!(world.get(PATH, FOREIGN).await.code(400), 100);
    assert_eq!(world.get("/v25.0/1002/subscriptions", APP).await.code(400), 100);
    assert_eq!(world.get(PATH, "1001|wrong").await.code(401), 190);
    assert_eq!(world.get(PATH, "1001|").await.code(401), 190);
}

#[tokio::test]
async fn refuses_other_objects_and_unknown_fields() {
    let world = World::new().await;
    for body in [
        json!({ "object": "page", "callback_url": "https://good.example" }),
        json!({ "object": "whatsapp_business_account", "callback_url": "https://good.example", "fields": "feed" }),
        json!({ "object": "whatsapp_business_account" }),
        json!({ "object": "whatsapp_business_account", "callback_url": "https://good.example" }),
        json!({ "object": "whatsapp_business_account", "callback_url": "https://good.example", "fields": [] }),
        json!({ "object": "whatsapp_business_account", "callback_url": "https://good.example", "fields": { "calls": true } }),
    ] {
        assert_eq!(world.post(PATH, APP, &body).await.code(400), 100, "{body}");
    }
    assert!(world.carrier.verified.lock().is_empty());
}
