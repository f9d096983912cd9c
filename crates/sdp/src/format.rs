//! What the RTP packets of a leg are numbered and timed by.

/// The RTP format of one leg: payload types and clock, as negotiated on it. It holds in both directions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Format {
    /// The one audio codec: 111 for Opus in our offers, the offerer's number otherwise.
    pub audio: u8,
    /// `telephone-event/8000`; 126 even when an answer leaves it out (platform docs, see `dtmf`).
    pub dtmf: u8,
    /// RTP clock of the audio codec in Hz: 48000 for Opus, 8000 for PCMA and PCMU.
    pub clock_hz: u32,
}

impl Format {
    /// What the platform offers: Opus on 111, telephone-event on 126.
    pub const OPUS: Format = Format { audio: 111, dtmf: 126, clock_hz: 48_000 };

    /// Whether audio of one is audio of the other. Opus is alone at 48 kHz; A-law and µ-law have
    /// fixed payload types (RFC 3551 §6).
    pub fn is_same_codec(&self, other: &Format) -> bool {
        const G711_HZ: u32 = 8_000;
        self.clock_hz == other.clock_hz && (self.clock_hz != G711_HZ || self.audio == other.audio)
    }
}
