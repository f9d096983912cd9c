use std::net::Ipv4Addr;
use std::sync::Arc;

use axum::extract::ConnectInfo;
use axum::routing::get;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::Notify;
use tokio::task::JoinHandle;

use super::*;
use crate::home::Home;
use crate::stop::{Stopper, stopper};

mod bodies;
mod crowd;
mod http2;
mod times;

/// Long enough never to be reached.
const PATIENCE: Duration = Duration::from_secs(300);

/// Soon over, whatever else the machine does.
const SOON: Duration = Duration::from_millis(20);

fn bounds() -> Bounds {
    Bounds { sockets: 8, ..Bounds::brief(8, PATIENCE) }
}

async fn start(router: Router, bounds: Bounds) -> (SocketAddr, Stopper, JoinHandle<()>) {
    let listener = Listener::bind("test", (Ipv4Addr::LOCALHOST, 0).into(), None, bounds).await.unwrap();
    let address = listener.address().unwrap();
    let (stopper, stop) = stopper();
    (address, stopper, tokio::spawn(listener.serve(router, stop)))
}

/// Sends bytes and reads until the other end closes.
async fn exchange(address: SocketAddr, request: &[u8]) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(request).await.unwrap();
    let mut reply = String::new();
    stream.read_to_string(&mut reply).await.unwrap();
    reply
}

/// Reads a reply with a body of known length, on a connection that goes on.
async fn read_reply(stream: &mut TcpStream) -> String {
    let mut reply = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&reply);
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).map_or(0, |length| length.parse().unwrap());
            if body.len() >= length {
                return text.into_owned();
            }
        }
        let mut piece = [0; 1024];
        let read = stream.read(&mut piece).await.unwrap();
        assert_ne!(read, 0, "closed after {text:?}");
        reply.extend_from_slice(&piece[..read]);
    }
}

/// Reads until the other end closes, however it does.
async fn read_to_the_end(stream: &mut TcpStream) -> Vec<u8> {
    let mut all = Vec::new();
    let _ = stream.read_to_end(&mut all).await; // a reset is an end too
    all
}

const REQUEST: &[u8] = b"GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n";

#[tokio::test]
async fn handlers_know_who_asks() {
    let router = Router::new().route(
        "/",
        get(|axum::Extension(ConnectInfo(peer)): axum::Extension<ConnectInfo<SocketAddr>>| async move { peer.ip().to_string() }),
    );
    let (address, _stopper, _) = start(router, bounds()).await;
    assert!(exchange(address, REQUEST).await.ends_with("\r\n\r\n127.0.0.1"));
}

#[tokio::test]
async fn refuses_a_head_that_is_too_large() {
    let (address, _stopper, _) = start(Router::new(), bounds()).await;
    let request = format!("GET / HTTP/1.1\r\nx: {}\r\n\r\n", "y".repeat(10_000));
    assert!(exchange(address, request.as_bytes()).await.starts_with("HTTP/1.1 431 "));
}

#[tokio::test]
async fn drains_the_request_in_hand_and_takes_no_other() {
    let (begun, finish) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let handler = {
        let (begun, finish) = (begun.clone(), finish.clone());
        move || async move {
            begun.notify_one();
            finish.notified().await;
            "finished"
        }
    };
    let (address, stopper, serving) = start(Router::new().route("/", get(handler)), bounds()).await;
    let request = tokio::spawn(async move { exchange(address, b"GET / HTTP/1.1\r\nhost: a\r\n\r\n").await });
    begun.notified().await;
    stopper.drain();
    finish.notify_one();
    assert!(request.await.unwrap().ends_with("finished"), "kept alive, yet closed after this reply");
    serving.await.unwrap();
    assert!(TcpStream::connect(address).await.is_err());
}

#[tokio::test]
async fn cuts_a_request_that_does_not_end() {
    let begun = Arc::new(Notify::new());
    let handler = {
        let begun = begun.clone();
        move || async move {
            begun.notify_one();
            std::future::pending::<&str>().await
        }
    };
    let (address, stopper, serving) = start(Router::new().route("/", get(handler)), bounds()).await;
    let request = tokio::spawn(async move { exchange(address, REQUEST).await });
    begun.notified().await;
    stopper.drain();
    stopper.cut();
    serving.await.unwrap();
    assert_eq!(request.await.unwrap(), "");
}

#[tokio::test]
async fn a_self_made_certificate_is_kept_and_trusted_by_who_knows_it() {
    let _ = tls::install_cryptography(); // another test may have been first
    let folder = tempfile::tempdir().unwrap();
    let home = Home::open(folder.path()).unwrap();
    let names = ["localhost".to_owned(), "127.0.0.1".to_owned()];
    let acceptor = tls::self_made(&home, &names).unwrap();
    let certificate = std::fs::read(home.path("certificate.pem")).unwrap();
    tls::self_made(&home, &names).unwrap();
    assert_eq!(std::fs::read(home.path("certificate.pem")).unwrap(), certificate, "made once");

    let listener = Listener::bind("test", (Ipv4Addr::LOCALHOST, 0).into(), Some(acceptor), bounds()).await.unwrap();
    let address = listener.address().unwrap();
    let (_stopper, stop) = stopper();
    tokio::spawn(listener.serve(Router::new().route("/", get(|| async { "private" })), stop));
    let client = reqwest::Client::builder().tls_certs_only([reqwest::Certificate::from_pem(&certificate).unwrap()]).build().unwrap();
    let reply = client.get(format!("https://{address}/")).send().await.unwrap();
    assert_eq!(reply.text().await.unwrap(), "private");

    tls::self_made(&home, &["calls.example.org".to_owned()]).unwrap();
    assert_ne!(std::fs::read(home.path("certificate.pem")).unwrap(), certificate, "new names, new certificate");
}
