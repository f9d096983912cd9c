//! What survives the process, and decides races.

use std::fmt;
use std::ops::RangeInclusive;
use std::sync::Arc;

use async_trait::async_trait;
use callport_core::call_id::CallId;
use callport_core::ids::{AppId, PhoneNumberId, PortfolioId, TemplateId, UserId, WabaId};
use callport_core::message::MessageId;
use callport_core::number::PhoneNumber;
use callport_core::quality::PickUps;
use callport_core::scope::Field;
use callport_core::time::WallTime;
use callport_core::token::SecretHash;
use callport_flow::journal::{Entry, EntryKind, Recorded};
use callport_flow::{Busy, BusyAsk, CallRow, FreeAsk, Guard, Key, NodeId, PickUpAsk, Query, Row, Version, Write};

use crate::fault::Fault;
use crate::records::{
    App, AppGrant, CallRecord, Delivery, DeliveryId, DeliveryState, Invitation, MediaReport, Message, Number, NumberAccount, PairRecord,
    PhoneOverride, Portfolio, Routing, RoutingReach, Session, SipServerRecord, Subscription, TemplateRecord, ThreadRecord, Token, User,
    Waba,
};

/// One transaction: all of it or nothing, and only if everything that it expects still holds.
#[derive(Debug, Clone)]
pub struct Commit {
    /// Makes it idempotent, and becomes the version of the rows that it writes. Never 0, never used for anything else.
    pub id: Version,
    /// Who makes it.
    pub node: NodeId,
    /// Rows that must be as they were read.
    pub expects: Vec<(Key, Version)>,
    /// Shared counts that must hold.
    pub guards: Vec<Guard>,
    /// Rows as they become, in this order.
    pub writes: Vec<Write>,
    /// Entries of the journal, in this order.
    pub entries: Vec<Entry>,
    /// Webhooks to be queued, in this order.
    pub webhooks: Vec<NewDelivery>,
}

/// A webhook for one app, before it has a place in the outbox.
#[derive(Clone, PartialEq, Eq)]
pub struct NewDelivery {
    /// The receiver.
    pub app: AppId,
    /// `entry[].id`.
    pub waba: WabaId,
    /// The number concerned, for its override.
    pub number: Option<PhoneNumberId>,
    /// The webhook field.
    pub field: Field,
    /// What it tells, as in `connect`.
    pub event: &'static str,
    /// The call that it belongs to. Deliveries of one call and app are a lane: their first attempts go in order.
    pub call: Option<CallId>,
    /// The message that it belongs to, likewise.
    pub message: Option<MessageId>,
    /// The exact bytes that are signed and sent.
    pub body: Arc<[u8]>,
    /// When the state change happened, and when it is due.
    pub created_at: WallTime,
}

impl fmt::Debug for NewDelivery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} for app {}", self.event, self.app)
    }
}

/// A webhook's place in the outbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Queued {
    /// Its id: grows with every webhook, never reused.
    pub id: DeliveryId,
    /// Who sends it: whoever works the lane's open ones, else the committer.
    pub worker: NodeId,
    /// The last one of its lane that was open before it.
    pub after: Option<DeliveryId>,
}

/// Why a commit was not made, as far as is known.
#[derive(Debug, Clone, thiserror::Error)]
pub enum CommitFault {
    /// Something that it expects holds no more. It was not made and never will be.
    #[error("somebody was faster")]
    Conflict,
    /// The committer counts as dead. It was not made, and no other commit of this node will be.
    #[error("this process was declared dead by another")]
    Fenced,
    /// It was not made.
    #[error(transparent)]
    Failed(Fault),
    /// It may have been made: the same commit again tells.
    #[error("it is not known whether this was saved: {0}")]
    Unknown(Fault),
}

/// A write that depends on nothing and overlaps with nobody's. Twice is as good as once.
#[derive(Debug, Clone)]
pub enum Settlement {
    /// An attempt to deliver a webhook, and what became of the webhook by it.
    Attempt {
        /// Which.
        delivery: DeliveryId,
        /// Attempts made so far, this one included.
        attempts: u32,
        /// Pending again, or settled.
        state: DeliveryState,
        /// Its entry in the journal, once for each delivery and attempt.
        entry: Box<Entry>,
    },
    /// The media plane's last word on a call.
    Report {
        /// The call.
        call: CallId,
        /// Figures and checklist.
        report: Box<MediaReport>,
    },
}

