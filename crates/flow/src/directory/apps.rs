//! Apps and where their webhooks go: app callback, account override, number override
//! (platform docs, Webhooks: create an endpoint, overrides). A callback was verified before it comes here.

use std::convert::Infallible;

use callport_core::ids::{AppId, PhoneNumberId, WabaId};

use super::{ProvisionRefusal, grants, made, removed};
use crate::journal::About;
use crate::records::{App, Callback, PhoneOverride, Subscription};
use crate::row::{Key, Row};
use crate::step::{Cx, Draft, Input, Stop, refusal};
use crate::view::View;

fn about(app: &AppId) -> About {
    About { app: Some(app.clone()), ..About::default() }
}

fn put_app(draft: &mut Draft, cx: &Cx<'_>, app: App) {
    made(draft, cx, about(&app.id), "app", Some(app.id.as_str()));
    draft.put(Row::App(app));
}

/// Makes or replaces an app. Its callback counts as verified: whoever asks here answers for it.
#[derive(Debug, Clone)]
pub struct PutApp(pub App);

impl Input for PutApp {
    type Done = ();
    type Refusal = ProvisionRefusal;

    fn decide(&self, view: &View, cx: &Cx<'_>, draft: &mut Draft) -> Result<(), Stop<ProvisionRefusal>> {
        let (app, shortest) = (&self.0, cx.rules.secrets.app_secret);
        let before = view.app(Key::App(app.id.clone()))?;
        if app.secret.len() < shortest && before.is_none_or(|before| before.secret != app.secret) {
            return Err(ProvisionRefusal::ShortSecret(shortest).into());
        }
        if let Some(business) = &app.business {
            view.portfolio(Key::Portfolio(business.clone()))?.ok_or(ProvisionRefusal::Missing("portfolio"))?;
        }
        put_app(draft, cx, app.clone());
        Ok(())
    }
}

/// The app-level callback and its fields; fields are added to those there are.
#[derive(Debug, Clone)]
pub struct SubscribeFields {
    /// The app.
    pub app: AppId,
    /// Where its webhooks go.
    pub callback: Callback,
    /// What it is told, by published name.
    pub fields: Vec<String>,
}

impl Input for SubscribeFields {
    type Done = ();
    type Refusal = ProvisionRefusal;

    fn decide(&self, view: &View, cx: &Cx<'_>, draft: &mut Draft) -> Result<(), Stop<ProvisionRefusal>> {
        let mut app = view.app(Key::App(self.app.clone()))?.ok_or(ProvisionRefusal::Missing("app"))?.clone();
        app.callback = Some(self.callback.clone());
        app.fields.extend(self.fields.iter().cloned());
        put_app(draft, cx, app);
        Ok(())
    }
}

/// Takes fields away; without any named, the callback too.
#[derive(Debug, Clone)]
pub struct UnsubscribeFields {
    /// The app.
    pub app: AppId,
    /// Which; `None`: all.
    pub fields: Option<Vec<String>>,
}

impl Input for UnsubscribeFields {
    type Done = ();
    type Refusal = ProvisionRefusal;

    fn decide(&self, view: &View, cx: &Cx<'_>, draft: &mut Draft) -> Result<(), Stop<ProvisionRefusal>> {
        let mut app = view.app(Key::App(self.app.clone()))?.ok_or(ProvisionRefusal::Missing("app"))?.clone();
        match &self.fields {
            Some(fields) => app.fields.retain(|field| !fields.contains(field)),
            None => {
                app.fields.clear();
                app.callback = None;
            }
        }
        put_app(draft, cx, app);
        Ok(())
    }
}

/// Why an override is not stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SubscriptionRefusal {
    /// An override before `subscribed_apps`.
    #[error("the app must be subscribed to the WhatsApp Business Account before it can override the callback URL")]
    NotSubscribed,
    /// The app, the account or the number is gone.
    #[error("there is no {0} with this id")]
    Missing(&'static str),
}

refusal!(SubscriptionRefusal);

/// Subscribes an app to an account, with an override where one is given; without it, an earlier one is removed. An app that was granted nothing there
/// is granted the whole: whoever asks here may say so.
#[derive(Debug, Clone)]
pub struct SubscribeApp {
    /// The app.
    pub app: AppId,
    /// The account.
    pub waba: WabaId,
    /// Where the account's webhooks go for this app.
    pub override_callback: Option<Callback>,
    /// Only an app that is subscribed already.
    pub must_be_subscribed: bool,
}

impl Input for SubscribeApp {
    type Done = ();
    type Refusal = SubscriptionRefusal;

    fn decide(&self, view: &View, cx: &Cx<'_>, draft: &mut Draft) -> Result<(), Stop<SubscriptionRefusal>> {
        view.app(Key::App(self.app.clone()))?.ok_or(SubscriptionRefusal::Missing("app"))?;
        view.waba(Key::Waba(self.waba.clone()))?.ok_or(SubscriptionRefusal::Missing("WhatsApp Business Account"))?;
        if self.must_be_subscribed {
            view.subscription(Key::Subscription(self.app.clone(), self.waba.clone()))?.ok_or(SubscriptionRefusal::NotSubscribed)?;
        }
        grants::begin(view, cx, draft, &self.app, &self.waba)?;
        let (app, waba, override_callback) = (self.app.clone(), self.waba.clone(), self.override_callback.clone());
        made(draft, cx, About { waba: Some(waba.clone()), ..about(&app) }, "subscription", Some(waba.as_str()));
        draft.put(Row::Subscription(Subscription { app, waba, override_callback }));
        Ok(())
    }
}

/// `DELETE /{waba}/subscribed_apps`.
#[derive(Debug, Clone)]
pub struct UnsubscribeApp(pub AppId, pub WabaId);

impl Input for UnsubscribeApp {
    type Done = ();
    type Refusal = Infallible;

    fn decide(&self, _: &View, cx: &Cx<'_>, draft: &mut Draft) -> Result<(), Stop<Infallible>> {
        removed(draft, cx, About { waba: Some(self.1.clone()), ..about(&self.0) }, "subscription", Some(self.1.as_str()));
        draft.remove(Key::Subscription(self.0.clone(), self.1.clone()));
        Ok(())
    }
}

/// `webhook_configuration` of a number; `None` removes the override.
#[derive(Debug, Clone)]
pub struct OverrideNumber {
    /// The app.
    pub app: AppId,
    /// The number.
    pub number: PhoneNumberId,
    /// Its account.
    pub waba: WabaId,
    /// Where the number's webhooks go for this app.
    pub callback: Option<Callback>,
}

impl Input for OverrideNumber {
    type Done = ();
    type Refusal = SubscriptionRefusal;

    fn decide(&self, view: &View, cx: &Cx<'_>, draft: &mut Draft) -> Result<(), Stop<SubscriptionRefusal>> {
        let (app, number) = (self.app.clone(), self.number.clone());
        let about = About { app: Some(app.clone()), waba: Some(self.waba.clone()), ..About::number(&number) };
        let Some(callback) = self.callback.clone() else {
            removed(draft, cx, about, "override", Some(number.as_str()));
            draft.remove(Key::PhoneOverride(app, number));
            return Ok(());
        };
        view.number(Key::Number(number.clone()))?.ok_or(SubscriptionRefusal::Missing("business number"))?;
        view.subscription(Key::Subscription(app.clone(), self.waba.clone()))?.ok_or(SubscriptionRefusal::NotSubscribed)?;
        made(draft, cx, about, "override", Some(number.as_str()));
        draft.put(Row::PhoneOverride(PhoneOverride { app, number, callback }));
        Ok(())
    }
}
