//! The work of a media thread: one datagram, one command or one timer at a time, each led to its call.
//!
//! Nothing here waits, and the way of a media packet neither allocates nor locks: addresses → slot → relay → batch.

use std::net::{IpAddr, SocketAddr};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Instant;

use callport_engine::journal::Milestone;
use callport_engine::ports::{Clock, MediaEvent};
use callport_relay::demux::{DatagramKind, classify, stun_ufrag};
use callport_relay::{CallLeg, Foreign, Path};
use callport_sdp::{Codec, G711};

use crate::carried::{Carried, Cold, ColdLeg, PerSide, Proven};
use crate::command::{Command, Described, Joining, Opening, Shared};
use crate::counters::{Stray, ThreadCounters};
use crate::leg_sockets::LegSocket;
use crate::milestones;
use crate::news::News;
use crate::ports::PortIndex;
use crate::post::{Exit, OwnExit, Post};
use crate::routes::{AddressPair, MAX_ADDRESSES, Route, Routes};
use crate::strangers::Strangers;
use crate::tag::{SlotId, Tags};
use crate::transcode::{Made, Native, Transcoders};
use crate::udp::{Arrival, BATCH};
use crate::wheel::{TICK, Wheel};

mod addresses;
mod events;

/// Checks from new addresses that one round looks into. Each costs an HMAC, so a flood of them under a known user name must
/// not buy more than a fraction of a round; ten times this many per second is a busy thread's need.
const MAX_STRANGERS: u32 = 64;

/// Everything a thread works on.
pub(crate) struct Desk {
    slots: Box<[Option<Carried>]>,
    routes: Routes,
    wheel: Wheel,
    post: Post,
    news: News,
    tags: Tags,
    shared: Arc<Shared>,
    transcoders: Arc<Transcoders>,
    clock: Arc<dyn Clock>,
    counters: ThreadCounters,
    strangers: Strangers,
    calls: usize,
    strangers_left: u32,
}

/// What a desk is made of.
pub(crate) struct DeskParts {
    pub(crate) post: Post,
    pub(crate) news: News,
    pub(crate) tags: Tags,
    pub(crate) route_secret: [u64; 2],
    pub(crate) shared: Arc<Shared>,
    pub(crate) transcoders: Arc<Transcoders>,
    pub(crate) clock: Arc<dyn Clock>,
}

impl Desk {
    pub(crate) fn new(parts: DeskParts, now: Instant) -> Desk {
        let DeskParts { post, news, tags, route_secret, shared, transcoders, clock } = parts;
        let calls = shared.slots.capacity();
        Desk {
            slots: std::iter::repeat_with(|| None).take(calls).collect(),
            routes: Routes::new(calls * 2 * MAX_ADDRESSES, route_secret),
            wheel: Wheel::new(calls, now),
            post,
            news,
            tags,
            shared,
            transcoders,
            clock,
            counters: ThreadCounters::default(),
            strangers: Strangers::default(),
            calls: 0,
            strangers_left: MAX_STRANGERS,
        }
    }

    pub(crate) fn post(&mut self) -> &mut Post {
        &mut self.post
    }

    pub(crate) fn news(&mut self) -> &mut News {
        &mut self.news
    }

    pub(crate) fn counters(&mut self) -> &mut ThreadCounters {
        &mut self.counters
    }

    pub(crate) fn next_timer(&self) -> Option<Instant> {
        self.wheel.next_due()
    }

    /// A new round: what each may cost is granted anew.
    pub(crate) fn begin_round(&mut self) {
        self.strangers_left = MAX_STRANGERS;
        self.counters.rounds += 1;
    }

    /// Touches what the datagrams of a batch will need. With thousands of calls it lies in memory far away; asked for all at once it comes
    /// together, while each datagram by itself would wait for its own.
    pub(crate) fn look_ahead(&self, port: PortIndex, remotes: impl Iterator<Item = SocketAddr>) {
        let mut found = [None; BATCH];
        for (place, remote) in found.iter_mut().zip(remotes) {
            *place = self.routes.find(AddressPair { port, remote });
        }
        let touch = |route: &Route| self.carried(route.id).map_or(0, |carried| carried.call.touch(route.side));
        let touched: u64 = found.iter().flatten().map(touch).fold(0, u64::wrapping_add);
        std::hint::black_box(touched);
    }

