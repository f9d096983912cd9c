use serde_json::{Value, json};

use super::*;

fn person() -> Person {
    Person { number: "6281255509999".into(), display: "+62 812-5550-9999".into(), name: "Acme".into() }
}

fn who() -> Value {
    json!({"number": "6281255509999", "display": "+62 812-5550-9999", "name": "Acme"})
}

fn who_and(more: Value) -> Value {
    let mut all = who().as_object().unwrap().clone();
    all.extend(more.as_object().unwrap().clone());
    Value::Object(all)
}

fn message(from: ShownAuthor) -> ShownMessage {
    let (header, body, footer) = (None, Some("B".into()), None);
    ShownMessage { id: "wamid.a".into(), from, at: 7, header, body, footer, buttons: Vec::new(), card: None, status: None, seen: None }
}

#[test]
fn the_greeting_has_the_shape_that_the_page_reads() {
    let live = LiveCall {
        person: person(),
        call: "wacid.a".into(),
        direction: CallDirection::BusinessInitiated,
        dial: None,
        view: CallView::Incoming,
        elapsed_ms: None,
        path_open: true,
        audio_both_ways: false,
        here: false,
    };
    let hidden =
        ShownBusiness { person: person(), icon_hidden: Some(Why { reason: "calling_off", text: "No.".into() }), callable_from_log: false };
    let recent = Recent {
        person: person(),
        call: "wacid.b".into(),
        direction: CallDirection::UserInitiated,
        at: 7,
        outcome: Outcome::NotAnswered,
        text: "Nobody.".into(),
        duration: None,
    };
    let permission = ShownPermission::Temporary { expires_at: 9 };
    let chat =
        ShownChat { person: person(), messages: vec![message(ShownAuthor::System)], more: true, permission, blocked: false, unread: 3 };
    let hello = Hello {
        user: person(),
        device: SessionDevice::Companion,
        businesses: vec![hidden],
        recents: vec![recent],
        call: Some(live),
        chats: vec![chat],
    };
    let expected = json!({
        "type": "hello",
        "user": who(),
        "device": "companion",
        "businesses": [who_and(json!({"icon_hidden": {"reason": "calling_off", "text": "No."}, "callable_from_log": false}))],
        "recents": [who_and(json!({
            "call": "wacid.b", "direction": "user_initiated", "at": 7, "outcome": "not_answered", "text": "Nobody."
        }))],
        "call": who_and(json!({
            "call": "wacid.a", "direction": "business_initiated", "view": "incoming", "path_open": true, "audio_both_ways": false,
            "here": false
        })),
        "chats": [who_and(json!({
            "messages": [{"id": "wamid.a", "from": "system", "at": 7, "body": "B"}], "more": true,
            "permission": {"kind": "temporary", "expires_at": 9}, "blocked": false, "unread": 3
        }))],
    });
    assert_eq!(serde_json::to_value(ServerMessage::Hello(Box::new(hello))).unwrap(), expected);
}

#[test]
fn what_is_told_of_calls_has_the_shape_that_the_page_reads() {
    let (call, text) = (|| "a".to_owned(), || "T".to_owned());
    let cases = [
        (
            ServerMessage::Ended { call: call(), reason: "rejected", outcome: Outcome::Declined, text: text(), duration: None },
            json!({"type": "ended", "call": "a", "reason": "rejected", "outcome": "declined", "text": "T"}),
        ),
        (
            ServerMessage::Refused {
                dial: "d".into(),
                reason: "closed",
                text: text(),
                closed: Some(Closed { now: 7, opens_at: None, callback: true }),
            },
            json!({"type": "refused", "dial": "d", "reason": "closed", "text": "T", "closed": {"now": 7, "callback": true}}),
        ),
        (
            ServerMessage::RejoinRefused { call: call(), attempt: 2, reason: "media", text: text() },
            json!({"type": "rejoin_refused", "call": "a", "attempt": 2, "reason": "media", "text": "T"}),
        ),
        (ServerMessage::Incoming { call: call(), person: person() }, who_and(json!({"type": "incoming", "call": "a"}))),
        (ServerMessage::Answered { call: call(), answer: "v=0".into() }, json!({"type": "answered", "call": "a", "answer": "v=0"})),
        (
            ServerMessage::AnswerRefused { call: call(), reason: "not_ringing", text: text() },
            json!({"type": "answer_refused", "call": "a", "reason": "not_ringing", "text": "T"}),
        ),
        (ServerMessage::Taken { call: call(), how: TakenHow::Declined }, json!({"type": "taken", "call": "a", "how": "declined"})),
        (ServerMessage::SignedOut, json!({"type": "signed_out"})),
    ];
    for (message, expected) in cases {
        assert_eq!(serde_json::to_value(message).unwrap(), expected);
    }
}

