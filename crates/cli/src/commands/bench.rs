//! `callport bench`: the benchmarks as commands.

use std::process::ExitCode;
use std::time::Duration;

use callport_media::udp::pin_to_core;
use clap::{Args, Subcommand};

use super::{Outcome, runtime};
use crate::bench::{phones, relay, setup};
use crate::config::Logging;
use crate::listener::tls;
use crate::logging;
use crate::output;
use crate::output::Progress;

/// Measure this platform on this machine; figures come as JSON.
#[derive(Debug, Args)]
pub struct BenchCommand {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Calls that one media thread carries, delay, loss, memory.
    Relay {
        /// Calls to open at most.
        #[arg(long, default_value_t = 3000, value_parser = clap::value_parser!(u32).range(1..=20_000))]
        calls: u32,
        /// How long all of it may take.
        #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..=3600))]
        seconds: u32,
        /// Keep the media thread and the load on a core each, where there are two.
        #[arg(long)]
        pin: bool,
    },
    /// Whole call set-ups: dial, webhook, SDP, ICE, DTLS, first audio both ways, end.
    Setup {
        /// People who call at the same time.
        #[arg(long, default_value_t = 48, value_parser = clap::value_parser!(u32).range(1..=1000))]
        people: u32,
        /// How long all of it may take.
        #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=3600))]
        seconds: u32,
    },
    /// Memory of open phones that do nothing.
    Phones {
        /// Open windows, each of another person.
        #[arg(long, default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(1..=12_000))]
        phones: u32,
        /// How long they stay open before the platform's memory is looked at.
        #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=3600))]
        seconds: u32,
    },
    /// The load of `bench relay`: takes orders on standard input.
    #[command(name = relay::load_process::COMMAND, hide = true)]
    RelayLoad {
        #[arg(long)]
        core: Option<usize>,
    },
}

/// Measures.
pub fn run(command: BenchCommand) -> Outcome {
    logging::start(&Logging::default());
    match command.what {
        What::Relay { calls, seconds, pin } => {
            let wish = relay::Wish { calls: calls as usize, time: Duration::from_secs(seconds.into()), pin };
            let mut progress = Progress::new();
            let report = relay::run(wish, &mut |step| progress.say(step));
            progress.clear();
            output::line(format_args!("{:#}", report?.json()));
        }
        What::Setup { people, seconds } => {
            tls::install_cryptography()?;
            let wish = setup::Wish { people, time: Duration::from_secs(seconds.into()) };
            let mut progress = Progress::new();
            let report = runtime()?.block_on(setup::run(wish, &mut |step| progress.say(step)));
            progress.clear();
            output::line(format_args!("{:#}", report?.json()));
        }
        What::Phones { phones, seconds } => {
            tls::install_cryptography()?;
            let wish = phones::Wish { phones, time: Duration::from_secs(seconds.into()) };
            output::line(format_args!("{:#}", runtime()?.block_on(phones::run(wish))?.json()));
        }
        What::RelayLoad { core } => {
            if let Some(core) = core {
                pin_to_core(core)?;
            }
            relay::load::run()?;
        }
    }
    Ok(ExitCode::SUCCESS)
}
