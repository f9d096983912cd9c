//! `callport`: one binary that joins everything. It alone reads files, the environment and arguments, and makes the real clock and the
//! real random source.
#![cfg_attr(test, allow(clippy::unwrap_used))]

mod bench;
mod chance;
mod clock;
mod commands;
mod config;
mod home;
mod listener;
mod logging;
mod output;
mod platform;
mod signals;
mod stop;

use std::process::ExitCode;

use clap::Parser;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let arguments = commands::Arguments::parse();
    match commands::run(arguments) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("callport: {error}");
            ExitCode::FAILURE
        }
    }
}
