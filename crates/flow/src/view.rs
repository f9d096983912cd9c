//! What was read for one run of a step, and what a step asks for when it was not.

use std::any::Any;
use std::cell::Cell;
use std::fmt;
use std::sync::Arc;

use callport_core::call::Answer;
use callport_core::call_id::CallId;
use callport_core::codec::AdditionalCodec;
use callport_core::ids::{PhoneNumberId, PortfolioId, UserId, WabaId};
use callport_core::key_exchange::KeyExchange;
use callport_core::message::MessageId;
use callport_core::pair::Pair;
use callport_core::quality::PickUps;
use callport_core::scope::Field;
use callport_core::time::WallTime;

use crate::records::{
    App, AppGrant, EnrolmentKind, EnrolmentRecord, Invitation, Message, Number, NumberAccount, Portfolio, Routing, Session,
    SipServerRecord, Subscription, TemplateRecord, ThreadRecord, Token, User, Waba,
};
use crate::row::{CallRow, Key, Row, Version};

/// Something that a step lacks.
#[derive(Debug, Clone, PartialEq)]
pub enum Need {
    /// A row, or to know that there is none.
    Row(Key),
    /// Several rows.
    Rows(Query),
    /// How busy the parties of a call to be are.
    Busy(BusyAsk),
    /// How many service messages of a number were free since a moment.
    FreeMessages(FreeAsk),
    /// How many of a number's calls of users were picked up since a moment.
    PickUps(PickUpAsk),
    /// Whether anybody is told of this field for this account.
    Listeners(WabaId, Field),
    /// Something of the media plane.
    Media(Ask),
}

/// Rows that are found, not named. Each of them is expected as it was read; that there are no others is not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Query {
    /// Messages of the business that the user has not read, oldest first; at most so many.
    Unread(PhoneNumberId, UserId, u32),
    /// Of a user, oldest first.
    Sessions(UserId),
    /// Of an account.
    Templates(WabaId),
    /// Further accounts of a number, by id.
    Accounts(PhoneNumberId),
    /// SIP servers of a number, by app.
    SipServers(PhoneNumberId),
    /// Enrolments of that kind under that owner, by id; at most so many.
    Enrolments(EnrolmentKind, String, u32),
    /// Business numbers of a portfolio's accounts, by id; at most so many.
    NumbersOf(PortfolioId, u32),
    /// Pairs of a user by number, at most so many; then their numbers, and the accounts that own these.
    ChatsOf(UserId, u32),
    /// Calls of a business number and a user, the last placed first; at most so many.
    CallsOfPair(PhoneNumberId, UserId, u32),
    /// What apps may do with an account, by app.
    Grants(WabaId),
    /// Accounts of a portfolio, by id; at most so many.
    WabasOf(PortfolioId, u32),
    /// Apps that belong to a portfolio, by id; at most so many.
    AppsOf(PortfolioId, u32),
    /// Further accounts of numbers whose partner is this portfolio, by number; at most so many.
    SharesFor(PortfolioId, u32),
    /// Routing configurations that name this portfolio, its own aside; at most so many.
    RoutingsNaming(PortfolioId, u32),
    /// Business numbers that an account owns, by id; at most so many.
    NumbersIn(WabaId, u32),
    /// Numbers of other accounts that are shared with this one, by number; at most so many.
    SharesOf(WabaId, u32),
    /// Calls of a number that are not over, the first placed first; at most so many.
    LiveCalls(PhoneNumberId, u32),
}

/// Whose business is looked at before a call is placed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BusyAsk {
    /// The business number; `None` where only the user is of interest.
    pub number: Option<PhoneNumberId>,
    /// The user.
    pub user: UserId,
    /// Business-initiated calls that were placed after this moment count.
    pub since: WallTime,
    /// So many of them are too many.
    pub most: u32,
}

/// Whose free messages are counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FreeAsk {
    /// The business number.
    pub number: PhoneNumberId,
    /// Those that were sent at this moment or later.
    pub since: WallTime,
    /// Counted up to so many.
    pub most: u32,
}

