//! Users signing up and in: sessions of browsers, and invitations where sign-up is not open.

use std::time::Duration;

use callport_core::gate::DeviceKind;
use callport_core::ids::UserId;
use callport_core::number::PhoneNumber;
use callport_core::token::SecretHash;

use crate::directory::ProvisionRefusal;
use crate::engine::Engine;
use crate::fault::Fault;
use crate::ports::Change;
use crate::records::{Invitation, Session, User};

/// How long a browser stays signed in.
const SESSION: Duration = Duration::from_secs(30 * 24 * 3600);

impl Engine {
    /// The user with this number, made if there is none. An existing user keeps its name.
    pub async fn sign_up(&self, number: PhoneNumber, name: String) -> Result<User, ProvisionRefusal> {
        let _changing = self.changing.lock().await;
        if let Some(user) = self.ports.store.user_by_number(&number).await? {
            return Ok(user);
        }
        let user = self.new_user(number, name)?;
        self.save(vec![Change::PutUser(user.clone())], &[]).await?;
        Ok(user)
    }

    fn new_user(&self, number: PhoneNumber, name: String) -> Result<User, Fault> {
        let id = UserId::parse(&self.new_object_id()).map_err(|error| Fault::new("engine: sign-up", error))?;
        Ok(User { id, number, name, username: None, outdated_app: false })
    }

    /// Opens a session and returns its cookie value, this once.
    pub async fn open_session(&self, user: &UserId, device: DeviceKind) -> Result<String, Fault> {
        let secret = self.secret_text();
        let session = Session { hash: SecretHash::of(&secret), user: user.clone(), device, expires_at: self.now() + SESSION };
        self.save(vec![Change::PutSession(session)], &[]).await?;
        Ok(secret)
    }

    /// Whose session this is, and on what kind of device; `None` when it is unknown or over.
    pub async fn session_user(&self, secret: &str) -> Result<Option<(User, DeviceKind)>, Fault> {
        let session = self.ports.store.session(&SecretHash::of(secret)).await?;
        match session.filter(|session| self.now() < session.expires_at) {
            Some(session) => Ok(self.ports.store.user(&session.user).await?.map(|user| (user, session.device))),
            None => Ok(None),
        }
    }

    /// Ends a session.
    pub async fn close_session(&self, secret: &str) -> Result<(), Fault> {
        self.save(vec![Change::RemoveSession(SecretHash::of(secret))], &[]).await
    }

    /// Makes an invitation code that one person can sign up with.
    pub async fn invite(&self, lifetime: Duration) -> Result<String, Fault> {
        let code = self.secret_text()[..20].to_owned();
        let invitation = Invitation { hash: SecretHash::of(&code), expires_at: self.now() + lifetime, used_by: None };
        self.save(vec![Change::PutInvitation(invitation)], &[]).await?;
        Ok(code)
    }

    /// Signs a person up with an invitation, once. The same person may come back with the same code; `None` when it does not count.
    pub async fn sign_up_invited(&self, code: &str, number: PhoneNumber, name: String) -> Result<Option<User>, ProvisionRefusal> {
        let _changing = self.changing.lock().await;
        let known = self.ports.store.invitation(&SecretHash::of(code)).await?;
        let Some(invitation) = known.filter(|invitation| self.now() < invitation.expires_at) else { return Ok(None) };
        let taken = self.ports.store.user_by_number(&number).await?;
        match (&invitation.used_by, &taken) {
            (Some(by), Some(user)) if *by == user.id => return Ok(taken),
            (Some(_), _) | (None, Some(_)) => return Ok(None),
            (None, None) => {}
        }
        let user = self.new_user(number, name)?;
        let used = Invitation { used_by: Some(user.id.clone()), ..invitation };
        self.save(vec![Change::PutUser(user.clone()), Change::PutInvitation(used)], &[]).await?;
        Ok(Some(user))
    }
}
