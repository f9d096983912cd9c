//! A receiver made of one socket: it answers with given bytes and hands over what it was sent.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

struct Receiver {
    url: String,
    heard: JoinHandle<String>,
}

/// Answers one request with `answer`, then keeps the connection open without another word.
async fn receiver(answer: &'static str) -> Receiver {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/hook", listener.local_addr().unwrap());
    let heard = tokio::spawn(async move {
        let (mut socket, _) = listener.accept().await.unwrap();
        let mut heard = Vec::new();
        while !whole(&heard) {
            let mut part = [0; 4096];
            let read = socket.read(&mut part).await.unwrap();
            assert_ne!(read, 0, "hung up in the middle");
            heard.extend_from_slice(&part[..read]);
        }
        socket.write_all(answer.as_bytes()).await.unwrap();
        socket.shutdown().await.unwrap();
        String::from_utf8(heard).unwrap()
    });
    Receiver { url, heard }
}

fn whole(heard: &[u8]) -> bool {
    let text = String::from_utf8_lossy(heard);
    let Some((head, body)) = text.split_once("\r\n\r\n") else { return false };
    let length = header(head, "content-length").map_or(0, |value| value.parse().unwrap());
    body.len() >= length
}

fn header(head: &str, name: &str) -> Option<String> {
    head.lines().find_map(|line| {
        let (key, value) = line.split_once(": ")?;
        key.eq_ignore_ascii_case(name).then(|| value.to_owned())
    })
}

fn carrier(targets: Targets) -> HttpCarrier {
    let config = CarrierConfig { timeout: Duration::from_secs(20), targets, extra_roots: vec![] };
    HttpCarrier::new(config).unwrap()
}

async fn deliver(url: &str) -> DeliveryOutcome {
    let letter = Letter { url, secret: Some("test_app_secret"), body: br#"{"object":"whatsapp_business_account","entry":[]}"# };
    carrier(Targets::ANYWHERE).deliver(letter).await
}

#[tokio::test]
async fn posts_the_body_with_both_signatures() {
    let receiver = receiver("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok").await;
    let verdict = deliver(&receiver.url).await;
    assert_eq!((verdict.status, verdict.error), (Some(200), None));
    let heard = receiver.heard.await.unwrap();
    let (head, body) = heard.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("POST /hook HTTP/1.1\r\n"));
    assert_eq!(header(head, "content-type").unwrap(), "application/json");
    assert_eq!(body, r#"{"object":"whatsapp_business_account","entry":[]}"#);
    assert_eq!(header(head, "x-hub-signature-256").unwrap(), "sha256=dec6a680679a968e7e0319355b23599cbfc54502c0784668e9618baa0c633756");
    assert_eq!(header(head, "x-hub-signature").unwrap(), signature::sha1("test_app_secret", body.as_bytes()));
}

#[tokio::test]
async fn one_that_a_test_wants_unsigned_has_no_signature() {
    let receiver = receiver("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await;
    let letter = Letter { url: &receiver.url, secret: None, body: b"{}" };
    assert_eq!(carrier(Targets::ANYWHERE).deliver(letter).await.error, None);
    let heard = receiver.heard.await.unwrap();
    let (head, _) = heard.split_once("\r\n\r\n").unwrap();
    assert_eq!((header(head, "x-hub-signature-256"), header(head, "x-hub-signature")), (None, None));
}

#[tokio::test]
async fn only_2xx_counts_as_delivered() {
    for (answer, status, delivered) in [
        ("HTTP/1.1 204 No Content\r\n\r\n", 204, true),
        ("HTTP/1.1 299 Fine\r\ncontent-length: 0\r\n\r\n", 299, true),
        ("HTTP/1.1 302 Found\r\nlocation: /elsewhere\r\ncontent-length: 0\r\n\r\n", 302, false),
        ("HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n", 404, false),
        ("HTTP/1.1 500 Oops\r\ncontent-length: 0\r\n\r\n", 500, false),
    ] {
        let receiver = receiver(answer).await;
        let verdict = deliver(&receiver.url).await;
        let expected = (!delivered).then(|| format!("the receiver answered with status {status}"));
        assert_eq!((verdict.status, verdict.error), (Some(status), expected), "{answer}");
        receiver.heard.await.unwrap();
    }
}

#[tokio::test]
async fn an_endless_or_broken_answer_changes_no_verdict() {
    let endless = format!("HTTP/1.1 200 OK\r\n\r\n{}", "x".repeat(ANSWER_MAX_BYTES * 4));
    for answer in [endless.leak() as &'static str, "HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\nok"] {
        let receiver = receiver(answer).await;
        assert_eq!(deliver(&receiver.url).await.error, None);
        receiver.heard.abort(); // it may find its connection closed
    }
}

#[tokio::test]
async fn a_body_that_never_ends_does_not_hold_the_verdict() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/hook", listener.local_addr().unwrap());
    let (verdict, socket) = tokio::join!(deliver(&url), async {
        let (mut socket, _) = listener.accept().await.unwrap();
        assert_ne!(socket.read(&mut [0; 4096]).await.unwrap(), 0);
        socket.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n").await.unwrap();
        socket
    });
    assert_eq!((verdict.status, verdict.error), (Some(200), None));
    drop(socket);
}

/// An https receiver with a certificate of its own making, and that certificate in PEM.
async fn https_receiver() -> (String, Vec<u8>) {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let provider = rustls::crypto::aws_lc_rs::default_provider();
    let config = rustls::ServerConfig::builder_with_provider(provider.into())
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], rustls::pki_types::PrivateKeyDer::Pkcs8(made.signing_key.serialize_der().into()))
        .unwrap();
    let acceptor = tokio_rustls::TlsAcceptor::from(std::sync::Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://localhost:{}/hook", listener.local_addr().unwrap().port());
    tokio::spawn(async move {
        loop {
            let (socket, _) = listener.accept().await.unwrap();
            let Ok(mut socket) = acceptor.accept(socket).await else { continue }; // the client did not trust us
            let _ = socket.read(&mut [0; 4096]).await;
            let _ = socket.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok").await;
            let _ = socket.shutdown().await;
        }
    });
    (url, made.cert.pem().into_bytes())
}

