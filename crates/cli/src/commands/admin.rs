//! `callport admin`: the admin API from a shell. It knows paths and how answers look to a person; every rule is the API's.
//!
//! A command is a noun and a verb (`callport admin waba create --portfolio 3001 --name Acme`). Answers are tables and sentences,
//! or with `--json` what the API said, unchanged.

mod accounts;
mod acting;
mod apps;
mod calls;
mod client;
mod clock;
mod dial;
mod named;
mod page;
mod people;
mod setup;
mod story;
mod templates;
#[cfg(test)]
mod tests;
mod webhooks;

use std::error::Error;
use std::time::Duration;

use clap::{Args, Subcommand};

use super::exit::{self, Exit};
use super::flags::ConfigFlags;
use super::{Outcome, runtime};
use crate::listener::tls;
use crate::output;
pub use client::{Admin, AdminFault};
use page::Page;

/// Why a command could not be done.
type Fault = Box<dyn Error + Send + Sync>;

/// What a command ends with.
type Answer = Result<Said, Fault>;

/// Over the flags that every command here takes, in its help.
const COMMON: &str = "Which platform, and how it answers";

/// What goes to standard output, and what the process ends with.
#[derive(Debug, Clone, PartialEq)]
struct Said {
    text: String,
    exit: Exit,
}

impl From<String> for Said {
    fn from(text: String) -> Said {
        Said { text, exit: Exit::Done }
    }
}

/// Provision a platform, see why a call went as it did, and run tests, over the admin API.
#[derive(Debug, Args)]
#[command(after_help = exit::table(&Exit::OF_REQUESTS))]
pub struct AdminCommand {
    /// The operator's listener, as http://127.0.0.1:8081; without it, the platform that runs from this configuration's folder, or a demo.
    #[arg(long, env = "CALLPORT_OPERATOR_URL", global = true, help_heading = COMMON)]
    url: Option<String>,
    /// Its token.
    #[arg(long, env = "CALLPORT_OPERATOR_TOKEN", hide_env_values = true, global = true, help_heading = COMMON)]
    token: Option<String>,
    /// The API's own JSON instead of words; an error is one JSON object on standard error.
    #[arg(long, global = true, help_heading = COMMON)]
    json: bool,
    #[command(flatten, next_help_heading = COMMON)]
    flags: ConfigFlags,
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    Setup(setup::Setup),
    /// Where the platform is found, and what it is.
    Platform,
    /// Business portfolios: they own accounts.
    #[command(subcommand)]
    Portfolio(accounts::Portfolio),
    /// WhatsApp Business Accounts: they hold numbers, and apps subscribe to them.
    #[command(subcommand)]
    Waba(accounts::Waba),
    /// Business phone numbers.
    #[command(subcommand)]
    Number(accounts::Number),
    /// Show or change a number's calling settings.
    Settings(accounts::Settings),
    /// Apps: they receive webhooks.
    #[command(subcommand)]
    App(apps::App),
    /// Message templates: see them, and say what a reviewer would.
    #[command(subcommand)]
    Template(templates::Template),
    /// Which app is told of which account.
    #[command(subcommand)]
    Subscription(apps::Subscription),
    /// Where webhooks of one number go for one app.
    #[command(subcommand)]
    Override(accounts::Override),
    /// Access tokens of apps.
    #[command(subcommand)]
    Token(apps::Token),
    /// People with phones.
    #[command(subcommand)]
    User(people::User),
    /// What a user does by itself when a business calls or writes; test mode only.
    #[command(subcommand)]
    Behaviour(acting::Behaviour),
    /// Something that a user does now: say, tap, answer, permit, chat; test mode only.
    #[command(subcommand)]
    Act(acting::Act),
    /// Permission, counters and limits of a business number and a user.
    Pair(acting::Pair),
    /// Codes that let people in on the phone page.
    #[command(subcommand)]
    Invitation(people::Invitation),
    /// Browsers that are signed in.
    #[command(subcommand)]
    Session(people::Session),
    /// The call log, newest first.
    Calls(calls::Calls),
    /// The whole story of a call: verdict, timeline, webhooks, media checklist.
    Call(calls::Call),
    /// End a live call, such as one that hangs: both parties are free for another.
    HangUp(calls::HangUp),
    /// The newest webhooks.
    Webhooks(webhooks::Webhooks),
    /// One webhook with every attempt and its body; or send it again.
    Webhook(webhooks::Webhook),
    Dial(dial::Dial),
    /// How far such a call is; or hang it up.
    Scripted(dial::Scripted),
    /// Read or move the calendar; test mode only.
    #[command(subcommand)]
    Clock(clock::Clock),
    /// The description of the admin API (OpenAPI, JSON).
    Openapi,
}

/// Asks, and prints the answer.
pub fn run(command: AdminCommand) -> Outcome {
    tls::install_cryptography()?;
    let admin = Admin::find(command.url, command.token, &command.flags)?;
    let said = runtime()?.block_on(command.what.ask(&admin, &Page::of_output(command.json)))?;
    print(&said.text)?;
    Ok(said.exit.into())
}

impl What {
    async fn ask(self, admin: &Admin, page: &Page) -> Answer {
        match self {
            What::Setup(what) => what.ask(admin, page).await,
            What::Platform => Ok(Said::from(page.record(&admin.get(&["platform"]).await?))),
            What::Portfolio(what) => what.ask(admin, page).await,
            What::Waba(what) => what.ask(admin, page).await,
            What::Number(what) => what.ask(admin, page).await,
            What::Settings(what) => what.ask(admin, page).await,
            What::App(what) => what.ask(admin, page).await,
            What::Template(what) => what.ask(admin, page).await,
            What::Subscription(what) => what.ask(admin, page).await,
            What::Override(what) => what.ask(admin, page).await,
            What::Token(what) => what.ask(admin, page).await,
            What::User(what) => what.ask(admin, page).await,
            What::Behaviour(what) => what.ask(admin, page).await,
            What::Act(what) => what.ask(admin, page).await,
            What::Pair(what) => what.ask(admin, page).await,
            What::Invitation(what) => what.ask(admin, page).await,
            What::Session(what) => what.ask(admin, page).await,
            What::Calls(what) => what.ask(admin, page).await,
            What::Call(what) => what.ask(admin, page).await,
            What::HangUp(what) => what.ask(admin, page).await,
            What::Webhooks(what) => what.ask(admin, page).await,
            What::Webhook(what) => what.ask(admin, page).await,
            What::Dial(what) => what.ask(admin, page).await,
            What::Scripted(what) => what.ask(admin, page).await,
            What::Clock(what) => what.ask(admin, page).await,
            What::Openapi => Ok(Said::from(admin.description().await?.text)),
        }
    }
}

/// To standard output, with a line's end.
fn print(text: &str) -> std::io::Result<()> {
    let end = if text.is_empty() || text.ends_with('\n') { "" } else { "\n" };
    output::bytes(format!("{text}{end}").as_bytes())
}

/// A length of time, as every key of the configuration writes it.
fn span(text: &str) -> Result<Duration, &'static str> {
    crate::config::duration(text).ok_or("a length of time has its unit: 500ms, 20s, 5m, 1h, 30d")
}

fn whole_seconds(text: &str) -> Result<u64, &'static str> {
    span(text).map(|time| time.as_secs())
}
