//! A platform in miniature: a real engine whose ports a test owns.

use std::sync::Arc;
use std::time::Duration;

use callport_core::call::Answer;
use callport_core::call_id::CallId;
use callport_core::gate::{DeviceKind, EntryPoint};
use callport_core::ids::PhoneNumberId;
use callport_core::message::MessageId;
use callport_core::pair::Pair;
use callport_core::template::{Arguments, Category, Template};
use callport_core::time::WallTime;
use callport_engine::ports::{Alone, Media, MediaEvent, Store as _, TokioTasks, Wording, media_events};
use callport_engine::records::{App, Number, User, Waba};
use callport_engine::{Engine, EngineConfig, MessageDraft, NewBusinessCall, NewTemplate, NewUserCall, OutgoingMessage, Ports, To};
use callport_store::MemoryStore;
use tokio::sync::mpsc;

use crate::{Counting, Delivered, FakeCarrier, FakeMedia, FakeSip, PlainWords, TestClock, objects};

/// Longest that a test waits for a webhook before it says that none comes.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// What a world is made with; by default everything is new and as shipped.
pub struct Given {
    /// May hold what an earlier world left.
    pub store: Arc<MemoryStore>,
    /// Where the calendar stands.
    pub now: WallTime,
    /// What an operator may set.
    pub config: EngineConfig,
    /// Bodies of webhooks. With other words than the plain ones, [`World::webhook`] reads nothing.
    pub wording: Arc<dyn Wording>,
    /// Another media plane than the fake one, and what it tells.
    pub media: Option<(Arc<dyn Media>, mpsc::Receiver<MediaEvent>)>,
}

impl Default for Given {
    fn default() -> Self {
        Self {
            store: Arc::new(MemoryStore::new()),
            now: TestClock::START,
            config: EngineConfig::default(),
            wording: Arc::new(PlainWords),
            media: None,
        }
    }
}

/// An engine over a store in memory, and its ports.
pub struct World {
    /// The engine.
    pub engine: Arc<Engine>,
    /// What it keeps.
    pub store: Arc<MemoryStore>,
    /// Its calendar.
    pub clock: Arc<TestClock>,
    /// Its media plane.
    pub media: Arc<FakeMedia>,
    /// What SIP servers were told.
    pub sip: Arc<FakeSip>,
    /// Its way to businesses.
    pub carrier: Arc<FakeCarrier>,
    /// What businesses got: URL and body.
    pub webhooks: mpsc::UnboundedReceiver<(String, String)>,
    /// Nadia, who is there once the world is furnished.
    pub user: User,
    /// Acme's number, which is there once the world is furnished.
    pub number: PhoneNumberId,
}

impl World {
    /// Acme and Nadia, and nothing else.
    pub async fn new() -> Self {
        let world = Self::start(Given::default()).await;
        world.furnish().await;
        world
    }

    /// Nothing but what is in the store.
    pub async fn start(given: Given) -> Self {
        let Given { store, now, config, wording, media } = given;
        let (events, inbox) = media_events(256);
        let (got, webhooks) = mpsc::unbounded_channel();
        let clock = Arc::new(TestClock::at(now));
        let sip = Arc::new(FakeSip::default());
        let (fake, carrier) = (Arc::new(FakeMedia::new(events)), Arc::new(FakeCarrier::new(got)));
        let (media, inbox) = media.unwrap_or_else(|| (fake.clone(), inbox));
        let ports = Ports {
            store: store.clone(),
            media,
            sip: sip.clone(),
            carrier: carrier.clone(),
            wording,
            clock: clock.clone(),
            random: Arc::new(Counting::default()),
            tasks: Arc::new(TokioTasks),
            bus: Arc::new(Alone),
        };
        let engine = Engine::start(ports, config, inbox).await.unwrap();
        Self { engine, store, clock, media: fake, sip, carrier, webhooks, user: objects::nadia(), number: objects::acme() }
    }

    /// What a process that starts after this one finds: this store, and the calendar where it stands.
    pub fn after(&self) -> Given {
        Given { store: self.store.clone(), now: self.engine.now(), ..Given::default() }
    }

