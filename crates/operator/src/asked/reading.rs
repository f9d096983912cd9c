//! From what was said to what it means, by the shapes' own `Deserialize`. Whatever does not fit is told in our words, with the path of the
//! field: the sentences of serde name Rust types, and those are nobody's business but ours.

use std::collections::HashSet;
use std::fmt::{self, Display};

use serde::de::value::{BorrowedStrDeserializer, StrDeserializer};
use serde::de::{self, DeserializeOwned, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Unexpected, Visitor};
use serde::forward_to_deserialize_any;

use super::tree::Tree;

/// Reads a value of this shape.
pub(crate) fn read<T: DeserializeOwned>(tree: &Tree) -> Result<T, Wrong> {
    T::deserialize(Reader(tree))
}

/// What does not fit, and where.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Wrong {
    /// As in `press[0].digits`; empty for the whole.
    path: String,
    why: String,
}

impl Wrong {
    fn here(why: impl Display) -> Self {
        Self { path: String::new(), why: why.to_string() }
    }

    fn at(field: &str, why: impl Display) -> Self {
        Self::here(why).within(field)
    }

    /// Seen from the object or list that holds it.
    fn within(self, place: &str) -> Self {
        let joint = if self.path.is_empty() || self.path.starts_with('[') { "" } else { "." };
        Self { path: format!("{place}{joint}{}", self.path), ..self }
    }

    fn belongs(what: &str, tree: &Tree) -> Self {
        Self::here(format!("{what} belongs here, not {}", tree.kind()))
    }
}

impl Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.path.as_str() {
            "" => f.write_str(&self.why),
            path => write!(f, "{path}: {}", self.why),
        }
    }
}

impl std::error::Error for Wrong {}

impl de::Error for Wrong {
    /// A check of ours said why.
    fn custom<T: Display>(why: T) -> Self {
        Self::here(why)
    }

    /// Within a shape that is chosen by its `kind`; elsewhere the reader knows what belongs there.
    fn invalid_type(found: Unexpected<'_>, _: &dyn de::Expected) -> Self {
        let found = match found {
            Unexpected::Bool(_) => "true or false",
            Unexpected::Unsigned(_) | Unexpected::Signed(_) | Unexpected::Float(_) => "a number",
            Unexpected::Str(_) | Unexpected::Char(_) => "a text",
            Unexpected::Unit | Unexpected::Option => "null",
            Unexpected::Seq => "a list",
            Unexpected::Map => "an object",
            _ => "this",
        };
        Self::here(format!("{found} does not belong here"))
    }

    fn invalid_value(found: Unexpected<'_>, _: &dyn de::Expected) -> Self {
        match found {
            Unexpected::Unsigned(number) => Self::here(format!("{number} is out of range")),
            Unexpected::Signed(number) => Self::here(format!("{number} is out of range")),
            Unexpected::Float(number) => Self::here(format!("{number} is out of range")),
            _ => Self::here("this value does not belong here"),
        }
    }

    fn invalid_length(length: usize, _: &dyn de::Expected) -> Self {
        Self::here(format!("a list of {length} does not belong here"))
    }

    fn unknown_variant(word: &str, words: &'static [&'static str]) -> Self {
        Self::here(format!("{word:?} is not one of {}", words.join(", ")))
    }

    fn unknown_field(field: &str, fields: &'static [&'static str]) -> Self {
        match fields {
            [] => Self::at(field, "there are no fields here"),
            fields => Self::at(field, format!("there is no such field here; there are {}", fields.join(", "))),
        }
    }

    fn missing_field(field: &'static str) -> Self {
        Self::at(field, "is missing")
    }

    fn duplicate_field(field: &'static str) -> Self {
        Self::at(field, "is there twice")
    }
}

/// A value that is read.
struct Reader<'t>(&'t Tree);

