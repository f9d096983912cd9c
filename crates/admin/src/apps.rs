//! Apps, what they are told of, and the tokens that speak for them.

use clap::{Args, Subcommand};
use serde::Serialize;

use super::client::Admin;
use super::paper::Paper;
use super::{CommandResult, Printed, whole_seconds};

/// Apps: they receive webhooks, signed with their secret.
#[derive(Debug, Subcommand)]
pub(crate) enum App {
    /// Create an app; its secret is printed now and never again. The callback must pass its verification GET, else no app is created.
    Create(NewApp),
    /// List apps.
    List,
    /// Show an app.
    Show { id: String },
    /// Change the fields that are given; the others stay as they are.
    Change {
        id: String,
        #[command(flatten)]
        change: AppChange,
    },
    /// Remove an app: its tokens, grants, subscriptions and overrides go along, and its multi-partner solutions end.
    Delete { id: String },
}

/// An app to be made.
#[derive(Debug, Args, Serialize)]
pub(crate) struct NewApp {
    /// Made when absent.
    #[arg(long)]
    id: Option<String>,
    /// Made when absent.
    #[arg(long)]
    secret: Option<String>,
    #[arg(long)]
    name: String,
    #[command(flatten)]
    #[serde(flatten)]
    rest: AppTraits,
}

/// What can be changed of an app.
#[derive(Debug, Args, Serialize)]
pub(crate) struct AppChange {
    #[arg(long)]
    name: Option<String>,
    #[command(flatten)]
    #[serde(flatten)]
    rest: AppTraits,
}

/// What may be left as it is.
#[derive(Debug, Args, Serialize)]
pub(crate) struct AppTraits {
    /// Where its webhooks go.
    #[arg(long, value_name = "URL")]
    callback_url: Option<String>,
    /// Sent to the callback in the verification GET.
    #[arg(long)]
    verify_token: Option<String>,
    /// Webhook fields, all of them: calls,messages. A new app has calls.
    #[arg(long, value_delimiter = ',')]
    fields: Option<Vec<String>>,
    /// false: the callback is taken without the verification GET.
    #[arg(long, value_name = "BOOL")]
    verify: Option<bool>,
    /// The portfolio that owns it: roles of conversation routing belong to that business.
    #[arg(long = "business", value_name = "PORTFOLIO")]
    business_id: Option<String>,
    /// true or false: whether it is a Tech Partner's; only such apps have sandbox accounts. A new app is.
    #[arg(long, value_name = "BOOL")]
    tech_partner: Option<bool>,
    /// The version that serves its requests without one, as v25.0. A new app has none, which is v21.0.
    #[arg(long, value_name = "VERSION")]
    graph_version: Option<String>,
}

const APPS: &[(&str, &str)] = &[("id", "/id"), ("name", "/name"), ("fields", "/fields"), ("callback", "/callback_url")];

impl App {
    pub(crate) async fn ask(self, admin: &Admin, paper: &Paper) -> CommandResult {
        Ok(Printed::from(match self {
            App::Create(new) => paper.record(&admin.post(&["apps"], new).await?),
            App::List => paper.list(&admin.all(&["apps"], &[]).await?, APPS),
            App::Show { id } => paper.record(&admin.get(&["apps", &id]).await?),
            App::Delete { id } => paper.done(&admin.delete(&["apps", &id]).await?, "the app is removed"),
            App::Change { id, change } => paper.record(&admin.patch(&["apps", &id], change).await?),
        }))
    }
}

/// Subscriptions: which app gets webhooks of which account.
#[derive(Debug, Subcommand)]
pub(crate) enum Subscription {
    /// Subscribe an app to an account, or replace its override.
    Create {
        #[arg(long)]
        waba: String,
        #[arg(long)]
        app: String,
        #[command(flatten)]
        to: SubscribeTo,
    },
    /// List the subscriptions of an account.
    List { waba: String },
    /// Remove a subscription and its override.
    Delete { waba: String, app: String },
}

/// An override for this account.
#[derive(Debug, Args, Serialize)]
pub(crate) struct SubscribeTo {
    /// Instead of the app's own callback.
    #[arg(long, value_name = "URL")]
    override_callback_url: Option<String>,
    /// Sent to that URL in the verification GET.
    #[arg(long)]
    verify_token: Option<String>,
}

