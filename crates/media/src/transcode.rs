//! Opus ↔ G.711, for businesses that speak PCMA or PCMU to phones that speak Opus (platform docs, Calling API: `additional_codecs`).
//!
//! That costs about eight times what passing a packet on does, so it is not the media threads' work:
//!
//! ```text
//!  media thread ── Ticket::convert ──▶ bounded queue ──▶ worker: one lane for each direction of each call
//!  media thread ◀──────── Native ◀──── bounded queue ◀──────────────────────────┘
//! ```
//!
//! Nobody waits for anybody: what finds a queue full is dropped and counted. A call may have [`MAX_IN_FLIGHT`] packets under way, so
//! one that floods holds up no other. The worker's state of a call goes when its [`Ticket`] does.
//!
//! Without the feature `transcode` there are no workers and no tickets.

#![cfg_attr(not(feature = "transcode"), expect(dead_code, reason = "all but the workers is built"))]

#[cfg(feature = "transcode")]
mod lane;
#[cfg(feature = "transcode")]
mod listener;
#[cfg(feature = "transcode")]
mod stream;
#[cfg(feature = "transcode")]
mod track;
#[cfg(feature = "transcode")]
mod worker;

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, AtomicUsize, Ordering};
use std::thread::JoinHandle;

use callport_relay::rtp::Header;
use callport_relay::sdp::AdditionalCodec;
use callport_relay::{Converted, DropReason, Foreign, Side};

use crate::command::Shared;
use crate::mailbox::Mailbox;
use crate::tag::SlotId;

/// Most threads that transcode.
pub const MAX_TRANSCODERS: usize = 64;

/// Packets of one call, both directions together, that may be on their way through a worker: a third of a second.
const MAX_IN_FLIGHT: u32 = 32;
/// Longest payload that is transcoded: no Opus frame is longer (RFC 6716 §3.2.1), and 20 to 60 ms of G.711 are 160 to 480 bytes.
const MAX_FOREIGN: usize = 1275;
/// Longest payload that is made: 20 ms of G.711 are 160 bytes, and Opus is kept below 160 kbit/s.
const MAX_NATIVE: usize = 400;

/// The workers.
#[derive(Default)]
pub(crate) struct Transcoders {
    workers: Vec<Arc<Worker>>,
    threads: Vec<JoinHandle<()>>,
    /// Number of the next call.
    next: AtomicU64,
}

/// What a worker and those who give it work both hold.
pub(crate) struct Worker {
    mailbox: Mailbox<Work>,
    calls: AtomicUsize,
}

/// What a worker is told.
#[expect(clippy::large_enum_variant, reason = "nearly all of it is packets, and boxing one would allocate")]
enum Work {
    Begin(u64, Box<Beginning>),
    Packet(ForeignPacket),
    End(u64),
    Stop,
}

/// A call to transcode.
struct Beginning {
    id: SlotId,
    /// What the business speaks.
    codec: AdditionalCodec,
    /// The media thread that carries the call.
    back: Arc<Shared>,
    in_flight: Arc<AtomicU32>,
}

/// A packet to transcode.
struct ForeignPacket {
    call: u64,
    from: Side,
    header: Header,
    is_audio: bool,
    length: usize,
    payload: [u8; MAX_FOREIGN],
}

/// What a worker has to say to a media thread.
pub(crate) struct Native {
    pub(crate) id: SlotId,
    /// The leg it is for.
    pub(crate) to: Side,
    pub(crate) made: Made,
}

/// What became of foreign packets.
#[expect(clippy::large_enum_variant, reason = "nearly all of it is packets, and boxing one would allocate")]
pub(crate) enum Made {
    Packet(NativePacket),
    /// So many could not be made use of.
    Dropped(DropReason, u32),
}

/// A packet in the codec of the leg it is for.
pub(crate) struct NativePacket {
    pub(crate) place: Converted,
    length: usize,
    payload: [u8; MAX_NATIVE],
}

impl NativePacket {
    pub(crate) fn payload(&self) -> &[u8] {
        &self.payload[..self.length]
    }
}

impl Transcoders {
    /// Starts so many workers; none without the feature.
    pub(crate) fn start(count: usize) -> io::Result<Transcoders> {
        let mut transcoders = Transcoders::default();
        if cfg!(feature = "transcode") {
            for index in 0..count {
                transcoders.add_worker(index)?;
            }
        }
        Ok(transcoders)
    }

    fn add_worker(&mut self, index: usize) -> io::Result<()> {
        let worker = Arc::new(Worker { mailbox: Mailbox::new()?, calls: AtomicUsize::new(0) });
        let thread = std::thread::Builder::new().name(format!("transcode-{index}"));
        self.threads.push(thread.spawn({
            let worker = worker.clone();
            move || work(&worker)
        })?);
        self.workers.push(worker);
        Ok(())
    }

    /// Whether there is anybody to transcode.
    pub(crate) fn exist(&self) -> bool {
        !self.workers.is_empty()
    }

    /// Begins to transcode a call, at the worker with the fewest. `None` if there is none.
    pub(crate) fn begin(&self, id: SlotId, codec: AdditionalCodec, back: Arc<Shared>) -> Option<Ticket> {
        let worker = self.workers.iter().min_by_key(|worker| worker.calls.load(Ordering::Relaxed))?.clone();
        worker.calls.fetch_add(1, Ordering::Relaxed);
        let (call, in_flight) = (self.next.fetch_add(1, Ordering::Relaxed), Arc::<AtomicU32>::default());
        let beginning = Beginning { id, codec, back, in_flight: in_flight.clone() };
        worker.mailbox.post_certainly(Work::Begin(call, Box::new(beginning)));
        Some(Ticket { call, worker, in_flight })
    }
}

impl Drop for Transcoders {
    fn drop(&mut self) {
        for worker in &self.workers {
            worker.mailbox.post_certainly(Work::Stop);
        }
        for thread in self.threads.drain(..) {
            if thread.join().is_err() {
                tracing::error!("a transcoding thread had panicked");
            }
        }
    }
}

#[cfg(feature = "transcode")]
fn work(worker: &Worker) {
    worker::run(worker);
}

#[cfg(not(feature = "transcode"))]
fn work(_: &Worker) {}

/// The right of one call to have its packets transcoded. Dropping it ends that.
pub(crate) struct Ticket {
    call: u64,
    worker: Arc<Worker>,
    in_flight: Arc<AtomicU32>,
}

impl Ticket {
    /// Hands over a packet of `from`, whose payload is `payload`.
    pub(crate) fn convert(&self, from: Side, foreign: &Foreign, payload: &[u8]) -> Result<(), DropReason> {
        let Foreign { header, is_audio, .. } = *foreign;
        let mut room = [0; MAX_FOREIGN];
        room.get_mut(..payload.len()).ok_or(DropReason::Undecodable)?.copy_from_slice(payload);
        if self.in_flight.fetch_add(1, Ordering::Relaxed) < MAX_IN_FLIGHT {
            let packet = ForeignPacket { call: self.call, from, header, is_audio, length: payload.len(), payload: room };
            if self.worker.mailbox.post(Work::Packet(packet)).is_ok() {
                return Ok(());
            }
        }
        self.in_flight.fetch_sub(1, Ordering::Relaxed);
        Err(DropReason::TranscoderBusy)
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        self.worker.calls.fetch_sub(1, Ordering::Relaxed);
        self.worker.mailbox.post_certainly(Work::End(self.call));
    }
}

#[cfg(all(test, feature = "transcode"))]
mod tests;
