//! Every operation of the document is asked what nobody should ask: ids that cannot be, bodies of another shape, words that are not there.
//! Each is refused as the caller's slip, in our own words and with its place; none is a success, and none our fault.

use axum::body::Body;
use axum::http::Request;
use serde_json::{Value, json};

use super::description::{document, operations};
use super::desk::{Desk, TOKEN};

/// Ids of what is there, by the parameter's name.
const STANDING: [(&str, &str); 16] = [
    ("portfolio_id", "3001"),
    ("waba_id", "2001"),
    ("phone_number_id", "4001"),
    ("app_id", "1001"),
    ("template_id", "7001"),
    ("user_id", "+5511955501234"),
    ("owner_id", "1"),
    ("credit_line_id", "1"),
    ("system_user_id", "1"),
    ("direction", "USER_INITIATED"),
    ("handle", "7"),
    ("call_id", "wacid.x"),
    ("id", "1"),
    ("token", "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"),
    ("session", "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"),
    ("invitation", "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"),
];

/// How the sentences of others begin or end.
const FOREIGN_WORDS: [&str; 11] = [
    "invalid type",
    "invalid value",
    "invalid length",
    "missing field",
    "unknown field",
    "unknown variant",
    "expected",
    "deserialize",
    "Failed to",
    "struct ",
    "Invalid UTF",
];

/// A refused request: its message.
async fn refused(desk: &Desk, method: &str, path: &str, body: Option<&[u8]>) -> String {
    let request = Request::builder().method(method.to_uppercase().as_str()).uri(path).header("authorization", format!("Bearer {TOKEN}"));
    let request = match body {
        Some(body) => request.header("content-type", "application/json").body(Body::from(body.to_vec())),
        None => request.body(Body::empty()),
    };
    let told = format!("{method} {} {:?}", path.chars().take(120).collect::<String>(), body.map(String::from_utf8_lossy));
    let (status, kind, body) = desk.raw(request.unwrap()).await;
    let text = String::from_utf8(body).unwrap();
    assert!(status.is_client_error() && kind == "application/json", "{told}: {status} {text}");
    let answer: Value = serde_json::from_str(&text).unwrap();
    let message = answer["error"]["message"].as_str().unwrap_or_else(|| panic!("{told}: {text}")).to_owned();
    assert!(!FOREIGN_WORDS.iter().any(|words| message.contains(words)), "{told}: {message}");
    message
}

/// The path with what is there in it, but for one parameter.
fn at(path: &str, but: Option<(&str, &str)>) -> String {
    let part = |part: &str| match part.strip_prefix('{').and_then(|part| part.strip_suffix('}')) {
        None => part.to_owned(),
        Some(name) => match but {
            Some((wrong, value)) if wrong == name => value.to_owned(),
            _ => STANDING.iter().find(|(known, _)| *known == name).unwrap_or_else(|| panic!("{name}")).1.to_owned(),
        },
    };
    path.split('/').map(part).collect::<Vec<_>>().join("/")
}

