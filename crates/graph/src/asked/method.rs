//! `method=delete` in a POST: clients that can send nothing but POST ask for another method so.
//!
//! Platform docs, Graph API, general. A request never does the opposite of what it asks for: what cannot be served as asked is refused.
//! Only a POST may ask, since whoever follows a link or repeats a GET must change nothing.

use axum::http::Method;
use callport_wire::{Malformed, Params};
use serde_json::{Map, Value};

use crate::answer::Refusal;

/// The method that the request is served by.
pub(super) fn asked_for(sent: &Method, params: &Map<String, Value>) -> Result<Method, Refusal> {
    let Some(word) = Params::new(params).text("method")?.map(str::trim).filter(|word| !word.is_empty()) else { return Ok(sent.clone()) };
    let known = [Method::GET, Method::POST, Method::DELETE].into_iter().find(|method| word.eq_ignore_ascii_case(method.as_str()));
    let asked = known.ok_or_else(|| Malformed::wrong("method", "must be get, post or delete"))?;
    let same = asked == *sent || (asked == Method::GET && *sent == Method::HEAD);
    match same {
        true => Ok(sent.clone()),
        false if *sent == Method::POST => Ok(asked),
        false => Err(Malformed::wrong("method", format_args!("asks for {asked}, which only a POST may do")).into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn check(sent: Method, value: Value, expected: Option<Method>) {
        let params = Map::from_iter([("method".to_owned(), value.clone())]);
        assert_eq!(asked_for(&sent, &params).ok(), expected, "{sent} {value}");
    }

    #[test]
    fn a_post_may_ask_for_another_method_and_nothing_else_may() {
        check(Method::POST, json!("delete"), Some(Method::DELETE));
        check(Method::POST, json!("GET"), Some(Method::GET));
        check(Method::POST, json!("Post"), Some(Method::POST));
        check(Method::POST, json!(""), Some(Method::POST));
        check(Method::POST, json!(null), Some(Method::POST));
        check(Method::GET, json!("get"), Some(Method::GET));
        check(Method::HEAD, json!("get"), Some(Method::HEAD));
        check(Method::DELETE, json!("delete"), Some(Method::DELETE));
        for sent in [Method::GET, Method::HEAD, Method::DELETE] {
            check(sent.clone(), json!("post"), None);
        }
        check(Method::GET, json!("delete"), None);
        check(Method::DELETE, json!("get"), None);
        for word in [json!("put"), json!("remove"), json!(["delete"]), json!({ "delete": 1 }), json!(1)] {
            check(Method::POST, word, None);
        }
    }
}
