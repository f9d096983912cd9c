//! Messages both ways, their statuses, call buttons, and the customer service window.

use std::time::Duration;

use callport_core::gate::Unavailable;
use callport_core::ids::WabaId;
use callport_core::limits::DAY;
use callport_core::message::MessageId;
use callport_core::number::PhoneNumber;
use callport_core::outreach::OutreachRefusal;
use callport_core::template::{Arguments, Category, Template, TemplateButton, TemplateStatus};
use callport_engine::records::{MessageBody, Progress};
use callport_engine::{Failed, MessageDraft, NewUserCall, PlaceUserCallRefusal, Receipt, SayRefusal, SendRefusal, To, UserEvent};
use callport_testkit::World;

fn text() -> MessageDraft {
    MessageDraft::Text("We are here.".into())
}

fn call_button(life: Duration) -> MessageDraft {
    let payload = Some("src=chat".into());
    MessageDraft::CallButton { header: None, body: "Talk?".into(), footer: None, text: None, life: Some(life), payload }
}

async fn say_hello(world: &mut World) {
    world.engine.say(&world.user, &world.number, "hello", None).await.unwrap();
    world.webhook().await;
}

async fn send(world: &mut World, draft: MessageDraft) -> MessageId {
    let id = world.send(draft).await;
    assert!(world.webhook().await.text.starts_with("sent "));
    id
}

/// A message by a template that was just made with this content.
async fn template(world: &mut World, category: Category, content: Template) -> MessageDraft {
    let draft = world.news(category, content, Arguments::default()).await;
    assert_eq!(world.webhook().await.text, "template news APPROVED");
    draft
}

async fn closed(world: &World) -> bool {
    matches!(
        world.engine.send(world.outgoing(text()).await).await,
        Err(Failed::Refused(SendRefusal::Outreach(OutreachRefusal::WindowClosed)))
    )
}

#[tokio::test]
async fn the_window_opens_with_the_users_word_and_closes_24_hours_later() {
    let mut world = World::new().await;
    assert!(closed(&world).await);
    say_hello(&mut world).await;
    world.clock.advance(DAY - Duration::from_secs(1));
    send(&mut world, text()).await;
    world.clock.advance(Duration::from_secs(1));
    assert!(closed(&world).await, "what the business sends keeps no window open");
}

#[tokio::test]
async fn a_call_by_the_user_opens_the_window_answered_or_not() {
    let mut world = World::new().await;
    let call = world.engine.place_user_call(world.wish()).await.unwrap().call;
    world.webhook().await;
    world.engine.command(&world.number, &call, callport_engine::CallCommand::Reject).await.unwrap();
    world.webhook().await;
    world.clock.advance(DAY - Duration::from_secs(1));
    assert!(!closed(&world).await);
    world.clock.advance(Duration::from_secs(1));
    assert!(closed(&world).await);
}

#[tokio::test]
async fn a_message_is_sent_delivered_and_read_once_each() {
    let mut world = World::new().await;
    say_hello(&mut world).await;
    let mut phone = world.engine.listen(&world.user.id);
    let id = send(&mut world, text()).await;
    assert!(matches!(phone.recv().await.unwrap(), UserEvent::Message(message) if message.id == id));
    for _ in 0..2 {
        world.engine.received(&world.user, &id, Receipt::Delivered).await.unwrap();
        world.engine.received(&world.user, &id, Receipt::Read).await.unwrap();
    }
    assert_eq!(world.webhook().await.text, "delivered priced=Some((Service, true)) opaque=Some(\"order=1\")");
    assert_eq!(world.webhook().await.text, "read priced=None opaque=Some(\"order=1\")");
    assert!(world.webhooks.try_recv().is_err());
}

#[tokio::test]
async fn reading_reads_what_is_older_and_skips_delivered() {
    let mut world = World::new().await;
    say_hello(&mut world).await;
    let (_, second, third) = (send(&mut world, text()).await, send(&mut world, text()).await, send(&mut world, text()).await);
    world.engine.received(&world.user, &second, Receipt::Read).await.unwrap();
    let read = "read priced=Some((Service, true)) opaque=Some(\"order=1\")";
    assert_eq!(world.webhooks(2).await, [read, read]);
    let chats = world.engine.chats(&world.user.id).await.unwrap();
    assert_eq!((chats.len(), chats[0].unread, chats[0].messages.len()), (1, 1, 4));
    assert_eq!(chats[0].messages.last().map(|message| message.id.clone()), Some(third));
}

#[tokio::test]
async fn what_an_old_app_cannot_show_fails_and_so_does_a_message_to_nobody() {
    let mut world = World::new().await;
    say_hello(&mut world).await;
    world.user.outdated_app = true;
    world.engine.put_user(world.user.clone()).await.unwrap();
    let sent = world.engine.send(world.outgoing(call_button(DAY)).await).await.unwrap();
    assert_eq!(world.webhook().await.text, "undeliverable known=true");
    let stored = world.engine.chat_page(&world.user.id, &world.number, None).await.unwrap().0.pop().unwrap();
    assert!(stored.id == sent.id && matches!(stored.body, MessageBody::Business(sent) if sent.progress == Progress::Undeliverable));

    let draft = template(&mut world, Category::Utility, Template { body: "Hello".into(), ..Default::default() }).await;
    let mut wish = world.outgoing(draft).await;
    wish.to = To::Number(PhoneNumber::parse("+5511900000000").unwrap());
    assert!(world.engine.send(wish).await.is_ok());
    assert_eq!(world.webhook().await.text, "undeliverable known=false");
}

