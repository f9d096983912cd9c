//! The media port of the engine: opens calls on the least loaded thread and passes commands on to it.
//!
//! Everything slow happens here, on the caller's thread: reading descriptions ([`reading`]) and writing them, drawing secrets,
//! preparing DTLS ([`opening`]). The media thread is handed a call that is ready. Reports are worded here too.

mod opening;
mod reading;

use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Instant;

use async_trait::async_trait;
use callport_core::call::Answer;
use callport_core::call_id::CallId;
use callport_core::codec::AdditionalCodec;
use callport_core::key_exchange::KeyExchange;
use callport_engine::ports::{
    AnswerRefusal, CheckedAnswer, Clock, Media, MediaEvents, MediaFault, OpenBusinessCall, OpenCall, OpenedBusinessCall, OpenedCall, Random,
};
use callport_engine::records::MediaReport;
use callport_relay::{Digit, Identity};
use callport_sdp::Offered;
use tokio::sync::oneshot;

use crate::command::{Command, Described, Shared};
use crate::config::{MediaConfig, MediaStartFault};
use crate::counters::ThreadCounters;
use crate::credentials::Chance;
use crate::desk::{Desk, DeskParts};
use crate::directory::{Awaited, Directory, Place};
use crate::leg_ports::LegPorts;
use crate::leg_sockets::LegSocketTable;
use crate::news::News;
use crate::post::Post;
use crate::sockets::{Advertised, Plan};
use crate::tag::{SlotId, Tags};
use crate::thread::MediaThread;
use crate::transcode::Transcoders;
use crate::udp;
use opening::{LegKeys, NO_MEDIA, NO_PHONE, Unavailable};
use reading::{NO_PAYLOAD_TYPE, keying, read_phone, relay_codecs, warnings_told};

/// The media plane. Dropping it closes every call and ends its threads.
pub struct MediaPlane {
    config: MediaConfig,
    identity: Arc<Identity>,
    chance: Chance,
    tags: Tags,
    directory: Arc<Directory>,
    threads: Vec<Thread>,
    transcoders: Arc<Transcoders>,
    /// For business legs whose keys come by SDES.
    leg_ports: LegPorts,
}

struct Thread {
    shared: Arc<Shared>,
    handle: Option<JoinHandle<()>>,
}

/// What the plane is given besides its configuration.
pub struct MediaParts {
    /// Our certificate, shared by every leg.
    pub identity: Arc<Identity>,
    /// Where secrets come from.
    pub random: Arc<dyn Random>,
    /// The calendar: says since when a side is silent.
    pub clock: Arc<dyn Clock>,
    /// Where events go.
    pub events: MediaEvents,
}

impl MediaPlane {
    /// Opens the sockets and starts the threads.
    pub fn start(config: MediaConfig, parts: MediaParts) -> Result<MediaPlane, MediaStartFault> {
        let MediaParts { identity, random, clock, events } = parts;
        let plan = Plan::new(&config)?;
        let chance = Chance::new(random);
        let tags = Tags::new(chance.word());
        let directory = Arc::new(Directory::default());
        let transcoders = Arc::new(Transcoders::start(config.transcoders)?);
        let leg_ports = LegPorts::new(&config, &plan)?;
        let mut plane = MediaPlane { config, identity, chance, tags, directory, threads: Vec::new(), transcoders, leg_ports };
        for index in 0..plane.config.threads {
            let (sockets, advertised) = plan.open(index)?;
            let shared = Arc::new(Shared::new(index, plane.config.calls_per_thread, advertised, plane.directory.clone())?);
            let parts = DeskParts {
                post: Post::new(sockets, LegSocketTable::new(shared.slots.capacity())?),
                news: News::new(events.clone()),
                tags,
                route_secret: [plane.chance.word(), plane.chance.word()],
                shared: shared.clone(),
                transcoders: plane.transcoders.clone(),
                clock: clock.clone(),
            };
            let thread = MediaThread::new(Desk::new(parts, Instant::now()), shared.clone(), Instant::now());
            let pin = plane.config.pin.then_some(index);
            let handle = std::thread::Builder::new().name(format!("media-{index}")).spawn(move || {
                if let Some(Err(error)) = pin.map(udp::pin_to_core) {
                    tracing::warn!(%error, "a media thread could not be kept on its core");
                }
                if let Err(error) = udp::nap_exactly() {
                    tracing::warn!(%error, "packets wait longer than need be: a media thread's timer slack could not be set");
                }
                thread.run();
            })?;
            plane.threads.push(Thread { shared, handle: Some(handle) });
        }
        Ok(plane)
    }

    /// Where far ends find each port, thread by thread.
    pub fn advertised(&self) -> Vec<Advertised> {
        self.threads.iter().flat_map(|thread| thread.shared.advertised.iter().copied()).collect()
    }

    /// All UDP ports, thread by thread.
    pub fn ports(&self) -> Vec<u16> {
        self.advertised().iter().map(Advertised::port).collect()
    }

    /// Calls open at this moment.
    pub fn calls(&self) -> usize {
        self.threads.iter().map(|thread| thread.shared.slots.taken()).sum()
    }

    /// What each thread has done so far; without those that do not reply.
    pub async fn counters(&self) -> Vec<ThreadCounters> {
        let mut counters = Vec::with_capacity(self.threads.len());
        for thread in &self.threads {
            let (reply, counted) = oneshot::channel();
            if thread.shared.mailbox.post(Command::Count(reply)).is_ok()
                && let Ok(counted) = counted.await
            {
                counters.push(counted);
            }
        }
        counters
    }

