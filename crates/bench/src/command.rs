//! `callport bench`: the benchmarks as commands.

use std::time::Duration;

use callport_media::MAX_PORTS;
use callport_media::udp::pin_to_core;
use clap::{Args, Subcommand};
use serde_json::Value;
use tokio::runtime::Runtime;

use crate::relay::CallKind;
use crate::{BenchFault, Surroundings, phones, relay, setup};

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
        /// UDP ports of the media thread, as `media.ports_per_thread`.
        #[arg(long, default_value_t = 8, value_parser = clap::value_parser!(u8).range(1..=MAX_PORTS as i64))]
        ports: u8,
    },
    /// The same for calls whose business has its keys by SDES, and so a UDP port for itself.
    Sdes {
        /// Calls to open at most.
        #[arg(long, default_value_t = 2000, value_parser = clap::value_parser!(u32).range(1..=10_000))]
        calls: u32,
        /// How long all of it may take.
        #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..=3600))]
        seconds: u32,
        /// Keep the media thread and the load on a core each, where there are two.
        #[arg(long)]
        pin: bool,
    },
    /// The same for calls whose business speaks G.711, so that all audio is turned into another codec.
    Transcode {
        /// Calls to open at most.
        #[arg(long, default_value_t = 400, value_parser = clap::value_parser!(u32).range(1..=10_000))]
        calls: u32,
        /// How long all of it may take.
        #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..=3600))]
        seconds: u32,
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

/// UDP ports of the media thread, where that is not asked for.
const DEFAULT_PORTS: u8 = 8;

fn relay_figures(
    kind: CallKind,
    (calls, seconds): (u32, u32),
    pin: bool,
    ports: u8,
    around: &Surroundings,
    tell: &mut dyn FnMut(&str),
) -> Result<Value, BenchFault> {
    let wish = relay::Wish { kind, calls: calls as usize, time: Duration::from_secs(seconds.into()), pin, ports: ports.into() };
    Ok(relay::run(wish, around, tell)?.json().clone())
}

impl BenchCommand {
    /// Measures, and returns the figures. `tell` is told what goes on meanwhile.
    pub fn run(self, around: &Surroundings, runtime: &Runtime, tell: &mut (dyn FnMut(&str) + Send)) -> Result<Option<Value>, BenchFault> {
        Ok(Some(match self.what {
            What::Relay { calls, seconds, pin, ports } => relay_figures(CallKind::WebRtc, (calls, seconds), pin, ports, around, tell)?,
            What::Sdes { calls, seconds, pin } => relay_figures(CallKind::Sdes, (calls, seconds), pin, DEFAULT_PORTS, around, tell)?,
            What::Transcode { calls, seconds } => {
                relay_figures(CallKind::Transcoded, (calls, seconds), false, DEFAULT_PORTS, around, tell)?
            }
            What::Setup { people, seconds } => {
                let wish = setup::Wish { people, time: Duration::from_secs(seconds.into()) };
                runtime.block_on(setup::run(wish, around, tell))?.json().clone()
            }
            What::Phones { phones, seconds } => {
                let wish = phones::Wish { phones, time: Duration::from_secs(seconds.into()) };
                runtime.block_on(phones::run(wish, around))?.json()
            }
            What::RelayLoad { core } => {
                core.map_or(Ok(()), pin_to_core)?;
                relay::load::run(around.random.clone())?;
                return Ok(None);
            }
        }))
    }
}
