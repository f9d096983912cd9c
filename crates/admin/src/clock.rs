//! The calendar of a test platform.

use std::time::Duration;

use clap::Subcommand;
use serde_json::json;

use super::client::Admin;
use super::page::{Page, cell};
use super::{Answer, Said, span};

/// Read or move the calendar of a test platform.
#[derive(Debug, Subcommand)]
pub(crate) enum Clock {
    /// As it is.
    Show,
    /// Stand still.
    Freeze,
    /// Run again.
    Thaw,
    /// Go to a moment, back or forth: 2026-12-24T18:00:00Z.
    Set { to: String },
    /// Go forward: 500ms, 20s, 5m, 1h, 7d. What waits for a moment that is then past happens.
    Advance {
        #[arg(value_parser = span)]
        by: Duration,
    },
}

impl Clock {
    pub(crate) async fn ask(self, admin: &Admin, page: &Page) -> Answer {
        let reply = match self {
            Clock::Show => admin.get(&["clock"]).await?,
            Clock::Freeze => admin.post(&["clock", "freeze"], json!({})).await?,
            Clock::Thaw => admin.post(&["clock", "thaw"], json!({})).await?,
            Clock::Set { to } => admin.post(&["clock", "set"], json!({ "to": to })).await?,
            Clock::Advance { by } => admin.post(&["clock", "advance"], json!({ "by_ms": u64::try_from(by.as_millis())? })).await?,
        };
        let stands = if reply.value["frozen"] == true { ", standing still" } else { "" };
        Ok(Said::from(page.done(&reply, &format!("{} UTC{stands}", cell(&reply.value["now"])))))
    }
}
