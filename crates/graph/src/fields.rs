//! `fields=id,display_phone_number,…`: what a GET shows of a node.
//!
//! Platform docs, Graph API, Field expansion. A field may be narrowed (`webhook_configuration{application}`), and the lists of a node are
//! fields of it as well, with parameters of their own (`phone_numbers.limit(5){id,verified_name}`). A field that the
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
pub(crate) struct Fields(Vec<Field>);

/// One field that was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Field {
    name: String,
    /// `limit` and `5` of `.limit(5)`.
    arguments: Vec<(String, String)>,
    /// What stands between its braces: a selection again.
    inner: Option<String>,
}

impl Fields {
    /// The fields asked for, or the node's own choice.
    pub(crate) fn asked(text: Option<&str>, kind: &NodeKind) -> Result<Self, Refusal> {
        let asked = text.map(read).unwrap_or_default();
        let known = |name: &str| [&["id"], kind.served, kind.without_value].iter().any(|names| names.contains(&name));
        if let Some(unknown) = asked.iter().find(|field| !known(&field.name)) {
            let name: String = unknown.name.chars().take(ECHO_MAX_CHARS).collect();
            let says = format!("(#100) Tried accessing nonexisting field ({name}) on node type ({})", kind.name);
            return Err(Refusal(ErrorReply::new(Code::InvalidParameter).message(says)));
        }
        if asked.is_empty() {
            return Ok(Self(kind.default.iter().map(|name| Field::plain(name)).collect()));
        }
        Ok(Self(asked))
    }

    /// Whether `name` was asked for.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.field(name).is_some()
    }

    /// How `name` was asked for.
    pub(crate) fn field(&self, name: &str) -> Option<&Field> {
        self.0.iter().find(|field| field.name == name)
    }

    /// Those members of `node` that were asked for, in that order. `id` is always among them, last when nobody asked.
    pub(crate) fn of(&self, node: &impl Serialize) -> Map<String, Value> {
        let Ok(Value::Object(members)) = serde_json::to_value(node) else { return Map::new() };
        self.among(members, Map::new())
    }

    /// The same, with lists of the node, each of which has chosen its own items' fields.
    pub(crate) fn with_lists(&self, node: &impl Serialize, lists: Map<String, Value>) -> Map<String, Value> {
        let Ok(Value::Object(members)) = serde_json::to_value(node) else { return Map::new() };
        self.among(members, lists)
    }

    fn among(&self, mut members: Map<String, Value>, mut lists: Map<String, Value>) -> Map<String, Value> {
        let mut chosen = Map::new();
        let id = Field::plain("id");
        for field in self.0.iter().chain([&id]) {
            if let Some((name, list)) = lists.remove_entry(&field.name) {
                chosen.insert(name, list);
            } else if let Some((name, value)) = members.remove_entry(&field.name) {
                chosen.insert(name, field.narrowed(value));
            }
        }
        chosen
    }
}

impl Field {
    fn plain(name: &str) -> Self {
        Self { name: name.to_owned(), arguments: Vec::new(), inner: None }
    }

    /// The parameters of a list that is asked for as a field.
    pub(crate) fn params(&self) -> Map<String, Value> {
        let mut params: Map<String, Value> =
            self.arguments.iter().map(|(name, value)| (name.clone(), Value::String(value.clone()))).collect();
        if let Some(inner) = &self.inner {
            params.insert("fields".to_owned(), Value::String(inner.clone()));
        }
        params
    }

    /// Only the members that the braces name; of a list, those of each item.
    fn narrowed(&self, value: Value) -> Value {
        let Some(inner) = &self.inner else { return value };
        let wanted = read(inner);
        match value {
            // A list within a node: the braces speak of its items.
            Value::Object(mut list) if list.get("data").is_some_and(Value::is_array) => {
                let items = list.get_mut("data").map(Value::take).unwrap_or_default();
                list.insert("data".to_owned(), self.narrowed(items));
                Value::Object(list)
            }
            Value::Object(mut members) => {
                let kept = wanted.iter().filter_map(|field| {
                    let (name, value) = members.remove_entry(&field.name)?;
                    Some((name, field.narrowed(value)))
                });
                Value::Object(kept.collect())
            }
            Value::Array(items) => Value::Array(items.into_iter().map(|item| self.narrowed(item)).collect()),
            other => other,
        }
    }
}

