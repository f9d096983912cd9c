//! The order of a message's header lines, as data of the caller: which lines stand where, those that the machine fills in and those that are
//! written as given. The published messages have an order of their own in each message, and this is how they come out byte for byte.

use crate::method::HeaderName;

/// A line that the machine fills in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum OwnLine {
    /// In a request our Via; in a response all of the request's.
    Via,
    /// In a response that opens a dialog the request's Record-Route lines; nothing elsewhere.
    RecordRoute,
    /// Max-Forwards; requests only.
    MaxForwards,
    /// From.
    From,
    /// To.
    To,
    /// Call-ID.
    CallId,
    /// CSeq.
    CSeq,
    /// The route set of a dialog, one line an entry; requests only, and only where it is not empty.
    Route,
    /// Authorization or Proxy-Authorization; requests only, and only where the peer asked.
    Credentials,
}

/// A Via value around its branch: `before;branch=…after`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ViaText {
    /// `SIP/2.0/TLS 203.0.113.7:5061;rport`.
    pub before: String,
    /// `;alias`, or nothing.
    pub after: String,
}

impl ViaText {
    /// Both parts.
    pub fn new(before: &str, after: &str) -> ViaText {
        ViaText { before: clean(before), after: clean(after) }
    }

    pub(crate) fn with_branch(&self, branch: &str) -> String {
        format!("{};branch={branch}{}", self.before, self.after)
    }
}

/// One place in a head.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum HeadLine {
    Own(OwnLine),
    /// A Via below ours, of a hop that the peer shall see: with our branch or one of its own.
    InnerVia {
        text: ViaText,
        has_our_branch: bool,
    },
    Fixed {
        name: String,
        value: String,
    },
}

impl std::fmt::Debug for HeadLine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            HeadLine::Own(line) => write!(f, "{line:?}"),
            HeadLine::InnerVia { .. } => f.write_str("InnerVia"),
            HeadLine::Fixed { name, .. } => write!(f, "{name}: …"),
        }
    }
}

/// An order of header lines. Lines that a message must have and that are not named come behind the one they usually follow. `Content-Type` and
/// `Content-Length` are always last, and always written by the machine.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Outline(Vec<HeadLine>);

/// The names of its lines: the values are people's.
impl std::fmt::Debug for Outline {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(&self.0).finish()
    }
}

impl Outline {
    /// No line yet.
    pub fn new() -> Outline {
        Outline::default()
    }

    /// The next line is one that the machine fills in.
    pub fn own(mut self, line: OwnLine) -> Outline {
        self.0.push(HeadLine::Own(line));
        self
    }

    /// The next lines are ones that the machine fills in.
    pub fn owns(mut self, lines: &[OwnLine]) -> Outline {
        self.0.extend(lines.iter().map(|line| HeadLine::Own(*line)));
        self
    }

    /// The next line is written as given. Control characters become spaces: a value that somebody else chose cannot begin a line of its own.
    pub fn fixed(mut self, name: &str, value: &str) -> Outline {
        self.0.push(HeadLine::Fixed { name: clean(name), value: clean(value) });
        self
    }

    /// The next line is a Via of a hop behind us, with our branch (`true`) or a fresh one.
    pub fn inner_via(mut self, text: ViaText, has_our_branch: bool) -> Outline {
        self.0.push(HeadLine::InnerVia { text, has_our_branch });
        self
    }

    /// In the order of RFC 3261's examples, for requests.
    pub fn of_request() -> Outline {
        Outline::new().owns(&REQUEST)
    }

    /// In the order of RFC 3261's examples, for responses.
    pub fn of_response() -> Outline {
        Outline::new().owns(&RESPONSE)
    }

    /// The lines, completed by those that `needed` names.
    pub(crate) fn complete(&self, needed: &[OwnLine]) -> Vec<HeadLine> {
        let mut lines = self.0.clone();
        for (at, own) in needed.iter().enumerate() {
            let is_there = |line: &OwnLine, lines: &[HeadLine]| lines.iter().position(|one| *one == HeadLine::Own(*line));
            if is_there(own, &lines).is_none() {
                let behind = needed[..at].iter().rev().find_map(|before| is_there(before, &lines)).map_or(0, |place| place + 1);
                lines.insert(behind, HeadLine::Own(*own));
            }
        }
        lines
    }

    /// Whether a line of this header is given.
    pub(crate) fn has_fixed(&self, wanted: HeaderName) -> bool {
        self.0.iter().any(|line| matches!(line, HeadLine::Fixed { name, .. } if HeaderName::from_bytes(name.as_bytes()) == Some(wanted)))
    }
}

/// What a request must have, each behind the one before it.
pub(crate) const REQUEST: [OwnLine; 8] =
    [OwnLine::Via, OwnLine::MaxForwards, OwnLine::From, OwnLine::To, OwnLine::CallId, OwnLine::CSeq, OwnLine::Route, OwnLine::Credentials];

/// What a response must have.
pub(crate) const RESPONSE: [OwnLine; 6] = [OwnLine::Via, OwnLine::RecordRoute, OwnLine::From, OwnLine::To, OwnLine::CallId, OwnLine::CSeq];

/// Without control characters, which could end a line.
pub(crate) fn clean(text: &str) -> String {
    text.chars().map(|char| if char.is_control() && char != '\t' { ' ' } else { char }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_named_comes_behind_what_it_follows() {
        let outline = Outline::new().own(OwnLine::Via).fixed("X", "1").owns(&[OwnLine::CallId, OwnLine::From]);
        let owns: Vec<_> = outline.complete(&RESPONSE);
        let expected = Outline::new().owns(&[OwnLine::Via, OwnLine::RecordRoute]).fixed("X", "1").owns(&[
            OwnLine::CallId,
            OwnLine::CSeq,
            OwnLine::From,
            OwnLine::To,
        ]);
        assert_eq!(owns, expected.0);
        assert_eq!(Outline::of_request().complete(&REQUEST), Outline::of_request().0);
    }

    #[test]
    fn values_cannot_begin_lines() {
        let outline = Outline::new().fixed("x-wa-meta-cta-payload", "a\r\nBYE: b\0");
        assert_eq!(outline.0, [HeadLine::Fixed { name: "x-wa-meta-cta-payload".into(), value: "a  BYE: b ".into() }]);
    }
}
