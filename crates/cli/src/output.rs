//! Lines on standard output, for people and for programs that read them.

use std::fmt::Display;
use std::io::{ErrorKind, Write};

/// One line. A reader that has seen enough, as `head` has, is no fault; neither is it a reason to end what is being done.
pub fn line(text: impl Display) {
    let mut output = std::io::stdout().lock();
    match writeln!(output, "{text}").and_then(|()| output.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => tracing::warn!(%error, "standard output takes no more"),
        _ => {}
    }
}
