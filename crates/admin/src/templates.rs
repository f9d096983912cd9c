//! Message templates, which businesses make over the Graph API.

use clap::Subcommand;
use serde_json::json;

use super::client::Admin;
use super::paper::Paper;
use super::{CommandResult, Printed};

/// Message templates: list, review and remove them.
#[derive(Debug, Subcommand)]
pub(crate) enum Template {
    /// List templates.
    List {
        /// Only of this account.
        #[arg(long)]
        waba: Option<String>,
    },
    /// Show a template with its components.
    Show { id: String },
    /// Set the status of a template, as a reviewer would; subscribed apps get the webhook.
    Review {
        id: String,
        /// APPROVED, PENDING, REJECTED, PAUSED (132015) or DISABLED (132016).
        status: String,
    },
    /// Remove one template.
    Delete { id: String },
}

const TEMPLATES: &[(&str, &str)] =
    &[("id", "/id"), ("waba", "/waba_id"), ("name", "/name"), ("language", "/language"), ("category", "/category"), ("status", "/status")];

impl Template {
    pub(crate) async fn ask(self, admin: &Admin, paper: &Paper) -> CommandResult {
        Ok(Printed::from(match self {
            Template::List { waba } => paper.list(&admin.all(&["templates"], &[("waba_id", waba)]).await?, TEMPLATES),
            Template::Show { id } => paper.record(&admin.get(&["templates", &id]).await?),
            Template::Delete { id } => paper.done(&admin.delete(&["templates", &id]).await?, "the template is removed"),
            Template::Review { id, status } => paper.record(&admin.patch(&["templates", &id], json!({ "status": status })).await?),
        }))
    }
}
