//! People with phones, the invitations that let them in, and the sessions that keep them in.

use clap::{ArgGroup, Args, Subcommand};
use serde::Serialize;

use super::client::Admin;
use super::named::user as id;
use super::paper::Paper;
use super::{CommandResult, Printed, whole_seconds};

/// Users: people with phones.
#[derive(Debug, Subcommand)]
pub(crate) enum User {
    /// Create a user.
    Create(NewUser),
    /// List users.
    List,
    /// Show a user, by id or by number with +.
    Show { user: String },
    /// Change the fields that are given; the others stay as they are.
    Change {
        /// By id or by number with +.
        user: String,
        #[command(flatten)]
        change: UserChange,
    },
    /// Remove one: the live call ends, windows close, and permissions, chats, sessions and invitations go along; the call log stays.
    Delete {
        /// By id or by number with +.
        user: String,
    },
}

/// A user to be made.
#[derive(Debug, Args, Serialize)]
pub(crate) struct NewUser {
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
pub(crate) struct UserChange {
    /// Another number, which the businesses of the user's chats are told; to portfolios the user is another id from then on.
    #[arg(long)]
    number: Option<String>,
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
    pub(crate) async fn ask(self, admin: &Admin, paper: &Paper) -> CommandResult {
        Ok(Printed::from(match self {
            User::Create(new) => paper.record(&admin.post(&["users"], new).await?),
            User::List => paper.list(&admin.all(&["users"], &[]).await?, USERS),
            User::Show { user } => paper.record(&admin.get(&["users", &id(admin, &user).await?]).await?),
            User::Change { user, change } => paper.record(&admin.patch(&["users", &id(admin, &user).await?], change).await?),
            User::Delete { user } => paper.done(&admin.delete(&["users", &id(admin, &user).await?]).await?, "the user is removed"),
        }))
    }
}

/// Invitations: codes with which one person signs in on the phone page, as often as they last.
#[derive(Debug, Subcommand)]
pub(crate) enum Invitation {
    /// Create an invitation for a number, for a user, or for any new number; its code is printed now and never again.
    Create(NewInvitation),
    /// List invitations; their codes are not kept.
    List,
    /// Revoke an invitation by its id (64 hexadecimal digits), not by its code. Sessions that it opened stay until they are revoked.
    Revoke { id: String },
}

/// An invitation to be made.
#[derive(Debug, Args, Serialize)]
#[command(group(ArgGroup::new("guest").required(true).args(["number", "user_id", "any_number"])))]
pub(crate) struct NewInvitation {
    /// For the person with this number: its user, who comes in again, or a new one.
    #[arg(long)]
    number: Option<String>,
    /// For this user, by id or by number with +.
    #[arg(long = "user", value_name = "USER")]
    user_id: Option<String>,
    /// For whoever brings it first, with a number that no user has.
    #[arg(long)]
    any_number: bool,
    /// As 1h or 7d, which is the default.
    #[arg(long = "lifetime", value_parser = whole_seconds, value_name = "TIME")]
    lifetime_seconds: Option<u64>,
}

const INVITATIONS: &[(&str, &str)] = &[
    ("number", "/number"),
    ("user", "/user_id"),
    ("any", "/any_number"),
    ("state", "/state"),
    ("used by", "/used_by"),
    ("expires", "/expires_at"),
    ("id", "/id"),
];

impl Invitation {
    pub(crate) async fn ask(self, admin: &Admin, paper: &Paper) -> CommandResult {
        Ok(Printed::from(match self {
            Invitation::Create(mut new) => {
                if let Some(user) = new.user_id {
                    new.user_id = Some(id(admin, &user).await?);
                }
                paper.record(&admin.post(&["invitations"], new).await?)
            }
            Invitation::List => paper.list(&admin.get(&["invitations"]).await?, INVITATIONS),
            Invitation::Revoke { id } => paper.done(&admin.delete(&["invitations", &id]).await?, "nobody comes in with it any more"),
        }))
    }
}

/// Sessions: browsers that are signed in to the phone page.
#[derive(Debug, Subcommand)]
pub(crate) enum Session {
    /// List sessions, oldest first.
    List {
        /// Only of this user: id, or number with +.
        #[arg(long)]
        user: Option<String>,
    },
    /// Sign out one browser, or all browsers of a user; their phone pages close at once.
    Revoke(RevokedSession),
}

/// Which.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub(crate) struct RevokedSession {
    /// One, by its id (64 hexadecimal digits).
    id: Option<String>,
    /// All of this user: id, or number with +.
    #[arg(long)]
    user: Option<String>,
}

const SESSIONS: &[(&str, &str)] =
    &[("user", "/user_id"), ("device", "/device"), ("opened", "/opened_at"), ("expires", "/expires_at"), ("id", "/id")];

impl Session {
    pub(crate) async fn ask(self, admin: &Admin, paper: &Paper) -> CommandResult {
        Ok(Printed::from(match self {
            Session::List { user: None } => paper.list(&admin.get(&["sessions"]).await?, SESSIONS),
            Session::List { user: Some(user) } => {
                let user = id(admin, &user).await?;
                paper.list(&admin.list(&["sessions"], &[("user_id", Some(user))]).await?, SESSIONS)
            }
            Session::Revoke(RevokedSession { user: Some(user), .. }) => paper
                .done(&admin.delete(&["users", &id(admin, &user).await?, "sessions"]).await?, "every browser of the user is signed out"),
            Session::Revoke(RevokedSession { id, user: None }) => {
                paper.done(&admin.delete(&["sessions", &id.unwrap_or_default()]).await?, "the browser is signed out")
            }
        }))
    }
}
