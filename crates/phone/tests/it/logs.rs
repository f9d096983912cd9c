//! What a log must not hold: numbers, words, SDP, whole ids.

use std::io::Write;
use std::sync::Arc;

use parking_lot::Mutex;
use serde_json::json;

use crate::business::permission_request;
use crate::window::Place;
use crate::world::{ACME, MUTE, NADIA, World};

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().extend(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn nothing_private_is_logged() {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).with_writer(move || writer.clone()).finish();
    // One thread runs the whole test, windows and engine included.
    let _on = tracing::subscriber::set_default(subscriber);
    let mut world = World::new().await;
    let (mut window, _) = Place::of(&world).await.greeted("t1", &world.sign_in().await).await;
    window.say(json!({"type": "say", "id": "m1", "number": ACME, "text": "my-own-words"})).await;
    window.until("message").await;
    window.say(json!({"type": "say", "id": "m2", "number": "5511900000000", "text": "my-own-words"})).await;
    window.until("not_sent").await;
    let request = world.send(permission_request()).await;
    window.say(json!({"type": "permit", "message": request.as_str(), "choice": "allow"})).await;
    window.until("permission").await;
    window.say(json!({"type": "dial", "dial": "d1", "number": MUTE, "offer": "v=0 my-sdp"})).await;
    window.until("refused").await;
    let id = world.acme_calls().await;
    let call = window.until("incoming").await["call"].clone();
    window.say(json!({"type": "answer", "call": call, "offer": "broken"})).await;
    window.until("answer_refused").await;
    window.say(json!({"type": "answer", "call": call, "offer": "v=0 my-sdp"})).await;
    window.until("answered").await;
    window.say(json!({"type": "hang_up", "call": call})).await;
    window.until("ended").await;

    let logged = String::from_utf8(log.0.lock().clone()).unwrap();
    for expected in ["a call was not placed", "a call was not picked up", "call ended"] {
        assert!(logged.contains(expected), "{expected}");
    }
    for private in [NADIA, ACME, MUTE, "5511900000000", "my-own-words", "my-sdp", id.as_str(), request.as_str(), "May we call you?"] {
        assert!(!logged.contains(private), "a log holds {private}");
    }
}
