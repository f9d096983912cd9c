//! What users write to a running backend, and what it leaves alone.

use callport_gateway::{EventOutcome, What};
use callport_wire::codes::Code;
use callport_wire::seconds::TextSeconds;
use callport_wire::webhooks::{
    Change, ErrorObject, InboundContent, InboundMessage, MessageStatus, MessageStatusEvent, PermissionReply, ReplySource,
};

use crate::platform::{self, NOW, Platform, USER, WAMID, message_status};

fn text(id: &str, body: &str) -> Change {
    platform::message(InboundMessage::new(id, TextSeconds(NOW), InboundContent::Text { body: body.to_owned() }))
}

#[tokio::test]
async fn texts_are_marked_as_read_and_the_keyword_gets_a_call_button() {
    let mut platform = Platform::start(|config| config.call_keyword = Some("Call".to_owned())).await;
    platform.deliver_change(text("wamid.1", "Can you call me?")).await;
    platform.deliver_change(text("wamid.2", " call ")).await;
    let button = platform.until_asked("call button", "interactive").await;
    assert_eq!((button["to"].as_str(), button["interactive"]["type"].as_str()), (Some(USER), Some("voice_call")));
    assert_eq!(button["context"]["message_id"], "wamid.2");
    assert_eq!(platform.actions(), ["read", "read", "interactive"]);
    assert_eq!(platform.bodies()[0]["message_id"], "wamid.1");
}

#[tokio::test]
async fn news_that_need_nothing_are_told() {
    let mut platform = Platform::start(|_| {}).await;
    let reply = PermissionReply::reject(ReplySource::Automatic);
    platform
        .deliver_change(platform::message(InboundMessage::new("wamid.1", TextSeconds(NOW), InboundContent::PermissionReply(reply.clone()))))
        .await;
    let told = |what: &What| match what {
        What::PermissionReply(reply) => Some(reply.clone()),
        _ => None,
    };
    assert_eq!(platform.until(told).await, reply);
    let mut failed = MessageStatusEvent::new(WAMID, MessageStatus::Failed, TextSeconds(NOW));
    failed.errors = vec![ErrorObject::new(Code::Undeliverable, "")];
    platform.deliver_change(message_status(failed)).await;
    let named = |what: &What| match what {
        What::Webhook { event, verdict: EventOutcome::Taken } => Some(event.clone()),
        _ => None,
    };
    assert_eq!(platform.until(named).await, "message failed, 131026 Message undeliverable");
    platform.stop().await;
    assert!(platform.actions().is_empty());
}

#[tokio::test]
async fn a_backend_that_does_not_attend_leaves_users_alone() {
    let mut platform = Platform::start(|config| config.attends = false).await;
    platform.deliver(platform.connect().await).await;
    assert_eq!(platform.until_verdict().await, EventOutcome::NotForUs);
    platform.deliver_change(text("wamid.1", "Hello")).await;
    assert_eq!(platform.until_verdict().await, EventOutcome::NotForUs);
    platform.stop().await;
    assert!(platform.actions().is_empty());
}
