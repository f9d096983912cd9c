//! `callport bench`: how fast this platform is on this machine.
//!
//! All benchmarks put the load into another process and everything between them travels over real sockets, so that what is measured is the
//! platform and not a shortcut through it. Far ends are `ends::Ends`: real ICE, DTLS and SRTP, thousands on one socket.
//!
//! It links to the media plane that it measures and to nothing else of the platform: `bench setup` and `bench phones` start the shipped binary.
//! What each figure means is told in `docs/benchmarks.md`.
#![cfg_attr(test, allow(clippy::unwrap_used))]
#![warn(missing_docs, unreachable_pub, unnameable_types)]

mod command;
mod ends;
mod histogram;
mod machine;
mod phones;
mod process;
mod relay;
mod setup;
mod target;
mod voice;

use std::sync::Arc;
use std::time::Duration;

use callport_engine::ports::{Clock, Random};

pub use command::BenchCommand;

/// Between two packets of one far end: one frame of audio.
const FRAME: Duration = Duration::from_millis(20);

/// Bytes of Opus in a packet: 48 kbit/s, what browsers send for a voice.
const PAYLOAD: usize = 120;

/// Anything that keeps a benchmark from being run, in words.
pub type BenchFault = Box<dyn std::error::Error + Send + Sync>;

/// What only the binary makes.
#[derive(Clone)]
pub struct Surroundings {
    /// Keys, tokens and names of folders come from it.
    pub random: Arc<dyn Random>,
    /// The machine's calendar.
    pub clock: Arc<dyn Clock>,
    /// How many files this process may have open.
    pub descriptors: u64,
}

/// A text that nobody guesses: 256 bits as hexadecimal digits.
fn secret(random: &dyn Random) -> String {
    let mut bytes = [0; 32];
    random.fill(&mut bytes);
    hex::encode(bytes)
}
