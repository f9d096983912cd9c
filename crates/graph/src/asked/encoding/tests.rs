use super::*;
use axum::body::Body;
use axum::http::HeaderValue;
use serde_json::json;

const FORM: &str = "application/x-www-form-urlencoded";
const PARTS: &str = "multipart/form-data; boundary=xYz";

fn labelled(content_type: Option<&str>) -> HeaderMap {
    content_type.map(|value| (header::CONTENT_TYPE, HeaderValue::from_str(value).unwrap())).into_iter().collect()
}

async fn check(content_type: Option<&str>, body: &[u8], expected: Value) {
    let read = parse(&labelled(content_type), body).await.unwrap();
    assert_eq!(Value::Object(read), expected, "{content_type:?} {}", String::from_utf8_lossy(body));
}

/// A multipart body as `curl -F` writes it.
fn parts(members: &[(&str, &str)]) -> Vec<u8> {
    let part = |(name, value): &(&str, &str)| format!("--xYz\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
    format!("{}--xYz--\r\n", members.iter().map(part).collect::<String>()).into_bytes()
}

#[tokio::test]
async fn json_and_forms_of_both_kinds_are_alike() {
    let json_body = br#"{"action":"reject","call_id":"wacid.X"}"#;
    let expected = json!({ "action": "reject", "call_id": "wacid.X" });
    for content_type in ["application/json", "application/json; charset=utf-8", "APPLICATION/JSON", FORM] {
        check(Some(content_type), json_body, expected.clone()).await;
    }
    check(None, json_body, expected.clone()).await;
    check(Some(FORM), b"action=reject&call_id=wacid.X", expected.clone()).await;
    for content_type in [PARTS, "multipart/form-data; charset=utf-8; boundary=\"xYz\"", "Multipart/Form-Data; boundary=xYz"] {
        check(Some(content_type), &parts(&[("action", "reject"), ("call_id", "wacid.X")]), expected.clone()).await;
    }
    check(Some("application/json"), b"", json!({})).await;
    check(Some("application/json"), b"\xef\xbb\xbf {}\n", json!({})).await;
    check(Some(PARTS), b"--xYz--\r\n", json!({})).await;
}

#[tokio::test]
async fn both_kinds_of_forms_nest() {
    let expected = json!({ "calling": { "status": "ENABLED" }, "x": "a b", "fields": ["calls"] });
    check(Some(FORM), b"calling%5Bstatus%5D=ENABLED&x=a+b&fields[]=calls", expected.clone()).await;
    check(Some(FORM), b"calling=%7B%22status%22%3A%22ENABLED%22%7D&x=a+b&fields[0]=calls", expected.clone()).await;
    check(Some(PARTS), &parts(&[("calling[status]", "ENABLED"), ("x", "a b"), ("fields[]", "calls")]), expected).await;
}

#[tokio::test]
async fn a_part_may_be_a_file_or_labelled_as_json() {
    let body =
        b"--xYz\r\nContent-Disposition: form-data; name=\"session\"; filename=\"offer.json\"\r\nContent-Type: application/json\r\n\r\n\
                 {\"sdp_type\":\"offer\",\"sdp\":\"v=0\\r\\n\"}\r\n--xYz--";
    check(Some(PARTS), body, json!({ "session": { "sdp_type": "offer", "sdp": "v=0\r\n" } })).await;
}

#[tokio::test]
async fn refuses_what_it_cannot_read() {
    let deep = [b"{\"a\":".repeat(1000), b"1".to_vec(), b"}".repeat(1000)].concat();
    let no_name = b"--xYz\r\nContent-Disposition: form-data\r\n\r\n1\r\n--xYz--";
    let not_text = b"--xYz\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n\xff\r\n--xYz--";
    let encoded = b"--xYz\r\nContent-Disposition: form-data; name=\"a\"\r\nContent-Transfer-Encoding: base64\r\n\r\nYQ==\r\n--xYz--";
    let types = "The content type must be application/json, application/x-www-form-urlencoded or multipart/form-data with its boundary.";
    for (content_type, body, status, details) in [
        ("application/json", b"{\"a\":".as_slice(), 400, "The request body is not valid JSON (line 1, column 5)."),
        ("application/json", b"[]", 400, "The request body must be a JSON object."),
        ("application/json", b"null", 400, "The request body must be a JSON object."),
        ("application/json", b"{\"a\":\"\xff\"}", 400, "The request body is not valid UTF-8."),
        ("application/json", &deep, 400, "The request body is not valid JSON (line 1, column 636)."),
        ("text/xml", b"<a/>", 415, types),
        ("multipart/form-data", b"--xYz--", 415, types),
        ("multipart/mixed; boundary=xYz", b"--xYz--", 415, types),
        (PARTS, no_name, 400, "A part of the multipart body has no name."),
        (PARTS, not_text, 400, "The part a of the multipart body is not valid UTF-8."),
        (PARTS, encoded, 400, "The part a of the multipart body must be sent without a transfer encoding."),
        (FORM, b"a[b=1", 400, "The brackets in the name of a parameter do not match."),
    ] {
        let refusal = parse(&labelled(Some(content_type)), body).await.unwrap_err();
        assert_eq!((refusal.http_status(), refusal.body("A").error.details()), (status, Some(details)), "{content_type}");
    }
}

#[tokio::test]
async fn every_beginning_of_a_multipart_body_is_refused() {
    let whole = parts(&[("a", "1"), ("b", "2")]);
    for end in 1..whole.len() - "--\r\n".len() {
        assert!(parse(&labelled(Some(PARTS)), &whole[..end]).await.is_err(), "{}", String::from_utf8_lossy(&whole[..end]));
    }
}

#[tokio::test]
async fn the_number_of_parameters_has_an_end() {
    let form = |count: usize| (0..count).map(|at| format!("a{at}=1&")).collect::<String>();
    assert!(parse(&labelled(Some(FORM)), form(PARAMS_MAX).as_bytes()).await.is_ok());
    assert!(parse(&labelled(Some(FORM)), form(PARAMS_MAX + 1).as_bytes()).await.is_err());
    assert!(query(&form(PARAMS_MAX + 1)).is_err());
    let many: Vec<_> = (0..=PARAMS_MAX).map(|_| ("a", "1")).collect();
    assert!(parse(&labelled(Some(PARTS)), &parts(&many)).await.is_err());
}

/// The token that is found in `body` before it is read whole.
async fn token(content_type: &str, announced: bool, body: Vec<u8>) -> Option<String> {
    let mut headers = labelled(Some(content_type));
    if announced {
        headers.insert(header::CONTENT_LENGTH, body.len().into());
    }
    let mut hearing = Hearing::of(&headers, Body::from(body), &crate::GraphConfig::default());
    token_at_beginning(&headers, &mut hearing, &Strangers::default()).await.unwrap()
}

#[tokio::test]
async fn a_token_is_found_at_the_beginning_of_a_body() {
    let mine = Some("1001|s".to_owned());
    let long = "x".repeat(BEGINNING_MAX_BYTES);
    for announced in [true, false] {
        assert_eq!(token(FORM, announced, b"a=1&access_token=1001%7Cs".to_vec()).await, mine);
        assert_eq!(token(FORM, announced, format!("access_token=1001|s&sdp={long}").into_bytes()).await, mine);
        assert_eq!(token(PARTS, announced, parts(&[("a", "1"), ("access_token", "1001|s")])).await, mine);
        assert_eq!(token(PARTS, announced, parts(&[("access_token", "1001|s"), ("sdp", &long)])).await, mine);
        assert_eq!(token(FORM, announced, br#"{"access_token":"1001|s"}"#.to_vec()).await, mine);
    }
    assert_eq!(token("application/json", true, br#"{"access_token":"1001|s"}"#.to_vec()).await, mine);
    for (content_type, announced, body) in [
        (FORM, true, b"".to_vec()),
        (FORM, true, b"a=1".to_vec()),
        (FORM, true, b"access_token=".to_vec()),
        ("application/json", false, br#"{"access_token":"1001|s"}"#.to_vec()),
        ("application/json", true, format!(r#"{{"access_token":"1001|s","a":"{long}"}}"#).into_bytes()),
        ("application/octet-stream", false, b"access_token=1001|s".to_vec()),
    ] {
        assert_eq!(token(content_type, announced, body).await, None, "{content_type}");
    }
}

/// In one chunk a body is looked at whole, so these come in chunks of the size that a connection makes.
#[tokio::test]
async fn a_token_beyond_the_beginning_is_not_found_and_its_body_not_kept() {
    let chunks = std::iter::repeat_with(|| Ok::<_, std::io::Error>(vec![b'x'; 1024])).take(64);
    let tail = [Ok(b"&access_token=1001|s".to_vec())];
    let body = Body::from_stream(stream::iter(chunks.chain(tail)));
    let headers = labelled(Some(FORM));
    let mut hearing = Hearing::of(&headers, body, &crate::GraphConfig::default());
    assert_eq!(token_at_beginning(&headers, &mut hearing, &Strangers::default()).await.unwrap(), None);
    assert_eq!(hearing.kept().len(), BEGINNING_MAX_BYTES);
}

#[tokio::test]
async fn one_stranger_too_many_is_told_to_use_the_header() {
    let strangers = Strangers::default();
    let places: Vec<_> = std::iter::from_fn(|| strangers.enter().ok()).collect();
    let headers = labelled(Some(FORM));
    let mut hearing = Hearing::of(&headers, Body::from("access_token=1001|s"), &crate::GraphConfig::default());
    let refusal = token_at_beginning(&headers, &mut hearing, &strangers).await.unwrap_err().0;
    assert_eq!((refusal.code().number(), refusal.http_status()), (131016, 503));
    drop(places);
    assert!(token_at_beginning(&headers, &mut hearing, &strangers).await.unwrap().is_some());
}
