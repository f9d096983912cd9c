//! Lists: `{"data":[…],"paging":{"cursors":{"before":…,"after":…}}}`.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// One page of a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Page<T> {
    /// The items.
    pub data: Vec<T>,
    /// Absent on lists without pages and on empty pages.
    #[serde(default = "Option::default", skip_serializing_if = "Option::is_none")]
    pub paging: Option<Paging>,
}

/// Where the page lies.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Paging {
    /// Its edges.
    pub cursors: Cursors,
    /// Address of the next page, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
    /// Address of the page before, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous: Option<String>,
}

/// Opaque marks of the first and last item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Cursors {
    /// The first.
    pub before: String,
    /// The last.
    pub after: String,
}

impl<T> Page<T> {
    /// A list that is never cut into pages.
    pub fn whole(data: Vec<T>) -> Self {
        Self { data, paging: None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::golden;

    #[test]
    fn lists_as_published() {
        golden::check(&Page::<String>::whole(vec![]), r#"{"data":[]}"#);
        let cursors = Cursors { before: "b".into(), after: "a".into() };
        golden::check(
            &Page { data: vec![1], paging: Some(Paging { cursors, next: None, previous: None }) },
            r#"{"data":[1],"paging":{"cursors":{"before":"b","after":"a"}}}"#,
        );
    }
}
