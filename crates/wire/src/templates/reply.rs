//! What the endpoint answers. Lists are a [`Page`] of [`TemplateView`]; DELETE is answered
//! with [`Success::plain`](crate::calls::Success::plain).

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::{Category, ParameterFormat};
use crate::nodes::health::HealthStatus;
use crate::nodes::page::Page;

/// The reply to POST.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TemplateCreated {
    /// Digits.
    pub id: String,
    /// `PENDING`, or the verdict at once.
    #[schema(value_type = String)]
    pub status: TemplateStatus,
    /// As asked for, or as judged.
    pub category: Category,
}

/// One template in a list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct TemplateView {
    /// Its name, which its languages share.
    pub name: String,
    /// Whether it may be sent.
    #[schema(value_type = String)]
    pub status: TemplateStatus,
    /// What it is for.
    pub category: Category,
    /// `en`, `pt_BR`.
    pub language: String,
    /// Digits.
    pub id: String,
    /// How placeholders are told apart. Not in every published sample; a client in wide use (pywa) needs it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parameter_format: Option<ParameterFormat>,
    /// As they were sent.
    #[serde(default)]
    pub components: Vec<Value>,
    /// Whether it can be sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub health_status: Option<HealthStatus>,
}

/// Counts beside a list that was asked for with `summary=…`. Not in the pages that we follow; a client in wide use (pywa) insists on them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TemplateSummary {
    /// Templates that the list holds over all its pages.
    pub total_count: usize,
    /// Templates of the account.
    pub message_template_count: usize,
    /// How many it may have.
    pub message_template_limit: usize,
    /// Whether every template has all its languages.
    pub are_translations_complete: bool,
}

/// A list with its counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TemplateList<T> {
    /// The page.
    #[serde(flatten)]
    pub page: Page<T>,
    /// Only where it was asked for.
    #[serde(default = "Option::default", skip_serializing_if = "Option::is_none")]
    pub summary: Option<TemplateSummary>,
}

/// Whether a template may be sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum TemplateStatus {
    /// It may.
    Approved,
    /// Not yet.
    Pending,
    /// Never.
    Rejected,
    /// Not for a while.
    Paused,
    /// No longer.
    Disabled,
    /// Something newer than this reader.
    #[serde(untagged)]
    Other(String),
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::golden;
    use crate::nodes::page::{Cursors, Paging};
    use serde_json::json;

    #[test]
    fn creation_as_published() {
        let created = TemplateCreated { id: "1184400337712210".into(), status: TemplateStatus::Pending, category: Category::Utility };
        golden::check(&created, r#"{"id":"1184400337712210","status":"PENDING","category":"UTILITY"}"#);
    }

    #[test]
    fn list_as_published() {
        let view = TemplateView {
            name: "call_me_maybe".into(),
            status: TemplateStatus::Approved,
            category: Category::Utility,
            language: "en".into(),
            id: "1184400337712210".into(),
            parameter_format: None,
            health_status: None,
            components: vec![json!({ "type": "BODY", "text": "Your order {{1}} is ready." })],
        };
        let cursors = Cursors { before: "b".into(), after: "a".into() };
        golden::check(
            &Page { data: vec![view], paging: Some(Paging { cursors, next: None, previous: None }) },
            include_str!("../../samples/templates_list.json"),
        );
    }

    #[test]
    fn counts_stand_beside_the_list_where_they_were_asked_for() {
        let summary =
            TemplateSummary { total_count: 1, message_template_count: 2, message_template_limit: 6_000, are_translations_complete: true };
        let list = |summary| TemplateList { page: Page::<String>::whole(vec![]), summary };
        golden::check(&list(None), r#"{"data":[]}"#);
        golden::check(
            &list(Some(summary)),
            r#"{"data":[],"summary":{"total_count":1,"message_template_count":2,"message_template_limit":6000,"are_translations_complete":true}}"#,
        );
    }

    #[test]
    fn reads_states_of_the_future() {
        assert_eq!(serde_json::from_str::<TemplateStatus>("\"IN_APPEAL\"").unwrap(), TemplateStatus::Other("IN_APPEAL".into()));
    }
}
