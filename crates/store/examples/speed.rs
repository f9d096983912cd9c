//! How fast the file is on this machine: `cargo run --example speed -p callport-store -- [folder]`, as one JSON object.
//!
//! A commit is what one step of a call writes: the call as it was read, two entries of the journal, and one webhook of 850 bytes. The
//! folder says which disk is measured; the default is the system's folder for temporary files, which may be memory.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use callport_core::call_id::{CallId, Direction};
use callport_core::eligibility::InUseWith;
use callport_core::ids::{AppId, PhoneNumberId, PortfolioId, UserId, WabaId};
use callport_core::message::{Content, MessageId};
use callport_core::number::PhoneNumber;
use callport_core::pair::Pair;
use callport_core::scope::{Field, Scope};
use callport_core::settings::{AccountMode, CallingSettings, MessagingLimit};
use callport_core::time::WallTime;
use callport_core::token::SecretHash;
use callport_engine::ports::{Commit, MessagePage, NewDelivery, Settlement, Store};
use callport_engine::records::{
    App, AppGrant, CallLine, CallRecord, DeliveryId, DeliveryState, Message, MessageBody, Number, PairRecord, Portfolio, Progress, Sent,
    Stage, Subscription, Tariff, TariffCategory, Token, User, Waba,
};
use callport_flow::journal::{About, Entry, Fact};
use callport_flow::{CallRow, NodeId, Row, Version, Write};
use callport_store::{SealingKey, SqliteStore};

const EACH: Duration = Duration::from_secs(3);
const AT: WallTime = WallTime::from_unix_seconds(1_760_000_000);
const BODY: usize = 850;

type Outcome<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

#[tokio::main(flavor = "multi_thread")]
async fn main() -> Outcome<()> {
    let parent = std::env::args_os().nth(1).map_or_else(std::env::temp_dir, PathBuf::from);
    let folder = tempfile::tempdir_in(parent)?;
    let store = Arc::new(SqliteStore::open(&folder.path().join("callport.db"), SealingKey::from_bytes([7; 32])).await?);
    let ids = Ids::new(store.join().await?)?;
    store.commit(ids.commit(1, ids.objects())).await?;
    store.commit(ids.commit(2, ids.chat()?)).await?;

    let next = Arc::new(AtomicU64::new(3));
    let mut figures = serde_json::Map::new();
    for writers in [1_u64, 16, 64, 256] {
        let rate = commits(&store, &ids, &next, writers).await?;
        figures.insert(format!("commits_per_second_{writers}_callers"), rate.into());
    }
    macro_rules! read {
        ($name:literal, $store:ident, $ids:ident, $read:expr) => {
            let ($store, $ids) = (&store, &ids);
            let begun = Instant::now();
            let mut reads = 0_u32;
            while begun.elapsed() < EACH / 3 {
                for _ in 0..100 {
                    $read.await?;
                }
                reads += 100;
            }
            let each = begun.elapsed().as_nanos() as f64 / f64::from(reads) / 1_000.0;
            figures.insert(concat!($name, "_us").to_owned(), ((each * 100.0).round() / 100.0).into());
        };
    }
    read!("token", store, ids, store.token(&ids.token));
    read!("app", store, ids, store.app(&ids.app));
    read!("number", store, ids, store.number(&ids.number));
    read!("subscription", store, ids, store.subscription(&ids.app, &ids.waba));
    read!("absent_phone_override", store, ids, store.phone_override(&ids.app, &ids.number));
    read!("user", store, ids, store.user(&ids.user));
    read!("grant", store, ids, store.grant(&ids.app, &ids.waba));
    read!("subscriptions", store, ids, store.subscriptions(&ids.waba));
    read!("absent_token", store, ids, store.token(&ids.nobody));
    read!("user_by_number", store, ids, store.user_by_number(&ids.digits));
    read!("call", store, ids, store.call(&ids.call));
    read!("pair", store, ids, store.pair(&ids.number, &ids.user));
    read!("page_of_50_messages", store, ids, store.messages(ids.page()));
    store.close().await;
    println!("{}", serde_json::Value::Object(figures));
    Ok(())
}

/// Commits per second of so many callers, each waiting for its own, and settling the webhook of each.
async fn commits(store: &Arc<SqliteStore>, ids: &Ids, next: &Arc<AtomicU64>, callers: u64) -> Outcome<u64> {
    let begun = Instant::now();
    let mut tasks = tokio::task::JoinSet::new();
    for caller in 0..callers {
        let (store, ids, next) = (Arc::clone(store), ids.clone(), Arc::clone(next));
        tasks.spawn(async move {
            let (mut done, mut version) = (0, 0);
            let call = CallId::parse(&format!("wacid.{callers}.{caller}"))?;
            while begun.elapsed() < EACH {
                let id = next.fetch_add(1, Ordering::Relaxed);
                let queued = store.commit(ids.step(&call, id, version)).await?;
                version = id;
                done += 1;
                if let Some(queued) = queued.first() {
                    store.settle(vec![ids.delivered(queued.id)]).await?;
                }
            }
            Outcome::Ok(done)
        });
    }
    let mut done = 0;
    while let Some(task) = tasks.join_next().await {
        done += task??;
    }
    Ok((done as f64 / begun.elapsed().as_secs_f64()) as u64)
}

#[derive(Clone)]
struct Ids {
    node: NodeId,
    portfolio: PortfolioId,
    waba: WabaId,
    number: PhoneNumberId,
    app: AppId,
    user: UserId,
    token: SecretHash,
    nobody: SecretHash,
    digits: PhoneNumber,
    call: CallId,
}

