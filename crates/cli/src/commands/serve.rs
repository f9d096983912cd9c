//! `callport serve`: everything on one machine.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;

use super::flags::ConfigFlags;
use super::{Outcome, runtime};
use crate::config::Config;
use crate::listener::tls;
use crate::output;
use crate::platform::Platform;
use crate::stop::stopper;
use crate::{logging, signals};

/// Run the platform.
#[derive(Debug, Args)]
pub struct ServeCommand {
    #[command(flatten)]
    flags: ConfigFlags,
    /// Start in the state that this file describes; test mode only. Applying it again changes nothing.
    #[arg(long, value_name = "FILE")]
    fixture: Option<PathBuf>,
}

/// Runs until asked to stop.
pub fn run(command: &ServeCommand) -> Outcome {
    let config = command.flags.load()?;
    logging::start(&config.logging);
    tls::install_cryptography()?;
    runtime()?.block_on(serve(config, command.fixture.as_deref()))
}

async fn serve(config: Config, fixture: Option<&Path>) -> Outcome {
    let mut asked = signals::stop_asked()?;
    let (stopper, stop) = stopper();
    let platform = Platform::start(config).await?;
    if let Some(path) = fixture {
        platform.apply_fixture_file(path).await?;
    }
    output::line(format_args!("{}", platform.announcement().line()));
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
