//! Reading the members of a request, with errors that name the member.
//!
//! Requests arrive as JSON or as form parameters, so they are read from a JSON object and not by derived code: the
//! published error details name the offending parameter in words, and unknown members are ignored.

use serde_json::{Map, Value};

use crate::calls::MESSAGING_PRODUCT;
use crate::words::NotAWord;

/// A member is missing, of the wrong type, or out of its published bounds. Becomes error 100, `details` verbatim,
/// where an endpoint has no finer codes ([`BadMessage`](crate::messages::BadMessage) has).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{details}")]
pub struct Malformed {
    /// In which way.
    pub fault: Fault,
    /// A sentence that names the member.
    pub details: String,
}

/// In which way a member is malformed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Needed and not there.
    Missing,
    /// Of the right type, with a value that cannot be.
    Value,
    /// Of the wrong type: a number for an object, a string for a list.
    Shape,
}

impl Malformed {
    /// `parameter` was needed and is absent (or null).
    pub fn missing(parameter: &str) -> Self {
        Self { fault: Fault::Missing, details: format!("The parameter {parameter} is required.") }
    }

    /// `parameter` is present and its value is wrong; `reason` continues the sentence, e.g. `must be "whatsapp"`.
    pub fn wrong(parameter: &str, reason: impl std::fmt::Display) -> Self {
        Self { fault: Fault::Value, details: format!("The parameter {parameter} {reason}.") }
    }

    /// `parameter` is present and of the wrong type; `reason` continues the sentence, e.g. `must be a string`.
    pub fn shape(parameter: &str, reason: impl std::fmt::Display) -> Self {
        Self { fault: Fault::Shape, ..Self::wrong(parameter, reason) }
    }

    /// The request as a whole is wrong, whatever its members.
    pub fn request(details: impl Into<String>) -> Self {
        Self { fault: Fault::Shape, details: details.into() }
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
            _ => Err(Malformed::shape(path, "must be an object")),
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
            Some(_) => Err(Malformed::shape(&self.name(key), "must be a string")),
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

    /// An optional string of at most `max` characters (not bytes).
    ///
    /// # Errors
    /// When present and no string, or longer.
    pub fn bounded_text(&self, key: &str, max: usize) -> Result<Option<&'a str>, Malformed> {
        match self.text(key)? {
            Some(text) if text.chars().count() > max => {
                Err(Malformed::wrong(&self.name(key), format_args!("must have at most {max} characters")))
            }
            text => Ok(text),
        }
    }