/// Whose calls are judged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PickUpAsk {
    /// The business number.
    pub number: PhoneNumberId,
    /// Users' calls that ended at this moment or later.
    pub since: WallTime,
    /// Among so many of the number's newest calls.
    pub among: u32,
}

/// What many share: read anew for each run and never versioned; guards hold it at the commit.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Busy {
    /// The live call that holds the user, and its number.
    pub user: Option<(CallId, PhoneNumberId)>,
    /// Live calls of the number, both directions.
    pub concurrent: u32,
    /// The number started as many calls as it may.
    pub started_too_many: bool,
}

/// What a step asks the media plane for before the commit. The engine takes it back when the run comes to nothing.
#[derive(Debug, Clone, PartialEq)]
pub enum Ask {
    /// Opens both legs of a user-initiated call.
    OpenUserCall {
        /// The call.
        call: CallId,
        /// Its number.
        number: PhoneNumberId,
        /// The phone's SDP offer.
        offer: String,
        /// Codecs offered to the business beside Opus.
        codecs: Vec<AdditionalCodec>,
        /// Where the keys of the business leg come from.
        keys: KeyExchange,
    },
    /// Opens the business leg of a business-initiated call.
    OpenBusinessCall {
        /// The call.
        call: CallId,
        /// Its number.
        number: PhoneNumberId,
        /// The business's SDP offer.
        offer: String,
        /// Codecs that the number takes beside Opus.
        codecs: Vec<AdditionalCodec>,
        /// Where the keys of the business leg come from.
        keys: KeyExchange,
    },
    /// The phone that picked up brings its offer; `again`: one has joined before.
    Join {
        /// The call.
        call: CallId,
        /// The phone's SDP offer.
        offer: String,
        /// Another phone, or another try, came this far before.
        again: bool,
    },
    /// Whether the business's answer can be used with our offer.
    ReadAnswer {
        /// As sent.
        answer: Answer,
        /// What was offered beside Opus.
        codecs: Vec<AdditionalCodec>,
        /// How its keys were offered.
        keys: KeyExchange,
    },
}

/// What the media plane said.
#[derive(Debug, Clone)]
pub enum MediaAnswer {
    /// Both descriptions of a user-initiated call.
    OpenedUserCall {
        /// The platform's answer for the phone.
        phone_answer: String,
        /// The platform's offer for the business: `session.sdp` of connect.
        business_offer: String,
    },
    /// The business leg of a business-initiated call.
    OpenedBusinessCall {
        /// The platform's answer: `session.sdp` of the connect webhook.
        business_answer: String,
        /// What is odd in the offer.
        warnings: Vec<String>,
    },
    /// The platform's answer for the phone that picked up or came back.
    Joined(String),
    /// The business's answer, read.
    Answer(CheckedAnswer),
}

/// A business's answer that was read and found good. What was read is the media plane's own and goes back to it unread.
#[derive(Clone)]
pub struct CheckedAnswer {
    /// What is odd in it.
    pub warnings: Vec<String>,
    /// As the media plane read it.
    pub read: Arc<dyn Any + Send + Sync>,
}

impl fmt::Debug for CheckedAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "checked answer with {} warnings", self.warnings.len())
    }
}

/// Why the media plane says no.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MediaFault {
    /// The description is not usable: whose fault and what to change is in the text.
    #[error("{0}")]
    Refused(String),
    /// The relay is full or gone.
    #[error("{0}")]
    Unavailable(String),
}

/// Why an answer of the business is refused; the text goes to `error_data.details`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct AnswerRefusal(pub String);

/// Everything that was read. A row that a step looks at is noted, and the commit expects it as it was.
#[derive(Debug, Default)]
pub struct View {
    rows: Vec<Seen>,
    found: Vec<(Query, Vec<Key>)>,
    busy: Option<(BusyAsk, Busy)>,
    free_messages: Option<(FreeAsk, u32)>,
    pick_ups: Option<(PickUpAsk, PickUps)>,
    listeners: Vec<(WabaId, Field, bool)>,
    media: Option<(Ask, Result<MediaAnswer, MediaFault>)>,
}

#[derive(Debug)]
struct Seen {
    key: Key,
    version: Version,
    row: Option<Arc<Row>>,
    used: Cell<bool>,
}

