//! The journal: entries in the order of writing, and pages of them.

use callport_core::call::{EndReason, Side};
use callport_core::call_id::Direction;
use callport_core::gate::DeviceKind;
use callport_core::pair::{Decision, Permission, ReplySource};
use callport_core::quality::QualityNotice;
use callport_engine::ports::{Commit, JournalPage};
use callport_engine::records::DeliveryId;
use callport_flow::journal::{About, ApiRefusal, ApiRequest, Entry, EntryKind, Fact, Milestone};

use crate::Home;
use crate::records::*;

async fn write(store: &Home, entries: Vec<Entry>) {
    store.make(Commit { entries, ..store.draft(vec![]) }).await.unwrap();
}

fn refused(status: u16) -> ApiRequest {
    ApiRequest {
        method: "POST".into(),
        path: "/4003/calls".into(),
        status,
        refusal: Some(ApiRefusal::new(10, None, "no")),
        duration_ms: 4,
        fbtrace_id: "A1".into(),
    }
}

fn everything() -> JournalPage {
    JournalPage { limit: 1_000, ..JournalPage::default() }
}

pub async fn keeps_entries_in_the_order_of_writing(store: &Home) {
    assert_eq!(store.last_entry().await.unwrap(), 0);
    // Moments that fall back and repeat do not matter: what was written first comes first.
    let entries: Vec<_> = [5, 3, 3, 9, 1].into_iter().zip('a'..).map(|(at, says)| entry("A", at, &says.to_string())).collect();
    write(store, entries[..2].to_vec()).await;
    write(store, vec![]).await;
    write(store, entries[2..4].to_vec()).await;
    write(store, vec![entries[4].clone(), entries[4].clone()]).await;
    let found = store.journal(everything()).await.unwrap();
    assert!(found.is_sorted_by(|one, next| one.seq < next.seq));
    assert!(found[0].seq > 0);
    assert_eq!(store.last_entry().await.unwrap(), found[5].seq);
    let found: Vec<_> = found.into_iter().map(|recorded| recorded.entry).collect();
    assert_eq!(found, [&entries[..], &entries[4..]].concat());
}

pub async fn keeps_every_fact(store: &Home) {
    let mut facts = vec![
        Fact::DeviceRings,
        Fact::UserDeclined,
        Fact::UserHungUp,
        Fact::UserPressedKey,
        Fact::UserRejoined,
        Fact::UserBusy,
        Fact::OperatorEndedCall,
        Fact::MessageReadByBusiness,
        Fact::UserAskedToReconsider,
        Fact::SettingsChanged,
        Fact::NoPaymentMethod,
        Fact::UserCallRefused { says: "no".into() },
        Fact::BusinessAsked { action: "pre_accept".into() },
        Fact::BusinessRefused { action: "accept".into(), says: "too late".into() },
        Fact::BusinessRequested { action: Some("accept".into()) },
        Fact::BusinessRequested { action: None },
        Fact::RequestsLeftOut { count: u64::MAX },
        Fact::DescriptionOdd { says: "\"odd\"\n\u{0}".into() },
        Fact::MessageSent { asks_permission: true, undeliverable: false, unpaid: false },
        Fact::MessageProgressed { status: "read".into() },
        Fact::UserSaid { kind: "text".into() },
        Fact::ObjectPut { object: "number".into(), id: Some("4001".into()) },
        Fact::CallbackRequested,
        Fact::ObjectRemoved { object: "session".into(), id: None },
        Fact::WebhookReplayed { event: "connect".into() },
        attempted(DeliveryId(1), 1).fact,
    ];
    facts.extend(DeviceKind::ALL.map(|device| Fact::UserPlacedCall { device }));
    facts.extend(DeviceKind::ALL.map(|device| Fact::UserPickedUp { device }));
    facts.extend(EndReason::ALL.map(|reason| Fact::CallEnded { reason, talked_ms: Some(u64::MAX) }));
    facts.extend(Decision::ALL.map(|decision| Fact::PermissionDecided { decision }));
    facts.extend(EntryKind::ALL.map(|kind| Fact::Line { kind, text: "of an earlier version".into() }));
    for side in [Side::User, Side::Business] {
        let old = Fact::MediaMilestone { side, says: "STUN came".into() };
        let milestone = Fact::Media { side, milestone: Milestone::WrongSteps { seen: -960, expected: 960 } };
        facts.extend([old, Fact::MediaConnected { side }, Fact::MediaFlowing { side }, Fact::MediaSilent { side }, milestone]);
    }
    for permission in [Permission::None, Permission::Temporary { until: at(9) }, Permission::Permanent] {
        let sources = [ReplySource::UserAction, ReplySource::Automatic];
        facts.extend(sources.map(|source| Fact::PermissionChanged { permission, source }));
    }
    for direction in [Direction::UserInitiated, Direction::BusinessInitiated] {
        facts.push(Fact::QualityTold { notice: QualityNotice::LowPickUp });
        facts.extend([Fact::CallingPaused { direction, until_ms: -1 }, Fact::PauseLifted { direction }]);
    }
    let entries: Vec<_> = facts.into_iter().map(|fact| Entry { fact, ..entry("A", 1, "") }).collect();
    write(store, entries.clone()).await;
    let found = store.journal(everything()).await.unwrap();
    assert_eq!(found.into_iter().map(|recorded| recorded.entry).collect::<Vec<_>>(), entries);
}

