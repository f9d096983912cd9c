//! `callport bench`: how fast this platform is on this machine.
//!
//! All benchmarks put the load into another process and everything between them travels over real sockets, so that what is measured is the
//! platform and not a shortcut through it. Far ends are [`Ends`](ends::Ends): real ICE, DTLS and SRTP, thousands on one socket.
//!
//! What each figure means is told in `docs/benchmarks.md`.

pub mod ends;
pub mod histogram;
pub mod machine;
pub mod phones;
pub mod process;
pub mod relay;
pub mod setup;
pub mod target;

use std::time::Duration;

/// Between two packets of one far end: one frame of audio.
pub const FRAME: Duration = Duration::from_millis(20);

/// Bytes of Opus in a packet: 48 kbit/s, what browsers send for a voice.
pub const PAYLOAD: usize = 120;

/// Anything that keeps a benchmark from being run, in words.
pub type Fault = Box<dyn std::error::Error + Send + Sync>;
