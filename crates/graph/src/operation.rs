//! What the API offers: every method of every path, with what it needs and what it takes and gives.
//!
//! The router, the public document (`document`) and the test that walks every operation with every kind of token are made from this, so that
//! an endpoint cannot be in one of them and not in the others.

use axum::handler::Handler;
use axum::http::Method;
use axum::routing::{MethodFilter, MethodRouter, any, on};
use callport_core::scope::Scope;
use serde_json::{Value, json};

use crate::Shared;
use crate::document::Schemas;

/// A path, after the version, and what can be done there.
pub(crate) struct Route {
    /// `/{id}/calls`.
    pub(crate) path: &'static str,
    /// What the document calls `{id}`: `phone_number_id`.
    pub(crate) id: &'static str,
    pub(crate) operations: Vec<Operation>,
}

/// A method of a path.
pub(crate) struct Operation {
    pub(crate) method: Method,
    /// A method's name in generated clients.
    pub(crate) name: &'static str,
    pub(crate) summary: &'static str,
    pub(crate) needs: Needs,
    pub(crate) query: Vec<Parameter>,
    pub(crate) body: Option<Value>,
    pub(crate) reply: fn(&mut Schemas) -> Value,
    handler: MethodRouter<Shared>,
}

/// What a token must be.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Needs {
    /// Any that is valid.
    Token,
    /// The token of the app in the path, `APP_ID|APP_SECRET`.
    OwnApp,
    /// The token of any app, or an access token for managing, whatever it reaches.
    Managing,
    /// The token of an app that has a part in what the path names (a portfolio, a solution, a credit line, a share of one), or an access token of
    /// that app for managing: `partners`.
    Partner,
    /// One of the scopes, on the account of what the path names; which of them depends on what that is.
    Scopes(&'static [(Named, &'static [Scope])]),
}

/// What an id names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Named {
    Number,
    Account,
    Template,
}

impl Named {
    /// Where the scope must be held, in words.
    pub(crate) const fn place(self) -> &'static str {
        match self {
            Named::Number => "on the number's account",
            Named::Account => "on the account",
            Named::Template => "on the template's account",
        }
    }
}

impl Needs {
    /// Managing a number.
    pub(crate) const MANAGED_NUMBER: Needs = Needs::Scopes(&[(Named::Number, &[Scope::Management])]);
    /// Sending and calling with a number.
    pub(crate) const SENDER: Needs = Needs::Scopes(&[(Named::Number, &[Scope::Messaging])]);
    /// Managing an account.
    pub(crate) const ACCOUNT: Needs = Needs::Scopes(&[(Named::Account, &[Scope::Management])]);
}

/// A body of plain members, with those that must be there.
pub(crate) fn members(names: &[&str], required: &[&str]) -> Value {
    let properties: serde_json::Map<_, _> = names.iter().map(|name| ((*name).to_owned(), json!({}))).collect();
    json!({ "type": "object", "properties": properties, "required": required })
}

/// A reply of text members, all of which are there.
pub(crate) fn told(names: &[&str]) -> Value {
    let properties: serde_json::Map<_, _> = names.iter().map(|name| ((*name).to_owned(), json!({ "type": "string" }))).collect();
    json!({ "type": "object", "properties": properties, "required": names })
}

/// A parameter of the query.
pub(crate) struct Parameter {
    pub(crate) name: &'static str,
    pub(crate) required: bool,
    pub(crate) schema: Value,
    pub(crate) about: &'static str,
}

impl Parameter {
    pub(crate) fn text(name: &'static str, about: &'static str) -> Self {
        Self { name, required: false, schema: json!({ "type": "string" }), about }
    }

    pub(crate) fn required(self) -> Self {
        Self { required: true, ..self }
    }

    /// `fields`.
    pub(crate) fn fields() -> Self {
        Self::text("fields", "Which fields to show, separated by commas; lists of a node are fields too, as `phone_numbers.limit(5){id}`.")
    }

    /// `limit`, `after` and `before` of a list in pages.
    pub(crate) fn paging() -> [Self; 3] {
        let limit = Self { schema: json!({ "type": "integer", "minimum": 1 }), ..Self::text("limit", "Items on a page.") };
        [limit, Self::text("after", "The page behind this cursor."), Self::text("before", "The page before this cursor.")]
    }
}

impl Operation {
    fn new<H: Handler<T, Shared>, T: 'static>(method: Method, filter: MethodFilter, name: &'static str, handler: H) -> Self {
        Self {
            method,
            name,
            summary: "",
            needs: Needs::Token,
            query: Vec::new(),
            body: None,
            reply: |_| json!({}),
            handler: on(filter, handler),
        }
    }

    pub(crate) fn get<H: Handler<T, Shared>, T: 'static>(name: &'static str, handler: H) -> Self {
        Self::new(Method::GET, MethodFilter::GET, name, handler)
    }

    pub(crate) fn post<H: Handler<T, Shared>, T: 'static>(name: &'static str, handler: H) -> Self {
        Self::new(Method::POST, MethodFilter::POST, name, handler)
    }

    /// A POST whose handler is asked about other methods as well, because it knows better than "405" what to say.
    pub(crate) fn post_or_any<H: Handler<T, Shared>, T: 'static>(name: &'static str, handler: H) -> Self {
        Self { handler: any(handler.clone()), ..Self::post(name, handler) }
    }

    pub(crate) fn delete<H: Handler<T, Shared>, T: 'static>(name: &'static str, handler: H) -> Self {
        Self::new(Method::DELETE, MethodFilter::DELETE, name, handler)
    }

    /// What it does, as the title of its page.
    pub(crate) fn summary(self, summary: &'static str) -> Self {
        Self { summary, ..self }
    }

    pub(crate) fn needs(self, needs: Needs) -> Self {
        Self { needs, ..self }
    }

    pub(crate) fn query(self, query: impl IntoIterator<Item = Parameter>) -> Self {
        Self { query: query.into_iter().collect(), ..self }
    }

    /// The schema of its body.
    pub(crate) fn body(self, body: Value) -> Self {
        Self { body: Some(body), ..self }
    }

    /// The schema of what it answers.
    pub(crate) fn reply(self, reply: fn(&mut Schemas) -> Value) -> Self {
        Self { reply, ..self }
    }
}

impl Route {
    /// All its methods, for the router.
    pub(crate) fn methods(self) -> MethodRouter<Shared> {
        self.operations.into_iter().fold(MethodRouter::new(), |methods, operation| methods.merge(operation.handler))
    }
}
