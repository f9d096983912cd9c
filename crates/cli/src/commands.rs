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
mod sip_words;

use std::error::Error;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// What a command ends with: an exit code of its own, or something to say on standard error.
type CommandOutcome = Result<ExitCode, Box<dyn Error + Send + Sync>>;

/// The platform side of the WhatsApp Business Calling API, run by yourself.
#[derive(Debug, Parser)]
#[command(name = "callport", version, disable_help_subcommand = true, after_help = exit::whole_table())]
pub struct CommandLine {
    #[command(subcommand)]
    command: Command,
}

/// Each is explained where its flags stand.
#[derive(Debug, Subcommand)]
enum Command {
    Serve(serve::ServeCommand),
    Demo(demo::DemoCommand),
    Init(init::InitCommand),
    Admin(admin::AdminCommand),
    Config(config::ConfigCommand),
    Doctor(doctor::DoctorCommand),
    Bench(callport_bench::BenchCommand),
    Gateway(gateway::GatewayCommand),
    Completions(manual::CompletionsCommand),
    Man(manual::ManCommand),
}

/// Does what was asked.
pub fn run(arguments: CommandLine) -> CommandOutcome {
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
