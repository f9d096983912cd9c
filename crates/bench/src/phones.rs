//! `callport bench phones`: what a phone costs that is open and does nothing.
//!
//! Everybody is a person of their own with one open window, as the page has it. The platform is the shipped `callport serve`, whose memory is looked at
//! before anybody signs up and once all windows have answered its pings for a while; the windows are in this process.

use std::time::{Duration, Instant};

use futures::StreamExt as _;
use futures::stream;
use serde::Serialize;
use tokio::task::JoinSet;
use tokio_tungstenite::tungstenite::Message;

use super::setup::phone::{self, Socket};
use super::setup::platform::Platform;
use super::target::{Target, round};
use crate::{BenchFault, Surroundings, machine, process, secret};

/// What is asked for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wish {
    /// Windows, each of another person.
    pub phones: u32,
    /// How long they stay open before the platform's memory is looked at.
    pub time: Duration,
}

/// Sign-ups and handshakes at a time.
const OPENED_AT_ONCE: usize = 32;

/// Descriptors beside those of the windows.
const OTHER_DESCRIPTORS: u64 = 256;

/// How often a window is asked whether it is there: often enough to happen while the benchmark runs.
const PING_EVERY: Duration = Duration::from_secs(2);

/// What a phone may cost, in KiB.
const LIMIT: f64 = 48.0;

/// What came of it.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    phones: u32,
    open_at_the_end: usize,
    pings_answered: u64,
    opened_in_seconds: f64,
    resident_kib_before: u64,
    resident_kib_after: u64,
    kib_per_phone: f64,
    targets: [Target; 1],
    machine: machine::Machine,
}

impl Report {
    /// As it is printed.
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::json!(self)
    }
}

/// Runs the benchmark.
pub(crate) async fn run(wish: Wish, around: &Surroundings) -> Result<Report, BenchFault> {
    let machine = machine::Machine::look();
    let needed = u64::from(wish.phones) + OTHER_DESCRIPTORS;
    let allowed = around.descriptors;
    if allowed < needed {
        return Err(
            format!("{needed} file descriptors are needed and {allowed} are allowed: raise ulimit -n or ask for fewer phones").into()
        );
    }
    let settings = serde_json::json!({ "phone": { "ping_every": format!("{}s", PING_EVERY.as_secs()), "silent_for": "5m" } });
    let platform = tokio::task::spawn_blocking({
        let random = around.random.clone();
        move || Platform::start("http://127.0.0.1:9/", &secret(random.as_ref()), &settings, random.as_ref())
    })
    .await??;
    let url = platform.announcement.public_url.clone();
    let http = reqwest::Client::builder().tls_certs_only([]).no_proxy().build()?;
    // One before all others: what the first of everything costs is no phone's.
    let first = phone::open(&http, &url, 0).await?;
    let gone = "the platform has ended";
    let before = process::resident_kib_of(platform.pid()).ok_or(gone)?;
    let began = Instant::now();
    let opening = stream::iter(1..=wish.phones).map(|person| phone::open(&http, &url, person)).buffer_unordered(OPENED_AT_ONCE);
    let opened: Vec<Result<Socket, BenchFault>> = opening.collect().await;
    let opened_in = began.elapsed();
    let mut windows = JoinSet::new();
    for socket in opened {
        windows.spawn(stay(socket?, Instant::now() + wish.time));
    }
    let (mut open, mut pings) = (0, 0);
    let mut still_open = Vec::new();
    while let Some(window) = windows.join_next().await {
        if let (Some(socket), answered) = window? {
            (open, pings) = (open + 1, pings + answered);
            still_open.push(socket);
        }
    }
    let after = process::resident_kib_of(platform.pid()).ok_or(gone)?;
    drop((first, still_open));
    let each = after.saturating_sub(before) as f64 / f64::from(wish.phones);
    Ok(Report {
        phones: wish.phones,
        open_at_the_end: open,
        pings_answered: pings,
        opened_in_seconds: round(opened_in.as_secs_f64()),
        resident_kib_before: before,
        resident_kib_after: after,
        kib_per_phone: round(each),
        targets: [Target::at_most("kib_per_phone", LIMIT, Some(each))],
        machine: machine.look_again(),
    })
}

/// Reads, and so answers pings, until then. The socket, if it is still open.
async fn stay(mut socket: Socket, until: Instant) -> (Option<Socket>, u64) {
    let mut pings = 0;
    while let Ok(message) = tokio::time::timeout_at(until.into(), socket.next()).await {
        match message {
            Some(Ok(Message::Ping(_))) => pings += 1,
            Some(Ok(Message::Close(_)) | Err(_)) | None => return (None, pings),
            Some(Ok(_)) => {}
        }
    }
    (Some(socket), pings)
}
