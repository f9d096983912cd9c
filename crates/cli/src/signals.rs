//! How the process is asked to stop: Ctrl-C and SIGTERM.

use std::io;

use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc;

/// Gets one item each time somebody asks.
pub fn stop_asked() -> io::Result<mpsc::Receiver<()>> {
    let (asked, receiver) = mpsc::channel(2);
    for kind in [SignalKind::interrupt(), SignalKind::terminate()] {
        let mut signals = signal(kind)?;
        let asked = asked.clone();
        tokio::spawn(async move { while signals.recv().await.is_some() && asked.send(()).await.is_ok() {} });
    }
    Ok(receiver)
}
