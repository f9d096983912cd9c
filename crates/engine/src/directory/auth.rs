//! Who is asking, and what they may do (platform docs, Access tokens).

use std::collections::BTreeSet;

use callport_core::ids::{AppId, WabaId};
use callport_core::scope::Scope;
use callport_core::token::SecretHash;

use crate::engine::Engine;
use crate::fault::Fault;
use crate::records::{App, Token};

/// An app, by one of its tokens.
#[derive(Debug, Clone)]
pub struct Actor {
    /// The app that acts.
    pub app: App,
    /// The access token; `None` for an app token, which reaches the app itself and no WABA.
    pub token: Option<Token>,
}

impl Actor {
    /// May manage the app itself: with the app's own token only. An access token reaches some accounts, and what an app is told of others
    /// goes by the app's callback.
    pub fn manages(&self, app: &AppId) -> bool {
        self.app.id == *app && self.token.is_none()
    }
}

/// Why a token is not taken.
#[derive(Debug, Clone, thiserror::Error)]
pub enum AuthRefusal {
    /// No such token, or a wrong app secret.
    #[error("the access token is not valid")]
    Unknown,
    /// It was valid once.
    #[error("the access token has expired")]
    Expired,
    /// The store failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl Engine {
    /// Takes an access token, or an app token `APP_ID|APP_SECRET`.
    pub async fn authenticate(&self, presented: &str) -> Result<Actor, AuthRefusal> {
        if let Some((app, secret)) = presented.split_once('|') {
            return self.authenticate_app(app, secret).await;
        }
        let token = self.store().token(&SecretHash::of(presented)).await?.ok_or(AuthRefusal::Unknown)?;
        if !token.valid_at(self.now()) {
            return Err(AuthRefusal::Expired);
        }
        let app = self.store().app(&token.app).await?.ok_or(AuthRefusal::Unknown)?;
        Ok(Actor { app, token: Some(token) })
    }

    /// What `actor` may do with `waba`: what its token says, as far as its app was granted it. `None`: it does not reach the account.
    pub async fn scopes_on(&self, actor: &Actor, waba: &WabaId) -> Result<Option<BTreeSet<Scope>>, Fault> {
        let Some(token) = &actor.token else { return Ok(None) };
        let granted = self.store().grant(&actor.app.id, waba).await?;
        Ok(token.on(waba, granted.as_ref(), self.node.rules.unlimited_tokens))
    }

    async fn authenticate_app(&self, app: &str, secret: &str) -> Result<Actor, AuthRefusal> {
        let id = AppId::parse(app).map_err(|_| AuthRefusal::Unknown)?;
        let app = self.store().app(&id).await?.ok_or(AuthRefusal::Unknown)?;
        // Hashes of equal length are compared, so the time taken says nothing about the secret.
        let equal = SecretHash::of(&app.secret) == SecretHash::of(secret);
        equal.then_some(Actor { app, token: None }).ok_or(AuthRefusal::Unknown)
    }
}
