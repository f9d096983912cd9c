//! Descriptions of far ends, read for a call: what the rules let through and this plane can carry.

use callport_core::call::Answer;
use callport_core::codec::AdditionalCodec;
use callport_core::key_exchange::KeyExchange;
use callport_engine::ports::{AnswerRefusal, MediaFault};
use callport_relay::Remote;
use callport_sdp::{self as sdp, Codec, DtlsRole, Keying, Offered, RemoteDescription};

use super::MediaPlane;
use crate::command::Described;

/// Of a description whose codec has no payload type; no reader lets one through.
pub(super) const NO_PAYLOAD_TYPE: &str = "The codec of the SDP has no payload type";

impl MediaPlane {
    /// Reads a business's answer. Its codec is the first of those it lists (RFC 3264 §6.1); where nobody transcodes, that has to be Opus.
    pub(super) fn read_description(&self, answer: &Answer, offered: &Offered) -> Result<RemoteDescription, AnswerRefusal> {
        let description = sdp::read_business_answer(answer.as_str(), offered).map_err(|refusal| AnswerRefusal(refusal.to_string()))?;
        if self.transcoders.exist() {
            return Ok(description);
        }
        description.with_codec(Codec::Opus).ok_or_else(|| {
            AnswerRefusal(
                "The answer has no opus/48000/2: this relay passes Opus on and does not transcode G.711. Keep payload type 111".to_owned(),
            )
        })
    }

    /// Reads a business's offer, and chooses among its codecs: Opus if it is there, else a G.711 if somebody transcodes.
    pub(super) fn read_business_offer(&self, offer: &str, codecs: &[sdp::G711], keying: Keying) -> Result<Described, MediaFault> {
        let refused = |reason: &dyn ToString| MediaFault::Refused(reason.to_string());
        let description = sdp::read_business_offer(offer, codecs, keying).map_err(|refusal| refused(&refusal))?;
        if description.codec != Codec::Opus && !self.transcoders.exist() {
            let why = "The offer has no opus/48000/2: this relay passes Opus on and does not transcode G.711. List opus/48000/2";
            return Err(refused(&why));
        }
        Described::with_choice(description, self.config.answer_role).ok_or_else(|| refused(&NO_PAYLOAD_TYPE))
    }
}

impl Described {
    /// A far end towards which we prefer to be the DTLS server. `None` only for a description whose codec has no payload type.
    pub(super) fn new(description: RemoteDescription) -> Option<Described> {
        Described::with_choice(description, DtlsRole::Server)
    }

    /// The same, with our role where the far end leaves it to us.
    fn with_choice(description: RemoteDescription, role: DtlsRole) -> Option<Described> {
        Some(Described { remote: Remote::of(&description, description.our_dtls_role(role))?, description })
    }
}

pub(super) fn read_phone(offer: &str) -> Result<Described, MediaFault> {
    let description = sdp::read_phone_offer(offer).map_err(|refusal| MediaFault::Refused(refusal.to_string()))?;
    Described::new(description).ok_or_else(|| MediaFault::Refused(NO_PAYLOAD_TYPE.to_owned()))
}

/// What is odd in a business's description, for the timeline.
pub(super) fn warnings_told(description: &RemoteDescription) -> Vec<String> {
    description.warnings.iter().map(|warning| format!("SDP of the business: {warning}")).collect()
}

/// The descriptions' word for where keys come from.
pub(super) fn keying(keys: KeyExchange) -> Keying {
    match keys {
        KeyExchange::Dtls => Keying::Dtls,
        KeyExchange::Sdes => Keying::Sdes,
    }
}

pub(super) fn relay_codecs(codecs: &[AdditionalCodec]) -> Vec<sdp::G711> {
    let relay_codec = |codec: &AdditionalCodec| match codec {
        AdditionalCodec::Pcma => sdp::G711::Pcma,
        AdditionalCodec::Pcmu => sdp::G711::Pcmu,
    };
    codecs.iter().map(relay_codec).collect()
}
