//! What a text is that is not SDP.
//!
//! Mostly it is the right description in a wrong wrapping: the whole object instead of its `sdp`, a text that was encoded twice, or one whose line
//! ends were lost on the way. Whoever reads the refusal made the wrapping a minute ago, so it says which one it is and what to send.

use std::fmt;

/// Why a text is not SDP at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotSdp {
    /// Nothing in it.
    Empty,
    /// Line ends arrived as the letters `\r\n`.
    EscapedTwice,
    /// Quotes stand around it.
    Quoted,
    /// The JSON of a whole description, `{"type":…,"sdp":…}`.
    JsonDescription,
    /// Other JSON.
    Json,
    /// Lines end in CR alone.
    CarriageReturns {
        /// Line number, counted in line feeds.
        line: usize,
    },
    /// All lines in one.
    NoLineEnds,
    /// `%0D%0A` for line ends.
    PercentEncoded,
    /// Base64 of a description.
    Base64,
    /// HTML or XML.
    Markup,
    /// A byte order mark stands before it.
    ByteOrderMark,
    /// One ICE candidate.
    CandidateAlone,
    /// A whole SIP message.
    SipMessage,
    /// What some languages print for an object or for nothing.
    Printed,
    /// `offer` or `answer`: the type, not the text.
    TypeAlone,
    /// Blanks stand before a line.
    Indented {
        /// Line number.
        line: usize,
    },
    /// Does not begin with `v=0`.
    NoVersion {
        /// Line number.
        line: usize,
    },
    /// A line is not `<letter>=<value>`.
    BadLine {
        /// Line number.
        line: usize,
    },
}

impl NotSdp {
    /// What a text is whose first line, of number `line`, is not `v=0`.
    pub(crate) fn recognise(text: &str, line: usize) -> Self {
        let text = text.trim();
        let first = text.lines().next().unwrap_or("");
        let begins = |starts: &[&str]| starts.iter().any(|start| text.starts_with(start));
        match () {
            () if text.starts_with('\u{feff}') => Self::ByteOrderMark,
            () if text.starts_with('{') && (text.contains("\"sdp\"") || text.contains("'sdp'") || text.contains("\\\"sdp\\\"")) => {
                Self::JsonDescription
            }
            () if begins(&["{", "["]) && !begins(&["[object"]) => Self::Json,
            () if begins(&["\"", "'", "`", "b\"", "b'", "“"]) => Self::Quoted,
            () if text.starts_with("v=0\\") => Self::EscapedTwice,
            () if first.starts_with("v=0\r") => Self::CarriageReturns { line },
            () if begins(&["v=0%", "v%3D", "v%3d"]) => Self::PercentEncoded,
            () if begins(&["<", "v=0<", "v=0&"]) => Self::Markup,
            () if begins(&["v=0 ", "v=0o="]) => Self::NoLineEnds,
            // "v=0" and {"…, as Base64 begins them.
            () if begins(&["dj0w", "eyJ0", "eyJz", "eyAi"]) => Self::Base64,
            () if begins(&["candidate:", "a=candidate:"]) => Self::CandidateAlone,
            () if begins(&["INVITE ", "SIP/2.0", "ACK ", "UPDATE "]) => Self::SipMessage,
            () if matches!(text, "offer" | "answer") => Self::TypeAlone,
            () if begins(&["[object", "RTCSessionDescription", "<RTCSessionDescription"])
                || matches!(text, "undefined" | "null" | "None" | "nil" | "true" | "false") =>
            {
                Self::Printed
            }
            () if first.trim_end() == "v=0" => Self::Indented { line },
            () => Self::NoVersion { line },
        }
    }
}

impl fmt::Display for NotSdp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("The SDP is empty. Send the text of your description, which begins with v=0"),
            Self::EscapedTwice => f.write_str(
                "The SDP holds the letters \\r\\n instead of line ends: it was escaped twice. Put the text into session.sdp as your WebRTC \
                 stack gives it, and encode the request as JSON once",
            ),
            Self::Quoted => f.write_str(
                "The SDP stands in quotes of its own: it was made a string of JSON (or printed) before the request was. \
                 Put the text itself into session.sdp; its first characters are v=0",
            ),
            Self::JsonDescription => f.write_str(
                "The text is the JSON of a whole description, with type and sdp in it. Send its member sdp as session.sdp, and its type as \
                 session.sdp_type",
            ),
            Self::Json => f.write_str("The text is JSON and not SDP. Put the text of the description into session.sdp; it begins with v=0"),
            Self::CarriageReturns { line } => write!(
                f,
                "Line {line}: a carriage return (CR, \\r) stands alone where the line ends. End every line in CRLF (\\r\\n); LF alone is \
                 taken as well"
            ),
            Self::NoLineEnds => {
                f.write_str("The line ends of the SDP were lost: all of it stands in one line. End every line in CRLF (\\r\\n)")
            }
            Self::PercentEncoded => {
                f.write_str("The SDP is percent-encoded. Decode it before it goes into session.sdp: lines end in CRLF, not in %0D%0A")
            }
            Self::Base64 => f.write_str("The text is Base64. Decode it before it goes into session.sdp: an SDP begins with v=0"),
            Self::Markup => {
                f.write_str("The text holds HTML or XML. Put the plain text of the description into session.sdp; it begins with v=0")
            }
            Self::ByteOrderMark => {
                f.write_str("The SDP begins with a byte order mark (U+FEFF). Remove it: the first characters of an SDP are v=0")
            }
            Self::CandidateAlone => {
                f.write_str("The text is one ICE candidate. Put the whole description into session.sdp; candidates cannot be sent later")
            }
            Self::SipMessage => f.write_str("The text is a whole SIP message. Put its body alone into session.sdp, from v=0 on"),
            Self::Printed => f.write_str(
                "The text is what your language prints for an object or for nothing, not SDP. Put the text of the description into \
                 session.sdp: localDescription.sdp, once the local description is set",
            ),
            Self::TypeAlone => {
                f.write_str("The text is the type of a description. It belongs into session.sdp_type, and the SDP into session.sdp")
            }
            Self::Indented { line } => {
                write!(f, "Line {line}: blanks stand before it. Remove the indentation: each line begins with its letter")
            }
            Self::NoVersion { line } => {
                write!(f, "Line {line}: an SDP begins with v=0. Send the whole description, from its first line on")
            }
            Self::BadLine { line } => write!(f, "Line {line}: this is not SDP, where each line reads <letter>=<value>"),
        }
    }
}
