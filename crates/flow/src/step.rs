//! One run of a step: what goes in, what comes out.

use std::fmt;
use std::time::Duration;

use callport_core::call_hours::HolidayMeaning;
use callport_core::call_id::CallId;
use callport_core::codec::AdditionalCodec;
use callport_core::country::Country;
use callport_core::gate::HiddenIcon;
use callport_core::ids::{PhoneNumberId, UserId};
use callport_core::limits::{CallTimers, DAY, NumberLimits, PairLimitSets, PairLimits};
use callport_core::outreach::NO_BUSINESS_CALLS;
use callport_core::pair::Pair;
use callport_core::quality::QualityRules;
use callport_core::registration::RegistrationRules;
use callport_core::settings::AccountMode;
use callport_core::time::WallTime;

use crate::journal::{About, Entry, Fact};
use crate::notice::Notice;
use crate::phones::UserEvent;
use crate::records::PairRecord;
use crate::row::{Key, NodeId, Row, Version, Write};
use crate::view::{CheckedAnswer, Need, Query, View};

/// What an operator may set of the rules.
#[derive(Debug, Clone)]
pub struct Rules {
    /// Timers of a call.
    pub timers: CallTimers,
    /// Limits of a number.
    pub limits: NumberLimits,
    /// Limits of a pair.
    pub pairs: PairLimitSets,
    /// Countries whose business numbers may not call users.
    pub no_business_calls: Vec<Country>,
    /// What the entries of a `holiday_schedule` are.
    pub holidays: HolidayMeaning,
    /// What a hidden call icon means for users.
    pub hidden_icon: HiddenIcon,
    /// When complaints and missed calls have consequences.
    pub quality: QualityRules,
    /// A token may be made that reaches every account: for tests, whose fixtures say less. A live platform has accounts of strangers.
    pub unlimited_tokens: bool,
    /// How short secrets may be.
    pub secrets: SecretLengths,
    /// Several operators on one number.
    pub routing: RoutingRules,
    /// How numbers come onto Cloud API.
    pub registration: RegistrationRules,
    /// The platform has a SIP listener.
    pub sip: bool,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            timers: CallTimers::default(),
            limits: NumberLimits::default(),
            pairs: PairLimitSets::default(),
            no_business_calls: NO_BUSINESS_CALLS.iter().filter_map(|code| Country::parse(code).ok()).collect(),
            holidays: HolidayMeaning::default(),
            hidden_icon: HiddenIcon::default(),
            quality: QualityRules::default(),
            unlimited_tokens: true,
            secrets: SecretLengths::default(),
            routing: RoutingRules::default(),
            registration: RegistrationRules::default(),
            sip: true,
        }
    }
}

/// What is set of several operators on one number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RoutingRules {
    /// Most accounts of a number, the first included: one for each partner (platform docs, Multi-Solution Conversations, 2025-12-04).
    pub accounts: usize,
    /// A thread is nobody's again so long after the last message of its user (messaging_handovers, 2026-09-22).
    pub thread_idle: Duration,
    /// Partners on standby are told of `terminate` of business-initiated calls. An edition of September 2026 said so; later ones do not.
    pub standby_hears_terminate: bool,
}

impl Default for RoutingRules {
    fn default() -> Self {
        Self { accounts: 5, thread_idle: DAY, standby_hears_terminate: false }
    }
}

/// Fewest characters of secrets that others make. Zero takes any: test suites know theirs by heart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SecretLengths {
    /// Of an app secret, which signs webhooks and stands in `APP_ID|APP_SECRET`.
    pub app_secret: usize,
    /// Of a verify token, by which a receiver knows that its address was given on purpose.
    pub verify_token: usize,
}

impl SecretLengths {
    /// On a platform that serves people. App secrets of the published form have 32 hexadecimal digits.
    pub const LIVE: SecretLengths = SecretLengths { app_secret: 16, verify_token: 8 };
}

