//! Whose address is it: which leg a pair of addresses leads to, and when it goes over to another.
//!
//! A backend may put all its calls on one UDP socket. Then one remote address checks for several calls, and media of those that are on the
//! same port of ours cannot be told apart: the pair has one owner. An authentic check makes a leg the owner of a pair that is nobody's, so
//! an owner that ended is followed at once by whoever checks next. From an owner that lives, a pair goes only to a leg that talks over
//! it, and only if the owner does not: whoever can prove a call of its own must not be able to take another's media by forging its address.
//! docs/decisions/0014-whose-address.md.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use callport_engine::journal::Milestone;

use super::Desk;
use crate::carried::Proven;
use crate::routes::{AddressPair, MAX_ADDRESSES, Route};

/// How long an owner keeps a pair over which nothing authentic comes, and how long it has for DTLS over one that another call wants, too.
/// Agents check every two to six seconds (RFC 7675 §5.1), so this is the loss of two checks in a row.
pub(super) const LIVES: Duration = Duration::from_secs(15);

/// How often it is told that an address leads to another call, or leads here again.
const MAX_REFUSALS_TOLD: u8 = 8;

impl Desk {
    /// An authentic check of `route` came from that address.
    pub(super) fn address_proven(&mut self, now: Instant, route: Route, remote: SocketAddr) {
        let Some(port) = self.carried(route.id).map(|carried| carried.exit.port) else { return };
        let pair = AddressPair { port, remote };
        match self.routes.find(pair) {
            Some(owner) if owner == route => return self.note_check(now, route, remote),
            Some(owner) if self.keeps(now, owner, route, remote) => return self.refuse(owner, route, remote),
            Some(owner) => self.forget(owner, pair),
            None => {}
        }
        self.own(now, route, pair);
    }

    fn note_check(&mut self, now: Instant, route: Route, remote: SocketAddr) {
        let addresses = self.carried_mut(route.id).map(|carried| &mut carried.cold.legs.of_mut(route.side).addresses);
        if let Some(proven) = addresses.and_then(|all| all.iter_mut().find(|proven| proven.remote == remote)) {
            proven.checked = now;
        }
    }

    /// Whether an owner keeps a pair for which another leg has brought an authentic check.
    fn keeps(&self, now: Instant, owner: Route, other: Route, remote: SocketAddr) -> bool {
        let Some(carried) = self.carried(owner.id) else { return false };
        let Some(proven) = carried.cold.legs.of(owner.side).addresses.iter().find(|proven| proven.remote == remote) else { return false };
        let recent = |moment: Instant| now.saturating_duration_since(moment) < LIVES;
        let nominated = self.has_nominated(owner, remote);
        let lives = recent(proven.checked) || nominated && *carried.flowing.of(owner.side);
        let begun = || carried.call.checklist(owner.side).nominated.map_or(proven.since, |at| at.max(proven.since));
        let talks = nominated && (carried.call.is_connected(owner.side) || recent(begun()));
        lives && (talks || !self.has_nominated(other, remote))
    }

    fn has_nominated(&self, Route { id, side }: Route, remote: SocketAddr) -> bool {
        self.carried(id).is_some_and(|carried| carried.call.remote_address(side) == Some(remote))
    }

    /// The pair leads to the leg from now on.
    fn own(&mut self, now: Instant, route: Route, pair: AddressPair) {
        let AddressPair { port, remote } = pair;
        let Route { id, side } = route;
        let Some(carried) = self.carried_mut(id) else { return };
        let in_use = carried.call.remote_address(side);
        let leg = carried.cold.legs.of_mut(side);
        let first = !std::mem::replace(&mut leg.told.stun_seen, true);
        let back = leg.refused.take_if(|refused| *refused == remote).is_some();
        let full = leg.addresses.len() >= MAX_ADDRESSES;
        let oldest = if full { leg.addresses.iter().position(|known| Some(known.remote) != in_use) } else { None };
        let forgotten = oldest.map(|index| leg.addresses.remove(index).remote);
        leg.addresses.push(Proven { remote, since: now, checked: now });
        let tell_back = back && leg.told.refusals <= MAX_REFUSALS_TOLD;
        if let Some(remote) = forgotten {
            self.routes.release(AddressPair { port, remote }, route);
        }
        self.routes.bind(pair, route);
        if first {
            self.milestone(id, side, Milestone::IceBegan);
        }
        if tell_back {
            self.milestone(id, side, Milestone::AddressFree);
        }
    }

    /// The owner keeps the pair. Both calls are told, once each time that it begins to matter: when the other leg has to talk over it.
    fn refuse(&mut self, owner: Route, other: Route, remote: SocketAddr) {
        let matters = self.has_nominated(other, remote);
        let Some(leg) = self.carried_mut(other.id).map(|carried| carried.cold.legs.of_mut(other.side)) else { return };
        if !matters || leg.refused == Some(remote) {
            return;
        }
        leg.refused = Some(remote);
        leg.told.refusals = leg.told.refusals.saturating_add(1);
        let tell = leg.told.refusals <= MAX_REFUSALS_TOLD;
        self.counters.address_conflicts += 1;
        if tell {
            self.milestone(other.id, other.side, Milestone::AddressInUse);
        }
        let first =
            self.carried_mut(owner.id).is_some_and(|carried| !std::mem::replace(&mut carried.cold.legs.of_mut(owner.side).asked_for, true));
        if first {
            self.milestone(owner.id, owner.side, Milestone::AddressShared);
        }
    }

    fn forget(&mut self, owner: Route, pair: AddressPair) {
        if let Some(carried) = self.carried_mut(owner.id) {
            carried.cold.legs.of_mut(owner.side).addresses.retain(|known| known.remote != pair.remote);
        }
        self.routes.release(pair, owner);
    }
}
