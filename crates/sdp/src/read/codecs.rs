//! Which codec the call gets, and how packets are timed.
//!
//! Payload types are read in the order of the `m=` line; the first codec that may be used is the call's
//! (RFC 3264 §6.1). In a business's offer the choice is ours, and it is Opus wherever that is listed: phones speak nothing else,
//! and what needs not be transcoded is not. Anything else in the list is passed over.

use super::super::description::{Codec, G711, PayloadTypes};
use super::super::document::{Line, Section};
use super::super::refusal::{SdpRefusal, excerpt};
use super::super::warning::SdpWarning;
use super::super::{RTCP_LOOKALIKES, TELEPHONE_EVENT};
use super::{Both, Rules};

/// The audio side of a description.
pub(super) struct Codecs {
    pub codec: Codec,
    pub payload_types: PayloadTypes,
    pub opus_fmtp: Option<String>,
    pub transport_cc: bool,
}

/// What one payload type stands for.
enum Meaning<'a> {
    Audio(Codec),
    /// Opus in a form the contract does not know.
    OddOpus(Line<'a>, &'a str),
    TelephoneEvent,
    Other,
}

/// Why no codec was found, should none be.
#[derive(Default)]
struct Near {
    looks_like_rtcp: Option<SdpRefusal>,
    not_offered: Option<SdpRefusal>,
    odd_opus: Option<SdpRefusal>,
    g711_not_enabled: bool,
}

pub(super) fn read(media: Section<'_, '_>, listed: &[u8], rules: Rules<'_>, warnings: &mut Vec<SdpWarning>) -> Result<Codecs, SdpRefusal> {
    let mut types = PayloadTypes::default();
    let mut chosen = None;
    let mut near = Near::default();
    let mut misplaced_event = None;
    let mut like_rtcp = LikeRtcp::default();
    for &payload_type in listed {
        match meaning(media, payload_type) {
            Meaning::Audio(codec) => {
                if !enabled(codec, rules) {
                    near.g711_not_enabled = true;
                } else if RTCP_LOOKALIKES.contains(&payload_type) {
                    like_rtcp.audio.get_or_insert((codec, payload_type));
                    near.looks_like_rtcp.get_or_insert(SdpRefusal::LooksLikeRtcp {
                        payload_type,
                        encoding: codec.encoding(),
                        offered: other_offered(codec, payload_type, rules),
                    });
                } else if let Some(offered) = other_offered(codec, payload_type, rules) {
                    near.not_offered.get_or_insert(SdpRefusal::PayloadTypeNotOffered { answered: payload_type, offered });
                } else if types.of(codec).is_none() {
                    set(&mut types, codec, payload_type);
                    chosen = chosen.or(Some(codec));
                }
            }
            Meaning::OddOpus(line, written) => {
                near.odd_opus.get_or_insert_with(|| SdpRefusal::OpusClock { line: line.number, written: excerpt(written) });
            }
            Meaning::TelephoneEvent if RTCP_LOOKALIKES.contains(&payload_type) => {
                like_rtcp.event.get_or_insert(payload_type);
            }
            Meaning::TelephoneEvent => match rules.offered {
                Some(offered) if offered.telephone_event != payload_type => {
                    misplaced_event.get_or_insert((payload_type, offered.telephone_event));
                }
                _ => {
                    types.telephone_event.get_or_insert(payload_type);
                }
            },
            Meaning::Other => {}
        }
    }
    like_rtcp.warn(types, warnings);
    if like_rtcp.event.is_none() {
        warn_about_keys(types, misplaced_event, warnings);
    }
    let ours = types.opus.filter(|_| rules.ours_to_choose()).map(|_| Codec::Opus);
    let codec = ours.or(chosen).ok_or_else(|| near.refusal())?;
    Ok(Codecs {
        codec,
        payload_types: types,
        opus_fmtp: types.opus.and_then(|opus| fmtp(media, opus)),
        transport_cc: types.of(codec).is_some_and(|chosen| transport_cc(media, chosen)),
    })
}

impl Near {
    /// The nearest miss is the most helpful answer.
    fn refusal(self) -> SdpRefusal {
        let g711_not_enabled = self.g711_not_enabled;
        self.looks_like_rtcp.or(self.not_offered).or(self.odd_opus).unwrap_or(SdpRefusal::NoUsableCodec { g711_not_enabled })
    }
}

/// Payload types that share RTCP's numbers, where something of use stands on them (RFC 5761 §4).
#[derive(Default)]
struct LikeRtcp {
    audio: Option<(Codec, u8)>,
    event: Option<u8>,
}

