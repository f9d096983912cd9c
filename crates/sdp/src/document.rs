//! The line-preserving reader: a text becomes numbered lines and sections, nothing is dropped or reordered.
//!
//! Tolerant where real peers differ (bare LF, blank lines, any order, missing `t=`), strict where a text is plainly not SDP,
//! and bounded before anything is allocated.

use super::refusal::{NotSdp, SdpRefusal};

/// Longest description we look at, in bytes. A browser's offer with forty candidates stays under 10 KiB.
pub const MAX_SDP_BYTES: usize = 64 * 1024;
/// Most lines in a description.
pub const MAX_LINES: usize = 1024;
/// Longest single line, in bytes, without its line end.
pub const MAX_LINE_BYTES: usize = 4096;

/// One line as it came.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Line<'a> {
    /// Counted from 1, as an editor does.
    pub number: usize,
    /// The bytes of the line, its line end included.
    pub raw: &'a str,
}

impl<'a> Line<'a> {
    /// The line without its line end and without blanks at its end.
    pub fn text(&self) -> &'a str {
        self.raw.trim_end_matches([' ', '\t', '\r', '\n'])
    }

    /// The value if the line is `<kind>=<value>`.
    pub fn value_of(&self, kind: char) -> Option<&'a str> {
        self.text().strip_prefix(kind)?.strip_prefix('=')
    }

    /// Name and value of an `a=` line; a property attribute such as `a=rtcp-mux` has an empty value.
    pub fn attribute(&self) -> Option<(&'a str, &'a str)> {
        let attribute = self.value_of('a')?;
        Some(attribute.split_once(':').unwrap_or((attribute, "")))
    }
}

/// The session part or one media part of a description.
#[derive(Clone, Copy)]
pub struct Section<'d, 'a> {
    lines: &'d [Line<'a>],
}

impl<'d, 'a> Section<'d, 'a> {
    /// Every line of the section, the `m=` line first in a media section.
    pub fn lines(&self) -> impl Iterator<Item = Line<'a>> + use<'d, 'a> {
        self.lines.iter().copied()
    }

    /// All lines `a=<name>` and `a=<name>:…`, with their values.
    pub fn attributes<'n>(&self, name: &'n str) -> impl Iterator<Item = (Line<'a>, &'a str)> + use<'d, 'a, 'n> {
        self.lines().filter_map(move |line| match line.attribute() {
            Some((found, value)) if found == name => Some((line, value)),
            _ => None,
        })
    }

    /// The first of [`Self::attributes`].
    pub fn attribute(&self, name: &str) -> Option<(Line<'a>, &'a str)> {
        self.attributes(name).next()
    }
}

/// A whole description: its lines in order, cut at each `m=`.
pub struct Document<'a> {
    lines: Vec<Line<'a>>,
    /// Index of each `m=` line.
    media_starts: Vec<usize>,
}

impl<'a> Document<'a> {
    /// Cuts a text into lines and sections.
    ///
    /// Refuses what is too long, not UTF-8, or not SDP: the first line that is not blank must be `v=0`, and each further one
    /// `<letter>=…` (RFC 8866 §5).
    pub fn parse(bytes: &'a [u8]) -> Result<Self, SdpRefusal> {
        if bytes.len() > MAX_SDP_BYTES {
            return Err(SdpRefusal::TooLong { bytes: bytes.len() });
        }
        let text = std::str::from_utf8(bytes).map_err(|_| SdpRefusal::NotUtf8)?;
        let mut document = Self { lines: Vec::with_capacity(64), media_starts: Vec::new() };
        let mut version_seen = false;
        for (index, raw) in text.split_inclusive('\n').enumerate() {
            let line = Line { number: index + 1, raw };
            if index >= MAX_LINES {
                return Err(SdpRefusal::TooManyLines);
            }
            let content = line.text();
            if !version_seen && !content.is_empty() && content != "v=0" {
                // Before its length counts: a whole description in a wrong wrapping is one long line.
                return Err(SdpRefusal::NotSdp(NotSdp::recognise(text, line.number)));
            }
            if content.contains('\r') {
                return Err(SdpRefusal::NotSdp(NotSdp::CarriageReturns { line: line.number }));
            }
            if content.len() > MAX_LINE_BYTES {
                return Err(SdpRefusal::LineTooLong { line: line.number });
            }
            if !content.is_empty() {
                check_shape(line)?;
                version_seen = true;
            }
            if line.value_of('m').is_some() {
                document.media_starts.push(document.lines.len());
            }
            document.lines.push(line);
        }
        match version_seen {
            true => Ok(document),
            false => Err(SdpRefusal::NotSdp(NotSdp::Empty)),
        }
    }

