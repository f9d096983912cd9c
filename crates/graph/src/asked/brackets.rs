//! Members of forms: `session[sdp]=…`, `servers[0][hostname]=…`, `fields[]=calls` are objects and lists.
//!
//! That is how PHP, Ruby and Node write nested values, and general Graph reads them so. Where such a writer leaves indexes out
//! (`parameters[][type]`), a member belongs to the element before it until that has one of the same name. A value may also be the JSON
//! of an object or list; members that are texts by nature stay texts. A name that is given twice with different values is a list of both.

use callport_wire::Malformed;
use serde_json::{Map, Value};

/// Deepest nesting of a name. A parameter of a template has six.
const DEPTH_MAX: usize = 16;

/// Members that are texts whatever they look like: people's words, payloads of businesses, secrets, SDP.
const TEXTS: [&str; 14] = [
    "access_token",
    "appsecret_proof",
    "input_token",
    "verify_token",
    "biz_opaque_callback_data",
    "payload",
    "body",
    "text",
    "display_text",
    "description",
    "purpose",
    "name",
    "title",
    "sdp",
];

/// The one that is a text within others and an object by itself: `text` of a message.
const TEXT_OF_A_MESSAGE: &str = "text";

/// The parameters of a form or query, as they came.
#[derive(Default)]
pub(super) struct Members(Vec<(String, String)>);

impl Members {
    pub(super) fn add(&mut self, name: String, value: String) {
        self.0.push((name, value));
    }

    /// The first of that plain name.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(given, _)| given == name).map(|(_, value)| value.as_str())
    }

    /// The object that they spell.
    pub(super) fn object(self) -> Result<Map<String, Value>, Malformed> {
        let mut root = Branch::default();
        for (name, value) in self.0 {
            let path = path(&name)?;
            let leaf = Node::Leaf(read(&path, value));
            root.put(&path, leaf).map_err(|Clash| Malformed::wrong(&name, "is given both as one value and as an object or list"))?;
        }
        match root.value() {
            Ok(Value::Object(members)) => Ok(members),
            Ok(_) => Ok(Map::new()), // no parameters at all
            Err(Mixed) => Err(Malformed::request("A parameter is given both as a list and as an object.")),
        }
    }
}

/// One step from an object or list into it.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Step {
    Name(String),
    Index(u32),
    /// `[]`
    Next,
}

enum Node {
    Leaf(Value),
    Branch(Branch),
}

#[derive(Default)]
struct Branch(Vec<(Step, Node)>);

/// One value and an object or list at the same place.
struct Clash;

/// Names and indexes in the same place.
struct Mixed;

fn path(name: &str) -> Result<Vec<Step>, Malformed> {
    let (first, mut rest) = match name.find('[') {
        None | Some(0) => return Ok(vec![Step::Name(name.to_owned())]),
        Some(at) => name.split_at(at),
    };
    let mut path = vec![Step::Name(first.to_owned())];
    while !rest.is_empty() {
        let inner = rest.strip_prefix('[').and_then(|rest| rest.split_once(']'));
        let Some((step, after)) = inner.filter(|(step, _)| !step.contains('[')) else {
            return Err(Malformed::request("The brackets in the name of a parameter do not match."));
        };
        if path.len() >= DEPTH_MAX {
            return Err(Malformed::request(format!("The parameter {first} is nested deeper than {DEPTH_MAX} levels.")));
        }
        path.push(Step::of(step));
        rest = after;
    }
    Ok(path)
}

impl Step {
    fn of(text: &str) -> Self {
        match text.parse::<u32>() {
            _ if text.is_empty() => Self::Next,
            Ok(index) if index.to_string() == text => Self::Index(index),
            _ => Self::Name(text.to_owned()),
        }
    }
}

/// The value at `path`: JSON where it looks so and may be, else the text.
fn read(path: &[Step], text: String) -> Value {
    let always_text = match path {
        [Step::Name(name)] => name != TEXT_OF_A_MESSAGE && TEXTS.contains(&name.as_str()),
        [.., Step::Name(name)] => TEXTS.contains(&name.as_str()),
        _ => false,
    };
    if !always_text && text.trim_start().starts_with(['{', '[']) {
        return serde_json::from_str(&text).unwrap_or(Value::String(text));
    }
    Value::String(text)
}

impl Branch {
    fn put(&mut self, path: &[Step], leaf: Node) -> Result<(), Clash> {
        let Some((step, rest)) = path.split_first() else { return Ok(()) };
        let at = match step {
            Step::Next => self.0.len().checked_sub(1).filter(|last| !rest.is_empty() && !self.0[*last].1.has(rest)),
            _ => self.0.iter().position(|(taken, _)| taken == step),
        };
        let Some(at) = at else {
            let node = if rest.is_empty() { leaf } else { Node::leading_to(rest, leaf)? };
            self.0.push((step.clone(), node));
            return Ok(());
        };
        match &mut self.0[at].1 {
            Node::Branch(branch) if !rest.is_empty() => branch.put(rest, leaf),
            node if rest.is_empty() => node.join(leaf),
            Node::Leaf(_) | Node::Branch(_) => Err(Clash),
        }
    }

    fn value(self) -> Result<Value, Mixed> {
        let named = self.0.iter().filter(|(step, _)| matches!(step, Step::Name(_))).count();
        if named == self.0.len() {
            let members = self.0.into_iter().filter_map(|(step, node)| match step {
                Step::Name(name) => Some(node.value().map(|value| (name, value))),
                Step::Index(_) | Step::Next => None,
            });
            return members.collect::<Result<Map<_, _>, _>>().map(Value::Object);
        }
        if named > 0 {
            return Err(Mixed);
        }
        let mut items = self.0;
        items.sort_by_key(|(step, _)| match step {
            Step::Index(index) => u64::from(*index),
            Step::Next | Step::Name(_) => u64::MAX,
        });
        items.into_iter().map(|(_, node)| node.value()).collect::<Result<Vec<_>, _>>().map(Value::Array)
    }
}

impl Node {
    fn leading_to(path: &[Step], leaf: Node) -> Result<Self, Clash> {
        let mut branch = Branch::default();
        branch.put(path, leaf)?;
        Ok(Self::Branch(branch))
    }

    /// Whether this element of a list has a value at `path` already. A list within it decides for itself.
    fn has(&self, path: &[Step]) -> bool {
        let Some((step, rest)) = path.split_first() else { return true };
        match self {
            Self::Leaf(_) => true,
            Self::Branch(_) if *step == Step::Next => false,
            Self::Branch(branch) => branch.0.iter().any(|(taken, node)| taken == step && node.has(rest)),
        }
    }

    /// The same name once more: both values, if they differ.
    fn join(&mut self, more: Self) -> Result<(), Clash> {
        match (&mut *self, more) {
            (Self::Leaf(one), Self::Leaf(other)) if *one == other => Ok(()),
            (Self::Leaf(one), leaf) => {
                let one = Self::Leaf(one.take());
                *self = Self::Branch(Branch(vec![(Step::Next, one), (Step::Next, leaf)]));
                Ok(())
            }
            (Self::Branch(branch), leaf) if branch.0.iter().all(|(step, _)| *step == Step::Next) => {
                branch.0.push((Step::Next, leaf));
                Ok(())
            }
            (Self::Branch(_), _) => Err(Clash),
        }
    }

    fn value(self) -> Result<Value, Mixed> {
        match self {
            Self::Leaf(value) => Ok(value),
            Self::Branch(branch) => branch.value(),
        }
    }
}

#[cfg(test)]
mod tests;
