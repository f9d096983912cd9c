//! What tests of steps stand on: a small world, in which steps are run as the engine runs them. What is lacking is fetched until nothing is;
//! what is written stands for the next step.

use std::sync::Arc;

use callport_core::call_id::CallId;
use callport_core::eligibility::InUseWith;
use callport_core::ids::{AppId, PhoneNumberId, PortfolioId, UserId, WabaId};
use callport_core::number::PhoneNumber;
use callport_core::pair::{Pair, Permission};
use callport_core::quality::PickUps;
use callport_core::settings::{AccountMode, CallingSettings, MessagingLimit, Switch};
use callport_core::time::WallTime;

use crate::records::{App, Callback, MessageBody, Number, PairRecord, Portfolio, Progress, Session, Subscription, User, Waba};
use crate::row::{CallRow, Key, Row, Write};
use crate::step::{Act, Cx, Input, Rules, Transition, step};
use crate::view::{Ask, Busy, CheckedAnswer, MediaAnswer, Need, Query, View};

/// The moment at which the world begins.
pub(crate) const T0: WallTime = WallTime::from_unix_seconds(1_795_341_700);

/// Rows, how busy the parties are, who listens, and what was asked for, in order.
pub(crate) struct World {
    pub(crate) rows: Vec<Row>,
    pub(crate) busy: Busy,
    /// Free service messages of the number so far.
    pub(crate) free_messages: u32,
    pub(crate) pick_ups: PickUps,
    pub(crate) listened: bool,
    pub(crate) asked: Vec<String>,
    pub(crate) rules: Rules,
    pub(crate) now: WallTime,
    /// Inputs that were run: each has random bytes of its own.
    runs: u8,
}

pub(crate) fn pnid() -> PhoneNumberId {
    PhoneNumberId::parse("4001").unwrap()
}

pub(crate) fn user() -> UserId {
    UserId::parse("9001").unwrap()
}

pub(crate) fn waba() -> WabaId {
    WabaId::parse("2001").unwrap()
}

pub(crate) fn app() -> AppId {
    AppId::parse("1001").unwrap()
}

pub(crate) fn digits(number: &str) -> PhoneNumber {
    PhoneNumber::parse(number).unwrap()
}

impl World {
    pub(crate) fn new() -> Self {
        let number = Number {
            quality: callport_core::quality::Quality::default(),
            id: pnid(),
            waba: waba(),
            number: digits("+6281255509999"),
            name: "Acme".into(),
            in_use_with: InUseWith::CloudApi,
            account_mode: AccountMode::Live,
            messaging_limit: MessagingLimit::Tier2K,
            settings: CallingSettings { status: Some(Switch::Enabled), ..CallingSettings::default() },
            allowed_recipients: None,
            restrictions: Vec::new(),
            onboarding: callport_core::registration::Onboarding::default(),
        };
        let nadia = User {
            id: user(),
            number: digits("+5511955501234"),
            name: "Nadia".into(),
            username: None,
            outdated_app: false,
            numbers_before: 0,
        };
        let (portfolio, zone) = (PortfolioId::parse("3001").unwrap(), "UTC".to_owned());
        let acme = Waba {
            timezone_id: None,
            country: None,
            id: waba(),
            portfolio: portfolio.clone(),
            name: "Acme".into(),
            currency: "USD".into(),
            timezone: zone,
            payment_method: true,
        };
        let portfolio = Portfolio { verified: false, id: portfolio, name: "Acme".into() };
        let rows = vec![Row::Number(number), Row::User(nadia), Row::Waba(acme), Row::Portfolio(portfolio), Row::App(desk())];
        Self {
            rows,
            busy: Busy::default(),
            free_messages: 0,
            pick_ups: PickUps::default(),
            listened: true,
            asked: Vec::new(),
            rules: Rules::default(),
            now: T0,
            runs: 2,
        }
    }

    /// The user lets the business call for good.
    pub(crate) fn permitted(self) -> Self {
        self.with(pair(Pair { decided: Permission::Permanent, ..Pair::default() }))
    }

    pub(crate) fn with(mut self, row: Row) -> Self {
        self.put(row);
        self
    }

    /// Without the row of that key.
    pub(crate) fn without(mut self, key: &Key) -> Self {
        self.rows.retain(|row| row.key() != *key);
        self
    }

    /// A row that is there keeps its place.
    pub(crate) fn put(&mut self, row: Row) {
        match self.rows.iter_mut().find(|kept| kept.key() == row.key()) {
            Some(kept) => *kept = row,
            None => self.rows.push(row),
        }
    }

