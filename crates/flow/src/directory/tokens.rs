//! Access tokens, kept as hashes.

use std::collections::BTreeSet;
use std::convert::Infallible;
use std::time::Duration;

use callport_core::ids::{AppId, WabaId};
use callport_core::scope::Scope;
use callport_core::token::SecretHash;

use super::{ProvisionRefusal, grants, made, removed};
use crate::journal::About;
use crate::records::Token;
use crate::row::{Key, Row};
use crate::step::{Cx, Draft, Input, Stop};
use crate::view::View;

/// Makes a token, or changes what it allows. Its app is granted that much of each account that it is made for.
#[derive(Debug, Clone)]
pub struct PutToken {
    /// SHA-256 of its value.
    pub hash: SecretHash,
    /// The app that it speaks for.
    pub app: AppId,
    /// What it allows.
    pub scopes: BTreeSet<Scope>,
    /// The accounts that it is made for; `None` = not limited to some, where the rules allow it.
    pub wabas: Option<BTreeSet<WabaId>>,
    /// How long it lives; `None` = for ever.
    pub lifetime: Option<Duration>,
}

impl Input for PutToken {
    type Done = ();
    type Refusal = ProvisionRefusal;

    fn decide(&self, view: &View, cx: &Cx<'_>, draft: &mut Draft) -> Result<(), Stop<ProvisionRefusal>> {
        view.app(Key::App(self.app.clone()))?.ok_or(ProvisionRefusal::Missing("app"))?;
        if self.wabas.is_none() && !cx.rules.unlimited_tokens {
            return Err(ProvisionRefusal::ReachMissing.into());
        }
        let known = view.token(Key::Token(self.hash))?;
        if known.is_some_and(|known| known.app != self.app) {
            return Err(ProvisionRefusal::TokenTaken.into());
        }
        for waba in self.wabas.iter().flatten() {
            view.waba(Key::Waba(waba.clone()))?.ok_or(ProvisionRefusal::Missing("WhatsApp Business Account"))?;
            grants::widen(view, cx, draft, &self.app, waba, &self.scopes)?;
        }
        let issued_at = known.map_or(cx.now, |known| known.issued_at);
        let about = About { app: Some(self.app.clone()), ..About::default() };
        made(draft, cx, about, "token", None);
        draft.put(Row::Token(Token {
            hash: self.hash,
            app: self.app.clone(),
            scopes: self.scopes.clone(),
            wabas: self.wabas.clone(),
            issued_at,
            expires_at: self.lifetime.map(|lifetime| issued_at + lifetime),
        }));
        Ok(())
    }
}

/// Ends a token.
#[derive(Debug, Clone)]
pub struct RevokeToken(pub SecretHash);

impl Input for RevokeToken {
    type Done = ();
    type Refusal = Infallible;

    fn decide(&self, _: &View, cx: &Cx<'_>, draft: &mut Draft) -> Result<(), Stop<Infallible>> {
        removed(draft, cx, About::default(), "token", None);
        draft.remove(Key::Token(self.0));
        Ok(())
    }
}
