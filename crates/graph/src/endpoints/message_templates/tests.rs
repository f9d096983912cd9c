use super::*;
use crate::GraphConfig;
use crate::testing::{APP, FOREIGN, MANAGE, MESSAGE, World};
use callport_core::ids::WabaId;
use serde_json::json;

const PATH: &str = "/v25.0/2001/message_templates";

fn consent() -> Value {
    json!({ "name": "repair_call_consent", "language": "en", "category": "UTILITY", "components": [
        { "type": "HEADER", "format": "TEXT", "text": "Ticket {{1}}", "example": { "header_text": ["R-7781"] } },
        { "type": "BODY", "text": "Hello {{1}}, we would like to phone you about your {{2}}.",
          "example": { "body_text": [["Sari", "washing machine"]] } },
        { "type": "FOOTER", "text": "Acme Repairs" },
        { "type": "call_permission_request" } ] })
}

fn plain(name: &str, language: &str, category: &str) -> Value {
    json!({ "name": name, "language": language, "category": category, "components": [{ "type": "BODY", "text": "Hi" }] })
}

/// Five of them, in the order of the list.
const FIVE: [(&str, &str, &str); 5] = [
    ("bonus", "en", "MARKETING"),
    ("order_ready", "en", "UTILITY"),
    ("order_ready", "id", "UTILITY"),
    ("order_ready", "pt_BR", "MARKETING"),
    ("survey", "en", "MARKETING"),
];

async fn five(config: GraphConfig) -> World {
    let world = World::with(config).await;
    for (name, language, category) in FIVE.iter().rev() {
        world.post(PATH, MANAGE, &plain(name, language, category)).await.ok();
    }
    world
}

fn names(list: &Value) -> Vec<(&str, &str)> {
    let text = |template: &'_ Value, member: &str| -> String { template[member].as_str().unwrap_or("").to_owned() };
    let found = list["data"].as_array().unwrap().iter().map(|template| (text(template, "name"), text(template, "language")));
    let known = |(name, language): (String, String)| FIVE.iter().find(|(n, l, _)| *n == name && *l == language).unwrap();
    found.map(known).map(|(name, language, _)| (*name, *language)).collect()
}

fn first(count: usize) -> Vec<(&'static str, &'static str)> {
    FIVE[..count].iter().map(|(name, language, _)| (*name, *language)).collect()
}