#[test]
fn what_is_told_of_chats_has_the_shape_that_the_page_reads() {
    let number = || "62".to_owned();
    let offer = ShownMessage {
        header: Some("H".into()),
        footer: Some("F".into()),
        buttons: vec![
            ShownButton::Call { text: "Call".into(), expires_in_ms: 0 },
            ShownButton::Url { text: "Open".into(), url: "https://example.org".into() },
            ShownButton::Reply { text: "Yes".into() },
        ],
        seen: Some(false),
        ..message(ShownAuthor::Business)
    };
    let card = ShownCard { answerable: true, choice: Some(Choice::AllowTemporarily), answerable_for_ms: Some(5) };
    let over = ShownCard { answerable: false, choice: None, answerable_for_ms: None };
    let said = ShownMessage { status: Some(MessageStatus::Sent), ..message(ShownAuthor::User) };
    let shown = |message: ShownMessage| serde_json::to_value(message).unwrap();
    assert_eq!(
        shown(offer),
        json!({
            "id": "wamid.a", "from": "business", "at": 7, "header": "H", "body": "B", "footer": "F",
            "buttons": [
                {"kind": "call", "text": "Call", "expires_in_ms": 0},
                {"kind": "url", "text": "Open", "url": "https://example.org"},
                {"kind": "reply", "text": "Yes"}
            ],
            "seen": false
        })
    );
    let asks = |card| shown(ShownMessage { card: Some(card), body: None, ..message(ShownAuthor::Business) })["card"].clone();
    assert_eq!(asks(card), json!({"answerable": true, "choice": "allow_temporarily", "answerable_for_ms": 5}));
    assert_eq!(asks(over), json!({"answerable": false}));
    let cases = [
        (
            ServerMessage::Message { number: number(), message: Box::new(said), echo: Some("m1".into()) },
            json!({
                "type": "message", "number": "62", "echo": "m1",
                "message": {"id": "wamid.a", "from": "user", "at": 7, "body": "B", "status": "sent"}
            }),
        ),
        (
            ServerMessage::NotSent { id: "m1".into(), reason: "bad_text", text: "T".into() },
            json!({"type": "not_sent", "id": "m1", "reason": "bad_text", "text": "T"}),
        ),
        (
            ServerMessage::Permission { number: number(), permission: ShownPermission::None },
            json!({"type": "permission", "number": "62", "permission": {"kind": "none"}}),
        ),
        (
            ServerMessage::Permission { number: number(), permission: ShownPermission::Permanent },
            json!({"type": "permission", "number": "62", "permission": {"kind": "permanent"}}),
        ),
        (ServerMessage::Blocked { number: number(), blocked: true }, json!({"type": "blocked", "number": "62", "blocked": true})),
        (ServerMessage::Reported { call: "a".into() }, json!({"type": "reported", "call": "a"})),
        (
            ServerMessage::Chat { number: number(), messages: Vec::new(), more: false },
            json!({"type": "chat", "number": "62", "messages": [], "more": false}),
        ),
    ];
    for (message, expected) in cases {
        assert_eq!(serde_json::to_value(message).unwrap(), expected);
    }
}

#[test]
fn reads_what_pages_say_and_passes_over_what_they_add() {
    let dial = json!({"type": "dial", "dial": "d1", "number": "+1", "offer": "v=0", "colour": "red"});
    let ClientMessage::Dial(dial) = serde_json::from_value(dial).unwrap() else { panic!("a dial") };
    assert_eq!((dial.dial.as_str(), dial.entry, dial.message), ("d1", TappedEntry::Icon, None));
    for text in [
        r#"{"type":"ping"}"#,
        r#"{"type":"cancel","dial":"d"}"#,
        r#"{"type":"rejoin","call":"c","attempt":1,"offer":"o"}"#,
        r#"{"type":"ringing","call":"c"}"#,
        r#"{"type":"answer","call":"c","offer":"o"}"#,
        r#"{"type":"decline","call":"c"}"#,
        r#"{"type":"say","id":"m1","number":"62","text":"hello"}"#,
        r#"{"type":"delivered","message":"m"}"#,
        r#"{"type":"read","message":"m"}"#,
        r#"{"type":"permit","message":"m","choice":"allow"}"#,
        r#"{"type":"permit","message":"m","choice":"allow_temporarily"}"#,
        r#"{"type":"set_permission","number":"62","choice":"deny"}"#,
        r#"{"type":"report","call":"c"}"#,
        r#"{"type":"block","number":"62","blocked":true}"#,
        r#"{"type":"tap","message":"m","button":0}"#,
        r#"{"type":"chat","number":"62","before":"m"}"#,
        r#"{"type":"chat","number":"62"}"#,
        r#"{"type":"dial","dial":"d","number":"62","offer":"o","entry":"call_log","message":"m"}"#,
    ] {
        assert!(serde_json::from_str::<ClientMessage>(text).is_ok(), "{text}");
    }
}

#[test]
fn rejects_what_is_no_message() {
    for text in [
        "",
        "[]",
        "{}",
        r#"{"type":"video"}"#,
        r#"{"type":"digit","call":"c"}"#,
        r#"{"type":"rejoin","call":"c","attempt":-1,"offer":""}"#,
        r#"{"type":"permit","message":"m","choice":"maybe"}"#,
        r#"{"type":"tap","message":"m","button":-1}"#,
        r#"{"type":"say","number":"62","text":"hello"}"#,
    ] {
        assert!(serde_json::from_str::<ClientMessage>(text).is_err(), "{text}");
    }
}

#[test]
fn page_ids_are_short_and_plain() {
    for good in ["d", "3f2a-11", &"a".repeat(MAX_PAGE_ID)] {
        assert!(page_id(good), "{good}");
    }
    for bad in ["", "a b", "é", &"a".repeat(MAX_PAGE_ID + 1)] {
        assert!(!page_id(bad), "{bad}");
    }
}
