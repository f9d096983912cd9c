//! `fields=id,display_phone_number,…`: what a GET shows of a node.
//!
//! Platform docs, Graph API, Field expansion. Arguments and nested selections (`name{…}`, `name.limit(5)`) are skipped; fields that we
//! do not know are left out of the reply, as the platform leaves out fields without a value.

use serde::Serialize;
use serde_json::{Map, Value};

/// Most fields taken from one request.
const FIELDS_MAX: usize = 100;

/// A selection of fields.
pub(crate) struct Fields(Vec<String>);

impl Fields {
    /// The fields asked for, or the node's own choice.
    pub(crate) fn asked(text: Option<&str>, default: &[&str]) -> Self {
        match text.map(names) {
            Some(names) if !names.is_empty() => Self(names),
            _ => Self(default.iter().map(|name| (*name).to_owned()).collect()),
        }
    }

    /// Whether `name` was asked for.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.0.iter().any(|asked| asked == name)
    }

    /// Those members of `node` that were asked for, in that order. `id` is always among them, last when nobody asked.
    pub(crate) fn of(&self, node: &impl Serialize) -> Map<String, Value> {
        let Ok(Value::Object(mut members)) = serde_json::to_value(node) else { return Map::new() };
        let mut chosen = Map::new();
        for name in self.0.iter().map(String::as_str).chain(["id"]) {
            if let Some((name, value)) = members.remove_entry(name) {
                chosen.insert(name, value);
            }
        }
        chosen
    }
}

/// Splits at the commas outside of brackets and keeps what stands before any bracket or dot.
fn names(text: &str) -> Vec<String> {
    let mut depth = 0_u32;
    let parts = text.split(move |c| {
        match c {
            '(' | '{' | '[' => depth = depth.saturating_add(1),
            ')' | '}' | ']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        c == ',' && depth == 0
    });
    let name = |part: &'_ str| -> usize { part.find(['.', '(', '{', '[']).unwrap_or(part.len()) };
    parts.take(FIELDS_MAX).map(|part| part[..name(part)].trim()).filter(|name| !name.is_empty()).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn splits_outside_of_brackets() {
        for (text, expected) in [
            ("id,name", vec!["id", "name"]),
            (" id , name ,,", vec!["id", "name"]),
            ("calls.start(1).end(2),id", vec!["calls", "id"]),
            ("phone_numbers{id,name},id", vec!["phone_numbers", "id"]),
            ("a.b([x,y]),c", vec!["a", "c"]),
            (")),a", vec!["))", "a"]),
            ("", vec![]),
        ] {
            assert_eq!(names(text), expected, "{text}");
        }
    }

    #[test]
    fn shows_what_was_asked_in_that_order_and_the_id() {
        let node = json!({ "id": "1", "a": 1, "b": 2 });
        let shown = |fields| Value::Object(Fields::asked(fields, &["id", "a"]).of(&node)).to_string();
        assert_eq!(shown(None), r#"{"id":"1","a":1}"#);
        assert_eq!(shown(Some("")), r#"{"id":"1","a":1}"#);
        assert_eq!(shown(Some("b,a")), r#"{"b":2,"a":1,"id":"1"}"#);
        assert_eq!(shown(Some("nothing,b,b")), r#"{"b":2,"id":"1"}"#);
    }
}