    /// One datagram that came to one of our ports.
    pub(crate) fn datagram(&mut self, now: Instant, port: PortIndex, arrival: Arrival<'_>) {
        self.counters.datagrams_in += 1;
        let Arrival { remote, local, bytes } = arrival;
        let kind = classify(bytes);
        let route = match self.route(kind, AddressPair { port, remote }, bytes) {
            Ok(route) => route,
            Err(stray) => {
                if stray == Stray::UnknownAddress {
                    self.strangers.note(now, remote, bytes);
                }
                return self.counters.stray(stray);
            }
        };
        let Some(ours) = self.shared.advertised(port).towards(remote) else {
            return self.counters.stray(Stray::NoLocalAddress);
        };
        self.deliver(now, route, Path { local: ours, remote }, local, bytes);
    }

    /// One datagram that came to a socket of one leg alone.
    pub(crate) fn leg_datagram(&mut self, now: Instant, socket: LegSocket, arrival: Arrival<'_>) {
        self.counters.datagrams_in += 1;
        let Arrival { remote, local, bytes } = arrival;
        let carried = self.slots.get(socket.slot as usize).and_then(Option::as_ref);
        let (Some(carried), Some(ours)) = (carried, self.post.legs().advertised(socket)) else {
            return self.counters.stray(Stray::UnknownAddress); // its call ended in this round
        };
        let route = Route { id: carried.id, side: CallLeg::Business };
        // Anybody may send here, and each packet costs an authentication.
        if carried.call.remote_address(CallLeg::Business) != Some(remote) {
            let Some(left) = self.strangers_left.checked_sub(1) else { return self.counters.stray(Stray::TooManyStrangers) };
            self.strangers_left = left;
        }
        self.deliver(now, route, Path { local: ours, remote }, local, bytes);
    }

    /// Gives a datagram to its leg. `to`: which address of ours it was sent to, where the socket tells.
    fn deliver(&mut self, now: Instant, route: Route, path: Path, to: Option<IpAddr>, bytes: &mut [u8]) {
        let (Route { id, side }, Path { remote, .. }, local) = (route, path, to);
        let kind = classify(bytes);
        let mut foreign = None;
        self.serve(id, now, local.map(|local| (remote, local)), |carried, post| {
            foreign = carried.call.receive(side, now, path, bytes, post);
        });
        if let Some(foreign) = foreign {
            self.transcode(now, route, &foreign, bytes);
        }
        if let Some(local) = local {
            self.note_source(route, remote, local);
        }
        if matches!(kind, DatagramKind::Stun | DatagramKind::Dtls) {
            self.tell_new_findings(id, side);
        }
    }

    /// The leg that a datagram is for.
    fn route(&mut self, kind: DatagramKind, pair: AddressPair, bytes: &[u8]) -> Result<Route, Stray> {
        let known = self.routes.find(pair);
        match kind {
            DatagramKind::Stun => {
                let Some(ufrag) = stun_ufrag(bytes) else { return known.ok_or(Stray::StunWithoutUser) };
                let route = self.route_of_ufrag(ufrag).ok_or(Stray::UnknownUfrag)?;
                if self.carried(route.id).is_none_or(|carried| carried.exit.port != pair.port) {
                    return Err(Stray::WrongPort);
                }
                if known != Some(route) {
                    self.strangers_left = self.strangers_left.checked_sub(1).ok_or(Stray::TooManyStrangers)?;
                }
                Ok(route)
            }
            DatagramKind::Garbage => known.ok_or(Stray::Garbage),
            DatagramKind::Dtls | DatagramKind::Rtp | DatagramKind::Rtcp => known.ok_or(Stray::UnknownAddress),
        }
    }

    fn route_of_ufrag(&self, ufrag: &[u8]) -> Option<Route> {
        let (id, side) = self.tags.read(ufrag)?;
        let carried = self.carried(id)?;
        (carried.ufrags.of(side).as_bytes() == ufrag).then_some(Route { id, side })
    }

