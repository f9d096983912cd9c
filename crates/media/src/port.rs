//! The media port of the engine: opens calls on the least loaded thread and passes commands on to it.
//!
//! Everything slow happens here, on the caller's thread: reading and writing descriptions, drawing secrets, preparing DTLS. The
//! media thread is handed a call that is ready. Reports are worded here too.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread::JoinHandle;
use std::time::Instant;

use async_trait::async_trait;
use callport_core::call::Answer;
use callport_core::call_id::CallId;
use callport_core::codec::AdditionalCodec;
use callport_engine::ports::{AnswerRefusal, Clock, Media, MediaEvents, MediaFault, OpenCall, OpenedCall, Random};
use callport_engine::records::MediaReport;
use callport_relay::sdp::{self, Codec, Offered, RemoteDescription};
use callport_relay::{Call, CallConfig, Digit, DtlsRole, Identity, LegConfig, Side};
use tokio::sync::oneshot;

use crate::carried::PerSide;
use crate::command::{Command, Described, Opening, Rejoining, Shared};
use crate::config::{MediaConfig, StartFault};
use crate::counters::ThreadCounters;
use crate::credentials::Chance;
use crate::desk::{Desk, DeskParts};
use crate::directory::{Directory, Entry};
use crate::local::Local;
use crate::news::News;
use crate::post::Post;
use crate::sockets::{Advertised, Plan};
use crate::tag::{SlotId, Tags, Ufrag};
use crate::thread::MediaThread;
use crate::transcode::Transcoders;
use crate::udp;

/// The media plane. Dropping it closes every call and ends its threads.
pub struct MediaPlane {
    config: MediaConfig,
    identity: Arc<Identity>,
    chance: Chance,
    tags: Tags,
    directory: Arc<Directory>,
    threads: Vec<Thread>,
    transcoders: Arc<Transcoders>,
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
    pub fn start(config: MediaConfig, parts: MediaParts) -> Result<MediaPlane, StartFault> {
        let MediaParts { identity, random, clock, events } = parts;
        let plan = Plan::new(&config)?;
        let chance = Chance::new(random);
        let tags = Tags::new(chance.word());
        let directory = Arc::new(Directory::default());
        let transcoders = Arc::new(Transcoders::start(config.transcoders)?);
        let mut plane = MediaPlane { config, identity, chance, tags, directory, threads: Vec::new(), transcoders };
        for index in 0..plane.config.threads {
            let (sockets, advertised) = plan.open(index)?;
            let shared = Arc::new(Shared::new(plane.config.calls_per_thread, advertised, plane.directory.clone())?);
            let parts = DeskParts {
                post: Post::new(sockets),
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
                thread.run();
            })?;
            plane.threads.push(Thread { shared, handle: Some(handle) });
        }
        Ok(plane)
    }

    /// Where far ends find each thread.
    pub fn advertised(&self) -> Vec<Advertised> {
        self.threads.iter().map(|thread| thread.shared.advertised).collect()
    }

    /// The UDP port of each thread.
    pub fn ports(&self) -> Vec<u16> {
        let port = |advertised: Advertised| advertised.all().first().map_or(0, std::net::SocketAddr::port);
        self.advertised().into_iter().map(port).collect()
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

    /// The thread with the fewest calls that can take one more.
    fn least_loaded(&self) -> Result<(usize, &Thread), MediaFault> {
        self.threads
            .iter()
            .enumerate()
            .filter(|(_, thread)| !thread.shared.behind.load(Ordering::Relaxed))
            .min_by_key(|(_, thread)| thread.shared.slots.taken())
            .ok_or_else(|| MediaFault::Unavailable("media events are not being taken".to_owned()))
    }

    fn prepare(&self, request: &OpenCall, shared: &Shared, id: SlotId, offer: &Described) -> Prepared {
        let now = Instant::now();
        let user = Local::draw(&self.chance, &self.tags, id, Side::User);
        let business = Local::draw(&self.chance, &self.tags, id, Side::Business);
        let leg = |local: &Local, side| self.leg(shared.advertised, local, side);
        let call = Call::new(CallConfig { user: leg(&user, Side::User), business: leg(&business, Side::Business) }, now);
        let describe = |local: &Local| local.describe(shared.advertised, self.identity.fingerprint(), request.now);
        let codecs: Vec<_> = request.codecs.iter().map(|codec| relay_codec(*codec)).collect();
        Prepared {
            ufrags: PerSide { user: user.ufrag, business: business.ufrag },
            phone_answer: sdp::write_phone_answer(&describe(&user), &offer.description),
            business_offer: sdp::write_platform_offer(&describe(&business), &codecs, self.config.dialect),
            offered: Offered::platform(&codecs),
            call: Box::new(call),
            opened: now,
        }
    }

    fn leg(&self, advertised: Advertised, local: &Local, side: Side) -> LegConfig {
        let engine = match side {
            Side::User => callport_relay::Engine::Dimpl,
            Side::Business => self.config.business_engine,
        };
        local.leg(advertised.all(), self.identity.clone(), engine, side)
    }

    /// Reads a business's answer. Its codec is the first of those it lists (RFC 3264 §6.1); where nobody transcodes, that has to be Opus.
    fn read_answer(&self, answer: &Answer, offered: &Offered) -> Result<RemoteDescription, AnswerRefusal> {
        let description = sdp::read_business_answer(answer.as_str(), offered).map_err(|refusal| AnswerRefusal(refusal.to_string()))?;
        if self.transcoders.exist() {
            return Ok(description);
        }
        description.with_codec(Codec::Opus).ok_or_else(|| {
            AnswerRefusal(
                "the answer has no opus/48000/2: this relay passes Opus on and does not transcode G.711. Keep payload type 111".to_owned(),
            )
        })
    }

    /// Passes on a command that a call gives once, if the call is there.
    fn certainly(&self, call: &CallId, command: impl FnOnce(SlotId) -> Command) {
        if let Some((thread, id)) = self.directory.find(call) {
            self.threads[thread].shared.mailbox.post_certainly(command(id));
        }
    }
}

