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
use callport_relay::{CallConfig, CallLeg, CallMedia, DtlsLibrary, LegConfig, SdesConfig};
use callport_sdp::{self as sdp, CryptoLine, DescribedSdes, Dialect, G711, LocalDescription};

use super::MediaPlane;
use super::reading::warnings_told;
use crate::carried::PerSide;
use crate::command::{Command, Described, Joining, Opening, Shared};
use crate::directory::{Awaited, Entry, Place};
use crate::leg_ports::{LegSockets, NoLegPort};
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
    /// Of the business leg, if its keys come by SDES.
    own: Option<LegSockets>,
}

/// How the business leg is keyed.
pub(super) enum LegKeys<'a> {
    /// By DTLS, on a port that it shares.
    Dtls,
    /// By our offer, on ports of its own; RTCP may have to have one.
    Offered,
    /// By the business's offer; whether RTCP shares the port there.
    Answered(&'a DescribedSdes, bool),
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
    /// What the business leg is made of, if its keys come by SDES.
    sdes: Option<SdesConfig>,
    call: Box<CallMedia>,
    opened: Instant,
}

impl MediaPlane {
    /// Has a call made for a slot and a port of the best thread and hands it over. If that cannot be, nothing of it is left.
    pub(super) fn carry<T>(
        &self,
        call: &CallId,
        number: &PhoneNumberId,
        keys: &LegKeys<'_>,
        make: impl FnOnce(Berth) -> Prepared<T>,
    ) -> Result<T, Unavailable> {
        let own = self.leg_sockets(keys)?;
        let (thread, id) = self.take_slot(number)?;
        let shared = &self.threads[thread].shared;
        let port = shared.ports.take(number);
        let place = Place { thread, id, port: port.index() };
        let Prepared { opening, awaited, says } = make(Berth { id, advertised: shared.advertised(port.index()), port, own });
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

    /// Ports of its own for a business leg that has no checks to be told by.
    fn leg_sockets(&self, keys: &LegKeys<'_>) -> Result<Option<LegSockets>, Unavailable> {
        let opened = match keys {
            LegKeys::Dtls => return Ok(None),
            LegKeys::Offered => self.leg_ports.open(false, true),
            LegKeys::Answered(business, muxes) => self.leg_ports.open(business.address.is_some_and(|at| at.is_ipv6()), !muxes),
        };
        opened.map(Some).map_err(|fault| match fault {
            NoLegPort::AllTaken => Unavailable("every UDP port for legs with SDES is in use (media.sdes_ports)"),
            NoLegPort::System(error) => {
                tracing::error!(%error, "no UDP port can be opened for a leg with SDES");
                Unavailable("no UDP port can be opened for a leg with SDES")
            }
        })
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
    pub(super) fn prepare_call(
        &self,
        request: &OpenCall,
        codecs: &[G711],
        phone: Described,
        keys: &LegKeys<'_>,
        berth: Berth,
    ) -> Prepared<OpenedCall> {
        let fresh = self.fresh(&berth, keys);
        let user = self.describe(fresh.user.describe_at_random(berth.advertised, self.identity.fingerprint()), request.now);
        let says = OpenedCall {
            phone_answer: sdp::write_phone_answer(&user, &phone.description),
            business_offer: sdp::write_platform_offer(&self.describe_business(&fresh, &berth, request.now), codecs, self.config.dialect),
        };
        let opening = fresh.opening(berth, &request.call, CallLeg::User, phone);
        Prepared { opening, awaited: Awaited::Business, says }
    }

    /// A business-initiated call: the business is answered. Its payload types and its `mid` are repeated, with one codec.
    pub(super) fn prepare_business_call(
        &self,
        request: &OpenBusinessCall,
        business: Described,
        keys: &LegKeys<'_>,
        berth: Berth,
    ) -> Prepared<OpenedBusinessCall> {
        let fresh = self.fresh(&berth, keys);
        let local = self.describe_business(&fresh, &berth, request.now);
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

    fn fresh(&self, berth: &Berth, keys: &LegKeys<'_>) -> Fresh {
        let opened = Instant::now();
        let user = self.draw(berth.id, CallLeg::User);
        let business = self.draw(berth.id, CallLeg::Business);
        let crypto = match keys {
            LegKeys::Dtls => None,
            LegKeys::Offered => Some((CryptoLine::PLATFORM_TAG, CryptoLine::PLATFORM_SUITE)),
            LegKeys::Answered(theirs, _) => Some((theirs.crypto.tag, theirs.crypto.suite)),
        };
        let sdes = berth.own.as_ref().zip(crypto).map(|(sockets, (tag, suite))| SdesConfig {
            crypto: self.chance.crypto(tag, suite),
            local: sockets.advertised,
            rtcp: sockets.advertised_rtcp(),
            waits: true,
        });
        let leg = match &sdes {
            None => self.leg(berth.advertised, &business, CallLeg::Business),
            Some(sdes) => business.leg_by_sdes(sdes.clone(), CallLeg::Business),
        };
        let call = CallMedia::new(CallConfig { user: self.leg(berth.advertised, &user, CallLeg::User), business: leg }, opened);
        Fresh { user, business, sdes, call: Box::new(call), opened }
    }

    /// The business leg, as it is described.
    fn describe_business(&self, fresh: &Fresh, berth: &Berth, now: WallTime) -> LocalDescription {
        let described = match &fresh.sdes {
            None => fresh.business.describe_at_random(berth.advertised, self.identity.fingerprint()),
            Some(sdes) => fresh.business.describe_sdes(sdes),
        };
        self.describe(described, now)
    }

    fn draw(&self, id: SlotId, side: CallLeg) -> Local {
        Local::draw(&self.chance, &self.tags, id, side, self.config.dialect)
    }

    /// With the session id of the generation that is spoken.
    fn describe(&self, described: LocalDescription, now: WallTime) -> LocalDescription {
        match self.config.dialect {
            Dialect::Current => Local::at(described, now),
            Dialect::Older => described,
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
    fn opening(self, Berth { id, port, own, .. }: Berth, call: &CallId, caller: CallLeg, described: Described) -> Opening {
        let ufrags = PerSide { user: self.user.ufrag, business: self.business.ufrag };
        Opening { id, port, own, call_id: call.clone(), call: self.call, ufrags, opened: self.opened, caller, described }
    }
}