macro_rules! rows {
    ($($(#[$doc:meta])* $name:ident($variant:ident) -> $record:ty;)*) => {
        $($(#[$doc])*
        pub fn $name(&self, key: Key) -> Result<Option<&$record>, Need> {
            match self.row(key)? {
                Some(Row::$variant(row)) => Ok(Some(row)),
                _ => Ok(None),
            }
        })*
    };
}

impl View {
    /// What was read of a key.
    pub fn learn(&mut self, key: Key, version: Version, row: Option<Arc<Row>>) {
        self.rows.retain(|seen| seen.key != key);
        self.rows.push(Seen { key, version, row, used: Cell::new(false) });
    }

    /// What a query found.
    pub fn learn_rows(&mut self, query: Query, rows: Vec<(Version, Arc<Row>)>) {
        let mut keys = Vec::with_capacity(rows.len());
        for (version, row) in rows {
            let key = row.key();
            self.learn(key.clone(), version, Some(row));
            keys.push(key);
        }
        self.found.push((query, keys));
    }

    /// How busy the parties are.
    pub fn learn_busy(&mut self, ask: BusyAsk, busy: Busy) {
        self.busy = Some((ask, busy));
    }

    /// How many were free.
    pub fn learn_free_messages(&mut self, ask: FreeAsk, count: u32) {
        self.free_messages = Some((ask, count));
    }

    /// How many calls of users were picked up.
    pub fn learn_pick_ups(&mut self, ask: PickUpAsk, calls: PickUps) {
        self.pick_ups = Some((ask, calls));
    }

    /// Whether anybody listens.
    pub fn learn_listeners(&mut self, waba: WabaId, field: Field, any: bool) {
        self.listeners.push((waba, field, any));
    }

    /// What the media plane said.
    pub fn learn_media(&mut self, ask: Ask, said: Result<MediaAnswer, MediaFault>) {
        self.media = Some((ask, said));
    }

    /// Forgets what others may have changed. What media opened stays.
    pub fn forget(&mut self) {
        self.rows.clear();
        self.found.clear();
        self.busy = None;
        self.free_messages = None;
        self.pick_ups = None;
        self.listeners.clear();
    }

    /// What media opened for this run, for whoever must close it.
    pub fn opened(&self) -> Option<&CallId> {
        match &self.media {
            Some((Ask::OpenUserCall { call, .. } | Ask::OpenBusinessCall { call, .. }, Ok(_))) => Some(call),
            _ => None,
        }
    }

    /// A phone joined the media of this call.
    pub fn joined(&self) -> bool {
        matches!(&self.media, Some((Ask::Join { .. }, Ok(_))))
    }

    /// A run begins: nothing was looked at yet.
    pub fn begin(&self) {
        self.rows.iter().for_each(|seen| seen.used.set(false));
    }

    /// What the run looked at, as it was.
    pub fn expects(&self) -> Vec<(Key, Version)> {
        self.rows.iter().filter(|seen| seen.used.get()).map(|seen| (seen.key.clone(), seen.version)).collect()
    }

    fn row(&self, key: Key) -> Result<Option<&Row>, Need> {
        let Some(seen) = self.rows.iter().find(|seen| seen.key == key) else { return Err(Need::Row(key)) };
        seen.used.set(true);
        Ok(seen.row.as_deref())
    }

    rows! {
        /// A portfolio.
        portfolio(Portfolio) -> Portfolio;
        /// An account.
        waba(Waba) -> Waba;
        /// A business number.
        number(Number) -> Number;
        /// A further account of a number.
        number_account(NumberAccount) -> NumberAccount;
        /// Of an app for a number.
        sip_server(SipServer) -> SipServerRecord;
        /// A routing configuration.
        routing(Routing) -> Routing;
        /// Whose a chat is, or was.
        thread(Thread) -> ThreadRecord;
        /// An app.
        app(App) -> App;
        /// What an app may do with an account.
        grant(Grant) -> AppGrant;
        /// A subscription.
        subscription(Subscription) -> Subscription;
        /// A token.
        token(Token) -> Token;
        /// A user.
        user(User) -> User;
        /// A session.
        session(Session) -> Session;
        /// An invitation.
        invitation(Invitation) -> Invitation;
        /// A message.
        message(Message) -> Message;
        /// A template.
        template(Template) -> TemplateRecord;
        /// A call.
        call(Call) -> CallRow;
    }

    /// A pair, which is empty until something happened.
    pub fn pair(&self, number: &PhoneNumberId, user: &UserId) -> Result<Pair, Need> {
        match self.row(Key::Pair(number.clone(), user.clone()))? {
            Some(Row::Pair(record)) => Ok(record.pair.clone()),
            _ => Ok(Pair::default()),
        }
    }

    /// Whether anything was kept of a pair.
    pub fn has_pair(&self, number: &PhoneNumberId, user: &UserId) -> Result<bool, Need> {
        Ok(self.row(Key::Pair(number.clone(), user.clone()))?.is_some())
    }

    /// The rows of a query.
    pub fn found(&self, query: Query) -> Result<Vec<&Row>, Need> {
        let Some((_, keys)) = self.found.iter().find(|(known, _)| *known == query) else { return Err(Need::Rows(query)) };
        let mut rows = Vec::with_capacity(keys.len());
        for key in keys {
            rows.extend(self.row(key.clone())?);
        }
        Ok(rows)
    }

    /// How many rows a query found. None of them is expected to stay as it is.
    pub fn count(&self, query: Query) -> Result<usize, Need> {
        let found = self.found.iter().find(|(known, _)| *known == query).map(|(_, keys)| keys.len());
        found.ok_or(Need::Rows(query))
    }

    /// How busy the parties of a call to be are.
    pub fn busy(&self, ask: BusyAsk) -> Result<&Busy, Need> {
        match &self.busy {
            Some((asked, busy)) if asked.number == ask.number && asked.user == ask.user => Ok(busy),
            _ => Err(Need::Busy(ask)),
        }
    }

    /// How many service messages were free.
    pub fn free_messages(&self, ask: FreeAsk) -> Result<u32, Need> {
        match &self.free_messages {
            Some((asked, count)) if *asked == ask => Ok(*count),
            _ => Err(Need::FreeMessages(ask)),
        }
    }

    /// How many calls of users were picked up. The moment differs from run to run, and the number does not.
    pub fn pick_ups(&self, ask: PickUpAsk) -> Result<PickUps, Need> {
        match &self.pick_ups {
            Some((asked, calls)) if asked.number == ask.number => Ok(*calls),
            _ => Err(Need::PickUps(ask)),
        }
    }

    /// Whether anybody is told of this field.
    pub fn listens(&self, waba: &WabaId, field: Field) -> Result<bool, Need> {
        let known = self.listeners.iter().find(|(known, of, _)| known == waba && *of == field).map(|(.., any)| *any);
        known.ok_or_else(|| Need::Listeners(waba.clone(), field))
    }

    /// What the media plane says.
    pub fn media(&self, ask: Ask) -> Result<Result<&MediaAnswer, MediaFault>, Need> {
        match &self.media {
            Some((asked, said)) if *asked == ask => Ok(said.as_ref().map_err(Clone::clone)),
            _ => Err(Need::Media(ask)),
        }
    }

    /// An enrolment by its id.
    pub fn enrolment<T: EnrolmentRecord>(&self, id: &str) -> Result<Option<&T>, Need> {
        match self.row(Key::Enrolment(T::KIND, id.to_owned()))? {
            Some(Row::Enrolment(row)) => Ok(T::of(row)),
            _ => Ok(None),
        }
    }

    /// Enrolments of a kind under an owner, by id; at most so many.
    pub fn enrolments<T: EnrolmentRecord>(&self, owner: &str, most: u32) -> Result<Vec<&T>, Need> {
        let rows = self.found(Query::Enrolments(T::KIND, owner.to_owned(), most))?;
        Ok(rows.into_iter().filter_map(|row| if let Row::Enrolment(row) = row { T::of(row) } else { None }).collect())
    }

    /// A message by its id.
    pub fn message_of(&self, id: &MessageId) -> Result<Option<&Message>, Need> {
        self.message(Key::Message(id.clone()))
    }
}
