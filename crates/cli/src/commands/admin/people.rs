//! People with phones, and invitations for more of them.

use clap::{Args, Subcommand};
use serde::Serialize;

use super::client::Admin;
use super::page::Page;
use super::{Answer, Fault, Said, whole_seconds};

/// People with phones.
#[derive(Debug, Subcommand)]
pub enum User {
    /// Make one.
    Create(NewUser),
    /// All of them.
    List,
    /// One, by id or by number with +.
    Show { user: String },
    /// Change what is said; the rest stays.
    Change {
        /// By id or by number with +.
        user: String,
        #[command(flatten)]
        change: UserChange,
    },
}

/// A user to be made.
#[derive(Debug, Args, Serialize)]
pub struct NewUser {
    /// Made when absent.
    #[arg(long)]
    id: Option<String>,
    /// In international form, as +5511955501234.
    #[arg(long)]
    number: String,
    /// profile.name.
    #[arg(long)]
    name: String,
    /// profile.username.
    #[arg(long)]
    username: Option<String>,
}

/// What can be changed of a user.
#[derive(Debug, Args, Serialize)]
pub struct UserChange {
    /// profile.name.
    #[arg(long)]
    name: Option<String>,
    /// profile.username.
    #[arg(long)]
    username: Option<String>,
    /// true or false: the app is too old for call buttons, permission requests (131026) and calls of businesses (138001).
    #[arg(long, value_name = "BOOL")]
    outdated_app: Option<bool>,
}

const USERS: &[(&str, &str)] = &[("id", "/id"), ("number", "/number"), ("name", "/name"), ("username", "/username")];

impl User {
    pub async fn ask(self, admin: &Admin, page: &Page) -> Answer {
        Ok(Said::from(match self {
            User::Create(new) => page.record(&admin.post(&["users"], new).await?),
            User::List => page.list(&admin.get(&["users"]).await?, USERS),
            User::Show { user } => page.record(&admin.get(&["users", &id(admin, &user).await?]).await?),
            User::Change { user, change } => page.record(&admin.patch(&["users", &id(admin, &user).await?], change).await?),
        }))
    }
}

/// Codes by which one person signs up on the phone page.
#[derive(Debug, Subcommand)]
pub enum Invitation {
    /// Make one; its code is told this once.
    Create(NewInvitation),
}

/// An invitation to be made.
#[derive(Debug, Args, Serialize)]
pub struct NewInvitation {
    /// As 1h or 7d, which is the default.
    #[arg(long = "lifetime", value_parser = whole_seconds, value_name = "TIME")]
    lifetime_seconds: Option<u64>,
}

impl Invitation {
    pub async fn ask(self, admin: &Admin, page: &Page) -> Answer {
        let Invitation::Create(new) = self;
        Ok(Said::from(page.record(&admin.post(&["invitations"], new).await?)))
    }
}

/// A user's id. A `+` tells a number from an id.
pub async fn id(admin: &Admin, user: &str) -> Result<String, Fault> {
    if !user.starts_with('+') {
        return Ok(user.to_owned());
    }
    let users = admin.list(&["users"], &[("number", Some(user.to_owned()))]).await?;
    let found = users.rows().first().and_then(|row| row["id"].as_str());
    Ok(found.ok_or_else(|| format!("there is no user {user}"))?.to_owned())
}