impl Subscription {
    pub(crate) async fn ask(self, admin: &Admin, paper: &Paper) -> CommandResult {
        const SUBSCRIPTIONS: &[(&str, &str)] = &[("waba", "/waba_id"), ("app", "/app_id"), ("override", "/override_callback_url")];
        Ok(Printed::from(match self {
            Subscription::Create { waba, app, to } => paper.record(&admin.put(&["wabas", &waba, "subscriptions", &app], to).await?),
            Subscription::List { waba } => paper.list(&admin.get(&["wabas", &waba, "subscriptions"]).await?, SUBSCRIPTIONS),
            Subscription::Delete { waba, app } => {
                paper.done(&admin.delete(&["wabas", &waba, "subscriptions", &app]).await?, "the app is told of this account no more")
            }
        }))
    }
}

/// Grants: what an app may do with an account.
#[derive(Debug, Subcommand)]
pub(crate) enum Grant {
    /// Say what an app may do with an account, in place of what it might before.
    Create {
        #[arg(long)]
        waba: String,
        #[arg(long)]
        app: String,
        #[command(flatten)]
        what: GrantWhat,
    },
    /// List what apps may do with an account.
    List { waba: String },
    /// Take an account away from an app: its tokens and its subscription with it.
    Delete { waba: String, app: String },
}

/// What shall be granted.
#[derive(Debug, Args, Serialize)]
pub(crate) struct GrantWhat {
    /// Default: whatsapp_business_messaging,whatsapp_business_management.
    #[arg(long, value_delimiter = ',')]
    scopes: Option<Vec<String>>,
}

impl Grant {
    pub(crate) async fn ask(self, admin: &Admin, paper: &Paper) -> CommandResult {
        const GRANTS: &[(&str, &str)] = &[("waba", "/waba_id"), ("app", "/app_id"), ("scopes", "/scopes")];
        Ok(Printed::from(match self {
            Grant::Create { waba, app, what } => paper.record(&admin.put(&["wabas", &waba, "grants", &app], what).await?),
            Grant::List { waba } => paper.list(&admin.get(&["wabas", &waba, "grants"]).await?, GRANTS),
            Grant::Delete { waba, app } => {
                paper.done(&admin.delete(&["wabas", &waba, "grants", &app]).await?, "the app reaches this account no more")
            }
        }))
    }
}

/// Access tokens of apps.
#[derive(Debug, Subcommand)]
pub(crate) enum Token {
    /// Create a token; its value is printed now and never again.
    Create(NewToken),
    /// List tokens; their values are not kept.
    List {
        /// Only of this app.
        #[arg(long)]
        app: Option<String>,
    },
    /// Revoke a token by its id (64 hexadecimal digits), not by its value.
    Delete { id: String },
}

/// A token to be made.
#[derive(Debug, Args, Serialize)]
pub(crate) struct NewToken {
    #[arg(long = "app")]
    app_id: String,
    /// Default: whatsapp_business_messaging,whatsapp_business_management.
    #[arg(long, value_delimiter = ',')]
    scopes: Option<Vec<String>>,
    /// The accounts that it is made for, as 2001,2002: its app is granted so much of them. In live mode they must be said; in test mode the default is all.
    #[arg(long = "wabas", value_delimiter = ',', value_name = "WABAS")]
    waba_ids: Option<Vec<String>>,
    /// As 1h or 60d. Default: for ever.
    #[arg(long = "lifetime", value_parser = whole_seconds, value_name = "TIME")]
    lifetime_seconds: Option<u64>,
}

const TOKENS: &[(&str, &str)] =
    &[("app", "/app_id"), ("valid", "/valid"), ("expires", "/expires_at"), ("wabas", "/waba_ids"), ("scopes", "/scopes"), ("id", "/id")];

impl Token {
    pub(crate) async fn ask(self, admin: &Admin, paper: &Paper) -> CommandResult {
        Ok(Printed::from(match self {
            Token::Create(new) => paper.record(&admin.post(&["tokens"], new).await?),
            Token::List { app } => paper.list(&admin.all(&["tokens"], &[("app_id", app)]).await?, TOKENS),
            Token::Delete { id } => paper.done(&admin.delete(&["tokens", &id]).await?, "the token is worth nothing any more"),
        }))
    }
}
