//! The readers, one for each far end, all made of the same steps in the order of the published rules.
//!
//! | far end | strictness |
//! |---|---|
//! | business | every rule of the calling contract |
//! | phone (a browser) | the same, Opus only |
//! | platform, read by a peer | takes what platforms are known to send: ICE-lite, several fingerprints, `actpass` in an answer |

mod codecs;
mod security;
mod shape;

use super::description::{G711, RemoteDescription};
use super::document::{Document, Section};
use super::refusal::SdpRefusal;
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
}

impl Offered {
    /// What [`super::write_platform_offer`] offers with these additional codecs.
    pub fn platform(additional: &[G711]) -> Self {
        Self { opus: OPUS_PAYLOAD_TYPE, telephone_event: TELEPHONE_EVENT_PAYLOAD_TYPE, additional: additional.to_vec() }
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
    let additional = &offered.additional;
    let offered = Some(offered);
    read(text.as_ref(), Rules { party: Party::Business, answer: true, additional, offered })
}

/// A business's offer (`connect`), with the G.711 codecs that its number has switched on.
pub fn read_business_offer<T>(text: &T, additional: &[G711]) -> Result<RemoteDescription, SdpRefusal>
where
    T: AsRef<[u8]> + ?Sized,
{
    let rules = Rules { party: Party::Business, answer: false, additional, offered: None };
    read(text.as_ref(), rules)
}

/// A browser phone's offer: Opus and `telephone-event/8000` are picked out of whatever it lists.
pub fn read_phone_offer<T>(text: &T) -> Result<RemoteDescription, SdpRefusal>
where
    T: AsRef<[u8]> + ?Sized,
{
    let rules = Rules { party: Party::Phone, answer: false, additional: &[], offered: None };
    read(text.as_ref(), rules)
}

/// A browser phone's answer to [`super::write_phone_offer`].
pub fn read_phone_answer<T>(text: &T) -> Result<RemoteDescription, SdpRefusal>
where
    T: AsRef<[u8]> + ?Sized,
{
    let offered = Offered::platform(&[]);
    let offered = Some(&offered);
    read(text.as_ref(), Rules { party: Party::Phone, answer: true, additional: &[], offered })
}

/// A platform's offer, read by a business peer of ours.
pub fn read_platform_offer<T>(text: &T) -> Result<RemoteDescription, SdpRefusal>
where
    T: AsRef<[u8]> + ?Sized,
{
    let rules = Rules { party: Party::Platform, answer: false, additional: BOTH_G711, offered: None };
    read(text.as_ref(), rules)
}

/// A platform's answer, read by a business peer of ours.
pub fn read_platform_answer<T>(text: &T) -> Result<RemoteDescription, SdpRefusal>
where
    T: AsRef<[u8]> + ?Sized,
{
    let rules = Rules { party: Party::Platform, answer: true, additional: BOTH_G711, offered: None };
    read(text.as_ref(), rules)
}

/// The steps, in the order in which their refusals take precedence.
fn read(bytes: &[u8], rules: Rules<'_>) -> Result<RemoteDescription, SdpRefusal> {
    let document = Document::parse(bytes)?;
    let (media, described) = shape::only_audio_section(&document)?;
    let both = Both { session: document.session(), media };
    let mut warnings = Vec::new();

    security::names_dtls(both, &described)?;
    let fingerprint = security::fingerprint(both, rules)?;
    let (ice_ufrag, ice_pwd) = security::ice_credentials(both)?;
    let rtcp_mux = shape::rtcp_mux(both)?;
    let codecs = codecs::read(media, &described.payload_types, rules, &mut warnings)?;
    if rules.strict() {
        codecs::check_packet_time(both)?;
    }
    let ssrc = shape::only_source(media, rules)?;
    let setup = security::setup(both, rules, &mut warnings)?;
    let ice_lite = security::ice_lite(both, rules)?;
    let direction = shape::direction(both, &mut warnings);

    let (candidates, passed_over) = candidate::read_candidates(media);
    Ok(RemoteDescription {
        ice_ufrag,
        ice_pwd,
        fingerprint,
        setup,
        profile: described.profile,
        candidates,
        passed_over,
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
        ice_lite,
        warnings,
    })
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
