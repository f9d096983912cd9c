//! What leaves with a row: all that is said about it. In the file, triggers do this.

use callport_core::ids::{AppId, PhoneNumberId, UserId, WabaId};
use callport_engine::records::{Guest, Invitation};
use callport_flow::{Key, Row};

use super::facets::Listed;
use super::rows::{Rows, Stored};

impl Rows {
    /// What leaves with this row.
    pub(super) fn belongings(&self, row: &Row) -> Vec<Key> {
        match row {
            Row::User(row) => self.of_user(&row.id),
            Row::App(row) => self.of_app(&row.id),
            Row::Waba(row) => self.of_account(&row.id),
            Row::Number(row) => self.of_number(&row.id),
            _ => Vec::new(),
        }
    }

    fn of_user(&self, user: &UserId) -> Vec<Key> {
        let sessions = self.after(Listed::SessionOf(user.clone(), None));
        let pairs = self.after(Listed::Pair(user.clone(), None));
        let invitations = self.after(Listed::Invitation(None)).filter(|stored| match &*stored.row {
            Row::Invitation(row) => is_for(row, user),
            _ => false,
        });
        let messages = self.after(Listed::Chat(user.clone(), None));
        let threads = self.after(Listed::Thread(user.clone(), None));
        keys(sessions.chain(pairs).chain(invitations).chain(messages).chain(threads))
    }

    fn of_app(&self, app: &AppId) -> Vec<Key> {
        let accounts =
            || self.after(Listed::Waba(None)).filter_map(|stored| if let Row::Waba(row) = &*stored.row { Some(&row.id) } else { None });
        let numbers =
            self.after(Listed::Number(None)).filter_map(|stored| if let Row::Number(row) = &*stored.row { Some(&row.id) } else { None });
        let grants = accounts().map(|waba| Key::Grant(app.clone(), waba.clone()));
        let subscriptions = accounts().map(|waba| Key::Subscription(app.clone(), waba.clone()));
        let of_numbers =
            numbers.flat_map(|number| [Key::PhoneOverride(app.clone(), number.clone()), Key::SipServer(number.clone(), app.clone())]);
        let said = grants.chain(subscriptions).chain(of_numbers).filter(|key| self.places.contains_key(key));
        said.chain(keys(self.after(Listed::Token(app.clone(), None)))).collect()
    }

    fn of_account(&self, waba: &WabaId) -> Vec<Key> {
        let grants = self.after(Listed::Grant(waba.clone(), None));
        let subscriptions = self.after(Listed::Subscription(waba.clone(), None));
        keys(grants.chain(subscriptions).chain(self.after(Listed::Template(waba.clone(), None))))
    }

    /// Pairs, threads and messages are listed by user, so the users are gone through.
    fn of_number(&self, number: &PhoneNumberId) -> Vec<Key> {
        let apps = self.after(Listed::App(None)).filter_map(|stored| if let Row::App(row) = &*stored.row { Some(&row.id) } else { None });
        let overrides = apps.map(|app| Key::PhoneOverride(app.clone(), number.clone())).filter(|key| self.places.contains_key(key));
        let listed = self.after(Listed::AccountOf(number.clone(), None)).chain(self.after(Listed::SipServerOf(number.clone(), None)));
        let mut all: Vec<Key> = overrides.chain(keys(listed)).collect();
        for user in self.after(Listed::User(None)).filter_map(|stored| if let Row::User(row) = &*stored.row { Some(&row.id) } else { None })
        {
            let parts = [Key::Pair(number.clone(), user.clone()), Key::Thread(number.clone(), user.clone())];
            all.extend(parts.into_iter().filter(|key| self.places.contains_key(key)));
            let said = self.after(Listed::Chat(user.clone(), None));
            all.extend(keys(said.filter(|stored| matches!(&*stored.row, Row::Message(message) if message.number == *number))));
        }
        all
    }
}

fn keys<'a>(rows: impl Iterator<Item = &'a Stored>) -> Vec<Key> {
    rows.map(|stored| stored.row.key()).collect()
}

fn is_for(invitation: &Invitation, user: &UserId) -> bool {
    invitation.used_by.as_ref() == Some(user) || invitation.guest == Guest::User(user.clone())
}
