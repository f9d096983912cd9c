//! The business's SDP answer, compared the way the platform compares pre-accept and accept.

use std::fmt;

/// An SDP answer, kept as sent.
#[derive(Clone)]
pub struct Answer(String);

impl Answer {
    /// Takes the text as sent; whether it is a good answer was checked before.
    pub fn new(sdp: impl Into<String>) -> Self {
        Self(sdp.into())
    }

    /// The text as sent.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn lines(&self) -> impl Iterator<Item = &str> {
        self.0.trim_end().lines().map(|line| line.trim_end_matches('\r'))
    }
}

/// Line ends and blank lines at the end do not count.
impl PartialEq for Answer {
    fn eq(&self, other: &Self) -> bool {
        self.lines().eq(other.lines())
    }
}

impl Eq for Answer {}

/// SDP holds addresses and keys: never whole in a log.
impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "answer of {} bytes", self.0.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn line_ends_and_trailing_blank_lines_do_not_count() {
        assert_eq!(Answer::new("v=0\r\ns=-\r\n"), Answer::new("v=0\ns=-\n\n"));
        assert_ne!(Answer::new("v=0\r\ns=-\r\n"), Answer::new("v=0\r\ns=x\r\n"));
        assert_ne!(Answer::new("v=0\r\n\r\ns=-\r\n"), Answer::new("v=0\r\ns=-\r\n"));
    }
}
