use super::*;
use serde_json::json;

fn object(pairs: &[(&str, &str)]) -> Result<Value, String> {
    let mut members = Members::default();
    for (name, value) in pairs {
        members.add((*name).to_owned(), (*value).to_owned());
    }
    members.object().map(Value::Object).map_err(|malformed| malformed.details)
}

fn check(pairs: &[(&str, &str)], expected: Value) {
    assert_eq!(object(pairs), Ok(expected), "{pairs:?}");
}

fn refused(pairs: &[(&str, &str)], details: &str) {
    assert_eq!(object(pairs), Err(details.to_owned()), "{pairs:?}");
}

#[test]
fn names_with_brackets_nest() {
    check(&[], json!({}));
    check(&[("to", "1"), ("text[body]", "Olá")], json!({ "to": "1", "text": { "body": "Olá" } }));
    check(
        &[("session[sdp_type]", "offer"), ("action", "connect"), ("session[sdp]", "v=0\r\n")],
        json!({ "session": { "sdp_type": "offer", "sdp": "v=0\r\n" }, "action": "connect" }),
    );
    check(&[("a[b][c]", "1"), ("a[b][d]", "2")], json!({ "a": { "b": { "c": "1", "d": "2" } } }));
}

#[test]
fn lists_have_indexes_or_none() {
    check(&[("fields[0]", "calls"), ("fields[1]", "messages")], json!({ "fields": ["calls", "messages"] }));
    check(&[("fields[]", "calls"), ("fields[]", "messages")], json!({ "fields": ["calls", "messages"] }));
    check(&[("fields[7]", "b"), ("fields[2]", "a")], json!({ "fields": ["a", "b"] }));
    check(&[("fields[4294967295]", "a")], json!({ "fields": ["a"] }));
    check(
        &[("servers[0][hostname]", "h"), ("servers[0][port]", "5061"), ("servers[1][hostname]", "i")],
        json!({ "servers": [{ "hostname": "h", "port": "5061" }, { "hostname": "i" }] }),
    );
}

/// As Ruby writes two components, the second of which has two parameters.
#[test]
fn without_indexes_an_element_goes_on_until_a_name_repeats() {
    check(
        &[
            ("components[][type]", "header"),
            ("components[][type]", "body"),
            ("components[][parameters][][type]", "text"),
            ("components[][parameters][][text]", "Nadia"),
            ("components[][parameters][][type]", "text"),
            ("components[][parameters][][text]", "at ten"),
        ],
        json!({ "components": [
            { "type": "header" },
            { "type": "body", "parameters": [{ "type": "text", "text": "Nadia" }, { "type": "text", "text": "at ten" }] },
        ] }),
    );
    check(&[("a[][b][c]", "1"), ("a[][b][c]", "2")], json!({ "a": [{ "b": { "c": "1" } }, { "b": { "c": "2" } }] }));
}

#[test]
fn objects_and_lists_may_be_json_and_texts_stay_texts() {
    check(
        &[("calling", r#"{"status":"ENABLED"}"#), ("components", r#" [{"type":"BODY"}]"#), ("text", r#"{"body":"x"}"#)],
        json!({ "calling": { "status": "ENABLED" }, "components": [{ "type": "BODY" }], "text": { "body": "x" } }),
    );
    check(&[("components[]", r#"{"type":"BODY"}"#)], json!({ "components": [{ "type": "BODY" }] }));
    check(&[("calling[audio]", r#"{"additional_codecs":[]}"#)], json!({ "calling": { "audio": { "additional_codecs": [] } } }));
    check(&[("verify_token", r#"{"a":1}"#), ("text[body]", "[1]")], json!({ "verify_token": r#"{"a":1}"#, "text": { "body": "[1]" } }));
    check(&[("x", "{not json"), ("y", "true"), ("z", "17")], json!({ "x": "{not json", "y": "true", "z": "17" }));
    let deep = format!("{}1{}", "[".repeat(1_000), "]".repeat(1_000));
    check(&[("x", &deep)], json!({ "x": deep }));
}

#[test]
fn a_name_given_twice_is_both_values() {
    check(&[("fields", "calls"), ("fields", "messages"), ("fields", "flows")], json!({ "fields": ["calls", "messages", "flows"] }));
    check(&[("to", "1"), ("to", "1")], json!({ "to": "1" }));
    check(&[("a[b]", "1"), ("a[b]", "2")], json!({ "a": { "b": ["1", "2"] } }));
}

#[test]
fn refuses_what_has_two_readings() {
    const BOTH: &str = "is given both as one value and as an object or list.";
    refused(&[("a", "1"), ("a[b]", "2")], &format!("The parameter a[b] {BOTH}"));
    refused(&[("a[b]", "2"), ("a", "1")], &format!("The parameter a {BOTH}"));
    refused(&[("a[b][c]", "2"), ("a[b]", "1")], &format!("The parameter a[b] {BOTH}"));
    refused(&[("a[0]", "1"), ("a[b]", "2")], "A parameter is given both as a list and as an object.");
    for name in ["a[b", "a[b]c", "a[b]]", "a[[b]]", "a[", "a[b][", "a[b]x[c]"] {
        refused(&[(name, "1")], "The brackets in the name of a parameter do not match.");
    }
}

#[test]
fn names_without_a_beginning_are_names_like_others() {
    check(&[("[a]", "1"), ("b]", "2"), ("", "3")], json!({ "[a]": "1", "b]": "2", "": "3" }));
}

#[test]
fn nesting_has_an_end() {
    let name = |depth: usize| format!("a{}", "[b]".repeat(depth - 1));
    assert!(object(&[(&name(DEPTH_MAX), "1")]).is_ok());
    refused(&[(&name(DEPTH_MAX + 1), "1")], "The parameter a is nested deeper than 16 levels.");
    refused(&[(&name(20_000), "1")], "The parameter a is nested deeper than 16 levels.");
}
