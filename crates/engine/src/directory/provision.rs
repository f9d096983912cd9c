//! Making and changing platform objects.

use std::collections::BTreeSet;
use std::time::Duration;

use callport_core::call_id::{CallId, Direction};
use callport_core::ids::{AppId, PhoneNumberId, TemplateId, UserId, WabaId};
use callport_core::quality::QualityNotice;
use callport_core::scope::Scope;
use callport_core::settings::CallingSettings;
use callport_core::template::TemplateStatus;
use callport_core::time::WallTime;
use callport_core::token::SecretHash;
use callport_flow::directory::{
    ChangeNumber, ChangeSettings, ChangeSettingsRefusal, ChangeUser, ChangeWaba, Complain, CreateTemplate, CreateTemplateRefusal,
    DeleteTemplate, EndGrant, NoSuchCall, Patch, ProvisionRefusal, PutApp, PutGrant, PutNumber, PutPortfolio, PutToken, PutUser, PutWaba,
    Restrict, ReviewTemplate, RevokeToken, SipServerChange, TellQuality,
};

use super::never;
use crate::engine::Engine;
use crate::fault::{Failed, Fault};
use crate::records::{App, AppGrant, Number, Portfolio, TemplateRecord, User, Waba};

/// What a token shall allow.
#[derive(Debug, Clone)]
pub struct Grant {
    /// The app that it speaks for.
    pub app: AppId,
    /// What it allows.
    pub scopes: BTreeSet<Scope>,
    /// The WABAs that it is made for, which its app is granted with these scopes; `None` = not limited to some, where [`Rules::unlimited_tokens`](callport_flow::Rules) allows it.
    pub wabas: Option<BTreeSet<WabaId>>,
    /// How long it lives; `None` = for ever.
    pub lifetime: Option<Duration>,
}

/// A template to be made; its content was checked.
pub type NewTemplate = CreateTemplate;

impl Engine {
    /// Makes or replaces a portfolio.
    pub async fn put_portfolio(&self, portfolio: Portfolio) -> Result<(), Fault> {
        never(self.submit(PutPortfolio(portfolio)).await)
    }

    /// Makes or replaces a WABA in a portfolio that exists.
    pub async fn put_waba(&self, waba: Waba) -> Result<(), Failed<ProvisionRefusal>> {
        self.submit(PutWaba(waba)).await
    }

    /// Changes a WABA as it is found at that moment.
    pub async fn change_waba(&self, waba: &WabaId, change: Patch<Waba>) -> Result<Waba, Failed<ProvisionRefusal>> {
        self.submit(ChangeWaba(waba.clone(), change)).await
    }

    /// Makes or replaces a business number in a WABA that exists.
    pub async fn put_number(&self, number: Number) -> Result<(), Failed<ProvisionRefusal>> {
        self.submit(PutNumber { number, settings: None }).await.map(drop)
    }

    /// The same, with a change of its calling settings: both are made, or neither is.
    pub async fn put_number_and_settings(&self, number: Number, settings: CallingSettings) -> Result<Number, Failed<ProvisionRefusal>> {
        self.submit(PutNumber { number, settings: Some(settings) }).await
    }

    /// Changes a business number as it is found at that moment, so that settings which somebody else changes meanwhile stay. A change of
    /// its own settings is made with it, or neither is.
    pub async fn change_number(
        &self,
        number: &PhoneNumberId,
        patch: Patch<Number>,
        settings: Option<CallingSettings>,
    ) -> Result<Number, Failed<ProvisionRefusal>> {
        self.submit(ChangeNumber { number: number.clone(), patch, settings }).await
    }

    /// Applies a change of calling settings, tells subscribed apps when it is one that is announced, and refreshes phones.
    /// `account`: the one by which the asking app reaches the number, whose apps must be told of calls; `None`: any of the number.
    pub async fn change_settings(
        &self,
        number: &PhoneNumberId,
        account: Option<WabaId>,
        change: CallingSettings,
    ) -> Result<Number, Failed<ChangeSettingsRefusal>> {
        self.change_settings_and_server(number, account, change, None).await
    }

