//! The sign-up page: which apps may be opened from where, and who walks through it.

use clap::{Args, Subcommand};
use serde::Serialize;
use serde_json::json;

use super::client::Admin;
use super::paper::Paper;
use super::{CommandResult, Printed, whole_seconds};

/// The sign-up page, by which business owners let apps in.
#[derive(Debug, Subcommand)]
pub(crate) enum SignUp {
    /// Say which portfolio an app belongs to, and which pages may open the sign-up for it, in place of what was said before.
    Client {
        app: String,
        #[command(flatten)]
        how: SignUpTraits,
    },
    /// Take an app off the sign-up page; what it was granted stays.
    DeleteClient { app: String },
    /// List apps as the sign-up page knows them.
    Clients,
    /// List business owners.
    Owners,
    /// Make a business owner, or give more portfolios to the one of that name: they can choose them on the page.
    Owner {
        name: String,
        /// As 3001,3002.
        #[arg(long, value_delimiter = ',', value_name = "PORTFOLIOS")]
        portfolios: Vec<String>,
    },
    /// Remove a business owner by id: signed out everywhere; what they made stays.
    DeleteOwner { id: String },
    /// Make a way in for one business owner; its code is printed now and never again. In test mode everybody comes in by name.
    Invite(NewOwnerInvitation),
    /// List ways in; their codes are not kept.
    Invitations,
    /// Take a way in back by its id (64 hexadecimal digits), not by its code.
    Revoke { id: String },
}

/// An app as the sign-up page shall know it.
#[derive(Debug, Args, Serialize)]
pub(crate) struct SignUpTraits {
    /// The partner's portfolio.
    #[arg(long = "portfolio", value_name = "PORTFOLIO")]
    portfolio_id: Option<String>,
    /// Pages that may open the sign-up, as https://isv.example,http://127.0.0.1:8080.
    #[arg(long, value_delimiter = ',')]
    origins: Option<Vec<String>>,
    /// Login configurations (config_id). Default: any.
    #[arg(long, value_delimiter = ',')]
    configurations: Option<Vec<String>>,
    /// How long tokens live that codes are exchanged for, as 60d. Default: for ever.
    #[arg(long = "token-lifetime", value_parser = whole_seconds, value_name = "TIME")]
    token_lifetime_seconds: Option<u64>,
}

/// A way in to be made.
#[derive(Debug, Args, Serialize)]
pub(crate) struct NewOwnerInvitation {
    /// For this owner, who comes in again; without it, for somebody new.
    #[arg(long = "owner", value_name = "OWNER")]
    owner_id: Option<String>,
    /// Portfolios that become theirs by it, as 3001,3002.
    #[arg(long = "portfolios", value_delimiter = ',', value_name = "PORTFOLIOS")]
    portfolio_ids: Option<Vec<String>>,
    /// As 1h or 7d, which is the default.
    #[arg(long = "lifetime", value_parser = whole_seconds, value_name = "TIME")]
    lifetime_seconds: Option<u64>,
}

const CLIENTS: &[(&str, &str)] =
    &[("app", "/app_id"), ("portfolio", "/portfolio_id"), ("origins", "/origins"), ("configurations", "/configurations")];
const OWNERS: &[(&str, &str)] = &[("id", "/id"), ("name", "/name"), ("portfolios", "/portfolio_ids")];
const INVITATIONS: &[(&str, &str)] =
    &[("portfolios", "/portfolio_ids"), ("valid", "/valid"), ("used by", "/used_by"), ("expires", "/expires_at"), ("id", "/id")];

impl SignUp {
    pub(crate) async fn ask(self, admin: &Admin, paper: &Paper) -> CommandResult {
        Ok(Printed::from(match self {
            SignUp::Client { app, how } => paper.record(&admin.put(&["sign-up", "clients", &app], how).await?),
            SignUp::DeleteClient { app } => {
                paper.done(&admin.delete(&["sign-up", "clients", &app]).await?, "nobody signs up for this app any more")
            }
            SignUp::Clients => paper.list(&admin.get(&["sign-up", "clients"]).await?, CLIENTS),
            SignUp::Owners => paper.list(&admin.get(&["sign-up", "owners"]).await?, OWNERS),
            SignUp::Owner { name, portfolios } => {
                paper.record(&admin.post(&["sign-up", "owners"], json!({ "name": name, "portfolio_ids": portfolios })).await?)
            }
            SignUp::DeleteOwner { id } => paper.done(&admin.delete(&["sign-up", "owners", &id]).await?, "the business owner is removed"),
            SignUp::Invite(new) => paper.record(&admin.post(&["sign-up", "invitations"], new).await?),
            SignUp::Invitations => paper.list(&admin.get(&["sign-up", "invitations"]).await?, INVITATIONS),
            SignUp::Revoke { id } => paper.done(&admin.delete(&["sign-up", "invitations", &id]).await?, "nobody comes in with it any more"),
        }))
    }
}