    /// Acme with its app and its number, and Nadia.
    pub async fn furnish(&self) {
        self.put_account(objects::waba("2001", "Acme"), objects::app("1001", "Desk")).await;
        self.engine.put_number(objects::number("4001", "2001", "+6281255509999", "Acme Repairs")).await.unwrap();
        self.engine.put_user(self.user.clone()).await.unwrap();
    }

    /// An account, and an app that is subscribed to it.
    pub async fn put_account(&self, waba: Waba, app: App) {
        let (waba_id, app_id) = (waba.id.clone(), app.id.clone());
        self.engine.put_portfolio(objects::portfolio()).await.unwrap();
        self.engine.put_waba(waba).await.unwrap();
        self.engine.put_app(app).await.unwrap();
        self.engine.subscribe_app(&app_id, &waba_id, None).await.unwrap();
    }

    /// Nadia's wish to call Acme.
    pub fn wish(&self) -> NewUserCall {
        NewUserCall {
            user: self.user.id.clone(),
            device: DeviceKind::Phone,
            number: self.number.clone(),
            entry: EntryPoint::Icon,
            offer: "phone offer".into(),
            button: None,
            cta_payload: None,
            deeplink_payload: None,
        }
    }

    /// Acme's wish to call Nadia.
    pub async fn outgoing_call(&self) -> NewBusinessCall {
        let (number, to) = (self.number_record().await, To::Number(self.user.number.clone()));
        NewBusinessCall {
            account: number.waba.clone(),
            number,
            to,
            offer: "business offer".into(),
            opaque: Some("case-7".into()),
            sip: None,
        }
    }

    /// Acme's wish to send something to Nadia.
    pub async fn outgoing(&self, draft: MessageDraft) -> OutgoingMessage {
        let (number, to) = (self.number_record().await, To::Number(self.user.number.clone()));
        OutgoingMessage { account: number.waba.clone(), business: None, number, to, draft, context: None, opaque: Some("order=1".into()) }
    }

    /// Acme sends something to Nadia.
    pub async fn send(&self, draft: MessageDraft) -> MessageId {
        self.engine.send(self.outgoing(draft).await).await.unwrap().id
    }

    /// Acme makes the template `news` with this content, which is approved at once; a message by it.
    pub async fn news(&self, category: Category, content: Template, arguments: Arguments) -> MessageDraft {
        let (waba, name, language) = (self.number_record().await.waba, "news".into(), "en".into());
        let new = NewTemplate { waba, name, language, category, named_parameters: false, components: "[]".into() };
        let id = self.engine.create_template(new).await.unwrap().id;
        MessageDraft::Template { id, template: Box::new(content), arguments }
    }

    /// Acme's number as it is.
    pub async fn number_record(&self) -> Number {
        self.store.number(&self.number).await.unwrap().unwrap()
    }

    /// Changes Acme's number as an operator would.
    pub async fn change_number(&self, change: impl FnOnce(&mut Number)) {
        let mut number = self.number_record().await;
        change(&mut number);
        self.engine.put_number(number).await.unwrap();
    }

    /// What is between Acme and Nadia.
    pub async fn pair(&self) -> Pair {
        self.engine.pair(&self.number, &self.user.id).await.unwrap()
    }

    /// The next webhook.
    pub async fn webhook(&mut self) -> Delivered {
        let (url, body) = tokio::time::timeout(PATIENCE, self.webhooks.recv()).await.expect("a webhook comes").unwrap();
        Delivered::read(url, &body)
    }

    /// The next webhook about a call; others are passed over.
    pub async fn call_webhook(&mut self) -> Delivered {
        loop {
            let webhook = self.webhook().await;
            if CallId::parse(&webhook.about).is_ok() {
                return webhook;
            }
        }
    }

    /// The next webhook of this event; others are passed over.
    pub async fn webhook_of(&mut self, event: &str) -> Delivered {
        loop {
            let webhook = self.webhook().await;
            if webhook.event == event {
                return webhook;
            }
        }
    }

    /// The texts of so many webhooks, sorted: what concerns different calls and messages has no order.
    pub async fn webhooks(&mut self, count: usize) -> Vec<String> {
        let mut texts = Vec::new();
        for _ in 0..count {
            texts.push(self.webhook().await.text);
        }
        texts.sort();
        texts
    }
}

/// A business's answer to the platform's offer.
pub fn answer() -> Answer {
    Answer::new("business answer")
}