    /// Everything before the first `m=` line.
    pub fn session(&self) -> Section<'_, 'a> {
        let end = self.media_starts.first().copied().unwrap_or(self.lines.len());
        Section { lines: &self.lines[..end] }
    }

    /// The media sections in order.
    pub fn media(&self) -> impl Iterator<Item = Section<'_, 'a>> {
        self.media_starts.iter().enumerate().map(|(index, &start)| {
            let end = self.media_starts.get(index + 1).copied().unwrap_or(self.lines.len());
            Section { lines: &self.lines[start..end] }
        })
    }

    /// Every line, verbatim: joined they are the text that was read.
    pub fn lines(&self) -> impl Iterator<Item = Line<'a>> + use<'_, 'a> {
        self.lines.iter().copied()
    }
}

fn check_shape(line: Line<'_>) -> Result<(), SdpRefusal> {
    let shaped = |text: &str| matches!(text.as_bytes(), [kind, b'=', ..] if kind.is_ascii_alphabetic());
    let text = line.text();
    let line = line.number;
    match () {
        () if shaped(text) => Ok(()),
        () if shaped(text.trim_start()) => Err(SdpRefusal::NotSdp(NotSdp::Indented { line })),
        () => Err(SdpRefusal::NotSdp(NotSdp::BadLine { line })),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &[u8]) -> SdpRefusal {
        match Document::parse(text) {
            Ok(_) => panic!("was accepted"),
            Err(refusal) => refusal,
        }
    }

    #[test]
    fn keeps_every_byte_and_numbers_lines_from_one() {
        let text = "\r\nv=0\r\nb=AS:64 \nm=audio 9 X 0\r\na=x:1\n\na=y";
        let document = Document::parse(text.as_bytes()).unwrap();
        assert_eq!(document.lines().map(|line| line.raw).collect::<String>(), text);
        let section = document.media().next().unwrap();
        assert_eq!(section.attribute("y").map(|(line, value)| (line.number, value)), Some((7, "")));
        assert!(document.session().attribute("x").is_none());
    }

    #[test]
    fn refuses_at_each_bound() {
        let exact = format!("v=0\na={}", "x".repeat(MAX_LINE_BYTES - 2));
        assert!(Document::parse(exact.as_bytes()).is_ok());
        assert_eq!(refused(format!("{exact}x").as_bytes()), SdpRefusal::LineTooLong { line: 2 });
        let lines = format!("v=0\n{}", "\n".repeat(MAX_LINES - 1));
        assert!(Document::parse(lines.as_bytes()).is_ok());
        assert_eq!(refused(format!("{lines}\n").as_bytes()), SdpRefusal::TooManyLines);
        let long = vec![b'a'; MAX_SDP_BYTES + 1];
        assert_eq!(refused(&long), SdpRefusal::TooLong { bytes: MAX_SDP_BYTES + 1 });
    }

    #[test]
    fn refuses_what_is_not_sdp() {
        assert_eq!(refused(b""), SdpRefusal::NotSdp(NotSdp::Empty));
        assert_eq!(refused(b" \n\r\n"), SdpRefusal::NotSdp(NotSdp::Empty));
        assert_eq!(refused(b"o=- 1"), SdpRefusal::NotSdp(NotSdp::NoVersion { line: 1 }));
        assert_eq!(refused(b"v=0\n  a=x"), SdpRefusal::NotSdp(NotSdp::Indented { line: 2 }));
        assert_eq!(refused(b"v=0\n:EE:FF"), SdpRefusal::NotSdp(NotSdp::BadLine { line: 2 }));
        assert_eq!(refused(b"v=0\na=x\ra=y\n"), SdpRefusal::NotSdp(NotSdp::CarriageReturns { line: 2 }));
        assert_eq!(refused(b"v=0\na=\xff"), SdpRefusal::NotUtf8);
    }
}
