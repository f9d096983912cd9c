//! Who has no good token makes us keep nothing of a body, or its beginning at most.

use super::*;

const CALLS: &str = "/v25.0/4001/calls";

fn silent() -> Body {
    Body::from_stream(futures::stream::pending::<Result<Vec<u8>, std::io::Error>>())
}

/// Would hang, or end with 408, if a byte of the body were waited for.
#[tokio::test(start_paused = true)]
async fn a_token_is_judged_before_the_body_comes() {
    let world = World::new().await;
    let typed = |path: &str, kind: &str| Request::builder().method("POST").uri(path).header("content-type", kind.to_owned());
    for kind in ["application/json", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/xml"] {
        let in_header = typed(CALLS, kind).header("authorization", "Bearer EAAnobody").body(silent()).unwrap();
        assert_eq!(world.send(in_header).await.code(401), 190, "{kind}");
        let in_query = typed(&format!("{CALLS}?access_token=EAAnobody"), kind).body(silent()).unwrap();
        assert_eq!(world.send(in_query).await.code(401), 190, "{kind}");
    }
    for (kind, length) in [("application/json", "100000"), ("text/xml", "10000000"), ("application/x-www-form-urlencoded", "0")] {
        let nowhere = typed(CALLS, kind).header("content-length", length).body(silent()).unwrap();
        assert_eq!(world.send(nowhere).await.code(401), 104, "{kind}");
    }
    let form = typed(CALLS, "application/x-www-form-urlencoded").body(silent()).unwrap();
    assert_eq!(world.send(form).await.code(408), 100, "a form may hold a token, and is waited for");
}

#[tokio::test]
async fn a_body_without_end_and_token_is_refused() {
    let world = World::new().await;
    for kind in ["application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/json"] {
        let chunks = futures::stream::repeat_with(|| Ok::<_, std::io::Error>(vec![b'a'; 1024]));
        let request = Request::builder().method("POST").uri(CALLS).header("content-type", kind);
        assert_eq!(world.send(request.body(Body::from_stream(chunks)).unwrap()).await.code(401), 104, "{kind}");
    }
}

/// Over a real connection: the sender of a large body reads why it is refused, though nobody kept what it sent.
#[tokio::test]
async fn a_stranger_with_a_large_body_reads_its_refusal() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let world = World::new().await;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let router = crate::router(world.engine.clone(), crate::GraphConfig::default());
    let serving = tokio::spawn(async move { axum::serve(listener, router).await });
    for authorization in ["", "authorization: Bearer EAAnobody\r\n"] {
        let mut socket = tokio::net::TcpStream::connect(address).await.unwrap();
        let head = format!("POST {CALLS} HTTP/1.1\r\nhost: x\r\n{authorization}content-type: application/json\r\n");
        let last = "GET /4001 HTTP/1.1\r\nhost: x\r\nauthorization: Bearer EAAmanage\r\nconnection: close\r\n\r\n";
        let large = format!("{head}content-length: 1000000\r\n\r\n{}{last}", "x".repeat(1_000_000));
        socket.write_all(large.as_bytes()).await.unwrap();
        let mut heard = String::new();
        socket.read_to_string(&mut heard).await.unwrap();
        assert!(heard.starts_with("HTTP/1.1 401 ") && heard.contains("HTTP/1.1 200 OK"), "{heard}");
    }
    serving.abort();
}
