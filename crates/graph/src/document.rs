//! The API's document (OpenAPI 3.1), made from the table of operations. It is checked in as `openapi.json`
//! beside this crate's manifest, where a test compares the two, and served at `/openapi.json`.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use axum::http::Method;
use axum::http::header::{ACCESS_CONTROL_ALLOW_ORIGIN, CONTENT_TYPE};
use axum::response::IntoResponse;
use callport_core::scope::Scope;
use callport_wire::ErrorEnvelope;
use serde_json::{Map, Value, json};
use utoipa::ToSchema;

use crate::endpoints;
use crate::operation::{Named, Needs, Operation, Route};
use crate::version::Version;

/// Schemas that are referred to by name.
#[derive(Default)]
pub(crate) struct Schemas(BTreeMap<String, Value>);

impl Schemas {
    /// A type of the published JSON.
    pub(crate) fn of<T: ToSchema>(&mut self) -> Value {
        let mut parts = Vec::new();
        T::schemas(&mut parts);
        for (name, schema) in parts {
            self.put(name, serde_json::to_value(schema).unwrap_or_default());
        }
        let name = T::name().into_owned();
        self.put(name.clone(), serde_json::to_value(T::schema()).unwrap_or_default());
        json!({ "$ref": format!("#/components/schemas/{name}") })
    }

    /// A node whose members depend on `fields`: none but the id is always there.
    pub(crate) fn chosen<T: ToSchema>(&mut self) -> Value {
        let reference = self.of::<T>();
        if let Some(Value::Object(schema)) = self.0.get_mut(&*T::name()) {
            let has_id = schema.get("properties").is_some_and(|properties| properties.get("id").is_some());
            schema.insert("required".to_owned(), if has_id { json!(["id"]) } else { json!([]) });
        }
        reference
    }

    /// A list of these.
    pub(crate) fn list(&mut self, item: Value) -> Value {
        let paging = self.of::<callport_wire::nodes::page::Paging>();
        json!({ "type": "object", "properties": { "data": { "type": "array", "items": item }, "paging": paging }, "required": ["data"] })
    }

    fn put(&mut self, name: String, schema: Value) {
        self.0.entry(name).or_insert(schema);
    }
}

/// The document, served beside the API for whoever makes a client or tests one.
pub async fn served() -> impl IntoResponse {
    static TEXT: LazyLock<String> = LazyLock::new(|| openapi().to_string());
    ([(CONTENT_TYPE, "application/json"), (ACCESS_CONTROL_ALLOW_ORIGIN, "*")], TEXT.as_str())
}

/// The document.
fn openapi() -> Value {
    let mut schemas = Schemas::default();
    let mut paths = Map::new();
    for route in endpoints::routes() {
        let mut path = Map::new();
        for operation in &route.operations {
            path.insert(operation.method.as_str().to_ascii_lowercase(), described(&route, operation, &mut schemas));
        }
        paths.insert(route.path.replace("{id}", &format!("{{{}}}", route.id)), Value::Object(path));
    }
    let error = schemas.of::<ErrorEnvelope>();
    let error =
        json!({ "description": "Refused, or failed: the published envelope.", "content": { "application/json": { "schema": error } } });
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Callport: Graph-style API",
            "description": "Cloud API calling as published: calls, permissions, messages, settings, templates, numbers, subscriptions. \
                Every path is served with and without a version in front.",
            "version": env!("CARGO_PKG_VERSION"),
            "license": { "name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0" },
        },
        "servers": [{ "url": "/{version}", "variables": { "version": { "default": Version::DOCUMENTED.to_string() } } }],
        "security": [{ "token": [] }],
        "paths": paths,
        "components": {
            "schemas": schemas.0,
            "responses": { "Error": error },
            "securitySchemes": { "token": { "type": "http", "scheme": "bearer",
                "description": "An access token, or APP_ID|APP_SECRET. Also taken as `access_token` in query or form." } },
        },
    })
}

