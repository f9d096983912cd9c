//! The first segment of the path: `v25.0`.
//!
//! Platform docs, Graph API, Versioning (2026-07): an expired version is served by the oldest one alive, a call without a version by its app's,
//! or by the oldest one while the app has none; a version that never existed is an unknown path. Nothing of calling depends on the version, so all of them are served alike
//! and only the echo differs.

use std::fmt;

/// A version of the API.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Version {
    major: u32,
    minor: u32,
}

impl Version {
    /// The oldest alive, and the default.
    pub(crate) const OLDEST: Self = Self { major: 21, minor: 0 };
    /// What the API's document names where a client does not choose: the version of the published samples.
    pub(crate) const DOCUMENTED: Self = Self { major: 25, minor: 0 };
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
        // `v025.0` has the number of a version and was never one.
        let existed = asked.existed() && asked.to_string() == segment;
        Some(if existed { Ok(asked.max(Self::OLDEST)) } else { Err(()) })
    }

    /// The version that an app's requests without one are served by; `None` when it never existed.
    pub(crate) fn of_app(text: &str) -> Option<Self> {
        Self::serving(text)?.ok()
    }

    /// Whether the platform ever published it: v1.0, v2.0 to v2.12, v3.0 to v3.3, and one version to each number since v4.0.
    fn existed(self) -> bool {
        match self.major {
            0 => false,
            1 => self.minor == 0,
            2 => self.minor <= 12,
            3 => self.minor <= 3,
            _ => self.minor == 0 && self <= Self::NEWEST,
        }
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

    fn check(segment: &str, expected: Option<Option<&str>>) {
        let got = Version::serving(segment).map(|version| version.ok().map(|version| version.to_string()));
        assert_eq!(got, expected.map(|version| version.map(str::to_owned)), "{segment}");
    }

    #[test]
    fn every_version_of_the_history_is_served_by_itself_or_by_the_oldest_alive() {
        let minors = |major: u32| match major {
            2 => 12,
            3 => 3,
            _ => 0,
        };
        for major in 1..=26 {
            for minor in 0..=minors(major) {
                let segment = format!("v{major}.{minor}");
                let serving = if major < 21 { "v21.0" } else { &segment };
                check(&segment, Some(Some(serving)));
            }
            check(&format!("v{major}.{}", minors(major) + 1), Some(None));
        }
    }

    #[test]
    fn what_never_was_a_version_is_told_from_what_is_none() {
        for segment in ["v0.0", "v0.1", "v20.9", "v25.3", "v26.1", "v27.0", "v99.0", "v025.0", "v25.00", "v99999999999.0"] {
            check(segment, Some(None));
        }
        for segment in ["v25", "v25.", "v.0", "25.0", "v25.0.1", "v+5.0", "123", ""] {
            check(segment, None);
        }
    }
}
