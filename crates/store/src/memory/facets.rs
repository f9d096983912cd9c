//! By what a row is found, listed and counted. All of it follows from the row and its place, so that an index is never written by hand.

use std::mem::discriminant;

use callport_core::call_id::{CallId, Direction};
use callport_core::ids::{AppId, PhoneNumberId, PortfolioId, UserId, WabaId};
use callport_core::time::WallTime;
use callport_core::token::SecretHash;
use callport_engine::records::{EnrolmentKind, Guest, Message, MessageBody, Progress, RoutingReach, TariffCategory};
use callport_flow::{CallRow, Key, Row};

/// The order in which rows were first written, over all kinds of rows. A row that changes keeps its place.
pub(super) type Place = u64;

/// Where a row stands in a list. `None` stands before everything in its list, so that it is where the first page begins.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Listed {
    Portfolio(Option<PortfolioId>),
    Waba(Option<WabaId>),
    WabaOf(PortfolioId, Option<WabaId>),
    Number(Option<PhoneNumberId>),
    NumberOf(WabaId, Option<PhoneNumberId>),
    /// A number that is shared with an account.
    SharedWith(WabaId, Option<PhoneNumberId>),
    AccountOf(PhoneNumberId, Option<WabaId>),
    SipServerOf(PhoneNumberId, Option<AppId>),
    /// Those of portfolios first, then by id.
    Routing(Option<(bool, String)>),
    App(Option<AppId>),
    Grant(WabaId, Option<AppId>),
    Subscription(WabaId, Option<AppId>),
    /// Oldest first.
    Token(AppId, Option<(WallTime, [u8; 32])>),
    User(Option<UserId>),
    /// Oldest first.
    Session(Option<(WallTime, [u8; 32])>),
    /// Oldest first.
    SessionOf(UserId, Option<(WallTime, [u8; 32])>),
    /// The first to end first.
    Invitation(Option<(WallTime, [u8; 32])>),
    Pair(UserId, Option<PhoneNumberId>),
    Thread(UserId, Option<PhoneNumberId>),
    /// By name and language.
    Template(WabaId, Option<(String, String)>),
    Message(Place),
    Chat(UserId, Option<(PhoneNumberId, Place)>),
    Unread(UserId, PhoneNumberId, Place),
    Call(Place),
    CallOf(PhoneNumberId, Place),
    CallWith(UserId, Place),
    /// Oldest first.
    Live(Option<(WallTime, CallId)>),
    /// The one live call that holds a user.
    Holds(UserId),
    Enrolment(EnrolmentKind, String, Option<String>),
    /// The first to end first.
    EnrolmentEnds(Option<(WallTime, EnrolmentKind, String)>),
}

impl Listed {
    /// Both stand in one list.
    pub(super) fn same_list(&self, other: &Self) -> bool {
        use Listed::{
            AccountOf, CallOf, CallWith, Chat, Enrolment, Grant, NumberOf, Pair, SessionOf, SharedWith, SipServerOf, Subscription,
            Template, Thread, Token, Unread, WabaOf,
        };
        match (self, other) {
            (NumberOf(one, _), NumberOf(two, _)) | (Grant(one, _), Grant(two, _)) | (Subscription(one, _), Subscription(two, _)) => {
                one == two
            }
            (SharedWith(one, _), SharedWith(two, _)) => one == two,
            (AccountOf(one, _), AccountOf(two, _)) => one == two,
            (SipServerOf(one, _), SipServerOf(two, _)) => one == two,
            (Thread(one, _), Thread(two, _)) => one == two,
            (Template(one, _), Template(two, _)) => one == two,
            (WabaOf(one, _), WabaOf(two, _)) => one == two,
            (Enrolment(kind, owner, _), Enrolment(of, with, _)) => (kind, owner) == (of, with),
            (Token(one, _), Token(two, _)) => one == two,
            (SessionOf(one, _), SessionOf(two, _)) => one == two,
            (Pair(one, _), Pair(two, _)) => one == two,
            (CallWith(one, _), CallWith(two, _)) => one == two,
            (CallOf(one, _), CallOf(two, _)) => one == two,
            (Chat(one, _), Chat(two, _)) => one == two,
            (Unread(user, number, _), Unread(of, with, _)) => (user, number) == (of, with),
            _ => discriminant(self) == discriminant(other),
        }
    }
}

