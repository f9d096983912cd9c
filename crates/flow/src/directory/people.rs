//! Users coming and going.

use callport_core::call_id::CallId;
use callport_core::ids::UserId;
use callport_core::number::PhoneNumber;
use std::convert::Infallible;

use super::{made, removed, user_called};
use crate::journal::About;
use crate::phones::UserEvent;
use crate::records::User;
use crate::row::{Key, Row};
use crate::step::{Cx, Draft, Guard, Input, Stop};
use crate::view::{BusyAsk, View};

/// The user with this number, made if there is none. An existing user keeps its name.
#[derive(Debug, Clone)]
pub struct SignUp {
    /// The number.
    pub number: PhoneNumber,
    /// `profile.name`.
    pub name: String,
}

impl Input for SignUp {
    type Done = User;
    type Refusal = Infallible;

    fn decide(&self, view: &View, cx: &Cx<'_>, draft: &mut Draft) -> Result<User, Stop<Infallible>> {
        match user_called(view, &self.number)? {
            Some(user) => Ok(user.clone()),
            None => Ok(new_user(cx, draft, &self.number, &self.name)),
        }
    }
}

/// A user with a fresh id.
pub(super) fn new_user(cx: &Cx<'_>, draft: &mut Draft, number: &PhoneNumber, name: &str) -> User {
    #[expect(clippy::expect_used, reason = "fifteen digits are an object id")]
    let id = UserId::parse(&cx.object_id()).expect("an object id");
    let user = User { id, number: number.clone(), name: name.to_owned(), username: None, outdated_app: false, numbers_before: 0 };
    made(draft, cx, About::user(&user.id), "user", Some(user.id.as_str()));
    draft.put(Row::User(user.clone()));
    user
}

/// Removes a user with everything that is the user's. One who is in a call cannot go: end it first.
#[derive(Debug, Clone)]
pub struct RemoveUser(pub UserId);

/// Why a user stays.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RemoveUserRefusal {
    /// There is none.
    #[error("there is no user with this id")]
    Missing,
    /// In a call.
    #[error("this user is in a call")]
    InCall(CallId),
}

impl Input for RemoveUser {
    type Done = ();
    type Refusal = RemoveUserRefusal;

    fn decide(&self, view: &View, cx: &Cx<'_>, draft: &mut Draft) -> Result<(), Stop<RemoveUserRefusal>> {
        let user = view.user(Key::User(self.0.clone()))?.ok_or(Stop::No(RemoveUserRefusal::Missing))?;
        let busy = view.busy(BusyAsk { number: None, user: user.id.clone(), since: cx.now, most: u32::MAX })?;
        if let Some((call, _)) = &busy.user {
            return Err(Stop::No(RemoveUserRefusal::InCall(call.clone())));
        }
        draft.guards.push(Guard::UserFree(user.id.clone()));
        removed(draft, cx, About::user(&user.id), "user", Some(user.id.as_str()));
        draft.show(&user.id, UserEvent::SignedOut { session: None });
        draft.remove(Key::User(user.id.clone()));
        Ok(())
    }
}
