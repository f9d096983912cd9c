//! Pairs and the messages between them.

use callport_core::message::{Button, Content};
use callport_core::pair::{Card, Decision, Pair, Permission, PermissionReply, ReplySource};
use callport_engine::ports::MessagePage;
use callport_engine::records::{Message, MessageBody, PairRecord, Progress, Said, Sent, Tariff, TariffCategory};
use callport_flow::{FreeAsk, Query, Row, Write};

use crate::records::*;
use crate::{Home, put, refused};

fn put_pair(pair: &PairRecord) -> Write {
    pair.clone().put()
}

fn put_message(message: &Message) -> Write {
    message.clone().put()
}

/// The ids of messages, in their order.
fn own(messages: &[Message]) -> String {
    messages.iter().map(|message| message.id.as_str().trim_start_matches("wamid.")).collect()
}

/// The chat of number 4001 and user 9001.
fn page(before: Option<&str>, limit: u32) -> MessagePage {
    MessagePage { number: pnid("4001"), user: user_id("9001"), before: before.map(message_id), limit }
}

async fn chat(store: &Home) -> String {
    own(&store.messages(page(None, 100)).await.unwrap())
}

pub async fn keeps_every_state_of_a_pair(store: &Home) {
    put(store, acme()).await;
    let (number, user) = (pnid("4001"), user_id("9001"));
    assert_eq!(store.pair(&number, &user).await.unwrap(), None);
    let card = |answer| Some(Card { message: message_id("card"), delivered_at: at(3), answer });
    let mut states = vec![Pair::default(), pair("4001", "9001").pair];
    states.extend([Permission::None, Permission::Temporary { until: at(-1) }, Permission::Permanent].map(|decided| Pair {
        decided,
        unanswered: u32::MAX,
        ..Pair::default()
    }));
    states.push(Pair { card: card(None), requests: vec![at(2), at(1), at(2)], ..Pair::default() });
    states.extend(Decision::ALL.map(|decision| Pair { card: card(Some((decision, at(9)))), connected: vec![at(9)], ..Pair::default() }));
    states.push(Pair { heard_at: Some(at(9)), ..Pair::default() });
    for state in states {
        let kept = PairRecord { pair: state, ..pair("4001", "9001") };
        put(store, vec![put_pair(&kept)]).await;
        assert_eq!(store.pair(&number, &user).await.unwrap(), Some(kept));
    }
}

pub async fn lists_the_pairs_of_a_user_by_number(store: &Home) {
    put(store, acme()).await;
    put(
        store,
        vec![
            number("4002", "2001", "6281255508888").put(),
            number("10000", "2001", "6281255507777").put(),
            user("9002", "5511955505678").put(),
        ],
    )
    .await;
    assert_eq!(store.pairs_of(&user_id("9001")).await.unwrap(), []);
    let all = [pair("4002", "9001"), pair("4001", "9001"), pair("10000", "9001"), pair("4001", "9002")];
    put(store, all.iter().map(put_pair).collect()).await;
    let expected = [pair("10000", "9001"), pair("4001", "9001"), pair("4002", "9001")];
    assert_eq!(store.pairs_of(&user_id("9001")).await.unwrap(), expected);
    assert_eq!(store.pairs_of(&user_id("9002")).await.unwrap(), [pair("4001", "9002")]);
    assert_eq!(store.pair(&pnid("4002"), &user_id("9002")).await.unwrap(), None);
}