/// A call that its thread can take over.
struct Prepared {
    call: Box<Call>,
    ufrags: PerSide<Ufrag>,
    opened: Instant,
    offered: Offered,
    phone_answer: String,
    business_offer: String,
}

#[async_trait]
impl Media for MediaPlane {
    async fn open(&self, request: OpenCall) -> Result<OpenedCall, MediaFault> {
        let phone = read_phone(&request.phone_offer)?;
        let (thread, Thread { shared, .. }) = self.least_loaded()?;
        let id = shared.slots.take().ok_or_else(|| MediaFault::Unavailable("every media slot is in use".to_owned()))?;
        let Prepared { call, ufrags, opened, offered, phone_answer, business_offer } = self.prepare(&request, shared, id, &phone);
        let entry = Entry { thread, id, offered, answered: false, gate_open: false, closing: false };
        if !self.directory.enter(request.call.clone(), entry) {
            shared.slots.give_back(id);
            return Err(MediaFault::Unavailable("this call has media already".to_owned()));
        }
        let opening = Opening { id, call_id: request.call.clone(), call, ufrags, opened, phone };
        if shared.mailbox.post(Command::Open(Box::new(opening))).is_err() {
            self.directory.remove(&request.call);
            shared.slots.give_back(id);
            return Err(MediaFault::Unavailable("the media thread is overloaded".to_owned()));
        }
        Ok(OpenedCall { phone_answer, business_offer })
    }

    /// Both laws of G.711 or neither: phones speak Opus, and the workers turn that into either.
    fn transcodes(&self, _codec: AdditionalCodec) -> bool {
        self.transcoders.exist()
    }

