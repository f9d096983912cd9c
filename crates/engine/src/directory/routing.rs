//! Several operators on one number: its accounts, and who does what for it.

use callport_core::ids::{AppId, PhoneNumberId, UserId, WabaId};
use callport_core::routing::RoutingRole;
use callport_flow::chats::{ControlThread, ControlThreadRefusal, ThreadAction};
use callport_flow::directory::{EndRouting, ProvisionRefusal, PutRouting, ShareNumber, ShareNumberRefusal, UnshareNumber};

use super::never;
use crate::engine::Engine;
use crate::fault::{Failed, Fault};
use crate::ports::Store;
use crate::records::{App, Number, NumberAccount, Routing, RoutingReach};

/// What a business does for a number.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct OwnRoles {
    /// Its roles.
    pub roles: Vec<RoutingRole>,
    /// It reads along in threads of others.
    pub standby: bool,
}

/// The configuration that holds for a number: its own, else that of its portfolio.
pub(crate) async fn routing_of(store: &dyn Store, number: &Number) -> Result<Option<Routing>, Fault> {
    if let Some(own) = store.routing(&RoutingReach::Number(number.id.clone())).await? {
        return Ok(Some(own));
    }
    let Some(waba) = store.waba(&number.waba).await? else { return Ok(None) };
    store.routing(&RoutingReach::Portfolio(waba.portfolio)).await
}

impl Engine {
    /// Gives a number one more account.
    pub async fn share_number(&self, account: NumberAccount) -> Result<(), Failed<ShareNumberRefusal>> {
        self.submit(ShareNumber(account)).await
    }

    /// Takes a further account off a number.
    pub async fn unshare_number(&self, number: &PhoneNumberId, waba: &WabaId) -> Result<(), Fault> {
        never(self.submit(UnshareNumber(number.clone(), waba.clone())).await)
    }

    /// Makes or replaces a routing configuration.
    pub async fn put_routing(&self, routing: Routing) -> Result<(), Failed<ProvisionRefusal>> {
        self.submit(PutRouting(routing)).await
    }

    /// Takes a routing configuration away.
    pub async fn end_routing(&self, reach: RoutingReach) -> Result<(), Fault> {
        never(self.submit(EndRouting(reach)).await)
    }

    /// The routing configuration that holds for a number.
    pub async fn routing_of(&self, number: &Number) -> Result<Option<Routing>, Fault> {
        routing_of(self.store(), number).await
    }

    /// Whether this app's business may act on calls of the number: everybody without a Call primary, else the Call primary alone.
    pub async fn may_call(&self, app: &App, number: &Number) -> Result<bool, Fault> {
        let routing = self.routing_of(number).await?;
        Ok(routing.as_ref().and_then(Routing::call_primary).is_none_or(|primary| app.business.as_ref() == Some(primary)))
    }

    /// What this app's business does for the number; nothing without a configuration.
    pub async fn roles_of(&self, app: &App, number: &Number) -> Result<OwnRoles, Fault> {
        let (Some(routing), Some(business)) = (self.routing_of(number).await?, &app.business) else { return Ok(OwnRoles::default()) };
        let roles = routing.roles.iter().filter(|(_, holder)| *holder == business).map(|(role, _)| *role).collect();
        Ok(OwnRoles { roles, standby: routing.on_standby(business) })
    }

    /// `POST /{pnid}/thread_control`, of an app.
    pub async fn control_thread(
        &self,
        app: &App,
        number: &Number,
        user: &UserId,
        action: ThreadAction,
        metadata: Option<String>,
    ) -> Result<(), Failed<ControlThreadRefusal>> {
        let (number, user, business) = (number.id.clone(), user.clone(), app.business.clone());
        self.submit(ControlThread { number, user, business, action, metadata }).await
    }

    /// The account of the number that an app is subscribed to, the owning one first: where its webhooks of the number come from.
    pub async fn subscribed_account(&self, app: &AppId, number: &Number) -> Result<Option<WabaId>, Fault> {
        for account in self.store().accounts_of(number).await? {
            if self.store().subscription(app, &account).await?.is_some() {
                return Ok(Some(account));
            }
        }
        Ok(None)
    }

    /// The account of the number by which an app works with it: the one that it is subscribed to, else the first that it was granted.
    pub async fn account_of_app(&self, app: &AppId, number: &Number) -> Result<Option<WabaId>, Fault> {
        if let Some(account) = self.subscribed_account(app, number).await? {
            return Ok(Some(account));
        }
        for account in self.store().accounts_of(number).await? {
            if self.store().grant(app, &account).await?.is_some() {
                return Ok(Some(account));
            }
        }
        Ok(None)
    }
}
