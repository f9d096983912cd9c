//! A thread that transcodes.

use std::collections::{HashMap, VecDeque};
use std::os::fd::AsFd as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use callport_audio::{CodecError, Law};
use callport_relay::DropReason;
use callport_sdp::G711;

use super::lane::Lane;
use super::{Beginning, ForeignPacket, MAX_NATIVE, Made, Native, NativePacket, Work, Worker};
use crate::carried::PerSide;
use crate::command::Shared;
use crate::tag::SlotId;
use crate::udp::wait_readable;

/// Works until told to stop.
pub(super) fn run(worker: &Worker) {
    let mailbox = &worker.mailbox;
    let (mut calls, mut waiting) = (HashMap::new(), VecDeque::new());
    loop {
        if !mailbox.is_waiting() {
            wait_readable(&[mailbox.as_fd()], None);
        }
        mailbox.take(&mut waiting);
        for work in waiting.drain(..) {
            match work {
                Work::Begin(number, beginning) => match Conversion::new(*beginning) {
                    Ok(conversion) => drop(calls.insert(number, conversion)),
                    Err(error) => tracing::error!(%error, "a call cannot be transcoded"),
                },
                Work::Packet(packet) => convert(&mut calls, &packet),
                Work::End(number) => drop(calls.remove(&number)),
                Work::Stop => return mailbox.shut(),
            }
        }
    }
}

/// A defect ends the transcoding of this call and no other: what comes of it later is refused as soon as enough of it is under way.
fn convert(calls: &mut HashMap<u64, Conversion>, packet: &ForeignPacket) {
    let Some(conversion) = calls.get_mut(&packet.call) else { return };
    if catch_unwind(AssertUnwindSafe(|| conversion.convert(packet))).is_err() {
        tracing::error!("the transcoding of a call was given up: it panicked");
        calls.remove(&packet.call);
    }
}

/// One call.
struct Conversion {
    id: SlotId,
    back: Arc<Shared>,
    in_flight: Arc<AtomicU32>,
    /// By the side that they come from.
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
        Ok(Conversion { id, back, in_flight, lanes, untold: PerSide::default() })
    }

    fn convert(&mut self, packet: &ForeignPacket) {
        let ForeignPacket { from, header, content, arrived, .. } = *packet;
        let (id, to, natives) = (self.id, from.other(), &self.back.natives);
        self.in_flight.fetch_sub(1, Ordering::Relaxed);
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
