//! SQL, table by table: statements that write a record, queries, and the way from a row back to the record.

/// Inserts a row, or changes what follows the key in the row that has this key. Each column stands beside its value.
macro_rules! put {
    ($db:ident, $table:literal [$key:ident: $id:expr $(, $also:ident: $part:expr)*] {
        $first:ident: $one:expr $(, $column:ident: $value:expr)* $(,)?
    }) => {
        $db.write(
            concat!(
                "INSERT INTO ", $table, " (", stringify!($key), $(", ", stringify!($also),)* ", ", stringify!($first),
                $(", ", stringify!($column),)* ")\nVALUES (:", stringify!($key), $(", :", stringify!($also),)* ", :", stringify!($first),
                $(", :", stringify!($column),)* ")\nON CONFLICT (", stringify!($key), $(", ", stringify!($also),)* ") DO UPDATE SET ",
                stringify!($first), " = excluded.", stringify!($first),
                $(", ", stringify!($column), " = excluded.", stringify!($column),)*
            ),
            rusqlite::params![$id, $($part,)* $one, $($value),*],
        )
    };
}

pub(super) mod apps;
pub(super) mod business;
pub(super) mod calls;
pub(super) mod deliveries;
pub(super) mod messages;
pub(super) mod pairs;
pub(super) mod people;
pub(super) mod templates;

use callport_engine::Fault;
use serde::Serialize;

/// JSON text of a column.
fn json(value: &impl Serialize) -> Result<String, Fault> {
    serde_json::to_string(value).map_err(|why| Fault::new("store: commit", why))
}

/// A JSON array of texts.
fn list<'a>(texts: impl Iterator<Item = &'a str>) -> Result<String, Fault> {
    json(&texts.collect::<Vec<_>>())
}

/// An unsigned number as SQLite's signed one.
fn integer(value: impl TryInto<i64>, what: &'static str) -> Result<i64, Fault> {
    value.try_into().map_err(|_| Fault::new("store: commit", format!("{what} is too large to be stored")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sqlite::open;
    use callport_core::call_id::CallId;
    use callport_core::ids::{AppId, PhoneNumberId, TemplateId, UserId, WabaId};
    use callport_core::message::MessageId;
    use callport_core::number::PhoneNumber;
    use callport_core::token::SecretHash;
    use callport_engine::ports::{CallPage, MessagePage};
    use callport_engine::records::{DeliveryId, DeliveryState};

    /// Whatever runs while calls run finds its rows without reading a table from end to end, and in order without sorting.
    #[test]
    fn every_query_of_a_running_platform_has_its_index() {
        let folder = tempfile::tempdir().unwrap();
        let db = open::new_file(folder.path());
        let (app, waba, number) = (AppId::parse("1").unwrap(), WabaId::parse("1").unwrap(), PhoneNumberId::parse("1").unwrap());
        let (user, digits) = (UserId::parse("1").unwrap(), PhoneNumber::parse("15550000001").unwrap());
        let (hash, call) = (SecretHash::of("x"), CallId::parse("wacid.A").unwrap());
        let page = |number: Option<&PhoneNumberId>, user: Option<&UserId>| CallPage {
            number: number.cloned(),
            user: user.cloned(),
            before: Some(call.clone()),
            limit: 1,
        };
        let (all, of_number, of_user) = (page(None, None), page(Some(&number), None), page(None, Some(&user)));
        let of_pair = page(Some(&number), Some(&user));
        let (template, message) = (TemplateId::parse("1").unwrap(), MessageId::parse("wamid.A").unwrap());
        let older = MessagePage { number: number.clone(), user: user.clone(), before: Some(message.clone()), limit: 1 };
        let delivered = DeliveryState::Delivered { at: Default::default() };
        let last = DeliveryId(1);

        /// What is asked, for the text that it asks with, and the index that its plan begins with.
        macro_rules! expect {
            ($($module:ident::$asked:ident($($key:expr),*) $index:literal,)+) => {$(
                let _ = $module::$asked(&db $(, $key)*).unwrap(); // nothing is there; what counts is how it was asked
                let sql = *db.asked.borrow().last().unwrap();
                let mut explain = db.connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
                let plan = explain.raw_query().mapped(|row| row.get("detail")).collect::<Result<Vec<String>, _>>().unwrap();
                let costly = |step: &String| step.contains("TEMP B-TREE") || (step.starts_with("SCAN") && !step.contains("INDEX"));
                assert!(!plan.iter().any(costly), "{sql:?} sorts, or reads from end to end: {plan:?}");
                assert!(plan[0].contains($index), "{sql:?}: {plan:?}");
            )+};
        }
        expect! {
            business::number_by_id(&number) "PRIMARY KEY",
            business::number_by_digits(&digits) "sqlite_autoindex_numbers_2",
            business::numbers(&Some(waba.clone())) "numbers_by_waba",
            apps::app_by_id(&app) "PRIMARY KEY",
            apps::subscription(&app, &waba) "PRIMARY KEY",
            apps::subscriptions(&waba) "PRIMARY KEY",
            apps::phone_override(&app, &number) "PRIMARY KEY",
            apps::token_by_hash(&hash) "PRIMARY KEY",
            apps::tokens(&app) "tokens_by_app",
            people::user_by_id(&user) "PRIMARY KEY",
            people::user_by_number(&digits) "sqlite_autoindex_users_2",
            people::session_by_hash(&hash) "PRIMARY KEY",
            people::sessions(&Some(user.clone())) "sessions_by_user",
            people::invitation_by_hash(&hash) "PRIMARY KEY",
            pairs::pair(&number, &user) "PRIMARY KEY",
            pairs::pairs_of(&user) "pairs_by_user",
            messages::message_by_id(&message) "sqlite_autoindex_messages_1",
            messages::messages(&older) "messages_by_chat (number=? AND user=? AND rowid<?)",
            messages::unread_messages(&number, &user, &1) "messages_unread",
            templates::template_by_id(&template) "PRIMARY KEY",
            templates::templates(&waba) "sqlite_autoindex_templates_2",
            calls::business_calls_since(&number, &Default::default()) "COVERING INDEX calls_by_business",
            calls::call_by_id(&call) "sqlite_autoindex_calls_1",
            calls::live_calls() "calls_live",
            calls::calls(&all) "INTEGER PRIMARY KEY (rowid<?)",
            calls::calls(&of_number) "calls_by_number (number=? AND rowid<?)",
            calls::calls(&of_user) "calls_by_user (user=? AND rowid<?)",
            calls::calls(&of_pair) "calls_by_user (user=? AND rowid<?)",
            calls::timeline(&call) "timeline_by_call",
            deliveries::pending_deliveries() "deliveries_pending",
            deliveries::deliveries_of(&call) "deliveries_by_call",
            deliveries::delivery_by_id(&last) "INTEGER PRIMARY KEY",
            deliveries::settle_delivery(last, delivered, 1) "INTEGER PRIMARY KEY",
            deliveries::attempts(&last) "attempts_by_delivery",
        }
    }
}
