//! Steps of chats: what users say, tap and decide, and how far messages came. What businesses send is in [`send`].

mod block;
mod send;
mod threads;

use std::time::Duration;

use callport_core::call_id::Direction;
use callport_core::ids::{PhoneNumberId, UserId};
use callport_core::message::{Author, Button, Content, MAX_TEXT, MessageId};
use callport_core::pair::{Decision, Pair, Permission, ReplySource};
use callport_core::time::WallTime;

use super::*;
use crate::notice::Notice;
use crate::records::{Message, Progress, Sent, Tariff, TariffCategory};
use crate::row::{Key, Row};
use crate::testing::{T0, World, digits, pair, pnid, user, waba};

/// The user's last word was at that moment.
fn heard_from(at: WallTime) -> Row {
    pair(Pair { heard_at: Some(at), ..Pair::default() })
}

fn stranger() -> UserId {
    UserId::parse("9002").unwrap()
}

fn elsewhere() -> PhoneNumberId {
    PhoneNumberId::parse("4002").unwrap()
}

fn id(nth: u8) -> MessageId {
    MessageId::compose(&digits("+5511955501234"), Author::Business, [nth; 10])
}

/// Message number `nth` of the business, written so many seconds after the beginning.
fn message(nth: u8, content: Content) -> Message {
    let tariff = Tariff { category: TariffCategory::Service, free: true };
    Message {
        id: id(nth),
        number: pnid(),
        waba: waba(),
        user: user(),
        at: T0 + Duration::from_secs(u64::from(nth)),
        body: MessageBody::Business(Sent { content, tariff, progress: Progress::Sent, opaque: Some("order=1".into()) }),
        context: None,
    }
}

fn request(nth: u8) -> Message {
    message(nth, Content { asks_permission: true, ..Content::default() })
}

fn with(messages: impl IntoIterator<Item = Message>) -> World {
    messages.into_iter().fold(World::new(), |world, message| world.with(Row::Message(message)))
}

fn say(text: &str, key: Option<&str>) -> Say {
    Say { user: user(), number: pnid(), text: text.into(), key: key.map(str::to_owned) }
}

#[test]
fn what_a_user_says_opens_the_window_and_is_told() {
    let mut world = World::new();
    let said = "puts Pair Message; tells text; notes UserSaid; shows Message";
    assert_eq!(world.did(&say("hello", Some("k1"))), said);
    assert_eq!(world.pair().heard_at, Some(T0));
    assert_eq!(world.did(&say("hello", Some("k1"))), "nothing", "the phone says it again, because it did not hear that it was said");
    world.now = T0 + Duration::from_secs(1);
    assert_eq!(world.did(&say("hello", Some("k2"))), said);
    assert_eq!(world.did(&say("hello", None)), "puts Message; tells text; notes UserSaid; shows Message", "the window is as new as can be");
}

#[test]
fn what_cannot_be_said_is_refused() {
    let long = "é".repeat(MAX_TEXT + 1);
    let bad = "a message has 1 to 4096 characters";
    let number = "there is no business with this number";
    let cases = [
        (World::new(), say("", None), bad),
        (World::new(), say(" \n", None), bad),
        (World::new(), say(&long, None), bad),
        (World::new(), Say { number: elsewhere(), ..say("hello", None) }, number),
        (World::new().without(&Key::Waba(waba())), say("hello", None), number),
        (World::new().without(&Key::User(user())), say("hello", None), "there is no such user"),
    ];
    for (mut world, wish, why) in cases {
        assert_eq!(world.did(&wish), format!("refused: {why}"));
    }
    assert!(World::new().run(&say(&"é".repeat(MAX_TEXT), None)).done.is_ok());
}

