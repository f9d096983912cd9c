//! The page as a browser and as a stranger sees it, in process.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request};
use callport_core::ids::AppId;
use callport_engine::door::Floods;
use callport_engine::ports::Store as _;
use callport_engine::records::SignUpClient;
use callport_signup::{SignUpConfig, router};
use callport_testkit::{World, objects};
use serde_json::{Value, json};
use tower::ServiceExt;

const START: &str = "client_id=1001&origin=https://isv.example&channel=c1&response_type=code";

struct Browser {
    router: Router,
    cookie: Option<String>,
}

struct Seen {
    status: u16,
    headers: HeaderMap,
    text: String,
}

impl Browser {
    fn new(world: &World, open: bool) -> Self {
        let config = SignUpConfig { open, secure: false, floods: Floods::default() };
        Self { router: router(world.engine.clone(), config), cookie: None }
    }

    async fn send(&mut self, request: axum::http::request::Builder, body: String) -> Seen {
        let request = self.cookie.iter().fold(request, |request, cookie| request.header("cookie", cookie));
        let response = self.router.clone().oneshot(request.body(Body::from(body)).unwrap()).await.unwrap();
        let (parts, body) = response.into_parts();
        if let Some(cookie) = parts.headers.get("set-cookie") {
            self.cookie = Some(cookie.to_str().unwrap().split(';').next().unwrap().to_owned());
        }
        let text = String::from_utf8(to_bytes(body, usize::MAX).await.unwrap().to_vec()).unwrap();
        Seen { status: parts.status.as_u16(), headers: parts.headers, text }
    }

    async fn get(&mut self, path: &str) -> Seen {
        self.send(Request::get(path), String::new()).await
    }

    async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Seen {
        let request =
            Request::post(path).header("content-type", "application/x-www-form-urlencoded").header("sec-fetch-site", "same-origin");
        self.send(request, form(fields)).await
    }

