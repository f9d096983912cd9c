//! The in-memory twin: the same answers as the file, for tests and for runs that may forget.

mod chats;
mod history;
mod state;

use async_trait::async_trait;
use callport_core::call_id::CallId;
use callport_core::ids::{AppId, PhoneNumberId, PortfolioId, TemplateId, UserId, WabaId};
use callport_core::message::MessageId;
use callport_core::number::PhoneNumber;
use callport_core::time::WallTime;
use callport_core::token::SecretHash;
use callport_engine::Fault;
use callport_engine::ports::{CallPage, Change, MessagePage, Store};
use callport_engine::records::{
    App, Attempt, CallRecord, Delivery, DeliveryId, Invitation, Message, Number, PairRecord, PhoneOverride, Portfolio, Session,
    Subscription, TemplateRecord, TimelineEntry, Token, User, Waba,
};
use parking_lot::RwLock;

use state::State;

/// Everything in sorted maps behind one lock. Nothing survives it.
#[derive(Default)]
pub struct MemoryStore {
    state: RwLock<State>,
}

impl MemoryStore {
    /// An empty one.
    pub fn new() -> Self {
        Self::default()
    }

    fn read<T>(&self, look: impl FnOnce(&State) -> T) -> Result<T, Fault> {
        Ok(look(&self.state.read()))
    }
}

#[async_trait]
impl Store for MemoryStore {
    async fn commit(&self, changes: Vec<Change>) -> Result<(), Fault> {
        self.state.write().apply(changes)
    }

    async fn portfolio(&self, id: &PortfolioId) -> Result<Option<Portfolio>, Fault> {
        self.read(|state| state.portfolios.get(id).cloned())
    }

    async fn portfolios(&self) -> Result<Vec<Portfolio>, Fault> {
        self.read(|state| state.portfolios.values().cloned().collect())
    }

    async fn waba(&self, id: &WabaId) -> Result<Option<Waba>, Fault> {
        self.read(|state| state.wabas.get(id).cloned())
    }

    async fn wabas(&self) -> Result<Vec<Waba>, Fault> {
        self.read(|state| state.wabas.values().cloned().collect())
    }

    async fn number(&self, id: &PhoneNumberId) -> Result<Option<Number>, Fault> {
        self.read(|state| state.numbers.get(id).cloned())
    }

    async fn number_by_digits(&self, number: &PhoneNumber) -> Result<Option<Number>, Fault> {
        self.read(|state| state.number_holder(number).cloned())
    }

    async fn numbers(&self, waba: Option<&WabaId>) -> Result<Vec<Number>, Fault> {
        self.read(|state| state.numbers.values().filter(|number| waba.is_none_or(|waba| number.waba == *waba)).cloned().collect())
    }

    async fn app(&self, id: &AppId) -> Result<Option<App>, Fault> {
        self.read(|state| state.apps.get(id).cloned())
    }

    async fn apps(&self) -> Result<Vec<App>, Fault> {
        self.read(|state| state.apps.values().cloned().collect())
    }

    async fn subscription(&self, app: &AppId, waba: &WabaId) -> Result<Option<Subscription>, Fault> {
        self.read(|state| state.subscriptions.get(&(waba.clone(), app.clone())).cloned())
    }

    async fn subscriptions(&self, waba: &WabaId) -> Result<Vec<Subscription>, Fault> {
        self.read(|state| state.subscriptions.values().filter(|subscription| subscription.waba == *waba).cloned().collect())
    }

    async fn phone_override(&self, app: &AppId, number: &PhoneNumberId) -> Result<Option<PhoneOverride>, Fault> {
        self.read(|state| state.phone_overrides.get(&(app.clone(), number.clone())).cloned())
    }

    async fn token(&self, hash: &SecretHash) -> Result<Option<Token>, Fault> {
        self.read(|state| state.tokens.get(hash.as_bytes()).cloned())
    }

    async fn tokens(&self, app: &AppId) -> Result<Vec<Token>, Fault> {
        let mut tokens: Vec<Token> = self.read(|state| state.tokens.values().filter(|token| token.app == *app).cloned().collect())?;
        tokens.sort_by_key(|token| token.issued_at); // stable: equal moments stay in the order of their hashes
        Ok(tokens)
    }

    async fn user(&self, id: &UserId) -> Result<Option<User>, Fault> {
        self.read(|state| state.users.get(id).cloned())
    }

    async fn user_by_number(&self, number: &PhoneNumber) -> Result<Option<User>, Fault> {
        self.read(|state| state.user_holder(number).cloned())
    }

    async fn users(&self) -> Result<Vec<User>, Fault> {
        self.read(|state| state.users.values().cloned().collect())
    }

