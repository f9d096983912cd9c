//! Bodies from words: `name=Acme` is a text, `limit:=3` is JSON, `say.kind=tone` reaches inside.

use serde_json::{Map, Value};

/// A word that is no field.
#[derive(Debug, thiserror::Error)]
pub enum BadField {
    /// Neither `=` nor `:=`.
    #[error("{0}: write it as name=text or name:=json")]
    Form(String),
    /// After `:=` comes JSON.
    #[error("{0}: what follows := is no JSON")]
    Json(String),
    /// `a=1 a.b=2`.
    #[error("{0}: something that is no object stands there already")]
    Inside(String),
}

/// One JSON object.
pub fn read(words: &[String]) -> Result<Value, BadField> {
    let mut object = Map::new();
    for word in words {
        let (name, text) = word.split_once('=').ok_or_else(|| BadField::Form(word.clone()))?;
        let (name, value) = match name.strip_suffix(':') {
            Some(name) => (name, serde_json::from_str(text).map_err(|_| BadField::Json(word.clone()))?),
            None => (name, Value::String(text.to_owned())),
        };
        put(&mut object, name, value).ok_or_else(|| BadField::Inside(word.clone()))?;
    }
    Ok(Value::Object(object))
}

/// A query.
pub fn pairs(words: &[String]) -> Result<Vec<(String, String)>, BadField> {
    let pair = |word: &String| {
        let (name, text) = word.split_once('=').ok_or_else(|| BadField::Form(word.clone()))?;
        Ok((name.to_owned(), text.to_owned()))
    };
    words.iter().map(pair).collect()
}

fn put(object: &mut Map<String, Value>, name: &str, value: Value) -> Option<()> {
    match name.split_once('.') {
        None => object.insert(name.to_owned(), value).is_none().then_some(()),
        Some((outer, inner)) => {
            let inside = object.entry(outer).or_insert_with(|| Value::Object(Map::new()));
            put(inside.as_object_mut()?, inner, value)
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn body(words: &[&str]) -> Option<Value> {
        read(&words.iter().map(ToString::to_string).collect::<Vec<_>>()).ok()
    }

    #[test]
    fn words_become_fields() {
        assert_eq!(body(&[]), Some(json!({})));
        assert_eq!(
            body(&["id=2001", "name=A = B", "payment_method:=true"]),
            Some(json!({"id": "2001", "name": "A = B", "payment_method": true}))
        );
        assert_eq!(body(&["say.kind=tone", "say.hz:=440"]), Some(json!({"say": {"kind": "tone", "hz": 440}})));
    }

    #[test]
    fn refuses_what_cannot_be_a_field() {
        for words in [&["name"][..], &["n:=no"], &["a=1", "a.b=2"], &["a=1", "a=2"]] {
            assert_eq!(body(words), None, "{words:?}");
        }
    }
}
