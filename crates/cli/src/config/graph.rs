//! The Graph API's edges.

use super::section::section;
use super::value::{Setting, quote};

/// A version of the Graph API; only the major part counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct GraphVersion(pub u16);

impl Setting for GraphVersion {
    fn expected() -> String {
        "a version such as v23.0".to_owned()
    }

    fn parse(text: &str) -> Option<Self> {
        text.strip_prefix('v')?.strip_suffix(".0")?.parse().ok().map(Self)
    }

    fn show(&self) -> String {
        quote(&format!("v{}.0", self.0))
    }
}

section! {
    /// The Graph API.
    pub struct Graph = "graph" {
        /// Oldest version served; paths without a version are served as the newest.
        pub oldest_version: GraphVersion = GraphVersion(21),
        /// Newest version served.
        pub newest_version: GraphVersion = GraphVersion(26),
    }
}
