//! What steps read and write: rows, the keys that they are read by, and the version that each carries.

use callport_core::bsuid::Bsuid;
use callport_core::call::{Call, EndReason, Phase, UserView};
use callport_core::ids::{AppId, PhoneNumberId, PortfolioId, TemplateId, UserId, WabaId};
use callport_core::message::MessageId;
use callport_core::number::PhoneNumber;
use callport_core::token::SecretHash;
use callport_core::{call_id::CallId, time::WallTime};

use crate::records::{
    App, AppGrant, CallRecord, Enrolment, EnrolmentKind, Invitation, Message, Number, NumberAccount, PairRecord, PhoneOverride, Portfolio,
    Routing, RoutingReach, Session, SipServerRecord, Stage, Subscription, TemplateRecord, ThreadRecord, Token, User, Waba,
};

/// The id of the commit that wrote a row; 0: there is no row.
pub type Version = u64;

/// A process that runs an engine. Each start is a new one.
pub type NodeId = u32;

/// What a row is read by. Some rows have several keys: whoever expects that nobody has a number expects version 0 of that number's key.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Key {
    /// By id.
    Portfolio(PortfolioId),
    /// By id.
    Waba(WabaId),
    /// By id.
    Number(PhoneNumberId),
    /// The business number with these digits.
    NumberCalled(PhoneNumber),
    /// A further account of a number.
    NumberAccount(PhoneNumberId, WabaId),
    /// Of an app for a number.
    SipServer(PhoneNumberId, AppId),
    /// By what it holds for.
    Routing(RoutingReach),
    /// By id.
    App(AppId),
    /// What an app may do with an account.
    Grant(AppId, WabaId),
    /// An app's subscription to an account.
    Subscription(AppId, WabaId),
    /// An app's override for a number.
    PhoneOverride(AppId, PhoneNumberId),
    /// By hash.
    Token(SecretHash),
    /// By id.
    User(UserId),
    /// The user with these digits.
    UserCalled(PhoneNumber),
    /// The user whom this portfolio knows by this id.
    UserKnownAs(PortfolioId, Bsuid),
    /// By hash of its cookie.
    Session(SecretHash),
    /// By hash of its code.
    Invitation(SecretHash),
    /// A business number and a user.
    Pair(PhoneNumberId, UserId),
    /// Whose the chat of a business number and a user is.
    Thread(PhoneNumberId, UserId),
    /// By id.
    Message(MessageId),
    /// By id.
    Template(TemplateId),
    /// The template of an account with this name and language.
    TemplateNamed(WabaId, String, String),
    /// By id.
    Call(CallId),
    /// By kind and id.
    Enrolment(EnrolmentKind, String),
}

/// A row.
#[derive(Debug, Clone, PartialEq)]
#[expect(missing_docs, reason = "each is the record of that name")]
#[expect(clippy::large_enum_variant, reason = "rows are shared, not moved, and calls are most of what is written")]
pub enum Row {
    Portfolio(Portfolio),
    Waba(Waba),
    Number(Number),
    NumberAccount(NumberAccount),
    SipServer(SipServerRecord),
    Routing(Routing),
    App(App),
    Grant(AppGrant),
    Subscription(Subscription),
    PhoneOverride(PhoneOverride),
    Token(Token),
    User(User),
    Session(Session),
    Invitation(Invitation),
    Pair(PairRecord),
    Thread(ThreadRecord),
    Message(Message),
    Template(TemplateRecord),
    Call(CallRow),
    Enrolment(Enrolment),
}

impl Row {
    /// The key that names it.
    pub fn key(&self) -> Key {
        match self {
            Row::Portfolio(row) => Key::Portfolio(row.id.clone()),
            Row::Waba(row) => Key::Waba(row.id.clone()),
            Row::Number(row) => Key::Number(row.id.clone()),
            Row::NumberAccount(row) => Key::NumberAccount(row.number.clone(), row.waba.clone()),
            Row::SipServer(row) => Key::SipServer(row.number.clone(), row.app.clone()),
            Row::Routing(row) => Key::Routing(row.reach.clone()),
            Row::App(row) => Key::App(row.id.clone()),
            Row::Grant(row) => Key::Grant(row.app.clone(), row.waba.clone()),
            Row::Subscription(row) => Key::Subscription(row.app.clone(), row.waba.clone()),
            Row::PhoneOverride(row) => Key::PhoneOverride(row.app.clone(), row.number.clone()),
            Row::Token(row) => Key::Token(row.hash),
            Row::User(row) => Key::User(row.id.clone()),
            Row::Session(row) => Key::Session(row.hash),
            Row::Invitation(row) => Key::Invitation(row.hash),
            Row::Pair(row) => Key::Pair(row.number.clone(), row.user.clone()),
            Row::Thread(row) => Key::Thread(row.number.clone(), row.user.clone()),
            Row::Message(row) => Key::Message(row.id.clone()),
            Row::Template(row) => Key::Template(row.id.clone()),
            Row::Call(row) => Key::Call(row.record.id.clone()),
            Row::Enrolment(row) => Key::Enrolment(row.kind(), row.id()),
        }
    }
}

/// One write of a commit.
#[derive(Debug, Clone, PartialEq)]
#[expect(clippy::large_enum_variant, reason = "removals are rare")]
pub enum Write {
    /// Inserts or replaces.
    Put(Row),
    /// Removes, if it is there. With a user go sessions, invitations, pairs, threads and messages; with an app its tokens, grants, subscriptions,
    /// overrides and SIP servers; with an account grants, subscriptions and templates; with a number overrides, shares, SIP servers, pairs, threads and
    /// messages. What happened (calls, deliveries) stays.
    Remove(Key),
}

/// A call: its record, and the machine that its owner runs.
#[derive(Debug, Clone, PartialEq)]
pub struct CallRow {
    /// What is kept.
    pub record: CallRecord,
    /// Where it stands. Read from the store it knows of no media: only its owner does.
    pub call: Call,
    /// The process that carries it on.
    pub owner: NodeId,
    /// The user was free when it was placed. A call of a business to a user in another call holds a place at the number only.
    pub holds_user: bool,
    /// A phone that picked up has joined the media of a business's call.
    pub joined: bool,
}

impl CallRow {
    /// As the store has it.
    pub fn on_record(record: CallRecord, owner: NodeId, holds_user: bool) -> Self {
        let call = match &record.stage {
            Stage::Ended(ending) => Call::ended(ending.clone()),
            Stage::Active(since) => Call::interrupted(record.direction, Some(*since)),
            Stage::Calling | Stage::Ringing => Call::interrupted(record.direction, None),
        };
        Self { record, call, owner, holds_user, joined: false }
    }

    /// Not over yet.
    pub fn live(&self) -> bool {
        self.record.live()
    }

    /// The next moment at which the call must be woken, with what that moment means.
    pub fn next_deadline(&self) -> Option<(WallTime, EndReason)> {
        self.call.next_deadline()
    }

    /// The record's stage for the machine's phase.
    pub(crate) fn stage(call: &Call) -> Stage {
        match call.phase() {
            // A SIP server that rings brings no answer yet.
            Phase::Alerting { answer: None, .. } if call.view() < UserView::Ringing => Stage::Calling,
            Phase::Offered { rings: false, .. } => Stage::Calling,
            Phase::Alerting { .. } | Phase::Offered { rings: true, .. } => Stage::Ringing,
            Phase::Active { since } => Stage::Active(*since),
            Phase::Ended(ending) => Stage::Ended(ending.clone()),
        }
    }
}