    /// On sockets of every address: the far end knows us by the address that it nominated.
    fn note_source(&mut self, route: Route, remote: SocketAddr, local: IpAddr) {
        let Some(carried) = self.carried_mut(route.id) else { return };
        let nominated = carried.call.remote_address(route.side);
        let source = carried.sources.of_mut(route.side);
        if nominated == Some(remote) && source.is_none_or(|(known, _)| known != remote) {
            *source = Some((remote, local));
        }
    }

    /// Hands a packet in another codec than the other leg's to whoever transcodes.
    fn transcode(&mut self, now: Instant, Route { id, side }: Route, foreign: &Foreign, datagram: &[u8]) {
        let Some(carried) = self.carried_mut(id) else { return };
        let (Some(ticket), Some(payload)) = (&mut carried.ticket, datagram.get(foreign.payload.clone())) else { return };
        if let Err(reason) = ticket.convert(now, side, foreign, payload) {
            carried.call.count_drop(side, reason);
        }
    }

    /// What became of such packets.
    pub(crate) fn native(&mut self, now: Instant, Native { id, to, made }: Native) {
        self.counters.transcoded += u64::from(matches!(made, Made::Packet(_)));
        self.serve(id, now, None, |carried, post| match &made {
            Made::Packet(packet) => carried.call.inject(to, now, &packet.place, packet.payload(), post),
            Made::Dropped(reason, count) => (0..*count).for_each(|_| carried.call.count_drop(to.other(), *reason)),
        });
    }

    /// One timer, if one is due.
    pub(crate) fn timer(&mut self, now: Instant) -> bool {
        let Some(slot) = self.wheel.pop_due(now) else { return false };
        let Some(id) = self.slots.get(slot as usize).and_then(Option::as_ref).map(|carried| carried.id) else { return true };
        self.serve(id, now, None, |carried, post| {
            if carried.call.next_deadline().is_some_and(|deadline| deadline <= now) {
                carried.call.handle_timeout(now, post);
            }
        });
        self.tell_new_findings(id, CallLeg::User);
        self.tell_new_findings(id, CallLeg::Business);
        true
    }

    /// One command. False when it was the last.
    pub(crate) fn command(&mut self, now: Instant, command: Command) -> bool {
        match command {
            Command::Open(opening) => self.open(now, *opening),
            Command::Answer(id, described) => self.describe(now, id, CallLeg::Business, Arc::unwrap_or_clone(described)),
            Command::OpenGate(id) => {
                if let Some(carried) = self.carried_mut(id) {
                    carried.call.set_gate(true);
                    carried.cold.gate_opened = Some(now);
                    self.milestone(id, CallLeg::Business, Milestone::GateOpened);
                }
            }
            Command::Press(id, digit) => {
                let mut refusal = None;
                self.serve(id, now, None, |carried, _| refusal = carried.call.press(digit, now).err());
                if let Some(refusal) = refusal {
                    self.milestone(id, CallLeg::User, milestones::digit_refused(&refusal));
                }
            }
            Command::Join(id, joining) => self.join(now, id, *joining),
            Command::Close(id) => self.close(now, id),
            Command::Report(id, reply) => {
                if let Some(carried) = self.carried(id) {
                    let facts = carried.facts(self.shared.advertised(carried.exit.port), &self.strangers, now);
                    let _ = reply.send(Box::new(facts)); // whoever asked may have gone
                }
            }
            Command::Count(reply) => {
                let _ = reply.send(self.snapshot());
            }
            Command::Stop => {
                self.close_all(now);
                return false;
            }
            #[cfg(test)]
            Command::Panic => panic!("a defect of the thread"),
        }
        true
    }

