//! The journal: everything that happened, as typed entries. Sentences are made where they are read, from the one table in [`words`].
//!
//! What people type, press or sign with is never in it: no digits, tokens, secrets or texts, and SDP only in SIP messages, without its keys.

mod codes;
mod media_words;
mod milestone;
mod request;
mod sip;
pub mod words;

use std::time::Duration;

use callport_core::call::{EndReason, Side};
use callport_core::call_id::{CallId, Direction};
use callport_core::gate::DeviceKind;
use callport_core::ids::{AppId, PhoneNumberId, UserId, WabaId};
use callport_core::message::MessageId;
use callport_core::pair::{Decision, Permission, ReplySource};
use callport_core::quality::QualityNotice;
use callport_core::registration::CodeMethod;
use callport_core::time::WallTime;
use serde::{Deserialize, Serialize};

use crate::notice::Parties;
use crate::records::CallRecord;

pub use milestone::{Milestone, Since};
pub use request::{ApiRefusal, ApiRequest, shown_path};
pub use sip::{MAX_SIP_TEXT, SipTrace};

/// One entry.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// When.
    pub at: WallTime,
    /// Whom and what it concerns.
    pub about: About,
    /// What happened.
    pub fact: Fact,
    /// The request of the Graph API that this is the entry of. A request has one entry.
    pub request: Option<Box<ApiRequest>>,
}

impl Entry {
    /// An entry that no request of the Graph API stands for.
    pub fn new(at: WallTime, about: About, fact: Fact) -> Self {
        Self { at, about, fact, request: None }
    }

    /// The HTTP status of what it tells of: of the reply to a request, or of a receiver to a webhook.
    pub fn status(&self) -> Option<u16> {
        match (&self.request, &self.fact) {
            (Some(request), _) => Some(request.status),
            (None, Fact::WebhookAttempted { status, .. }) => *status,
            _ => None,
        }
    }
}

/// An entry on record.
#[derive(Debug, Clone, PartialEq)]
pub struct Recorded {
    /// Its place in the journal: grows with every entry, is never used twice.
    pub seq: u64,
    /// The entry.
    pub entry: Entry,
}

/// Whom and what an entry concerns, as far as it concerns one.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct About {
    /// The account.
    pub waba: Option<WabaId>,
    /// The business number.
    pub number: Option<PhoneNumberId>,
    /// The user.
    pub user: Option<UserId>,
    /// The call.
    pub call: Option<CallId>,
    /// The message.
    pub message: Option<MessageId>,
    /// The app.
    pub app: Option<AppId>,
    /// The webhook, by its place in the outbox.
    pub delivery: Option<u64>,
}

impl About {
    /// A call with its parties.
    pub fn call(record: &CallRecord) -> Self {
        Self {
            waba: Some(record.waba.clone()),
            number: Some(record.number.clone()),
            user: Some(record.user.clone()),
            call: Some(record.id.clone()),
            ..Self::default()
        }
    }

    /// A call of which only the id is known.
    pub fn call_id(call: &CallId) -> Self {
        Self { call: Some(call.clone()), ..Self::default() }
    }

    /// A business number and a user.
    pub fn pair(parties: &Parties, user: &UserId) -> Self {
        Self { waba: Some(parties.waba.clone()), number: Some(parties.number_id.clone()), user: Some(user.clone()), ..Self::default() }
    }

    /// A business number.
    pub fn number(number: &PhoneNumberId) -> Self {
        Self { number: Some(number.clone()), ..Self::default() }
    }

    /// A user.
    pub fn user(user: &UserId) -> Self {
        Self { user: Some(user.clone()), ..Self::default() }
    }

    /// The same, of a message.
    pub fn of_message(self, message: &MessageId) -> Self {
        Self { message: Some(message.clone()), ..self }
    }
}

/// A fault that was injected because a test asked for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Injected {
    /// Which rule asked.
    pub rule: u32,
    /// What it does, as in `delay`.
    pub fault: String,
}

