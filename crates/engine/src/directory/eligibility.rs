//! What a number lacks before it calls and is called: read together for `core::eligibility`, which judges.

use std::collections::BTreeSet;

use callport_core::eligibility::{AppStanding, NumberStanding, Requirement};
use callport_core::ids::AppId;
use callport_core::scope::{Field, Scope};

use crate::engine::Engine;
use crate::fault::Fault;
use crate::records::Number;

impl Engine {
    /// Every prerequisite of a number, for both directions.
    pub async fn requirements(&self, number: &Number) -> Result<Vec<Requirement>, Fault> {
        let apps = self.standings(number).await?;
        let payment_method = self.store().waba(&number.waba).await?.is_some_and(|waba| waba.payment_method);
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

    /// Apps that are subscribed to the number's account, or were granted it.
    async fn standings(&self, number: &Number) -> Result<Vec<AppStanding>, Fault> {
        let store = self.store();
        let (subscriptions, grants) = (store.subscriptions(&number.waba).await?, store.grants(&number.waba).await?);
        let named = subscriptions.iter().map(|row| &row.app).chain(grants.iter().map(|row| &row.app));
        let named: BTreeSet<AppId> = named.cloned().collect();
        let mut standings = Vec::with_capacity(named.len());
        for id in named {
            let Some(app) = store.app(&id).await? else { continue };
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
