//! Sample records. Ids are the published samples' or made up.

use std::sync::Arc;

use callport_core::call::{EndReason, Ending, Talk};
use callport_core::call_hours::{CallHours, Date, Day, Holiday, OpenHours, TimeOfDay, Window, Zone};
use callport_core::call_id::{CallId, Direction};
use callport_core::codec::AdditionalCodec;
use callport_core::country::Country;
use callport_core::eligibility::InUseWith;
use callport_core::gate::DeviceKind;
use callport_core::ids::{AppId, PhoneNumberId, PortfolioId, TemplateId, UserId, WabaId};
use callport_core::key_exchange::KeyExchange;
use callport_core::message::{Button, Content, MessageId};
use callport_core::number::PhoneNumber;
use callport_core::pair::{Card, Decision, Pair, Permission};
use callport_core::scope::{Field, Scope};
use callport_core::settings::{AccountMode, CallingSettings, IconVisibility, MessagingLimit, Switch};
use callport_core::template::{Category, TemplateStatus};
use callport_core::time::WallTime;
use callport_core::token::SecretHash;
use callport_engine::ports::{NewDelivery, Page, Settlement};
use callport_engine::records::{
    App, AppGrant, CallLine, CallRecord, Callback, Check, CheckOutcome, Delivery, DeliveryId, DeliveryState, Guest, Invitation,
    MediaReport, Message, MessageBody, Number, NumberAccount, PairRecord, PhoneOverride, Portfolio, Progress, Routing, Said, Sent, Session,
    SipServerRecord, Stage, Subscription, Tariff, TariffCategory, TemplateRecord, ThreadRecord, Token, User, Waba,
};
use callport_flow::journal::{About, Entry, Fact};
use callport_flow::{CallRow, Key, NodeId, Row, Write};

/// A record that can be written.
pub trait Record {
    /// Inserts or replaces it.
    fn put(self) -> Write;
}

macro_rules! records {
    ($($kind:ident($record:ty)),+ $(,)?) => {
        $(impl Record for $record {
            fn put(self) -> Write {
                Write::Put(Row::$kind(self))
            }
        })+
    };
}

records! {
    Portfolio(Portfolio), Waba(Waba), Number(Number), App(App), Grant(AppGrant), Subscription(Subscription), PhoneOverride(PhoneOverride), Token(Token),
    NumberAccount(NumberAccount), SipServer(SipServerRecord), Routing(Routing), Thread(ThreadRecord), User(User), Session(Session), Invitation(Invitation), Pair(PairRecord), Message(Message), Template(TemplateRecord), Call(CallRow),
}

/// A call that holds nobody: several of one user may be live.
impl Record for CallRecord {
    fn put(self) -> Write {
        CallRow::on_record(self, OWNER, false).put()
    }
}

/// Carries calls on where that does not matter.
pub const OWNER: NodeId = 1;

pub fn remove(key: Key) -> Write {
    Write::Remove(key)
}

/// More than any test puts.
pub fn all<Id>() -> Page<Id> {
    Page { after: None, limit: 1_000 }
}

pub fn at(seconds: i64) -> WallTime {
    WallTime::from_unix_millis(1_760_000_000_123 + 1_000 * seconds)
}

pub fn app_id(id: &str) -> AppId {
    AppId::parse(id).unwrap()
}

pub fn waba_id(id: &str) -> WabaId {
    WabaId::parse(id).unwrap()
}

pub fn pnid(id: &str) -> PhoneNumberId {
    PhoneNumberId::parse(id).unwrap()
}

pub fn user_id(id: &str) -> UserId {
    UserId::parse(id).unwrap()
}

pub fn digits(digits: &str) -> PhoneNumber {
    PhoneNumber::parse(digits).unwrap()
}

pub fn call_id(own: &str) -> CallId {
    CallId::parse(&format!("wacid.{own}")).unwrap()
}

pub fn message_id(own: &str) -> MessageId {
    MessageId::parse(&format!("wamid.{own}")).unwrap()
}

pub fn template_id(id: &str) -> TemplateId {
    TemplateId::parse(id).unwrap()
}

pub fn portfolio(id: &str) -> Portfolio {
    Portfolio { verified: false, id: PortfolioId::parse(id).unwrap(), name: format!("Portfolio {id}") }
}

/// In portfolio 3001.
pub fn waba(id: &str) -> Waba {
    Waba {
        timezone_id: None,
        country: None,
        id: waba_id(id),
        portfolio: portfolio("3001").id,
        name: "Acme".into(),
        currency: "USD".into(),
        timezone: "Asia/Jakarta".into(),
        payment_method: true,
    }
}