    fn check_answer(&self, answer: &Answer, codecs: &[AdditionalCodec]) -> Result<Vec<String>, AnswerRefusal> {
        let codecs: Vec<_> = codecs.iter().map(|codec| relay_codec(*codec)).collect();
        let description = self.read_answer(answer, &Offered::platform(&codecs))?;
        Ok(description.warnings.iter().map(ToString::to_string).collect())
    }

    fn apply_answer(&self, call: &CallId, answer: &Answer) {
        let first = self.directory.with(call, |entry| (!std::mem::replace(&mut entry.answered, true)).then(|| entry.offered.clone()));
        let Some(offered) = first.flatten() else { return };
        let described = self
            .read_answer(answer, &offered)
            .and_then(|description| Described::new(description).ok_or_else(|| AnswerRefusal("its codec has no payload type".to_owned())));
        self.certainly(call, |id| match described {
            Ok(described) => Command::Answer(id, Box::new(described)),
            Err(AnswerRefusal(reason)) => Command::BadAnswer(id, reason),
        });
    }

    fn open_gate(&self, call: &CallId) {
        let first = self.directory.with(call, |entry| !std::mem::replace(&mut entry.gate_open, true));
        if first == Some(true) {
            self.certainly(call, Command::OpenGate);
        }
    }

    fn press(&self, call: &CallId, digit: char) {
        let Some(digit) = Digit::from_char(digit) else { return };
        let Some((thread, id)) = self.directory.find(call) else { return };
        if self.threads[thread].shared.mailbox.post(Command::Press(id, digit)).is_err() {
            tracing::warn!(call = call.short(), "a key was lost: the media thread is overloaded");
        }
    }

    async fn rejoin(&self, call: &CallId, phone_offer: String) -> Result<String, MediaFault> {
        let phone = read_phone(&phone_offer)?;
        let gone = || MediaFault::Unavailable("this call has no media".to_owned());
        let (thread, id) = self.directory.find(call).ok_or_else(gone)?;
        let shared = &self.threads[thread].shared;
        let local = Local::draw(&self.chance, &self.tags, id, Side::User);
        let leg = self.leg(shared.advertised, &local, Side::User);
        let described = local.describe_again(shared.advertised, self.identity.fingerprint());
        let answer = sdp::write_phone_answer(&described, &phone.description);
        let rejoining = Rejoining { leg, ufrag: local.ufrag, phone };
        match shared.mailbox.post(Command::Rejoin(id, Box::new(rejoining))) {
            Ok(()) => Ok(answer),
            Err(_) => Err(MediaFault::Unavailable("the media thread is overloaded".to_owned())),
        }
    }

    fn close(&self, call: &CallId) {
        let found = self.directory.with(call, |entry| (!std::mem::replace(&mut entry.closing, true)).then_some((entry.thread, entry.id)));
        if let Some((thread, id)) = found.flatten() {
            self.threads[thread].shared.mailbox.post_certainly(Command::Close(id));
        }
    }

    async fn report(&self, call: &CallId) -> Option<MediaReport> {
        let (thread, id) = self.directory.find(call)?;
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
                tracing::error!("a media thread had panicked");
            }
        }
    }
}

impl Described {
    /// `None` only for a description whose codec has no payload type, which no reader lets through.
    fn new(description: RemoteDescription) -> Option<Described> {
        let role = description.our_dtls_role(DtlsRole::Server);
        Some(Described { remote: description.remote(role)?, description })
    }
}

fn read_phone(offer: &str) -> Result<Described, MediaFault> {
    let description = sdp::read_phone_offer(offer).map_err(|refusal| MediaFault::PhoneOffer(refusal.to_string()))?;
    Described::new(description).ok_or_else(|| MediaFault::PhoneOffer("the offer's codec has no payload type".to_owned()))
}

fn relay_codec(codec: AdditionalCodec) -> sdp::AdditionalCodec {
    match codec {
        AdditionalCodec::Pcma => sdp::AdditionalCodec::Pcma,
        AdditionalCodec::Pcmu => sdp::AdditionalCodec::Pcmu,
    }
}
