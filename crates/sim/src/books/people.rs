//! Templates and people: nothing goes by a template that is not approved, and of a user who was removed nothing is left but history.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::Duration;

use callport_core::call_id::CallId;
use callport_core::ids::{TemplateId, UserId};
use callport_core::template::TemplateStatus;
use callport_core::token::SecretHash;
use callport_engine::records::{Session, TemplateRecord};
use callport_flow::{Key, Row, Write};
use callport_store::StoreSnapshot;

use super::Books;

#[derive(Default)]
pub(super) struct People {
    /// Since when a template is what it is; `None`: it was removed.
    templates: BTreeMap<TemplateId, (Duration, Option<TemplateStatus>)>,
    /// Texts that go by a template.
    by_template: HashMap<String, TemplateId>,
    removed: BTreeSet<UserId>,
    sessions: BTreeMap<UserId, Vec<SecretHash>>,
}

impl Books {
    /// A message with this text is about to go by that template.
    pub(crate) fn goes_by_template(&mut self, text: &str, template: &TemplateId) {
        self.people.by_template.insert(text.to_owned(), template.clone());
    }

    /// Since when a template is what it is; `None` in it: it was removed.
    pub(crate) fn template(&self, id: &TemplateId) -> Option<(Duration, Option<TemplateStatus>)> {
        self.people.templates.get(id).copied()
    }

    pub(crate) fn is_removed(&self, user: &UserId) -> bool {
        self.people.removed.contains(user)
    }

    /// A phone rings.
    pub(crate) fn rings(&mut self, user: &UserId, call: &CallId) {
        if self.is_removed(user) {
            self.violated(Some(call), format!("user {user} was removed, and a phone rings"));
        }
    }

    pub(super) fn wrote_template(&mut self, record: &TemplateRecord) {
        self.people.templates.insert(record.id.clone(), (self.exec.now(), Some(record.status)));
    }

    pub(super) fn sent(&mut self, text: &str) {
        let Some(template) = self.people.by_template.get(text).cloned() else { return };
        match self.template(&template) {
            Some((_, Some(TemplateStatus::Approved))) => {}
            status => self.violated(None, format!("a message went by template {template}, which is {status:?}")),
        }
    }

    pub(super) fn opened_session(&mut self, session: &Session) {
        self.people.sessions.entry(session.user.clone()).or_default().push(session.hash);
    }

    /// What is written of a user who is not there any more.
    pub(super) fn wrote_of_user(&mut self, write: &Write) {
        let (user, what) = match write {
            Write::Put(Row::Session(row)) => (&row.user, "a session"),
            Write::Put(Row::Pair(row)) => (&row.user, "a pair"),
            Write::Put(Row::Message(row)) => (&row.user, "a message"),
            Write::Put(Row::Call(row)) if row.live() => (&row.record.user, "a live call"),
            _ => return,
        };
        if self.is_removed(user) {
            let user = user.clone();
            self.violated(None, format!("user {user} was removed, and {what} is written"));
        }
    }

    pub(super) fn removed(&mut self, key: &Key, left: &StoreSnapshot<'_>) {
        match key {
            Key::Template(id) => drop(self.people.templates.insert(id.clone(), (self.exec.now(), None))),
            Key::User(user) => self.removed_user(user, left),
            Key::Session(hash) => self.forget_session(hash),
            _ => {}
        }
    }

    fn removed_user(&mut self, user: &UserId, left: &StoreSnapshot<'_>) {
        self.people.removed.insert(user.clone());
        self.forget_messages_of(user);
        for session in self.people.sessions.remove(user).unwrap_or_default() {
            self.forget_session(&session);
            if left.row(&Key::Session(session)).row.is_some() {
                self.violated(None, format!("user {user} was removed, and a session is left"));
            }
        }
        if let Some(call) = self.live_call_of(user) {
            self.violated(Some(&call), format!("user {user} was removed in this call"));
        }
    }
}
