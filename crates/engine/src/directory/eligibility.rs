//! What a number lacks before it calls and is called: read together for `core::eligibility`, which judges.

use std::collections::BTreeSet;

use callport_core::eligibility::{AppStanding, NumberStanding, Requirement};
use callport_core::ids::{AppId, WabaId};
use callport_core::scope::{Field, Scope};

use crate::engine::Engine;
use crate::fault::Fault;
use crate::records::{Number, Routing};

impl Engine {
    /// Every prerequisite of a number, for both directions: as one of its accounts has them, or as any of them has, if `account` is none.
    pub async fn requirements(&self, number: &Number, account: Option<&WabaId>) -> Result<Vec<Requirement>, Fault> {
        let accounts = match account {
            Some(account) => vec![account.clone()],
            None => self.store().accounts_of(number).await?,
        };
        let apps = self.standings(number, &accounts).await?;
        let mut payment_method = false;
        for account in &accounts {
            payment_method |= self.store().waba(account).await?.is_some_and(|waba| waba.payment_method);
        }
        let pauses = number.pauses(self.now());
        let standing = NumberStanding {
            in_use_with: number.in_use_with,
            registered: number.onboarding.registered(),
            account_mode: number.account_mode,
            listed: number.allowed_recipients.as_ref().map(Vec::len),
            messaging_limit: number.messaging_limit,
            enabled: number.settings.enabled(),
            payment_method,
            country: number.number.country(),
            no_business_calls: &self.node.rules.no_business_calls,
            pauses: &pauses,
            apps: &apps,
        };
        Ok(standing.requirements())
    }

    /// Apps that are subscribed to one of these accounts of the number, or were granted it; where the number has a Call primary, its apps alone.
    async fn standings(&self, number: &Number, accounts: &[WabaId]) -> Result<Vec<AppStanding>, Fault> {
        let store = self.store();
        let (mut subscriptions, mut grants) = (Vec::new(), Vec::new());
        for account in accounts {
            subscriptions.extend(store.subscriptions(account).await?);
            grants.extend(store.grants(account).await?);
        }
        let named = subscriptions.iter().map(|row| &row.app).chain(grants.iter().map(|row| &row.app));
        let named: BTreeSet<AppId> = named.cloned().collect();
        let routing = self.routing_of(number).await?;
        let primary = routing.as_ref().and_then(Routing::call_primary);
        let mut standings = Vec::with_capacity(named.len());
        for id in named {
            let Some(app) = store.app(&id).await?.filter(|app| primary.is_none_or(|primary| app.business.as_ref() == Some(primary))) else {
                continue;
            };
            let subscription = subscriptions.iter().find(|row| row.app == id);
            let granted = |scope| grants.iter().any(|row| row.app == id && row.scopes.contains(&scope));
            let elsewhere =
                subscription.is_some_and(|row| row.override_callback.is_some()) || store.phone_override(&id, &number.id).await?.is_some();
            standings.push(AppStanding {
                calls_field: app.wants(Field::Calls),
                subscribed: subscription.is_some(),
                messaging: granted(Scope::Messaging),
                management: granted(Scope::Management),
                callback: app.callback.is_some() || elsewhere,
                tech_partner: app.tech_partner,
                app: id,
            });
        }
        Ok(standings)
    }
}