/// What happened. The form on record; a member that is added must have a default, and one that goes a migration.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "fact", rename_all = "snake_case")]
pub enum Fact {
    /// The user placed the call.
    UserPlacedCall {
        /// With what.
        #[serde(with = "codes::word")]
        device: DeviceKind,
    },
    /// The user could not place a call.
    UserCallRefused {
        /// The rule that said no, and what to do.
        says: String,
    },
    /// The business asked for something, and it was done.
    BusinessAsked {
        /// The published action, as in `pre_accept`.
        action: String,
    },
    /// The business asked for something, and a rule said no.
    BusinessRefused {
        /// The published action.
        action: String,
        /// As in `error_data.details`.
        says: String,
    },
    /// A request that is no other entry's: it read something, changed nothing, or was refused before any rule looked at it.
    BusinessRequested {
        /// The published action, of a request about a call.
        action: Option<String>,
    },
    /// Requests that have no entry: too many came at once, or too many from senders whom nobody knows.
    RequestsLeftOut {
        /// Since the last such entry.
        count: u64,
    },
    /// A SIP message about a call went to the business's server, or came from it.
    SipMessage(SipTrace),
    /// A request of a SIP server was refused before any call came of it.
    SipRefused {
        /// As in `403`.
        status: u16,
        /// The reason phrase, or what was wrong.
        says: String,
        /// Whose address it came from.
        peer: String,
    },
    /// The SIP server of a business could not be reached, or did not say what it must.
    SipServerFailed {
        /// What was wrong with it.
        says: String,
    },
    /// Something odd in a description of the business, which works and may bite.
    DescriptionOdd {
        /// What, and what to change.
        says: String,
    },
    /// A device of the user rings.
    DeviceRings,
    /// The user picked up.
    UserPickedUp {
        /// With what.
        #[serde(with = "codes::word")]
        device: DeviceKind,
    },
    /// The user declined.
    UserDeclined,
    /// The user hung up, or cancelled.
    UserHungUp,
    /// The user pressed a key. Which one may be a PIN.
    UserPressedKey,
    /// The phone came back with a new media path.
    UserRejoined,
    /// The user is in another call, so no device rings.
    UserBusy,
    /// The operator ended the call.
    OperatorEndedCall,
    /// The call is over.
    CallEnded {
        /// Why.
        #[serde(with = "codes::word")]
        reason: EndReason,
        /// Milliseconds from the accept or the pick-up to the end, if there was one.
        talked_ms: Option<u64>,
    },
    /// ICE and DTLS of one side are up.
    MediaConnected {
        /// Whose.
        #[serde(with = "codes::word")]
        side: Side,
    },
    /// Audio comes from one side: the first, or the first after silence.
    MediaFlowing {
        /// From whom.
        #[serde(with = "codes::word")]
        side: Side,
    },
    /// Nothing comes from one side any more.
    MediaSilent {
        /// From whom.
        #[serde(with = "codes::word")]
        side: Side,
    },
    /// The media plane saw something else.
    Media {
        /// On whose leg.
        #[serde(with = "codes::word")]
        side: Side,
        /// What it saw.
        #[serde(flatten)]
        milestone: Milestone,
    },
    /// The same of a version that kept sentences.
    MediaMilestone {
        /// On whose leg.
        #[serde(with = "codes::word")]
        side: Side,
        /// What it saw.
        says: String,
    },
    /// The business sent a message.
    MessageSent {
        /// It asks for permission to call.
        asks_permission: bool,
        /// It cannot be shown to the user.
        undeliverable: bool,
        /// It is charged, and the account has no payment method.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        unpaid: bool,
    },
    /// A message of the business came so far: `delivered`, `read`.
    MessageProgressed {
        /// The published status.
        status: String,
    },
    /// The business marked a message of the user as read.
    MessageReadByBusiness,
    /// The user wrote, or tapped a button: the published kind of the message.
    UserSaid {
        /// `text` or `button`.
        kind: String,
    },
    /// The user decided whether the business may call.
    PermissionDecided {
        /// What was chosen.
        #[serde(with = "codes::word")]
        decision: Decision,
    },
    /// The user asked to be called back, outside the hours in which the business takes calls.
    CallbackRequested,
    /// What the business may do changed, and it was told.
    PermissionChanged {
        /// As it is now.
        #[serde(with = "codes::permission")]
        permission: Permission,
        /// Who brought it about.
        #[serde(with = "codes::word")]
        source: ReplySource,
    },
    /// The user was asked to reconsider the permission, after unanswered calls.
    UserAskedToReconsider,
    /// A thread has another owner.
    ThreadMoved {
        /// By which role it is somebody's now, as in `customer_service`; none: it is nobody's.
        role: Option<String>,
    },
    /// Calling settings of a number changed.
    SettingsChanged,
    /// Calling is paused for low quality in one direction.
    CallingPaused {
        /// Which.
        #[serde(with = "codes::word")]
        direction: Direction,
        /// Unix milliseconds.
        until_ms: i64,
    },
    /// The pause was lifted.
    PauseLifted {
        /// Of which direction.
        #[serde(with = "codes::word")]
        direction: Direction,
    },
    /// The user complained of the call.
    UserComplained {
        /// Who had placed it.
        #[serde(with = "codes::word")]
        direction: Direction,
    },
    /// The user has another number.
    UserRenumbered {
        /// So many business numbers are told.
        told: u32,
    },
    /// The user blocks the business.
    UserBlocked,
    /// The user does not block the business any more.
    UserUnblocked,
    /// The business is warned of low quality, or its call button is hidden.
    QualityTold {
        /// What is told.
        #[serde(with = "codes::word")]
        notice: QualityNotice,
    },
    /// A verification code is on its way to a number. The code itself is not in the journal.
    CodeSent {
        /// Whose, by its id: also of a number that a partner verifies.
        number: String,
        /// How.
        #[serde(with = "codes::word")]
        method: CodeMethod,
        /// As asked for.
        language: String,
    },
    /// Somebody entered the code that was sent to a number.
    NumberVerified {
        /// Whose, by its id.
        number: String,
    },
    /// A number was registered on Cloud API.
    NumberRegistered {
        /// It was registered already.
        again: bool,
    },
    /// A number was taken off Cloud API.
    NumberDeregistered,
    /// A number has another two-step verification PIN.
    PinSet,
    /// A business owner began to walk through the sign-up page of an app.
    SignUpBegan,
    /// A business owner left it.
    SignUpLeft,
    /// A business owner came to its end: the app got a code.
    SignUpFinished,
    /// Nobody is subscribed to what the business would be told.
    NobodyTold {
        /// As in `connect`.
        event: String,
    },
    /// A user tried to call a business without a payment method.
    NoPaymentMethod,
    /// An object was made or changed.
    ObjectPut {
        /// As in `number`.
        object: String,
        /// Its public id; none for tokens, sessions and invitations.
        id: Option<String>,
    },
    /// An object was removed.
    ObjectRemoved {
        /// As in `user`.
        object: String,
        /// Its public id.
        id: Option<String>,
    },
    /// A webhook was attempted.
    WebhookAttempted {
        /// What it told, as in `connect`.
        event: String,
        /// 1 for the first.
        attempt: u32,
        /// Where it went; empty when there was no address.
        url: String,
        /// The receiver's HTTP status, when it answered.
        status: Option<u16>,
        /// Why it failed; `None` when it was delivered.
        error: Option<String>,
        /// How long it took, in nanoseconds.
        took_ns: u64,
        /// It was given up.
        #[serde(default)]
        given_up: bool,
        /// What went wrong with it because a test asked for it.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        injected: Vec<Injected>,
    },
    /// A request was carried out, and its reply was replaced by an error because a test asked for it.
    ReplyReplaced {
        /// HTTP status of what was sent instead.
        status: u16,
        /// The rule that asked for it.
        injected: Injected,
    },
    /// A webhook was put back into the queue by the operator.
    WebhookReplayed {
        /// What it tells.
        event: String,
    },
    /// A line of a version that kept sentences.
    Line {
        /// Its kind.
        kind: EntryKind,
        /// The sentence.
        text: String,
    },
}

