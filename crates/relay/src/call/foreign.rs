//! What a leg cannot be given as it is: packets in another codec than its own.
//!
//! A call does not transcode. Where its owner does (see [`CallMedia::set_transcoding`]), [`CallMedia::receive`] hands such packets over, and
//! what the owner makes of them comes back through [`CallMedia::inject`], which places it in the leg's one outgoing stream like
//! anything else: behind digits, around the gate, with numbers and times that go on.

use std::ops::Range;
use std::time::Instant;

use super::{CallLeg, CallMedia, forward};
use crate::outgoing::Outgoing;
use crate::rtp::Header;
use crate::statistics::DropReason;

/// A packet that the other leg's codec cannot carry. Its payload lies decrypted in the datagram that was passed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Foreign {
    /// Its header: sequence number, timestamp and SSRC are those of the leg it came from.
    pub header: Header,
    /// Where in the datagram its payload lies, padding excluded.
    pub payload: Range<usize>,
    /// What is in it.
    pub content: PacketContent,
}

/// What a packet carries. What is no audio is handed over for its place among the audio: its number is not that of a lost packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PacketContent {
    /// Audio in the leg's codec.
    Audio,
    /// A telephone-event. Those of the business go no further and are counted already.
    Event,
    /// Nothing of use; counted already.
    Nothing,
}

/// The place of a packet that was made out of foreign ones, in a stream that its maker numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Converted {
    /// The source it was made from: a change of source is one here too.
    pub ssrc: u32,
    /// One more for each packet made.
    pub sequence: u16,
    /// In units of the *receiving* leg's audio clock.
    pub timestamp: u32,
    /// First packet after a pause (RFC 3551 §4.1), or of an event.
    pub marker: bool,
    /// Whether it is audio in the receiving leg's codec and not a telephone-event.
    pub is_audio: bool,
}

impl CallMedia {
    /// Says whether the owner transcodes. If not, as at first, packets in the wrong codec are dropped and counted.
    pub fn set_transcoding(&mut self, transcoding: bool) {
        self.transcoding = transcoding;
    }

    /// Sends a packet that was made out of foreign ones to `to`. Refusals are counted on the leg they came from.
    pub fn inject(&mut self, to: CallLeg, now: Instant, converted: &Converted, payload: &[u8], out: &mut impl Outgoing) {
        let Converted { ssrc, sequence, timestamp, marker, is_audio } = *converted;
        let obstacle = self.obstacle(to, now, is_audio);
        let (timeline, leg) = self.outgoing(to);
        let payload_type = if is_audio { leg.format().audio } else { leg.format().dtmf };
        let header = Header { marker, payload_type, sequence, timestamp, ssrc };
        let outcome = match obstacle {
            Some(reason) => {
                timeline.withhold(now, &header, is_audio);
                Err(reason)
            }
            None => forward(timeline, leg, now, header, payload, is_audio, out),
        };
        if let Err(reason) = outcome {
            self.count_drop(to.other(), reason);
        }
    }

    /// Counts a foreign packet of `side` that the owner could make nothing of.
    pub fn count_drop(&mut self, side: CallLeg, reason: DropReason) {
        self.leg_mut(side).count_drop(reason);
    }

    /// Whether packets of either leg are of no use to the other as they are.
    pub(super) fn codecs_differ(&self) -> bool {
        !self.user.format().is_same_codec(&self.business.format())
    }
}
