//! Invitations, where sign-up is not open: each is for one person, who comes in with it as often as it lasts.

use std::time::Duration;

use callport_core::number::PhoneNumber;
use callport_core::token::SecretHash;

use crate::directory::ProvisionRefusal;
use crate::engine::Engine;
use crate::fault::Fault;
use crate::ports::Change;
use crate::records::{Guest, Invitation, User};

/// Why nobody comes in with a code. Whoever reads the reason had a code that was made here, but for the first.
#[derive(Debug, Clone, thiserror::Error)]
pub enum EntryRefusal {
    /// It was never made, or was revoked.
    #[error("there is no invitation with this code")]
    UnknownCode,
    /// It was good once.
    #[error("the invitation has ended")]
    Ended,
    /// It is for another number or user, or somebody else came in with it.
    #[error("the invitation is for another person")]
    OtherPerson,
    /// It is for a new number, and this one has a user.
    #[error("the invitation is for a new number, and this one has a user")]
    NumberTaken,
    /// Whom it is for has not signed up yet.
    #[error("nobody has signed up with this invitation yet")]
    NobodyYet,
    /// The store failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl Engine {
    /// Makes an invitation. Its code is told this once.
    pub async fn invite(&self, guest: Guest, lifetime: Duration) -> Result<(String, Invitation), ProvisionRefusal> {
        match &guest {
            Guest::User(user) => drop(self.ports.store.user(user).await?.ok_or(ProvisionRefusal::Missing("user"))?),
            Guest::Number(number) if self.ports.store.number_by_digits(number).await?.is_some() => {
                return Err(ProvisionRefusal::NumberTaken("business number"));
            }
            Guest::Number(_) | Guest::Anyone => {}
        }
        let code = self.secret_text()[..20].to_owned();
        let invitation = Invitation { hash: SecretHash::of(&code), guest, expires_at: self.now() + lifetime, used_by: None };
        self.save(vec![Change::PutInvitation(invitation.clone())], &[]).await?;
        Ok((code, invitation))
    }

    /// Takes an invitation back: nobody comes in with it any more. Sessions that were opened by it stay. False when there is none.
    pub async fn revoke_invitation(&self, invitation: SecretHash) -> Result<bool, Fault> {
        let _changing = self.changing.lock().await;
        let found = self.ports.store.invitation(&invitation).await?.is_some();
        if found {
            self.save(vec![Change::RemoveInvitation(invitation)], &[]).await?;
        }
        Ok(found)
    }

    /// Lets a person in by an invitation: its user, or, when there is none yet and a name is given, a new one.
    pub async fn enter_invited(&self, code: &str, number: PhoneNumber, name: Option<String>) -> Result<User, EntryRefusal> {
        let _changing = self.changing.lock().await;
        let invitation = self.ports.store.invitation(&SecretHash::of(code)).await?.ok_or(EntryRefusal::UnknownCode)?;
        if self.now() >= invitation.expires_at {
            return Err(EntryRefusal::Ended);
        }
        let known = self.user_by_number(&number).await?;
        let mut changes = Vec::new();
        let user = match guest(&invitation, &number, known, name)? {
            Person::Known(user) => user,
            Person::New(name) => {
                let user = self.new_user(number, name)?;
                changes.push(Change::PutUser(user.clone()));
                user
            }
        };
        if invitation.used_by.is_none() {
            changes.push(Change::PutInvitation(Invitation { used_by: Some(user.id.clone()), ..invitation }));
            self.save(changes, &[]).await?;
        }
        Ok(user)
    }
}

/// Who comes in.
enum Person {
    Known(User),
    /// With this name.
    New(String),
}

/// Whom an invitation lets in with this number, which `known` has so far. Who is not to be made is not named.
fn guest(invitation: &Invitation, number: &PhoneNumber, known: Option<User>, name: Option<String>) -> Result<Person, EntryRefusal> {
    let new = || name.map(Person::New).ok_or(EntryRefusal::NobodyYet);
    match (&invitation.used_by, &invitation.guest) {
        (Some(user), _) | (None, Guest::User(user)) => {
            known.filter(|known| known.id == *user).map(Person::Known).ok_or(EntryRefusal::OtherPerson)
        }
        (None, Guest::Number(invited)) if !invited.is_same_line(number) => Err(EntryRefusal::OtherPerson),
        (None, Guest::Number(_)) => known.map_or_else(new, |known| Ok(Person::Known(known))),
        // Who only wants to come back learns nothing of the number.
        (None, Guest::Anyone) => new().and_then(|new| if known.is_some() { Err(EntryRefusal::NumberTaken) } else { Ok(new) }),
    }
}
