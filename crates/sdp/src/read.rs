//! The readers, one for each far end, all made of the same steps in the order of the published rules.
//!
//! | far end | strictness |
//! |---|---|
//! | business | every rule of the calling contract |
//! | phone (a browser) | the same, Opus only |
//! | platform, read by a peer | takes what platforms are known to send: ICE-lite, several fingerprints, `actpass` in an answer |
//!
//! A business is read with the keys that its number asks for; a platform with those that it writes.

mod codecs;
mod sdes;
mod security;
mod shape;

use super::crypto::{CryptoLine, CryptoSuite};
use super::description::{DescribedTransport, DescribedWebRtc, G711, RemoteDescription};
use super::document::{Document, Section};
use super::profile::Keying;
use super::refusal::SdpRefusal;
use super::warning::SdpWarning;
use super::{OPUS_PAYLOAD_TYPE, TELEPHONE_EVENT_PAYLOAD_TYPE, candidate, extension};

/// What our offer held, so that an answer can be held against it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offered {
    /// Payload type of Opus.
    pub opus: u8,
    /// Payload type of `telephone-event/8000`.
    pub telephone_event: u8,
    /// G.711 beside Opus, on its static payload types.
    pub additional: Vec<G711>,
    /// Tag and suite of our `a=crypto` line; none where keys come by DTLS.
    pub crypto: Option<(u32, CryptoSuite)>,
}

impl Offered {
    /// What [`super::write_platform_offer`] offers with these additional codecs, to a number whose keys come by DTLS.
    pub fn platform(additional: &[G711]) -> Self {
        Self::platform_by(Keying::Dtls, additional)
    }

    /// The same with the keys that the number asks for.
    pub fn platform_by(keying: Keying, additional: &[G711]) -> Self {
        let crypto = match keying {
            Keying::Dtls => None,
            Keying::Sdes => Some((CryptoLine::PLATFORM_TAG, CryptoLine::PLATFORM_SUITE)),
        };
        Self { opus: OPUS_PAYLOAD_TYPE, telephone_event: TELEPHONE_EVENT_PAYLOAD_TYPE, additional: additional.to_vec(), crypto }
    }

    fn keying(&self) -> Keying {
        if self.crypto.is_some() { Keying::Sdes } else { Keying::Dtls }
    }
}

/// Who wrote the description.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Party {
    Business,
    Phone,
    Platform,
}

/// One reading: who wrote it, in which role, and what may be used.
#[derive(Clone, Copy)]
struct Rules<'r> {
    party: Party,
    /// `true` for an answer.
    answer: bool,
    /// Where its keys must come from; none for a platform, which writes what it does.
    keying: Option<Keying>,
    /// G.711 that may be chosen.
    additional: &'r [G711],
    /// What the answer has to keep to.
    offered: Option<&'r Offered>,
}

impl Rules<'_> {
    /// Whether the calling contract is enforced.
    fn strict(&self) -> bool {
        self.party != Party::Platform
    }

    /// Whether we answer it, and so choose among its codecs.
    fn ours_to_choose(&self) -> bool {
        self.party == Party::Business && !self.answer
    }
}

const BOTH_G711: &[G711] = &[G711::Pcma, G711::Pcmu];

/// A business's answer to our offer (`pre_accept`, `accept`).
pub fn read_business_answer<T>(text: &T, offered: &Offered) -> Result<RemoteDescription, SdpRefusal>
where
    T: AsRef<[u8]> + ?Sized,
{
    let (additional, keying) = (&offered.additional, Some(offered.keying()));
    let offered = Some(offered);
    read(text.as_ref(), Rules { party: Party::Business, answer: true, keying, additional, offered })
}

/// A business's offer (`connect`, INVITE), with the G.711 codecs that its number has switched on and the keys that it asks for.
pub fn read_business_offer<T>(text: &T, additional: &[G711], keying: Keying) -> Result<RemoteDescription, SdpRefusal>
where
    T: AsRef<[u8]> + ?Sized,
{
    let rules = Rules { party: Party::Business, answer: false, keying: Some(keying), additional, offered: None };
    read(text.as_ref(), rules)
}

/// A browser phone's offer: Opus and `telephone-event/8000` are picked out of whatever it lists.
pub fn read_phone_offer<T>(text: &T) -> Result<RemoteDescription, SdpRefusal>
where
    T: AsRef<[u8]> + ?Sized,
{
    let rules = Rules { party: Party::Phone, answer: false, keying: Some(Keying::Dtls), additional: &[], offered: None };
    read(text.as_ref(), rules)
}

