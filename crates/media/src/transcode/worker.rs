//! A thread that transcodes.

use std::collections::{HashMap, VecDeque};
use std::os::fd::AsFd as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Instant;

use callport_audio::{CodecError, Law};
use callport_relay::{CallLeg, DropReason};
use callport_sdp::G711;

use super::lane::Lane;
use super::order::Order;
use super::{Beginning, ForeignPacket, MAX_NATIVE, Made, Native, NativePacket, Work, Worker};
use crate::carried::PerSide;
use crate::command::Shared;
use crate::tag::SlotId;
use crate::udp::wait_readable;

/// Works until told to stop.
pub(super) fn run(worker: &Worker) {
    let mailbox = &worker.mailbox;
    let (mut calls, mut waiting) = (HashMap::new(), VecDeque::new());
    // Calls with packets that wait for one that is missing; few at a time.
    let mut holding: Vec<u64> = Vec::new();
    loop {
        if !mailbox.is_waiting() {
            let wake = holding.iter().filter_map(|number| calls.get(number).and_then(Conversion::deadline)).min();
            wait_readable(&[mailbox.as_fd()], wake.map(|wake| wake.saturating_duration_since(Instant::now())));
        }
        mailbox.take(&mut waiting);
        for work in waiting.drain(..) {
            match work {
                Work::Begin(number, beginning) => match Conversion::new(*beginning) {
                    Ok(conversion) => drop(calls.insert(number, conversion)),
                    Err(error) => tracing::error!(%error, "a call cannot be transcoded"),
                },
                Work::Packet(packet) => {
                    let number = packet.call;
                    with_call(&mut calls, number, |conversion| conversion.take(packet));
                    if !holding.contains(&number) && calls.get(&number).is_some_and(|conversion| conversion.deadline().is_some()) {
                        holding.push(number);
                    }
                }
                Work::End(number) => drop(calls.remove(&number)),
                Work::Stop => return mailbox.shut(),
            }
        }
        if !holding.is_empty() {
            let now = Instant::now();
            holding.iter().for_each(|number| with_call(&mut calls, *number, |conversion| conversion.release(now)));
            holding.retain(|number| calls.get(number).is_some_and(|conversion| conversion.deadline().is_some()));
        }
    }
}

/// A defect ends the transcoding of this call and no other: what comes of it later is refused as soon as enough of it is under way.
fn with_call(calls: &mut HashMap<u64, Conversion>, number: u64, work: impl FnOnce(&mut Conversion)) {
    let Some(conversion) = calls.get_mut(&number) else { return };
    if catch_unwind(AssertUnwindSafe(|| work(conversion))).is_err() {
        tracing::error!("the transcoding of a call was given up: it panicked");
        calls.remove(&number);
    }
}

/// One call.
struct Conversion {
    id: SlotId,
    back: Arc<Shared>,
    in_flight: Arc<AtomicU32>,
    /// By the side that they come from.
    orders: PerSide<Order>,
    /// The same.
    lanes: PerSide<Lane>,
    /// Packets for which the media thread had no room and of which it does not know.
    untold: PerSide<u32>,
}

impl Conversion {
    fn new(beginning: Beginning) -> Result<Conversion, CodecError> {
        let Beginning { id, codec, back, in_flight } = beginning;
        let law = match codec {
            G711::Pcma => Law::A,
            G711::Pcmu => Law::Mu,
        };
        let lanes = PerSide { user: Lane::to_g711(law)?, business: Lane::to_opus(law)? };
        Ok(Conversion { id, back, in_flight, orders: PerSide::default(), lanes, untold: PerSide::default() })
    }

    /// Takes a packet: it, and those that waited for it, are converted in their order.
    fn take(&mut self, packet: ForeignPacket) {
        self.in_flight.fetch_sub(1, Ordering::Relaxed);
        self.in_order(packet.from, |order, give| order.take(packet, give));
    }

    /// Converts what has waited long enough.
    fn release(&mut self, now: Instant) {
        for side in [CallLeg::User, CallLeg::Business] {
            self.in_order(side, |order, give| order.release(now, give));
        }
    }

    fn deadline(&self) -> Option<Instant> {
        [&self.orders.user, &self.orders.business].into_iter().filter_map(Order::deadline).min()
    }

    fn in_order(&mut self, side: CallLeg, work: impl FnOnce(&mut Order, &mut dyn FnMut(&ForeignPacket))) {
        let mut order = std::mem::take(self.orders.of_mut(side));
        work(&mut order, &mut |packet| self.convert(packet));
        *self.orders.of_mut(side) = order;
    }

    fn convert(&mut self, packet: &ForeignPacket) {
        let ForeignPacket { from, header, content, arrived, .. } = *packet;
        let (id, to, natives) = (self.id, from.other(), &self.back.natives);
        let untold = self.untold.of_mut(from);
        if *untold > 0 && natives.post(Native { id, to, made: Made::Dropped(DropReason::TranscoderBusy, *untold) }).is_ok() {
            *untold = 0;
        }
        let mut refused = 0;
        let outcome = self.lanes.of_mut(from).convert(arrived, &header, content, &packet.payload[..packet.length], &mut |place, made| {
            let mut payload = [0; MAX_NATIVE];
            let length = made.len().min(MAX_NATIVE);
            payload[..length].copy_from_slice(&made[..length]);
            let packet = NativePacket { place, length, payload };
            refused += u32::from(natives.post(Native { id, to, made: Made::Packet(packet) }).is_err());
        });
        if let Err(reason) = outcome {
            refused += u32::from(natives.post(Native { id, to, made: Made::Dropped(reason, 1) }).is_err());
        }
        *self.untold.of_mut(from) += refused;
    }
}