#[tokio::test]
async fn certificates_are_verified_and_private_roots_can_be_added() {
    let (url, pem) = https_receiver().await;
    let letter = || Letter { url: &url, secret: Some("s"), body: b"{}" };
    let refused = carrier(Targets::ANYWHERE).deliver(letter()).await.error.unwrap();
    assert!(refused.starts_with("could not connect") && refused.contains("certificate"), "{refused}");
    let config = CarrierConfig { targets: Targets::ANYWHERE, extra_roots: vec![pem], ..CarrierConfig::default() };
    let verdict = HttpCarrier::new(config).unwrap().deliver(letter()).await;
    assert_eq!((verdict.status, verdict.error), (Some(200), None));
}

#[test]
fn an_unreadable_root_is_told_at_once() {
    let config = CarrierConfig {
        extra_roots: vec![b"-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----".to_vec()],
        ..CarrierConfig::default()
    };
    assert!(HttpCarrier::new(config).is_err());
}

#[tokio::test]
async fn silence_ends_with_the_timeout() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/hook", listener.local_addr().unwrap());
    let config = CarrierConfig { timeout: Duration::from_millis(50), targets: Targets::ANYWHERE, extra_roots: vec![] };
    let letter = Letter { url: &url, secret: Some("s"), body: b"{}" };
    let verdict = HttpCarrier::new(config).unwrap().deliver(letter).await;
    assert_eq!((verdict.status, verdict.error.as_deref()), (None, Some("no answer within 0.05 s")));
}