impl<'t> Reader<'t> {
    fn text(&self) -> Result<&'t str, Wrong> {
        match self.0 {
            Tree::Text(text) | Tree::Word(text) => Ok(text),
            other => Err(Wrong::belongs("a text", other)),
        }
    }

    fn number(&self) -> Result<serde_json::Number, Wrong> {
        match self.0 {
            Tree::Number(number) => Ok(number.clone()),
            Tree::Word(word) => serde_json::from_str(word).map_err(|_| Wrong::belongs("a number", self.0)),
            other => Err(Wrong::belongs("a number", other)),
        }
    }

    /// A whole number within its bounds, which are named when it is not.
    fn whole<N: TryFrom<i128>>(&self, least: i128, most: i128) -> Result<N, Wrong> {
        let number = self.number()?;
        let whole = number.as_u64().map(i128::from).or(number.as_i64().map(i128::from));
        let fits = whole.filter(|whole| (least..=most).contains(whole)).and_then(|whole| N::try_from(whole).ok());
        fits.ok_or_else(|| Wrong::here(format!("a whole number from {least} to {most} belongs here")))
    }
}

macro_rules! whole_numbers {
    ($($read:ident $visit:ident $number:ty),+) => {$(
        fn $read<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
            visitor.$visit(self.whole::<$number>(<$number>::MIN.into(), <$number>::MAX.into())?)
        }
    )+};
}

impl<'de> Deserializer<'de> for Reader<'de> {
    type Error = Wrong;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        match self.0 {
            Tree::Nothing => visitor.visit_unit(),
            Tree::Flag(flag) => visitor.visit_bool(*flag),
            Tree::Number(number) => match (number.as_u64(), number.as_i64(), number.as_f64()) {
                (Some(number), ..) => visitor.visit_u64(number),
                (None, Some(number), _) => visitor.visit_i64(number),
                (None, None, number) => visitor.visit_f64(number.unwrap_or(f64::NAN)),
            },
            Tree::Text(text) | Tree::Word(text) => visitor.visit_borrowed_str(text),
            Tree::List(items) => visitor.visit_seq(Items { items, next: 0 }),
            Tree::Object(fields) => visitor.visit_map(Fields::of(fields)?),
        }
    }

    whole_numbers!(
        deserialize_u8 visit_u8 u8, deserialize_u16 visit_u16 u16, deserialize_u32 visit_u32 u32, deserialize_u64 visit_u64 u64,
        deserialize_i8 visit_i8 i8, deserialize_i16 visit_i16 i16, deserialize_i32 visit_i32 i32, deserialize_i64 visit_i64 i64
    );

    fn deserialize_f32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        let number = self.number()?.as_f64().unwrap_or(f64::NAN) as f32;
        if number.is_finite() { visitor.visit_f32(number) } else { Err(Wrong::here("this number is too large")) }
    }

    fn deserialize_f64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        visitor.visit_f64(self.number()?.as_f64().unwrap_or(f64::NAN))
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        match self.0 {
            Tree::Flag(flag) => visitor.visit_bool(*flag),
            Tree::Word(word) if word == "true" => visitor.visit_bool(true),
            Tree::Word(word) if word == "false" => visitor.visit_bool(false),
            other => Err(Wrong::belongs("true or false", other)),
        }
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        visitor.visit_borrowed_str(self.text()?)
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        self.deserialize_str(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        match self.0 {
            Tree::Nothing => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Wrong> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        match self.0 {
            Tree::List(items) => visitor.visit_seq(Items { items, next: 0 }),
            other => Err(Wrong::belongs("a list", other)),
        }
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        match self.0 {
            Tree::Object(fields) => visitor.visit_map(Fields::of(fields)?),
            other => Err(Wrong::belongs("an object", other)),
        }
    }

    /// Only an object: derived shapes would take a list of their fields' values as well.
    fn deserialize_struct<V: Visitor<'de>>(self, _: &'static str, _: &'static [&'static str], visitor: V) -> Result<V::Value, Wrong> {
        self.deserialize_map(visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(self, _: &'static str, words: &'static [&'static str], visitor: V) -> Result<V::Value, Wrong> {
        match self.text()? {
            word if words.contains(&word) => visitor.visit_enum(StrDeserializer::new(word)),
            word => Err(de::Error::unknown_variant(word, words)),
        }
    }

    forward_to_deserialize_any! { char bytes byte_buf unit unit_struct tuple tuple_struct identifier ignored_any i128 u128 }
}

/// The fields of an object, each name once.
struct Fields<'t> {
    fields: std::slice::Iter<'t, (String, Tree)>,
    value: Option<&'t (String, Tree)>,
}

impl<'t> Fields<'t> {
    fn of(fields: &'t [(String, Tree)]) -> Result<Self, Wrong> {
        let mut names = HashSet::with_capacity(fields.len());
        match fields.iter().find(|(name, _)| !names.insert(name)) {
            Some((name, _)) => Err(Wrong::at(name, "is there twice")),
            None => Ok(Self { fields: fields.iter(), value: None }),
        }
    }
}

impl<'de> MapAccess<'de> for Fields<'de> {
    type Error = Wrong;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Wrong> {
        self.value = self.fields.next();
        self.value.map(|(name, _)| seed.deserialize(BorrowedStrDeserializer::new(name))).transpose()
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Wrong> {
        match self.value.take() {
            Some((name, value)) => seed.deserialize(Reader(value)).map_err(|wrong| wrong.within(name)),
            None => Err(Wrong::here("a value without a name")),
        }
    }
}

/// The items of a list.
struct Items<'t> {
    items: &'t [Tree],
    next: usize,
}