#[test]
fn a_tap_says_what_stands_on_the_button_and_answers_its_message() {
    let reply = || Button::Reply { text: "Yes".into(), payload: "yes-1".into() };
    let url = Button::Url { text: "Open".into(), url: "https://example.org".into() };
    let mut world = with([message(1, Content { buttons: vec![url, reply()], ..Content::text("Come?") })]);
    let tap = |button| Tap { user: user(), message: id(1), button };
    let tapped = world.run(&tap(1));
    assert_eq!(crate::testing::summary(&tapped), "puts Pair Message; tells button; notes UserSaid; shows Message");
    assert_eq!(tapped.done.unwrap().context.as_deref(), Some(id(1).as_str()));
    let said = world.run(&say("hello", None)).done.unwrap();
    let wrong = [tap(0), tap(2), Tap { user: stranger(), ..tap(1) }, Tap { message: id(9), ..tap(1) }, Tap { message: said.id, ..tap(1) }];
    for tap in wrong {
        assert_eq!(world.did(&tap), "refused: there is no such button");
    }
}

#[test]
fn each_receipt_counts_once_and_the_price_belongs_to_the_first() {
    let receive = |receipt| Receive { user: user(), message: id(1), receipt };
    let (delivered, read) = (
        "puts Message; tells delivered; notes MessageProgressed; shows Message",
        "puts Message; tells read; notes MessageProgressed; shows Message",
    );
    let priced = |transition: &crate::step::Transition<_, _>| match &transition.told[..] {
        [Notice::MessageStatus { tariff, opaque, .. }] => (tariff.is_some(), opaque.clone().unwrap_or_default()),
        told => panic!("{told:?}"),
    };
    let mut world = with([message(1, Content::text("Hello"))]);
    for (receipt, came, price) in [(Receipt::Delivered, delivered, true), (Receipt::Read, read, false)] {
        let received = world.run(&receive(receipt));
        assert_eq!((crate::testing::summary(&received), priced(&received)), (came.to_owned(), (price, "order=1".to_owned())));
        assert_eq!(world.did(&receive(receipt)), "nothing", "{receipt:?} again");
    }
    assert_eq!(world.did(&receive(Receipt::Delivered)), "nothing", "late");
    let mut world = with([message(1, Content::text("Hello"))]);
    assert!(priced(&world.run(&receive(Receipt::Read))).0, "read without a receipt of delivery");
}

#[test]
fn reading_one_reads_what_came_before_it() {
    let mut world = with((1..=4).map(|nth| message(nth, Content::text("Hello"))));
    world.run(&Receive { user: user(), message: id(1), receipt: Receipt::Delivered });
    let read = world.did(&Receive { user: user(), message: id(3), receipt: Receipt::Read });
    let three = "MessageProgressed MessageProgressed MessageProgressed";
    assert_eq!(read, format!("puts Message Message Message; tells read read read; notes {three}; shows Message Message Message"));
    assert_eq!(world.did(&Receive { user: user(), message: id(2), receipt: Receipt::Read }), "nothing");
}

#[test]
fn receipts_for_what_is_not_there_change_nothing() {
    let receive = || Receive { user: user(), message: id(1), receipt: Receipt::Read };
    let there = || with([message(1, Content::text("Hello"))]);
    let failed = {
        let mut failed = message(1, Content::text("Hello"));
        let MessageBody::Business(sent) = &mut failed.body else { unreachable!("it is a business's") };
        sent.progress = Progress::Undeliverable;
        failed
    };
    let cases = [
        (there(), Receive { user: stranger(), ..receive() }),
        (there(), Receive { message: id(9), ..receive() }),
        (there().without(&Key::Number(pnid())), receive()),
        (there().without(&Key::Waba(waba())), receive()),
        (there().without(&Key::User(user())), receive()),
        (with([failed.clone()]), Receive { receipt: Receipt::Delivered, ..receive() }),
        (with([failed]), receive()),
    ];
    for (mut world, report) in cases {
        assert_eq!(world.did(&report), "nothing", "{report:?}");
    }
}

