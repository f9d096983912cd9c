//! What can be asked of the binary: one file a command.

mod config;
mod flags;

use std::error::Error;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// What a command ends with: an exit code of its own, or something to say on standard error.
type Outcome = Result<ExitCode, Box<dyn Error + Send + Sync>>;

/// The platform side of the WhatsApp Business Calling API, run by yourself.
#[derive(Debug, Parser)]
#[command(name = "callport", version, about, disable_help_subcommand = true)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Show, check or explain the configuration.
    Config(config::ConfigCommand),
}

/// Does what was asked.
pub fn run(arguments: Arguments) -> Outcome {
    match arguments.command {
        Command::Config(command) => config::run(&command),
    }
}