    /// Passes on a command that a call gives once, if the call is there.
    fn certainly(&self, call: &CallId, command: impl FnOnce(SlotId) -> Command) {
        if let Some(Place { thread, id, .. }) = self.directory.find(call) {
            self.threads[thread].shared.mailbox.post_certainly(command(id));
        }
    }
}

#[async_trait]
impl Media for MediaPlane {
    async fn open(&self, request: OpenCall) -> Result<OpenedCall, MediaFault> {
        let phone = read_phone(&request.phone_offer)?;
        let codecs = relay_codecs(&request.codecs);
        let keys = match request.keys {
            KeyExchange::Dtls => LegKeys::Dtls,
            KeyExchange::Sdes => LegKeys::Offered,
        };
        Ok(self.carry(&request.call, &request.number, &keys, |berth| self.prepare_call(&request, &codecs, phone, &keys, berth))?)
    }

    async fn open_business_call(&self, request: OpenBusinessCall) -> Result<OpenedBusinessCall, MediaFault> {
        let business = self.read_business_offer(&request.business_offer, &relay_codecs(&request.codecs), keying(request.keys))?;
        let (sdes, muxes) = (business.description.sdes().cloned(), business.description.rtcp_mux);
        let keys = sdes.as_ref().map_or(LegKeys::Dtls, |sdes| LegKeys::Answered(sdes, muxes));
        Ok(self.carry(&request.call, &request.number, &keys, |berth| self.prepare_business_call(&request, business, &keys, berth))?)
    }

    /// A second phone is refused: the one that was first has the call.
    async fn pick_up(&self, call: &CallId, phone_offer: String) -> Result<String, MediaFault> {
        let phone = read_phone(&phone_offer)?;
        let place = self.directory.find(call).ok_or(NO_MEDIA)?;
        if !self.directory.with(call, |entry| entry.awaited.take_phone()).ok_or(NO_MEDIA)? {
            return Err(Unavailable("a phone has this call already").into());
        }
        let joined = self.join(place, phone);
        if joined.is_err() {
            self.directory.with(call, |entry| entry.awaited = Awaited::Phone);
        }
        Ok(joined?)
    }

    /// Both laws of G.711 or neither: phones speak Opus, and the workers turn that into either.
    fn transcodes(&self, _codec: AdditionalCodec) -> bool {
        self.transcoders.exist()
    }

    fn read_answer(&self, answer: &Answer, codecs: &[AdditionalCodec], keys: KeyExchange) -> Result<CheckedAnswer, AnswerRefusal> {
        let description = self.read_description(answer, &Offered::platform_by(keying(keys), &relay_codecs(codecs)))?;
        let warnings = warnings_told(&description);
        let described = Described::new(description).ok_or_else(|| AnswerRefusal(NO_PAYLOAD_TYPE.to_owned()))?;
        Ok(CheckedAnswer { warnings, read: Arc::new(described) })
    }

    /// The first one counts.
    fn apply_answer(&self, call: &CallId, answer: &CheckedAnswer) {
        let waits = self.directory.with(call, |entry| entry.awaited.take_business());
        if let (Some(true), Ok(described)) = (waits, answer.read.clone().downcast::<Described>()) {
            self.certainly(call, |id| Command::Answer(id, described));
        }
    }

    fn open_gate(&self, call: &CallId) {
        let first = self.directory.with(call, |entry| !std::mem::replace(&mut entry.gate_open, true));
        if first == Some(true) {
            self.certainly(call, Command::OpenGate);
        }
    }

    fn press(&self, call: &CallId, digit: char) {
        let Some(digit) = Digit::from_char(digit) else { return };
        let Some(Place { thread, id, .. }) = self.directory.find_joined(call) else { return }; // no key was pressed in this call
        if self.threads[thread].shared.mailbox.post(Command::Press(id, digit)).is_err() {
            tracing::warn!(call = call.short(), "a DTMF digit was dropped: the media thread is overloaded");
        }
    }

    async fn rejoin(&self, call: &CallId, phone_offer: String) -> Result<String, MediaFault> {
        let phone = read_phone(&phone_offer)?;
        let place = self.directory.find_joined(call).ok_or(NO_PHONE)?;
        Ok(self.join(place, phone)?)
    }

    fn close(&self, call: &CallId) {
        let found = self.directory.with(call, |entry| (!std::mem::replace(&mut entry.closing, true)).then_some(entry.place));
        if let Some(Place { thread, id, .. }) = found.flatten() {
            self.threads[thread].shared.mailbox.post_certainly(Command::Close(id));
        }
    }

    async fn report(&self, call: &CallId) -> Option<MediaReport> {
        let Place { thread, id, .. } = self.directory.find(call)?;
        let (reply, facts) = oneshot::channel();
        self.threads[thread].shared.mailbox.post(Command::Report(id, reply)).ok()?;
        Some(facts.await.ok()?.report())
    }
}

impl Drop for MediaPlane {
    fn drop(&mut self) {
        for thread in &self.threads {
            thread.shared.mailbox.post_certainly(Command::Stop);
        }
        for thread in &mut self.threads {
            if let Some(handle) = thread.handle.take()
                && handle.join().is_err()
            {
                tracing::error!("a media thread panicked while it ended");
            }
        }
    }
}

#[cfg(test)]
mod tests;
