//! Deep links: where they lead on a phone, what they show elsewhere, their codes, and what they never do.

use axum::body::Body;
use axum::http::{Request, Response};
use callport_core::country::Country;
use callport_core::limits::MAX_PAYLOAD;
use callport_core::settings::{CallingSettings, IconVisibility};
use callport_phone::SignUpPolicy;
use serde_json::json;

use crate::window::Place;
use crate::world::{ACME, MUTE, NADIA, PUBLIC, World, json};

/// As a browser on a phone, and on a desk.
const PHONE: &str = "?1";
const DESK: &str = "?0";

async fn follow(world: &World, path: &str, mobile: &str) -> Response<Body> {
    let request = Request::get(path).header("sec-ch-ua-mobile", mobile).header("host", "evil.example");
    world.request(request.body(Body::empty()).unwrap()).await
}

async fn bytes(reply: Response<Body>) -> Vec<u8> {
    axum::body::to_bytes(reply.into_body(), 1 << 20).await.unwrap().to_vec()
}

async fn text(reply: Response<Body>) -> String {
    String::from_utf8(bytes(reply).await).unwrap()
}

/// Acme with other settings.
async fn acme_with(world: &World, change: impl FnOnce(&mut CallingSettings)) {
    let mut number = world.number_record().await;
    change(&mut number.settings);
    world.engine.put_number(number).await.unwrap();
}

#[tokio::test]
async fn on_a_phone_it_leads_to_the_call_screen_and_takes_its_payload_along() {
    let world = World::new().await;
    for (asked, screen) in [
        (format!("/call/{ACME}"), format!("/phone#/call/{ACME}")),
        ("/call/%2B62-812-5550-9999?utm_source=x&biz_payload=".to_owned(), format!("/phone#/call/{ACME}")),
        (
            format!("/call/{ACME}?biz_payload=campaign%3Dspring%26v%3D2"),
            format!("/phone#/call/{ACME}?biz_payload=campaign%3Dspring%26v%3D2"),
        ),
        (
            format!("/call/{ACME}?biz_payload=%0d%0aset-cookie:x//evil.example%23a+b"),
            format!("/phone#/call/{ACME}?biz_payload=%0D%0Aset-cookie%3Ax%2F%2Fevil.example%23a+b"),
        ),
    ] {
        let reply = follow(&world, &asked, PHONE).await;
        assert_eq!((reply.status().as_u16(), reply.headers()["location"].to_str().unwrap()), (303, screen.as_str()));
        assert_eq!(reply.headers()["cache-control"], "no-store");
    }
}

#[tokio::test]
async fn a_link_that_leads_nowhere_says_so_on_every_device_and_redirects_nobody() {
    let world = World::new().await;
    let long = format!("/call/{ACME}?biz_payload={}", "a".repeat(MAX_PAYLOAD + 1));
    let cases = [
        ("/call/15550000000", 404, "No business has the number of this link"),
        (&*format!("/call/{MUTE}"), 409, "does not take calls"),
        (&*long, 400, "broken"),
        (&*format!("/call/{ACME}?biz_payload=a&biz_payload=b"), 400, "broken"),
        ("/call/evil.example", 400, "broken"),
        ("/call/%2F%2Fevil.example", 400, "broken"),
        ("/call/%ff", 400, "broken"),
        (&*format!("/call/{NADIA}"), 404, "No business"),
    ];
    for (path, status, says) in cases {
        for device in [PHONE, DESK] {
            let reply = follow(&world, path, device).await;
            assert_eq!(reply.status().as_u16(), status, "{path}");
            assert!(!reply.headers().contains_key("location"), "{path}");
            let html = text(reply).await;
            assert!(html.starts_with("<!doctype html>") && html.contains(says) && html.contains("<h1>"), "{path}: {html}");
            assert!(!html.contains("evil") && !html.contains("<script"), "{path}: {html}");
        }
    }
}

#[tokio::test]
async fn a_hidden_icon_hides_links_too_and_a_country_is_asked_of_a_known_user_only() {
    let world = World::new().await;
    let path = format!("/call/{ACME}");
    acme_with(&world, |settings| settings.restrict_to_user_countries = Some(vec![Country::parse("ID").unwrap()])).await;
    assert_eq!(follow(&world, &path, PHONE).await.status().as_u16(), 303, "whose country is not known yet");
    acme_with(&world, |settings| settings.call_icon_visibility = Some(IconVisibility::DisableAll)).await;
    let reply = follow(&world, &path, PHONE).await;
    assert_eq!(reply.status().as_u16(), 409);
    let html = text(reply).await;
    assert!(html.contains("<h1>Acme Repairs</h1>") && html.contains("hidden its call icon"), "{html}");
}

