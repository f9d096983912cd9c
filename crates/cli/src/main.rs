//! `callport`: one binary that joins everything. It alone reads files, the environment and arguments, and makes the real clock and the
//! real random source.
#![cfg_attr(test, allow(clippy::unwrap_used))]

mod chance;
mod clock;
mod commands;
mod config;
mod descriptors;
mod home;
mod listener;
mod logging;
mod output;
mod platform;
mod signals;
mod stop;

use std::process::ExitCode;

use clap::Parser;
use commands::{CommandLine, exit};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let for_programs = std::env::args().skip(1).take_while(|word| word != "--").any(|word| word == "--json");
    let arguments = match CommandLine::try_parse() {
        Ok(arguments) => arguments,
        Err(wrong) if for_programs && wrong.use_stderr() => {
            eprintln!("{}", exit::usage_json(wrong.render().to_string().trim()));
            return exit::Exit::Usage.into();
        }
        Err(said) => said.exit(),
    };
    match commands::run(arguments) {
        Ok(code) => code,
        Err(error) => {
            if for_programs {
                eprintln!("{}", exit::json(error.as_ref()));
            } else {
                eprintln!("callport: {error}");
            }
            exit::of(error.as_ref()).into()
        }
    }
}
