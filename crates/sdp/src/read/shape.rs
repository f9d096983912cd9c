//! The frame: one audio section, its transport, its one source and its direction.

use super::super::direction::MediaDirection;
use super::super::document::{Document, Section};
use super::super::profile::MediaProfile;
use super::super::refusal::{SdpRefusal, excerpt};
use super::super::warning::SdpWarning;
use super::{Both, Rules};

/// What an `m=audio` line says.
pub(super) struct AudioLine {
    /// Its number.
    pub line: usize,
    pub profile: MediaProfile,
    pub port: u16,
    /// In order of preference, each once.
    pub payload_types: Vec<u8>,
}

/// The one audio section with its `m=` line, or why it cannot be used.
pub(super) fn only_audio_section<'d, 'a>(document: &'d Document<'a>) -> Result<(Section<'d, 'a>, AudioLine), SdpRefusal> {
    let mut only = None;
    let mut second = None;
    let mut count = 0;
    for section in document.media() {
        let Some(line) = section.lines().next() else { continue };
        let media = line.value_of('m').and_then(|value| value.split(' ').next()).unwrap_or("");
        match media {
            "audio" => {}
            "video" => return Err(SdpRefusal::VideoSection { line: line.number }),
            other => {
                return Err(SdpRefusal::OtherSection { line: line.number, media: excerpt(other) });
            }
        }
        count += 1;
        match count {
            1 => only = Some((section, line)),
            2 => second = Some(line.number),
            _ => {}
        }
    }
    if let Some(line) = second {
        return Err(SdpRefusal::SeveralSections { line, count });
    }
    let (section, line) = only.ok_or(SdpRefusal::NoAudioSection)?;
    let described = read_media_line(line.number, line.value_of('m').unwrap_or(""))?;
    Ok((section, described))
}

/// `audio <port>[/<count>] <profile> <payload type> …`
fn read_media_line(line: usize, value: &str) -> Result<AudioLine, SdpRefusal> {
    let malformed = || SdpRefusal::MediaLineMalformed { line };
    let mut words = value.split_ascii_whitespace().skip(1);
    let port = words.next().ok_or_else(malformed)?;
    let port: u16 = port.split('/').next().unwrap_or("").parse().map_err(|_| malformed())?;
    let profile = words.next().ok_or_else(malformed)?;
    if port == 0 {
        return Err(SdpRefusal::PortZero { line });
    }
    let profile = MediaProfile::parse(profile).ok_or_else(|| SdpRefusal::Profile { line, profile: excerpt(profile) })?;
    let mut payload_types = Vec::new();
    for payload_type in words.filter_map(|word| word.parse::<u8>().ok()) {
        if payload_type < 128 && !payload_types.contains(&payload_type) {
            payload_types.push(payload_type);
        }
    }
    Ok(AudioLine { line, profile, port, payload_types })
}

/// Whether RTCP shares the port. WebRTC legs have no other, SDES legs have.
pub(super) fn rtcp_mux(both: Both<'_, '_>, may_lack: bool) -> Result<bool, SdpRefusal> {
    match both.attribute("rtcp-mux") {
        Some(_) => Ok(true),
        None if may_lack => Ok(false),
        None => Err(SdpRefusal::NoRtcpMux),
    }
}

/// The announced source, if any. Those that only a group names count as well: RED and FID both mean a second source.
pub(super) fn only_source(media: Section<'_, '_>, rules: Rules<'_>) -> Result<Option<u32>, SdpRefusal> {
    // A description has at most MAX_LINES lines of bounded length; few distinct numbers are needed to refuse.
    const ENOUGH: usize = 64;
    let own = media.attributes("ssrc").flat_map(|(_, value)| value.split(' ').take(1));
    let grouped = media.attributes("ssrc-group").flat_map(|(_, value)| value.split(' ').skip(1));
    let mut sources: Vec<u32> = Vec::new();
    for source in own.chain(grouped).filter_map(|word| word.parse().ok()) {
        if sources.len() < ENOUGH && !sources.contains(&source) {
            sources.push(source);
        }
    }
    match sources.len() {
        count if count > 1 && rules.strict() => Err(SdpRefusal::SeveralSources { count }),
        _ => Ok(sources.first().copied()),
    }
}

pub(super) fn direction(both: Both<'_, '_>, warnings: &mut Vec<SdpWarning>) -> MediaDirection {
    let said = |section: Section<'_, '_>| {
        section.lines().find_map(|line| {
            let (name, _) = line.attribute()?;
            let direction = MediaDirection::ALL.into_iter().find(|direction| direction.as_str() == name)?;
            Some((line.number, direction))
        })
    };
    let Some((line, direction)) = said(both.media).or_else(|| said(both.session)) else { return MediaDirection::default() };
    match direction {
        MediaDirection::SendRecv => {}
        MediaDirection::SendOnly => warnings.push(SdpWarning::DoesNotListen { line }),
        MediaDirection::RecvOnly | MediaDirection::Inactive => warnings.push(SdpWarning::SendsNothing { line, direction }),
    }
    direction
}

/// `a=mid`, if it is a token that we can repeat (RFC 5888 §4).
pub(super) fn mid(media: Section<'_, '_>) -> Option<String> {
    const MAX_MID_BYTES: usize = 64;
    let (_, value) = media.attribute("mid")?;
    let legal = !value.is_empty() && value.len() <= MAX_MID_BYTES && value.bytes().all(|byte| byte.is_ascii_graphic());
    legal.then(|| value.to_owned())
}

pub(super) fn bundle(both: Both<'_, '_>) -> bool {
    both.session.attributes("group").any(|(_, value)| value.starts_with("BUNDLE"))
}
