//! Making platform objects: what an operator, a fixture or a set-up tool asks for. Applying the same twice changes nothing.

use std::collections::BTreeSet;
use std::time::Duration;

use callport_core::ids::{AppId, WabaId};
use callport_core::scope::Scope;
use callport_core::token::SecretHash;

use crate::engine::Engine;
use crate::fault::Fault;
use crate::ports::Change;
use crate::records::{App, Number, Portfolio, Token, User, Waba};
use crate::users::UserEvent;

/// Why an object is not made.
#[derive(Debug, Clone, thiserror::Error)]
pub enum ProvisionRefusal {
    /// It names something that is not there.
    #[error("there is no {0} with this id")]
    Missing(&'static str),
    /// Another object has this phone number.
    #[error("this phone number belongs to another {0}")]
    NumberTaken(&'static str),
    /// A token with this value belongs to another app.
    #[error("this token value is in use by another app")]
    TokenTaken,
    /// It would reach the accounts of everybody.
    #[error("a token says which accounts it reaches: without that it would reach everybody's")]
    ReachMissing,
    /// A new app's secret is easily guessed.
    #[error("an app secret of a live platform has at least {0} characters")]
    ShortSecret(usize),
    /// The store failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// What a token shall allow.
#[derive(Debug, Clone)]
pub struct Grant {
    /// The app that it speaks for.
    pub app: AppId,
    /// What it allows.
    pub scopes: BTreeSet<Scope>,
    /// The WABAs that it reaches; `None` = all, where [`Config::unlimited_tokens`](crate::Config) allows it.
    pub wabas: Option<BTreeSet<WabaId>>,
    /// How long it lives; `None` = for ever.
    pub lifetime: Option<Duration>,
}

impl Engine {
    /// Makes or replaces a portfolio.
    pub async fn put_portfolio(&self, portfolio: Portfolio) -> Result<(), ProvisionRefusal> {
        Ok(self.save(vec![Change::PutPortfolio(portfolio)], &[]).await?)
    }

    /// Makes or replaces a WABA in a portfolio that exists.
    pub async fn put_waba(&self, waba: Waba) -> Result<(), ProvisionRefusal> {
        self.ports.store.portfolio(&waba.portfolio).await?.ok_or(ProvisionRefusal::Missing("portfolio"))?;
        Ok(self.save(vec![Change::PutWaba(waba)], &[]).await?)
    }

    /// Makes or replaces a business number in a WABA that exists.
    pub async fn put_number(&self, number: Number) -> Result<(), ProvisionRefusal> {
        self.ports.store.waba(&number.waba).await?.ok_or(ProvisionRefusal::Missing("WhatsApp Business Account"))?;
        let holder = self.ports.store.number_by_digits(&number.number).await?;
        if holder.is_some_and(|holder| holder.id != number.id) {
            return Err(ProvisionRefusal::NumberTaken("business number"));
        }
        self.save(vec![Change::PutNumber(number)], &[]).await?;
        self.users.tell_all(&UserEvent::BusinessesChanged);
        Ok(())
    }

    /// Makes or replaces an app. Its callback counts as verified: whoever asks here answers for it.
    pub async fn put_app(&self, app: App) -> Result<(), ProvisionRefusal> {
        let shortest = self.config.secrets.app_secret;
        if app.secret.len() < shortest && self.ports.store.app(&app.id).await?.is_none_or(|before| before.secret != app.secret) {
            return Err(ProvisionRefusal::ShortSecret(shortest));
        }
        Ok(self.save(vec![Change::PutApp(app)], &[]).await?)
    }

    /// Makes or replaces a user.
    pub async fn put_user(&self, user: User) -> Result<(), ProvisionRefusal> {
        let holder = self.user_by_number(&user.number).await?;
        if holder.is_some_and(|holder| holder.id != user.id) {
            return Err(ProvisionRefusal::NumberTaken("user"));
        }
        Ok(self.save(vec![Change::PutUser(user)], &[]).await?)
    }

    /// Makes a token and returns it, this once.
    pub async fn mint_token(&self, grant: Grant) -> Result<String, ProvisionRefusal> {
        let value = format!("EAA{}", self.secret_text());
        self.put_token(&value, grant).await?;
        Ok(value)
    }

    /// Makes a token with a chosen value, as fixtures do.
    pub async fn put_token(&self, value: &str, grant: Grant) -> Result<(), ProvisionRefusal> {
        self.ports.store.app(&grant.app).await?.ok_or(ProvisionRefusal::Missing("app"))?;
        if grant.wabas.is_none() && !self.config.unlimited_tokens {
            return Err(ProvisionRefusal::ReachMissing);
        }
        let hash = SecretHash::of(value);
        let known = self.ports.store.token(&hash).await?;
        if known.as_ref().is_some_and(|known| known.app != grant.app) {
            return Err(ProvisionRefusal::TokenTaken);
        }
        let issued_at = known.map_or(self.now(), |known| known.issued_at);
        let expires_at = grant.lifetime.map(|lifetime| issued_at + lifetime);
        let token = Token { hash, app: grant.app, scopes: grant.scopes, wabas: grant.wabas, issued_at, expires_at };
        Ok(self.save(vec![Change::PutToken(token)], &[]).await?)
    }

    /// Ends a token, known by its value or by its hash.
    pub async fn revoke_token(&self, hash: SecretHash) -> Result<(), Fault> {
        self.save(vec![Change::RemoveToken(hash)], &[]).await
    }

    /// 256 random bits as letters and digits.
    pub(crate) fn secret_text(&self) -> String {
        const ALPHABET: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
        let random: [u8; 52] = self.random(); // 52 × 5 bits
        random.iter().map(|byte| char::from(ALPHABET[usize::from(byte % 32)])).collect()
    }
}
