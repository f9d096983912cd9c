//! Where the keys of the business's media come from (platform docs, Configure call settings, `srtp_key_exchange_protocol`).

use crate::words::words;

/// How the keys of SRTP get from one end to the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum KeyExchange {
    /// `DTLS`, the default: by a handshake on the media path, with ICE before it (RFC 5764).
    Dtls,
    /// `SDES`: in the session descriptions, without ICE (RFC 4568).
    Sdes,
}

words!(KeyExchange { Dtls = "DTLS", Sdes = "SDES" });
