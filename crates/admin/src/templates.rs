//! Message templates, which businesses make over the Graph API.

use clap::Subcommand;
use serde_json::json;

use super::client::Admin;
use super::page::Page;
use super::{Answer, Said};

/// Message templates: see them, and say what a reviewer would.
#[derive(Debug, Subcommand)]
pub(crate) enum Template {
    /// All of them.
    List {
        /// Only of this account.
        #[arg(long)]
        waba: Option<String>,
    },
    /// One, with its components.
    Show { id: String },
    /// Give it another status; subscribed apps are told.
    Review {
        id: String,
        /// APPROVED, PENDING, REJECTED, PAUSED (132015) or DISABLED (132016).
        status: String,
    },
}

const TEMPLATES: &[(&str, &str)] =
    &[("id", "/id"), ("waba", "/waba_id"), ("name", "/name"), ("language", "/language"), ("category", "/category"), ("status", "/status")];

impl Template {
    pub(crate) async fn ask(self, admin: &Admin, page: &Page) -> Answer {
        Ok(Said::from(match self {
            Template::List { waba } => page.list(&admin.list(&["templates"], &[("waba_id", waba)]).await?, TEMPLATES),
            Template::Show { id } => page.record(&admin.get(&["templates", &id]).await?),
            Template::Review { id, status } => page.record(&admin.patch(&["templates", &id], json!({ "status": status })).await?),
        }))
    }
}
