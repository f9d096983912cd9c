//! Where webhooks go: each address is verified before it is stored (platform docs, Webhooks: create an endpoint, overrides).

use callport_core::ids::{AppId, WabaId};
use callport_core::scope::Field;
use callport_flow::directory::{
    OverrideNumber, ProvisionRefusal, SubscribeApp, SubscribeFields, SubscriptionRefusal, UnsubscribeApp, UnsubscribeFields,
};

use super::never;
use crate::deliveries::receivers;
use crate::engine::Engine;
use crate::fault::{Failed, Fault};
use crate::ports::VerifyRefusal;
use crate::records::{App, Callback, Number};

/// Why a callback is not stored.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum CallbackRefusal {
    /// The verification GET failed.
    #[error(transparent)]
    Unverified(#[from] VerifyRefusal),
    /// The app may not have it.
    #[error(transparent)]
    Subscription(#[from] SubscriptionRefusal),
    /// The app is gone.
    #[error(transparent)]
    App(#[from] ProvisionRefusal),
}

impl From<VerifyRefusal> for Failed<CallbackRefusal> {
    fn from(refusal: VerifyRefusal) -> Self {
        Failed::Refused(refusal.into())
    }
}

impl Engine {
    /// Apps that are told of `field` for `waba`.
    pub async fn receivers(&self, waba: &WabaId, field: Field) -> Result<Vec<App>, Fault> {
        receivers(self.store(), waba, field).await
    }

    /// The app-level callback and its fields; fields are added to those there are.
    pub async fn subscribe_fields(&self, app: &App, callback: Callback, fields: Vec<String>) -> Result<(), Failed<CallbackRefusal>> {
        self.verify(&callback).await?;
        let input = SubscribeFields { app: app.id.clone(), callback, fields };
        self.submit(input).await.map_err(|failed| failed.map(CallbackRefusal::App))
    }

    /// Takes fields away; without any named, the callback too.
    pub async fn unsubscribe_fields(&self, app: &App, fields: Option<Vec<String>>) -> Result<(), Failed<ProvisionRefusal>> {
        self.submit(UnsubscribeFields { app: app.id.clone(), fields }).await
    }

    /// Subscribes an app to an account, with an override where one is given; without it, an earlier one is removed.
    pub async fn subscribe_app(
        &self,
        app: &AppId,
        waba: &WabaId,
        override_callback: Option<Callback>,
    ) -> Result<(), Failed<CallbackRefusal>> {
        self.subscribe(app, waba, override_callback, false).await
    }

    /// `POST /{waba}/subscribed_apps` with an override, for an app that is subscribed already. Nobody is asked for one that is not.
    pub async fn override_waba(&self, app: &AppId, waba: &WabaId, callback: Callback) -> Result<(), Failed<CallbackRefusal>> {
        if self.store().subscription(app, waba).await?.is_none() {
            return Err(Failed::Refused(SubscriptionRefusal::NotSubscribed.into()));
        }
        self.subscribe(app, waba, Some(callback), true).await
    }

    async fn subscribe(
        &self,
        app: &AppId,
        waba: &WabaId,
        override_callback: Option<Callback>,
        must_be_subscribed: bool,
    ) -> Result<(), Failed<CallbackRefusal>> {
        if let Some(callback) = &override_callback {
            self.verify(callback).await?;
        }
        let input = SubscribeApp { app: app.clone(), waba: waba.clone(), override_callback, must_be_subscribed };
        self.submit(input).await.map_err(|failed| failed.map(CallbackRefusal::Subscription))
    }

    /// `DELETE /{waba}/subscribed_apps`.
    pub async fn unsubscribe_app(&self, app: &AppId, waba: &WabaId) -> Result<(), Fault> {
        never(self.submit(UnsubscribeApp(app.clone(), waba.clone())).await)
    }

    /// `webhook_configuration` of a number; `None` removes the override. Nobody is asked for an app that is not subscribed.
    pub async fn override_number(&self, app: &AppId, number: &Number, callback: Option<Callback>) -> Result<(), Failed<CallbackRefusal>> {
        let account = self.subscribed_account(app, number).await?;
        if let Some(callback) = &callback {
            account.as_ref().ok_or_else(|| Failed::Refused(SubscriptionRefusal::NotSubscribed.into()))?;
            self.verify(callback).await?;
        }
        let waba = account.unwrap_or_else(|| number.waba.clone());
        let input = OverrideNumber { app: app.clone(), number: number.id.clone(), waba, callback };
        self.submit(input).await.map_err(|failed| failed.map(CallbackRefusal::Subscription))
    }

    /// The verification GET with a fresh challenge of decimal digits: some receivers read it as an integer.
    pub async fn verify(&self, callback: &Callback) -> Result<(), VerifyRefusal> {
        let shortest = self.node.rules.secrets.verify_token;
        if callback.verify_token.len() < shortest {
            return Err(VerifyRefusal::ShortToken { shortest });
        }
        let challenge = 1_000_000_000 + u32::from_be_bytes(self.random()) % 1_000_000_000;
        self.node.ports.carrier.verify(callback, &challenge.to_string()).await
    }
}