/// Everything that the indexes hold of one row.
#[derive(Default)]
pub(super) struct Facets {
    /// Nobody else may have one of them. Ids by which portfolios know a user are not here: they hang on two rows.
    pub(super) keys: Vec<Key>,
    pub(super) listed: Vec<Listed>,
    /// Rows that must be there first, and stay.
    pub(super) owners: Vec<Key>,
    /// A live call counts at its number.
    pub(super) live_at: Option<PhoneNumberId>,
    /// A business's call counts as a start of its number.
    pub(super) started: Option<(PhoneNumberId, WallTime)>,
    /// A service message that this number sent then is free.
    pub(super) free: Option<(PhoneNumberId, WallTime)>,
}

impl Facets {
    pub(super) fn of(row: &Row, place: Place) -> Self {
        let mut facets = Self { keys: vec![row.key()], ..Self::default() };
        let (keys, listed) = (&mut facets.keys, &mut facets.listed);
        match row {
            Row::Portfolio(row) => listed.push(Listed::Portfolio(Some(row.id.clone()))),
            Row::Waba(row) => {
                listed.push(Listed::Waba(Some(row.id.clone())));
                listed.push(Listed::WabaOf(row.portfolio.clone(), Some(row.id.clone())));
                facets.owners.push(Key::Portfolio(row.portfolio.clone()));
            }
            Row::Number(row) => {
                keys.push(Key::NumberCalled(row.number.clone()));
                listed.push(Listed::Number(Some(row.id.clone())));
                listed.push(Listed::NumberOf(row.waba.clone(), Some(row.id.clone())));
                facets.owners.push(Key::Waba(row.waba.clone()));
            }
            Row::NumberAccount(row) => {
                listed.push(Listed::SharedWith(row.waba.clone(), Some(row.number.clone())));
                listed.push(Listed::AccountOf(row.number.clone(), Some(row.waba.clone())));
                facets.owners = vec![Key::Number(row.number.clone()), Key::Waba(row.waba.clone())];
                facets.owners.extend(row.partner.clone().map(Key::Portfolio));
            }
            Row::SipServer(row) => {
                listed.push(Listed::SipServerOf(row.number.clone(), Some(row.app.clone())));
                facets.owners = vec![Key::Number(row.number.clone()), Key::App(row.app.clone())];
            }
            Row::Routing(row) => listed.push(Listed::Routing(Some(match &row.reach {
                RoutingReach::Portfolio(id) => (false, id.to_string()),
                RoutingReach::Number(id) => (true, id.to_string()),
            }))),
            Row::App(row) => listed.push(Listed::App(Some(row.id.clone()))),
            Row::Grant(row) => {
                listed.push(Listed::Grant(row.waba.clone(), Some(row.app.clone())));
                facets.owners = vec![Key::App(row.app.clone()), Key::Waba(row.waba.clone())];
            }
            Row::Subscription(row) => {
                listed.push(Listed::Subscription(row.waba.clone(), Some(row.app.clone())));
                facets.owners = vec![Key::App(row.app.clone()), Key::Waba(row.waba.clone())];
            }
            Row::PhoneOverride(row) => facets.owners = vec![Key::App(row.app.clone()), Key::Number(row.number.clone())],
            Row::Token(row) => {
                listed.push(Listed::Token(row.app.clone(), moment(row.issued_at, row.hash)));
                facets.owners.push(Key::App(row.app.clone()));
            }
            Row::User(row) => {
                keys.push(Key::UserCalled(row.number.clone()));
                listed.push(Listed::User(Some(row.id.clone())));
            }
            Row::Session(row) => {
                listed.push(Listed::Session(moment(row.opened_at, row.hash)));
                listed.push(Listed::SessionOf(row.user.clone(), moment(row.opened_at, row.hash)));
                facets.owners.push(Key::User(row.user.clone()));
            }
            Row::Invitation(row) => {
                listed.push(Listed::Invitation(moment(row.expires_at, row.hash)));
                let guest = if let Guest::User(user) = &row.guest { Some(user) } else { None };
                facets.owners.extend(row.used_by.iter().chain(guest).cloned().map(Key::User));
            }
            Row::Pair(row) => {
                listed.push(Listed::Pair(row.user.clone(), Some(row.number.clone())));
                facets.owners = vec![Key::Number(row.number.clone()), Key::User(row.user.clone())];
            }
            Row::Thread(row) => {
                listed.push(Listed::Thread(row.user.clone(), Some(row.number.clone())));
                facets.owners = vec![Key::Number(row.number.clone()), Key::User(row.user.clone())];
            }
            Row::Message(row) => {
                listed.push(Listed::Message(place));
                listed.push(Listed::Chat(row.user.clone(), Some((row.number.clone(), place))));
                facets.free = free(row).then(|| (row.number.clone(), row.at));
                if unread(row) {
                    listed.push(Listed::Unread(row.user.clone(), row.number.clone(), place));
                }
            }
            Row::Template(row) => {
                keys.push(Key::TemplateNamed(row.waba.clone(), row.name.clone(), row.language.clone()));
                listed.push(Listed::Template(row.waba.clone(), Some((row.name.clone(), row.language.clone()))));
                facets.owners.push(Key::Waba(row.waba.clone()));
            }
            Row::Enrolment(row) => {
                listed.push(Listed::Enrolment(row.kind(), row.owner(), Some(row.id())));
                listed.extend(row.ends_at().map(|at| Listed::EnrolmentEnds(Some((at, row.kind(), row.id())))));
            }
            Row::Call(row) => {
                let record = &row.record;
                listed.push(Listed::Call(place));
                listed.push(Listed::CallOf(record.number.clone(), place));
                listed.push(Listed::CallWith(record.user.clone(), place));
                if record.live() {
                    listed.push(Listed::Live(Some((record.placed_at, record.id.clone()))));
                    facets.live_at = Some(record.number.clone());
                    if row.holds_user {
                        listed.push(Listed::Holds(record.user.clone()));
                    }
                }
                facets.started = (record.direction == Direction::BusinessInitiated).then(|| (record.number.clone(), record.placed_at));
            }
        }
        facets
    }
}

/// What stands in for the other row at its place has the same facets. Asked so that the rows that every call changes cost no look at an index;
/// `false` for all others.
pub(super) fn alike(was: &Row, is: &Row) -> bool {
    match (was, is) {
        (Row::Pair(_), Row::Pair(_)) => true, // both parties are in its key
        (Row::Call(was), Row::Call(is)) => {
            let parts = |row: &CallRow| (row.holds_user, row.record.live(), row.record.direction, row.record.placed_at);
            parts(was) == parts(is) && was.record.number == is.record.number && was.record.user == is.record.user
        }
        _ => false,
    }
}

/// Equal moments stay in the order of their hashes.
fn moment(at: WallTime, hash: SecretHash) -> Option<(WallTime, [u8; 32])> {
    Some((at, *hash.as_bytes()))
}

fn free(message: &Message) -> bool {
    matches!(&message.body, MessageBody::Business(sent) if sent.tariff.free && sent.tariff.category == TariffCategory::Service)
}

fn unread(message: &Message) -> bool {
    match &message.body {
        MessageBody::Business(sent) => matches!(sent.progress, Progress::Sent | Progress::Delivered),
        MessageBody::User(_) | MessageBody::Reconsider => false,
    }
}