/// What every run is given beside its input and its view.
pub struct Cx<'a> {
    /// The moment of this run. There is no other.
    pub now: WallTime,
    /// Who runs it.
    pub node: NodeId,
    /// The input's own: the same for each run, so that ids outlive retries.
    pub random: [u8; 32],
    /// What the operator set.
    pub rules: &'a Rules,
    /// Codecs that the relay can turn into what phones speak.
    pub transcodes: &'a [AdditionalCodec],
    /// The platform takes calls. False while it stops.
    pub takes_calls: bool,
}

impl Cx<'_> {
    /// The limits that hold for pairs of numbers in this mode.
    pub fn limits(&self, mode: AccountMode) -> &PairLimits {
        self.rules.pairs.of(mode)
    }

    /// Bytes for the id of one message. Calls with different `nth` are different.
    pub(crate) fn message_bytes(&self, nth: u16) -> [u8; 10] {
        let mut bytes = [0; 10];
        bytes.copy_from_slice(&self.random[..10]);
        let [high, low] = nth.to_be_bytes();
        bytes[0] ^= low;
        bytes[1] ^= high;
        bytes
    }

    /// A verification code of six digits.
    pub(crate) fn six_digits(&self) -> String {
        let mut bytes = [0; 8];
        bytes.copy_from_slice(&self.random[24..32]);
        format!("{:06}", u64::from_be_bytes(bytes) % 1_000_000)
    }

    /// A new object id of fifteen digits, as published ids have.
    pub(crate) fn object_id(&self) -> String {
        let mut bytes = [0; 8];
        bytes.copy_from_slice(&self.random[16..24]);
        (100_000_000_000_000 + u64::from_be_bytes(bytes) % 900_000_000_000_000).to_string()
    }
}

/// What must still hold when the store commits. One that fails is a conflict.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Guard {
    /// No live call holds this user.
    UserFree(UserId),
    /// The number has fewer live calls than that.
    Concurrent {
        /// The number.
        number: PhoneNumberId,
        /// One more would be too many.
        most: u32,
    },
    /// The number started fewer business-initiated calls since then than that.
    Starts {
        /// The number.
        number: PhoneNumberId,
        /// Starts after this moment count.
        since: WallTime,
        /// One more would be too many.
        most: u32,
    },
    /// The query finds as many rows as it found. With each of them expected as it was, they are the same, and all.
    Only {
        /// What was asked.
        query: Query,
        /// So many were found.
        count: usize,
    },
}

/// What the engine does once the commit is made. None of it needs a record: media die with their process, phones ask again.
#[derive(Debug, Clone)]
pub enum Act {
    /// Give the business's answer to its media leg.
    ApplyAnswer(CallId, CheckedAnswer),
    /// Let business audio through to the user.
    OpenGate(CallId),
    /// Send one telephone-event (RFC 4733) to the business.
    Press(CallId, char),
    /// Close both legs.
    CloseMedia(CallId),
    /// Show something on the phones of a user.
    Show(UserId, UserEvent),
    /// Show something on every phone.
    ShowAll(UserEvent),
}

/// What comes of an input.
#[derive(Debug)]
pub struct Transition<D, R> {
    /// What its sender hears.
    pub done: Result<D, R>,
    /// Rows that were looked at, as they were.
    pub expects: Vec<(Key, Version)>,
    /// Shared counts.
    pub guards: Vec<Guard>,
    /// Rows as they become.
    pub writes: Vec<Write>,
    /// What happened, for the journal.
    pub entries: Vec<Entry>,
    /// What the business is told.
    pub told: Vec<Notice>,
    /// What follows.
    pub acts: Vec<Act>,
    /// Nothing in it is worth a commit of its own: the owner of the call keeps it, and it rides with the next one.
    pub soft: bool,
}

impl<D, R> Transition<D, R> {
    /// There is nothing to commit.
    pub fn is_empty(&self) -> bool {
        self.writes.is_empty() && self.entries.is_empty() && self.told.is_empty()
    }
}

