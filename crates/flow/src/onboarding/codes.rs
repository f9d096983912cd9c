//! Codes that a sign-up ends with, each exchanged for a token once (platform docs, Embedded Signup; Access tokens).

use std::time::Duration;

use callport_core::ids::AppId;
use callport_core::token::SecretHash;

use crate::directory::made;
use crate::journal::{About, Fact};
use crate::records::{Enrolment, LoginCode, SignUpClient, Token};
use crate::row::{Key, Row};
use crate::step::{Cx, Draft, Input, Stop, refusal};
use crate::view::View;

/// How long a code lives (platform docs, Embedded Signup).
pub const CODE_LIFETIME: Duration = Duration::from_secs(30);

/// Why there is no token for a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CodeRefusal {
    /// It was never made, or for another app.
    #[error("this code is not one of this app")]
    Unknown,
    /// It lived 30 seconds.
    #[error("this code has expired: it lives {} seconds", CODE_LIFETIME.as_secs())]
    Expired,
    /// It works once.
    #[error("this code was used already")]
    Used,
    /// It was sent to another address.
    #[error("redirect_uri is not the address that this code was sent to")]
    OtherAddress,
}

refusal!(CodeRefusal);

/// Exchanges a code for a token that reaches exactly what was granted.
#[derive(Debug, Clone)]
pub struct ExchangeCode {
    /// SHA-256 of the code.
    pub code: SecretHash,
    /// Who asks: its secret was right.
    pub app: AppId,
    /// As sent.
    pub redirect_uri: Option<String>,
    /// SHA-256 of the token that it becomes.
    pub token: SecretHash,
}

impl Input for ExchangeCode {
    /// How long the token lives; `None`: for ever.
    type Done = Option<Duration>;
    type Refusal = CodeRefusal;

    fn decide(&self, view: &View, cx: &Cx<'_>, draft: &mut Draft) -> Result<Option<Duration>, Stop<CodeRefusal>> {
        let code = view.enrolment::<LoginCode>(&Enrolment::hashed(&self.code))?.ok_or(CodeRefusal::Unknown)?;
        if code.app != self.app {
            return Err(CodeRefusal::Unknown.into());
        }
        if code.used {
            return Err(CodeRefusal::Used.into());
        }
        if cx.now >= code.expires_at {
            return Err(CodeRefusal::Expired.into());
        }
        if code.redirect_uri.is_some() && code.redirect_uri != self.redirect_uri {
            return Err(CodeRefusal::OtherAddress.into());
        }
        view.app(Key::App(self.app.clone()))?.ok_or(CodeRefusal::Unknown)?; // removed since it asked
        let client = view.enrolment::<SignUpClient>(self.app.as_str())?;
        let lifetime = client.and_then(|client| client.token_lifetime_s).map(Duration::from_secs);
        made(draft, cx, About { app: Some(self.app.clone()), ..About::default() }, "token", None);
        draft.put(Row::Enrolment(LoginCode { used: true, ..code.clone() }.into()));
        draft.put(Row::Token(Token {
            hash: self.token,
            app: self.app.clone(),
            scopes: code.scopes.clone(),
            wabas: Some(code.wabas.clone()),
            issued_at: cx.now,
            expires_at: lifetime.map(|lifetime| cx.now + lifetime),
        }));
        Ok(lifetime)
    }

    fn refused(&self, why: &CodeRefusal) -> Option<(About, Fact)> {
        let about = About { app: Some(self.app.clone()), ..About::default() };
        Some((about, Fact::BusinessRefused { action: "access_token".to_owned(), says: why.to_string() }))
    }
}

/// A token for what an app was granted of some accounts, without a code: for apps that were installed without one, and for partners of a solution.
#[derive(Debug, Clone)]
pub struct FetchToken {
    /// For whom.
    pub app: AppId,
    /// What it may allow: as far as the app was granted it.
    pub scopes: std::collections::BTreeSet<callport_core::scope::Scope>,
    /// On which accounts.
    pub wabas: std::collections::BTreeSet<callport_core::ids::WabaId>,
    /// SHA-256 of the token.
    pub token: SecretHash,
}

impl Input for FetchToken {
    type Done = ();
    type Refusal = CodeRefusal;

    fn decide(&self, view: &View, cx: &Cx<'_>, draft: &mut Draft) -> Result<(), Stop<CodeRefusal>> {
        view.app(Key::App(self.app.clone()))?.ok_or(CodeRefusal::Unknown)?;
        made(draft, cx, About { app: Some(self.app.clone()), ..About::default() }, "token", None);
        draft.put(Row::Token(Token {
            hash: self.token,
            app: self.app.clone(),
            scopes: self.scopes.clone(),
            wabas: Some(self.wabas.clone()),
            issued_at: cx.now,
            expires_at: None,
        }));
        Ok(())
    }
}