fn described(route: &Route, operation: &Operation, schemas: &mut Schemas) -> Value {
    let mut parameters: Vec<Value> = Vec::new();
    if route.path.contains("{id}") {
        parameters.push(json!({ "name": route.id, "in": "path", "required": true, "schema": { "type": "string", "minLength": 1 } }));
    }
    for parameter in &operation.query {
        parameters.push(json!({ "name": parameter.name, "in": "query", "required": parameter.required,
            "description": parameter.about, "schema": parameter.schema }));
    }
    let reply = (operation.reply)(schemas);
    let mut told = json!({
        "operationId": operation.name,
        "summary": operation.summary,
        "description": needed(operation.needs),
        "parameters": parameters,
        "responses": {
            "200": { "description": "Done.", "content": { "application/json": { "schema": reply } } },
            "default": { "$ref": "#/components/responses/Error" },
        },
    });
    if let Some(body) = &operation.body {
        told["requestBody"] =
            json!({ "required": operation.method == Method::POST, "content": { "application/json": { "schema": body } } });
    }
    told
}

/// What a token must be, in words.
fn needed(needs: Needs) -> String {
    match needs {
        Needs::Token => "Any valid token.".to_owned(),
        Needs::OwnApp => "The app's own token, `APP_ID|APP_SECRET`.".to_owned(),
        Needs::Managing => "The token of an app, or an access token for managing.".to_owned(),
        Needs::Partner => "The token of an app that has a part in it, or an access token of that app for managing.".to_owned(),
        Needs::Scopes(kinds) => {
            let kind = |(named, scopes): &(Named, &[Scope])| {
                let names: Vec<_> = scopes.iter().map(|scope| format!("`{}`", scope.name())).collect();
                format!("{} {}", names.join(" or "), named.place())
            };
            format!("A token with {}.", kinds.iter().map(kind).collect::<Vec<_>>().join(", "))
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/openapi.json");

    #[test]
    #[expect(clippy::disallowed_methods, reason = "golden files are made anew on demand")]
    fn the_document_that_is_checked_in_is_this_one() {
        let made = format!("{}\n", serde_json::to_string_pretty(&openapi()).unwrap());
        if std::env::var_os("UPDATE_GOLDEN").is_some() {
            std::fs::write(FILE, &made).unwrap();
        }
        let kept = std::fs::read_to_string(FILE).unwrap();
        assert!(
            kept == made,
            "openapi.json is stale: run the tests of callport-graph once with UPDATE_GOLDEN=1 and look at the difference"
        );
    }

    #[test]
    fn every_operation_has_a_name_of_its_own_and_says_what_it_does() {
        let operations: Vec<_> = endpoints::routes().into_iter().flat_map(|route| route.operations).collect();
        let names: BTreeSet<_> = operations.iter().map(|operation| operation.name).collect();
        assert_eq!(names.len(), operations.len());
        for operation in &operations {
            assert!(!operation.summary.is_empty(), "{}", operation.name);
            assert_ne!((operation.reply)(&mut Schemas::default()), json!({}), "{}", operation.name);
            assert!(operation.method != Method::POST || operation.body.is_some(), "{}", operation.name);
        }
    }

    #[test]
    fn every_reference_leads_somewhere() {
        fn references(value: &Value, found: &mut BTreeSet<String>) {
            match value {
                Value::Object(members) => {
                    found.extend(members.get("$ref").and_then(Value::as_str).map(str::to_owned));
                    members.values().for_each(|value| references(value, found));
                }
                Value::Array(items) => items.iter().for_each(|value| references(value, found)),
                _ => {}
            }
        }
        let document = openapi();
        let mut found = BTreeSet::new();
        references(&document, &mut found);
        assert!(found.len() > 10, "{found:?}");
        for reference in found {
            assert!(document.pointer(reference.trim_start_matches('#')).is_some(), "{reference}");
        }
    }
}