/// What kind of thing happened: a filter for readers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EntryKind {
    /// The user did something.
    User,
    /// The business asked for something over the API; refusals too.
    Api,
    /// A webhook was attempted.
    Webhook,
    /// The media plane saw something.
    Media,
    /// A rule or the platform acted.
    Rule,
    /// A SIP message was sent or came, or a SIP server failed.
    Sip,
}

impl EntryKind {
    /// Every kind.
    pub const ALL: [EntryKind; 6] = [Self::User, Self::Api, Self::Webhook, Self::Media, Self::Rule, Self::Sip];

    /// A word for JSON and filters.
    pub fn name(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Api => "api",
            Self::Webhook => "webhook",
            Self::Media => "media",
            Self::Rule => "rule",
            Self::Sip => "sip",
        }
    }

    /// Reads [`EntryKind::name`] back.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

impl Fact {
    /// How a webhook's attempt went.
    pub fn took(&self) -> Option<Duration> {
        match self {
            Fact::WebhookAttempted { took_ns, .. } => Some(Duration::from_nanos(*took_ns)),
            _ => None,
        }
    }

    /// What kind of thing it is.
    pub fn kind(&self) -> EntryKind {
        match self {
            Fact::SipMessage(_) | Fact::SipRefused { .. } | Fact::SipServerFailed { .. } => EntryKind::Sip,
            Fact::UserPlacedCall { .. }
            | Fact::DeviceRings
            | Fact::UserPickedUp { .. }
            | Fact::UserDeclined
            | Fact::UserHungUp
            | Fact::UserComplained { .. }
            | Fact::UserBlocked
            | Fact::UserUnblocked
            | Fact::UserPressedKey
            | Fact::UserRejoined
            | Fact::UserSaid { .. }
            | Fact::PermissionDecided { .. }
            | Fact::CallbackRequested
            | Fact::UserCallRefused { .. } => EntryKind::User,
            Fact::BusinessAsked { .. }
            | Fact::BusinessRefused { .. }
            | Fact::BusinessRequested { .. }
            | Fact::RequestsLeftOut { .. }
            | Fact::ReplyReplaced { .. }
            | Fact::MessageSent { .. }
            | Fact::MessageReadByBusiness
            | Fact::SettingsChanged
            | Fact::CodeSent { .. }
            | Fact::NumberVerified { .. }
            | Fact::NumberRegistered { .. }
            | Fact::NumberDeregistered
            | Fact::PinSet
            | Fact::SignUpBegan
            | Fact::SignUpLeft
            | Fact::SignUpFinished
            | Fact::UserRenumbered { .. }
            | Fact::ObjectPut { .. }
            | Fact::ObjectRemoved { .. } => EntryKind::Api,
            Fact::WebhookAttempted { .. } | Fact::WebhookReplayed { .. } | Fact::NobodyTold { .. } => EntryKind::Webhook,
            Fact::DescriptionOdd { .. }
            | Fact::MediaConnected { .. }
            | Fact::MediaFlowing { .. }
            | Fact::MediaSilent { .. }
            | Fact::Media { .. }
            | Fact::MediaMilestone { .. } => EntryKind::Media,
            Fact::UserBusy
            | Fact::OperatorEndedCall
            | Fact::CallEnded { .. }
            | Fact::MessageProgressed { .. }
            | Fact::PermissionChanged { .. }
            | Fact::UserAskedToReconsider
            | Fact::ThreadMoved { .. }
            | Fact::CallingPaused { .. }
            | Fact::QualityTold { .. }
            | Fact::PauseLifted { .. }
            | Fact::NoPaymentMethod => EntryKind::Rule,
            Fact::Line { kind, .. } => *kind,
        }
    }
}

#[cfg(test)]
mod tests;
