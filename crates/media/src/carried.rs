//! A call in its slot: what every packet needs, and apart from it what only beginnings, ends and questions need.

use std::net::SocketAddr;
use std::time::Instant;

use callport_core::call_id::CallId;
use callport_relay::{CallLeg, CallMedia, Checklist};
use callport_sdp::{Keying, RemoteDescription};

use crate::ports::HeldPort;
use crate::post::{Exit, Source};
use crate::report::{CallFacts, LegFacts, Said, Sharing};
use crate::routes::MAX_ADDRESSES;
use crate::sockets::Advertised;
use crate::strangers::{Stranger, Strangers};
use crate::tag::{SlotId, Ufrag};
use crate::transcode::Ticket;

/// One call on a media thread.
pub(crate) struct Carried {
    pub(crate) id: SlotId,
    pub(crate) exit: Exit,
    pub(crate) call: Box<CallMedia>,
    pub(crate) ufrags: PerSide<Ufrag>,
    /// Media comes from that side at present.
    pub(crate) flowing: PerSide<bool>,
    pub(crate) sources: PerSide<Source>,
    /// Where the legs speak different codecs and somebody transcodes.
    pub(crate) ticket: Option<Ticket>,
    pub(crate) cold: Box<Cold>,
}

/// What no packet needs.
pub(crate) struct Cold {
    pub(crate) call_id: CallId,
    /// The port, given back with the call.
    pub(crate) _held: HeldPort,
    /// Where the business finds its leg, if that has a port of its own.
    pub(crate) own: Option<SocketAddr>,
    /// Who called.
    pub(crate) caller: CallLeg,
    /// When a phone came to the call: it called, or was the first to pick up.
    pub(crate) joined: Option<Instant>,
    pub(crate) gate_opened: Option<Instant>,
    pub(crate) legs: PerSide<ColdLeg>,
}

/// The same of one leg.
pub(crate) struct ColdLeg {
    /// When the leg was made: with the call, or when the phone came back.
    pub(crate) opened: Instant,
    pub(crate) said: Said,
    /// When its description was applied.
    pub(crate) described: Option<Instant>,
    /// Addresses that lead to this leg, oldest first.
    pub(crate) addresses: Vec<Proven>,
    /// The address that was proven last and leads to another call's leg.
    pub(crate) refused: Option<SocketAddr>,
    /// Another call has asked for an address that leads here.
    pub(crate) asked_for: bool,
    pub(crate) told: Told,
}

/// A remote address that has passed an authentic check.
#[derive(Clone, Copy)]
pub(crate) struct Proven {
    pub(crate) remote: SocketAddr,
    /// Since when it leads to the leg.
    pub(crate) since: Instant,
    /// When the last such check came from there.
    pub(crate) checked: Instant,
}

/// Milestones that are told once.
#[derive(Clone, Copy, Default)]
pub(crate) struct Told {
    pub(crate) wrong_credentials: bool,
    pub(crate) role_conflict: bool,
    pub(crate) webrtc_on_sdes: bool,
    pub(crate) undecryptable: bool,
    pub(crate) wrong_payload_type: bool,
    pub(crate) went_back: bool,
    pub(crate) wrong_steps: bool,
    pub(crate) burst: bool,
    pub(crate) elsewhere: bool,
    pub(crate) heard: bool,
    pub(crate) stun_seen: bool,
    pub(crate) nominations: u8,
    pub(crate) refusals: u8,
    /// Changes of source and of address.
    pub(crate) changes: u8,
    /// Since when nothing comes.
    pub(crate) quiet_since: Option<Instant>,
}

/// One value for each side.
#[derive(Clone, Copy, Default)]
pub(crate) struct PerSide<T> {
    pub(crate) user: T,
    pub(crate) business: T,
}

impl<T> PerSide<T> {
    pub(crate) fn of(&self, side: CallLeg) -> &T {
        match side {
            CallLeg::User => &self.user,
            CallLeg::Business => &self.business,
        }
    }

    pub(crate) fn of_mut(&mut self, side: CallLeg) -> &mut T {
        match side {
            CallLeg::User => &mut self.user,
            CallLeg::Business => &mut self.business,
        }
    }
}

impl ColdLeg {
    pub(crate) fn new(opened: Instant) -> ColdLeg {
        ColdLeg {
            opened,
            said: Said::Nothing,
            described: None,
            addresses: Vec::with_capacity(MAX_ADDRESSES),
            refused: None,
            asked_for: false,
            told: Told::default(),
        }
    }

    /// The far end has described itself.
    pub(crate) fn describe(&mut self, description: &RemoteDescription, now: Instant) {
        self.said = Said::of(description);
        self.described = Some(now);
    }
}

impl Carried {
    /// Whether the keys of that leg come by SDES.
    pub(crate) fn is_sdes(&self, side: CallLeg) -> bool {
        side == CallLeg::Business && self.exit.own.is_some()
    }

    /// All there is to know about the call, copied out so that others can turn it into words.
    pub(crate) fn facts(&self, advertised: Advertised, strangers: &Strangers, now: Instant) -> CallFacts {
        let leg = |side| {
            let cold = self.cold.legs.of(side);
            let remote = self.call.remote_address(side);
            let checklist = self.call.checklist(side);
            LegFacts {
                side,
                caller: self.cold.caller,
                keying: if self.is_sdes(side) { Keying::Sdes } else { Keying::Dtls },
                now,
                opened: cold.opened,
                said: cold.said.clone(),
                advertised: self.cold.own.filter(|_| self.is_sdes(side)).map_or(advertised, Advertised::only),
                elsewhere: self.elsewhere(side, &checklist, strangers),
                checklist,
                statistics: self.call.statistics(side, now),
                series: self.call.series(side, now),
                remote,
                sharing: match cold.refused {
                    Some(refused) if Some(refused) == remote => Sharing::LeadsElsewhere,
                    _ if cold.asked_for => Sharing::AskedFor,
                    _ => Sharing::No,
                },
                gate_opened: self.cold.gate_opened,
            }
        };
        CallFacts { user: leg(CallLeg::User), business: leg(CallLeg::Business) }
    }

    /// Who sends media of this leg from an address that is not one of its own.
    pub(crate) fn elsewhere(&self, side: CallLeg, checklist: &Checklist, strangers: &Strangers) -> Option<Stranger> {
        let cold = self.cold.legs.of(side);
        let ssrcs = checklist.ssrcs_seen.as_slice();
        let found = strangers.with(ssrcs, cold.opened).or_else(|| strangers.with(checklist.ssrc_announced.as_slice(), cold.opened))?;
        (!cold.addresses.iter().any(|proven| proven.remote == found.address)).then_some(found)
    }
}
