//! Platform objects and people: who there is, who may do what, who is told, what is set.

mod apps;
pub(crate) mod grants;
mod invitations;
mod objects;
mod people;
mod removal;
mod renumber;
mod restrict;
mod routing;
mod sessions;
mod settings;
mod sharing;
mod templates;
mod tokens;

pub use apps::{OverrideNumber, PutApp, SubscribeApp, SubscribeFields, SubscriptionRefusal, UnsubscribeApp, UnsubscribeFields};
pub use grants::{EndGrant, PutGrant};
pub use invitations::{EnterInvited, EntryRefusal, Invite, RevokeInvitation};
pub use objects::{ChangeNumber, ChangeUser, ChangeWaba, Patch, ProvisionRefusal, PutNumber, PutPortfolio, PutUser, PutWaba};
pub use people::{RemoveUser, RemoveUserRefusal, SignUp};
pub(crate) use removal::along;
pub use removal::{InTheWay, RemovalRefusal, RemoveApp, RemoveNumber, RemovePortfolio, RemoveTemplate, RemoveWaba};
pub use renumber::MAX_TOLD_NUMBERS;
pub use restrict::{Complain, NoSuchCall, PAUSE, Restrict, TellQuality};
pub(crate) use restrict::{complain, judged};
pub use routing::{EndRouting, MAX_STANDBY, PutRouting};
pub use sessions::{EndSession, EndSessions, MAX_SESSIONS, OpenSession};
pub use settings::{ChangeSettings, ChangeSettingsRefusal, SipServerChange};
pub use sharing::{ShareNumber, ShareNumberRefusal, UnshareNumber};
pub use templates::{
    CreateTemplate, CreateTemplateRefusal, DeleteTemplate, MAX_TEMPLATES, MAX_TEMPLATES_UNVERIFIED, ReviewTemplate, max_templates,
};
pub use tokens::{PutToken, RevokeToken};

use callport_core::number::PhoneNumber;

use crate::journal::{About, Fact};
use crate::records::User;
use crate::row::Key;
use crate::step::{Cx, Draft};
use crate::view::{Need, View};

/// The user with this number: registered as it is written, or under its other spelling.
pub(crate) fn user_called<'a>(view: &'a View, number: &PhoneNumber) -> Result<Option<&'a User>, Need> {
    if let Some(user) = view.user(Key::UserCalled(number.clone()))? {
        return Ok(Some(user));
    }
    match number.other_spelling() {
        Some(other) => view.user(Key::UserCalled(other)),
        None => Ok(None),
    }
}

/// An object was made or changed.
pub(crate) fn made(draft: &mut Draft, cx: &Cx<'_>, about: About, object: &str, id: Option<&str>) {
    draft.note(cx, about, Fact::ObjectPut { object: object.to_owned(), id: id.map(str::to_owned) });
}

/// An object was removed.
pub(crate) fn removed(draft: &mut Draft, cx: &Cx<'_>, about: About, object: &str, id: Option<&str>) {
    draft.note(cx, about, Fact::ObjectRemoved { object: object.to_owned(), id: id.map(str::to_owned) });
}

#[cfg(test)]
mod tests;
