//! What survives the process.

use async_trait::async_trait;
use callport_core::call_id::CallId;
use callport_core::ids::{AppId, PhoneNumberId, PortfolioId, TemplateId, UserId, WabaId};
use callport_core::message::MessageId;
use callport_core::number::PhoneNumber;
use callport_core::time::WallTime;
use callport_core::token::SecretHash;

use crate::fault::Fault;
use crate::records::{
    App, Attempt, CallRecord, Delivery, DeliveryId, DeliveryState, Invitation, Message, Number, PairRecord, PhoneOverride, Portfolio,
    Session, Subscription, TemplateRecord, TimelineEntry, Token, User, Waba,
};

/// One write. A commit is a list of them and happens whole or not at all.
#[derive(Debug, Clone)]
pub enum Change {
    /// Inserts or replaces.
    PutPortfolio(Portfolio),
    /// Inserts or replaces.
    PutWaba(Waba),
    /// Inserts or replaces.
    PutNumber(Number),
    /// Inserts or replaces.
    PutApp(App),
    /// Inserts or replaces.
    PutSubscription(Subscription),
    /// Removes if there.
    RemoveSubscription(AppId, WabaId),
    /// Inserts or replaces.
    PutPhoneOverride(PhoneOverride),
    /// Removes if there.
    RemovePhoneOverride(AppId, PhoneNumberId),
    /// Inserts or replaces.
    PutToken(Token),
    /// Removes if there.
    RemoveToken(SecretHash),
    /// Inserts or replaces.
    PutUser(User),
    /// Removes a user with everything that is theirs: sessions, invitations, pairs and messages. What happened (calls, deliveries) stays.
    RemoveUser(UserId),
    /// Inserts or replaces.
    PutSession(Session),
    /// Removes if there.
    RemoveSession(SecretHash),
    /// Inserts or replaces.
    PutInvitation(Invitation),
    /// Removes if there.
    RemoveInvitation(SecretHash),
    /// Inserts or replaces.
    PutPair(Box<PairRecord>),
    /// Inserts or replaces. A message keeps its place in the chat when it is replaced.
    PutMessage(Box<Message>),
    /// Inserts or replaces.
    PutTemplate(Box<TemplateRecord>),
    /// Removes if there.
    RemoveTemplate(TemplateId),
    /// Inserts or replaces.
    PutCall(Box<CallRecord>),
    /// Appends.
    AddTimeline(TimelineEntry),
    /// Inserts or replaces.
    PutDelivery(Box<Delivery>),
    /// What became of a delivery, after so many attempts. Nothing if it is not there.
    SettleDelivery(DeliveryId, DeliveryState, u32),
    /// Appends.
    AddAttempt(Attempt),
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

/// The store. Reads see every commit that returned before them.
#[async_trait]
pub trait Store: Send + Sync + 'static {
    /// Writes all changes or none. Durable when it returns.
    async fn commit(&self, changes: Vec<Change>) -> Result<(), Fault>;

