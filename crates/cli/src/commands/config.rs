//! `callport config`: the sample, the configuration in force, or what is wrong with it.

use std::process::ExitCode;

use clap::{Args, Subcommand};

use super::CommandOutcome;
use super::flags::ConfigFlags;
use crate::config;
use crate::output;

/// Show, check or explain the configuration.
#[derive(Debug, Args)]
pub struct ConfigCommand {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Print a callport.toml with every key explained.
    Sample,
    /// Print the configuration in force, secrets hidden.
    Show(ConfigFlags),
    /// Say everything that is wrong with the configuration; exit code 0 if nothing is.
    Check(ConfigFlags),
}

pub fn run(command: &ConfigCommand) -> CommandOutcome {
    match &command.what {
        What::Sample => output::bytes(config::sample().as_bytes())?,
        What::Show(flags) => output::bytes(flags.load()?.listing().as_bytes())?,
        What::Check(flags) => {
            flags.load()?;
            output::line(format_args!("the configuration is in order"));
        }
    }
    Ok(ExitCode::SUCCESS)
}
