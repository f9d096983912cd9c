//! Our end of one leg: what was drawn for it, as a leg of the relay and as a session description.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use callport_core::time::WallTime;
use callport_relay::leg::DEFAULT_PROFILES;
use callport_relay::{CallLeg, Credentials, DtlsLibrary, IceRole, Identity, LegConfig, SdesConfig, TransportConfig, WebRtcConfig};
use callport_sdp::{Dialect, LocalCandidate, LocalDescription, LocalSdes, LocalTransport, LocalWebRtc};

use crate::credentials::Chance;
use crate::sockets::Advertised;
use crate::tag::{SlotId, Tags, Ufrag};

/// As in published session descriptions.
const BUSINESS_CNAME: &str = "WhatsAppAudioStream1";
const PHONE_CNAME: &str = "callport-phone";

/// Everything drawn for one leg.
pub(crate) struct Local {
    pub(crate) ufrag: Ufrag,
    credentials: Credentials,
    stream_id: String,
    ssrc: u32,
    first_sequence: u16,
    first_timestamp: u32,
    session_id: u64,
}

impl Local {
    /// `dialect` is the business's; a phone's leg is the same in either.
    pub(crate) fn draw(chance: &Chance, tags: &Tags, id: SlotId, side: CallLeg, dialect: Dialect) -> Local {
        let (ufrag, credentials) = chance.credentials(tags, id, side, dialect);
        Local {
            ufrag,
            credentials,
            stream_id: chance.uuid(),
            ssrc: chance.ssrc(),
            first_sequence: chance.first_sequence(),
            first_timestamp: chance.timestamp(),
            session_id: chance.word() >> 1,
        }
    }

    /// The leg has its keys by SDES.
    pub(crate) fn leg_by_sdes(&self, sdes: SdesConfig, side: CallLeg) -> LegConfig {
        self.leg_with(TransportConfig::Sdes(sdes), side)
    }

    pub(crate) fn leg(&self, local: Vec<SocketAddr>, identity: Arc<Identity>, engine: DtlsLibrary, side: CallLeg) -> LegConfig {
        let webrtc = WebRtcConfig {
            ice: IceRole::Lite,
            credentials: self.credentials.clone(),
            local,
            identity,
            engine,
            profiles: DEFAULT_PROFILES.to_vec(),
            // A phone may change networks; the business stays on its pair (platform docs, Integration patterns).
            follow_nominations: side == CallLeg::User,
        };
        self.leg_with(TransportConfig::WebRtc(webrtc), side)
    }

    fn leg_with(&self, transport: TransportConfig, side: CallLeg) -> LegConfig {
        let cname = match side {
            CallLeg::User => PHONE_CNAME,
            CallLeg::Business => BUSINESS_CNAME,
        };
        LegConfig {
            transport,
            ssrc: self.ssrc,
            cname: cname.to_owned(),
            first_sequence: self.first_sequence,
            first_timestamp: self.first_timestamp,
        }
    }

    /// The description as the platform's current generation has it: with the moment as session id.
    pub(crate) fn at(description: LocalDescription, now: WallTime) -> LocalDescription {
        LocalDescription { session_id: u64::try_from(now.unix_millis()).unwrap_or(0), ..description }
    }

    /// Where keys come by SDES, with a random session id.
    pub(crate) fn describe_sdes(&self, sdes: &SdesConfig) -> LocalDescription {
        let sdes = LocalSdes { address: sdes.local, crypto: sdes.crypto.clone(), rtcp_port: None };
        LocalDescription {
            session_id: self.session_id,
            stream_id: self.stream_id.clone(),
            transport: LocalTransport::Sdes(sdes),
            ssrc: self.ssrc,
        }
    }

    /// With a random session id, as the older generation does, and where no calendar is at hand (RFC 8866 §5.2 asks that it differ, no more).
    pub(crate) fn describe_at_random(&self, advertised: Advertised, fingerprint: [u8; 32]) -> LocalDescription {
        let candidates = advertised.all().into_iter().map(|address| LocalCandidate { foundation: foundation(address.ip()), address });
        LocalDescription {
            session_id: self.session_id,
            stream_id: self.stream_id.clone(),
            transport: LocalTransport::WebRtc(LocalWebRtc {
                ice_ufrag: self.credentials.ufrag.clone(),
                ice_pwd: self.credentials.pwd.clone(),
                fingerprint,
                candidates: candidates.collect(),
            }),
            ssrc: self.ssrc,
        }
    }
}

/// The same number for the same base address, another for another (RFC 8445 §5.1.1.3): FNV-1a over its bytes.
fn foundation(ip: IpAddr) -> u32 {
    let step = |hash: u32, byte: u8| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193);
    match ip {
        IpAddr::V4(ip) => ip.octets().into_iter().fold(0x811c_9dc5, step),
        IpAddr::V6(ip) => ip.octets().into_iter().fold(0x811c_9dc5, step),
    }
}