pub async fn keeps_messages_of_every_kind(store: &Home) {
    assert_eq!(store.message(&message_id("A")).await.unwrap(), None);
    let call = |payload| Button::Call { text: "Call Now".into(), expires_at: at(60), payload };
    let contents = [
        Content::text("We can help on the phone."),
        Content { header: Some("Acme".into()), footer: Some("Bye".into()), ..Content::text("\"quoted\"\n\u{0}") },
        Content { asks_permission: true, ..Content::default() },
        Content {
            buttons: vec![
                call(None),
                call(Some(String::new())),
                Button::Url { text: "Track".into(), url: "https://acme.example/7".into() },
                Button::Reply { text: "Stop".into(), payload: "stop".into() },
            ],
            ..Content::default()
        },
    ];
    let categories = [TariffCategory::Service, TariffCategory::Utility, TariffCategory::Marketing, TariffCategory::Authentication];
    let progress = [Progress::Sent, Progress::Delivered, Progress::Read, Progress::Undeliverable];
    let mut bodies: Vec<MessageBody> = contents
        .into_iter()
        .zip(categories)
        .zip(progress)
        .map(|((content, category), progress)| {
            let tariff = Tariff { category, free: category == TariffCategory::Service };
            MessageBody::Business(Sent { content, tariff, progress, opaque: None })
        })
        .collect();
    bodies.extend([true, false].map(|read| MessageBody::User(Said::Text { text: "Please call me".into(), read })));
    bodies.push(MessageBody::User(Said::Button { text: "Stop".into(), payload: "stop".into() }));
    for source in [ReplySource::UserAction, ReplySource::Automatic] {
        for permission in [Permission::None, Permission::Temporary { until: at(9) }, Permission::Permanent] {
            bodies.push(MessageBody::User(Said::Permission(PermissionReply { permission, source })));
        }
    }
    bodies.push(MessageBody::Reconsider);
    for body in bodies {
        let kept = Message { body, ..message("A") };
        put(store, vec![put_message(&kept)]).await;
        assert_eq!(store.message(&kept.id).await.unwrap(), Some(kept));
    }
}

pub async fn pages_a_chat_newest_first(store: &Home) {
    assert_eq!(chat(store).await, "");
    // Moments that fall back and repeat do not matter: what was written last comes first.
    for (own, seconds) in [("A", 5), ("B", 5), ("C", 9), ("D", 1), ("E", 7)] {
        let here = Message { at: at(seconds), ..message(own) };
        let elsewhere = Message { number: pnid("4002"), ..message(&format!("n{own}")) };
        let somebody = Message { user: user_id("9002"), ..message(&format!("u{own}")) };
        put(store, [&elsewhere, &here, &somebody].map(put_message).into()).await;
    }
    for (what, page, expected) in [
        ("everything", page(None, 100), "EDCBA"),
        ("the newest two", page(None, 2), "ED"),
        ("none", page(None, 0), ""),
        ("the two before one", page(Some("D"), 2), "CB"),
        ("all before one", page(Some("C"), 100), "BA"),
        ("before the newest", page(Some("E"), 100), "DCBA"),
        ("before the oldest", page(Some("A"), 100), ""),
        ("before one that is not there", page(Some("Z"), 2), "ED"),
        ("before one of another number", page(Some("nC"), 2), "ED"),
        ("before one of another user", page(Some("uC"), 2), "ED"),
        ("a stranger's", MessagePage { user: user_id("7"), ..page(None, 100) }, ""),
        ("another number's", MessagePage { number: pnid("4002"), ..page(Some("nC"), 100) }, "nBnA"),
    ] {
        assert_eq!(own(&store.messages(page).await.unwrap()), expected, "{what}");
    }
}

pub async fn a_message_that_changes_keeps_its_place(store: &Home) {
    put(store, ["A", "B", "C"].map(|own| put_message(&message(own))).into()).await;
    let changed = Message { at: at(900), body: said("A", "other words").body, ..message("A") };
    put(store, vec![put_message(&reached("B", Progress::Read)), put_message(&changed)]).await;
    assert_eq!(chat(store).await, "CBA");
    assert_eq!(store.message(&message_id("A")).await.unwrap().as_ref(), Some(&changed));
    assert_eq!(store.messages(page(None, 100)).await.unwrap(), [message("C"), reached("B", Progress::Read), changed]);
    put(store, vec![put_message(&message("D")), put_message(&message("A")), put_message(&message("D"))]).await;
    assert_eq!(chat(store).await, "DCBA", "what is new goes on top, and only once");
}

pub async fn finds_the_chats_of_a_user_with_their_numbers(store: &Home) {
    put(store, acme()).await;
    put(store, vec![waba("2002").put(), number("4002", "2002", "6281255508888").put(), number("4003", "2001", "6281255507777").put()])
        .await;
    put(store, vec![user("9002", "5511955505678").put(), pair("4002", "9002").put()]).await;
    put(store, ["4003", "4001", "4002"].map(|number| pair(number, "9001").put()).into()).await;
    let found = async |who: &str, most| {
        let rows = store.rows(&Query::ChatsOf(user_id(who), most)).await.unwrap();
        let word = |row: &Row| match row {
            Row::Pair(row) => format!("pair {}", row.number),
            Row::Number(row) => format!("number {}", row.id),
            Row::Waba(row) => format!("account {}", row.id),
            row => panic!("{row:?}"),
        };
        assert!(rows.iter().all(|(version, _)| *version > 0));
        let pairs = rows.iter().filter(|(_, row)| matches!(**row, Row::Pair(_))).count();
        let mut words: Vec<_> = rows.iter().map(|(_, row)| word(row)).collect();
        words[pairs..].sort_unstable(); // whoever asks looks these up
        words.join(", ")
    };
    let all = "pair 4001, pair 4002, pair 4003, account 2001, account 2002, number 4001, number 4002, number 4003";
    assert_eq!(found("9001", 10).await, all);
    assert_eq!(found("9001", 1).await, "pair 4001, account 2001, number 4001");
    assert_eq!(found("9002", 10).await, "pair 4002, account 2002, number 4002");
    assert_eq!(found("9003", 10).await, "");
}

