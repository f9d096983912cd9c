//! More connections than there are seats.

use axum::extract::WebSocketUpgrade;
use axum::extract::ws::WebSocket;
use callport_engine::door::ClientNetwork;
use futures::{SinkExt as _, StreamExt as _};
use tokio::net::TcpSocket;
use tokio_tungstenite::tungstenite::{Error, Message};

use super::*;

/// Says back what it is told.
async fn echo(upgrade: WebSocketUpgrade) -> axum::response::Response {
    upgrade.on_upgrade(|mut socket: WebSocket| async move {
        while let Some(Ok(message)) = socket.recv().await {
            if socket.send(message).await.is_err() {
                return;
            }
        }
    })
}

fn router() -> Router {
    Router::new().route("/", get(|| async { "hello" })).route("/socket", get(echo))
}

#[tokio::test]
async fn connections_that_do_nothing_do_not_keep_others_out() {
    let (address, _stopper, _) = start(router(), Bounds { connections: 3, ..bounds() }).await;
    let mut silent = Vec::new();
    for _ in 0..12 {
        silent.push(TcpStream::connect(address).await.unwrap());
    }
    for begun in [b"GET / HT".as_slice(), b"PRI * HTTP/2.0\r\n"] {
        let mut half = TcpStream::connect(address).await.unwrap();
        half.write_all(begun).await.unwrap();
        silent.push(half);
    }
    assert!(exchange(address, REQUEST).await.ends_with("hello"));
    assert_eq!(read_to_the_end(&mut silent[0]).await, b"", "the oldest was closed");
}

#[tokio::test]
async fn a_kept_connection_gives_way_to_a_newcomer() {
    let (address, _stopper, _) = start(router(), Bounds { connections: 1, ..bounds() }).await;
    let mut kept = TcpStream::connect(address).await.unwrap();
    kept.write_all(b"GET / HTTP/1.1\r\nhost: a\r\n\r\n").await.unwrap();
    assert!(read_reply(&mut kept).await.ends_with("hello"));
    assert!(exchange(address, REQUEST).await.ends_with("hello"));
    assert_eq!(read_to_the_end(&mut kept).await, b"");
}

#[tokio::test]
async fn a_request_in_hand_keeps_its_seat_while_a_newcomer_waits() {
    let order = Arc::new(std::sync::Mutex::new(Vec::new()));
    let (begun, finish) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let slow = {
        let (order, begun, finish) = (order.clone(), begun.clone(), finish.clone());
        move || async move {
            begun.notify_one();
            finish.notified().await;
            order.lock().unwrap().push("slow");
        }
    };
    let quick = {
        let order = order.clone();
        move || async move { order.lock().unwrap().push("quick") }
    };
    let router = Router::new().route("/slow", get(slow)).route("/", get(quick));
    let (address, _stopper, _) = start(router, Bounds { connections: 1, ..bounds() }).await;
    let mut first = TcpStream::connect(address).await.unwrap();
    first.write_all(b"GET /slow HTTP/1.1\r\nhost: a\r\n\r\n").await.unwrap();
    begun.notified().await;
    // The client goes away; its work goes on, and so does its seat.
    drop(first);
    let newcomer = tokio::spawn(async move { exchange(address, REQUEST).await });
    for _ in 0..1000 {
        tokio::task::yield_now().await;
    }
    assert!(!newcomer.is_finished());
    finish.notify_one();
    assert!(newcomer.await.unwrap().contains("200"));
    assert_eq!(*order.lock().unwrap(), ["slow", "quick"]);
}

#[tokio::test]
async fn one_source_gets_no_more_than_its_share() {
    let (address, _stopper, _) = start(router(), Bounds { connections: 8, per_source: 1, ..bounds() }).await;
    let (mut holder, _) = tokio_tungstenite::connect_async(format!("ws://{address}/socket")).await.unwrap();
    let mut refused = TcpStream::connect(address).await.unwrap();
    let _ = refused.write_all(REQUEST).await;
    assert_eq!(read_to_the_end(&mut refused).await, b"", "this source's one seat is a WebSocket's");
    let elsewhere = TcpSocket::new_v4().unwrap();
    elsewhere.bind("127.0.0.2:0".parse().unwrap()).unwrap();
    let mut elsewhere = elsewhere.connect(address).await.unwrap();
    elsewhere.write_all(REQUEST).await.unwrap();
    assert!(String::from_utf8(read_to_the_end(&mut elsewhere).await).unwrap().ends_with("hello"));
    holder.send(Message::text("still here")).await.unwrap();
    assert_eq!(holder.next().await.unwrap().unwrap(), Message::text("still here"));
}

#[tokio::test]
async fn connections_of_a_proxy_are_not_counted_as_one_source() {
    let proxies = vec![Ipv4Addr::LOCALHOST.into()];
    let router =
        Router::new().route("/", get(|axum::Extension(source): axum::Extension<ClientNetwork>| async move { format!("{source:?}") }));
    let (address, _stopper, _) = start(router, Bounds { per_source: 1, proxies, ..bounds() }).await;
    let _silent = TcpStream::connect(address).await.unwrap();
    let reply = exchange(address, b"GET / HTTP/1.1\r\nhost: a\r\nx-forwarded-for: 198.51.100.7\r\nconnection: close\r\n\r\n").await;
    assert!(reply.ends_with("ClientNetwork(198.51.100.7)"), "{reply}");
}

#[tokio::test]
async fn a_websocket_keeps_its_seat_and_there_are_only_so_many() {
    let (address, _stopper, _) = start(router(), Bounds { connections: 2, sockets: 1, ..bounds() }).await;
    let url = format!("ws://{address}/socket");
    let (mut open, _) = tokio_tungstenite::connect_async(&url).await.unwrap();
    match tokio_tungstenite::connect_async(&url).await {
        Err(Error::Http(reply)) => assert_eq!((reply.status().as_u16(), &reply.headers()["retry-after"]), (503, &"5".parse().unwrap())),
        other => panic!("{other:?}"),
    }
    // The other seat goes round; the socket's does not, although it has been open longest.
    for _ in 0..20 {
        assert!(exchange(address, REQUEST).await.ends_with("hello"));
        open.send(Message::text("here")).await.unwrap();
        assert_eq!(open.next().await.unwrap().unwrap(), Message::text("here"));
    }
    drop(open);
    // A seat that a socket left is free for the next.
    while tokio_tungstenite::connect_async(&url).await.is_err() {}
}

#[tokio::test]
async fn a_bug_in_a_handler_is_answered() {
    async fn bug() -> String {
        Vec::<String>::new().swap_remove(0)
    }
    let (address, _stopper, _) = start(Router::new().route("/", get(bug)), bounds()).await;
    assert!(exchange(address, REQUEST).await.starts_with("HTTP/1.1 500 "));
}