    pub(crate) fn number(&mut self) -> &mut Number {
        self.rows.iter_mut().find_map(|row| if let Row::Number(row) = row { Some(row) } else { None }).unwrap()
    }

    pub(crate) fn waba(&mut self) -> &mut Waba {
        self.rows.iter_mut().find_map(|row| if let Row::Waba(row) = row { Some(row) } else { None }).unwrap()
    }

    pub(crate) fn nadia(&mut self) -> &mut User {
        self.rows.iter_mut().find_map(|row| if let Row::User(row) = row { Some(row) } else { None }).unwrap()
    }

    pub(crate) fn call(&self) -> &CallRow {
        self.rows.iter().find_map(|row| if let Row::Call(row) = row { Some(row) } else { None }).unwrap()
    }

    pub(crate) fn pair(&self) -> Pair {
        let pair = |row: &Row| if let Row::Pair(row) = row { Some(row.pair.clone()) } else { None };
        self.rows.iter().find_map(pair).unwrap_or_default()
    }

    pub(crate) fn row(&self, key: &Key) -> Option<&Row> {
        self.rows.iter().find(|row| named(row, key))
    }

    /// A call elsewhere holds the user.
    pub(crate) fn in_another_call(mut self) -> Self {
        self.busy.user = Some((CallId::parse("wacid.other").unwrap(), PhoneNumberId::parse("4002").unwrap()));
        self
    }

    /// Runs an input to its transition; what is written stands afterwards.
    pub(crate) fn run<I: Input>(&mut self, input: &I) -> Transition<I::Done, I::Refusal> {
        self.runs += 1;
        let mut view = View::default();
        let random = [self.runs; 32];
        let transition = loop {
            let cx = Cx { now: self.now, node: 7, random, rules: &self.rules, transcodes: &[], takes_calls: true };
            match step(input, &view, &cx) {
                Ok(transition) => break transition,
                Err(need) => self.fetch(need, &mut view),
            }
        };
        for write in &transition.writes {
            match write {
                Write::Put(row) => self.put(row.clone()),
                Write::Remove(key) => self.rows.retain(|row| row.key() != *key),
            }
        }
        transition
    }

    /// Runs an input, and says what came of it: see [`summary`].
    pub(crate) fn did<I: Input>(&mut self, input: &I) -> String {
        summary(&self.run(input))
    }

    fn fetch(&mut self, need: Need, view: &mut View) {
        match need {
            Need::Row(key) => {
                self.asked.push(word(&key));
                let row = self.row(&key).cloned().map(Arc::new);
                view.learn(key, u64::from(row.is_some()), row);
            }
            Need::Rows(query) => {
                self.asked.push(word(&query));
                let found = self.rows.iter().filter(|row| finds(&query, row)).map(|row| (1, Arc::new(row.clone()))).collect();
                view.learn_rows(query, found);
            }
            Need::Busy(ask) => {
                self.asked.push("busy".into());
                view.learn_busy(ask, self.busy.clone());
            }
            Need::FreeMessages(ask) => {
                self.asked.push("free messages".into());
                view.learn_free_messages(ask, self.free_messages);
            }
            Need::PickUps(ask) => {
                self.asked.push("pick-ups".into());
                view.learn_pick_ups(ask, self.pick_ups);
            }
            Need::Listeners(waba, field) => {
                self.asked.push("listeners".into());
                view.learn_listeners(waba, field, self.listened);
            }
            Need::Media(ask) => {
                self.asked.push("media".into());
                let said = match &ask {
                    Ask::OpenUserCall { .. } => MediaAnswer::OpenedUserCall { phone_answer: "p".into(), business_offer: "b".into() },
                    Ask::OpenBusinessCall { .. } => MediaAnswer::OpenedBusinessCall { business_answer: "b".into(), warnings: vec![] },
                    Ask::Join { .. } => MediaAnswer::Joined("p".into()),
                    Ask::ReadAnswer { .. } => MediaAnswer::Answer(CheckedAnswer { warnings: vec!["odd".into()], read: Arc::new(()) }),
                };
                view.learn_media(ask, Ok(said));
            }
        }
    }
}

pub(crate) fn pair(pair: Pair) -> Row {
    Row::Pair(PairRecord { number: pnid(), user: user(), pair })
}

pub(crate) fn desk() -> App {
    App {
        graph_version: None,
        id: app(),
        name: "Desk".into(),
        secret: "secret".into(),
        callback: None,
        business: None,
        tech_partner: true,
        fields: ["calls".to_owned()].into(),
    }
}

