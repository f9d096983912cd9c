//! What the kernel alone costs: a thread that takes datagrams and sends them back, as a media thread does and with nothing in between. Its
//! rounds are longer than a media thread's, which has no time to nap under full load, so that its own naps are no part of the yardstick.

use std::io;
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use callport_media::udp::{self, BATCH, Inbox, Outbatch, SocketOptions, nap_exactly, pin_to_core, thread_cpu_time, wait_readable};

/// Length of a round.
const ROUND: Duration = Duration::from_millis(1);

/// An echo under way.
pub(super) struct Echo {
    address: SocketAddr,
    stopping: Arc<AtomicBool>,
    thread: JoinHandle<Echoed>,
}

/// What an echo did.
#[derive(Clone, Copy, Default)]
pub(super) struct Echoed {
    /// Datagrams sent back.
    pub datagrams: u64,
    /// Processor time of its thread.
    pub cpu: Duration,
}

impl Echo {
    /// Starts one, on a core of its own if told which.
    pub(super) fn start(core: Option<usize>) -> io::Result<Echo> {
        let socket = udp::bind((Ipv4Addr::LOCALHOST, 0).into(), SocketOptions::default())?;
        let address = socket.local_addr()?;
        let stopping = Arc::new(AtomicBool::new(false));
        let stop = stopping.clone();
        let thread = std::thread::Builder::new().name("echo".to_owned()).spawn(move || {
            if let Some(core) = core {
                let _ = pin_to_core(core); // the media thread says so when it cannot
            }
            let _ = nap_exactly(); // the same
            run(&socket, &stop)
        })?;
        Ok(Echo { address, stopping, thread })
    }

    /// Where it listens.
    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Ends it.
    pub(super) fn stop(self) -> Echoed {
        self.stopping.store(true, Ordering::Relaxed);
        self.thread.join().unwrap_or_default()
    }
}

fn run(socket: &UdpSocket, stop: &AtomicBool) -> Echoed {
    let (mut inbox, mut batch) = (Inbox::default(), Outbatch::default());
    let mut datagrams = 0;
    while !stop.load(Ordering::Relaxed) {
        let began = Instant::now();
        loop {
            let count = inbox.receive(socket).unwrap_or(0);
            for arrival in inbox.arrivals() {
                batch.push(arrival.bytes, arrival.remote);
            }
            datagrams += batch.flush(|_| Some(socket)).datagrams;
            if count < BATCH {
                break;
            }
        }
        if let Some(left) = ROUND.checked_sub(began.elapsed()) {
            wait_readable(&[], Some(left));
        }
    }
    Echoed { datagrams, cpu: thread_cpu_time() }
}
