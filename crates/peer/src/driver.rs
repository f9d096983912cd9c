//! The task that gives a session its socket and its time. One per endpoint; it ends when the endpoint is dropped or closed.

use std::future::pending;
use std::io;
use std::net::SocketAddr;
use std::time::Instant;

use callport_audio::Source;
use callport_relay::dtmf::Digit;
use tokio::net::UdpSocket;
use tokio::sync::{mpsc, oneshot, watch};

use crate::error::PeerError;
use crate::event::{News, PeerEvent, Snapshot};
use crate::session::Session;

/// Orders that may wait.
pub(crate) const COMMAND_QUEUE: usize = 32;

/// Larger datagrams than an Ethernet frame carries are cut, and then refused by their checksums.
const MAX_DATAGRAM: usize = 2048;

/// Datagrams taken in a row before time and orders get their turn.
const BATCH: usize = 32;

/// So many receive errors in a row mean that the socket is gone.
const MAX_SOCKET_ERRORS: u32 = 100;

/// An order to an endpoint.
pub(crate) enum Command {
    Answer { offer: String, local: SocketAddr, reply: oneshot::Sender<Result<String, PeerError>> },
    Offer { local: SocketAddr, reply: oneshot::Sender<Result<String, PeerError>> },
    ApplyAnswer { answer: String, reply: oneshot::Sender<Result<(), PeerError>> },
    Say(Box<dyn Source>),
    Open,
    Press(Vec<Digit>, oneshot::Sender<usize>),
    SourceStart(oneshot::Sender<Option<Instant>>),
    Snapshot(oneshot::Sender<Snapshot>),
    Close(oneshot::Sender<Snapshot>),
}

/// How far an endpoint has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Phase {
    Connecting,
    Connected,
    Failed(&'static str),
}

/// The task's own things.
pub(crate) struct Driver {
    pub socket: UdpSocket,
    pub session: Session,
    pub commands: mpsc::Receiver<Command>,
    pub events: mpsc::Sender<PeerEvent>,
    pub phase: watch::Sender<Phase>,
}

impl Driver {
    /// Runs until closed or dropped.
    pub(crate) async fn run(mut self) {
        let mut buffer = [0u8; MAX_DATAGRAM];
        let mut errors = 0;
        loop {
            let wake = self.session.next_wake();
            tokio::select! {
                command = self.commands.recv() => match command {
                    Some(Command::Close(reply)) => return self.end(Some(reply)).await,
                    Some(command) => self.obey(command),
                    None => return self.end(None).await,
                },
                received = self.socket.recv_from(&mut buffer) => {
                    errors = if received.is_ok() { 0 } else { errors + 1 };
                    if errors > MAX_SOCKET_ERRORS {
                        tracing::warn!("udp socket keeps failing, endpoint ends");
                        return;
                    }
                    self.take_datagrams(received, &mut buffer);
                }
                () = sleep_until(wake) => {}
            }
            let mut news = Vec::new();
            self.session.wake(Instant::now(), &mut news);
            self.tell(news);
            self.flush().await;
        }
    }

    /// Says goodbye to the far end, and what was measured to whoever asked.
    async fn end(mut self, reply: Option<oneshot::Sender<Snapshot>>) {
        let now = Instant::now();
        let snapshot = self.session.snapshot(now);
        self.session.close(now);
        self.flush().await;
        if let Some(reply) = reply {
            // A caller that no longer waits is not missed.
            let _ = reply.send(snapshot);
        }
    }

    /// The datagram that came, and those right behind it.
    fn take_datagrams(&mut self, first: io::Result<(usize, SocketAddr)>, buffer: &mut [u8]) {
        let mut news = Vec::new();
        let mut received = first;
        for left in (0..BATCH).rev() {
            let Ok((length, from)) = received else { break };
            self.session.receive(Instant::now(), from, &mut buffer[..length], &mut news);
            if left == 0 {
                break; // what waits stays in the socket, not in a buffer that nobody reads
            }
            received = self.socket.try_recv_from(buffer);
        }
        self.tell(news);
    }

    /// Carries out an order. A caller that no longer waits for its reply is not missed.
    fn obey(&mut self, command: Command) {
        let now = Instant::now();
        let session = &mut self.session;
        match command {
            Command::Answer { offer, local, reply } => drop(reply.send(session.answer(now, &offer, local))),
            Command::Offer { local, reply } => drop(reply.send(session.offer(now, local))),
            Command::ApplyAnswer { answer, reply } => drop(reply.send(session.apply_answer(now, &answer))),
            Command::Say(source) => session.say(source),
            Command::Open => session.open(now),
            Command::Press(digits, reply) => drop(reply.send(session.press(now, digits))),
            Command::SourceStart(reply) => drop(reply.send(session.source_started_at())),
            Command::Snapshot(reply) | Command::Close(reply) => drop(reply.send(session.snapshot(now))),
        }
    }

    fn tell(&mut self, news: Vec<News>) {
        let at = Instant::now();
        for news in news {
            match news {
                News::Connected(_) => drop(self.phase.send_replace(Phase::Connected)),
                News::Failed(reason) => drop(self.phase.send_replace(Phase::Failed(reason))),
                _ => {}
            }
            // A reader that is gone or far behind does without.
            let _ = self.events.try_send(PeerEvent { at, news });
        }
    }

    async fn flush(&mut self) {
        while let Some(datagram) = self.session.pop() {
            if let Err(error) = self.socket.send_to(&datagram.bytes, datagram.path.remote).await {
                // An unreachable candidate is everyday life for ICE; the others go on.
                tracing::trace!(%error, "datagram not sent");
            }
        }
    }
}

async fn sleep_until(at: Option<Instant>) {
    match at {
        Some(at) => tokio::time::sleep_until(at.into()).await,
        None => pending().await,
    }
}
