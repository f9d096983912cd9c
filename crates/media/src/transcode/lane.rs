//! One direction of one call: packets of one codec in, packets of the other out.

use std::time::Instant;

use callport_audio::{CodecError, Law, NarrowbandDecoder, NarrowbandEncoder};
use callport_relay::rtp::Header;
use callport_relay::{Converted, DropReason, PacketContent};

use super::MAX_NATIVE;
use super::listener::Listener;
use super::stream::{Stream, Voice};
use super::track::{Step, Track};

/// A direction.
pub(super) struct Lane {
    track: Track,
    listener: Listener,
    stream: Stream,
}

impl Lane {
    /// From the phone to the business.
    pub(super) fn to_g711(law: Law) -> Result<Lane, CodecError> {
        Ok(Lane::new(Listener::Opus(NarrowbandDecoder::new()?), Voice::G711(law)))
    }

    /// From the business to the phone.
    pub(super) fn to_opus(law: Law) -> Result<Lane, CodecError> {
        Ok(Lane::new(Listener::G711(law, Box::default()), Voice::Opus(NarrowbandEncoder::new()?)))
    }

    fn new(listener: Listener, voice: Voice) -> Lane {
        Lane { track: Track::new(listener.units()), listener, stream: Stream::new(voice) }
    }

    /// Takes a packet and emits what comes of it: no packet, one, or several.
    pub(super) fn convert(
        &mut self,
        arrived: Instant,
        header: &Header,
        content: PacketContent,
        payload: &[u8],
        emit: &mut impl FnMut(Converted, &[u8]),
    ) -> Result<(), DropReason> {
        match content {
            PacketContent::Audio => self.audio(arrived, header, payload, emit),
            PacketContent::Event => self.event(arrived, header, payload, emit),
            PacketContent::Nothing => {
                self.track.take_number(header, arrived);
                Ok(())
            }
        }
    }

    fn audio(
        &mut self,
        arrived: Instant,
        header: &Header,
        payload: &[u8],
        emit: &mut impl FnMut(Converted, &[u8]),
    ) -> Result<(), DropReason> {
        let Lane { track, listener, stream } = self;
        let samples = listener.samples_of(payload)?;
        match track.step(header, arrived) {
            Step::Late => return Err(DropReason::TooLate),
            Step::Starts => {
                listener.restart();
                stream.restart(header.ssrc);
            }
            Step::Follows => {}
            Step::Paused(samples) => stream.pause(samples, emit),
            Step::Lost(samples) => {
                let made = listener.make_up(samples as usize, payload, &mut |sound| stream.push(sound, emit));
                if made < samples as usize {
                    stream.pause(samples - made as u32, emit);
                }
            }
        }
        track.take_audio(header, samples, arrived);
        listener.hear(payload, samples, &mut |sound| stream.push(sound, emit))
    }

    fn event(
        &mut self,
        arrived: Instant,
        header: &Header,
        payload: &[u8],
        emit: &mut impl FnMut(Converted, &[u8]),
    ) -> Result<(), DropReason> {
        let Lane { track, listener, stream } = self;
        if payload.len() > MAX_NATIVE {
            return Err(DropReason::Undecodable);
        }
        let ahead = match track.step(header, arrived) {
            Step::Late => return Err(DropReason::TooLate),
            Step::Starts => {
                listener.restart();
                stream.restart(header.ssrc);
                0
            }
            _ => track.ahead(header.timestamp),
        };
        track.take_event(header, arrived);
        stream.event(ahead, header.marker, payload, emit);
        Ok(())
    }
}
