//! HTTP/1: how long each step may take.

use axum::body::Body;

use super::*;

/// What a connection gets to read after these bytes, until it is closed.
async fn after(bounds: Bounds, bytes: &[u8]) -> String {
    let router = Router::new().route("/", get(|| async { "hello" }));
    let (address, _stopper, _) = start(router, bounds).await;
    exchange(address, bytes).await
}

#[tokio::test]
async fn a_connection_that_says_nothing_is_closed() {
    assert_eq!(after(Bounds { head_timeout: SOON, ..bounds() }, b"").await, "");
}

#[tokio::test]
async fn a_head_that_never_ends_is_given_up() {
    assert_eq!(after(Bounds { head_timeout: SOON, ..bounds() }, b"GET / HTTP/1.1\r\n").await, "");
}

#[tokio::test]
async fn a_second_head_that_never_ends_is_given_up_too() {
    let bytes = b"GET / HTTP/1.1\r\nhost: a\r\n\r\nGET / HT";
    // The rest of the first read is not heard as the beginning of a head; what comes later is.
    let router = Router::new().route("/", get(|| async { "hello" }));
    let (address, _stopper, _) = start(router, Bounds { head_timeout: SOON, ..bounds() }).await;
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(&bytes[..bytes.len() - 8]).await.unwrap();
    assert!(read_reply(&mut stream).await.ends_with("hello"));
    stream.write_all(b"GET / HT").await.unwrap();
    assert_eq!(read_to_the_end(&mut stream).await, b"");
}

#[tokio::test]
async fn a_connection_without_a_request_is_closed_after_a_while() {
    let reply = after(Bounds { idle_timeout: SOON, ..bounds() }, b"GET / HTTP/1.1\r\nhost: a\r\n\r\n").await;
    assert!(reply.ends_with("hello"), "{reply}");
    let pipelined = after(Bounds { idle_timeout: SOON, ..bounds() }, b"GET / HTTP/1.1\r\nhost: a\r\n\r\nGET / HT").await;
    assert!(pipelined.ends_with("hello"), "half a head that came with the request before: {pipelined}");
}

#[tokio::test]
async fn a_handshake_that_never_comes_is_given_up() {
    let _ = tls::install_cryptography(); // another test may have been first
    let folder = tempfile::tempdir().unwrap();
    let acceptor = tls::self_made(&Home::open(folder.path()).unwrap(), &["localhost".to_owned()]).unwrap();
    let bounds = Bounds { head_timeout: SOON, ..bounds() };
    let listener = Listener::bind("test", (Ipv4Addr::LOCALHOST, 0).into(), Some(acceptor), bounds).await.unwrap();
    let address = listener.address().unwrap();
    let (_stopper, stop) = stopper();
    tokio::spawn(listener.serve(Router::new(), stop));
    assert_eq!(exchange(address, b"\x16\x03\x01").await, "");
}

#[tokio::test]
async fn a_client_that_does_not_read_its_reply_is_left() {
    let router = Router::new().route("/large", get(|| async { Body::from(vec![b'x'; 64 << 20]) })).route("/", get(|| async { "hello" }));
    let (address, _stopper, _) = start(router, Bounds { connections: 1, reply_timeout: SOON, ..bounds() }).await;
    let mut deaf = TcpStream::connect(address).await.unwrap();
    deaf.write_all(b"GET /large HTTP/1.1\r\nhost: a\r\n\r\n").await.unwrap();
    assert!(exchange(address, REQUEST).await.ends_with("hello"), "the only seat is free again");
    assert!(read_to_the_end(&mut deaf).await.len() < 64 << 20);
}

#[tokio::test]
async fn a_handler_may_take_its_time_over_a_reply() {
    let (first, second) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let pieces = {
        let second = second.clone();
        move || async move {
            let parts = futures::stream::unfold(0, move |n| {
                let second = second.clone();
                async move {
                    match n {
                        0 => Some(("one ", 1)),
                        1 => {
                            second.notified().await;
                            Some(("two", 2))
                        }
                        _ => None,
                    }
                }
            });
            Body::from_stream(futures::StreamExt::map(parts, Ok::<_, std::convert::Infallible>))
        }
    };
    let quick = {
        let first = first.clone();
        move || async move { first.notify_one() }
    };
    let router = Router::new().route("/pieces", get(pieces)).route("/", get(quick));
    let bounds = Bounds { reply_timeout: SOON, idle_timeout: SOON, ..bounds() };
    let (address, _stopper, _) = start(router, bounds).await;
    let waiting = tokio::spawn(async move { exchange(address, b"GET /pieces HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n").await });
    // A connection that came later has been idle for so long that it was closed; the one whose handler waits has not.
    assert!(exchange(address, b"GET / HTTP/1.1\r\nhost: a\r\n\r\n").await.contains("200"));
    first.notified().await;
    second.notify_one();
    assert!(waiting.await.unwrap().contains("two"));
}
