//! Invitations, where sign-up is not open: each is for one person, who comes in with it as often as it lasts.

use std::convert::Infallible;
use std::time::Duration;

use callport_core::number::PhoneNumber;
use callport_core::token::SecretHash;

use super::people::new_user;
use super::{ProvisionRefusal, made, removed, user_called};
use crate::journal::About;
use crate::records::{Guest, Invitation, User};
use crate::row::{Key, Row};
use crate::step::{Cx, Draft, Input, Stop, refusal};
use crate::view::View;

/// Why nobody comes in with a code. Whoever reads the reason had a code that was made here, but for the first.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
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
}

refusal!(EntryRefusal);

/// Makes an invitation.
#[derive(Debug, Clone)]
pub struct Invite {
    /// SHA-256 of its code.
    pub hash: SecretHash,
    /// Whom it lets in.
    pub guest: Guest,
    /// How long.
    pub lifetime: Duration,
}

impl Input for Invite {
    type Done = Invitation;
    type Refusal = ProvisionRefusal;

    fn decide(&self, view: &View, cx: &Cx<'_>, draft: &mut Draft) -> Result<Invitation, Stop<ProvisionRefusal>> {
        match &self.guest {
            Guest::User(user) => drop(view.user(Key::User(user.clone()))?.ok_or(ProvisionRefusal::Missing("user"))?),
            Guest::Number(number) if view.number(Key::NumberCalled(number.clone()))?.is_some() => {
                return Err(ProvisionRefusal::NumberTaken("business number").into());
            }
            Guest::Number(_) | Guest::Anyone => {}
        }
        let (hash, guest) = (self.hash, self.guest.clone());
        let invitation = Invitation { hash, guest, expires_at: cx.now + self.lifetime, used_by: None };
        made(draft, cx, About::default(), "invitation", None);
        draft.put(Row::Invitation(invitation.clone()));
        Ok(invitation)
    }
}

/// Takes an invitation back: nobody comes in with it any more. Sessions that were opened by it stay. False when there is none.
#[derive(Debug, Clone)]
pub struct RevokeInvitation(pub SecretHash);

impl Input for RevokeInvitation {
    type Done = bool;
    type Refusal = Infallible;

    fn decide(&self, view: &View, cx: &Cx<'_>, draft: &mut Draft) -> Result<bool, Stop<Infallible>> {
        if view.invitation(Key::Invitation(self.0))?.is_none() {
            return Ok(false);
        }
        removed(draft, cx, About::default(), "invitation", None);
        draft.remove(Key::Invitation(self.0));
        Ok(true)
    }
}

/// Lets a person in by an invitation: its user, or, when there is none yet and a name is given, a new one.
#[derive(Debug, Clone)]
pub struct EnterInvited {
    /// SHA-256 of the code.
    pub hash: SecretHash,
    /// The person's number.
    pub number: PhoneNumber,
    /// The person's name, from who signs up.
    pub name: Option<String>,
}

impl Input for EnterInvited {
    type Done = User;
    type Refusal = EntryRefusal;

    fn decide(&self, view: &View, cx: &Cx<'_>, draft: &mut Draft) -> Result<User, Stop<EntryRefusal>> {
        let invitation = view.invitation(Key::Invitation(self.hash))?.ok_or(EntryRefusal::UnknownCode)?;
        if cx.now >= invitation.expires_at {
            return Err(EntryRefusal::Ended.into());
        }
        let known = user_called(view, &self.number)?.cloned();
        let user = match guest(invitation, &self.number, known, self.name.clone())? {
            Person::Known(user) => user,
            Person::New(name) => new_user(cx, draft, &self.number, &name),
        };
        if invitation.used_by.is_none() {
            draft.put(Row::Invitation(Invitation { used_by: Some(user.id.clone()), ..invitation.clone() }));
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
