//! The first segment of the path: `v25.0`.
//!
//! Platform docs, Graph API, Versioning (2026-07): an expired version is served by the oldest one alive, a call without a version by a
//! default. Nothing of calling depends on the version, so all of them are served alike and only the echo differs.

use std::fmt;

/// A version of the API.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Version {
    major: u32,
    minor: u32,
}

impl Version {
    /// The first that the platform's calling FAQ names; older ones never existed for calling.
    const FIRST: Self = Self { major: 17, minor: 0 };
    /// The oldest alive, and the default.
    pub(crate) const OLDEST: Self = Self { major: 21, minor: 0 };
    /// The newest.
    pub(crate) const NEWEST: Self = Self { major: 26, minor: 0 };

    /// The version that serves a request for `segment`. `None` when the segment is no version; an error when it never existed.
    pub(crate) fn serving(segment: &str) -> Option<Result<Self, ()>> {
        let (major, minor) = segment.strip_prefix('v')?.split_once('.')?;
        let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        if !digits(major) || !digits(minor) {
            return None;
        }
        let (Ok(major), Ok(minor)) = (major.parse(), minor.parse()) else { return Some(Err(())) };
        let asked = Self { major, minor };
        Some(if asked < Self::FIRST { Err(()) } else { Ok(asked.clamp(Self::OLDEST, Self::NEWEST)) })
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "v{}.{}", self.major, self.minor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn serves_by_the_nearest_version_alive() {
        for (segment, expected) in [
            ("v25.0", Some(Some("v25.0"))),
            ("v21.0", Some(Some("v21.0"))),
            ("v26.0", Some(Some("v26.0"))),
            ("v17.0", Some(Some("v21.0"))),
            ("v20.9", Some(Some("v21.0"))),
            ("v99.0", Some(Some("v26.0"))),
            ("v16.0", Some(None)),
            ("v0.0", Some(None)),
            ("v99999999999.0", Some(None)),
            ("v25", None),
            ("v25.", None),
            ("v.0", None),
            ("25.0", None),
            ("v25.0.1", None),
            ("v+5.0", None),
            ("123", None),
            ("", None),
        ] {
            let got = Version::serving(segment).map(|version| version.ok().map(|version| version.to_string()));
            assert_eq!(got, expected.map(|version| version.map(str::to_owned)), "{segment}");
        }
    }
}
