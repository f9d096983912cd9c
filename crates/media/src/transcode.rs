//! Opus ↔ G.711, for businesses that speak PCMA or PCMU to phones that speak Opus (platform docs, Calling API: `additional_codecs`).
//!
//! That costs about eight times what passing a packet on does, so it is not the media threads' work:
//!
//! ```text
//!  media thread ── Ticket::convert ──▶ bounded queue ──▶ worker: one lane for each direction of each call
//!  media thread ◀──────── Native ◀──── bounded queue ◀──────────────────────────┘
//! ```
//!
//! Each direction puts its packets back into order first, where that is worth waiting for ([`order`]).
//!
//! Nobody waits for anybody: what finds a queue full is dropped and counted. A call may have [`MAX_IN_FLIGHT`] packets under way, which
//! is speech sent as fast as it is made, and in the long run [`PER_SECOND`], so one that floods holds up no other. The worker's state
//! of a call goes when its [`Ticket`] does.
//!
//! Without the feature `transcode` there are no workers and no tickets.

#![cfg_attr(not(feature = "transcode"), expect(dead_code, reason = "all but the workers is built"))]

#[cfg(feature = "transcode")]
mod lane;
#[cfg(feature = "transcode")]
mod listener;
#[cfg(feature = "transcode")]
mod order;
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
use std::time::{Duration, Instant};

use callport_relay::rtp::Header;
use callport_relay::{CallLeg, Converted, DropReason, Foreign, PacketContent};
use callport_sdp::G711;

use crate::command::Shared;
use crate::mailbox::Mailbox;
use crate::tag::SlotId;

/// Most threads that transcode.
pub const MAX_TRANSCODERS: usize = 64;

/// Packets of one call, both directions together, that may be on their way through a worker: ten seconds of speech that came at once.
const MAX_IN_FLIGHT: u32 = 512;
/// Packets of one call, both directions together, that are transcoded each second once it has used up what it may send at once: packets
/// of 10 ms from both sides.
const PER_SECOND: u32 = 200;
/// Longest payload that is transcoded: no Opus frame is longer (RFC 6716 §3.2.1), and 10 to 120 ms of G.711 are 80 to 960 bytes.
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
    codec: G711,
    /// The media thread that carries the call.
    back: Arc<Shared>,
    in_flight: Arc<AtomicU32>,
}

/// A packet to transcode.
struct ForeignPacket {
    call: u64,
    from: CallLeg,
    header: Header,
    content: PacketContent,
    arrived: Instant,
    length: usize,
    payload: [u8; MAX_FOREIGN],
}

/// What a worker has to say to a media thread.
pub(crate) struct Native {
    pub(crate) id: SlotId,
    /// The leg it is for.
    pub(crate) to: CallLeg,
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
    pub(crate) fn begin(&self, id: SlotId, codec: G711, back: Arc<Shared>) -> Option<Ticket> {
        let worker = self.workers.iter().min_by_key(|worker| worker.calls.load(Ordering::Relaxed))?.clone();
        worker.calls.fetch_add(1, Ordering::Relaxed);
        let (call, in_flight) = (self.next.fetch_add(1, Ordering::Relaxed), Arc::<AtomicU32>::default());
        let beginning = Beginning { id, codec, back, in_flight: in_flight.clone() };
        worker.mailbox.post_certainly(Work::Begin(call, Box::new(beginning)));
        Some(Ticket { call, worker, in_flight, allowance: Allowance::default() })
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
    allowance: Allowance,
}

impl Ticket {
    /// Hands over a packet of `from`, whose payload is `payload`.
    pub(crate) fn convert(&mut self, now: Instant, from: CallLeg, foreign: &Foreign, payload: &[u8]) -> Result<(), DropReason> {
        let Foreign { header, content, .. } = *foreign;
        let mut room = [0; MAX_FOREIGN];
        room.get_mut(..payload.len()).ok_or(DropReason::Undecodable)?.copy_from_slice(payload);
        if !self.allowance.take(now) {
            return Err(DropReason::TooFast);
        }
        let reason = if self.in_flight.fetch_add(1, Ordering::Relaxed) < MAX_IN_FLIGHT {
            let packet = ForeignPacket { call: self.call, from, header, content, arrived: now, length: payload.len(), payload: room };
            if self.worker.mailbox.post(Work::Packet(packet)).is_ok() {
                return Ok(());
            }
            DropReason::TranscoderBusy
        } else {
            DropReason::TooFast
        };
        self.in_flight.fetch_sub(1, Ordering::Relaxed);
        Err(reason)
    }
}

/// What a call may still send: all at once at first, then as it comes back.
#[derive(Default)]
struct Allowance {
    used: u32,
    /// Up to when it has come back.
    since: Option<Instant>,
}

impl Allowance {
    fn take(&mut self, now: Instant) -> bool {
        const EACH: Duration = Duration::from_micros(1_000_000 / PER_SECOND as u64);
        let since = *self.since.get_or_insert(now);
        let back = (now.saturating_duration_since(since).as_micros() / EACH.as_micros()).min(u128::from(MAX_IN_FLIGHT)) as u32;
        self.since = Some(if self.used <= back { now } else { since + EACH * back });
        self.used = self.used.saturating_sub(back);
        let has = self.used < MAX_IN_FLIGHT;
        self.used += u32::from(has);
        has
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
