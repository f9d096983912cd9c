//! Audio codecs that a business number may add to Opus (platform docs, Configure call settings, 2026-03-23).

use crate::words::words;

/// A codec that can be listed in `audio.additional_codecs`. Opus is always there and cannot be removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AdditionalCodec {
    /// G.711 A-law, static payload type 8.
    Pcma,
    /// G.711 µ-law, static payload type 0.
    Pcmu,
}

words!(AdditionalCodec { Pcma = "PCMA", Pcmu = "PCMU" });