impl Ids {
    fn new(node: NodeId) -> Outcome<Self> {
        Ok(Self {
            node,
            portfolio: PortfolioId::parse("3001")?,
            waba: WabaId::parse("2001")?,
            number: PhoneNumberId::parse("4001")?,
            app: AppId::parse("1001")?,
            user: UserId::parse("9001")?,
            token: SecretHash::of("EAAtest"),
            nobody: SecretHash::of("EAAnobody"),
            digits: PhoneNumber::parse("5511955501234")?,
            call: CallId::parse("wacid.16.0")?,
        })
    }

    fn objects(&self) -> Vec<Write> {
        let name = || "Acme".to_owned();
        vec![
            Write::Put(Row::Portfolio(Portfolio { verified: false, id: self.portfolio.clone(), name: name() })),
            Write::Put(Row::Waba(Waba {
                timezone_id: None,
                country: None,
                id: self.waba.clone(),
                portfolio: self.portfolio.clone(),
                name: name(),
                currency: "USD".into(),
                timezone: "UTC".into(),
                payment_method: true,
            })),
            Write::Put(Row::Number(Number {
                quality: callport_core::quality::Quality::default(),
                id: self.number.clone(),
                waba: self.waba.clone(),
                number: self.digits.clone(),
                name: name(),
                in_use_with: InUseWith::CloudApi,
                account_mode: AccountMode::Live,
                messaging_limit: MessagingLimit::Tier2K,
                settings: CallingSettings::default(),
                allowed_recipients: None,
                restrictions: vec![],
                onboarding: callport_core::registration::Onboarding::default(),
            })),
            Write::Put(Row::App(App {
                business: None,
                graph_version: None,
                id: self.app.clone(),
                name: name(),
                secret: "secret".into(),
                callback: None,
                tech_partner: true,
                fields: ["calls".to_owned()].into(),
            })),
            Write::Put(Row::Grant(AppGrant {
                app: self.app.clone(),
                waba: self.waba.clone(),
                scopes: [Scope::Messaging, Scope::Management].into(),
            })),
            Write::Put(Row::Subscription(Subscription { app: self.app.clone(), waba: self.waba.clone(), override_callback: None })),
            Write::Put(Row::Token(Token {
                hash: self.token,
                app: self.app.clone(),
                scopes: BTreeSet::from(Scope::ALL),
                wabas: None,
                issued_at: AT,
                expires_at: None,
            })),
            Write::Put(Row::User(User {
                id: self.user.clone(),
                number: self.digits.clone(),
                name: name(),
                username: None,
                outdated_app: false,
                numbers_before: 0,
            })),
        ]
    }

    /// More than one page of messages.
    fn chat(&self) -> Outcome<Vec<Write>> {
        let pair = PairRecord { number: self.number.clone(), user: self.user.clone(), pair: Pair::default() };
        let mut writes = vec![Write::Put(Row::Pair(pair))];
        for turn in 0..200 {
            let message = Message {
                id: MessageId::parse(&format!("wamid.{turn}"))?,
                number: self.number.clone(),
                waba: self.waba.clone(),
                user: self.user.clone(),
                at: AT,
                body: MessageBody::Business(Sent {
                    content: Content::text("Your order is late. We can help on the phone."),
                    tariff: Tariff { category: TariffCategory::Service, free: true },
                    progress: Progress::Read,
                    opaque: None,
                }),
                context: None,
            };
            writes.push(Write::Put(Row::Message(message)));
        }
        Ok(writes)
    }

    fn page(&self) -> MessagePage {
        MessagePage { number: self.number.clone(), user: self.user.clone(), before: None, limit: 50 }
    }

    fn commit(&self, id: Version, writes: Vec<Write>) -> Arc<Commit> {
        Arc::new(Commit { id, node: self.node, expects: vec![], guards: vec![], writes, entries: vec![], webhooks: vec![] })
    }

    fn step(&self, call: &CallId, id: Version, version: Version) -> Arc<Commit> {
        let record = CallRecord {
            id: call.clone(),
            direction: Direction::UserInitiated,
            number: self.number.clone(),
            waba: self.waba.clone(),
            user: self.user.clone(),
            device: None,
            placed_at: AT,
            stage: Stage::Calling,
            cta_payload: None,
            deeplink_payload: None,
            opaque: None,
            line: CallLine::Webhooks,
            keys: callport_core::key_exchange::KeyExchange::Dtls,
            codecs: vec![],
            media: None,
        };
        let entry = |fact| Entry::new(AT, About::call(&record), fact);
        let webhook = NewDelivery {
            app: self.app.clone(),
            waba: self.waba.clone(),
            number: Some(self.number.clone()),
            field: Field::Calls,
            event: "connect",
            call: Some(call.clone()),
            message: None,
            body: Arc::from([b'x'; BODY]),
            created_at: AT,
        };
        let row = Row::Call(CallRow::on_record(record.clone(), self.node, false));
        Arc::new(Commit {
            id,
            node: self.node,
            expects: vec![(row.key(), version)],
            guards: vec![],
            writes: vec![Write::Put(row)],
            entries: vec![entry(Fact::DeviceRings), entry(Fact::BusinessAsked { action: "pre_accept".into() })],
            webhooks: vec![webhook],
        })
    }

    fn delivered(&self, delivery: DeliveryId) -> Settlement {
        let about = About { app: Some(self.app.clone()), delivery: Some(delivery.0), ..About::default() };
        let fact = Fact::WebhookAttempted {
            event: "connect".into(),
            attempt: 1,
            url: "https://desk.example/hook".into(),
            status: Some(200),
            error: None,
            took_ns: 12_345_678,
            given_up: false,
            injected: Vec::new(),
        };
        let entry = Box::new(Entry::new(AT, about, fact));
        Settlement::Attempt { delivery, attempts: 1, state: DeliveryState::Delivered { at: AT }, entry }
    }
}
