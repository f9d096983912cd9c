//! How this program was called, so that a command that it advises can be pasted as it stands.

use std::path::Path;

/// `callport`, or the path that was typed, such as `target/debug/callport`.
pub fn program() -> String {
    std::env::args().next().filter(|typed| Path::new(typed).components().count() > 1).unwrap_or_else(|| "callport".to_owned())
}
