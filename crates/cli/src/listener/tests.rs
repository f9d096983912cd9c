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

const BOUNDS: Bounds = Bounds { connections: 8, head_timeout: Duration::from_secs(30), head_bytes: 8192 };

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

const REQUEST: &[u8] = b"GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n";

#[tokio::test]
async fn handlers_know_who_asks() {
    let router = Router::new().route(
        "/",
        get(|axum::Extension(ConnectInfo(peer)): axum::Extension<ConnectInfo<SocketAddr>>| async move { peer.ip().to_string() }),
    );
    let (address, _stopper, _) = start(router, BOUNDS).await;
    assert!(exchange(address, REQUEST).await.ends_with("\r\n\r\n127.0.0.1"));
}

#[tokio::test]
async fn refuses_a_head_that_is_too_large() {
    let (address, _stopper, _) = start(Router::new(), BOUNDS).await;
    let request = format!("GET / HTTP/1.1\r\nx: {}\r\n\r\n", "y".repeat(10_000));
    assert!(exchange(address, request.as_bytes()).await.starts_with("HTTP/1.1 431 "));
}

#[tokio::test]
async fn hangs_up_on_a_head_that_never_ends() {
    let bounds = Bounds { head_timeout: Duration::from_millis(20), ..BOUNDS };
    let (address, _stopper, _) = start(Router::new(), bounds).await;
    let reply = exchange(address, b"GET / HTTP/1.1\r\n").await;
    assert!(!reply.contains("200"), "{reply}");
}

#[tokio::test]
async fn one_connection_more_than_allowed_waits_for_its_turn() {
    let served = Arc::new(std::sync::Mutex::new(Vec::new()));
    let handler = {
        let served = served.clone();
        move |axum::extract::Path(who): axum::extract::Path<String>| async move { served.lock().unwrap().push(who) }
    };
    let (address, _stopper, _) = start(Router::new().route("/{who}", get(handler)), Bounds { connections: 1, ..BOUNDS }).await;
    let mut holder = TcpStream::connect(address).await.unwrap();
    let mut waiting = TcpStream::connect(address).await.unwrap();
    waiting.write_all(b"GET /waiting HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n").await.unwrap();
    for _ in 0..50 {
        holder.write_all(b"GET /holder HTTP/1.1\r\nhost: a\r\n\r\n").await.unwrap();
        let mut reply = [0; 512];
        assert_ne!(holder.read(&mut reply).await.unwrap(), 0);
    }
    assert_eq!(*served.lock().unwrap(), ["holder"; 50]);
    drop(holder);
    waiting.read_to_string(&mut String::new()).await.unwrap();
    assert_eq!(served.lock().unwrap().last().unwrap(), "waiting");
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
    let (address, stopper, serving) = start(Router::new().route("/", get(handler)), BOUNDS).await;
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
    let (address, stopper, serving) = start(Router::new().route("/", get(handler)), BOUNDS).await;
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

    let listener = Listener::bind("test", (Ipv4Addr::LOCALHOST, 0).into(), Some(acceptor), BOUNDS).await.unwrap();
    let address = listener.address().unwrap();
    let (_stopper, stop) = stopper();
    tokio::spawn(listener.serve(Router::new().route("/", get(|| async { "private" })), stop));
    let client = reqwest::Client::builder().tls_certs_only([reqwest::Certificate::from_pem(&certificate).unwrap()]).build().unwrap();
    let reply = client.get(format!("https://{address}/")).send().await.unwrap();
    assert_eq!(reply.text().await.unwrap(), "private");

    tls::self_made(&home, &["calls.example.org".to_owned()]).unwrap();
    assert_ne!(std::fs::read(home.path("certificate.pem")).unwrap(), certificate, "new names, new certificate");
}