fn parameters<'d>(operation: &'d Value, place: &str) -> Vec<&'d str> {
    let all = operation["parameters"].as_array().map(Vec::as_slice).unwrap_or_default();
    all.iter().filter(|parameter| parameter["in"] == place).map(|parameter| parameter["name"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn an_id_that_cannot_be_is_the_caller_s_slip() {
    let (desk, document) = (Desk::furnished().await, document());
    let (nines, long) = ("9".repeat(40), "x".repeat(5_000));
    let wrong = ["9223372036854775808", "18446744073709551616", &nines, &long, "x", "-1", "1.5", "%20", "%00", "%ff", "+", "+1", "..%2F.."];
    let mut walked = 0;
    for (path, method) in operations(&document) {
        for name in parameters(&document["paths"][&path][&method], "path") {
            for value in wrong {
                refused(&desk, &method, &at(&path, Some((name, value))), None).await;
                walked += 1;
            }
        }
    }
    assert!(walked > 500, "{walked}");
}

#[tokio::test]
async fn a_query_says_what_there_is_to_say_and_once() {
    let (desk, document) = (Desk::furnished().await, document());
    for (path, method) in operations(&document) {
        let names = parameters(&document["paths"][&path][&method], "query");
        for name in &names {
            let path = at(&path, None);
            let message = refused(&desk, &method, &format!("{path}?{name}=1&{name}=1"), None).await;
            assert!(message.starts_with(&format!("{name}: ")), "{message}");
            assert!(refused(&desk, &method, &format!("{path}?{name}s=1"), None).await.starts_with(&format!("{name}s: ")));
        }
        for limit in ["0", "-1", "501", "x", "", "4294967296", "99999999999999999999"] {
            if names.contains(&"limit") {
                refused(&desk, &method, &format!("{}?limit={limit}", at(&path, None)), None).await;
            }
        }
    }
}

/// What a schema takes, in the words of JSON.
fn kinds(document: &Value, schema: &Value) -> Vec<String> {
    if let Some(reference) = schema["$ref"].as_str() {
        return kinds(document, document.pointer(reference.trim_start_matches('#')).unwrap());
    }
    if let Some(one) = schema["oneOf"].as_array() {
        return one.iter().flat_map(|schema| kinds(document, schema)).collect();
    }
    match &schema["type"] {
        Value::String(kind) => vec![kind.clone()],
        Value::Array(all) => all.iter().map(|kind| kind.as_str().unwrap().to_owned()).collect(),
        _ => panic!("{schema}"),
    }
}

fn resolved<'d>(document: &'d Value, schema: &'d Value) -> &'d Value {
    let reference = schema["$ref"].as_str().or_else(|| schema["oneOf"].as_array()?.iter().find_map(|one| one["$ref"].as_str()));
    reference.map_or(schema, |reference| document.pointer(reference.trim_start_matches('#')).unwrap())
}

#[tokio::test]
async fn a_body_of_another_shape_is_told_with_its_place() {
    let (desk, document) = (Desk::furnished().await, document());
    let values = [
        ("boolean", json!(true)),
        ("integer", json!(5)),
        ("number", json!(1.5)),
        ("beyond", json!(-1)),
        ("beyond", json!(1e300)),
        ("string", json!("\u{0}")),
        ("array", json!([])),
        ("object", json!({})),
    ];
    let mut walked = 0;
    for (path, method) in operations(&document) {
        let body = &document["paths"][&path][&method]["requestBody"];
        if body.is_null() {
            continue;
        }
        let there = at(&path, None);
        for whole in ["[]", "[null,null]", "[null,null,null]", "null", "\"x\"", "5", "true", "{", "{}}", "{\"no_such_field\":1}"] {
            refused(&desk, &method, &there, Some(whole.as_bytes())).await;
        }
        refused(&desk, &method, &there, Some(b"{\"\xff\":1}")).await;
        if body["required"] == true || method == "patch" {
            refused(&desk, &method, &there, None).await;
            refused(&desk, &method, &there, Some(b"{}")).await;
        }
        let schema = resolved(&document, &body["content"]["application/json"]["schema"]);
        let fields = schema["properties"].as_object().unwrap_or_else(|| panic!("{method} {path}: {schema}"));
        for (name, schema) in fields {
            let taken = kinds(&document, schema);
            for (kind, value) in &values {
                let fits = taken.iter().any(|taken| taken == kind || (taken == "number" && matches!(*kind, "integer" | "beyond")));
                if fits {
                    continue;
                }
                let said = format!("{{{}:{value}}}", json!(name));
                let message = refused(&desk, &method, &there, Some(said.as_bytes())).await;
                // A shape that is chosen by its `kind` misses that first.
                let places = [format!("{name}: "), format!("{name}.kind: ")];
                assert!(places.iter().any(|place| message.starts_with(place)), "{method} {path} {said}: {message}");
                walked += 1;
            }
            let twice = format!("{{{0}:null,{0}:null}}", json!(name));
            assert!(refused(&desk, &method, &there, Some(twice.as_bytes())).await.ends_with(": is there twice"));
        }
    }
    assert!(walked > 200, "{walked}");
}

/// Lengths of time have an end, and whoever asks for more is told where it is.
#[tokio::test]
async fn no_length_of_time_is_cut_in_silence() {
    let desk = Desk::furnished().await;
    for (path, field, rest) in [
        ("tokens", "lifetime_seconds", json!({ "app_id": "1001", "waba_ids": ["2001"] })),
        ("invitations", "lifetime_seconds", json!({ "any_number": true })),
        ("clock/advance", "by_ms", json!({})),
    ] {
        for beyond in [0, u64::MAX, 1 << 62] {
            let mut body = rest.clone();
            body[field] = beyond.into();
            let message = refused(&desk, "post", &format!("/admin/v1/{path}"), Some(body.to_string().as_bytes())).await;
            assert!(message.starts_with(&format!("{field}: ")), "{message}");
        }
    }
}