pub(crate) fn callback() -> Callback {
    Callback { url: "https://desk.example/hook".into(), verify_token: "token".into() }
}

pub(crate) fn subscription() -> Row {
    Row::Subscription(Subscription { app: app(), waba: waba(), override_callback: None })
}

/// Some rows have a second name.
fn named(row: &Row, key: &Key) -> bool {
    match (row, key) {
        (Row::Number(row), Key::NumberCalled(number)) => row.number == *number,
        (Row::User(row), Key::UserCalled(number)) => row.number == *number,
        (Row::Template(row), Key::TemplateNamed(waba, name, language)) => (&row.waba, &row.name, &row.language) == (waba, name, language),
        (row, key) => row.key() == *key,
    }
}

fn finds(query: &Query, row: &Row) -> bool {
    match (query, row) {
        (Query::Unread(number, user, _), Row::Message(row)) => {
            let unread = |sent: &crate::records::Sent| matches!(sent.progress, Progress::Sent | Progress::Delivered);
            (&row.number, &row.user) == (number, user) && matches!(&row.body, MessageBody::Business(sent) if unread(sent))
        }
        (Query::Sessions(user), Row::Session(Session { user: whose, .. })) => whose == user,
        (Query::Templates(waba), Row::Template(row)) => row.waba == *waba,
        (Query::Accounts(number), Row::NumberAccount(row)) => row.number == *number,
        (Query::SipServers(number), Row::SipServer(row)) => row.number == *number,
        (Query::Enrolments(kind, owner, _), Row::Enrolment(row)) => (row.kind(), &row.owner()) == (*kind, owner),
        (Query::NumbersOf(..), Row::Number(_)) => true, // of one portfolio
        (Query::ChatsOf(user, _), Row::Pair(row)) => row.user == *user,
        (Query::ChatsOf(..), Row::Number(_) | Row::Waba(_)) => true,
        (Query::CallsOfPair(number, user, _), Row::Call(row)) => (&row.record.number, &row.record.user) == (number, user),
        (Query::Grants(waba), Row::Grant(row)) => row.waba == *waba,
        (Query::WabasOf(portfolio, _), Row::Waba(row)) => row.portfolio == *portfolio,
        (Query::AppsOf(portfolio, _), Row::App(row)) => row.business.as_ref() == Some(portfolio),
        (Query::SharesFor(portfolio, _), Row::NumberAccount(row)) => row.partner.as_ref() == Some(portfolio),
        (Query::RoutingsNaming(portfolio, _), Row::Routing(row)) => row.names(portfolio),
        (Query::NumbersIn(waba, _), Row::Number(row)) => row.waba == *waba,
        (Query::SharesOf(waba, _), Row::NumberAccount(row)) => row.waba == *waba,
        (Query::LiveCalls(number, _), Row::Call(row)) => row.live() && row.record.number == *number,
        _ => false,
    }
}

/// What came of an input, in words: the refusal, rows put and removed, what the business is told, what is noted, what phones show and whatever
/// else is done, what is guarded.
pub(crate) fn summary<D, R: std::fmt::Display>(transition: &Transition<D, R>) -> String {
    let mut said: Vec<String> = transition.done.as_ref().err().map(|why| format!("refused: {why}")).into_iter().collect();
    let mut say = |verb: &str, words: Vec<String>| {
        if !words.is_empty() {
            said.push(format!("{verb} {}", words.join(" ")));
        }
    };
    let put = |write: &Write| if let Write::Put(row) = write { Some(word(row)) } else { None };
    let gone = |write: &Write| if let Write::Remove(key) = write { Some(word(key)) } else { None };
    say("puts", transition.writes.iter().filter_map(put).collect());
    say("removes", transition.writes.iter().filter_map(gone).collect());
    say("tells", transition.told.iter().map(|notice| notice.event().to_owned()).collect());
    say("notes", transition.entries.iter().map(|entry| word(&entry.fact)).collect());
    let act = |act: &Act| match act {
        Act::Show(_, event) | Act::ShowAll(event) => word(event),
        other => word(other),
    };
    say("shows", transition.acts.iter().map(act).collect());
    say("guards", transition.guards.iter().map(word).collect());
    if said.is_empty() { "nothing".to_owned() } else { said.join("; ") }
}

/// The name of a variant.
pub(crate) fn word(variant: &impl std::fmt::Debug) -> String {
    format!("{variant:?}").split([' ', '(', '{']).next().unwrap_or_default().to_owned()
}
