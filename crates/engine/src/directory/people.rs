//! People: how requests name them, how they come and go, and the browsers that they are signed in with.

use std::time::Duration;

use callport_core::bsuid::Bsuid;
use callport_core::gate::DeviceKind;
use callport_core::ids::UserId;
use callport_core::number::PhoneNumber;
use callport_core::token::SecretHash;
use callport_flow::Key;
use callport_flow::directory::{
    EndSession, EndSessions, EnterInvited, EntryRefusal, Invite, OpenSession, ProvisionRefusal, RemoveUser, RemoveUserRefusal,
    RevokeInvitation, SignUp,
};

use super::never;
use crate::engine::Engine;
use crate::fault::{Failed, Fault};
use crate::records::{Guest, Invitation, Number, Session, User};

/// Whom a request names: `to`, or `recipient`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum To {
    /// `to`: a phone number, normalised.
    Number(PhoneNumber),
    /// `recipient`: a business-scoped user id.
    Bsuid(Bsuid),
}

impl To {
    /// The number, where one was given.
    pub fn number(&self) -> Option<&PhoneNumber> {
        match self {
            To::Number(number) => Some(number),
            To::Bsuid(_) => None,
        }
    }
}

/// Who looks: a user, by a session that holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedIn {
    /// The person.
    pub user: User,
    /// The browser.
    pub session: Session,
}

/// Tries to end the calls of a user or a number that is to be removed: somebody may place another one in between.
pub(super) const REMOVALS: u32 = 8;

impl Engine {
    /// The user that a business means; `None` when there is none.
    pub async fn find_user(&self, number: &Number, to: &To) -> Result<Option<User>, Fault> {
        match to {
            To::Number(number) => self.user_by_number(number).await,
            To::Bsuid(bsuid) => {
                let Some(waba) = self.store().waba(&number.waba).await? else { return Ok(None) };
                let found = self.store().row(&Key::UserKnownAs(waba.portfolio, bsuid.clone())).await?;
                Ok(match found.row.as_deref() {
                    Some(callport_flow::Row::User(user)) => Some(user.clone()),
                    _ => None,
                })
            }
        }
    }

    /// The user with this number: registered as it is written, or under its other spelling.
    pub async fn user_by_number(&self, number: &PhoneNumber) -> Result<Option<User>, Fault> {
        if let Some(user) = self.store().user_by_number(number).await? {
            return Ok(Some(user));
        }
        match number.other_spelling() {
            Some(other) => self.store().user_by_number(&other).await,
            None => Ok(None),
        }
    }

    /// The user with this number, made if there is none. An existing user keeps its name.
    pub async fn sign_up(&self, number: PhoneNumber, name: String) -> Result<User, Fault> {
        never(self.submit(SignUp { number, name }).await)
    }

    /// Removes a user: the live call ends first, windows close, and what is the user's goes along (docs/decisions/0019-who-gets-in.md).
    pub async fn remove_user(&self, user: &UserId) -> Result<(), Failed<ProvisionRefusal>> {
        for _ in 0..REMOVALS {
            match self.submit(RemoveUser(user.clone())).await {
                Ok(()) => return Ok(()),
                Err(Failed::Refused(RemoveUserRefusal::Missing)) => return Err(Failed::Refused(ProvisionRefusal::Missing("user"))),
                Err(Failed::Refused(RemoveUserRefusal::InCall(call))) => match self.end_call(&call).await {
                    Ok(()) | Err(Failed::Refused(_)) => {}
                    Err(Failed::Fault(fault)) => return Err(fault.into()),
                },
                Err(Failed::Fault(fault)) => return Err(fault.into()),
            }
        }
        Err(Fault::new("engine: remove user", "calls of this user are placed faster than they are ended").into())
    }

    /// Opens a session and returns its cookie value, this once. Sessions of the user that ended are forgotten.
    pub async fn open_session(&self, user: &UserId, device: DeviceKind) -> Result<String, Failed<ProvisionRefusal>> {
        let secret = self.secret_text();
        self.submit(OpenSession { hash: SecretHash::of(&secret), user: user.clone(), device }).await?;
        Ok(secret)
    }

    /// Whose session this is, and on what kind of device; `None` when it is unknown or over.
    pub async fn session_user(&self, secret: &str) -> Result<Option<SignedIn>, Fault> {
        let session = self.store().session(&SecretHash::of(secret)).await?;
        match session.filter(|session| self.now() < session.expires_at) {
            Some(session) => Ok(self.store().user(&session.user).await?.map(|user| SignedIn { user, session })),
            None => Ok(None),
        }
    }

    /// Ends a session; its windows are told. False when there is none.
    pub async fn end_session(&self, session: SecretHash) -> Result<bool, Fault> {
        never(self.submit(EndSession(session)).await)
    }

    /// Ends every session of a user; its windows are told.
    pub async fn end_sessions(&self, user: &UserId) -> Result<(), Fault> {
        never(self.submit(EndSessions(user.clone())).await)
    }

    /// Makes an invitation. Its code is told this once.
    pub async fn invite(&self, guest: Guest, lifetime: Duration) -> Result<(String, Invitation), Failed<ProvisionRefusal>> {
        let code = self.secret_text()[..20].to_owned();
        let invitation = self.submit(Invite { hash: SecretHash::of(&code), guest, lifetime }).await?;
        Ok((code, invitation))
    }

    /// Takes an invitation back: nobody comes in with it any more. Sessions that were opened by it stay. False when there is none.
    pub async fn revoke_invitation(&self, invitation: SecretHash) -> Result<bool, Fault> {
        never(self.submit(RevokeInvitation(invitation)).await)
    }

    /// Lets a person in by an invitation: its user, or, when there is none yet and a name is given, a new one.
    pub async fn enter_invited(&self, code: &str, number: PhoneNumber, name: Option<String>) -> Result<User, Failed<EntryRefusal>> {
        self.submit(EnterInvited { hash: SecretHash::of(code), number, name }).await
    }
}