/// Fields between commas; what stands within brackets is its field's own.
fn read(text: &str) -> Vec<Field> {
    split(text, ',').take(FIELDS_MAX).filter_map(field).collect()
}

/// `name.argument(value).argument(value){inner}`
fn field(text: &str) -> Option<Field> {
    let (head, inner) = match text.split_once('{') {
        Some((head, rest)) => (head, Some(rest.strip_suffix('}').unwrap_or(rest).to_owned())),
        None => (text, None),
    };
    let mut words = split(head, '.');
    // Brackets right after the name narrow nothing that we serve.
    let name = words.next().map(|name| name.split(['(', '[']).next().unwrap_or_default().trim()).filter(|name| !name.is_empty())?;
    let arguments = words.filter_map(|word| {
        let (name, value) = word.split_once('(')?;
        Some((name.trim().to_owned(), value.trim_end().strip_suffix(')').unwrap_or(value).trim().to_owned()))
    });
    Some(Field { name: name.to_owned(), arguments: arguments.collect(), inner })
}

/// Splits where `at` stands outside of brackets, and takes blanks away.
fn split(text: &str, at: char) -> impl Iterator<Item = &str> {
    let mut depth = 0_u32;
    let parts = text.split(move |c| {
        match c {
            '(' | '{' | '[' => depth = depth.saturating_add(1),
            ')' | '}' | ']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        c == at && depth == 0
    });
    parts.map(str::trim)
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
            assert_eq!(read(text).into_iter().map(|field| field.name).collect::<Vec<_>>(), expected, "{text}");
        }
    }

    #[test]
    fn reads_what_belongs_to_a_field() {
        let asked = |text: &str| {
            let fields = read(text);
            assert_eq!(fields.len(), 1, "{text}");
            serde_json::to_string(&fields[0].params()).unwrap()
        };
        for (text, params) in [
            ("a", "{}"),
            ("a{b,c{d}}", r#"{"fields":"b,c{d}"}"#),
            ("a.limit(5).after(xyz){b}", r#"{"limit":"5","after":"xyz","fields":"b"}"#),
            ("a.start(1.5).dimensions(['X','Y'])", r#"{"start":"1.5","dimensions":"['X','Y']"}"#),
            ("a.limit(5", r#"{"limit":"5"}"#),
            ("a{b", r#"{"fields":"b"}"#),
            ("a.limit", "{}"),
            ("a(5)", "{}"),
        ] {
            assert_eq!(asked(text), params, "{text}");
        }
    }

    #[test]
    fn narrows_objects_and_the_items_of_lists() {
        let node = json!({ "id": "1", "a": { "x": 1, "y": { "z": 2, "w": 3 } }, "b": [{ "x": 1, "y": 2 }, 5] });
        let kind = NodeKind { name: "Thing", default: &["id"], served: &["a", "b"], without_value: &[] };
        let shown = |fields| Value::Object(Fields::asked(Some(fields), &kind).ok().unwrap().of(&node)).to_string();
        assert_eq!(shown("a{y{z},nothing}"), r#"{"a":{"y":{"z":2}},"id":"1"}"#);
        assert_eq!(shown("b{y}"), r#"{"b":[{"y":2},5],"id":"1"}"#);
        assert_eq!(shown("a{}"), r#"{"a":{},"id":"1"}"#);
        let list = json!({ "id": "1", "a": { "data": [{ "x": 1, "y": 2 }], "paging": {} } });
        let shown = Value::Object(Fields::asked(Some("a{y}"), &kind).ok().unwrap().of(&list)).to_string();
        assert_eq!(shown, r#"{"a":{"data":[{"y":2}],"paging":{}},"id":"1"}"#);
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
