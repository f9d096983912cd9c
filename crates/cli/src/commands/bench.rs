//! `callport bench`: the benchmarks as commands; what they do is `callport-bench`'s.

use std::process::ExitCode;
use std::sync::Arc;

use callport_bench::{BenchCommand, Surroundings};

use super::{CommandOutcome, runtime};
use crate::chance::SystemRandom;
use crate::clock::Calendar;
use crate::config::LoggingSection;
use crate::listener::tls;
use crate::output::{self, ProgressLine};
use crate::{descriptors, logging};

/// Measures.
pub fn run(command: BenchCommand) -> CommandOutcome {
    logging::start(&LoggingSection::default());
    tls::install_cryptography()?;
    let around = Surroundings { random: Arc::new(SystemRandom), clock: Arc::new(Calendar::new()), descriptors: descriptors::raise() };
    let mut progress = ProgressLine::new();
    let figures = command.run(&around, &runtime()?, &mut |step| progress.say(step));
    progress.clear();
    if let Some(figures) = figures? {
        output::line(format_args!("{figures:#}"));
    }
    Ok(ExitCode::SUCCESS)
}
