//! `callport admin`: finds the platform that is meant, and prints what `callport-admin` makes of its answers.

#[cfg(test)]
mod tests;

use std::error::Error;
use std::io::IsTerminal as _;

use callport_admin::exit::{self, Exit};
use callport_admin::{Access, Admin, COMMON, Caller, Paper};
use clap::Args;

use super::flags::{self, ConfigFlags};
use super::{CommandOutcome, invocation, runtime};
use crate::listener::tls;
use crate::platform::announcement::{self, Announcement};
use crate::platform::beacon;
use crate::{chance, output};

/// Characters of a verify token that is made here.
const VERIFY_TOKEN: usize = 32;

/// Provision a platform, see why a call went as it did, and run tests, over the admin API.
#[derive(Debug, Args)]
#[command(after_help = exit::table(&Exit::OF_REQUESTS))]
pub struct AdminCommand {
    #[command(flatten)]
    question: callport_admin::Question,
    #[command(flatten, next_help_heading = COMMON)]
    flags: ConfigFlags,
}

/// Asks, and prints the answer.
pub fn run(AdminCommand { question, flags }: AdminCommand) -> CommandOutcome {
    tls::install_cryptography()?;
    let access = access(question.url.clone(), question.token.clone(), &flags)?;
    let admin = Admin::new(&access.url, access.token)?;
    let paper = of_output(question.json);
    let said = runtime()?.block_on(question.ask(&admin, &paper, &caller()))?;
    let end = if said.text.is_empty() || said.text.ends_with('\n') { "" } else { "\n" };
    output::bytes(format!("{}{end}", said.text).as_bytes())?;
    Ok(said.exit.into())
}

/// As said, or else as the platform announced that runs from the configured folder, or else the demo that runs.
fn access(url: Option<String>, token: Option<String>, flags: &ConfigFlags) -> Result<Access, Box<dyn Error + Send + Sync>> {
    if let (Some(url), Some(token)) = (&url, &token) {
        return Ok(Access { url: url.clone(), token: token.clone() });
    }
    let folder = flags.load()?.store.directory;
    let running = announcement::read(&folder).or_else(|| beacon::read(&flags::state_folder()?));
    let running = running.map(|Announcement { operator_url: url, operator_token: token, .. }| Access { url, token });
    Ok(Access::find(url, token, running, &folder)?)
}

fn caller() -> Caller {
    Caller { program: invocation::program(), verify_token: chance::secret().chars().take(VERIFY_TOKEN).collect() }
}

/// Standard output as it is. `NO_COLOR` is the convention of no-color.org.
#[expect(clippy::disallowed_methods, reason = "NO_COLOR is a convention of all terminals, not a key of ours")]
fn of_output(json: bool) -> Paper {
    let terminal = std::io::stdout().is_terminal();
    let width = terminal.then(terminal_size::terminal_size).flatten().map(|(width, _)| usize::from(width.0));
    let colour = terminal && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
    Paper { json, width, colour }
}
