//! `callport serve`: everything on one machine.

use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;

use super::flags::ConfigFlags;
use super::{CommandOutcome, invocation, runtime};
use crate::config::Config;
use crate::listener::tls;
use crate::output;
use crate::platform::Platform;
use crate::platform::announcement::Announcement;
use crate::stop::stopper;
use crate::{logging, signals};

/// Run the platform.
///
/// Standard output gets one JSON line that says where everything is. On a terminal, next steps follow on standard error.
#[derive(Debug, Args)]
pub struct ServeCommand {
    #[command(flatten)]
    flags: ConfigFlags,
    /// Start in the state that this file describes; test mode only. Applying it again changes nothing.
    #[arg(long, value_name = "FILE")]
    fixture: Option<PathBuf>,
}

/// Runs until asked to stop.
pub fn run(command: &ServeCommand) -> CommandOutcome {
    let config = command.flags.load()?;
    logging::start(&config.logging);
    tls::install_cryptography()?;
    runtime()?.block_on(serve(config, command.fixture.as_deref()))
}

async fn serve(config: Config, fixture: Option<&Path>) -> CommandOutcome {
    let mut asked = signals::stop_asked()?;
    let (stopper, stop) = stopper();
    let directory = config.store.directory.clone();
    let platform = Platform::start(config).await?;
    if let Some(path) = fixture {
        platform.apply_fixture_file(path).await?;
    }
    output::line(format_args!("{}", platform.announcement().line()));
    if std::io::stderr().is_terminal() {
        next_steps(platform.announcement(), &directory).iter().for_each(|line| eprintln!("{line}"));
    }
    let serving = tokio::spawn(platform.serve(stop));
    tokio::spawn(async move {
        if asked.recv().await.is_some() {
            stopper.drain();
        }
        if asked.recv().await.is_some() {
            stopper.cut();
        }
    });
    serving.await?;
    Ok(ExitCode::SUCCESS)
}

/// For a person who looks at a terminal: scripts read the line above.
fn next_steps(announcement: &Announcement, directory: &Path) -> Vec<String> {
    let Announcement { public_url, operator_url, mode, .. } = announcement;
    let program = invocation::program();
    vec![
        String::new(),
        format!("Callport serves, in {mode} mode. Ctrl-C ends it once live calls are over; a second one cuts them."),
        format!("  phone page     {public_url}/phone"),
        format!("  Graph API      {public_url} is the base URL for your backend"),
        format!("  operator       {operator_url}, its token is {}", token_place(directory)),
        "From another terminal in this folder:".to_owned(),
        format!("  {program} admin setup        make a business to call, and print its backend's environment"),
        format!("  {program} admin calls        every call; `admin call last` tells why the last one went as it did"),
        format!("  {program} doctor             check ports, certificate, addresses and callbacks"),
        String::new(),
    ]
}

fn token_place(directory: &Path) -> String {
    let file = directory.join("operator.token");
    if file.exists() { format!("in {}", file.display()) } else { "operator.token of the configuration".to_owned() }
}