pub async fn pages_the_journal_by_each_filter(store: &Home) {
    let about = |number: &str, user: &str| About { number: Some(pnid(number)), user: Some(user_id(user)), ..About::default() };
    let of = |own: &str, about: About| About { call: Some(call_id(own)), ..about };
    let webhook = |id, app: &str| About { delivery: Some(id), app: Some(app_id(app)), ..About::call_id(&call_id("A")) };
    let all = [
        ("a", of("A", about("4001", "9001")), Fact::UserPlacedCall { device: DeviceKind::Phone }),
        ("b", of("B", about("4001", "9002")), Fact::UserBusy),
        ("c", webhook(7, "1001"), attempted(DeliveryId(7), 1).fact),
        ("d", webhook(8, "1002"), attempted(DeliveryId(8), 1).fact),
        ("e", about("4002", "9001"), Fact::UserSaid { kind: "text".into() }),
        ("f", About::default(), Fact::ObjectPut { object: "app".into(), id: None }),
        ("g", of("A", about("4001", "9001")), Fact::MediaConnected { side: Side::User }),
        ("h", of("A", about("4001", "9001")), Fact::UserHungUp),
        ("i", About::number(&pnid("4003")), Fact::BusinessRequested { action: None }),
    ];
    for (name, about, fact) in &all {
        let request = (*name == "i").then(|| Box::new(refused(403)));
        write(store, vec![Entry { request, ..Entry::new(at(0), about.clone(), fact.clone()) }]).await;
    }
    let seqs: Vec<u64> = store.journal(everything()).await.unwrap().iter().map(|recorded| recorded.seq).collect();
    let (call, number, user) = (Some(call_id("A")), Some(pnid("4001")), Some(user_id("9001")));
    for (what, page, expected) in [
        ("everything", everything(), "abcdefghi"),
        ("the first three", JournalPage { limit: 3, ..everything() }, "abc"),
        ("none", JournalPage { limit: 0, ..everything() }, ""),
        ("what came after one", JournalPage { after: seqs[4], ..everything() }, "fghi"),
        ("what came after the last", JournalPage { after: seqs[8], ..everything() }, ""),
        ("what came after any that can be", JournalPage { after: u64::MAX, ..everything() }, ""),
        ("a call's", JournalPage { call: call.clone(), ..everything() }, "acdgh"),
        ("a call's, paged", JournalPage { call: call.clone(), after: seqs[0], limit: 2, ..everything() }, "cd"),
        ("a number's", JournalPage { number: number.clone(), ..everything() }, "abgh"),
        ("a user's", JournalPage { user: user.clone(), ..everything() }, "aegh"),
        ("a pair's", JournalPage { number, user: user.clone(), ..everything() }, "agh"),
        ("an app's", JournalPage { app: Some(app_id("1001")), ..everything() }, "c"),
        ("a webhook's", JournalPage { delivery: Some(DeliveryId(8)), ..everything() }, "d"),
        ("of a kind", JournalPage { kind: Some(EntryKind::User), ..everything() }, "aeh"),
        ("of a kind, paged", JournalPage { kind: Some(EntryKind::User), after: seqs[0], limit: 1, ..everything() }, "e"),
        ("a call's of a kind", JournalPage { call: call.clone(), kind: Some(EntryKind::Webhook), ..everything() }, "cd"),
        ("a call's of a user", JournalPage { call, user, ..everything() }, "agh"),
        ("refused", JournalPage { status: Some(400..=499), ..everything() }, "i"),
        ("answered so by an app", JournalPage { status: Some(503..=503), app: Some(app_id("1001")), ..everything() }, "c"),
        ("answered, of a kind", JournalPage { status: Some(0..=599), kind: Some(EntryKind::Webhook), ..everything() }, "cd"),
        ("a stranger's", JournalPage { call: Some(call_id("X")), ..everything() }, ""),
    ] {
        let found = store.journal(page).await.unwrap();
        let found: String = found.iter().map(|recorded| all[seqs.iter().position(|seq| *seq == recorded.seq).unwrap()].0).collect();
        assert_eq!(found, expected, "{what}");
    }
}