    async fn session(&self, hash: &SecretHash) -> Result<Option<Session>, Fault> {
        self.read(|state| state.sessions.get(hash.as_bytes()).cloned())
    }

    async fn sessions(&self, user: Option<&UserId>) -> Result<Vec<Session>, Fault> {
        let of = |session: &&Session| user.is_none_or(|user| session.user == *user);
        let mut sessions: Vec<Session> = self.read(|state| state.sessions.values().filter(of).cloned().collect())?;
        sessions.sort_by_key(|session| session.opened_at); // stable: equal moments stay in the order of their hashes
        Ok(sessions)
    }

    async fn invitation(&self, hash: &SecretHash) -> Result<Option<Invitation>, Fault> {
        self.read(|state| state.invitations.get(hash.as_bytes()).cloned())
    }

    async fn invitations(&self) -> Result<Vec<Invitation>, Fault> {
        let mut invitations: Vec<Invitation> = self.read(|state| state.invitations.values().cloned().collect())?;
        invitations.sort_by_key(|invitation| invitation.expires_at); // stable, likewise
        Ok(invitations)
    }

    async fn pair(&self, number: &PhoneNumberId, user: &UserId) -> Result<Option<PairRecord>, Fault> {
        self.read(|state| state.pairs.get(&(number.clone(), user.clone())).cloned())
    }

    async fn pairs_of(&self, user: &UserId) -> Result<Vec<PairRecord>, Fault> {
        self.read(|state| state.pairs.values().filter(|pair| pair.user == *user).cloned().collect())
    }

    async fn message(&self, id: &MessageId) -> Result<Option<Message>, Fault> {
        self.read(|state| chats::message(state, id).cloned())
    }

    async fn messages(&self, page: MessagePage) -> Result<Vec<Message>, Fault> {
        self.read(|state| chats::messages(state, &page))
    }

    async fn unread_messages(&self, number: &PhoneNumberId, user: &UserId, limit: u32) -> Result<Vec<Message>, Fault> {
        self.read(|state| chats::unread_messages(state, number, user, limit))
    }

    async fn template(&self, id: &TemplateId) -> Result<Option<TemplateRecord>, Fault> {
        self.read(|state| state.templates.get(id).cloned())
    }

    async fn templates(&self, waba: &WabaId) -> Result<Vec<TemplateRecord>, Fault> {
        let mut templates: Vec<TemplateRecord> =
            self.read(|state| state.templates.values().filter(|template| template.waba == *waba).cloned().collect())?;
        templates.sort_by(|one, other| (&one.name, &one.language).cmp(&(&other.name, &other.language)));
        Ok(templates)
    }

    async fn call(&self, id: &CallId) -> Result<Option<CallRecord>, Fault> {
        self.read(|state| state.calls.get(id).cloned())
    }

    async fn live_calls(&self) -> Result<Vec<CallRecord>, Fault> {
        self.read(history::live_calls)
    }

    async fn business_calls_since(&self, number: &PhoneNumberId, since: WallTime) -> Result<Vec<WallTime>, Fault> {
        self.read(|state| history::business_calls_since(state, number, since))
    }

    async fn calls(&self, page: CallPage) -> Result<Vec<CallRecord>, Fault> {
        self.read(|state| history::calls(state, &page))
    }

    async fn timeline(&self, call: &CallId) -> Result<Vec<TimelineEntry>, Fault> {
        self.read(|state| state.timelines.get(call).cloned().unwrap_or_default())
    }

    async fn last_delivery(&self) -> Result<DeliveryId, Fault> {
        self.read(|state| state.deliveries.keys().next_back().copied().unwrap_or(DeliveryId(0)))
    }

    async fn pending_deliveries(&self) -> Result<Vec<Delivery>, Fault> {
        self.read(history::pending_deliveries)
    }

    async fn delivery(&self, id: DeliveryId) -> Result<Option<Delivery>, Fault> {
        self.read(|state| state.deliveries.get(&id).cloned())
    }

    async fn deliveries_of(&self, call: &CallId) -> Result<Vec<Delivery>, Fault> {
        self.read(|state| state.deliveries.values().filter(|delivery| delivery.call.as_ref() == Some(call)).cloned().collect())
    }

    async fn recent_deliveries(&self, limit: u32) -> Result<Vec<Delivery>, Fault> {
        self.read(|state| state.deliveries.values().rev().take(limit as usize).cloned().collect())
    }

    async fn attempts(&self, delivery: DeliveryId) -> Result<Vec<Attempt>, Fault> {
        self.read(|state| state.attempts.get(&delivery).cloned().unwrap_or_default())
    }
}
