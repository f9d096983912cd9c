//! `callport admin`: the admin API from a shell. It knows paths and how to print a story; every rule is the API's.
//!
//! Being rebuilt noun by noun: `callport admin waba create …`, `callport admin calls`, with tables for people and `--json` for scripts.

mod body;
mod client;
mod story;

use std::process::ExitCode;
use std::time::Duration;

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::flags::ConfigFlags;
use super::{Outcome, runtime};
use crate::listener::tls;
pub use client::Admin;
use story::print as print_story;

/// How often a scripted call is looked at while waiting for its end.
const LOOK: Duration = Duration::from_millis(200);

/// Provision a platform, see why a call went as it did, and run tests, over the admin API.
#[derive(Debug, Args)]
pub struct AdminCommand {
    /// The operator's listener; without it, the platform that runs from this configuration's folder.
    #[arg(long, env = "CALLPORT_OPERATOR_URL", global = true)]
    url: Option<String>,
    /// Its token.
    #[arg(long, env = "CALLPORT_OPERATOR_TOKEN", hide_env_values = true, global = true)]
    token: Option<String>,
    #[command(flatten)]
    flags: ConfigFlags,
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// List portfolios, wabas, numbers, apps, tokens, users, calls or webhooks.
    List {
        /// What to list.
        kind: String,
        /// Narrow it down, as number_id=4001.
        filter: Vec<String>,
    },
    /// Show one thing, as: show numbers 4001.
    Show { kind: String, id: String },
    /// Make a thing: create wabas id=2001 name=Acme payment_method:=true. With = the value is a text, with := it is JSON.
    Create { kind: String, fields: Vec<String> },
    /// Change a thing: change wabas 2001 payment_method:=false.
    Change { kind: String, id: String, fields: Vec<String> },
    /// Revoke a token.
    Revoke { token: String },
    /// Subscribe an app to the webhooks of a WABA, perhaps with override_callback_uri=… verify_token=….
    Subscribe { waba: String, app: String, fields: Vec<String> },
    /// End that.
    Unsubscribe { waba: String, app: String },
    /// The whole story of a call: verdict, timeline, webhooks, media checklist.
    Call {
        /// `wacid.…`
        id: String,
        /// The API's own JSON.
        #[arg(long)]
        json: bool,
    },
    /// Let a user call a business: dial +5511955501234 +6281255509999. Fields go into the script, as hang_up:='{"kind":"after","ms":3000}'.
    Dial {
        /// A user's id or number.
        user: String,
        /// A business's phone_number_id or number.
        number: String,
        fields: Vec<String>,
        /// Wait for the end and print what the user heard.
        #[arg(long)]
        wait: bool,
    },
    /// Read or move the calendar of a test platform.
    Clock {
        #[command(subcommand)]
        to: Option<ClockTo>,
    },
    /// Make an invitation for the phone page, as lifetime fields allow.
    Invite { fields: Vec<String> },
    /// Send a webhook again.
    Replay { id: String },
    /// The description of the admin API.
    Openapi,
}

#[derive(Debug, Subcommand)]
enum ClockTo {
    /// Forward: 500ms, 20s, 5m, 1h, 7d.
    Advance { by: String },
    /// To a moment: 2026-12-24T18:00:00Z.
    Set { to: String },
    /// Stand still.
    Freeze,
    /// Run again.
    Thaw,
}

/// One request, or two.
pub fn run(command: AdminCommand) -> Outcome {
    tls::install_cryptography()?;
    let admin = Admin::find(command.url, command.token, &command.flags)?;
    runtime()?.block_on(ask(&admin, command.what))?;
    Ok(ExitCode::SUCCESS)
}

async fn ask(admin: &Admin, what: What) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let reply = match what {
        What::List { kind, filter } => admin.get(&["admin", "v1", &kind], &body::pairs(&filter)?).await?,
        What::Show { kind, id } => admin.get(&["admin", "v1", &kind, &id], &[]).await?,
        What::Create { kind, fields } => admin.post(&["admin", "v1", &kind], body::read(&fields)?).await?,
        What::Change { kind, id, fields } => admin.patch(&["admin", "v1", &kind, &id], body::read(&fields)?).await?,
        What::Revoke { token } => admin.delete(&["admin", "v1", "tokens", &token]).await?,
        What::Subscribe { waba, app, fields } => {
            admin.put(&["admin", "v1", "wabas", &waba, "subscriptions", &app], body::read(&fields)?).await?
        }
        What::Unsubscribe { waba, app } => admin.delete(&["admin", "v1", "wabas", &waba, "subscriptions", &app]).await?,
        What::Call { id, json } => {
            let told = admin.get(&["admin", "v1", "calls", &id], &[]).await?;
            if !json {
                print_story(&told);
                return Ok(());
            }
            told
        }
        What::Dial { user, number, fields, wait } => dial(admin, &user, &number, &fields, wait).await?,
        What::Clock { to } => clock(admin, to).await?,
        What::Invite { fields } => admin.post(&["admin", "v1", "invitations"], body::read(&fields)?).await?,
        What::Replay { id } => admin.post(&["admin", "v1", "webhooks", &id, "replay"], json!({})).await?,
        What::Openapi => admin.get(&["admin", "openapi.json"], &[]).await?,
    };
    if !reply.is_null() {
        println!("{reply:#}");
    }
    Ok(())
}

async fn dial(
    admin: &Admin,
    user: &str,
    number: &str,
    fields: &[String],
    wait: bool,
) -> Result<Value, Box<dyn std::error::Error + Send + Sync>> {
    let order = json!({ "number": number, "script": body::read(fields)? });
    let user = user_id(admin, user).await?;
    let placed = admin.post(&["admin", "v1", "users", &user, "dial"], order).await?;
    let handle = placed["handle"].as_str().unwrap_or_default().to_owned();
    if !wait {
        return Ok(placed);
    }
    loop {
        let status = admin.get(&["admin", "v1", "scripted", &handle], &[]).await?;
        if status["state"] == "ended" {
            return Ok(status);
        }
        tokio::time::sleep(LOOK).await;
    }
}

/// A `+` tells a number from an id.
async fn user_id(admin: &Admin, user: &str) -> Result<String, Box<dyn std::error::Error + Send + Sync>> {
    if !user.starts_with('+') {
        return Ok(user.to_owned());
    }
    let users = admin.get(&["admin", "v1", "users"], &[]).await?;
    let found = users["data"].as_array().into_iter().flatten().find(|row| row["number"] == user);
    Ok(found.and_then(|row| row["id"].as_str()).ok_or_else(|| format!("there is no user {user}"))?.to_owned())
}

async fn clock(admin: &Admin, to: Option<ClockTo>) -> Result<Value, Box<dyn std::error::Error + Send + Sync>> {
    let path = |what| ["admin", "v1", "clock", what];
    Ok(match to {
        None => admin.get(&["admin", "v1", "clock"], &[]).await?,
        Some(ClockTo::Advance { by }) => {
            let by = crate::config::duration(&by).ok_or("advance by a length of time with its unit: 500ms, 20s, 5m, 1h or 30d")?;
            admin.post(&path("advance"), json!({ "by_ms": u64::try_from(by.as_millis())? })).await?
        }
        Some(ClockTo::Set { to }) => admin.post(&path("set"), json!({ "to": to })).await?,
        Some(ClockTo::Freeze) => admin.post(&path("freeze"), json!({})).await?,
        Some(ClockTo::Thaw) => admin.post(&path("thaw"), json!({})).await?,
    })
}
