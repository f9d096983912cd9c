//! Browsers that are signed in as a user.

use std::convert::Infallible;
use std::time::Duration;

use callport_core::gate::DeviceKind;
use callport_core::ids::UserId;
use callport_core::token::SecretHash;

use super::{ProvisionRefusal, made, removed};
use crate::journal::About;
use crate::phones::UserEvent;
use crate::records::Session;
use crate::row::{Key, Row};
use crate::step::{Cx, Draft, Input, Stop};
use crate::view::{Need, Query, View};

/// How long a browser stays signed in.
const SESSION: Duration = Duration::from_secs(30 * 24 * 3600);

/// Browsers that are signed in as one user; one more signs the oldest out.
pub const MAX_SESSIONS: usize = 64;

fn sessions<'a>(view: &'a View, user: &UserId) -> Result<Vec<&'a Session>, Need> {
    let rows = view.found(Query::Sessions(user.clone()))?;
    Ok(rows.into_iter().filter_map(|row| if let Row::Session(session) = row { Some(session) } else { None }).collect())
}

/// Opens a session. Sessions of the user that ended are forgotten.
#[derive(Debug, Clone)]
pub struct OpenSession {
    /// SHA-256 of the cookie.
    pub hash: SecretHash,
    /// Whose phone it is.
    pub user: UserId,
    /// What the browser stands for.
    pub device: DeviceKind,
}

impl Input for OpenSession {
    type Done = ();
    type Refusal = ProvisionRefusal;

    fn decide(&self, view: &View, cx: &Cx<'_>, draft: &mut Draft) -> Result<(), Stop<ProvisionRefusal>> {
        view.user(Key::User(self.user.clone()))?.ok_or(ProvisionRefusal::Missing("user"))?;
        let (standing, ended): (Vec<_>, Vec<_>) = sessions(view, &self.user)?.into_iter().partition(|session| cx.now < session.expires_at);
        let too_many = (standing.len() + 1).saturating_sub(MAX_SESSIONS);
        for session in &standing[..too_many] {
            draft.show(&self.user, UserEvent::SignedOut { session: Some(session.hash) });
        }
        for session in ended.iter().chain(&standing[..too_many]) {
            draft.remove(Key::Session(session.hash));
        }
        made(draft, cx, About::user(&self.user), "session", None);
        let (hash, user, device) = (self.hash, self.user.clone(), self.device);
        draft.put(Row::Session(Session { hash, user, device, opened_at: cx.now, expires_at: cx.now + SESSION }));
        Ok(())
    }
}

/// Ends a session; its windows are told. False when there is none.
#[derive(Debug, Clone)]
pub struct EndSession(pub SecretHash);

impl Input for EndSession {
    type Done = bool;
    type Refusal = Infallible;

    fn decide(&self, view: &View, cx: &Cx<'_>, draft: &mut Draft) -> Result<bool, Stop<Infallible>> {
        let Some(session) = view.session(Key::Session(self.0))? else { return Ok(false) };
        removed(draft, cx, About::user(&session.user), "session", None);
        draft.show(&session.user, UserEvent::SignedOut { session: Some(self.0) });
        draft.remove(Key::Session(self.0));
        Ok(true)
    }
}

/// Ends every session of a user; its windows are told.
#[derive(Debug, Clone)]
pub struct EndSessions(pub UserId);

impl Input for EndSessions {
    type Done = ();
    type Refusal = Infallible;

    fn decide(&self, view: &View, cx: &Cx<'_>, draft: &mut Draft) -> Result<(), Stop<Infallible>> {
        for session in sessions(view, &self.0)? {
            draft.remove(Key::Session(session.hash));
        }
        removed(draft, cx, About::user(&self.0), "sessions", None);
        draft.show(&self.0, UserEvent::SignedOut { session: None });
        Ok(())
    }
}
