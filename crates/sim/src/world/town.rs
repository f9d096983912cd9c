//! Who is there: three accounts with two numbers each, two apps for each account, and forty people.

use std::collections::BTreeSet;
use std::sync::Arc;

use callport_core::eligibility::InUseWith;
use callport_core::ids::{AppId, PhoneNumberId, PortfolioId, UserId, WabaId};
use callport_core::number::PhoneNumber;
use callport_core::scope::Scope;
use callport_core::settings::{AccountMode, CallingSettings, MessagingLimit, Switch};
use callport_core::sip::SipTarget;
use callport_core::time::WallTime;
use callport_engine::ports::{Commit, NodeBeat, Store as _};
use callport_engine::records::{App, AppGrant, Callback, Number, Portfolio, SipServerRecord, Subscription, User, Waba};
use callport_flow::{Row, Write};
use callport_store::MemoryStore;

const WABAS: usize = 3;
const NUMBERS: usize = 6;
const USERS: usize = 40;
const FIELDS: [&str; 5] = ["calls", "messages", "account_settings_update", "account_update", "message_template_status_update"];

/// The number whose calls go by SIP; webhooks tell of them too.
const BY_SIP: usize = 5;

/// Records as they were at the beginning.
pub(crate) struct Town {
    pub(crate) numbers: Vec<Number>,
    pub(crate) users: Vec<User>,
    pub(crate) apps: Vec<(AppId, WabaId)>,
    rows: Vec<Row>,
}

/// The app that reacts for its account; the other one only listens.
pub(crate) fn desk_of(app: &AppId) -> bool {
    app.as_str().ends_with('0')
}

macro_rules! id {
    ($kind:ident, $number:expr) => {
        $kind::parse(&$number.to_string()).expect("digits")
    };
}

impl Default for Town {
    fn default() -> Self {
        let portfolio = id!(PortfolioId, 3001);
        let mut rows = vec![Row::Portfolio(Portfolio { verified: false, id: portfolio.clone(), name: "Acme".to_owned() })];
        let mut apps = Vec::new();
        for waba in 0..WABAS {
            let id = id!(WabaId, 2001 + waba);
            rows.push(Row::Waba(Waba {
                timezone_id: None,
                country: None,
                id: id.clone(),
                portfolio: portfolio.clone(),
                name: format!("Acme {waba}"),
                currency: "USD".to_owned(),
                timezone: "Asia/Jakarta".to_owned(),
                payment_method: true,
            }));
            for app in [1000 + waba * 10, 1001 + waba * 10] {
                let app = id!(AppId, app);
                rows.push(Row::App(App {
                    business: None,
                    graph_version: None,
                    id: app.clone(),
                    name: "Desk".to_owned(),
                    secret: "secret".to_owned(),
                    tech_partner: true,
                    callback: Some(Callback { url: app.to_string(), verify_token: "token".to_owned() }),
                    fields: BTreeSet::from(FIELDS.map(str::to_owned)),
                }));
                rows.push(Row::Grant(AppGrant {
                    app: app.clone(),
                    waba: id.clone(),
                    scopes: BTreeSet::from([Scope::Messaging, Scope::Management]),
                }));
                rows.push(Row::Subscription(Subscription { app: app.clone(), waba: id.clone(), override_callback: None }));
                apps.push((app, id.clone()));
            }
        }
        let numbers: Vec<_> = (0..NUMBERS).map(number).collect();
        let by_sip = numbers.iter().filter(|number| number.settings.by_sip()).map(sip_server);
        rows.extend(numbers.iter().cloned().map(Row::Number));
        rows.extend(by_sip.map(Row::SipServer));
        let users: Vec<_> = (0..USERS).map(user).collect();
        rows.extend(users.iter().cloned().map(Row::User));
        Self { numbers, users, apps, rows }
    }
}

impl Town {
    /// Puts all of it on record.
    #[expect(clippy::expect_used, reason = "an empty store takes well-formed rows")]
    pub(crate) async fn settle(&self, store: &MemoryStore) {
        let node = store.join().await.expect("an empty store");
        let writes = self.rows.iter().cloned().map(Write::Put).collect();
        let commit = Commit { id: 1, node, expects: vec![], guards: vec![], writes, entries: vec![], webhooks: vec![] };
        store.commit(Arc::new(commit)).await.expect("an empty store");
        store.end_node(NodeBeat { node, beat: 0 }).await.expect("an empty store");
    }
}

#[expect(clippy::expect_used, reason = "made-up ids and numbers are well formed")]
fn number(at: usize) -> Number {
    Number {
        quality: callport_core::quality::Quality::default(),
        id: id!(PhoneNumberId, 4001 + at),
        waba: id!(WabaId, 2001 + at % WABAS),
        number: PhoneNumber::parse(&format!("+62812555099{at:02}")).expect("a number"),
        name: format!("Acme {at}"),
        in_use_with: InUseWith::CloudApi,
        account_mode: AccountMode::Live,
        messaging_limit: MessagingLimit::Tier2K,
        settings: if at == BY_SIP { by_sip() } else { CallingSettings { status: Some(Switch::Enabled), ..CallingSettings::default() } },
        allowed_recipients: None,
        restrictions: Vec::new(),
        onboarding: callport_core::registration::Onboarding::default(),
    }
}

fn by_sip() -> CallingSettings {
    let on = Some(Switch::Enabled);
    CallingSettings { status: on, sip_status: on, sip_webhook_delivery: on, ..CallingSettings::default() }
}

/// The app whose server has the calls of a number.
#[expect(clippy::expect_used, reason = "made-up ids are well formed")]
pub(crate) fn sip_app(number: &Number) -> AppId {
    let waba: usize = number.waba.as_str().parse().expect("digits");
    id!(AppId, 1000 + (waba - 2001) * 10)
}

#[expect(clippy::expect_used, reason = "a made-up host is well formed")]
fn sip_server(number: &Number) -> SipServerRecord {
    SipServerRecord {
        number: number.id.clone(),
        app: sip_app(number),
        target: SipTarget::new("pbx.acme.example", 5061, vec![]).expect("a host"),
        password: "password".to_owned(),
        configured_at: WallTime::default(),
    }
}

#[expect(clippy::expect_used, reason = "made-up ids and numbers are well formed")]
fn user(at: usize) -> User {
    User {
        id: id!(UserId, 9001 + at),
        number: PhoneNumber::parse(&format!("+55119555012{at:02}")).expect("a number"),
        name: format!("Nadia {at}"),
        username: None,
        outdated_app: false,
        numbers_before: 0,
    }
}