#[tokio::test]
async fn a_template_is_approved_at_once_shown_as_sent_and_told() {
    let world = World::new().await;
    let fields = format!(
        "access_token={}&object=whatsapp_business_account&callback_url=https://good.example&fields=message_template_status_update",
        APP.replace('|', "%7C")
    );
    world.form("/1001/subscriptions", &fields).await.ok();
    let created = world.post(PATH, MANAGE, &consent()).await;
    let id = created.ok()["id"].as_str().unwrap().to_owned();
    assert_eq!(created.text, format!(r#"{{"id":"{id}","status":"APPROVED","category":"UTILITY"}}"#));

    let view = json!({ "name": "repair_call_consent", "status": "APPROVED", "category": "UTILITY", "language": "en", "id": id,
        "components": consent()["components"] });
    let cursor = hex::encode("repair_call_consent\nen");
    assert_eq!(
        world.get(PATH, MANAGE).await.ok(),
        json!({ "data": [view], "paging": { "cursors": { "before": cursor, "after": cursor } } })
    );
    assert_eq!(world.get(&format!("/v25.0/{id}"), MANAGE).await.ok(), view);
    assert_eq!(
        world.get(&format!("/{id}?fields=status,name"), MANAGE).await.text,
        format!(r#"{{"status":"APPROVED","name":"repair_call_consent","id":"{id}"}}"#)
    );
    let told = world.told("template_status").await;
    assert_eq!(told["entry"][0]["changes"][0]["value"]["event"], "APPROVED");
    assert_eq!(told["entry"][0]["changes"][0]["value"]["message_template_id"].to_string(), id);
}

#[tokio::test]
async fn a_form_serves_as_well_as_json() {
    let world = World::new().await;
    let form = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("access_token", MANAGE)
        .append_pair("name", "bonus")
        .append_pair("language", "en")
        .append_pair("category", "marketing")
        .append_pair("components", r#"[{"type":"BODY","text":"Hi"}]"#)
        .finish();
    world.form(PATH, &form).await.ok();
    assert_eq!(names(&world.get(PATH, MANAGE).await.ok()), first(1));
}

#[tokio::test]
async fn pages_go_forth_and_back() {
    let world = five(GraphConfig::default()).await;
    let page = world.get(&format!("{PATH}?limit=3"), MANAGE).await.ok();
    assert_eq!(names(&page), first(3));
    assert_eq!(page["paging"].get("next"), None, "no link without an address to link to");
    let rest = world.get(&format!("{PATH}?after={}", page["paging"]["cursors"]["after"].as_str().unwrap()), MANAGE).await.ok();
    assert_eq!(names(&rest), first(5)[3..]);
    let back = world.get(&format!("{PATH}?limit=2&before={}", rest["paging"]["cursors"]["before"].as_str().unwrap()), MANAGE).await.ok();
    assert_eq!(names(&back), first(3)[1..]);
    world.delete(&format!("{PATH}?name=order_ready"), MANAGE).await.ok();
    let after_what_is_gone =
        world.get(&format!("{PATH}?after={}", page["paging"]["cursors"]["after"].as_str().unwrap()), MANAGE).await.ok();
    assert_eq!(names(&after_what_is_gone), [("survey", "en")]);
    let after_all = format!("{PATH}?after={}", hex::encode("zzz\nen"));
    assert_eq!(world.get(&after_all, MANAGE).await.text, r#"{"data":[]}"#);
}

#[tokio::test]
async fn filters_choose_and_links_repeat_them() {
    let world = five(GraphConfig { public_url: Some("https://graph.example".into()), ..GraphConfig::default() }).await;
    for (query, expected) in [
        ("name=order_ready", vec![("order_ready", "en"), ("order_ready", "id"), ("order_ready", "pt_BR")]),
        ("name=order", vec![]),
        ("language=en", vec![("bonus", "en"), ("order_ready", "en"), ("survey", "en")]),
        ("category=utility", vec![("order_ready", "en"), ("order_ready", "id")]),
        ("status=APPROVED&category=MARKETING&name=order_ready", vec![("order_ready", "pt_BR")]),
        ("status=PAUSED", vec![]),
        ("status=%5B%22PAUSED%22,%22APPROVED%22%5D&limit=1001", first(5)),
        (
            "category=MARKETING,UTILITY&language[]=en&language[]=id&after=&before=",
            vec![FIVE[0], FIVE[1], FIVE[2], FIVE[4]].into_iter().map(|(name, language, _)| (name, language)).collect(),
        ),
    ] {
        assert_eq!(names(&world.get(&format!("{PATH}?{query}"), MANAGE).await.ok()), expected, "{query}");
    }
    for query in ["limit=0", "limit=x", "after=zz", "after=6162", "before=ff", "status=GREAT", "category=SERVICE"] {
        assert_eq!(world.get(&format!("{PATH}?{query}"), MANAGE).await.code(400), 100, "{query}");
    }
}

#[tokio::test]
async fn a_template_goes_in_all_languages_or_in_one() {
    let world = five(GraphConfig::default()).await;
    let all = world.get(PATH, MANAGE).await.ok();
    let one = all["data"][2]["id"].as_str().unwrap();
    for query in [format!("name=survey&hsm_id={one}"), "name=nothing".to_owned(), "name=survey&hsm_id=x".to_owned()] {
        let seen = world.delete(&format!("{PATH}?{query}"), MANAGE).await;
        assert_eq!((seen.code(400), seen.details().as_str()), (100, "There is no template with this name and id."), "{query}");
    }
    assert_eq!(world.delete(PATH, MANAGE).await.details(), "The parameter name is required.");
    assert_eq!(world.delete(&format!("{PATH}?hsm_id={one}&name=order_ready"), MANAGE).await.text, r#"{"success":true}"#);
    assert_eq!(
        names(&world.get(&format!("{PATH}?name=order_ready"), MANAGE).await.ok()),
        [("order_ready", "en"), ("order_ready", "pt_BR")]
    );
    world.delete(&format!("{PATH}?name=order_ready"), MANAGE).await.ok();
    assert_eq!(names(&world.get(PATH, MANAGE).await.ok()), [("bonus", "en"), ("survey", "en")]);
    assert_eq!(world.get(&format!("/{one}"), MANAGE).await.json()["error"]["error_subcode"], 33, "and its node with it");
}

#[tokio::test]
async fn what_cannot_be_a_template() {
    let world = World::new().await;
    world.post(PATH, MANAGE, &plain("bonus", "en", "MARKETING")).await.ok();
    let with = |member: &str, value: Value| {
        let mut template = consent();
        template[member] = value;
        template
    };
    let body = |text: &str| json!({ "type": "BODY", "text": text });
    let call = json!({ "type": "BUTTONS", "buttons": [{ "type": "VOICE_CALL", "text": "Call now" }] });
    for (template, details) in [
        (plain("bonus", "en", "UTILITY"), "This WhatsApp Business Account already has a template with this name and language."),
        (json!({}), "The parameter name is required."),
        (with("name", json!("Repair")), "The parameter name must be of lower-case letters, digits and underscores."),
        (with("category", json!("AUTHENTICATION")), "The parameter category must be MARKETING or UTILITY for a template about calling."),
        (with("components", json!([])), "The parameter components must have a BODY."),
        (
            with("components", json!([body("Hi {{2}}")])),
            "The parameter components[0].text must number its placeholders {{1}}, {{2}} and so on.",
        ),
        (with("components", json!([body("Hi {{1")])), "Close each `{{` of the body by `}}`, with the placeholder alone between them."),
        (with("components", json!([body("  ")])), "Give the body a text."),
        (
            with("components", json!([body("Hi"), call, { "type": "CALL_PERMISSION_REQUEST" }])),
            "The parameter components must not have CALL_PERMISSION_REQUEST beside BUTTONS.",
        ),
        (
            with("components", json!([body("Hi"), { "type": "BUTTONS", "buttons": [{ "type": "PHONE_NUMBER", "text": "Call" }] }])),
            "The parameter components[1].buttons[0].type must be one of VOICE_CALL, URL, QUICK_REPLY.",
        ),
    ] {
        let seen = world.post(PATH, MANAGE, &template).await;
        assert_eq!((seen.code(400), seen.details().as_str()), (100, details));
    }
    assert_eq!(world.engine.store().templates(&WabaId::parse("2001").unwrap()).await.unwrap().len(), 1);
}

#[tokio::test]
async fn templates_belong_to_their_account() {
    let world = five(GraphConfig::default()).await;
    let id = world.get(PATH, MANAGE).await.ok()["data"][0]["id"].as_str().unwrap().to_owned();
    for (token, code) in [(MESSAGE, 10), (FOREIGN, 200), (APP, 200)] {
        assert_eq!(world.get(PATH, token).await.code(403), code);
        assert_eq!(world.post(PATH, token, &consent()).await.code(403), code);
        assert_eq!(world.delete(&format!("{PATH}?name=bonus"), token).await.code(403), code);
        assert_eq!(world.get(&format!("/{id}"), token).await.code(403), code);
    }
    assert_eq!(world.get("/2002/message_templates", FOREIGN).await.text, r#"{"data":[]}"#);
    assert_eq!(world.get("/2099/message_templates", MANAGE).await.json()["error"]["error_subcode"], 33);
    world.post("/2002/message_templates", FOREIGN, &plain("bonus", "en", "UTILITY")).await.ok();
    assert_eq!(world.get(PATH, MANAGE).await.ok()["data"].as_array().unwrap().len(), 5, "the same name elsewhere is another template");
}

/// All pages that a bare GET of the links in `side` leads to, each with its names.
async fn followed(world: &World, first: &Value, side: &str) -> Vec<Vec<(String, String)>> {
    let mut pages = Vec::new();
    let mut page = first.clone();
    while let Some(link) = page["paging"][side].as_str() {
        page = world.bare(link.strip_prefix("https://graph.example").unwrap()).await.ok();
        assert!(page["data"][0].get("components").is_none(), "fields are repeated");
        assert_eq!(page["summary"]["total_count"], 5, "and what else was asked for");
        pages.push(names(&page).into_iter().map(|(name, language)| (name.to_owned(), language.to_owned())).collect());
        assert!(pages.len() < 9, "the list ends");
    }
    pages
}

#[tokio::test]
async fn links_work_as_they_stand_in_both_directions() {
    let world = five(GraphConfig { public_url: Some("https://graph.example".into()), ..GraphConfig::default() }).await;
    let owned =
        |names: &[(&str, &str)]| names.iter().map(|(name, language)| ((*name).to_owned(), (*language).to_owned())).collect::<Vec<_>>();
    let all = first(5);
    let asked = "limit=2&fields[]=name&fields[]=language&summary=total_count";
    for by_query in [false, true] {
        let start = match by_query {
            true => world.bare(&format!("/v23.0/2001/message_templates?{asked}&access_token={MANAGE}")).await.ok(),
            false => world.get(&format!("/v23.0/2001/message_templates?{asked}"), MANAGE).await.ok(),
        };
        assert_eq!(start["paging"].get("previous"), None);
        assert!(
            start["paging"]["next"]
                .as_str()
                .unwrap()
                .starts_with("https://graph.example/v23.0/2001/message_templates?access_token=EAAmanage&")
        );
        assert_eq!(followed(&world, &start, "next").await, [owned(&all[2..4]), owned(&all[4..])]);
        let last = world.get(&format!("{PATH}?{asked}&after={}", hex::encode("order_ready\npt_BR")), MANAGE).await.ok();
        assert_eq!(last["paging"].get("next"), None);
        assert_eq!(followed(&world, &last, "previous").await, [owned(&all[2..4]), owned(&all[..2])]);
    }
}
