//! `fields=id,display_phone_number,…`: what a GET shows of a node.
//!
//! Platform docs, Graph API, Field expansion. Arguments and nested selections (`name{…}`, `name.limit(5)`) are skipped. A field that the
//! node has, but that we do not serve, is left out of the reply, as the platform leaves out fields without a value; a field that no such node
//! has is refused (100) with the platform's sentence.

use callport_wire::{Code, ErrorReply};
use serde::Serialize;
use serde_json::{Map, Value};

use crate::answer::Refusal;

/// Most fields taken from one request.
const FIELDS_MAX: usize = 100;

/// What there is to ask of a kind of node.
pub(crate) struct NodeKind {
    /// As refusals name it.
    pub(crate) name: &'static str,
    /// Shown when nobody asks.
    pub(crate) default: &'static [&'static str],
    /// Shown when asked for, beside the id.
    pub(crate) served: &'static [&'static str],
    /// Taken, and left out.
    pub(crate) without_value: &'static [&'static str],
}

/// Longest part of a foreign name that is repeated to its sender.
const ECHO_MAX_CHARS: usize = 64;

/// A selection of fields.
pub(crate) struct Fields(Vec<String>);

impl Fields {
    /// The fields asked for, or the node's own choice.
    pub(crate) fn asked(text: Option<&str>, kind: &NodeKind) -> Result<Self, Refusal> {
        let asked = text.map(names).unwrap_or_default();
        let known = |name: &str| [&["id"], kind.served, kind.without_value].iter().any(|names| names.contains(&name));
        if let Some(unknown) = asked.iter().find(|name| !known(name)) {
            let name: String = unknown.chars().take(ECHO_MAX_CHARS).collect();
            let says = format!("(#100) Tried accessing nonexisting field ({name}) on node type ({})", kind.name);
            return Err(Refusal(ErrorReply::new(Code::InvalidParameter).message(says)));
        }
        if asked.is_empty() {
            return Ok(Self(kind.default.iter().map(|name| (*name).to_owned()).collect()));
        }
        Ok(Self(asked))
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
        let kind = NodeKind { name: "Thing", default: &["id", "a"], served: &["a", "b"], without_value: &["nothing"] };
        let asked = |fields| Fields::asked(fields, &kind);
        let shown = |fields| Value::Object(asked(fields).ok().unwrap().of(&node)).to_string();
        assert_eq!(shown(None), r#"{"id":"1","a":1}"#);
        assert_eq!(shown(Some("")), r#"{"id":"1","a":1}"#);
        assert_eq!(shown(Some("b,a")), r#"{"b":2,"a":1,"id":"1"}"#);
        assert_eq!(shown(Some("nothing,b,b")), r#"{"b":2,"id":"1"}"#);
        for nonsense in ["c", "a,c,d", "c{a}", "c.limit(5),a"] {
            let refusal = asked(Some(nonsense)).err().unwrap().0;
            assert_eq!(refusal.code(), Code::InvalidParameter, "{nonsense}");
        }
    }
}
