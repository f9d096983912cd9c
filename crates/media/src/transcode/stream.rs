//! The stream that a lane makes: sound of any length in, packets of 20 ms out (platform docs: the only packet time), each with its
//! number and time.

use callport_audio::{Law, NARROWBAND_FRAME, NarrowbandEncoder};
use callport_relay::Converted;

use super::MAX_NATIVE;

/// What packets are made in.
pub(super) enum Voice {
    Opus(NarrowbandEncoder),
    G711(Law),
}

/// The stream so far.
pub(super) struct Stream {
    voice: Voice,
    /// The source at the other end.
    ssrc: u32,
    /// Number of the next packet.
    sequence: u16,
    /// Time of the first sample of `frame`, on the clock of the codec.
    timestamp: u32,
    frame: [i16; NARROWBAND_FRAME],
    filled: usize,
    /// The next packet comes after a pause.
    fresh: bool,
}

impl Voice {
    /// Units of the RTP clock in one sample at 8 kHz.
    fn units(&self) -> u32 {
        match self {
            Voice::Opus(_) => 6,
            Voice::G711(_) => 1,
        }
    }

    fn encode(&mut self, frame: &[i16; NARROWBAND_FRAME], room: &mut [u8; MAX_NATIVE]) -> Option<usize> {
        match self {
            Voice::Opus(encoder) => encoder.encode(frame, room).ok(),
            Voice::G711(law) => Some(law.encode_into(frame, room)),
        }
    }
}

impl Stream {
    pub(super) fn new(voice: Voice) -> Stream {
        Stream { voice, ssrc: 0, sequence: 0, timestamp: 0, frame: [0; NARROWBAND_FRAME], filled: 0, fresh: true }
    }

    /// Another source: what was begun of the one before is dropped.
    pub(super) fn restart(&mut self, ssrc: u32) {
        (self.ssrc, self.filled, self.fresh) = (ssrc, 0, true);
        if let Voice::Opus(encoder) = &mut self.voice {
            encoder.reset();
        }
    }

    /// Adds sound.
    pub(super) fn push(&mut self, mut samples: &[i16], emit: &mut impl FnMut(Converted, &[u8])) {
        while !samples.is_empty() {
            let (taken, rest) = samples.split_at(samples.len().min(NARROWBAND_FRAME - self.filled));
            self.frame[self.filled..][..taken.len()].copy_from_slice(taken);
            self.filled += taken.len();
            samples = rest;
            if self.filled == NARROWBAND_FRAME {
                self.send(emit);
            }
        }
    }

    /// Lets time pass without sound; a frame that was begun is filled up with silence.
    pub(super) fn pause(&mut self, samples: u32, emit: &mut impl FnMut(Converted, &[u8])) {
        let mut left = samples;
        if self.filled > 0 {
            left = left.saturating_sub((NARROWBAND_FRAME - self.filled) as u32);
            self.frame[self.filled..].fill(0);
            self.send(emit);
        }
        self.timestamp = self.timestamp.wrapping_add(left.wrapping_mul(self.voice.units()));
        self.fresh = true;
    }

    /// Passes on an event that began so many samples after the sound so far. Only a stream of G.711 goes to somebody who hears events.
    pub(super) fn event(&mut self, ahead: i32, marker: bool, payload: &[u8], emit: &mut impl FnMut(Converted, &[u8])) {
        if let Voice::Opus(_) = self.voice {
            return;
        }
        let position = ahead.wrapping_add(self.filled as i32).cast_unsigned();
        let timestamp = self.timestamp.wrapping_add(position.wrapping_mul(self.voice.units()));
        let place = Converted { ssrc: self.ssrc, sequence: self.next_sequence(), timestamp, marker, is_audio: false };
        emit(place, payload);
    }

    fn send(&mut self, emit: &mut impl FnMut(Converted, &[u8])) {
        let mut room = [0; MAX_NATIVE];
        // Encoding fails for arguments that no peer can bring about; the frame would be missing like a lost one.
        if let Some(length) = self.voice.encode(&self.frame, &mut room) {
            let marker = std::mem::take(&mut self.fresh);
            let place = Converted { ssrc: self.ssrc, sequence: self.next_sequence(), timestamp: self.timestamp, marker, is_audio: true };
            emit(place, &room[..length]);
        }
        self.timestamp = self.timestamp.wrapping_add(NARROWBAND_FRAME as u32 * self.voice.units());
        self.filled = 0;
    }

    fn next_sequence(&mut self) -> u16 {
        let sequence = self.sequence;
        self.sequence = sequence.wrapping_add(1);
        sequence
    }
}