pub fn number(id: &str, waba: &str, number: &str) -> Number {
    Number {
        quality: callport_core::quality::Quality::default(),
        id: pnid(id),
        waba: waba_id(waba),
        number: digits(number),
        name: "Acme Repairs".into(),
        in_use_with: InUseWith::CloudApi,
        account_mode: AccountMode::Live,
        messaging_limit: MessagingLimit::Tier2K,
        settings: CallingSettings {
            status: Some(Switch::Enabled),
            call_icon_visibility: Some(IconVisibility::Default),
            callback_permission_status: None,
            restrict_to_user_countries: Some(vec![Country::parse("BR").unwrap()]),
            call_hours: Some(hours()),
            additional_codecs: Some(vec![]),
            key_exchange: Some(KeyExchange::Sdes),
            sip_status: Some(Switch::Enabled),
            sip_webhook_delivery: Some(Switch::Disabled),
        },
        allowed_recipients: None,
        restrictions: vec![],
        onboarding: callport_core::registration::Onboarding::default(),
    }
}

pub fn callback(path: &str) -> Callback {
    Callback { url: format!("https://desk.example/{path}"), verify_token: format!("verify {path}") }
}

pub fn app(id: &str) -> App {
    App {
        business: Some(portfolio("3101").id),
        graph_version: None,
        id: app_id(id),
        name: "Desk".into(),
        secret: format!("secret of {id}"),
        callback: Some(callback("hook")),
        tech_partner: true,
        fields: ["calls", "messages", "flows"].map(String::from).into(),
    }
}

pub fn token(secret: &str, app: &str) -> Token {
    Token {
        hash: SecretHash::of(secret),
        app: app_id(app),
        scopes: [Scope::Messaging, Scope::Management].into(),
        wabas: Some([waba_id("2001"), waba_id("2002")].into()),
        issued_at: at(0),
        expires_at: Some(at(3_600)),
    }
}

pub fn grant(app: &str, waba: &str) -> AppGrant {
    AppGrant { app: app_id(app), waba: waba_id(waba), scopes: [Scope::Messaging].into() }
}

pub fn subscription(app: &str, waba: &str) -> Subscription {
    Subscription { app: app_id(app), waba: waba_id(waba), override_callback: None }
}

pub fn phone_override(app: &str, number: &str) -> PhoneOverride {
    PhoneOverride { app: app_id(app), number: pnid(number), callback: callback("override") }
}

pub fn user(id: &str, number: &str) -> User {
    User {
        id: user_id(id),
        number: digits(number),
        name: "Nadia".into(),
        username: Some("nadia".into()),
        outdated_app: false,
        numbers_before: 0,
    }
}

pub fn session(cookie: &str, user: &str) -> Session {
    Session { hash: SecretHash::of(cookie), user: user_id(user), device: DeviceKind::Phone, opened_at: at(0), expires_at: at(86_400) }
}

pub fn invitation(code: &str) -> Invitation {
    Invitation { hash: SecretHash::of(code), guest: Guest::Anyone, expires_at: at(86_400), used_by: None }
}

/// Permitted for a week, by an answer to a card.
pub fn pair(number: &str, user: &str) -> PairRecord {
    let pair = Pair {
        decided: Permission::Temporary { until: at(604_800) },
        unanswered: 1,
        requests: vec![at(0)],
        connected: vec![at(5), at(70)],
        heard_at: Some(at(70)),
        card: Some(Card { message: message_id("card"), delivered_at: at(1), answer: Some((Decision::AllowTemporarily, at(4))) }),
        blocked_since: Some(at(71)),
    };
    PairRecord { number: pnid(number), user: user_id(user), pair }
}

pub fn template(id: &str, waba: &str, name: &str, language: &str) -> TemplateRecord {
    TemplateRecord {
        id: template_id(id),
        waba: waba_id(waba),
        name: name.into(),
        language: language.into(),
        category: Category::Utility,
        status: TemplateStatus::Approved,
        named_parameters: false,
        components: r#"[ {"type":"BODY", "text":"We can help on the phone."} ]"#.into(),
        created_at: at(0),
    }
}

/// One of each object, in the order of ownership.
pub fn acme() -> Vec<Write> {
    vec![
        portfolio("3001").put(),
        waba("2001").put(),
        number("4001", "2001", "6281255509999").put(),
        app("1001").put(),
        subscription("1001", "2001").put(),
        token("EAAtest", "1001").put(),
        user("9001", "5511955501234").put(),
    ]
}

pub fn call(own: &str) -> CallRecord {
    CallRecord {
        id: call_id(own),
        direction: Direction::UserInitiated,
        number: pnid("4001"),
        waba: waba_id("2001"),
        user: user_id("9001"),
        device: None,
        placed_at: at(0),
        stage: Stage::Calling,
        cta_payload: None,
        deeplink_payload: Some("shelf 7".into()),
        opaque: None,
        line: CallLine::Sip { app: AppId::parse("1001").unwrap(), webhooks: true },
        keys: KeyExchange::Sdes,
        codecs: vec![AdditionalCodec::Pcmu, AdditionalCodec::Pcma],
        media: None,
    }
}

