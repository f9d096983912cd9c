//! Each request is one entry of the journal, and says what its sender was told.

use callport_core::ids::PhoneNumberId;
use callport_core::pair::{Pair, Permission};
use callport_engine::door::ClientNetwork;
use callport_engine::injection::{InjectedFault, ReplyFault, ReplyMatch};
use callport_engine::journal::{Entry, Fact};
use callport_engine::ports::{JournalPage, Old};
use serde_json::json;

use super::every_endpoint::endpoints;
use super::*;

const CALLS: &str = "/v25.0/4001/calls";

async fn entries(world: &World) -> Vec<Entry> {
    world.engine.requests_written().await;
    let page = JournalPage { limit: 10_000, ..JournalPage::default() };
    world.engine.store().journal(page).await.unwrap().into_iter().map(|recorded| recorded.entry).collect()
}

/// The one entry of a request that was answered so.
async fn entry_of(world: &World, what: &str, seen: &Seen) -> Entry {
    let trace = seen.headers["x-fb-trace-id"].to_str().unwrap();
    let of_it = |entry: &Entry| entry.request.as_ref().is_some_and(|request| request.fbtrace_id == trace);
    let mut found: Vec<_> = entries(world).await.into_iter().filter(of_it).collect();
    assert_eq!(found.len(), 1, "{what}: {found:?}");
    let entry = found.remove(0);
    let request = entry.request.as_deref().unwrap();
    assert_eq!(request.status, seen.status, "{what}");
    let Some(refusal) = &request.refusal else {
        assert!(seen.status < 400, "{what}: {}", seen.text);
        return entry;
    };
    let error = &seen.json()["error"];
    assert_eq!((json!(refusal.code), json!(refusal.subcode)), (error["code"].clone(), error["error_subcode"].clone()), "{what}");
    if !seen.details().is_empty() {
        assert_eq!(refusal.details, seen.details(), "{what}");
    }
    entry
}

#[tokio::test]
async fn every_request_has_one_entry_that_says_what_was_answered() {
    let world = World::new().await;
    for (method, path) in endpoints() {
        world.clock.advance(Duration::from_secs(3)); // of strangers, only so many in a minute are kept
        for (token, app) in [(MANAGE, Some("1001")), (APP, Some("1001")), (FOREIGN, Some("1002")), ("EAAnobody", None)] {
            let what = format!("{method} {path} {token}");
            let seen = world.send(bearer(method, &format!("/v25.0{path}"), token).body(Body::empty()).unwrap()).await;
            let entry = entry_of(&world, &what, &seen).await;
            let request = entry.request.unwrap();
            assert_eq!((request.method.as_str(), request.path.as_str()), (method, path), "{what}");
            assert_eq!(entry.about.app.as_ref().map(AppId::as_str), app, "{what}");
            let id = path.split('/').nth(1).unwrap();
            assert_eq!(entry.about.number.as_ref().map(PhoneNumberId::as_str), (id == "4001").then_some(id), "{what}");
            let in_account = matches!(id, "4001" | "2001");
            assert_eq!(entry.about.waba.as_ref().map(WabaId::as_str), in_account.then_some("2001"), "{what}");
        }
    }
}

