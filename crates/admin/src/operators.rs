//! Several operators on one number: its accounts, and who answers.

use clap::{Args, Subcommand};
use serde_json::json;

use super::client::Admin;
use super::named::number as id;
use super::paper::Paper;
use super::{CommandFault, CommandResult, Printed};

/// Accounts of a number: one for each partner. Verbs of `number`.
#[derive(Debug, Subcommand)]
pub(crate) enum Sharing {
    /// Share a number with one more account of the same portfolio, or say for whom that account is.
    Share {
        /// phone_number_id, or the number with +.
        number: String,
        #[arg(long)]
        waba: String,
        /// The portfolio that owns the partner's apps; a number is not shared with the same one twice.
        #[arg(long)]
        partner: Option<String>,
    },
    /// List the accounts of a number, the owning one first.
    Accounts {
        /// phone_number_id, or the number with +.
        number: String,
    },
    /// Take a number away from an account that shares it.
    Unshare {
        /// phone_number_id, or the number with +.
        number: String,
        #[arg(long)]
        waba: String,
    },
}

impl Sharing {
    pub(crate) async fn ask(self, admin: &Admin, paper: &Paper) -> CommandResult {
        const ACCOUNTS: &[(&str, &str)] = &[("waba", "/waba_id"), ("owns", "/owns"), ("partner", "/partner_id")];
        Ok(Printed::from(match self {
            Sharing::Share { number, waba, partner } => {
                let number = id(admin, &number).await?;
                paper.record(&admin.put(&["numbers", &number, "accounts", &waba], json!({ "partner_id": partner })).await?)
            }
            Sharing::Accounts { number } => paper.list(&admin.get(&["numbers", &id(admin, &number).await?, "accounts"]).await?, ACCOUNTS),
            Sharing::Unshare { number, waba } => {
                let number = id(admin, &number).await?;
                paper.done(&admin.delete(&["numbers", &number, "accounts", &waba]).await?, "the account has the number no more")
            }
        }))
    }
}

/// Conversation routing: which partner answers calls and messages.
#[derive(Debug, Subcommand)]
pub(crate) enum Routing {
    /// Say who does what, in place of what was said before.
    Set {
        #[command(flatten)]
        of: RoutingOf,
        /// Who has a role, as calls=3101; once for each of calls, ai_agent, ctwa, customer_service, escalation, marketing, utility.
        #[arg(long = "role", value_name = "ROLE=PORTFOLIO")]
        roles: Vec<String>,
        /// Businesses that read along in threads of others, by portfolio.
        #[arg(long, value_delimiter = ',', value_name = "PORTFOLIOS")]
        standby: Vec<String>,
        /// false: the business has not accepted the terms that thread control, standby and escalation need.
        #[arg(long, value_name = "BOOL", default_value_t = true, action = clap::ArgAction::Set)]
        terms_accepted: bool,
    },
    /// List every configuration.
    List,
    /// Show one.
    Show {
        #[command(flatten)]
        of: RoutingOf,
    },
    /// End one. A number falls back to that of its portfolio.
    Delete {
        #[command(flatten)]
        of: RoutingOf,
    },
}

/// What a configuration holds for.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub(crate) struct RoutingOf {
    /// All numbers of a portfolio's accounts.
    #[arg(long)]
    portfolio: Option<String>,
    /// One number: phone_number_id, or the number with +.
    #[arg(long)]
    number: Option<String>,
}

impl RoutingOf {
    async fn path(self, admin: &Admin) -> Result<[String; 3], CommandFault> {
        let (kind, id) = match (self.portfolio, self.number) {
            (Some(portfolio), _) => ("portfolios", portfolio),
            (None, number) => ("numbers", id(admin, &number.unwrap_or_default()).await?),
        };
        Ok([kind.to_owned(), id, "routing".to_owned()])
    }
}

impl Routing {
    pub(crate) async fn ask(self, admin: &Admin, paper: &Paper) -> CommandResult {
        const ROUTING: &[(&str, &str)] =
            &[("portfolio", "/portfolio_id"), ("number", "/phone_number_id"), ("calls", "/roles/calls"), ("standby", "/standby")];
        Ok(Printed::from(match self {
            Routing::Set { of, roles, standby, terms_accepted } => {
                let mut named = serde_json::Map::new();
                for role in roles {
                    let (role, business) = role.split_once('=').ok_or("--role: write it as calls=3101")?;
                    named.insert(role.to_owned(), json!(business));
                }
                let [kind, id, routing] = of.path(admin).await?;
                let body = json!({ "roles": named, "standby": standby, "terms_accepted": terms_accepted });
                paper.record(&admin.put(&[&kind, &id, &routing], body).await?)
            }
            Routing::List => paper.list(&admin.get(&["routing"]).await?, ROUTING),
            Routing::Show { of } => {
                let [kind, id, routing] = of.path(admin).await?;
                paper.record(&admin.get(&[&kind, &id, &routing]).await?)
            }
            Routing::Delete { of } => {
                let [kind, id, routing] = of.path(admin).await?;
                paper.done(&admin.delete(&[&kind, &id, &routing]).await?, "this routing is over")
            }
        }))
    }
}
