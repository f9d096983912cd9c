use callport_core::ids::PhoneNumberId;
use callport_core::time::WallTime;
use callport_engine::ports::{MediaEvent, media_events};
use callport_testkit::{Counting, TestClock};
use tokio::sync::mpsc::Receiver;

use super::*;

const PHONE_OFFER: &str = include_str!("../../../sdp/src/samples/browser_offer.sdp");

fn plane(threads: usize) -> (MediaPlane, Receiver<MediaEvent>) {
    let (events, told) = media_events(64);
    let parts = MediaParts {
        identity: Identity::self_signed().unwrap(),
        random: Arc::new(Counting::default()),
        clock: Arc::new(TestClock::default()),
        events,
    };
    let config = MediaConfig { threads, bind: vec![[127, 0, 0, 1].into()], ports_per_thread: 2, transcoders: 0, ..MediaConfig::default() };
    (MediaPlane::start(config, parts).unwrap(), told)
}

fn id(name: &str) -> CallId {
    CallId::parse(&format!("wacid.{name}")).unwrap()
}

async fn open(plane: &MediaPlane, name: &str) -> usize {
    let (number, phone_offer) = (PhoneNumberId::parse("1").unwrap(), PHONE_OFFER.to_owned());
    plane
        .open(OpenCall { call: id(name), number, phone_offer, codecs: vec![], keys: KeyExchange::Dtls, now: WallTime::default() })
        .await
        .unwrap();
    plane.directory.find(&id(name)).unwrap().thread
}

async fn next_end(told: &mut Receiver<MediaEvent>) -> CallId {
    loop {
        if let MediaEvent::Closed { call, .. } = told.recv().await.unwrap() {
            return call;
        }
    }
}

#[tokio::test]
async fn a_thread_that_panics_ends_its_calls_and_goes_on_with_new_ones_on_its_ports() {
    let (plane, mut told) = plane(2);
    let ports = plane.ports();
    assert_eq!((open(&plane, "first").await, open(&plane, "second").await), (0, 1));
    plane.threads[0].shared.mailbox.post_certainly(Command::Panic);
    // Commands that wait behind the defect are dropped, and whoever waits for a reply learns it.
    let unanswered = plane.report(&id("first")).await;
    assert_eq!(next_end(&mut told).await, id("first"), "the engine takes it as the loss of the call's media");
    assert!(unanswered.is_none() && plane.report(&id("first")).await.is_none());
    assert!(plane.report(&id("second")).await.is_some(), "the other thread's call goes on");

    let counters = plane.counters().await;
    assert_eq!(counters.iter().map(|thread| (thread.restarts, thread.calls_broken)).collect::<Vec<_>>(), [(1, 1), (0, 0)]);
    assert_eq!((plane.ports(), plane.calls()), (ports, 1));
    assert_eq!(open(&plane, "third").await, 0, "the emptier one");
    assert!(plane.report(&id("third")).await.is_some());
}

#[tokio::test]
async fn no_call_goes_to_a_thread_that_starts_over() {
    let (plane, _told) = plane(2);
    plane.threads[0].shared.down.store(true, std::sync::atomic::Ordering::Relaxed);
    assert_eq!((open(&plane, "first").await, open(&plane, "second").await), (1, 1));
    plane.threads[1].shared.down.store(true, std::sync::atomic::Ordering::Relaxed);
    assert!(matches!(plane.take_slot(&PhoneNumberId::parse("1").unwrap()), Err(Unavailable(why)) if why.contains("starts over")));
}
