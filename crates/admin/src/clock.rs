//! The calendar of a test platform.

use std::time::Duration;

use clap::Subcommand;
use serde_json::json;

use super::client::Admin;
use super::paper::{Paper, cell};
use super::{CommandResult, Printed, span};

/// Read or move the calendar of a test platform.
#[derive(Debug, Subcommand)]
pub(crate) enum Clock {
    /// Show the clock.
    Show,
    /// Stop the clock.
    Freeze,
    /// Let the clock run again.
    Thaw,
    /// Move the clock to a moment, back or forth: 2026-12-24T18:00:00Z.
    Set { to: String },
    /// Move the clock forward by 500ms, 20s, 5m, 1h, 7d. What was due in between happens at once.
    Advance {
        #[arg(value_parser = span)]
        by: Duration,
    },
}

impl Clock {
    pub(crate) async fn ask(self, admin: &Admin, paper: &Paper) -> CommandResult {
        let reply = match self {
            Clock::Show => admin.get(&["clock"]).await?,
            Clock::Freeze => admin.post(&["clock", "freeze"], json!({})).await?,
            Clock::Thaw => admin.post(&["clock", "thaw"], json!({})).await?,
            Clock::Set { to } => admin.post(&["clock", "set"], json!({ "to": to })).await?,
            Clock::Advance { by } => admin.post(&["clock", "advance"], json!({ "by_ms": u64::try_from(by.as_millis())? })).await?,
        };
        let stands = if reply.value["frozen"] == true { ", standing still" } else { "" };
        Ok(Printed::from(paper.done(&reply, &format!("{} UTC{stands}", cell(&reply.value["now"])))))
    }
}