    fn open(&mut self, now: Instant, opening: Opening) {
        let Opening { id, port: held, own, call_id, call, ufrags, opened, caller, described } = opening;
        if !self.shared.directory.has(&call_id, id) {
            // It was given up, with the others of this thread, before it came here; its slot may be another's by now.
            return self.news.tell(MediaEvent::Closed { call: call_id, report: Box::default() });
        }
        let legs = PerSide { user: ColdLeg::new(opened), business: ColdLeg::new(opened) };
        let joined = (caller == CallLeg::User).then_some(opened);
        let named = own.as_ref().map(|sockets| sockets.advertised);
        let own_exit = named.map(|address| OwnExit { slot: id.slot, port: address.port(), is_v4: address.is_ipv4() });
        let exit = Exit { port: held.index(), own: own_exit };
        let watched = own.map_or(Ok(()), |sockets| self.post.legs_mut().put(id.slot, sockets));
        let cold = Box::new(Cold { call_id, _held: held, own: named, caller, joined, gate_opened: None, legs });
        let Some(place) = self.slots.get_mut(id.slot as usize) else { return };
        let (flowing, sources) = Default::default();
        *place = Some(Carried { id, exit, call, ufrags, flowing, sources, ticket: None, cold });
        self.calls += 1;
        if let Err(error) = watched {
            // The kernel has no memory left to watch one more: the call is as good as without its leg.
            tracing::error!(%error, "a leg's socket cannot be waited for");
            return self.close(now, id);
        }
        self.describe(now, id, caller, described);
    }

    /// A far end has described itself.
    fn describe(&mut self, now: Instant, id: SlotId, side: CallLeg, Described { description, remote }: Described) {
        self.serve(id, now, None, |carried, post| {
            carried.cold.legs.of_mut(side).describe(&description, now);
            if carried.is_sdes(side) && description.rtcp_mux {
                post.legs_mut().close_rtcp(id.slot);
            }
            carried.call.set_remote(side, remote, now, post);
        });
        if side == CallLeg::Business {
            self.begin_transcoding(id, description.codec);
        }
    }

    /// Phones speak Opus; a business that chose something else needs a transcoder.
    fn begin_transcoding(&mut self, id: SlotId, codec: Codec) {
        let additional = match codec {
            Codec::Opus => return self.milestone(id, CallLeg::Business, milestones::codec(codec, false)),
            Codec::Pcma => G711::Pcma,
            Codec::Pcmu => G711::Pcmu,
        };
        let (transcoders, shared) = (self.transcoders.clone(), self.shared.clone());
        let Some(carried) = self.carried_mut(id) else { return };
        carried.ticket = transcoders.begin(id, additional, shared);
        if carried.ticket.is_some() {
            carried.call.set_transcoding(true);
            self.milestone(id, CallLeg::Business, milestones::codec(codec, true));
        }
    }

    /// A phone picks up, or comes back: either way with a leg of its own.
    fn join(&mut self, now: Instant, id: SlotId, joining: Joining) {
        self.release_addresses(id, CallLeg::User);
        self.serve(id, now, None, |carried, _| {
            carried.ufrags.user = joining.ufrag;
            carried.flowing.user = false;
            carried.sources.user = None;
            carried.cold.joined.get_or_insert(now);
            carried.cold.legs.user = ColdLeg::new(now);
            carried.call.replace_leg(CallLeg::User, joining.leg, now);
        });
        self.describe(now, id, CallLeg::User, joining.phone);
    }

    fn close(&mut self, now: Instant, id: SlotId) {
        // Should saying goodbye meet a defect, the call is given up on the way and gone below.
        self.serve(id, now, None, |carried, post| carried.call.close(now, post));
        self.end(now, id);
    }

    pub(crate) fn close_all(&mut self, now: Instant) {
        let ids: Vec<SlotId> = self.slots.iter().flatten().map(|carried| carried.id).collect();
        for id in ids {
            self.close(now, id);
        }
    }

    /// After a panic outside any one call: ends every call of the thread as far as that goes, and begins again with nothing but the sockets,
    /// what is to be told, and the counters.
    pub(crate) fn start_over(&mut self, now: Instant) {
        let lost = self.shared.slots.taken() as u64;
        if catch_unwind(AssertUnwindSafe(|| self.close_all(now))).is_err() {
            tracing::error!("a media thread panicked again while it closed its calls: they end without a last media report");
        }
        // Those that could not be closed, and those that were still to be opened.
        for (call, id) in self.shared.directory.take_thread(self.shared.thread) {
            self.shared.slots.give_back(id);
            self.news.tell(MediaEvent::Closed { call, report: Box::default() });
        }
        self.slots.iter_mut().for_each(|place| *place = None);
        self.post.legs_mut().clear();
        self.routes.clear();
        self.wheel = Wheel::new(self.slots.len(), now);
        self.strangers = Strangers::default();
        self.calls = 0;
        self.counters.calls_broken += lost;
        self.counters.restarts += 1;
    }

