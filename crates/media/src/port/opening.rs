//! How a call gets its media: a slot, secrets, two legs and our descriptions of them; then a thread takes it over.
//!
//! A user-initiated call is opened with the phone described, and the business is offered a leg. A business-initiated one is
//! opened with the business described and answered; nobody is told of its user leg, which is made anew for the phone that picks up.

use std::sync::atomic::Ordering;
use std::time::Instant;

use callport_core::call_id::CallId;
use callport_core::time::WallTime;
use callport_engine::ports::{BusinessOfferFault, MediaFault, OpenBusinessCall, OpenCall, OpenedBusinessCall, OpenedCall};
use callport_relay::sdp::{self, AdditionalCodec, Dialect, LocalDescription, Offered};
use callport_relay::{Call, CallConfig, Engine, LegConfig, Side};

use super::reading::warnings_told;
use super::{MediaPlane, Thread};
use crate::carried::PerSide;
use crate::command::{Command, Described, Joining, Opening, Shared};
use crate::directory::{Awaited, Entry};
use crate::local::Local;
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

impl From<Unavailable> for BusinessOfferFault {
    fn from(Unavailable(why): Unavailable) -> Self {
        BusinessOfferFault::Unavailable(why.to_owned())
    }
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
    call: Box<Call>,
    opened: Instant,
}

impl MediaPlane {
    /// Has a call made for a slot on the least loaded thread and hands it over. If that cannot be, nothing of it is left.
    pub(super) fn carry<T>(&self, call: &CallId, make: impl FnOnce(&Shared, SlotId) -> Prepared<T>) -> Result<T, Unavailable> {
        let (thread, Thread { shared, .. }) = self.least_loaded()?;
        let id = shared.slots.take().ok_or(Unavailable("every media slot is in use"))?;
        let Prepared { opening, awaited, says } = make(shared, id);
        if !self.directory.enter(call.clone(), Entry { thread, id, awaited, gate_open: false, closing: false }) {
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

    /// The thread with the fewest calls that can take one more.
    fn least_loaded(&self) -> Result<(usize, &Thread), Unavailable> {
        self.threads
            .iter()
            .enumerate()
            .filter(|(_, thread)| !thread.shared.behind.load(Ordering::Relaxed))
            .min_by_key(|(_, thread)| thread.shared.slots.taken())
            .ok_or(Unavailable("media events are not being taken"))
    }

    /// A user-initiated call: the phone is answered, the business is offered a leg.
    pub(super) fn prepare_call(
        &self,
        request: &OpenCall,
        codecs: &[AdditionalCodec],
        phone: Described,
        shared: &Shared,
        id: SlotId,
    ) -> Prepared<OpenedCall> {
        let fresh = self.fresh(shared.advertised, id);
        let describe = |local| self.describe(local, shared.advertised, request.now);
        let says = OpenedCall {
            phone_answer: sdp::write_phone_answer(&describe(&fresh.user), &phone.description),
            business_offer: sdp::write_platform_offer(&describe(&fresh.business), codecs, self.config.dialect),
        };
        let opening = fresh.opening(id, &request.call, Side::User, phone);
        Prepared { opening, awaited: Awaited::Business(Offered::platform(codecs)), says }
    }

    /// A business-initiated call: the business is answered. Its payload types and its `mid` are repeated, with one codec.
    pub(super) fn prepare_business_call(
        &self,
        request: &OpenBusinessCall,
        business: Described,
        shared: &Shared,
        id: SlotId,
    ) -> Prepared<OpenedBusinessCall> {
        let fresh = self.fresh(shared.advertised, id);
        let local = self.describe(&fresh.business, shared.advertised, request.now);
        let says = OpenedBusinessCall {
            business_answer: sdp::write_platform_answer(&local, &business.description, business.remote.dtls_role, self.config.dialect),
            warnings: warnings_told(&business.description),
        };
        let opening = fresh.opening(id, &request.call, Side::Business, business);
        Prepared { opening, awaited: Awaited::Phone, says }
    }

    /// A new user leg for a phone, whatever was there before; our answer to the phone.
    pub(super) fn join(&self, thread: usize, id: SlotId, phone: Described) -> Result<String, Unavailable> {
        let shared = &self.threads[thread].shared;
        let local = self.draw(id, Side::User);
        let leg = self.leg(shared.advertised, &local, Side::User);
        let described = local.describe_at_random(shared.advertised, self.identity.fingerprint());
        let answer = sdp::write_phone_answer(&described, &phone.description);
        let joining = Joining { leg, ufrag: local.ufrag, phone };
        shared.mailbox.post(Command::Join(id, Box::new(joining))).map_err(|_| OVERLOADED)?;
        Ok(answer)
    }

    fn fresh(&self, advertised: Advertised, id: SlotId) -> Fresh {
        let opened = Instant::now();
        let user = self.draw(id, Side::User);
        let business = self.draw(id, Side::Business);
        let leg = |local, side| self.leg(advertised, local, side);
        let call = Call::new(CallConfig { user: leg(&user, Side::User), business: leg(&business, Side::Business) }, opened);
        Fresh { user, business, call: Box::new(call), opened }
    }

    fn draw(&self, id: SlotId, side: Side) -> Local {
        Local::draw(&self.chance, &self.tags, id, side, self.config.dialect)
    }

    fn describe(&self, local: &Local, advertised: Advertised, now: WallTime) -> LocalDescription {
        let fingerprint = self.identity.fingerprint();
        match self.config.dialect {
            Dialect::Current => local.describe(advertised, fingerprint, now),
            Dialect::Older => local.describe_at_random(advertised, fingerprint),
        }
    }

    fn leg(&self, advertised: Advertised, local: &Local, side: Side) -> LegConfig {
        let engine = match side {
            Side::User => Engine::Dimpl,
            Side::Business => self.config.business_engine,
        };
        local.leg(advertised.all(), self.identity.clone(), engine, side)
    }
}

impl Fresh {
    fn opening(self, id: SlotId, call: &CallId, caller: Side, described: Described) -> Opening {
        let ufrags = PerSide { user: self.user.ufrag, business: self.business.ufrag };
        Opening { id, call_id: call.clone(), call: self.call, ufrags, opened: self.opened, caller, described }
    }
}