impl<'de> SeqAccess<'de> for Items<'de> {
    type Error = Wrong;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Wrong> {
        let Some(item) = self.items.get(self.next) else { return Ok(None) };
        let at = self.next;
        self.next += 1;
        seed.deserialize(Reader(item)).map(Some).map_err(|wrong| wrong.within(&format!("[{at}]")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;

    #[derive(Debug, Deserialize, PartialEq)]
    #[serde(deny_unknown_fields)]
    struct Shape {
        name: String,
        count: Option<u32>,
        #[serde(default)]
        keys: Vec<Key>,
    }

    #[derive(Debug, Deserialize, PartialEq)]
    #[serde(deny_unknown_fields)]
    struct Key {
        after_ms: u64,
    }

    fn of(json: &str) -> Result<Shape, String> {
        read(&Tree::of_json(json.as_bytes())?).map_err(|wrong| wrong.to_string())
    }

    #[test]
    fn what_fits_is_read_and_null_is_not_said() {
        let shape = of(r#"{"name": "n", "count": null, "keys": [{"after_ms": 5}]}"#);
        assert_eq!(shape, Ok(Shape { name: "n".into(), count: None, keys: vec![Key { after_ms: 5 }] }));
    }

    #[test]
    fn what_does_not_fit_is_told_with_its_path() {
        for (json, why) in [
            (r#"{"name": "#, "no JSON at line 1, column 9"),
            (r#"["n", null, []]"#, "an object belongs here, not a list"),
            ("null", "an object belongs here, not null"),
            ("{}", "name: is missing"),
            (r#"{"name": null}"#, "name: a text belongs here, not null"),
            (r#"{"name": 5}"#, "name: a text belongs here, not a number"),
            (r#"{"name": "n", "nmae": 1}"#, "nmae: there is no such field here; there are name, count, keys"),
            (r#"{"name": "n", "name": "m"}"#, "name: is there twice"),
            (r#"{"name": "n", "count": -1}"#, "count: a whole number from 0 to 4294967295 belongs here"),
            (r#"{"name": "n", "count": 1.5}"#, "count: a whole number from 0 to 4294967295 belongs here"),
            (r#"{"name": "n", "count": "1"}"#, "count: a number belongs here, not a text"),
            (r#"{"name": "n", "keys": {}}"#, "keys: a list belongs here, not an object"),
            (r#"{"name": "n", "keys": [{"after_ms": 1}, {}]}"#, "keys[1].after_ms: is missing"),
            (r#"{"name": "n", "keys": [[1]]}"#, "keys[0]: an object belongs here, not a list"),
        ] {
            assert_eq!(of(json).unwrap_err(), why, "{json}");
        }
    }

    #[test]
    fn words_of_a_query_stand_for_numbers_too() {
        let query =
            |query: &str| read::<Shape>(&Tree::of_query(&format!("/x?{query}").parse().unwrap())).map_err(|wrong| wrong.to_string());
        assert_eq!(query("name=a+b&count=7"), Ok(Shape { name: "a b".into(), count: Some(7), keys: vec![] }));
        assert_eq!(query("name=7&count=x"), Err("count: a number belongs here, not a text".into()));
        assert_eq!(query("name=7&name=8"), Err("name: is there twice".into()));
        assert_eq!(query("name=n&keys=1"), Err("keys: a list belongs here, not a text".into()));
    }
}
