//! Where webhooks go: app callback, WABA override, phone override; each verified before it is stored
//! (platform docs, Webhooks: create an endpoint, overrides).

use callport_core::ids::{AppId, WabaId};
use callport_core::scope::Field;

use crate::engine::Engine;
use crate::fault::Fault;
use crate::ports::{Change, VerifyRefusal};
use crate::records::{App, Callback, Number, PhoneOverride, Subscription};

/// Why a callback is not stored.
#[derive(Debug, Clone, thiserror::Error)]
pub enum CallbackRefusal {
    /// The verification GET failed.
    #[error(transparent)]
    Unverified(#[from] VerifyRefusal),
    /// An override before `subscribed_apps`.
    #[error("the app must be subscribed to the WhatsApp Business Account before it can override the callback URL")]
    NotSubscribed,
    /// The store failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl Engine {
    /// Apps that are told of `field` for `waba`.
    pub async fn receivers(&self, waba: &WabaId, field: Field) -> Result<Vec<App>, Fault> {
        let mut apps = Vec::new();
        for subscription in self.ports.store.subscriptions(waba).await? {
            let app = self.ports.store.app(&subscription.app).await?;
            apps.extend(app.filter(|app| app.wants(field)));
        }
        Ok(apps)
    }

    /// The app-level callback and its fields; fields are added to those there are.
    pub async fn subscribe_fields(&self, app: &App, callback: Callback, fields: Vec<String>) -> Result<(), CallbackRefusal> {
        self.verify(&callback).await?;
        let _changing = self.changing.lock().await;
        let mut app = self.ports.store.app(&app.id).await?.unwrap_or_else(|| app.clone());
        app.callback = Some(callback);
        app.fields.extend(fields);
        Ok(self.save(vec![Change::PutApp(app)], &[]).await?)
    }

    /// Takes fields away; without any named, the callback too.
    pub async fn unsubscribe_fields(&self, app: &App, fields: Option<Vec<String>>) -> Result<(), Fault> {
        let _changing = self.changing.lock().await;
        let mut app = self.ports.store.app(&app.id).await?.unwrap_or_else(|| app.clone());
        match fields {
            Some(fields) => app.fields.retain(|field| !fields.contains(field)),
            None => {
                app.fields.clear();
                app.callback = None;
            }
        }
        self.save(vec![Change::PutApp(app)], &[]).await
    }

    /// Subscribes an app to an account, with an override where one is given; without it, an earlier one is removed.
    pub async fn subscribe_app(&self, app: &AppId, waba: &WabaId, override_callback: Option<Callback>) -> Result<(), CallbackRefusal> {
        if let Some(callback) = &override_callback {
            self.verify(callback).await?;
        }
        let subscription = Subscription { app: app.clone(), waba: waba.clone(), override_callback };
        Ok(self.save(vec![Change::PutSubscription(subscription)], &[]).await?)
    }

    /// `POST /{waba}/subscribed_apps` with an override, for an app that is subscribed already. Nobody is asked for one that is not.
    pub async fn override_waba(&self, app: &AppId, waba: &WabaId, callback: Callback) -> Result<(), CallbackRefusal> {
        if self.ports.store.subscription(app, waba).await?.is_none() {
            return Err(CallbackRefusal::NotSubscribed);
        }
        self.subscribe_app(app, waba, Some(callback)).await
    }

    /// `DELETE /{waba}/subscribed_apps`.
    pub async fn unsubscribe_app(&self, app: &AppId, waba: &WabaId) -> Result<(), Fault> {
        self.save(vec![Change::RemoveSubscription(app.clone(), waba.clone())], &[]).await
    }

    /// `webhook_configuration` of a number; `None` removes the override.
    pub async fn override_number(&self, app: &AppId, number: &Number, callback: Option<Callback>) -> Result<(), CallbackRefusal> {
        let Some(callback) = callback else {
            return Ok(self.save(vec![Change::RemovePhoneOverride(app.clone(), number.id.clone())], &[]).await?);
        };
        if self.ports.store.subscription(app, &number.waba).await?.is_none() {
            return Err(CallbackRefusal::NotSubscribed);
        }
        self.verify(&callback).await?;
        let phone_override = PhoneOverride { app: app.clone(), number: number.id.clone(), callback };
        Ok(self.save(vec![Change::PutPhoneOverride(phone_override)], &[]).await?)
    }

    /// The verification GET with a fresh challenge of decimal digits: some receivers read it as an integer.
    pub async fn verify(&self, callback: &Callback) -> Result<(), VerifyRefusal> {
        let shortest = self.config.secrets.verify_token;
        if callback.verify_token.len() < shortest {
            return Err(VerifyRefusal::ShortToken { shortest });
        }
        let challenge = 1_000_000_000 + u32::from_be_bytes(self.random()) % 1_000_000_000;
        self.ports.carrier.verify(callback, &challenge.to_string()).await
    }
}