impl LikeRtcp {
    /// Names what is not used on account of its number, unless it has a good number as well.
    fn warn(&self, types: PayloadTypes, warnings: &mut Vec<SdpWarning>) {
        let audio = self.audio.filter(|(codec, _)| types.of(*codec).is_none()).map(|(codec, number)| (number, codec.encoding()));
        let event = self.event.filter(|_| types.telephone_event.is_none()).map(|number| (number, TELEPHONE_EVENT));
        let misplaced = audio.into_iter().chain(event);
        warnings.extend(misplaced.map(|(payload_type, encoding)| SdpWarning::LooksLikeRtcp { payload_type, encoding }));
    }
}

fn warn_about_keys(types: PayloadTypes, misplaced: Option<(u8, u8)>, warnings: &mut Vec<SdpWarning>) {
    match (types.telephone_event, misplaced) {
        (Some(_), _) => {}
        (None, Some((answered, offered))) => {
            warnings.push(SdpWarning::TelephoneEventNotAsOffered { answered, offered });
        }
        (None, None) => warnings.push(SdpWarning::NoTelephoneEvent),
    }
}

/// The payload type's `a=rtpmap`, or its static meaning (RFC 3551 §6).
fn meaning<'a>(media: Section<'_, 'a>, payload_type: u8) -> Meaning<'a> {
    let Some((line, encoding)) = of_payload_type(media, "rtpmap", payload_type).next() else {
        return match payload_type {
            0 => Meaning::Audio(Codec::Pcmu),
            8 => Meaning::Audio(Codec::Pcma),
            _ => Meaning::Other,
        };
    };
    let mut parts = encoding.split('/');
    let name = parts.next().unwrap_or("");
    let clock = parts.next().unwrap_or("");
    let channels = parts.next();
    let is = |wanted: &str| name.eq_ignore_ascii_case(wanted);
    let mono_8000 = clock == "8000" && channels.is_none_or(|channels| channels == "1");
    match () {
        () if is("opus") && clock == "48000" && channels == Some("2") => Meaning::Audio(Codec::Opus),
        () if is("opus") => Meaning::OddOpus(line, encoding),
        () if is("PCMA") && mono_8000 => Meaning::Audio(Codec::Pcma),
        () if is("PCMU") && mono_8000 => Meaning::Audio(Codec::Pcmu),
        () if is("telephone-event") && mono_8000 => Meaning::TelephoneEvent,
        () => Meaning::Other,
    }
}

fn enabled(codec: Codec, rules: Rules<'_>) -> bool {
    codec == Codec::Opus || rules.additional.iter().any(|&additional| codec == additional.into())
}

/// In an answer: the payload type that should have been used, if it is another one.
fn other_offered(codec: Codec, payload_type: u8, rules: Rules<'_>) -> Option<u8> {
    let offered = match codec {
        Codec::Opus => rules.offered?.opus,
        Codec::Pcma => G711::Pcma.payload_type(),
        Codec::Pcmu => G711::Pcmu.payload_type(),
    };
    rules.offered?;
    (offered != payload_type).then_some(offered)
}

fn set(types: &mut PayloadTypes, codec: Codec, payload_type: u8) {
    match codec {
        Codec::Opus => types.opus = Some(payload_type),
        Codec::Pcma => types.pcma = Some(payload_type),
        Codec::Pcmu => types.pcmu = Some(payload_type),
    }
}

/// Lines `a=<name>:<payload type> <rest>`, as line and rest.
fn of_payload_type<'d, 'a>(media: Section<'d, 'a>, name: &str, payload_type: u8) -> impl Iterator<Item = (Line<'a>, &'a str)> {
    media.attributes(name).filter_map(move |(line, value)| {
        let (number, rest) = value.trim_start().split_once([' ', '\t'])?;
        (number.parse() == Ok(payload_type)).then_some((line, rest.trim()))
    })
}

fn fmtp(media: Section<'_, '_>, payload_type: u8) -> Option<String> {
    of_payload_type(media, "fmtp", payload_type).next().map(|(_, rest)| rest.to_owned())
}

fn transport_cc(media: Section<'_, '_>, payload_type: u8) -> bool {
    media.attributes("rtcp-fb").any(|(_, value)| {
        value
            .split_once(' ')
            .is_some_and(|(number, feedback)| (number == "*" || number.parse() == Ok(payload_type)) && feedback.trim() == "transport-cc")
    })
}

/// Packets last 20 ms: `ptime` absent or 20, `maxptime` no shorter. `minptime` is left alone.
pub(super) fn check_packet_time(both: Both<'_, '_>) -> Result<(), SdpRefusal> {
    const PACKET_MS: f32 = 20.0;
    let check = |name: &str, allowed: fn(f32) -> bool| match both.attribute(name) {
        Some((line, value)) if !value.trim().parse().is_ok_and(allowed) => {
            let written = excerpt(line.text());
            Err(SdpRefusal::PacketTime { line: line.number, written })
        }
        _ => Ok(()),
    };
    check("ptime", |ms| ms == PACKET_MS)?;
    check("maxptime", |ms| ms >= PACKET_MS)
}
