//! Reading the members of a request, with errors that name the member.
//!
//! Requests arrive as JSON or as form parameters, so they are read from a JSON object and not by derived code: the
//! published error details name the offending parameter in words, and unknown members are ignored.

use serde_json::{Map, Value};

use crate::words::NotAWord;

/// A member is missing, of the wrong type, or out of its published bounds. Becomes error 100, `details` verbatim.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Malformed(pub String);

impl Malformed {
    /// `parameter` was needed and is absent (or null).
    pub fn missing(parameter: &str) -> Self {
        Self(format!("The parameter {parameter} is required."))
    }

    /// `parameter` is present and wrong; `reason` continues the sentence, e.g. `must be a string`.
    pub fn wrong(parameter: &str, reason: impl std::fmt::Display) -> Self {
        Self(format!("The parameter {parameter} {reason}."))
    }
}

/// The members of one JSON object of a request, and where in the request it sits.
#[derive(Clone, Copy)]
pub struct Params<'a> {
    members: &'a Map<String, Value>,
    path: &'a str,
}

impl<'a> Params<'a> {
    /// The request's top-level object.
    pub fn new(members: &'a Map<String, Value>) -> Self {
        Self { members, path: "" }
    }

    /// The object inside `value`, known as `path` in errors.
    ///
    /// # Errors
    /// When `value` is no object.
    pub fn nested(value: &'a Value, path: &'a str) -> Result<Self, Malformed> {
        match value {
            Value::Object(members) => Ok(Self { members, path }),
            _ => Err(Malformed::wrong(path, "must be an object")),
        }
    }

    /// The name of `key` as error details print it: `session.sdp`.
    pub fn name(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }

    /// The member, if present and not null.
    pub fn value(&self, key: &str) -> Option<&'a Value> {
        self.members.get(key).filter(|value| !value.is_null())
    }

    /// An optional string.
    ///
    /// # Errors
    /// When present and no string.
    pub fn text(&self, key: &str) -> Result<Option<&'a str>, Malformed> {
        match self.value(key) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(Malformed::wrong(&self.name(key), "must be a string")),
        }
    }

    /// A string that must be there and not empty.
    ///
    /// # Errors
    /// When absent, empty or no string.
    pub fn required_text(&self, key: &str) -> Result<&'a str, Malformed> {
        match self.text(key)? {
            Some(text) if !text.is_empty() => Ok(text),
            _ => Err(Malformed::missing(&self.name(key))),
        }
    }

    /// An optional string that some clients send as a number (ids, phone numbers).
    ///
    /// # Errors
    /// When present and neither.
    pub fn text_or_number(&self, key: &str) -> Result<Option<String>, Malformed> {
        match self.value(key) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.clone())),
            Some(Value::Number(number)) if number.is_u64() => Ok(Some(number.to_string())),
            Some(_) => Err(Malformed::wrong(&self.name(key), "must be a string")),
        }
    }

    /// An optional list.
    ///
    /// # Errors
    /// When present and no list.
    pub fn list(&self, key: &str) -> Result<Option<&'a [Value]>, Malformed> {
        match self.value(key) {
            None => Ok(None),
            Some(Value::Array(items)) => Ok(Some(items)),
            Some(_) => Err(Malformed::wrong(&self.name(key), "must be a list")),
        }
    }

    /// An optional value of a published enumeration.
    ///
    /// # Errors
    /// When present and none of the published values.
    pub fn word<T>(&self, key: &str) -> Result<Option<T>, Malformed>
    where
        T: std::str::FromStr<Err = NotAWord>,
    {
        self.text(key)?.map(|text| text.parse().map_err(|error: NotAWord| Malformed::wrong(&self.name(key), error))).transpose()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn names_the_member_and_what_is_wrong() {
        let value = json!({ "sdp": 5, "kind": [], "empty": "", "nothing": null });
        let params = Params::nested(&value, "session").unwrap();
        for (got, expected) in [
            (params.text("sdp").unwrap_err(), "The parameter session.sdp must be a string."),
            (params.required_text("empty").unwrap_err(), "The parameter session.empty is required."),
            (params.required_text("nothing").unwrap_err(), "The parameter session.nothing is required."),
            (params.required_text("absent").unwrap_err(), "The parameter session.absent is required."),
            (params.list("sdp").unwrap_err(), "The parameter session.sdp must be a list."),
            (params.text_or_number("kind").unwrap_err(), "The parameter session.kind must be a string."),
        ] {
            assert_eq!(got.0, expected);
        }
        assert!(Params::nested(&json!("v=0"), "session").is_err());
    }

    #[test]
    fn takes_numbers_for_ids() {
        let value = json!({ "to": 15557010042_u64 });
        let params = Params::nested(&value, "").unwrap();
        assert_eq!(params.text_or_number("to").unwrap().unwrap(), "15557010042");
    }
}