    /// Comes in and begins; the path of the walk and the key of its forms.
    async fn begun(&mut self) -> (String, String) {
        let seen = self.post("/dialog/oauth/enter", &[("q", START), ("name", "Mara")]).await;
        assert_eq!(seen.status, 303, "{}", seen.text);
        let walk = seen.headers["location"].to_str().unwrap().to_owned();
        let page = self.get(&walk).await;
        let key = page.text.split("name=\"key\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
        (walk, key)
    }
}

fn form(fields: &[(&str, &str)]) -> String {
    let mut text = url::form_urlencoded::Serializer::new(String::new());
    text.extend_pairs(fields);
    text.finish()
}

async fn client(world: &World, origins: &[&str]) {
    let client = SignUpClient {
        app: AppId::parse("1001").unwrap(),
        origins: origins.iter().map(|origin| (*origin).to_owned()).collect(),
        configurations: BTreeSet::from(["77".to_owned()]),
        token_lifetime_s: None,
    };
    world.engine.put_sign_up_client(client, Some(objects::portfolio().id)).await.unwrap();
}

#[tokio::test]
async fn an_owner_walks_to_a_code_that_goes_to_the_opener_alone() {
    let world = World::new().await;
    let mut browser = Browser::new(&world, true);
    let (walk, key) = browser.begun().await;
    for (deed, fields) in [
        ("portfolio", vec![("choice", "new"), ("name", "Kopi")]),
        ("account", vec![("choice", "new"), ("name", "Kopi"), ("currency", "IDR"), ("timezone", "Asia/Jakarta")]),
        ("number", vec![("choice", "none")]),
    ] {
        let fields: Vec<_> = fields.into_iter().chain([("key", key.as_str())]).collect();
        assert_eq!(browser.post(&format!("{walk}/{deed}"), &fields).await.status, 303, "{deed}");
    }
    let end = browser.post(&format!("{walk}/consent"), &[("key", &key), ("whatsapp_business_management", "on")]).await;
    assert!(end.text.contains("data-origin=\"https://isv.example\"") && end.text.contains("FINISH_ONLY_WABA"), "{}", end.text);
    let code = end.text.split("&quot;code&quot;:&quot;").nth(1).unwrap().split('&').next().unwrap();
    let app = AppId::parse("1001").unwrap();
    world.engine.exchange_code(&app, code, None).await.unwrap();
    assert!(!browser.get(&walk).await.text.contains(code), "it is shown once");
}

#[tokio::test]
async fn nobody_frames_it_and_nothing_of_it_is_kept() {
    let world = World::new().await;
    let mut browser = Browser::new(&world, true);
    for path in [format!("/dialog/oauth?{START}"), "/dialog/oauth".to_owned()] {
        let seen = browser.get(&path).await;
        let policy = seen.headers["content-security-policy"].to_str().unwrap();
        assert!(policy.contains("frame-ancestors 'none'") && policy.contains("default-src 'none'"), "{policy}");
        assert!(seen.headers["x-frame-options"] == "DENY" && seen.headers["cache-control"] == "no-store");
    }
    let versioned = browser.get(&format!("/v25.0/dialog/oauth?{START}")).await;
    assert_eq!((versioned.status, versioned.headers["location"].to_str().unwrap()), (303, format!("/dialog/oauth?{START}").as_str()));
    assert_eq!(browser.get(&format!("/v25/dialog/oauth?{START}")).await.status, 404);
}

#[tokio::test]
async fn a_form_of_another_page_does_nothing() {
    let world = World::new().await;
    let mut browser = Browser::new(&world, true);
    let (walk, key) = browser.begun().await;
    let path = format!("{walk}/portfolio");
    let fields = [("choice", "new"), ("name", "Evil")];
    assert_eq!(browser.post(&path, &fields).await.status, 403, "without the key of the walk");
    let keyed = [fields[0], fields[1], ("key", key.as_str())];
    for (name, value) in [("sec-fetch-site", "cross-site"), ("origin", "https://evil.example")] {
        let request = Request::post(&path).header("host", "callport.example").header(name, value);
        assert_eq!(browser.send(request, form(&keyed)).await.status, 403, "{name}");
    }
    let mut stranger = Browser::new(&world, true);
    stranger.begun().await;
    stranger.cookie = None;
    assert_eq!(stranger.post(&path, &keyed).await.status, 400, "without the owner's session");
    assert_eq!(browser.post(&path, &keyed).await.status, 303);
}

#[tokio::test]
async fn only_pages_of_the_app_open_it_with_its_configurations() {
    let world = World::new().await;
    client(&world, &["https://isv.example"]).await;
    let mut browser = Browser::new(&world, true);
    let ok = browser.get(&format!("/dialog/oauth?{START}&config_id=77")).await;
    assert_eq!(ok.status, 200, "{}", ok.text);
    for bad in [
        format!("{START}&config_id=78"),
        START.to_owned(),
        "client_id=1001&origin=https://evil.example&config_id=77".to_owned(),
        "client_id=1999&origin=https://isv.example&config_id=77".to_owned(),
        "client_id=1001&config_id=77".to_owned(),
        "client_id=1001&redirect_uri=https://evil.example/&config_id=77".to_owned(),
        format!("{START}&config_id=77&extras=nonsense"),
        "client_id=1001&origin=https://isv.example&response_type=token&config_id=77".to_owned(),
    ] {
        let seen = browser.get(&format!("/dialog/oauth?{bad}")).await;
        assert_eq!(seen.status, 400, "{bad}");
        assert!(!seen.text.contains("evil.example\" data") && !seen.text.contains("<form"), "{bad}");
    }
}

#[tokio::test]
async fn where_not_everybody_may_come_an_invitation_is_needed() {
    let world = World::new().await;
    client(&world, &["https://isv.example"]).await;
    let query = format!("{START}&config_id=77");
    let mut browser = Browser::new(&world, false);
    assert!(browser.get(&format!("/dialog/oauth?{query}")).await.text.contains("name=\"invitation\""));
    let enter = [("q", query.as_str()), ("name", "Mara")];
    assert!(browser.post("/dialog/oauth/enter", &enter).await.text.contains("Enter the invitation"));
    let wrong = browser.post("/dialog/oauth/enter", &[enter[0], enter[1], ("invitation", "guess")]).await;
    assert_eq!((wrong.status, browser.cookie.is_some()), (403, false));
    let (code, _) = world.engine.invite_owner(None, vec![objects::portfolio().id], Duration::from_secs(60)).await.unwrap();
    let seen = browser.post("/dialog/oauth/enter", &[enter[0], enter[1], ("invitation", &code)]).await;
    assert_eq!(seen.status, 303);
    let page = browser.get(seen.headers["location"].to_str().unwrap()).await;
    assert!(page.text.contains("value=\"3001\"") && page.text.contains("Acme"), "the invitation's portfolio is theirs");
}

#[tokio::test]
async fn what_people_type_wrongly_is_said_at_its_step() {
    let world = World::new().await;
    let mut browser = Browser::new(&world, true);
    let (walk, key) = browser.begun().await;
    let key = ("key", key.as_str());
    for (deed, fields, says) in [
        ("portfolio", vec![], "Choose one"),
        ("portfolio", vec![("choice", "new")], "Enter the name of the business"),
        ("portfolio", vec![("choice", "x")], "Choose one of those"),
        ("portfolio", vec![("choice", "3001")], "cannot be chosen here"),
        ("nonsense", vec![], "no such step"),
    ] {
        let fields: Vec<_> = fields.into_iter().chain([key]).collect();
        let seen = browser.post(&format!("{walk}/{deed}"), &fields).await;
        assert!(seen.text.contains(says) && seen.text.contains("Which business is it?"), "{deed}: {}", seen.text);
    }
    browser.post(&format!("{walk}/portfolio"), &[key, ("choice", "new"), ("name", "<b>Kopi</b>")]).await;
    let zone = [key, ("choice", "new"), ("name", "K"), ("currency", "IDR"), ("timezone", "Mars/Base")];
    assert!(browser.post(&format!("{walk}/account"), &zone).await.text.contains("The time zone must be"));
    let page = browser.get(&walk).await;
    assert!(page.text.contains("&lt;b&gt;Kopi&lt;/b&gt;") && !page.text.contains("<b>Kopi"));
}

/// The message event that a page tells its opener at once.
fn error(page: &Seen) -> Value {
    let told = page.text.split("data-error=\"").nth(1).unwrap_or_else(|| panic!("{}", page.text)).split('"').next().unwrap();
    let told: Value = serde_json::from_str(&told.replace("&quot;", "\"").replace("&#39;", "'")).unwrap();
    assert_eq!((&told["type"], &told["event"]), (&json!("WA_EMBEDDED_SIGNUP"), &json!("ERROR")));
    assert!(!page.text.contains("data-cancel"), "and nothing more when the window is closed: {}", page.text);
    told["data"].clone()
}

#[tokio::test]
async fn an_opener_is_told_at_once_that_its_wish_cannot_be_served() {
    let world = World::new().await;
    let mut browser = Browser::new(&world, true);
    let coexistence = "extras=%7B%22featureType%22%3A%22whatsapp_business_app_onboarding%22%7D";
    let page = browser.get(&format!("/dialog/oauth?{START}&{coexistence}")).await;
    let told = error(&page);
    assert_eq!((page.status, &told["error_code"], &told["current_step"]), (400, &json!("100"), &json!("BUSINESS_ACCOUNT_SELECTION")));
    assert!(told["error_message"].as_str().unwrap().contains("whatsapp_business_app_onboarding is not served here"), "{told}");
    assert_eq!(told["session_id"], "0");

    let unknown = format!("{START}&extras=%7B%22setup%22%3A%7B%22solutionID%22%3A%2277%22%7D%7D");
    let told = error(&browser.post("/dialog/oauth/enter", &[("q", &unknown), ("name", "Mara")]).await);
    assert_eq!(told["error_message"], "The multi-partner solution of this app is not active.");
    // By an address, where it is opened without a window.
    let redirect = format!("client_id=1001&redirect_uri=https://isv.example/done&state=s1&{coexistence}");
    let page = browser.get(&format!("/dialog/oauth?{redirect}")).await;
    assert!(page.text.contains("https://isv.example/done?error=invalid_request&amp;error_description=featureType+"), "{}", page.text);
}

#[tokio::test]
async fn an_opener_is_told_at_once_that_the_sign_up_failed_and_at_which_step() {
    let world = World::new().await;
    let mut browser = Browser::new(&world, true);
    let (walk, key) = browser.begun().await;
    browser.post(&format!("{walk}/portfolio"), &[("choice", "new"), ("name", "Kopi"), ("key", &key)]).await;
    world.store.join().await.unwrap(); // another process takes over: this one writes no more
    let account = [("choice", "new"), ("name", "Kopi"), ("currency", "IDR"), ("timezone", "UTC"), ("key", key.as_str())];
    let page = browser.post(&format!("{walk}/account"), &account).await;
    let told = error(&page);
    assert_eq!((&told["error_code"], &told["current_step"]), (&json!("131000"), &json!("WABA_PHONE_PROFILE_PICKER")));
    assert_eq!(told["session_id"], walk.rsplit('/').next().unwrap());
    assert!(page.text.contains(&format!("<a href=\"{walk}\">Try again</a>")), "{}", page.text);
}

#[tokio::test]
async fn a_walk_that_took_too_long_or_whose_app_is_gone_is_an_error() {
    let world = World::new().await;
    let mut browser = Browser::new(&world, true);
    let (walk, key) = browser.begun().await;
    world.clock.advance(Duration::from_secs(3600));
    let told = error(&browser.get(&walk).await);
    assert!(told["error_message"].as_str().unwrap().starts_with("This sign-up is over"), "{told}");
    assert_eq!(error(&browser.post(&format!("{walk}/portfolio"), &[("key", &key)]).await), told);

    let (walk, key) = browser.begun().await;
    for (deed, fields) in [
        ("portfolio", vec![("choice", "new"), ("name", "Kopi")]),
        ("account", vec![("choice", "new"), ("name", "Kopi"), ("currency", "IDR"), ("timezone", "UTC")]),
        ("number", vec![("choice", "none")]),
    ] {
        let fields: Vec<_> = fields.into_iter().chain([("key", key.as_str())]).collect();
        assert_eq!(browser.post(&format!("{walk}/{deed}"), &fields).await.status, 303, "{deed}");
    }
    world.engine.remove_app(&AppId::parse("1001").unwrap()).await.unwrap();
    let told = error(&browser.post(&format!("{walk}/consent"), &[("key", &key), ("whatsapp_business_management", "on")]).await);
    assert_eq!((&told["error_message"], &told["current_step"]), (&json!("There is no app with this id."), &json!("PERMISSIONS")));
}