    /// The same with a change of the SIP server that an app has for the number: both or neither.
    pub async fn change_settings_and_server(
        &self,
        number: &PhoneNumberId,
        account: Option<WabaId>,
        change: CallingSettings,
        server: Option<SipServerChange>,
    ) -> Result<Number, Failed<ChangeSettingsRefusal>> {
        self.submit(ChangeSettings { number: number.clone(), account, change, server }).await
    }

    /// Pauses calling of a number in one direction until that moment, and tells subscribed apps; `None` lifts the pause at once.
    pub async fn restrict(
        &self,
        number: &PhoneNumberId,
        direction: Direction,
        until: Option<WallTime>,
    ) -> Result<Number, Failed<ProvisionRefusal>> {
        self.submit(Restrict { number: number.clone(), direction, until }).await
    }

    /// Warns a business of low quality, or hides its call button, and tells subscribed apps.
    pub async fn tell_quality(&self, number: &PhoneNumberId, notice: QualityNotice) -> Result<Number, Failed<ProvisionRefusal>> {
        self.submit(TellQuality { number: number.clone(), notice }).await
    }

    /// A user complains of a call that they had: enough of them pause calling in its direction.
    pub async fn complain(&self, user: &UserId, call: &CallId) -> Result<(), Failed<NoSuchCall>> {
        self.submit(Complain { user: user.clone(), call: call.clone() }).await
    }

    /// Makes or replaces an app. Its callback counts as verified: whoever asks here answers for it.
    pub async fn put_app(&self, app: App) -> Result<(), Failed<ProvisionRefusal>> {
        self.submit(PutApp(app)).await
    }

    /// Makes or replaces a user.
    pub async fn put_user(&self, user: User) -> Result<(), Failed<ProvisionRefusal>> {
        self.submit(PutUser(user)).await
    }

    /// Changes a user as it is found at that moment.
    pub async fn change_user(&self, user: &UserId, change: Patch<User>) -> Result<User, Failed<ProvisionRefusal>> {
        self.submit(ChangeUser(user.clone(), change)).await
    }

    /// Makes a token and returns it, this once.
    pub async fn mint_token(&self, grant: Grant) -> Result<String, Failed<ProvisionRefusal>> {
        let value = format!("EAA{}", self.secret_text());
        self.put_token(&value, grant).await?;
        Ok(value)
    }

    /// Makes a token with a chosen value, as fixtures do.
    pub async fn put_token(&self, value: &str, grant: Grant) -> Result<(), Failed<ProvisionRefusal>> {
        let Grant { app, scopes, wabas, lifetime } = grant;
        self.submit(PutToken { hash: SecretHash::of(value), app, scopes, wabas, lifetime }).await
    }

    /// Says what an app may do with an account, in place of what was said before.
    pub async fn grant(&self, grant: AppGrant) -> Result<(), Failed<ProvisionRefusal>> {
        self.submit(PutGrant(grant)).await
    }

    /// Takes an account away from an app: its tokens do not reach the account any more, and its subscription is over.
    pub async fn end_grant(&self, app: &AppId, waba: &WabaId) -> Result<(), Fault> {
        never(self.submit(EndGrant(app.clone(), waba.clone())).await)
    }

    /// Ends a token, known by its value or by its hash.
    pub async fn revoke_token(&self, hash: SecretHash) -> Result<(), Fault> {
        never(self.submit(RevokeToken(hash)).await)
    }

    /// Makes a template, and tells subscribed apps that it is approved.
    pub async fn create_template(&self, new: NewTemplate) -> Result<TemplateRecord, Failed<CreateTemplateRefusal>> {
        self.submit(new).await
    }

    /// Changes the status of a template, as a reviewer would; subscribed apps are told. `None` when there is no such template.
    pub async fn review_template(&self, id: &TemplateId, status: TemplateStatus) -> Result<Option<TemplateRecord>, Fault> {
        never(self.submit(ReviewTemplate(id.clone(), status)).await)
    }

    /// Removes a template in all languages, or the one with this id. False when there is none.
    pub async fn delete_template(&self, waba: &WabaId, name: &str, id: Option<&TemplateId>) -> Result<bool, Fault> {
        never(self.submit(DeleteTemplate { waba: waba.clone(), name: name.to_owned(), id: id.cloned() }).await)
    }
}
