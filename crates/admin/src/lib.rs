//! The admin API from a shell: `callport admin` without the binary around it. It knows paths and how answers look to a person; every rule
//! is the API's, and this crate links to nothing of the platform.
//!
//! A command is a noun and a verb (`callport admin waba create --portfolio 3001 --name Acme`). Answers are tables and sentences,
//! or with `--json` what the API said, unchanged.
#![cfg_attr(test, allow(clippy::unwrap_used))]
#![warn(missing_docs, unreachable_pub, unnameable_types)]

mod accounts;
mod acting;
pub mod address;
mod apps;
mod calls;
mod capture;
mod client;
mod clock;
mod dial;
pub mod exit;
mod explain;
mod faults;
mod named;
mod operators;
mod paper;
mod people;
mod setup;
mod sign_up;
mod span;
mod story;
mod tail;
mod templates;
mod webhooks;

use std::error::Error;

use clap::{Args, Subcommand};

pub use client::{Access, Admin, AdminFault, Reply};
use exit::Exit;
pub use paper::Paper;
pub use span::{UNITS, span};

/// Why a command could not be done.
pub type CommandFault = Box<dyn Error + Send + Sync>;

/// What a command ends with.
pub type CommandResult = Result<Printed, CommandFault>;

/// Over the flags that every command here takes, in its help.
pub const COMMON: &str = "Which platform, and how it answers";

/// What goes to standard output, and what the process ends with.
#[derive(Debug, Clone, PartialEq)]
pub struct Printed {
    /// For standard output.
    pub text: String,
    /// For the shell.
    pub exit: Exit,
}

impl From<String> for Printed {
    fn from(text: String) -> Printed {
        Printed { text, exit: Exit::Done }
    }
}

/// What only the binary knows or makes.
#[derive(Debug, Clone)]
pub struct Caller {
    /// How the program was called, for the commands that it advises.
    pub program: String,
    /// A text that nobody guesses, for a callback whose verify token was not said.
    pub verify_token: String,
}

/// What is asked of which platform.
#[derive(Debug, Args)]
pub struct Question {
    /// The operator's listener, as http://127.0.0.1:8081; without it, the platform that runs from this configuration's folder, or a demo.
    #[arg(long, env = "CALLPORT_OPERATOR_URL", global = true, help_heading = COMMON)]
    pub url: Option<String>,
    /// Its token.
    #[arg(long, env = "CALLPORT_OPERATOR_TOKEN", hide_env_values = true, global = true, help_heading = COMMON)]
    pub token: Option<String>,
    /// The API's own JSON instead of words; an error is one JSON object on standard error.
    #[arg(long, global = true, help_heading = COMMON)]
    pub json: bool,
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
    /// Conversation routing: which partner answers calls and messages.
    #[command(subcommand)]
    Routing(operators::Routing),
    /// Show or change a number's calling settings.
    Settings(accounts::Settings),
    Explain(explain::Explain),
    /// Apps: they receive webhooks.
    #[command(subcommand)]
    App(apps::App),
    /// Message templates: list, review and remove them.
    #[command(subcommand)]
    Template(templates::Template),
    /// Subscriptions: which app gets webhooks of which account.
    #[command(subcommand)]
    Subscription(apps::Subscription),
    /// Webhook overrides: another callback URL for one number and one app.
    #[command(subcommand)]
    Override(accounts::Override),
    /// Grants: what an app may do with an account.
    #[command(subcommand)]
    Grant(apps::Grant),
    /// Access tokens of apps.
    #[command(subcommand)]
    Token(apps::Token),
    /// Users: people with phones.
    #[command(subcommand)]
    User(people::User),
    /// What a user does by itself when a business calls or writes; test mode only.
    #[command(subcommand)]
    Behaviour(acting::Behaviour),
    /// Do something now as a user: say, tap, answer, permit, block, chat; test mode only.
    #[command(subcommand)]
    Act(acting::Act),
    /// Permission, counters and limits of a business number and a user.
    Pair(acting::Pair),
    /// Invitations: codes to sign in on the phone page.
    #[command(subcommand)]
    Invitation(people::Invitation),
    /// The sign-up page, by which business owners let apps in.
    #[command(subcommand)]
    SignUp(sign_up::SignUp),
    /// Sessions: browsers that are signed in to the phone page.
    #[command(subcommand)]
    Session(people::Session),
    /// List calls, newest first.
    Calls(calls::Calls),
    /// One call: verdict, timeline, webhooks, media checklist.
    Call(calls::Call),
    /// End a live call, for example one that hangs.
    HangUp(calls::HangUp),
    Complain(calls::ComplainOf),
    /// List the newest webhooks.
    Webhooks(webhooks::Webhooks),
    /// Show one webhook with every delivery attempt and its body, or send it again.
    Webhook(webhooks::Webhook),
    Tail(tail::Tail),
    Dial(dial::Dial),
    /// Show how far a call made by `dial` is, or hang it up.
    Scripted(dial::Scripted),
    /// Read or move the calendar; test mode only.
    #[command(subcommand)]
    Clock(clock::Clock),
    #[command(subcommand)]
    Fault(faults::Fault),
    /// Print the OpenAPI document of the admin API (JSON).
    Openapi,
}

