use std::time::Duration;

use callport_core::ids::{PhoneNumberId, UserId, WabaId};
use callport_core::limits::WEEK;
use callport_core::message::MessageId;
use callport_core::pair::{Card as Asked, PermissionReply, ReplySource};
use callport_engine::records::{Tariff, TariffCategory};

use super::*;
use crate::protocol::Choice;

const T0: WallTime = WallTime::from_unix_seconds(1_795_341_600);

fn record(id: &str, body: MessageBody) -> records::Message {
    records::Message {
        id: MessageId::parse(&format!("wamid.{id}")).unwrap(),
        number: PhoneNumberId::parse("4001").unwrap(),
        waba: WabaId::parse("2001").unwrap(),
        user: UserId::parse("9001").unwrap(),
        at: T0,
        body,
        context: None,
    }
}

fn sent(progress: Progress, content: Content) -> MessageBody {
    let tariff = Tariff { category: TariffCategory::Service, free: true };
    MessageBody::Business(Sent { content, tariff, progress, opaque: None })
}

fn request(id: &str, progress: Progress) -> records::Message {
    record(id, sent(progress, Content { asks_permission: true, ..Content::text("May we call?") }))
}

fn shown(pair: &Pair, one: &records::Message, now: WallTime) -> Option<ShownMessage> {
    message(pair, one, &Answers::default(), now)
}

fn with_card(id: &str, delivered_at: WallTime, answer: Option<(Decision, WallTime)>) -> Pair {
    Pair { card: Some(Asked { message: MessageId::parse(&format!("wamid.{id}")).unwrap(), delivered_at, answer }), ..Pair::default() }
}

#[test]
fn what_is_no_message_to_a_person_is_not_shown() {
    let reply = Said::Permission(PermissionReply { permission: Permission::Permanent, source: ReplySource::UserAction });
    let hidden = [MessageBody::User(reply), sent(Progress::Undeliverable, Content::text("Hello"))];
    for body in hidden {
        assert!(shown(&Pair::default(), &record("a", body), T0).is_none());
    }
}

#[test]
fn each_author_speaks_in_its_own_way() {
    let cases = [
        (sent(Progress::Delivered, Content::text("Hello")), ShownAuthor::Business, None, Some(false)),
        (sent(Progress::Read, Content::text("Hello")), ShownAuthor::Business, None, Some(true)),
        (MessageBody::User(Said::Text { text: "Hello".into(), read: false }), ShownAuthor::User, Some(MessageStatus::Sent), None),
        (MessageBody::User(Said::Text { text: "Hello".into(), read: true }), ShownAuthor::User, Some(MessageStatus::Read), None),
        (MessageBody::User(Said::Button { text: "Hello".into(), payload: "p".into() }), ShownAuthor::User, Some(MessageStatus::Sent), None),
    ];
    for (body, from, status, seen) in cases {
        let message = shown(&Pair::default(), &record("a", body), T0).unwrap();
        assert_eq!((message.from, message.status, message.seen), (from, status, seen));
        assert_eq!((message.body.as_deref(), message.at), (Some("Hello"), T0.unix_seconds()));
    }
    let asked = shown(&Pair::default(), &record("a", MessageBody::Reconsider), T0).unwrap();
    assert_eq!((asked.from, asked.body.as_deref()), (ShownAuthor::System, Some(words::RECONSIDER)));
}

#[test]
fn a_call_button_counts_down_to_nothing_and_keeps_its_payload_to_itself() {
    let expires_at = T0 + Duration::from_secs(60);
    let button = Offered::Call { text: "Call".into(), expires_at, payload: Some("secret".into()) };
    let offer = record("a", sent(Progress::Read, Content { buttons: vec![button], ..Content::text("Talk?") }));
    for (after, left) in [(0, 60_000), (59_999, 1), (60_000, 0), (120_000, 0)] {
        let message = shown(&Pair::default(), &offer, T0 + Duration::from_millis(after)).unwrap();
        assert!(message.buttons == [ShownButton::Call { text: "Call".into(), expires_in_ms: left }], "{after} ms later");
        assert!(!serde_json::to_string(&message).unwrap().contains("secret"));
    }
}

#[test]
fn only_the_current_card_can_be_answered_and_only_for_a_week() {
    let (hour, week) = (Duration::from_secs(3_600), u64::try_from(WEEK.as_millis()).unwrap());
    let answered = Some((Decision::Allow, T0 + hour));
    let cases = [
        ("not reported yet", Pair::default(), Progress::Sent, T0, Some(week), None),
        ("not reported yet, after another", with_card("b", T0, None), Progress::Sent, T0, Some(week), None),
        ("not reported yet, and a newer one was", with_card("b", T0 + hour, None), Progress::Sent, T0 + hour, None, None),
        ("current", with_card("a", T0, None), Progress::Delivered, T0 + hour, Some(week - 3_600_000), None),
        ("current, over", with_card("a", T0, None), Progress::Read, T0 + WEEK, None, None),
        ("answered: a week from then", with_card("a", T0, answered), Progress::Read, T0 + WEEK, Some(3_600_000), Some(Choice::Allow)),
        ("answered, over", with_card("a", T0, answered), Progress::Read, T0 + WEEK + hour, None, Some(Choice::Allow)),
        ("superseded", with_card("b", T0 + hour, None), Progress::Read, T0 + hour, None, None),
    ];
    for (what, pair, progress, now, answerable_for_ms, choice) in cases {
        let card = shown(&pair, &request("a", progress), now).unwrap().card.unwrap();
        assert_eq!(card, ShownCard { answerable: answerable_for_ms.is_some(), choice, answerable_for_ms }, "{what}");
    }
}

#[test]
fn a_superseded_card_keeps_the_last_answer_that_is_found_near_it() {
    let reply = |permission, request: &str| {
        let said = Said::Permission(PermissionReply { permission, source: ReplySource::UserAction });
        records::Message { context: Some(format!("wamid.{request}")), ..record("r", MessageBody::User(said)) }
    };
    let until = T0 + WEEK;
    let chat = [
        request("a", Progress::Read),
        reply(Permission::Permanent, "a"),
        reply(Permission::Temporary { until }, "a"),
        reply(Permission::None, "b"),
    ];
    let card = message(&with_card("b", T0, None), &chat[0], &Answers::among(&chat), T0).unwrap().card.unwrap();
    assert_eq!((card.answerable, card.choice), (false, Some(Choice::AllowTemporarily)));
}