pub fn ended(reason: EndReason, talk: Option<Talk>) -> Stage {
    Stage::Ended(Ending { at: at(75), reason, talk })
}

pub fn media() -> MediaReport {
    let mut report = MediaReport::default();
    report.business.checks.push(Check {
        step: "dtls".into(),
        outcome: CheckOutcome::Failed,
        says: "no answer to our ClientHello; is UDP blocked?".into(),
        after_ms: Some(1_200),
    });
    report.user.figures.packets_in = u64::MAX;
    report.user.figures.lost_in = -3;
    report.user.figures.jitter_ms = 1.25;
    report.user.figures.mos = Some(4.5);
    report.user.figures.dropped.insert("replayed".into(), 2);
    report
}

/// Something odd that the platform saw in a call.
pub fn entry(own: &str, seconds: i64, says: &str) -> Entry {
    Entry::new(at(seconds), About::call(&call(own)), Fact::DescriptionOdd { says: says.into() })
}

/// Of number 4001 for app 1001.
pub fn webhook(call: Option<&str>) -> NewDelivery {
    NewDelivery {
        app: app_id("1001"),
        waba: waba_id("2001"),
        number: Some(pnid("4001")),
        field: Field::Calls,
        event: "connect",
        call: call.map(call_id),
        message: None,
        body: Arc::from(*br#"{"entry":[]}"#),
        created_at: at(1),
    }
}

/// A webhook with its place in the outbox, before the first attempt.
pub fn delivery(id: DeliveryId, webhook: NewDelivery) -> Delivery {
    let NewDelivery { app, waba, number, field, event, call, message, body, created_at } = webhook;
    let state = DeliveryState::Pending { next_attempt_at: created_at };
    Delivery { id, app, waba, number, field, event: event.into(), call, message, body: body.to_vec(), created_at, state, attempts: 0 }
}

/// As in a list that needs no bodies.
pub fn bare(id: DeliveryId, webhook: NewDelivery) -> Delivery {
    Delivery { body: vec![], ..delivery(id, webhook) }
}

/// How an attempt went.
pub fn attempted(delivery: DeliveryId, attempt: u32) -> Entry {
    let url = "https://desk.example/hook".into();
    let (status, error) = (Some(503), Some("the receiver said 503".into()));
    let (event, took_ns, injected) = ("connect".into(), 12_345_678, Vec::new());
    let fact = Fact::WebhookAttempted { event, attempt, url, status, error, took_ns, given_up: false, injected };
    let about = About { app: Some(app_id("1001")), delivery: Some(delivery.0), ..About::call_id(&call_id("A")) };
    Entry::new(at(i64::from(attempt)), about, fact)
}

pub fn attempt(delivery: DeliveryId, attempts: u32, state: DeliveryState) -> Settlement {
    Settlement::Attempt { delivery, attempts, state, entry: Box::new(attempted(delivery, attempts)) }
}

/// From number 4001 to user 9001, on its way.
pub fn message(own: &str) -> Message {
    let call = Button::Call { text: "Call Now".into(), expires_at: at(604_800), payload: Some("order 7".into()) };
    Message {
        id: message_id(own),
        number: pnid("4001"),
        waba: waba_id("2001"),
        user: user_id("9001"),
        at: at(0),
        body: MessageBody::Business(Sent {
            content: Content { buttons: vec![call], ..Content::text("Your order is late.") },
            tariff: Tariff { category: TariffCategory::Utility, free: true },
            progress: Progress::Sent,
            opaque: Some("ticket 7".into()),
        }),
        context: None,
    }
}

/// The same, but as far as that.
pub fn reached(own: &str, progress: Progress) -> Message {
    let mut message = message(own);
    if let MessageBody::Business(sent) = &mut message.body {
        sent.progress = progress;
    }
    message
}

/// The user's text in the same chat.
pub fn said(own: &str, text: &str) -> Message {
    Message { body: MessageBody::User(Said::Text { text: text.into(), read: false }), context: Some("wamid.A".into()), ..message(own) }
}

pub fn hours() -> CallHours {
    let window = |from: &str, until: &str| Window { from: TimeOfDay::parse(from).unwrap(), until: TimeOfDay::parse(until).unwrap() };
    CallHours {
        status: Switch::Enabled,
        zone: Zone::parse("America/Sao_Paulo").unwrap(),
        week: vec![OpenHours { day: Day::Sunday, window: window("0000", "0001") }],
        holidays: vec![Holiday { date: Date::parse("2028-02-29").unwrap(), window: window("0930", "2359") }],
    }
}