#[tokio::test]
async fn a_closed_port_and_a_garbled_answer_are_told_apart() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let closed = format!("http://{}/hook", listener.local_addr().unwrap());
    drop(listener);
    let error = deliver(&closed).await.error.unwrap();
    assert!(error.starts_with("could not connect"), "{error}");
    let receiver = receiver("SMTP ready\r\n\r\n").await;
    let error = deliver(&receiver.url).await.error.unwrap();
    assert!(error.starts_with("the connection broke") && !error.contains("again"), "an answer came, if not one of HTTP: {error}");
}

/// A receiver that keeps connections, and closes one without an answer whenever `broken` names the request's number.
async fn breaking_receiver(broken: &'static [usize]) -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/hook", listener.local_addr().unwrap());
    let requests = Arc::new(AtomicUsize::new(0));
    let counted = requests.clone();
    tokio::spawn(async move {
        loop {
            let (mut socket, _) = listener.accept().await.unwrap();
            let counted = counted.clone();
            tokio::spawn(async move {
                loop {
                    let mut heard = Vec::new();
                    while !whole(&heard) {
                        let mut part = [0; 4096];
                        match socket.read(&mut part).await {
                            Ok(read) if read > 0 => heard.extend_from_slice(&part[..read]),
                            _ => return, // closed by the carrier
                        }
                    }
                    if broken.contains(&(counted.fetch_add(1, Ordering::SeqCst) + 1)) {
                        return;
                    }
                    socket.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok").await.unwrap();
                }
            });
        }
    });
    (url, requests)
}

#[tokio::test]
async fn a_connection_that_closes_without_an_answer_is_followed_by_one_more_at_once() {
    let (url, requests) = breaking_receiver(&[2, 4, 5]).await;
    let carrier = carrier(Targets::ANYWHERE);
    let deliver = async || carrier.deliver(Letter { url: &url, secret: Some("s"), body: b"{}" }).await;
    assert_eq!((deliver().await.error, requests.load(Ordering::SeqCst)), (None, 1));
    assert_eq!((deliver().await.error, requests.load(Ordering::SeqCst)), (None, 3), "tried again, and it arrived");
    let error = deliver().await.error.unwrap();
    assert!(error.contains("again at once on a new connection"), "{error}");
    assert_eq!(requests.load(Ordering::SeqCst), 5, "once, not for ever");
    assert_eq!(deliver().await.error, None);
}

#[tokio::test]
async fn live_mode_reaches_no_private_address_by_number_or_name() {
    let live = carrier(Targets::LIVE);
    for (url, why) in [
        ("https://127.0.0.1:1/hook", "not public"),
        ("https://localhost:1/hook", "not public"),
        ("http://hooks.acme.example/hook", "must be https"),
    ] {
        let verdict = live.deliver(Letter { url, secret: Some("s"), body: b"{}" }).await;
        assert!(verdict.error.as_deref().unwrap().contains(why), "{url}: {verdict:?}");
        assert_eq!(verdict.status, None);
    }
}

async fn verify(url: &str) -> Result<(), VerifyRefusal> {
    let callback = Callback { url: url.to_owned(), verify_token: "s3cr3t & more".to_owned() };
    carrier(Targets::ANYWHERE).verify(&callback, "1158201444").await
}

#[tokio::test]
async fn verification_asks_as_published() {
    let receiver = receiver("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n1158201444").await;
    verify(&format!("{}?tenant=7", receiver.url)).await.unwrap();
    let heard = receiver.heard.await.unwrap();
    let line = heard.lines().next().unwrap();
    assert_eq!(line, "GET /hook?tenant=7&hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token=s3cr3t+%26+more HTTP/1.1");
}

fn mismatch(received: &str) -> VerifyRefusal {
    VerifyRefusal::Mismatch { expected: "1158201444".into(), received: received.into() }
}