pub async fn a_message_of_a_commit_that_failed_leaves_no_gap(store: &Home) {
    put(store, vec![put_message(&message("A"))]).await;
    let owner_is_missing = session("cookie", "666").put();
    refused(store, vec![put_message(&message("B")), put_message(&reached("A", Progress::Read)), owner_is_missing]).await;
    assert_eq!(store.message(&message_id("B")).await.unwrap(), None);
    assert_eq!(store.message(&message_id("A")).await.unwrap(), Some(message("A")));
    put(store, vec![put_message(&message("C")), put_message(&message("B"))]).await;
    assert_eq!(chat(store).await, "BCA");
    assert_eq!(own(&store.messages(page(Some("B"), 100)).await.unwrap()), "CA");
}

pub async fn lists_unread_messages_of_the_business_oldest_first(store: &Home) {
    let (number, user) = (pnid("4001"), user_id("9001"));
    let unread = async |limit| store.unread_messages(&number, &user, limit).await.unwrap();
    assert_eq!(unread(10).await, []);
    let all = [
        message("A"),
        said("B", "hello"),
        reached("C", Progress::Delivered),
        reached("D", Progress::Read),
        Message { body: MessageBody::Reconsider, ..message("E") },
        reached("F", Progress::Undeliverable),
        Message { at: at(-9), ..message("G") },
        Message { number: pnid("4002"), ..message("H") },
        Message { user: user_id("9002"), ..message("I") },
    ];
    put(store, all.iter().map(put_message).collect()).await;
    assert_eq!(unread(10).await, [message("A"), reached("C", Progress::Delivered), all[6].clone()]);
    assert_eq!(own(&unread(2).await), "AC");
    assert_eq!(unread(0).await, []);
    put(store, vec![put_message(&reached("C", Progress::Read)), put_message(&reached("A", Progress::Delivered))]).await;
    assert_eq!(own(&unread(10).await), "AG", "one was read, another reached the phone");
}

pub async fn free_service_messages_of_a_number_are_counted_since_a_moment(store: &Home) {
    let sent = |own: &str, seconds: i64, number: &str, category, free| {
        let mut message = Message { number: pnid(number), at: at(seconds), ..message(own) };
        if let MessageBody::Business(sent) = &mut message.body {
            sent.tariff = Tariff { category, free };
        }
        message
    };
    let (service, utility) = (TariffCategory::Service, TariffCategory::Utility);
    let counted = async |seconds, most| {
        let ask = FreeAsk { number: pnid("4001"), since: at(seconds), most };
        store.free_messages(&ask).await.unwrap()
    };
    assert_eq!(counted(0, 9).await, 0);
    let messages = [
        sent("A", 10, "4001", service, true),
        sent("B", 20, "4001", service, true),
        sent("C", 30, "4001", service, false),
        sent("D", 30, "4001", utility, true),
        sent("E", 30, "4002", service, true),
        sent("F", 5, "4001", service, true),
    ];
    put(store, messages.iter().cloned().map(|message| message.put()).collect()).await;
    assert_eq!([counted(0, 9).await, counted(10, 9).await, counted(11, 9).await, counted(21, 9).await], [3, 2, 1, 0]);
    assert_eq!(counted(0, 2).await, 2, "no more than are asked for");
    let read = Message { body: MessageBody::Business(Sent { progress: Progress::Read, ..business(&messages[0]) }), ..messages[0].clone() };
    put(store, vec![read.put()]).await;
    assert_eq!(counted(0, 9).await, 3, "one that comes further is one");
}

fn business(message: &Message) -> Sent {
    match &message.body {
        MessageBody::Business(sent) => sent.clone(),
        other => panic!("{other:?}"),
    }
}
