//! The promise that a media thread allocates nothing for a packet, kept by an allocator that counts on that thread alone.
//! In a binary of its own: an allocator holds for the whole process.
#![allow(clippy::unwrap_used)]

#[path = "it/world.rs"]
#[expect(dead_code, reason = "shared with the other tests, which use more of it")]
mod world;

use std::alloc::{GlobalAlloc, Layout, System};
use std::fs;
use std::net::UdpSocket;
use std::os::fd::AsFd as _;
use std::sync::atomic::{AtomicI32, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use callport_engine::ports::Media as _;
use callport_media::udp::wait_readable;
use callport_relay::demux::{DatagramKind, classify};
use world::{World, config};

struct Counting;

/// The thread whose allocations are counted, by the kernel's number.
static WATCHED: AtomicI32 = AtomicI32::new(0);
static ALLOCATIONS: AtomicU64 = AtomicU64::new(0);

#[expect(unsafe_code, reason = "an allocator cannot be written otherwise")]
// SAFETY: everything is passed on to the system's allocator unchanged.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let watched = WATCHED.load(Ordering::Relaxed);
        if watched != 0 && unsafe { libc::gettid() } == watched {
            ALLOCATIONS.fetch_add(1, Ordering::Relaxed);
        }
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

const PACKETS: usize = 2_000;
/// Sent before they are waited for; few enough to fit every kernel's default buffer.
const BURST: usize = 20;
/// What one RTCP report may cost; there are a few a minute.
const PER_REPORT: u64 = 32;
/// What it may cost to tell, once for each leg, that these far ends send in bursts.
const TOLD_ONCE: u64 = 2 * 8;

#[test]
fn a_media_thread_allocates_nothing_for_a_packet() {
    let mut world = World::new(config());
    let mut party = world.talking();
    world.talk_until(&mut party, "the first hundred", |party| party.phone.heard.len() >= 100 && party.business.heard.len() >= 100);
    world.drive(&mut party, "everything said to be heard", |party| {
        party.phone.last_heard() == Some(party.business.said - 1) && party.business.last_heard() == Some(party.phone.said - 1)
    });
    world.listen();
    world.counters();
    // From here on the far ends do nothing of their own accord: no checks, no reports. Only what they say goes out.
    let (phone, business) = (&mut party.phone, &mut party.business);
    let (mut relayed, mut reports) = ([0, 0], 0);
    WATCHED.store(thread_number("media-0"), Ordering::Relaxed);
    while relayed.iter().sum::<usize>() < 2 * PACKETS {
        for _ in 0..BURST {
            phone.say();
            business.say();
        }
        let target = relayed.map(|count| count + BURST);
        let until = Instant::now() + Duration::from_secs(30);
        while relayed != target {
            assert!(Instant::now() < until, "{relayed:?} of {target:?} packets came");
            wait_readable(&[phone.socket.as_fd(), business.socket.as_fd()], Some(Duration::from_secs(1)));
            for (count, socket) in relayed.iter_mut().zip([&phone.socket, &business.socket]) {
                let (media, control) = take(socket);
                *count += media;
                reports += control;
            }
        }
    }
    WATCHED.store(0, Ordering::Relaxed);
    let allocations = ALLOCATIONS.load(Ordering::Relaxed);
    assert!(allocations <= reports * PER_REPORT + TOLD_ONCE, "{allocations} allocations for {relayed:?} packets and {reports} reports");

    // The counter counts: opening a call does allocate.
    WATCHED.store(thread_number("media-0"), Ordering::Relaxed);
    world.plane.close(&party.id);
    world.closed(&party.id);
    assert!(ALLOCATIONS.load(Ordering::Relaxed) > allocations);
}

/// How many RTP and how many RTCP packets wait.
fn take(socket: &UdpSocket) -> (usize, u64) {
    let (mut media, mut control, mut room) = (0, 0, [0; 2048]);
    while let Ok(length) = socket.recv(&mut room) {
        match classify(&room[..length]) {
            DatagramKind::Rtp => media += 1,
            DatagramKind::Rtcp => control += 1,
            other => panic!("{other:?} from the platform"),
        }
    }
    (media, control)
}

/// The kernel's number of the thread of that name.
fn thread_number(name: &str) -> i32 {
    let threads = fs::read_dir("/proc/self/task").unwrap().map(|entry| entry.unwrap().path());
    let found = threads.into_iter().find(|path| fs::read_to_string(path.join("comm")).unwrap().trim() == name);
    found.unwrap().file_name().unwrap().to_str().unwrap().parse().unwrap()
}
