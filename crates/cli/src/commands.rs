//! What can be asked of the binary: one file a command.

mod admin;
mod bench;
mod config;
mod demo;
mod doctor;
pub mod exit;
mod flags;
mod gateway;
mod init;
mod invocation;
mod manual;
mod serve;

use std::error::Error;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// What a command ends with: an exit code of its own, or something to say on standard error.
type Outcome = Result<ExitCode, Box<dyn Error + Send + Sync>>;

/// The platform side of the WhatsApp Business Calling API, run by yourself.
#[derive(Debug, Parser)]
#[command(name = "callport", version, about, disable_help_subcommand = true, after_help = exit::whole_table())]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the platform.
    Serve(serve::ServeCommand),
    /// Start everything from nothing, place one call with real media, and keep serving the phone page.
    Demo(demo::DemoCommand),
    /// Write a configuration to edit and make the folder of an installation.
    Init(init::InitCommand),
    /// Provision a platform, see why a call went as it did, and run tests, over the admin API.
    Admin(admin::AdminCommand),
    /// Show, check or explain the configuration.
    Config(config::ConfigCommand),
    /// Check configuration, ports, certificate and addresses on this machine.
    Doctor(doctor::DoctorCommand),
    /// Measure this platform on this machine; figures come as JSON.
    Bench(bench::BenchCommand),
    /// Run the sample backend.
    Gateway(gateway::GatewayCommand),
    /// Print what a shell needs to complete commands and flags.
    Completions(manual::CompletionsCommand),
    /// Print the manual page, or write one for each command.
    Man(manual::ManCommand),
}

/// Does what was asked.
pub fn run(arguments: Arguments) -> Outcome {
    match arguments.command {
        Command::Serve(command) => serve::run(&command),
        Command::Demo(command) => demo::run(&command),
        Command::Init(command) => init::run(&command),
        Command::Admin(command) => admin::run(command),
        Command::Config(command) => config::run(&command),
        Command::Doctor(command) => doctor::run(&command),
        Command::Bench(command) => bench::run(command),
        Command::Gateway(command) => gateway::run(command),
        Command::Completions(command) => manual::completions(&command),
        Command::Man(command) => manual::pages(&command),
    }
}

/// The async runtime of the control plane.
fn runtime() -> std::io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread().enable_all().thread_name("control").build()
}