/// A browser phone's answer to [`super::write_phone_offer`].
pub fn read_phone_answer<T>(text: &T) -> Result<RemoteDescription, SdpRefusal>
where
    T: AsRef<[u8]> + ?Sized,
{
    let offered = Offered::platform(&[]);
    let offered = Some(&offered);
    read(text.as_ref(), Rules { party: Party::Phone, answer: true, keying: Some(Keying::Dtls), additional: &[], offered })
}

/// A platform's offer, read by a business peer of ours.
pub fn read_platform_offer<T>(text: &T) -> Result<RemoteDescription, SdpRefusal>
where
    T: AsRef<[u8]> + ?Sized,
{
    let rules = Rules { party: Party::Platform, answer: false, keying: None, additional: BOTH_G711, offered: None };
    read(text.as_ref(), rules)
}

/// A platform's answer, read by a business peer of ours.
pub fn read_platform_answer<T>(text: &T) -> Result<RemoteDescription, SdpRefusal>
where
    T: AsRef<[u8]> + ?Sized,
{
    let rules = Rules { party: Party::Platform, answer: true, keying: None, additional: BOTH_G711, offered: None };
    read(text.as_ref(), rules)
}

/// The steps, in the order in which their refusals take precedence.
fn read(bytes: &[u8], rules: Rules<'_>) -> Result<RemoteDescription, SdpRefusal> {
    let document = Document::parse(bytes)?;
    let (media, described) = shape::only_audio_section(&document).map_err(|refusal| match (refusal, rules.keying) {
        (SdpRefusal::Profile { line, profile }, Some(Keying::Sdes)) => SdpRefusal::NotSrtp { line, profile },
        (refusal, _) => refusal,
    })?;
    let both = Both { session: document.session(), media };
    let mut warnings = Vec::new();

    let keyed = match rules.keying.unwrap_or_else(|| sdes::keying_of(both)) {
        Keying::Dtls => Keyed::Dtls(security::proof(both, &described, rules)?),
        Keying::Sdes => Keyed::Sdes(sdes::read(both, &described, rules)?),
    };
    let rtcp_mux = shape::rtcp_mux(both, matches!(keyed, Keyed::Sdes(_)))?;
    let codecs = codecs::read(media, &described.payload_types, rules, &mut warnings)?;
    if rules.strict() {
        codecs::check_packet_time(both)?;
    }
    let ssrc = shape::only_source(media, rules)?;
    let transport = keyed.transport(both, rules, &mut warnings)?;
    let direction = shape::direction(both, &mut warnings);

    Ok(RemoteDescription {
        transport,
        profile: described.profile,
        codec: codecs.codec,
        payload_types: codecs.payload_types,
        opus_fmtp: codecs.opus_fmtp,
        ssrc,
        direction,
        mid: shape::mid(media),
        bundle: shape::bundle(both),
        rtcp_mux,
        transport_cc: codecs.transport_cc,
        extensions: extension::read_extensions(media),
        warnings,
    })
}

/// What proves who is there. The roles of WebRTC are looked at behind the codecs, as their refusals have always been.
enum Keyed {
    Dtls(security::Proof),
    Sdes(super::description::DescribedSdes),
}

impl Keyed {
    fn transport(self, both: Both<'_, '_>, rules: Rules<'_>, warnings: &mut Vec<SdpWarning>) -> Result<DescribedTransport, SdpRefusal> {
        let security::Proof { fingerprint, ice_ufrag, ice_pwd } = match self {
            Keyed::Sdes(sdes) => return Ok(DescribedTransport::Sdes(sdes)),
            Keyed::Dtls(proof) => proof,
        };
        let setup = security::setup(both, rules, warnings)?;
        let ice_lite = security::ice_lite(both, rules)?;
        let (candidates, passed_over) = candidate::read_candidates(both.media);
        Ok(DescribedTransport::WebRtc(DescribedWebRtc { ice_ufrag, ice_pwd, fingerprint, setup, candidates, passed_over, ice_lite }))
    }
}

/// The session part and the audio part: what is not said below holds from above (RFC 8866 §5).
#[derive(Clone, Copy)]
struct Both<'d, 'a> {
    session: Section<'d, 'a>,
    media: Section<'d, 'a>,
}

impl<'d, 'a> Both<'d, 'a> {
    /// The attribute in the media section, else in the session part.
    fn attribute(&self, name: &str) -> Option<(super::Line<'a>, &'a str)> {
        self.media.attribute(name).or_else(|| self.session.attribute(name))
    }
}