#[test]
fn the_newest_request_that_reached_the_user_is_the_one_to_answer() {
    let mut world = with([request(1), request(2)]);
    let delivered = |nth| Receive { user: user(), message: id(nth), receipt: Receipt::Delivered };
    assert_eq!(world.did(&delivered(2)), "puts Message Pair; tells delivered; notes MessageProgressed; shows Message");
    assert_eq!(world.did(&delivered(1)), "puts Message; tells delivered; notes MessageProgressed; shows Message", "an older one came late");
    assert_eq!(world.pair().card.map(|card| card.message), Some(id(2)));
    let answer = |nth| Permit::Card { user: user(), request: id(nth), decision: Decision::Allow };
    let decided = "puts Pair Message; tells call_permission_reply; notes PermissionDecided PermissionChanged; shows Permission Message";
    assert_eq!(world.did(&answer(1)), "refused: this request for call permission can no longer be answered");
    assert_eq!(world.did(&answer(2)), decided);
    assert_eq!(world.pair().decided, Permission::Permanent);
    assert_eq!(world.did(&answer(2)), "shows Message", "the same answer again");
    world.now = T0 + Duration::from_secs(7 * 86_400);
    assert_eq!(world.did(&answer(2)), "refused: this request for call permission can no longer be answered");
}

#[test]
fn a_decision_in_the_profile_is_told_where_it_changes_something() {
    let decide = |decision| Permit::Profile { user: user(), number: pnid(), decision };
    let changed = "puts Pair Message; tells call_permission_reply; notes PermissionDecided PermissionChanged; shows Permission";
    let mut world = World::new();
    assert_eq!(world.did(&decide(Decision::Deny)), "nothing", "there was nothing to take back");
    for (decision, came) in
        [(Decision::Allow, changed), (Decision::Allow, "nothing"), (Decision::Deny, changed), (Decision::AllowTemporarily, changed)]
    {
        assert_eq!(world.did(&decide(decision)), came, "{decision:?}");
    }
    let told = world.run(&decide(Decision::Deny)).told;
    let [Notice::Said { said: Said::Permission(reply), context: None, .. }] = &told[..] else { panic!("{told:?}") };
    assert_eq!((reply.permission, reply.source), (Permission::None, ReplySource::UserAction));
}

#[test]
fn decisions_about_what_is_not_there_are_refused() {
    let card = |user, request| Permit::Card { user, request, decision: Decision::Allow };
    let profile = |user, number| Permit::Profile { user, number, decision: Decision::Allow };
    let (number, asked) = ("there is no business with this number", "there is no such request for call permission");
    let there = || with([request(1), message(2, Content::text("Hello"))]);
    let cases = [
        (there(), card(user(), id(9)), asked),
        (there(), card(user(), id(2)), asked),
        (there(), card(stranger(), id(1)), asked),
        (there(), card(user(), id(1)), "this request for call permission can no longer be answered"),
        (there().without(&Key::Number(pnid())), card(user(), id(1)), number),
        (there(), profile(user(), elsewhere()), number),
        (there().without(&Key::Waba(waba())), profile(user(), pnid()), number),
        (there(), profile(stranger(), pnid()), asked),
    ];
    for (mut world, decision, why) in cases {
        assert_eq!(world.did(&decision), format!("refused: {why}"), "{decision:?}");
    }
}

#[test]
fn the_business_marks_what_the_user_said_as_read_once() {
    let mut world = with([message(1, Content::text("Hello"))]);
    let said = world.run(&say("hello", None)).done.unwrap().id;
    let mark = |message: &MessageId| MarkRead { number: pnid(), message: message.clone() };
    assert_eq!(world.did(&mark(&said)), "puts Message; notes MessageReadByBusiness; shows Message");
    let again = world.run(&mark(&said));
    assert_eq!((crate::testing::summary(&again), again.done), ("nothing".to_owned(), Ok(true)));
    for wrong in [mark(&id(1)), mark(&id(9)), MarkRead { number: elsewhere(), message: said }] {
        let refused = world.run(&wrong);
        assert_eq!((crate::testing::summary(&refused), refused.done), ("nothing".to_owned(), Ok(false)), "{wrong:?}");
    }
}