/// What came of putting a webhook back into the queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reopened {
    /// There is none with this id.
    Unknown,
    /// It is in the queue as it is.
    Pending,
    /// It is in the queue again, with its body.
    Queued(Box<Delivery>),
}

/// A row as it stands.
#[derive(Debug, Clone, Default)]
pub struct Versioned {
    /// Of the commit that wrote it; 0 without a row.
    pub version: Version,
    /// The row.
    pub row: Option<Arc<Row>>,
}

/// One process as the others see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NodeBeat {
    /// Which.
    pub node: NodeId,
    /// Grows while it lives.
    pub beat: u64,
}

/// What ended processes left behind, now in the hands of the asker.
#[derive(Debug, Default)]
pub struct Adopted {
    /// Calls that are not over. One that cannot be read is told to the log and passed over.
    pub calls: Vec<CallRow>,
    /// Pending webhooks in order of id, without their bodies.
    pub deliveries: Vec<Delivery>,
}

/// What is removed when it is old enough.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Old {
    /// Calls that ended before.
    Calls,
    /// Messages that were written before.
    Messages,
    /// Webhooks that were settled before.
    Deliveries,
    /// Entries of the journal from before.
    Entries,
    /// Sessions that expired before.
    Sessions,
    /// Invitations that expired before.
    Invitations,
    /// Walks through the sign-up page, its sessions, invitations and codes that ended before.
    Enrolments,
}

impl Old {
    /// Everything that goes.
    pub const ALL: [Old; 7] = [Old::Calls, Old::Messages, Old::Deliveries, Old::Entries, Old::Sessions, Old::Invitations, Old::Enrolments];
}

/// A page of a list in order of id.
#[derive(Debug, Clone)]
pub struct Page<Id> {
    /// Only what comes after this id.
    pub after: Option<Id>,
    /// At most so many.
    pub limit: u32,
}

impl<Id> Page<Id> {
    /// The first so many.
    pub fn first(limit: u32) -> Self {
        Self { after: None, limit }
    }
}

/// A page of calls, the last placed first: by the order of placing, which a calendar that was moved does not change.
#[derive(Debug, Clone, Default)]
pub struct CallPage {
    /// Only of this number.
    pub number: Option<PhoneNumberId>,
    /// Only of this user.
    pub user: Option<UserId>,
    /// Only what was placed before this call; nothing when it is not on record.
    pub before: Option<CallId>,
    /// At most so many.
    pub limit: u32,
}

/// A page of one chat, newest first.
#[derive(Debug, Clone)]
pub struct MessagePage {
    /// The business number.
    pub number: PhoneNumberId,
    /// The user.
    pub user: UserId,
    /// Only what was written before this message; everything when it is not in the chat.
    pub before: Option<MessageId>,
    /// At most so many.
    pub limit: u32,
}

/// A page of the journal, in the order of writing.
#[derive(Debug, Clone, Default)]
pub struct JournalPage {
    /// Only what comes after this entry.
    pub after: u64,
    /// Only of this call.
    pub call: Option<CallId>,
    /// Only of this number.
    pub number: Option<PhoneNumberId>,
    /// Only of this user.
    pub user: Option<UserId>,
    /// Only of this app.
    pub app: Option<AppId>,
    /// Only of this webhook.
    pub delivery: Option<DeliveryId>,
    /// Only of this kind.
    pub kind: Option<EntryKind>,
    /// Only where a request or a webhook was answered with such an HTTP status.
    pub status: Option<RangeInclusive<u16>>,
    /// At most so many.
    pub limit: u32,
}