/// What changes something: the entry of the request is that of the change.
#[tokio::test]
async fn a_request_that_changes_something_is_the_entry_of_its_change() {
    let world = World::new().await;
    world.put_pair(Pair { decided: Permission::Permanent, heard_at: Some(NOW), ..Pair::default() }).await;
    let template = json!({ "name": "late", "language": "en", "category": "UTILITY", "components": [{ "type": "BODY", "text": "Hello" }] });
    let offer = json!({ "messaging_product": "whatsapp", "to": "5511955501234", "action": "connect",
        "session": { "sdp_type": "offer", "sdp": "v=0\r\n" } });
    for (path, token, body, fact) in [
        ("/4001/settings", MANAGE, json!({ "calling": { "status": "ENABLED" } }), "settings_changed"),
        (
            "/4001/messages",
            MANAGE,
            json!({ "messaging_product": "whatsapp", "to": "5511955501234", "type": "text", "text": { "body": "hi" } }),
            "message_sent",
        ),
        ("/4001/calls", MANAGE, offer, "business_asked"),
        ("/2001/message_templates", MANAGE, template, "object_put"),
        ("/2001/subscribed_apps", MANAGE, json!({}), "object_put"),
        (
            "/1001/subscriptions",
            APP,
            json!({ "object": "whatsapp_business_account", "callback_url": "https://1001.example/hook",
            "verify_token": "s3cr3t", "fields": "calls" }),
            "object_put",
        ),
    ] {
        let seen = world.post(path, token, &body).await;
        seen.ok();
        let entry = entry_of(&world, path, &seen).await;
        let kept = serde_json::to_value(&entry.fact).unwrap();
        assert!(kept["fact"] == fact || kept["fact"] == "business_requested" && fact == "object_put", "{path}: {kept}");
        assert_eq!(entry.about.app.as_ref().map(AppId::as_str), Some("1001"), "{path}");
    }
}

#[tokio::test]
async fn a_rule_that_says_no_is_told_with_its_code() {
    let world = World::new().await;
    world.enable_calling().await;
    let offer = json!({ "messaging_product": "whatsapp", "to": "5511955501234", "action": "connect",
        "session": { "sdp_type": "offer", "sdp": "v=0\r\n" } });
    let seen = world.post(CALLS, MANAGE, &offer).await;
    let entry = entry_of(&world, "no permission", &seen).await;
    assert!(matches!(&entry.fact, Fact::BusinessRefused { action, .. } if action == "connect"), "{entry:?}");
    assert_eq!(entry.request.unwrap().refusal.unwrap().code, 138_006);

    let call = world.ring().await;
    let terminate = json!({ "messaging_product": "whatsapp", "call_id": call.as_str(), "action": "terminate" });
    world.post(CALLS, MANAGE, &terminate).await.ok();
    let again = world.post(CALLS, MANAGE, &terminate).await;
    let entry = entry_of(&world, "over", &again).await;
    assert_eq!((entry.about.call, entry.request.unwrap().status), (Some(call), again.status));
}