#[tokio::test]
async fn on_a_desk_it_shows_its_code_and_calls_only_where_that_is_allowed() {
    for allowed in [true, false] {
        let config = callport_phone::PhoneConfig { desktop_calls: allowed, ..callport_phone::PhoneConfig::new(SignUpPolicy::Open, PUBLIC) };
        let world = World::configured(config).await;
        let reply = follow(&world, &format!("/call/{ACME}?biz_payload=a%26b"), DESK).await;
        assert_eq!((reply.status().as_u16(), &reply.headers()["cache-control"]), (200, &"no-store".parse().unwrap()));
        let html = text(reply).await;
        assert!(html.contains("<h1>Call Acme Repairs</h1>") && html.contains("Scan this code"), "{html}");
        assert!(html.contains(&format!("<img src=\"/call/{ACME}/qr.svg?biz_payload=a%26b\"")), "{html}");
        assert_eq!(html.contains("Call from this browser"), allowed);
        assert_eq!(html.contains(&format!("href=\"/phone#/call/{ACME}?biz_payload=a%26b\"")), allowed);
    }
}

#[tokio::test]
async fn a_code_holds_the_configured_address_whatever_host_is_asked() {
    let world = World::new().await;
    let reply = follow(&world, &format!("/call/{ACME}/qr.png?biz_payload=a%26b"), PHONE).await;
    assert_eq!((reply.status().as_u16(), &reply.headers()["content-type"]), (200, &"image/png".parse().unwrap()));
    assert_eq!(reply.headers()["cross-origin-resource-policy"], "cross-origin", "businesses show it on their own pages");
    let mut reader = png::Decoder::new(std::io::Cursor::new(bytes(reply).await)).read_info().unwrap();
    let mut bits = vec![0; reader.output_buffer_size().unwrap()];
    let frame = reader.next_frame(&mut bits).unwrap();
    let (side, row) = (frame.width as usize, frame.line_size);
    let grey = |x: usize, y: usize| if bits[y * row + x / 8] & (0x80 >> (x % 8)) == 0 { 0 } else { 255 };
    let read = rqrr::PreparedImage::prepare_from_greyscale(side, side, grey).detect_grids()[0].decode().unwrap().1;
    assert_eq!(read, format!("{PUBLIC}/call/{ACME}?biz_payload=a%26b"));
}

#[tokio::test]
async fn codes_exist_for_numbers_that_exist_and_payloads_that_fit() {
    let world = World::new().await;
    let wide = "%F0%9F%93%9E".repeat(MAX_PAYLOAD);
    for (path, status) in [
        (format!("/call/{ACME}/qr.svg"), 200),
        (format!("/call/{MUTE}/qr.svg"), 200), // printed before calling is switched on
        ("/call/15550000000/qr.svg".to_owned(), 404),
        (format!("/call/{ACME}/qr.png?biz_payload={}", "a".repeat(MAX_PAYLOAD)), 200),
        (format!("/call/{ACME}/qr.png?biz_payload={}", "a".repeat(MAX_PAYLOAD + 1)), 400),
        (format!("/call/{ACME}/qr.png?biz_payload={wide}"), 422),
        (format!("/call/{ACME}?biz_payload={wide}"), 200), // the page says that there is no code
    ] {
        assert_eq!(follow(&world, &path, DESK).await.status().as_u16(), status, "{}", &path[..path.len().min(60)]);
    }
    let reply = follow(&world, &format!("/call/{ACME}/qr.svg"), DESK).await;
    assert_eq!(reply.headers()["content-type"], "image/svg+xml");
    assert!(text(reply).await.starts_with("<svg xmlns="));
}

#[tokio::test]
async fn a_caller_who_must_sign_up_first_is_told_whom_they_are_going_to_call() {
    let world = World::new().await;
    let known = json(world.get(&format!("/phone/api/business/{ACME}"), None).await).await;
    assert_eq!(known, json!({"number": ACME, "display": "+62 812-5550-9999", "name": "Acme Repairs"}));
    for nobody in ["15550000000", NADIA, "x"] {
        assert_eq!(world.get(&format!("/phone/api/business/{nobody}"), None).await.status().as_u16(), 404, "{nobody}");
    }
}

#[tokio::test]
async fn a_call_from_a_link_without_payload_is_a_deep_link_all_the_same() {
    let world = World::new().await;
    acme_with(&world, |settings| settings.call_icon_visibility = Some(IconVisibility::DisableAll)).await;
    let (place, cookie) = (Place::of(&world).await, world.sign_in().await);
    let (mut window, _) = place.greeted("t1", &cookie).await;
    for (dial, entry, answer) in [("d1", "deep_link", "refused"), ("d2", "call_log", "dialled")] {
        window.say(json!({"type": "dial", "dial": dial, "number": ACME, "entry": entry, "offer": "o"})).await;
        assert_eq!(window.until(answer).await["dial"], dial, "{entry}");
    }
}
