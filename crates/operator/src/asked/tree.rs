//! What a request says, before anybody asks what it means: JSON of a body, or the words of a query.

use std::fmt;

use axum::http::Uri;
use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use url::form_urlencoded;

/// A value, with everything in it in the order in which it was said.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Tree {
    Nothing,
    Flag(bool),
    Number(serde_json::Number),
    Text(String),
    /// Of a query: a text that may also stand for a number or a flag.
    Word(String),
    List(Vec<Tree>),
    /// Names may come twice; whoever reads it refuses that.
    Object(Vec<(String, Tree)>),
}

impl Tree {
    /// An object in which nothing is said.
    pub(crate) const EMPTY: Tree = Tree::Object(Vec::new());

    /// Reads JSON. What is none is told by its place alone.
    pub(crate) fn of_json(bytes: &[u8]) -> Result<Tree, String> {
        serde_json::from_slice(bytes).map_err(|error| format!("no JSON at line {}, column {}", error.line(), error.column()))
    }

    /// The query of a URL.
    pub(crate) fn of_query(uri: &Uri) -> Tree {
        let pairs = form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes());
        Tree::Object(pairs.map(|(name, value)| (name.into_owned(), Tree::Word(value.into_owned()))).collect())
    }

    /// What it is, for a sentence.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Tree::Nothing => "null",
            Tree::Flag(_) => "true or false",
            Tree::Number(_) => "a number",
            Tree::Text(_) | Tree::Word(_) => "a text",
            Tree::List(_) => "a list",
            Tree::Object(_) => "an object",
        }
    }
}

impl From<serde_json::Value> for Tree {
    fn from(value: serde_json::Value) -> Tree {
        use serde_json::Value;
        match value {
            Value::Null => Tree::Nothing,
            Value::Bool(flag) => Tree::Flag(flag),
            Value::Number(number) => Tree::Number(number),
            Value::String(text) => Tree::Text(text),
            Value::Array(list) => Tree::List(list.into_iter().map(Tree::from).collect()),
            Value::Object(fields) => Tree::Object(fields.into_iter().map(|(name, value)| (name, value.into())).collect()),
        }
    }
}

impl<'de> Deserialize<'de> for Tree {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Tree, D::Error> {
        from.deserialize_any(Growing)
    }
}

/// Takes whatever comes.
struct Growing;

impl<'de> Visitor<'de> for Growing {
    type Value = Tree;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Tree, E> {
        Ok(Tree::Nothing)
    }

    fn visit_bool<E>(self, flag: bool) -> Result<Tree, E> {
        Ok(Tree::Flag(flag))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Tree, E> {
        Ok(Tree::Number(number.into()))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Tree, E> {
        Ok(Tree::Number(number.into()))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Tree, E> {
        Ok(serde_json::Number::from_f64(number).map_or(Tree::Nothing, Tree::Number)) // JSON has no infinities
    }

    fn visit_str<E>(self, text: &str) -> Result<Tree, E> {
        Ok(Tree::Text(text.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Tree, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(Tree::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Tree, A::Error> {
        let mut object = Vec::new();
        while let Some(field) = fields.next_entry()? {
            object.push(field);
        }
        Ok(Tree::Object(object))
    }
}