/// Whatever was wrong with the request, its call says so, and before everything else.
#[tokio::test]
async fn an_answer_that_no_rule_ever_saw_is_the_first_word_on_its_call() {
    for (body, reason) in [
        (
            r#"{"messaging_product":"whatsapp","call_id":"ID","action":"pre_accept","session":{"sdp_type":"answer","sdp":"v=0\r\n"},}"#,
            "not valid JSON",
        ),
        (r#"{"messaging_product":"whatsapp","call_id":"ID","action":"pre_accept"}"#, "session"),
    ] {
        let world = World::new().await;
        let call = world.ring().await;
        let seen = world.post_text(CALLS, MANAGE, &body.replace("ID", call.as_str())).await;
        assert_eq!(seen.code(400), 100);
        // At once: whoever looks does not wait for the entry to be on record.
        let story = world.engine.story(&call).await.unwrap().unwrap();
        let says = story.verdict.says;
        assert!(says.starts_with("The business's pre_accept was refused: ") && says.contains(reason), "{says}");
        let entry = entry_of(&world, reason, &seen).await;
        assert_eq!(entry.about.call, Some(call.clone()));
        assert!(entry.to_string().starts_with("pre_accept refused: "), "{entry}");
        let lines = world.engine.story(&call).await.unwrap().unwrap().entries;
        assert_eq!(lines.iter().filter(|line| line.request.is_some()).count(), 1, "{lines:?}");
    }
}

#[tokio::test]
async fn nobody_writes_into_the_story_of_another_business_s_call() {
    let world = World::new().await;
    let call = world.ring().await;
    let before = world.engine.story(&call).await.unwrap().unwrap().entries.len();
    for body in [
        json!({ "messaging_product": "whatsapp", "call_id": call.as_str(), "action": "pre_accept" }).to_string(),
        json!({ "messaging_product": "whatsapp", "call_id": call.as_str(), "action": "terminate" }).to_string(),
        format!(r#"{{"call_id":"{}","action":"accept",}}"#, call.as_str()),
    ] {
        for (path, token) in [("/4002/calls", FOREIGN), (CALLS, FOREIGN), (CALLS, "EAAnobody")] {
            let seen = world.post_text(path, token, &body).await;
            assert!(seen.status >= 400);
        }
    }
    world.engine.requests_written().await;
    assert_eq!(world.engine.story(&call).await.unwrap().unwrap().entries.len(), before);
}

#[tokio::test]
async fn strangers_fill_neither_the_journal_nor_hide_that_they_came() {
    let world = World::new().await;
    for source in 0..40_u8 {
        for _ in 0..40 {
            let request = Request::get("/v25.0/4001?access_token=EAAsecret").extension(ClientNetwork::of([192, 0, 2, source].into()));
            assert_eq!(world.send(request.body(Body::empty()).unwrap()).await.code(401), 190);
        }
    }
    world.get("/4001", MANAGE).await.ok();
    let found = entries(&world).await;
    let of_strangers = found.iter().filter(|entry| entry.request.as_ref().is_some_and(|request| request.status == 401)).count();
    assert_eq!(of_strangers, 60);
    assert!(found.iter().any(|entry| entry.request.as_ref().is_some_and(|request| request.status == 200)), "who is known is not left out");
    let mut growth = world.engine.journal_growth();
    let left_out = async {
        loop {
            growth.mark_unchanged();
            let told = entries(&world).await.into_iter().filter_map(|entry| match entry.fact {
                Fact::RequestsLeftOut { count } => Some(count),
                _ => None,
            });
            let told: u64 = told.sum();
            if told == 40 * 40 - 60 {
                return;
            }
            world.clock.advance(Duration::from_secs(60));
            growth.changed().await.unwrap();
        }
    };
    left_out.await;
}

#[tokio::test]
async fn entries_of_requests_go_with_the_rest_of_the_journal_when_they_are_old() {
    let world = World::new().await;
    for token in [MANAGE, "EAAnobody"] {
        world.get("/4001", token).await;
    }
    let all = entries(&world).await;
    assert_eq!(all.iter().filter(|entry| entry.request.is_some()).count(), 2);
    let most = u32::try_from(all.len()).unwrap();
    let removed = world.engine.store().remove_old(Old::Entries, NOW + Duration::from_secs(1), most).await.unwrap();
    assert_eq!((removed, entries(&world).await.len()), (most - 1, 1), "the last keeps its place from being used again");
}

#[tokio::test]
async fn nothing_that_is_secret_or_a_phone_number_is_kept() {
    let world = World::new().await;
    world.enable_calling().await;
    let body = json!({ "messaging_product": "whatsapp", "to": "5511955501234", "type": "text", "text": { "body": "a private text" } });
    world.post("/4001/messages?appsecret_proof=deadbeef", MANAGE, &body).await;
    world.post("/4001/messages", MANAGE, &body).await;
    world.post(CALLS, MANAGE, &json!({ "to": "5511955501234", "action": "connect", "session": { "sdp": "v=0 private" } })).await;
    world.bare(&format!("/4001?access_token={MANAGE}")).await;
    world.bare("/EAAsecret/15551234567/calls").await;
    world.get("/5511955501234/calls", MANAGE).await;
    world.get("/debug_token?input_token=EAAsecret", APP).await;
    let kept: Vec<_> = entries(&world).await.iter().map(|entry| format!("{entry:?} {entry}")).collect();
    for secret in [MANAGE, "EAAsecret", "deadbeef", "5511955501234", "15551234567", "private", "test_app_secret"] {
        assert!(kept.iter().all(|line| !line.contains(secret)), "{secret}: {kept:#?}");
    }
}

#[tokio::test]
async fn a_read_is_kept_too_and_says_how_it_was_answered() {
    let world = World::new().await;
    let seen = world.get("/v25.0/4001/settings", MANAGE).await;
    let entry = entry_of(&world, "settings", &seen).await;
    assert_eq!(entry.to_string(), "GET /4001/settings answered with 200");
    let refused = world.get("/v25.0/4001/settings", MESSAGE).await;
    let entry = entry_of(&world, "settings", &refused).await;
    assert!(entry.to_string().starts_with("GET /4001/settings refused: ") && entry.to_string().ends_with("(HTTP 403, code 10)"), "{entry}");
}

fn failing(action: &str, carried_out: bool) -> InjectedFault {
    let of = ReplyMatch { endpoint: Some("calls".into()), action: Some(action.into()), ..ReplyMatch::default() };
    InjectedFault::Reply { of, fault: ReplyFault { status: 503, code: 131_016, carried_out } }
}

#[tokio::test]
async fn a_request_that_fails_because_a_test_asked_for_it_does_nothing_and_says_so() {
    let world = World::new().await;
    world.enable_calling().await;
    let call = world.ring().await;
    world.engine.faults().add(failing("reject", false), Some(1)).unwrap();
    let reject = json!({ "messaging_product": "whatsapp", "call_id": call.as_str(), "action": "reject" });
    let seen = world.post(CALLS, MANAGE, &reject).await;
    assert_eq!((seen.status, seen.details()), (503, "Nothing was done; this error was asked for by a test (fault 1).".into()));
    assert_eq!(seen.json()["error"]["code"], 131_016);
    let entry = entry_of(&world, "not carried out", &seen).await;
    assert_eq!(entry.about.call, Some(call));
    world.post(CALLS, MANAGE, &reject).await.ok();
}

#[tokio::test]
async fn a_reply_that_is_lost_leaves_what_was_done_and_an_entry_of_its_own() {
    let world = World::new().await;
    world.enable_calling().await;
    let call = world.ring().await;
    world.engine.faults().add(failing("reject", true), Some(1)).unwrap();
    let reject = json!({ "messaging_product": "whatsapp", "call_id": call.as_str(), "action": "reject" });
    let seen = world.post(CALLS, MANAGE, &reject).await;
    assert_eq!((seen.status, seen.details()), (503, "The request was carried out; this error was asked for by a test (fault 1).".into()));
    let told: Vec<_> = entries(&world).await.into_iter().filter(|entry| entry.about.call.as_ref() == Some(&call)).collect();
    assert!(told.iter().any(|entry| matches!(&entry.fact, Fact::BusinessAsked { action } if action == "reject")), "{told:?}");
    let expected = "the request was carried out, and its reply replaced by an error of status 503 (on purpose: reply, fault 1)";
    assert_eq!(
        told.last().map(|entry| (entry.to_string(), entry.about.app.as_ref().map(AppId::as_str))),
        Some((expected.into(), Some("1001")))
    );
    assert_eq!(world.post(CALLS, MANAGE, &reject).await.status, 400, "it is over");
}

#[tokio::test]
async fn each_part_of_a_batch_has_its_entry_beside_that_of_the_whole() {
    let world = World::new().await;
    let parts = json!([{ "method": "GET", "relative_url": "4001" }, { "method": "GET", "relative_url": "nobody" }]);
    world.post("/v25.0/", MANAGE, &json!({ "batch": parts })).await.ok();
    let requests = |told: &String| told.starts_with("GET ") || told.starts_with("POST ");
    let told: Vec<_> = entries(&world).await.iter().map(ToString::to_string).filter(requests).collect();
    let [number, nobody, whole] = told.as_slice() else { panic!("{told:#?}") };
    assert_eq!(number, "GET /4001 answered with 200");
    assert!(nobody.starts_with("GET /nobody refused: "), "{nobody}");
    assert_eq!(whole, "POST / answered with 200");
}