    /// Frees the slot and tells the end, with the last figures.
    fn end(&mut self, now: Instant, id: SlotId) {
        for side in [CallLeg::User, CallLeg::Business] {
            self.release_addresses(id, side);
        }
        let Some(place) = self.slots.get_mut(id.slot as usize) else { return };
        let Some(carried) = place.take_if(|carried| carried.id == id) else { return };
        self.wheel.disarm(id.slot);
        self.calls -= 1;
        let report = Box::new(carried.facts(self.shared.advertised(carried.exit.port), &self.strangers, now).report());
        if carried.exit.own.is_some() {
            self.post.close_leg(id.slot);
        }
        let call = carried.cold.call_id.clone();
        self.shared.directory.remove(&call);
        self.shared.slots.give_back(id);
        self.news.tell(MediaEvent::Closed { call, report });
    }

    fn release_addresses(&mut self, id: SlotId, side: CallLeg) {
        let Some(carried) = self.slots.get_mut(id.slot as usize).and_then(Option::as_mut).filter(|carried| carried.id == id) else {
            return;
        };
        let port = carried.exit.port;
        for Proven { remote, .. } in carried.cold.legs.of_mut(side).addresses.drain(..) {
            self.routes.release(AddressPair { port, remote }, Route { id, side });
        }
    }

    /// Works on one call, then hears what came of it. A defect in the machine below ends this call and no other.
    fn serve(&mut self, id: SlotId, now: Instant, from: Option<(SocketAddr, IpAddr)>, work: impl FnOnce(&mut Carried, &mut Post)) {
        let Some(carried) = self.slots.get_mut(id.slot as usize).and_then(Option::as_mut).filter(|carried| carried.id == id) else {
            return;
        };
        let post = &mut self.post;
        post.serve(carried.exit, [from, carried.sources.user, carried.sources.business]);
        if catch_unwind(AssertUnwindSafe(|| work(carried, post))).is_err() {
            return self.give_up(now, id);
        }
        while let Some(event) = self.carried_mut(id).and_then(|carried| carried.call.poll_event()) {
            self.event(now, id, event);
        }
        let Some(deadline) = self.carried(id).and_then(|carried| carried.call.next_deadline()) else { return };
        // What is overdue even now waits a tick, so that a timer which does not move cannot hold the round.
        self.wheel.arm_no_later(id.slot, deadline.max(now + TICK));
    }

    fn give_up(&mut self, now: Instant, id: SlotId) {
        self.counters.calls_broken += 1;
        if let Some(carried) = self.carried(id) {
            tracing::error!(call = carried.cold.call_id.short(), "a call was given up: the relay panicked");
        }
        self.milestone(id, CallLeg::Business, Milestone::RelayBroken);
        self.end(now, id);
    }

    fn milestone(&mut self, id: SlotId, side: CallLeg, milestone: Milestone) {
        if let Some(call) = self.carried(id).map(|carried| carried.cold.call_id.clone()) {
            self.news.tell(MediaEvent::Milestone { call, side: core_side(side), milestone });
        }
    }

    fn carried(&self, id: SlotId) -> Option<&Carried> {
        self.slots.get(id.slot as usize)?.as_ref().filter(|carried| carried.id == id)
    }

    fn carried_mut(&mut self, id: SlotId) -> Option<&mut Carried> {
        self.slots.get_mut(id.slot as usize)?.as_mut().filter(|carried| carried.id == id)
    }

    fn snapshot(&self) -> ThreadCounters {
        ThreadCounters {
            calls: self.calls,
            addresses: self.routes.len(),
            sent: self.post.sent(),
            events_dropped: self.news.dropped(),
            cpu: crate::udp::thread_cpu_time(),
            ..self.counters.clone()
        }
    }
}

/// The rules' word for a side.
fn core_side(side: CallLeg) -> callport_core::call::Side {
    match side {
        CallLeg::User => callport_core::call::Side::User,
        CallLeg::Business => callport_core::call::Side::Business,
    }
}

#[cfg(test)]
mod tests;