/// The store. Reads see every commit that returned before them.
#[async_trait]
pub trait Store: Send + Sync + 'static {
    /// A new process joins. Where there can be only one, all others have ended by this.
    async fn join(&self) -> Result<NodeId, Fault>;
    /// Several processes may share this store, and must beat to be counted as alive.
    fn is_shared(&self) -> bool;
    /// The asker lives. All that live, the asker among them; without the asker, it was ended by another.
    async fn beat(&self, node: NodeId) -> Result<Vec<NodeBeat>, Fault>;
    /// Ends a process that has not beaten since `seen`: none of its commits is made any more. Nothing if it has.
    async fn end_node(&self, seen: NodeBeat) -> Result<(), Fault>;
    /// Puts what ended processes left behind into the asker's hands: their pending webhooks, and sight of their live calls.
    async fn adopt(&self, node: NodeId) -> Result<Adopted, Fault>;

    /// A row by its key.
    async fn row(&self, key: &Key) -> Result<Versioned, Fault>;
    /// Rows with their versions.
    async fn rows(&self, query: &Query) -> Result<Vec<(Version, Arc<Row>)>, Fault>;
    /// How busy parties are.
    async fn busy(&self, ask: &BusyAsk) -> Result<Busy, Fault>;
    /// How many service messages of a number were free since a moment, counted up to so many.
    async fn free_messages(&self, ask: &FreeAsk) -> Result<u32, Fault>;
    /// How many calls of users of a number were picked up, of those that ended since a moment, among its newest calls.
    async fn pick_ups(&self, ask: &PickUpAsk) -> Result<PickUps, Fault>;
    /// Makes a commit; the webhooks' places in its order. Durable when it returns. The same id again returns the same and writes nothing.
    async fn commit(&self, commit: Arc<Commit>) -> Result<Vec<Queued>, CommitFault>;
    /// All of them or none.
    async fn settle(&self, settlements: Vec<Settlement>) -> Result<(), Fault>;
    /// Puts a settled webhook back into the queue of that process, due at that moment, with an entry.
    async fn reopen(&self, id: DeliveryId, node: NodeId, due: WallTime, entry: Entry) -> Result<Reopened, Fault>;
    /// Removes what is older than that moment, the oldest first, at most so many; how many went. What is live, pending or the highest of
    /// its ids stays.
    async fn remove_old(&self, what: Old, before: WallTime, most: u32) -> Result<u32, Fault>;

    /// A page, by id.
    async fn portfolios(&self, page: Page<PortfolioId>) -> Result<Vec<Portfolio>, Fault>;
    /// A page, by id.
    async fn wabas(&self, page: Page<WabaId>) -> Result<Vec<Waba>, Fault>;
    /// A page of a portfolio's accounts, by id.
    async fn wabas_of(&self, portfolio: &PortfolioId, page: Page<WabaId>) -> Result<Vec<Waba>, Fault>;
    /// A page of an account's numbers, or of all, by id.
    async fn numbers(&self, waba: Option<&WabaId>, page: Page<PhoneNumberId>) -> Result<Vec<Number>, Fault>;
    /// A page, by id.
    async fn apps(&self, page: Page<AppId>) -> Result<Vec<App>, Fault>;
    /// A page, by id.
    async fn users(&self, page: Page<UserId>) -> Result<Vec<User>, Fault>;
    /// All of an account, by app id.
    async fn grants(&self, waba: &WabaId) -> Result<Vec<AppGrant>, Fault>;
    /// Of an account, by app.
    async fn subscriptions(&self, waba: &WabaId) -> Result<Vec<Subscription>, Fault>;
    /// Every routing configuration: those of portfolios first, by id.
    async fn routings(&self) -> Result<Vec<Routing>, Fault>;
    /// All of an app.
    async fn tokens(&self, app: &AppId) -> Result<Vec<Token>, Fault>;
    /// All of a user, or of all users, oldest first.
    async fn sessions(&self, user: Option<&UserId>) -> Result<Vec<Session>, Fault>;
    /// All, the first to end first.
    async fn invitations(&self) -> Result<Vec<Invitation>, Fault>;
    /// All pairs of a user, by number id: the user's chats.
    async fn pairs_of(&self, user: &UserId) -> Result<Vec<PairRecord>, Fault>;
    /// A page of one chat, newest first, in the order of writing.
    async fn messages(&self, page: MessagePage) -> Result<Vec<Message>, Fault>;
    /// A page, newest first.
    async fn calls(&self, page: CallPage) -> Result<Vec<CallRecord>, Fault>;
    /// Every call that is not over.
    async fn live_calls(&self) -> Result<Vec<CallRecord>, Fault>;
    /// A page of the journal.
    async fn journal(&self, page: JournalPage) -> Result<Vec<Recorded>, Fault>;
    /// The highest place in the journal; 0 when it is empty.
    async fn last_entry(&self) -> Result<u64, Fault>;
    /// By id, with its body.
    async fn delivery(&self, id: DeliveryId) -> Result<Option<Delivery>, Fault>;
    /// Of one call, in order of id.
    async fn deliveries_of(&self, call: &CallId) -> Result<Vec<Delivery>, Fault>;
    /// Pending ones of the lane that this webhook is in, up to it, without bodies, if that process is to send them.
    async fn open_in_lane(&self, node: NodeId, id: DeliveryId) -> Result<Vec<Delivery>, Fault>;
    /// The newest deliveries, of every kind.
    async fn recent_deliveries(&self, limit: u32) -> Result<Vec<Delivery>, Fault>;

    /// By id.
    async fn portfolio(&self, id: &PortfolioId) -> Result<Option<Portfolio>, Fault> {
        Ok(match self.row(&Key::Portfolio(id.clone())).await?.row.as_deref() {
            Some(Row::Portfolio(row)) => Some(row.clone()),
            _ => None,
        })
    }
    /// By id.
    async fn waba(&self, id: &WabaId) -> Result<Option<Waba>, Fault> {
        Ok(match self.row(&Key::Waba(id.clone())).await?.row.as_deref() {
            Some(Row::Waba(row)) => Some(row.clone()),
            _ => None,
        })
    }
    /// By id.
    async fn number(&self, id: &PhoneNumberId) -> Result<Option<Number>, Fault> {
        Ok(match self.row(&Key::Number(id.clone())).await?.row.as_deref() {
            Some(Row::Number(row)) => Some(row.clone()),
            _ => None,
        })
    }
    /// By the number itself.
    async fn number_by_digits(&self, number: &PhoneNumber) -> Result<Option<Number>, Fault> {
        Ok(match self.row(&Key::NumberCalled(number.clone())).await?.row.as_deref() {
            Some(Row::Number(row)) => Some(row.clone()),
            _ => None,
        })
    }
    /// By id.
    async fn app(&self, id: &AppId) -> Result<Option<App>, Fault> {
        Ok(match self.row(&Key::App(id.clone())).await?.row.as_deref() {
            Some(Row::App(row)) => Some(row.clone()),
            _ => None,
        })
    }
    /// What an app may do with an account.
    async fn grant(&self, app: &AppId, waba: &WabaId) -> Result<Option<AppGrant>, Fault> {
        Ok(match self.row(&Key::Grant(app.clone(), waba.clone())).await?.row.as_deref() {
            Some(Row::Grant(row)) => Some(row.clone()),
            _ => None,
        })
    }
    /// One app's subscription to one account.
    async fn subscription(&self, app: &AppId, waba: &WabaId) -> Result<Option<Subscription>, Fault> {
        Ok(match self.row(&Key::Subscription(app.clone(), waba.clone())).await?.row.as_deref() {
            Some(Row::Subscription(row)) => Some(row.clone()),
            _ => None,
        })
    }
    /// One app's override for one number.
    async fn phone_override(&self, app: &AppId, number: &PhoneNumberId) -> Result<Option<PhoneOverride>, Fault> {
        Ok(match self.row(&Key::PhoneOverride(app.clone(), number.clone())).await?.row.as_deref() {
            Some(Row::PhoneOverride(row)) => Some(row.clone()),
            _ => None,
        })
    }
    /// By hash.
    async fn token(&self, hash: &SecretHash) -> Result<Option<Token>, Fault> {
        Ok(match self.row(&Key::Token(*hash)).await?.row.as_deref() {
            Some(Row::Token(row)) => Some(row.clone()),
            _ => None,
        })
    }
    /// By id.
    async fn user(&self, id: &UserId) -> Result<Option<User>, Fault> {
        Ok(match self.row(&Key::User(id.clone())).await?.row.as_deref() {
            Some(Row::User(row)) => Some(row.clone()),
            _ => None,
        })
    }
    /// By number.
    async fn user_by_number(&self, number: &PhoneNumber) -> Result<Option<User>, Fault> {
        Ok(match self.row(&Key::UserCalled(number.clone())).await?.row.as_deref() {
            Some(Row::User(row)) => Some(row.clone()),
            _ => None,
        })
    }
    /// By hash.
    async fn session(&self, hash: &SecretHash) -> Result<Option<Session>, Fault> {
        Ok(match self.row(&Key::Session(*hash)).await?.row.as_deref() {
            Some(Row::Session(row)) => Some(row.clone()),
            _ => None,
        })
    }
    /// By hash.
    async fn invitation(&self, hash: &SecretHash) -> Result<Option<Invitation>, Fault> {
        Ok(match self.row(&Key::Invitation(*hash)).await?.row.as_deref() {
            Some(Row::Invitation(row)) => Some(row.clone()),
            _ => None,
        })
    }
    /// What is kept of a pair; `None` when nothing ever happened between the two.
    async fn pair(&self, number: &PhoneNumberId, user: &UserId) -> Result<Option<PairRecord>, Fault> {
        Ok(match self.row(&Key::Pair(number.clone(), user.clone())).await?.row.as_deref() {
            Some(Row::Pair(row)) => Some(row.clone()),
            _ => None,
        })
    }
    /// By id.
    async fn message(&self, id: &MessageId) -> Result<Option<Message>, Fault> {
        Ok(match self.row(&Key::Message(id.clone())).await?.row.as_deref() {
            Some(Row::Message(row)) => Some(row.clone()),
            _ => None,
        })
    }
    /// By id.
    async fn template(&self, id: &TemplateId) -> Result<Option<TemplateRecord>, Fault> {
        Ok(match self.row(&Key::Template(id.clone())).await?.row.as_deref() {
            Some(Row::Template(row)) => Some(row.clone()),
            _ => None,
        })
    }
    /// By id.
    async fn call(&self, id: &CallId) -> Result<Option<CallRecord>, Fault> {
        Ok(match self.row(&Key::Call(id.clone())).await?.row.as_deref() {
            Some(Row::Call(row)) => Some(row.record.clone()),
            _ => None,
        })
    }
    /// A routing configuration.
    async fn routing(&self, reach: &RoutingReach) -> Result<Option<Routing>, Fault> {
        Ok(match self.row(&Key::Routing(reach.clone())).await?.row.as_deref() {
            Some(Row::Routing(row)) => Some(row.clone()),
            _ => None,
        })
    }
    /// Whose a chat is, or was.
    async fn thread(&self, number: &PhoneNumberId, user: &UserId) -> Result<Option<ThreadRecord>, Fault> {
        Ok(match self.row(&Key::Thread(number.clone(), user.clone())).await?.row.as_deref() {
            Some(Row::Thread(row)) => Some(row.clone()),
            _ => None,
        })
    }
    /// Further accounts of a number, beside the one that owns it, by id.
    async fn number_accounts(&self, number: &PhoneNumberId) -> Result<Vec<NumberAccount>, Fault> {
        let rows = self.rows(&Query::Accounts(number.clone())).await?;
        Ok(rows.iter().filter_map(|(_, row)| if let Row::NumberAccount(row) = &**row { Some(row.clone()) } else { None }).collect())
    }
    /// SIP servers of a number, by app.
    async fn sip_servers(&self, number: &PhoneNumberId) -> Result<Vec<SipServerRecord>, Fault> {
        let rows = self.rows(&Query::SipServers(number.clone())).await?;
        Ok(rows.iter().filter_map(|(_, row)| if let Row::SipServer(row) = &**row { Some(row.clone()) } else { None }).collect())
    }
    /// Every account of a number: the owning one first, the others by id.
    async fn accounts_of(&self, number: &Number) -> Result<Vec<WabaId>, Fault> {
        let others = self.number_accounts(&number.id).await?.into_iter().map(|account| account.waba);
        Ok(std::iter::once(number.waba.clone()).chain(others.filter(|waba| *waba != number.waba)).collect())
    }
    /// All of an account, by name and language.
    async fn templates(&self, waba: &WabaId) -> Result<Vec<TemplateRecord>, Fault> {
        let rows = self.rows(&Query::Templates(waba.clone())).await?;
        Ok(rows.iter().filter_map(|(_, row)| if let Row::Template(row) = &**row { Some(row.clone()) } else { None }).collect())
    }
    /// Messages of businesses in one chat that the user has not read, oldest first; at most `limit`.
    async fn unread_messages(&self, number: &PhoneNumberId, user: &UserId, limit: u32) -> Result<Vec<Message>, Fault> {
        let rows = self.rows(&Query::Unread(number.clone(), user.clone(), limit)).await?;
        Ok(rows.iter().filter_map(|(_, row)| if let Row::Message(row) = &**row { Some(row.clone()) } else { None }).collect())
    }
}
