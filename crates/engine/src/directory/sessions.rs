//! Browsers that are signed in as a user.

use std::time::Duration;

use callport_core::gate::DeviceKind;
use callport_core::ids::UserId;
use callport_core::token::SecretHash;

use crate::engine::Engine;
use crate::fault::Fault;
use crate::ports::Change;
use crate::records::{Session, User};
use crate::users::UserEvent;

/// How long a browser stays signed in.
const SESSION: Duration = Duration::from_secs(30 * 24 * 3600);

/// Browsers that are signed in as one user; one more signs the oldest out.
pub const MAX_SESSIONS: usize = 64;

/// Who looks: a user, by a session that holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedIn {
    /// The person.
    pub user: User,
    /// The browser.
    pub session: Session,
}

impl Engine {
    /// Opens a session and returns its cookie value, this once. Sessions of the user that ended are forgotten.
    pub async fn open_session(&self, user: &UserId, device: DeviceKind) -> Result<String, Fault> {
        let _changing = self.changing.lock().await;
        let (secret, now) = (self.secret_text(), self.now());
        let (mut standing, ended): (Vec<_>, Vec<_>) =
            self.ports.store.sessions(Some(user)).await?.into_iter().partition(|session| now < session.expires_at);
        let pushed_out =
            standing.drain(..(standing.len() + 1).saturating_sub(MAX_SESSIONS)).map(|session| session.hash).collect::<Vec<_>>();
        let gone = ended.iter().map(|session| session.hash).chain(pushed_out.iter().copied());
        let mut changes: Vec<_> = gone.map(Change::RemoveSession).collect();
        let session = Session { hash: SecretHash::of(&secret), user: user.clone(), device, opened_at: now, expires_at: now + SESSION };
        changes.push(Change::PutSession(session));
        self.save(changes, &[]).await?;
        for session in pushed_out {
            self.users.tell(user, UserEvent::SignedOut { session: Some(session) });
        }
        Ok(secret)
    }

    /// Whose session this is, and on what kind of device; `None` when it is unknown or over.
    pub async fn session_user(&self, secret: &str) -> Result<Option<SignedIn>, Fault> {
        let session = self.ports.store.session(&SecretHash::of(secret)).await?;
        match session.filter(|session| self.now() < session.expires_at) {
            Some(session) => Ok(self.ports.store.user(&session.user).await?.map(|user| SignedIn { user, session })),
            None => Ok(None),
        }
    }

    /// Ends a session; its windows are told. False when there is none.
    pub async fn end_session(&self, session: SecretHash) -> Result<bool, Fault> {
        let Some(Session { user, .. }) = self.ports.store.session(&session).await? else { return Ok(false) };
        self.save(vec![Change::RemoveSession(session)], &[]).await?;
        self.users.tell(&user, UserEvent::SignedOut { session: Some(session) });
        Ok(true)
    }

    /// Ends every session of a user; its windows are told.
    pub async fn end_sessions(&self, user: &UserId) -> Result<(), Fault> {
        let _changing = self.changing.lock().await;
        let sessions = self.ports.store.sessions(Some(user)).await?;
        self.save(sessions.iter().map(|session| Change::RemoveSession(session.hash)).collect(), &[]).await?;
        self.users.tell(user, UserEvent::SignedOut { session: None });
        Ok(())
    }
}