#[tokio::test]
async fn verification_wants_200_and_exactly_the_challenge() {
    let status = |status: u16, reason: &str| VerifyRefusal::Status { status, reason: reason.into() };
    for (answer, refusal) in [
        ("HTTP/1.1 200 OK\r\ncontent-length: 11\r\n\r\n1158201444\n", mismatch("1158201444\n")),
        ("HTTP/1.1 200 OK\r\ncontent-length: 12\r\n\r\n\"1158201444\"", mismatch("\"1158201444\"")),
        ("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n", mismatch("")),
        ("HTTP/1.1 200 OK\r\ncontent-length: 13\r\n\r\n<html></html>", mismatch("<html></html>")),
        ("HTTP/1.1 201 Created\r\ncontent-length: 10\r\n\r\n1158201444", status(201, "Created")),
        ("HTTP/1.1 403 No\r\ncontent-length: 0\r\n\r\n", status(403, "Forbidden")),
        ("HTTP/1.1 301 Moved\r\nlocation: /x\r\ncontent-length: 0\r\n\r\n", status(301, "Moved Permanently")),
        ("HTTP/1.1 599 Odd\r\ncontent-length: 0\r\n\r\n", status(599, "Unknown")),
    ] {
        let receiver = receiver(answer).await;
        let refused = verify(&receiver.url).await.unwrap_err();
        assert_eq!(refused, refusal, "{answer}");
        assert!(!refused.to_string().contains("s3cr3t"));
        receiver.heard.await.unwrap();
    }
}

#[tokio::test]
async fn verification_reads_no_endless_answer() {
    let receiver = receiver(format!("HTTP/1.1 200 OK\r\n\r\n{}", "1".repeat(CHALLENGE_MAX_BYTES * 64)).leak()).await;
    assert_eq!(verify(&receiver.url).await, Err(mismatch(&format!("{}…", "1".repeat(100)))));
    receiver.heard.abort(); // it may find its connection closed
}

/// The number that curl has for what went wrong.
async fn curl_errno(config: CarrierConfig, url: &str) -> u32 {
    let callback = Callback { url: url.to_owned(), verify_token: "s3cr3t".to_owned() };
    match HttpCarrier::new(config).unwrap().verify(&callback, "1158201444").await {
        Err(VerifyRefusal::Unreached { curl_errno, error }) => {
            assert!(!error.is_empty() && !error.contains("s3cr3t"), "{error}");
            curl_errno
        }
        other => panic!("{url}: {other:?}"),
    }
}

#[tokio::test]
async fn what_was_not_reached_has_the_number_that_curl_has_for_it() {
    let anywhere = || CarrierConfig { targets: Targets::ANYWHERE, ..CarrierConfig::default() };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let silent = format!("http://{}/hook", listener.local_addr().unwrap());
    let brief = CarrierConfig { timeout: Duration::from_millis(50), ..anywhere() };
    assert_eq!(curl_errno(brief, &silent).await, 28);
    drop(listener);
    assert_eq!(curl_errno(anywhere(), &silent).await, 7, "nobody listens");
    assert_eq!(curl_errno(anywhere(), "http://nobody.invalid/hook").await, 6);
    assert_eq!(curl_errno(anywhere(), "nobody").await, 3);
    assert_eq!(curl_errno(anywhere(), "ftp://127.0.0.1/hook").await, 1);
    assert_eq!(curl_errno(CarrierConfig::default(), "http://hooks.acme.example/").await, 1);
    assert_eq!(curl_errno(CarrierConfig::default(), "https://127.0.0.1/hook").await, 7);
    assert_eq!(curl_errno(CarrierConfig::default(), "https://localhost/hook").await, 7);
    assert_eq!(curl_errno(anywhere(), &https_receiver().await.0).await, 60);
    assert_eq!(curl_errno(anywhere(), &receiver("SMTP ready\r\n\r\n").await.url).await, 1);
    assert_eq!(curl_errno(anywhere(), &receiver("").await.url).await, 52);
}

#[tokio::test]
async fn errors_do_not_repeat_the_verify_token() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/hook", listener.local_addr().unwrap());
    drop(listener);
    let refusal = verify(&url).await.unwrap_err().to_string();
    assert!(!refusal.contains("s3cr3t"), "{refusal}");
}