#[tokio::test]
async fn a_call_button_calls_with_its_payload_until_it_expires() {
    let mut world = World::new().await;
    say_hello(&mut world).await;
    let id = send(&mut world, call_button(Duration::from_secs(60))).await;
    let tap = |world: &World| NewUserCall { button: Some(id.clone()), ..world.wish() };
    let call = world.engine.place_user_call(tap(&world)).await.unwrap().call;
    world.webhook().await;
    let story = world.engine.story(&call).await.unwrap().unwrap();
    assert_eq!(story.record.cta_payload.as_deref(), Some("src=chat"));
    world.engine.hang_up(&world.user.id, &call).await.unwrap();
    world.webhook().await;
    world.clock.advance(Duration::from_secs(60));
    let refused = world.engine.place_user_call(tap(&world)).await.unwrap_err();
    assert!(matches!(refused, Failed::Refused(PlaceUserCallRefusal::Unavailable(Unavailable::ButtonExpired))), "{refused}");
}

#[tokio::test]
async fn the_same_words_with_the_same_key_are_one_message() {
    let mut world = World::new().await;
    let first = world.engine.say(&world.user, &world.number, "hello", Some("k1")).await.unwrap();
    let again = world.engine.say(&world.user, &world.number, "hello", Some("k1")).await.unwrap();
    let other = world.engine.say(&world.user, &world.number, "hello", Some("k2")).await.unwrap();
    assert_eq!(first.id, again.id);
    assert_ne!(first.id, other.id);
    world.webhooks(2).await;
    assert!(world.webhooks.try_recv().is_err());
    for bad in ["", "  ", &"a".repeat(4_097)] {
        assert!(matches!(world.engine.say(&world.user, &world.number, bad, None).await, Err(Failed::Refused(SayRefusal::BadText))));
    }
}

#[tokio::test]
async fn a_quick_reply_answers_with_its_payload_and_the_message_as_context() {
    let mut world = World::new().await;
    let buttons = vec![TemplateButton::Reply { text: "Yes".into() }];
    let draft = template(&mut world, Category::Marketing, Template { body: "Come?".into(), buttons, ..Default::default() }).await;
    let sent = world.engine.send(world.outgoing(draft).await).await.unwrap();
    assert_eq!(world.webhook().await.text, "sent priced=Some((Marketing, false)) opaque=Some(\"order=1\")");
    world.engine.tap(&world.user, &sent.id, 0).await.unwrap();
    assert_eq!(world.webhook().await.text, "button Yes context=true");
    assert!(matches!(world.engine.tap(&world.user, &sent.id, 1).await, Err(Failed::Refused(SayRefusal::UnknownButton))));
}

#[tokio::test]
async fn a_template_that_was_paused_or_removed_after_it_was_read_is_not_sent() {
    let mut world = World::new().await;
    let draft = template(&mut world, Category::Utility, Template { body: "Hello".into(), ..Default::default() }).await;
    let MessageDraft::Template { id, .. } = &draft else { panic!("{draft:?}") };
    world.engine.review_template(id, TemplateStatus::Paused).await.unwrap();
    let refused = world.engine.send(world.outgoing(draft.clone()).await).await;
    assert!(matches!(refused, Err(Failed::Refused(SendRefusal::Template(TemplateStatus::Paused)))), "{refused:?}");
    world.engine.delete_template(&WabaId::parse("2001").unwrap(), "news", None).await.unwrap();
    let refused = world.engine.send(world.outgoing(draft).await).await;
    assert!(matches!(refused, Err(Failed::Refused(SendRefusal::NoTemplate))), "{refused:?}");
}

#[tokio::test]
async fn the_business_marks_a_message_as_read() {
    let world = World::new().await;
    let said = world.engine.say(&world.user, &world.number, "hello", None).await.unwrap();
    let mut phone = world.engine.listen(&world.user.id);
    let number = world.number_record().await;
    assert!(world.engine.mark_read(&number, &said.id).await.unwrap());
    assert!(matches!(phone.recv().await.unwrap(), UserEvent::Message(message) if message.id == said.id));
    assert!(!world.engine.mark_read(&number, &MessageId::parse("wamid.none").unwrap()).await.unwrap());
}

#[tokio::test]
async fn a_test_number_reaches_listed_users_only() {
    let mut world = World::new().await;
    say_hello(&mut world).await;
    world.change_number(|number| number.allowed_recipients = Some(Vec::new())).await;
    let refused = world.engine.send(world.outgoing(text()).await).await;
    assert!(matches!(refused, Err(Failed::Refused(SendRefusal::Outreach(OutreachRefusal::NotListed)))), "{refused:?}");
    let user = world.user.number.clone();
    world.change_number(|number| number.allowed_recipients = Some(vec![user])).await;
    send(&mut world, text()).await;
}

#[tokio::test]
async fn users_are_found_by_the_id_that_their_portfolio_knows() {
    let mut world = World::new().await;
    say_hello(&mut world).await;
    let portfolio = callport_core::ids::PortfolioId::parse("3001").unwrap();
    let bsuid = world.user.bsuid(&portfolio);
    for _ in 0..2 {
        let mut wish = world.outgoing(text()).await;
        wish.to = To::Bsuid(bsuid.clone());
        assert_eq!(world.engine.send(wish).await.unwrap().user, Some(world.user.number.clone()));
    }
    let mut wish = world.outgoing(text()).await;
    wish.to = To::Bsuid(callport_core::bsuid::Bsuid::parse("BR.1").unwrap());
    assert!(matches!(world.engine.send(wish).await, Err(Failed::Refused(SendRefusal::UnknownId))));
}