impl Question {
    /// Asks, and words the answer.
    pub async fn ask(self, admin: &Admin, paper: &Paper, caller: &Caller) -> CommandResult {
        self.what.ask(admin, paper, caller).await
    }
}

impl What {
    async fn ask(self, admin: &Admin, paper: &Paper, caller: &Caller) -> CommandResult {
        match self {
            What::Setup(what) => what.ask(admin, paper, caller).await,
            What::Platform => Ok(Printed::from(paper.record(&admin.get(&["platform"]).await?))),
            What::Portfolio(what) => what.ask(admin, paper).await,
            What::Waba(what) => what.ask(admin, paper).await,
            What::Number(what) => what.ask(admin, paper).await,
            What::Routing(what) => what.ask(admin, paper).await,
            What::Settings(what) => what.ask(admin, paper).await,
            What::Explain(what) => what.ask(admin, paper).await,
            What::App(what) => what.ask(admin, paper).await,
            What::Template(what) => what.ask(admin, paper).await,
            What::Subscription(what) => what.ask(admin, paper).await,
            What::Override(what) => what.ask(admin, paper).await,
            What::Grant(what) => what.ask(admin, paper).await,
            What::Token(what) => what.ask(admin, paper).await,
            What::User(what) => what.ask(admin, paper).await,
            What::Behaviour(what) => what.ask(admin, paper).await,
            What::Act(what) => what.ask(admin, paper).await,
            What::Pair(what) => what.ask(admin, paper).await,
            What::Invitation(what) => what.ask(admin, paper).await,
            What::SignUp(what) => what.ask(admin, paper).await,
            What::Session(what) => what.ask(admin, paper).await,
            What::Calls(what) => what.ask(admin, paper).await,
            What::Call(what) => what.ask(admin, paper).await,
            What::HangUp(what) => what.ask(admin, paper).await,
            What::Complain(what) => what.ask(admin, paper).await,
            What::Webhooks(what) => what.ask(admin, paper).await,
            What::Webhook(what) => what.ask(admin, paper).await,
            What::Tail(what) => what.ask(admin, paper).await,
            What::Dial(what) => what.ask(admin, paper).await,
            What::Scripted(what) => what.ask(admin, paper).await,
            What::Clock(what) => what.ask(admin, paper).await,
            What::Fault(what) => what.ask(admin, paper).await,
            What::Openapi => Ok(Printed::from(admin.description().await?.text)),
        }
    }
}

fn whole_seconds(text: &str) -> Result<u64, &'static str> {
    span(text).map(|time| time.as_secs())
}