    /// By id.
    async fn portfolio(&self, id: &PortfolioId) -> Result<Option<Portfolio>, Fault>;
    /// All, by id.
    async fn portfolios(&self) -> Result<Vec<Portfolio>, Fault>;
    /// By id.
    async fn waba(&self, id: &WabaId) -> Result<Option<Waba>, Fault>;
    /// All, by id.
    async fn wabas(&self) -> Result<Vec<Waba>, Fault>;
    /// By id.
    async fn number(&self, id: &PhoneNumberId) -> Result<Option<Number>, Fault>;
    /// By the number itself.
    async fn number_by_digits(&self, number: &PhoneNumber) -> Result<Option<Number>, Fault>;
    /// All of a WABA, or of all WABAs, by id.
    async fn numbers(&self, waba: Option<&WabaId>) -> Result<Vec<Number>, Fault>;
    /// By id.
    async fn app(&self, id: &AppId) -> Result<Option<App>, Fault>;
    /// All, by id.
    async fn apps(&self) -> Result<Vec<App>, Fault>;
    /// One app's subscription to one WABA.
    async fn subscription(&self, app: &AppId, waba: &WabaId) -> Result<Option<Subscription>, Fault>;
    /// All of a WABA, by app id.
    async fn subscriptions(&self, waba: &WabaId) -> Result<Vec<Subscription>, Fault>;
    /// One app's override for one number.
    async fn phone_override(&self, app: &AppId, number: &PhoneNumberId) -> Result<Option<PhoneOverride>, Fault>;
    /// By hash.
    async fn token(&self, hash: &SecretHash) -> Result<Option<Token>, Fault>;
    /// All of an app.
    async fn tokens(&self, app: &AppId) -> Result<Vec<Token>, Fault>;
    /// By id.
    async fn user(&self, id: &UserId) -> Result<Option<User>, Fault>;
    /// By number.
    async fn user_by_number(&self, number: &PhoneNumber) -> Result<Option<User>, Fault>;
    /// All, by id.
    async fn users(&self) -> Result<Vec<User>, Fault>;
    /// By hash.
    async fn session(&self, hash: &SecretHash) -> Result<Option<Session>, Fault>;
    /// All of a user, or of all users, oldest first.
    async fn sessions(&self, user: Option<&UserId>) -> Result<Vec<Session>, Fault>;
    /// By hash.
    async fn invitation(&self, hash: &SecretHash) -> Result<Option<Invitation>, Fault>;
    /// All, the first to end first.
    async fn invitations(&self) -> Result<Vec<Invitation>, Fault>;

    /// What is kept of a pair; `None` when nothing ever happened between the two.
    async fn pair(&self, number: &PhoneNumberId, user: &UserId) -> Result<Option<PairRecord>, Fault>;
    /// All pairs of a user, by number id: the user's chats.
    async fn pairs_of(&self, user: &UserId) -> Result<Vec<PairRecord>, Fault>;
    /// By id.
    async fn message(&self, id: &MessageId) -> Result<Option<Message>, Fault>;
    /// A page of one chat, newest first, in the order of writing.
    async fn messages(&self, page: MessagePage) -> Result<Vec<Message>, Fault>;
    /// Messages of businesses in one chat that the user has not read, oldest first; at most `limit`.
    async fn unread_messages(&self, number: &PhoneNumberId, user: &UserId, limit: u32) -> Result<Vec<Message>, Fault>;
    /// By id.
    async fn template(&self, id: &TemplateId) -> Result<Option<TemplateRecord>, Fault>;
    /// All of a WABA, by name and language.
    async fn templates(&self, waba: &WabaId) -> Result<Vec<TemplateRecord>, Fault>;

    /// By id.
    async fn call(&self, id: &CallId) -> Result<Option<CallRecord>, Fault>;
    /// Every call that is not over: what a restart must settle. One that cannot be read is told to the log and passed over.
    async fn live_calls(&self) -> Result<Vec<CallRecord>, Fault>;
    /// When this number placed its business-initiated calls, from that moment on, oldest first.
    async fn business_calls_since(&self, number: &PhoneNumberId, since: WallTime) -> Result<Vec<WallTime>, Fault>;
    /// A page, newest first.
    async fn calls(&self, page: CallPage) -> Result<Vec<CallRecord>, Fault>;
    /// In the order of writing.
    async fn timeline(&self, call: &CallId) -> Result<Vec<TimelineEntry>, Fault>;

    /// The highest id in the outbox; 0 when it is empty.
    async fn last_delivery(&self) -> Result<DeliveryId, Fault>;
    /// Every pending delivery in order of id, without its body (an empty one): what a restart must carry on with.
    async fn pending_deliveries(&self) -> Result<Vec<Delivery>, Fault>;
    /// By id, with its body.
    async fn delivery(&self, id: DeliveryId) -> Result<Option<Delivery>, Fault>;
    /// Of one call, in order of id.
    async fn deliveries_of(&self, call: &CallId) -> Result<Vec<Delivery>, Fault>;
    /// The newest deliveries, of every kind.
    async fn recent_deliveries(&self, limit: u32) -> Result<Vec<Delivery>, Fault>;
    /// Of one delivery, in order.
    async fn attempts(&self, delivery: DeliveryId) -> Result<Vec<Attempt>, Fault>;
}
