//! How a call gets its media: a slot, secrets, two legs and our descriptions of them; then a thread takes it over.
//!
//! A user-initiated call is opened with the phone described, and the business is offered a leg. A business-initiated one is
//! opened with the business described and answered; nobody is told of its user leg, which is made anew for the phone that picks up.

use std::sync::atomic::Ordering;
use std::time::Instant;

use callport_core::call_id::CallId;
use callport_core::ids::PhoneNumberId;
use callport_core::time::WallTime;
use callport_engine::ports::{MediaFault, OpenBusinessCall, OpenCall, OpenedBusinessCall, OpenedCall};
use callport_relay::{CallConfig, CallLeg, CallMedia, DtlsLibrary, LegConfig};
use callport_sdp::{self as sdp, Dialect, G711, LocalDescription};

use super::MediaPlane;
use super::reading::warnings_told;
use crate::carried::PerSide;
use crate::command::{Command, Described, Joining, Opening, Shared};
use crate::directory::{Awaited, Entry, Place};
use crate::local::Local;
use crate::ports::HeldPort;
use crate::sockets::Advertised;
use crate::tag::SlotId;

/// Why nothing more can be carried, or nothing is.
pub(super) struct Unavailable(pub(super) &'static str);

pub(super) const NO_MEDIA: Unavailable = Unavailable("this call has no media");
pub(super) const NO_PHONE: Unavailable = Unavailable("this call has no phone that could come back to it");
const OVERLOADED: Unavailable = Unavailable("the media thread is overloaded");

impl From<Unavailable> for MediaFault {
    fn from(Unavailable(why): Unavailable) -> Self {
        MediaFault::Unavailable(why.to_owned())
    }
}

/// What a call is made for: a slot and a port of the thread that will carry it.
pub(super) struct Berth {
    id: SlotId,
    port: HeldPort,
    advertised: Advertised,
}

/// A call that its thread can take over, and what is said of it.
pub(super) struct Prepared<T> {
    opening: Opening,
    awaited: Awaited,
    says: T,
}

/// Both legs of a new call, known to nobody yet.
struct Fresh {
    user: Local,
    business: Local,
    call: Box<CallMedia>,
    opened: Instant,
}

impl MediaPlane {
    /// Has a call made for a slot and a port of the best thread and hands it over. If that cannot be, nothing of it is left.
    pub(super) fn carry<T>(
        &self,
        call: &CallId,
        number: &PhoneNumberId,
        make: impl FnOnce(Berth) -> Prepared<T>,
    ) -> Result<T, Unavailable> {
        let (thread, id) = self.take_slot(number)?;
        let shared = &self.threads[thread].shared;
        let port = shared.ports.take(number);
        let place = Place { thread, id, port: port.index() };
        let Prepared { opening, awaited, says } = make(Berth { id, advertised: shared.advertised(port.index()), port });
        if !self.directory.enter(call.clone(), Entry { place, awaited, gate_open: false, closing: false }) {
            shared.slots.give_back(id);
            return Err(Unavailable("this call has media already"));
        }
        if shared.mailbox.post(Command::Open(Box::new(opening))).is_err() {
            self.directory.remove(call);
            shared.slots.give_back(id);
            return Err(OVERLOADED);
        }
        Ok(says)
    }

    /// A slot of a thread that can take one more call: where the number's calls crowd its ports least, and of those, where the fewest calls are.
    pub(super) fn take_slot(&self, number: &PhoneNumberId) -> Result<(usize, SlotId), Unavailable> {
        let takes_calls = |shared: &Shared| !shared.behind.load(Ordering::Relaxed) && !shared.down.load(Ordering::Relaxed);
        let threads = self.threads.iter().enumerate().filter(|(_, thread)| takes_calls(&thread.shared));
        let mut ranked: Vec<_> =
            threads.map(|(index, thread)| (thread.shared.ports.crowding(number), thread.shared.slots.taken(), index)).collect();
        if ranked.is_empty() {
            let any_behind = self.threads.iter().any(|thread| thread.shared.behind.load(Ordering::Relaxed));
            return Err(Unavailable(if any_behind {
                "media events are not being taken"
            } else {
                "the media plane starts over after a defect"
            }));
        }
        ranked.sort_unstable();
        let taken = ranked.into_iter().find_map(|(.., index)| Some((index, self.threads[index].shared.slots.take()?)));
        taken.ok_or(Unavailable("every media slot is in use"))
    }

    /// A user-initiated call: the phone is answered, the business is offered a leg.
    pub(super) fn prepare_call(&self, request: &OpenCall, codecs: &[G711], phone: Described, berth: Berth) -> Prepared<OpenedCall> {
        let fresh = self.fresh(&berth);
        let describe = |local| self.describe(local, berth.advertised, request.now);
        let says = OpenedCall {
            phone_answer: sdp::write_phone_answer(&describe(&fresh.user), &phone.description),
            business_offer: sdp::write_platform_offer(&describe(&fresh.business), codecs, self.config.dialect),
        };
        let opening = fresh.opening(berth, &request.call, CallLeg::User, phone);
        Prepared { opening, awaited: Awaited::Business, says }
    }

    /// A business-initiated call: the business is answered. Its payload types and its `mid` are repeated, with one codec.
    pub(super) fn prepare_business_call(
        &self,
        request: &OpenBusinessCall,
        business: Described,
        berth: Berth,
    ) -> Prepared<OpenedBusinessCall> {
        let fresh = self.fresh(&berth);
        let local = self.describe(&fresh.business, berth.advertised, request.now);
        let role = business.description.our_dtls_role(self.config.answer_role);
        let says = OpenedBusinessCall {
            business_answer: sdp::write_platform_answer(&local, &business.description, role, self.config.dialect),
            warnings: warnings_told(&business.description),
        };
        let opening = fresh.opening(berth, &request.call, CallLeg::Business, business);
        Prepared { opening, awaited: Awaited::Phone, says }
    }

    /// A new user leg for a phone, whatever was there before; our answer to the phone.
    pub(super) fn join(&self, Place { thread, id, port }: Place, phone: Described) -> Result<String, Unavailable> {
        let shared = &self.threads[thread].shared;
        let advertised = shared.advertised(port);
        let local = self.draw(id, CallLeg::User);
        let leg = self.leg(advertised, &local, CallLeg::User);
        let described = local.describe_at_random(advertised, self.identity.fingerprint());
        let answer = sdp::write_phone_answer(&described, &phone.description);
        let joining = Joining { leg, ufrag: local.ufrag, phone };
        shared.mailbox.post(Command::Join(id, Box::new(joining))).map_err(|_| OVERLOADED)?;
        Ok(answer)
    }

    fn fresh(&self, berth: &Berth) -> Fresh {
        let opened = Instant::now();
        let user = self.draw(berth.id, CallLeg::User);
        let business = self.draw(berth.id, CallLeg::Business);
        let leg = |local, side| self.leg(berth.advertised, local, side);
        let call = CallMedia::new(CallConfig { user: leg(&user, CallLeg::User), business: leg(&business, CallLeg::Business) }, opened);
        Fresh { user, business, call: Box::new(call), opened }
    }

    fn draw(&self, id: SlotId, side: CallLeg) -> Local {
        Local::draw(&self.chance, &self.tags, id, side, self.config.dialect)
    }

    fn describe(&self, local: &Local, advertised: Advertised, now: WallTime) -> LocalDescription {
        let fingerprint = self.identity.fingerprint();
        match self.config.dialect {
            Dialect::Current => local.describe(advertised, fingerprint, now),
            Dialect::Older => local.describe_at_random(advertised, fingerprint),
        }
    }

    fn leg(&self, advertised: Advertised, local: &Local, side: CallLeg) -> LegConfig {
        let engine = match side {
            CallLeg::User => DtlsLibrary::Dimpl,
            CallLeg::Business => self.config.business_engine,
        };
        local.leg(advertised.all(), self.identity.clone(), engine, side)
    }
}

impl Fresh {
    fn opening(self, Berth { id, port, .. }: Berth, call: &CallId, caller: CallLeg, described: Described) -> Opening {
        let ufrags = PerSide { user: self.user.ufrag, business: self.business.ufrag };
        Opening { id, port, call_id: call.clone(), call: self.call, ufrags, opened: self.opened, caller, described }
    }
}
