//! The OpenAPI document: checked in, complete, and true.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use axum::body::Body;
use axum::http::{Request, StatusCode};
use serde_json::{Value, json};

use super::desk::{Desk, TOKEN};

const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

fn golden() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("openapi.json")
}

pub(super) fn document() -> Value {
    serde_json::to_value(crate::openapi()).unwrap()
}

/// Path and method of everything that is described.
pub(super) fn operations(document: &Value) -> Vec<(String, String)> {
    let paths = document["paths"].as_object().unwrap();
    let of = |path: &String, item: &Value| {
        let methods: Vec<_> = METHODS.into_iter().filter(|method| item.get(*method).is_some()).collect();
        methods.into_iter().map(|method| (path.clone(), method.to_owned())).collect::<Vec<_>>()
    };
    paths.iter().flat_map(|(path, item)| of(path, item)).collect()
}

#[test]
#[expect(clippy::disallowed_methods, reason = "golden files are made anew on demand")]
fn the_checked_in_document_is_the_one_that_is_served() {
    let fresh = crate::openapi().to_pretty_json().unwrap() + "\n";
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        fs::write(golden(), &fresh).unwrap();
    }
    let kept = fs::read_to_string(golden()).unwrap();
    assert!(
        kept == fresh,
        "crates/operator/openapi.json is stale: run the tests of callport-operator once with UPDATE_GOLDEN=1 and look at the difference"
    );
}

/// Routes come into the router only together with their description (`routes!`), but for the document itself; and a handler
/// that is described is also in the router.
#[test]
fn every_route_is_in_the_document() {
    let mut described = 0;
    let mut bare = Vec::new();
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            if entry.is_dir() {
                folders.push(entry);
                continue;
            }
            if entry.ends_with("tests/description.rs") {
                continue;
            }
            let source = fs::read_to_string(&entry).unwrap();
            described += source.matches("#[utoipa::path(").count();
            bare.extend(
                source
                    .lines()
                    .filter(|line| line.contains(".route(") || line.contains(".route_service("))
                    .map(str::trim)
                    .map(str::to_owned),
            );
        }
    }
    assert_eq!(described, operations(&document()).len(), "handlers with a description, and operations of the document");
    assert_eq!(bare, ["let document = Router::new().route(OPENAPI, axum::routing::get(document));"]);
}

#[tokio::test]
async fn everything_in_the_document_is_served() {
    let desk = Desk::furnished().await;
    for (path, method) in operations(&document()) {
        let mut concrete = path.split('/').map(|part| if part.starts_with('{') { "1" } else { part }).collect::<Vec<_>>().join("/");
        if path.ends_with("/events") {
            concrete.push_str("?kind=none"); // refused: what is served does not end
        }
        let request =
            Request::builder().method(method.to_uppercase().as_str()).uri(&concrete).header("authorization", format!("Bearer {TOKEN}"));
        let (status, _, body) = desk.raw(request.body(Body::empty()).unwrap()).await;
        let body = String::from_utf8_lossy(&body).into_owned();
        assert!(status != StatusCode::METHOD_NOT_ALLOWED && !body.contains("there is no such path"), "{method} {path}: {status} {body}");
    }
}

#[tokio::test]
async fn the_document_is_served_and_asks_for_the_token_by_default() {
    let desk = Desk::new().await;
    let served = desk.get("/admin/openapi.json").await;
    assert_eq!(served, document());
    assert_eq!(served["security"], json!([{ "operator_token": [] }]));
    assert_eq!(served["paths"]["/healthz"]["get"]["security"], json!([{}]));
}

#[test]
fn every_operation_has_a_name_of_its_own_a_summary_and_an_error() {
    let document = document();
    let mut names = BTreeMap::new();
    for (path, method) in operations(&document) {
        let operation = &document["paths"][&path][&method];
        let name = operation["operationId"].as_str().unwrap().to_owned();
        assert!(operation["summary"].as_str().is_some_and(|summary| summary.ends_with('.')), "{method} {path}");
        assert!(path == "/healthz" || operation["responses"].get("4XX").is_some(), "{method} {path}");
        assert_eq!(names.insert(name, path.clone()), None, "{method} {path}");
        for (status, response) in operation["responses"].as_object().unwrap() {
            assert!(response["description"].as_str().is_some_and(|text| !text.is_empty()), "{method} {path} {status}");
        }
        for part in path.split('/').filter(|part| part.starts_with('{')) {
            let named = operation["parameters"]
                .as_array()
                .into_iter()
                .flatten()
                .any(|parameter| format!("{{{}}}", parameter["name"].as_str().unwrap()) == part);
            assert!(named, "{method} {path} does not describe {part}");
        }
    }
}

#[test]
fn every_shape_that_is_named_is_there() {
    let document = document();
    let known: BTreeSet<_> =
        document["components"]["schemas"].as_object().unwrap().keys().map(|name| format!("#/components/schemas/{name}")).collect();
    let mut values = vec![&document];
    let mut named = 0;
    while let Some(value) = values.pop() {
        if let Some(reference) = value.get("$ref").and_then(Value::as_str) {
            assert!(known.contains(reference), "{reference}");
            named += 1;
        }
        match value {
            Value::Object(map) => values.extend(map.values()),
            Value::Array(list) => values.extend(list),
            _ => {}
        }
    }
    assert!(named > known.len());
}