    /// A string of one to `max` characters that must be there.
    ///
    /// # Errors
    /// When absent, empty, longer, or no string.
    pub fn required_bounded_text(&self, key: &str, max: usize) -> Result<&'a str, Malformed> {
        self.required_text(key)?;
        self.bounded_text(key, max)?.ok_or_else(|| Malformed::missing(&self.name(key)))
    }

    /// An optional true or false, which forms carry as `true`, `false`, `1` or `0`.
    ///
    /// # Errors
    /// When present and neither.
    pub fn flag(&self, key: &str) -> Result<Option<bool>, Malformed> {
        match self.value(key) {
            None => Ok(None),
            Some(Value::Bool(flag)) => Ok(Some(*flag)),
            Some(Value::String(text)) if ["true", "1"].contains(&text.as_str()) => Ok(Some(true)),
            Some(Value::String(text)) if ["false", "0"].contains(&text.as_str()) => Ok(Some(false)),
            Some(_) => Err(Malformed::shape(&self.name(key), "must be true or false")),
        }
    }

    /// An optional whole number within `bounds`, which some clients send as a string and one (pywa) as `240.0`.
    ///
    /// # Errors
    /// When present and no whole number, or out of bounds.
    pub fn number_within(&self, key: &str, bounds: std::ops::RangeInclusive<u32>) -> Result<Option<u32>, Malformed> {
        let number = match self.value(key) {
            None => return Ok(None),
            Some(Value::Number(number)) if !number.is_f64() => number.as_u64(),
            Some(Value::Number(number)) if number.as_f64().is_some_and(|number| number.fract() == 0.0) => whole(number.as_f64()),
            Some(Value::String(text)) => text.parse().ok(),
            Some(_) => return Err(Malformed::shape(&self.name(key), "must be a whole number")),
        };
        match number.and_then(|number| u32::try_from(number).ok()).filter(|number| bounds.contains(number)) {
            Some(number) => Ok(Some(number)),
            None => {
                let reason = format_args!("must be from {} to {}", bounds.start(), bounds.end()).to_string();
                Err(Malformed::wrong(&self.name(key), reason))
            }
        }
    }

    /// An optional object, known as `path` in errors: the full name of `key`.
    ///
    /// # Errors
    /// When present and no object.
    pub fn object(&self, key: &str, path: &'a str) -> Result<Option<Self>, Malformed> {
        self.value(key).map(|value| Self::nested(value, path)).transpose()
    }

    /// `messaging_product`, which must be `whatsapp`.
    ///
    /// # Errors
    /// When absent or anything else.
    pub fn check_product(&self) -> Result<(), Malformed> {
        match self.required_text("messaging_product")? {
            MESSAGING_PRODUCT => Ok(()),
            _ => Err(Malformed::wrong("messaging_product", "must be \"whatsapp\"")),
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
            Some(_) => Err(Malformed::shape(&self.name(key), "must be a string")),
        }
    }

    /// An optional list. Forms carry an empty one as an empty text.
    ///
    /// # Errors
    /// When present and no list.
    pub fn list(&self, key: &str) -> Result<Option<&'a [Value]>, Malformed> {
        match self.value(key) {
            None => Ok(None),
            Some(Value::Array(items)) => Ok(Some(items)),
            Some(Value::String(text)) if text.is_empty() => Ok(Some(&[])),
            Some(_) => Err(Malformed::shape(&self.name(key), "must be a list")),
        }
    }

    /// An optional list of texts. In forms and queries it is one text with commas, or the JSON of the list: `calls,messages`,
    /// `["calls","messages"]`, and as one published sample has it, `['calls']`.
    ///
    /// # Errors
    /// When present and nothing of that kind, or with an item that is no text.
    pub fn words(&self, key: &str) -> Result<Option<Vec<String>>, Malformed> {
        let no_list = || Malformed::shape(&self.name(key), "must be a list, as in [\"a\",\"b\"] or a,b");
        let of_texts = |items: &[Value]| -> Option<Vec<String>> { items.iter().map(|item| item.as_str().map(str::to_owned)).collect() };
        let words = match self.value(key) {
            None => return Ok(None),
            Some(Value::Array(items)) => of_texts(items),
            Some(Value::String(text)) if text.trim_start().starts_with('[') => {
                let items = serde_json::from_str(text).or_else(|_| serde_json::from_str::<Vec<Value>>(&text.replace('\'', "\"")));
                of_texts(&items.map_err(|_| no_list())?)
            }
            Some(Value::String(text)) => Some(text.split(',').map(|word| word.trim().to_owned()).filter(|word| !word.is_empty()).collect()),
            Some(_) => return Err(no_list()),
        };
        words.map(Some).ok_or_else(|| Malformed::wrong(&self.name(key), "must hold texts"))
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

/// A number without a fraction that an integer holds.
fn whole(number: Option<f64>) -> Option<u64> {
    number.filter(|number| (0.0..=f64::from(u32::MAX)).contains(number)).map(|number| number as u64)
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
            assert_eq!(got.details, expected);
        }
        assert!(Params::nested(&json!("v=0"), "session").is_err());
    }

    #[test]
    fn tells_missing_wrong_and_misshapen_apart() {
        let value =
            json!({ "ttl": 0, "far": 1.5, "float": 1e3, "list": [], "long": "äöü", "yes": "yes", "empty": "", "big": 4_294_967_296_u64 });
        let params = Params::nested(&value, "").unwrap();
        for (got, fault, details) in [
            (params.number_within("ttl", 1..=9).unwrap_err(), Fault::Value, "The parameter ttl must be from 1 to 9."),
            (params.number_within("big", 0..=u32::MAX).unwrap_err(), Fault::Value, "The parameter big must be from 0 to 4294967295."),
            (params.number_within("yes", 1..=9).unwrap_err(), Fault::Value, "The parameter yes must be from 1 to 9."),
            (params.number_within("float", 1..=9).unwrap_err(), Fault::Value, "The parameter float must be from 1 to 9."),
            (params.number_within("far", 1..=9).unwrap_err(), Fault::Shape, "The parameter far must be a whole number."),
            (params.number_within("list", 1..=9).unwrap_err(), Fault::Shape, "The parameter list must be a whole number."),
            (params.bounded_text("long", 2).unwrap_err(), Fault::Value, "The parameter long must have at most 2 characters."),
            (params.required_bounded_text("empty", 2).unwrap_err(), Fault::Missing, "The parameter empty is required."),
            (params.flag("yes").unwrap_err(), Fault::Shape, "The parameter yes must be true or false."),
            (params.check_product().unwrap_err(), Fault::Missing, "The parameter messaging_product is required."),
        ] {
            assert_eq!(got, Malformed { fault, details: details.into() });
        }
        assert_eq!(params.bounded_text("long", 3).unwrap(), Some("äöü"));
        assert_eq!(Params::nested(&json!({ "ttl": "9" }), "").unwrap().number_within("ttl", 1..=9), Ok(Some(9)));
    }

    #[test]
    fn lists_of_texts_come_in_every_form() {
        for list in [
            json!(["calls", "messages"]),
            json!("calls,messages"),
            json!(" calls , messages ,"),
            json!("[\"calls\",\"messages\"]"),
            json!(" ['calls', 'messages']"),
        ] {
            let value = json!({ "fields": list });
            assert_eq!(Params::nested(&value, "").unwrap().words("fields").unwrap().unwrap(), ["calls", "messages"], "{list}");
        }
        for list in [json!([]), json!(""), json!("[]"), json!(",")] {
            let value = json!({ "fields": list });
            assert_eq!(Params::nested(&value, "").unwrap().words("fields").unwrap().unwrap(), [""; 0], "{list}");
        }
        assert_eq!(Params::nested(&json!({ "fields": null }), "").unwrap().words("fields"), Ok(None));
        for (list, details) in [
            (json!("[calls"), "The parameter fields must be a list, as in [\"a\",\"b\"] or a,b."),
            (json!({ "0": "calls" }), "The parameter fields must be a list, as in [\"a\",\"b\"] or a,b."),
            (json!(1), "The parameter fields must be a list, as in [\"a\",\"b\"] or a,b."),
            (json!([1]), "The parameter fields must hold texts."),
            (json!("[\"calls\",[\"messages\"]]"), "The parameter fields must hold texts."),
        ] {
            let value = json!({ "fields": list });
            assert_eq!(Params::nested(&value, "").unwrap().words("fields").unwrap_err().details, details);
        }
    }

    #[test]
    fn flags_and_empty_lists_of_forms() {
        let value = json!({ "a": "true", "b": "0", "c": false, "list": "" });
        let params = Params::nested(&value, "").unwrap();
        assert_eq!((params.flag("a"), params.flag("b"), params.flag("c")), (Ok(Some(true)), Ok(Some(false)), Ok(Some(false))));
        assert_eq!(params.list("list"), Ok(Some([].as_slice())));
    }

    #[test]
    fn takes_numbers_for_ids() {
        let value = json!({ "to": 15557010042_u64 });
        let params = Params::nested(&value, "").unwrap();
        assert_eq!(params.text_or_number("to").unwrap().unwrap(), "15557010042");
    }
}
