//! How the SRTP keys of a business leg are agreed on: a setting of the number (platform docs, Configure SIP, `srtp_key_exchange_protocol`,
//! 2025-12-15). Phones of users always do DTLS.

use crate::words::words;

/// Where the keys of a business leg come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum KeyExchange {
    /// From a DTLS handshake over the pair that ICE has found: WebRTC, and what every number has until it asks for something else.
    #[default]
    Dtls,
    /// From the `a=crypto` lines of both session descriptions (RFC 4568): no ICE, no handshake, a UDP port of the call's own.
    Sdes,
}

words!(KeyExchange { Dtls = "DTLS", Sdes = "SDES" });
