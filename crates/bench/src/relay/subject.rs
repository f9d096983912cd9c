//! What is measured: the platform's media plane with one thread, in this process, and calls through it.

use std::net::Ipv4Addr;
use std::sync::Arc;

use callport_core::call::Answer;
use callport_core::call_id::CallId;
use callport_core::codec::AdditionalCodec;
use callport_core::ids::PhoneNumberId;
use callport_core::key_exchange::KeyExchange;
use callport_engine::ports::{Clock, Media as _, OpenCall, media_events};
use callport_media::udp::Flushed;
use callport_media::{MediaConfig, MediaParts, MediaPlane, ThreadCounters};
use callport_relay::Identity;
use tokio::runtime::Runtime;

use super::{CallKind, Wish};
use crate::Surroundings;
use crate::process::{Used, resident_kib, threads};
use crate::{BenchFault, process};

/// Media events that may wait; they are read at once and forgotten.
const EVENTS: usize = 8192;

/// The names of the media plane's threads, without their number.
const THREAD: &str = "media";
const TRANSCODER: &str = "transcode";

/// The plane and what drives it.
pub(super) struct Subject {
    plane: MediaPlane,
    runtime: Runtime,
    calendar: Arc<dyn Clock>,
    number: PhoneNumberId,
    keys: KeyExchange,
    codecs: Vec<AdditionalCodec>,
    resident_before: Option<u64>,
}

/// What the media thread had done at some moment.
pub(super) struct Look {
    counters: ThreadCounters,
    used: Used,
    transcoder: Used,
}

/// What it did between two looks.
#[derive(Clone, Copy, Debug)]
pub(super) struct Done {
    /// Share of a core that it used.
    pub core_share: f64,
    /// Share of a core that the transcoding thread used.
    pub transcoder_share: f64,
    /// Share of the time that it was ready to work while something else had the core.
    pub kept_waiting: f64,
    /// Processor time of both for each datagram that was taken, in microseconds.
    pub cpu_us_per_packet: f64,
    /// Datagrams that the kernel dropped in front of it.
    pub kernel_drops: u64,
    /// Datagrams that the kernel did not take from it.
    pub unsent: u64,
    /// Datagrams for each receiving system call.
    pub batch: f64,
}

impl Subject {
    /// A plane with one thread that has room for the calls that are wished for.
    pub(super) fn start(wish: &Wish, pin: bool, around: &Surroundings) -> Result<Subject, BenchFault> {
        let resident_before = resident_kib();
        let (events, mut told) = media_events(EVENTS);
        std::thread::Builder::new().name("events".to_owned()).spawn(move || while told.blocking_recv().is_some() {})?;
        let config = MediaConfig {
            threads: 1,
            pin,
            bind: vec![Ipv4Addr::LOCALHOST.into()],
            ports_per_thread: wish.ports,
            calls_per_thread: wish.calls,
            sdes_ports: if wish.kind == CallKind::Sdes { u16::try_from(2 * wish.calls).unwrap_or(u16::MAX) } else { 0 },
            ..MediaConfig::default()
        };
        let parts = MediaParts { identity: Identity::self_signed()?, random: around.random.clone(), clock: around.clock.clone(), events };
        let plane = MediaPlane::start(config, parts)?;
        let runtime = tokio::runtime::Builder::new_current_thread().build()?;
        let number = PhoneNumberId::parse("1").map_err(|bad| format!("{bad:?}"))?;
        let (keys, codecs) = match wish.kind {
            CallKind::WebRtc => (KeyExchange::Dtls, Vec::new()),
            CallKind::Sdes => (KeyExchange::Sdes, Vec::new()),
            CallKind::Transcoded => (KeyExchange::Dtls, vec![AdditionalCodec::Pcmu]),
        };
        Ok(Subject { plane, runtime, calendar: around.clock.clone(), number, keys, codecs, resident_before })
    }

    /// Opens a call: the answer for its phone, the offer for its business.
    pub(super) fn open(&self, call: usize, phone_offer: String) -> Result<(String, String), BenchFault> {
        let request = OpenCall {
            call: id(call)?,
            number: self.number.clone(),
            phone_offer,
            codecs: self.codecs.clone(),
            keys: self.keys,
            now: self.calendar.now(),
        };
        let opened = self.runtime.block_on(self.plane.open(request))?;
        Ok((opened.phone_answer, opened.business_offer))
    }

    /// The business answered, and accepted.
    pub(super) fn accept(&self, call: usize, answer: String) -> Result<(), BenchFault> {
        let (id, answer) = (id(call)?, Answer::new(answer));
        let read = self.plane.read_answer(&answer, &self.codecs, self.keys)?;
        self.plane.apply_answer(&id, &read);
        self.plane.open_gate(&id);
        Ok(())
    }

    /// The figures of this moment.
    pub(super) fn look(&self) -> Result<Look, BenchFault> {
        let counters = self.runtime.block_on(self.plane.counters()).pop().ok_or("the media thread does not answer")?;
        let mut threads = threads(std::process::id());
        let mut used = |name: &str| threads.remove(name).unwrap_or_default();
        Ok(Look { counters, used: used(THREAD), transcoder: used(TRANSCODER) })
    }

    /// Resident memory that came with the plane and its calls, in KiB.
    pub(super) fn grown_kib(&self) -> Option<u64> {
        Some(process::resident_kib()?.saturating_sub(self.resident_before?))
    }
}

impl Look {
    /// What was done since an earlier look, in a run whose packets were sent in so many seconds. The little that was done before and after it
    /// (questions, reports, late packets) is counted as if it had been done in that time.
    pub(super) fn since(&self, earlier: &Look, wall: f64) -> Done {
        let (now, then) = (&self.counters, &earlier.counters);
        let cpu = (now.cpu - then.cpu).as_secs_f64();
        let datagrams = now.datagrams_in - then.datagrams_in;
        let refused = |sent: Flushed| sent.no_room + sent.refused;
        Done {
            core_share: cpu / wall,
            transcoder_share: self.transcoder.since(earlier.transcoder).on_core.as_secs_f64() / wall,
            kept_waiting: self.used.since(earlier.used).waited.as_secs_f64() / wall,
            cpu_us_per_packet: (cpu + self.transcoder.since(earlier.transcoder).on_core.as_secs_f64()) * 1e6 / datagrams.max(1) as f64,
            kernel_drops: now.kernel_drops - then.kernel_drops,
            unsent: refused(now.sent) - refused(then.sent),
            batch: datagrams as f64 / (now.receive_calls - then.receive_calls).max(1) as f64,
        }
    }
}

fn id(call: usize) -> Result<CallId, BenchFault> {
    CallId::parse(&format!("wacid.bench{call}")).map_err(|bad| format!("{bad:?}").into())
}
