//! HTTP/2, in raw frames (RFC 9113 §4, §6).

use std::sync::atomic::{AtomicUsize, Ordering};

use axum::body::Body;
use axum::routing::post;

use super::bodies::swallow;
use super::*;

const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// Static table entries (RFC 7541 appendix A), and `:authority: a` as a literal.
const GET_HEADERS: &[u8] = &[0x82, 0x86, 0x84, 0x41, 1, b'a'];
const POST_HEADERS: &[u8] = &[0x83, 0x86, 0x84, 0x41, 1, b'a'];

const DATA: u8 = 0;
const HEADERS: u8 = 1;
const RST_STREAM: u8 = 3;
const SETTINGS: u8 = 4;
const PING: u8 = 6;
const GOAWAY: u8 = 7;
const END_STREAM: u8 = 1;
const ACK: u8 = 1;
const END_HEADERS: u8 = 4;

fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    [&length[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
}

struct Client(TcpStream);

#[derive(Debug, PartialEq, Eq)]
struct Frame {
    kind: u8,
    flags: u8,
    payload: Vec<u8>,
}

impl Client {
    /// A connection with its settings said.
    async fn open(address: SocketAddr) -> Client {
        let mut client = Client(TcpStream::connect(address).await.unwrap());
        client.send(&[PREFACE, &frame(SETTINGS, 0, 0, &[])].concat()).await;
        client
    }

    async fn send(&mut self, bytes: &[u8]) {
        self.0.write_all(bytes).await.unwrap();
    }

    async fn get(&mut self, stream: u32) {
        self.send(&frame(HEADERS, END_HEADERS | END_STREAM, stream, GET_HEADERS)).await;
    }

    /// The next frame; none when the connection was closed.
    async fn next(&mut self) -> Option<Frame> {
        let mut head = [0; 9];
        self.0.read_exact(&mut head).await.ok()?;
        let mut payload = vec![0; u32::from_be_bytes([0, head[0], head[1], head[2]]) as usize];
        self.0.read_exact(&mut payload).await.ok()?;
        Some(Frame { kind: head[3], flags: head[4], payload })
    }

    /// The next frame of this kind.
    async fn next_of(&mut self, kind: u8) -> Frame {
        loop {
            let frame = self.next().await.expect("not closed yet");
            if frame.kind == kind {
                return frame;
            }
        }
    }

    /// All frames until the connection is closed.
    async fn rest(&mut self) -> Vec<Frame> {
        let mut all = Vec::new();
        while let Some(frame) = self.next().await {
            all.push(frame);
        }
        all
    }
}

fn router() -> Router {
    Router::new().route("/", get(|| async { "hello" }).merge(post(swallow)))
}

#[tokio::test]
async fn half_a_preface_is_given_up() {
    let (address, _stopper, _) = start(router(), Bounds { head_timeout: SOON, ..bounds() }).await;
    assert_eq!(exchange(address, &PREFACE[..12]).await, "");
}

#[tokio::test]
async fn a_connection_without_a_first_request_is_closed() {
    let (address, _stopper, _) = start(router(), Bounds { head_timeout: SOON, ..bounds() }).await;
    Client::open(address).await.rest().await;
}

#[tokio::test]
async fn a_connection_that_became_idle_is_told_that_it_ends_and_is_closed() {
    let (address, _stopper, _) = start(router(), Bounds { idle_timeout: SOON, ..bounds() }).await;
    let mut client = Client::open(address).await;
    client.get(1).await;
    assert_eq!(client.next_of(DATA).await.payload, b"hello");
    let rest = client.rest().await;
    assert!(rest.iter().any(|frame| frame.kind == GOAWAY), "{rest:?}");
}

#[tokio::test]
async fn a_body_that_never_comes_is_given_up() {
    let (address, _stopper, _) = start(router(), Bounds { body_timeout: SOON, ..bounds() }).await;
    let mut client = Client::open(address).await;
    client.send(&frame(HEADERS, END_HEADERS, 1, POST_HEADERS)).await;
    client.send(&frame(DATA, 0, 1, b"half")).await;
    assert_eq!(client.next_of(DATA).await.payload, b"Late");
}

#[tokio::test]
async fn a_client_that_gives_no_room_for_its_reply_is_left() {
    let router = Router::new().route("/", get(|| async { Body::from(vec![b'x'; 1 << 20]) }));
    let (address, _stopper, _) = start(router, Bounds { reply_timeout: SOON, ..bounds() }).await;
    let mut client = Client::open(address).await;
    client.get(1).await;
    let sent: usize = client.rest().await.iter().filter(|frame| frame.kind == DATA).map(|frame| frame.payload.len()).sum();
    assert_eq!(sent, 65_535, "the window that every client begins with (RFC 9113 §6.9.2)");
}

#[tokio::test]
async fn what_a_client_may_send_ahead_is_small() {
    let (address, _stopper, _) = start(router(), bounds()).await;
    let settings = Client::open(address).await.next_of(SETTINGS).await.payload;
    let said: Vec<_> = settings
        .chunks(6)
        .map(|one| (u16::from_be_bytes([one[0], one[1]]), u32::from_be_bytes([one[2], one[3], one[4], one[5]])))
        .collect();
    let (streams, window, head) = ((3, 32), (4, 65_536), (6, 8192));
    assert!([streams, window, head].iter().all(|setting| said.contains(setting)), "{said:?}");
}

#[tokio::test]
async fn requests_that_are_taken_back_do_not_pile_up_as_work() {
    let (running, finish) = (Arc::new(AtomicUsize::new(0)), Arc::new(Notify::new()));
    let slow = {
        let (running, finish) = (running.clone(), finish.clone());
        move || async move {
            running.fetch_add(1, Ordering::SeqCst);
            finish.notified().await;
        }
    };
    let (address, _stopper, _) = start(Router::new().route("/", get(slow)), bounds()).await;
    let mut client = Client::open(address).await;
    for n in 0..50 {
        for stream in [4 * n + 1, 4 * n + 3] {
            client.get(stream).await;
            client.send(&frame(RST_STREAM, 0, stream, &8_u32.to_be_bytes())).await; // CANCEL
        }
        // A round trip, so that each was seen before the next is sent.
        client.send(&frame(PING, 0, 0, &[0; 8])).await;
        while client.next_of(PING).await.flags != ACK {}
    }
    assert!((1..=32).contains(&running.load(Ordering::SeqCst)), "{running:?}");
}

#[tokio::test]
async fn an_idle_connection_gives_way_to_a_newcomer() {
    let (address, _stopper, _) = start(router(), Bounds { connections: 1, ..bounds() }).await;
    let mut client = Client::open(address).await;
    client.get(1).await;
    client.next_of(DATA).await;
    assert!(exchange(address, REQUEST).await.ends_with("hello"));
    assert!(client.next_of(GOAWAY).await.payload.len() >= 8);
}