/// Something that changes the platform, whoever asks.
pub trait Input: Clone + Send + Sync + 'static {
    /// What its sender hears when it is carried out.
    type Done: Send + 'static;
    /// What its sender hears when a rule says no.
    type Refusal: Send + Sync + fmt::Display + 'static;

    /// What it does to what was read.
    fn decide(&self, view: &View, cx: &Cx<'_>, draft: &mut Draft) -> Result<Self::Done, Stop<Self::Refusal>>;

    /// What the journal says of a refusal.
    fn refused(&self, why: &Self::Refusal) -> Option<(About, Fact)> {
        let _ = why;
        None
    }
}

/// Why a run of a step ends early.
#[derive(Debug)]
pub enum Stop<R> {
    /// It lacks something.
    Need(Need),
    /// A rule says no.
    No(R),
    /// A rule says no, and the business is told.
    NoAndTell(R, Box<Notice>),
    /// A rule says no, and what was written is kept all the same: it was a try that counts.
    NoAndKeep(R),
}

impl<R> From<Need> for Stop<R> {
    fn from(need: Need) -> Self {
        Stop::Need(need)
    }
}

/// Lets a step end by `?` with a refusal, and with whatever becomes one.
macro_rules! refusal {
    ($Refusal:ty) => {
        impl<R: Into<$Refusal>> From<R> for $crate::step::Stop<$Refusal> {
            fn from(refusal: R) -> Self {
                Self::No(refusal.into())
            }
        }
    };
}
pub(crate) use refusal;

/// A transition in the making.
#[derive(Debug, Default)]
pub struct Draft {
    pub(crate) guards: Vec<Guard>,
    pub(crate) writes: Vec<Write>,
    pub(crate) entries: Vec<Entry>,
    pub(crate) told: Vec<Notice>,
    pub(crate) acts: Vec<Act>,
    pub(crate) soft: bool,
}

impl Draft {
    pub(crate) fn put(&mut self, row: Row) {
        self.writes.push(Write::Put(row));
    }

    pub(crate) fn remove(&mut self, key: Key) {
        self.writes.push(Write::Remove(key));
    }

    /// The rows of a query, of which there must be no others at the commit. They are as many as the query's own bound lets through.
    pub(crate) fn all<'a>(&mut self, view: &'a View, query: Query) -> Result<Vec<&'a Row>, Need> {
        let rows = view.found(query.clone())?;
        self.guards.push(Guard::Only { count: rows.len(), query });
        Ok(rows)
    }

    pub(crate) fn note(&mut self, cx: &Cx<'_>, about: About, fact: Fact) {
        self.entries.push(Entry::new(cx.now, about, fact));
    }

    pub(crate) fn show(&mut self, user: &UserId, event: UserEvent) {
        self.acts.push(Act::Show(user.clone(), event));
    }

    /// Writes the pair if it changed.
    pub(crate) fn put_pair(&mut self, number: &PhoneNumberId, user: &UserId, before: &Pair, after: Pair) {
        if after != *before {
            self.put(Row::Pair(PairRecord { number: number.clone(), user: user.clone(), pair: after }));
        }
    }
}

/// Runs a step once.
pub fn step<I: Input>(input: &I, view: &View, cx: &Cx<'_>) -> Result<Transition<I::Done, I::Refusal>, Need> {
    view.begin();
    let mut draft = Draft::default();
    let done = match input.decide(view, cx, &mut draft) {
        Ok(done) => Ok(done),
        Err(Stop::Need(need)) => return Err(need),
        Err(Stop::No(why)) => {
            draft = Draft::default();
            Err(why)
        }
        Err(Stop::NoAndKeep(why)) => Err(why),
        Err(Stop::NoAndTell(why, notice)) => {
            draft = Draft { told: vec![*notice], ..Draft::default() };
            Err(why)
        }
    };
    if let Err(why) = &done
        && let Some((about, fact)) = input.refused(why)
    {
        draft.note(cx, about, fact);
    }
    let Draft { guards, writes, entries, told, acts, soft } = draft;
    Ok(Transition { done, expects: view.expects(), guards, writes, entries, told, acts, soft })
}
