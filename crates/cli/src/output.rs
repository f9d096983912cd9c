//! Lines on standard output, for people and for programs that read them; and on standard error, what goes on meanwhile.

use std::fmt::Display;
use std::io::{self, ErrorKind, IsTerminal, Write};

/// One line. A reader that has seen enough, as `head` has, is no fault; neither is it a reason to end what is being done.
pub fn line(text: impl Display) {
    if let Err(error) = bytes(format!("{text}\n").as_bytes()) {
        tracing::warn!(%error, "whoever read our standard output has closed it");
    }
}

/// The bytes as they are. A reader that has seen enough is no fault.
pub fn bytes(bytes: &[u8]) -> io::Result<()> {
    let mut output = io::stdout().lock();
    match output.write_all(bytes).and_then(|()| output.flush()) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        written => written,
    }
}

/// What a long command does now: one line of standard error that the next one replaces. Only where a person looks.
pub struct ProgressLine {
    terminal: bool,
}

impl ProgressLine {
    /// Nothing said yet.
    pub fn new() -> ProgressLine {
        ProgressLine { terminal: io::stderr().is_terminal() }
    }

    /// What goes on from now on.
    pub fn say(&mut self, what: &str) {
        if self.terminal {
            eprint!("\r\x1b[K… {what}");
        }
    }

    /// Takes the line away, before anything else is printed.
    pub fn clear(&mut self) {
        if self.terminal {
            eprint!("\r\x1b[K");
        }
    }
}
