//! SQL, table by table: statements that write a record, queries, and the way from a row back to the record.

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
use sqlx::Sqlite;
use sqlx::sqlite::SqliteArguments;

/// A statement with its values. The text is always a constant.
pub(super) type Query<'q> = sqlx::query::Query<'q, Sqlite, SqliteArguments>;

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
    use sqlx::{AssertSqlSafe, Execute as _, Row as _};

    /// Whatever runs while calls run finds its rows without reading a table from end to end, and in order without sorting.
    #[tokio::test]
    async fn every_query_of_a_running_platform_has_its_index() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("callport.db");
        let _lock = open::claim(&path).unwrap();
        let mut connection = open::writing(&path).await.unwrap();
        open::bring_up_to_date(&mut connection).await.unwrap();

        let (app, waba, number) = (AppId::parse("1").unwrap(), WabaId::parse("1").unwrap(), PhoneNumberId::parse("1").unwrap());
        let (user, digits) = (UserId::parse("1").unwrap(), PhoneNumber::parse("15550000001").unwrap());
        let (hash, call) = (SecretHash::of("x"), CallId::parse("wacid.A").unwrap());
        let page = |number: Option<&PhoneNumberId>, user: Option<&UserId>| CallPage {
            number: number.cloned(),
            user: user.cloned(),
            before: None,
            limit: 1,
        };
        let (all, of_number, of_user) = (page(None, None), page(Some(&number), None), page(None, Some(&user)));
        let of_pair_before = CallPage { before: Some(call.clone()), ..page(Some(&number), Some(&user)) };
        let (template, message) = (TemplateId::parse("1").unwrap(), MessageId::parse("wamid.A").unwrap());
        let newest = MessagePage { number: number.clone(), user: user.clone(), before: None, limit: 1 };
        let older = MessagePage { before: Some(message.clone()), ..newest.clone() };
        let delivered = DeliveryState::Delivered { at: Default::default() };
        let expected = [
            (business::number_by_id(&number), "PRIMARY KEY"),
            (business::number_by_digits(&digits), "sqlite_autoindex_numbers_2"),
            (business::numbers(Some(&waba)), "numbers_by_waba"),
            (apps::app_by_id(&app), "PRIMARY KEY"),
            (apps::subscription(&app, &waba), "PRIMARY KEY"),
            (apps::subscriptions(&waba), "PRIMARY KEY"),
            (apps::phone_override(&app, &number), "PRIMARY KEY"),
            (apps::token_by_hash(&hash), "PRIMARY KEY"),
            (apps::tokens(&app), "tokens_by_app"),
            (people::user_by_id(&user), "PRIMARY KEY"),
            (people::user_by_number(&digits), "sqlite_autoindex_users_2"),
            (people::session_by_hash(&hash), "PRIMARY KEY"),
            (people::sessions(Some(&user)), "sessions_by_user"),
            (people::invitation_by_hash(&hash), "PRIMARY KEY"),
            (pairs::pair(&number, &user), "PRIMARY KEY"),
            (pairs::pairs_of(&user), "pairs_by_user"),
            (messages::message_by_id(&message), "sqlite_autoindex_messages_1"),
            (messages::messages(&newest), "messages_by_chat"),
            (messages::messages(&older), "messages_by_chat (number=? AND user=? AND rowid<?)"),
            (messages::unread_messages(&number, &user, 1), "messages_unread"),
            (templates::template_by_id(&template), "PRIMARY KEY"),
            (templates::templates(&waba), "sqlite_autoindex_templates_2"),
            (calls::business_calls_since(&number, Default::default()), "COVERING INDEX calls_by_business"),
            (calls::call_by_id(&call), "sqlite_autoindex_calls_1"),
            (calls::live_calls(), "calls_live"),
            (calls::calls(&all), "SCAN calls"),
            (calls::calls(&of_number), "calls_by_number"),
            (calls::calls(&of_user), "calls_by_user"),
            (calls::calls(&of_pair_before), "calls_by_user (user=? AND rowid<?)"),
            (calls::timeline(&call), "timeline_by_call"),
            (deliveries::pending_deliveries(), "deliveries_pending"),
            (deliveries::deliveries_of(&call), "deliveries_by_call"),
            (deliveries::delivery_by_id(DeliveryId(1)).unwrap(), "INTEGER PRIMARY KEY"),
            (deliveries::settle_delivery(DeliveryId(1), delivered, 1).unwrap(), "INTEGER PRIMARY KEY"),
            (deliveries::attempts(DeliveryId(1)).unwrap(), "attempts_by_delivery"),
        ];
        for (query, index) in expected {
            let sql = query.sql();
            let explain = AssertSqlSafe(format!("EXPLAIN QUERY PLAN {}", sql.as_str()));
            let rows = sqlx::query(explain).fetch_all(&mut connection).await.unwrap();
            let plan: Vec<String> = rows.iter().map(|row| row.get("detail")).collect();
            // The whole call log is read from its end, as far as its limit.
            let costly = |step: &String| {
                step.contains("TEMP B-TREE") || (step.starts_with("SCAN") && !step.contains("INDEX") && index != "SCAN calls")
            };
            assert!(!plan.iter().any(costly), "{sql:?} sorts, or reads from end to end: {plan:?}");
            assert!(plan[0].contains(index), "{sql:?}: {plan:?}");
        }
    }
}
