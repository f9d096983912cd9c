//! SQL, table by table: statements that write a record, queries, and the way from a row back to the record.

/// Inserts a row, or changes what follows the key in the row that has this key. Each column stands beside its value.
macro_rules! put {
    ($db:ident, $version:ident, $table:literal [$key:ident: $id:expr $(, $also:ident: $part:expr)*] {
        $($column:ident: $value:expr),+ $(,)?
    }) => {
        $db.write(
            concat!(
                "INSERT INTO ", $table, " (", stringify!($key), $(", ", stringify!($also),)* $(", ", stringify!($column),)+
                ", version)\nVALUES (:", stringify!($key), $(", :", stringify!($also),)* $(", :", stringify!($column),)+
                ", :version)\nON CONFLICT (", stringify!($key), $(", ", stringify!($also),)* ") DO UPDATE SET version = excluded.version",
                $(", ", stringify!($column), " = excluded.", stringify!($column),)+
            ),
            rusqlite::params![$id, $($part,)* $($value,)+ $version],
        ).map(drop)
    };
}

pub(super) mod apps;
pub(super) mod bsuids;
pub(super) mod business;
pub(super) mod call_ids;
pub(super) mod calls;
pub(super) mod commits;
pub(super) mod deliveries;
pub(super) mod enrolments;
pub(super) mod journal;
pub(super) mod messages;
pub(super) mod nodes;
pub(super) mod old;
pub(super) mod operators;
pub(super) mod pairs;
pub(super) mod people;
pub(super) mod sip;
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
    use super::call_ids::Numbers;
    use super::*;
    use crate::sqlite::db::Db;
    use crate::sqlite::{open, rows};
    use callport_core::bsuid::Bsuid;
    use callport_core::call_id::CallId;
    use callport_core::ids::{AppId, PhoneNumberId, PortfolioId, TemplateId, UserId, WabaId};
    use callport_core::message::MessageId;
    use callport_core::number::PhoneNumber;
    use callport_core::scope::Field;
    use callport_core::time::WallTime;
    use callport_core::token::SecretHash;
    use callport_engine::ports::{CallPage, JournalPage, MessagePage, NewDelivery, Old, Page};
    use callport_engine::records::{DeliveryId, DeliveryState, EnrolmentKind, RoutingReach};
    use callport_flow::journal::{About, Entry, Fact};
    use callport_flow::{Key, PickUpAsk, Query};
    use std::sync::Arc;

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
        let (delivered, last, moment) = (DeliveryState::Delivered { at: WallTime::default() }, DeliveryId(1), WallTime::default());
        let (portfolio, id) = (PortfolioId::parse("1").unwrap(), Bsuid::parse("US.1").unwrap());
        let entries = |page: JournalPage| JournalPage { after: 1, limit: 1, ..page };
        let none = JournalPage::default;
        let of = Some(waba.clone());
        let about = About { delivery: Some(1), ..About::default() };
        let entry = Entry::new(moment, about, Fact::UserBusy);
        let unread = Query::Unread(number.clone(), user.clone(), 1);

        /// What is asked, for the text that it asks with, and the index that its plan begins with.
        macro_rules! expect {
            ($($module:ident::$asked:ident($($key:expr),*) $index:literal,)+) => {$(
                let _ = $module::$asked(&db $(, $key)*).unwrap(); // nothing is there; what counts is how it was asked
                let sql = *db.asked.borrow().last().unwrap();
                let plan = plan_of(&db, sql);
                assert!(!plan.iter().any(|step| costly(step)), "{sql:?} sorts, or reads from end to end: {plan:?}");
                assert!(plan[0].contains($index), "{sql:?}: {plan:?}");
            )+};
        }
        expect! {
            rows::row(&Key::Portfolio(portfolio.clone())) "PRIMARY KEY",
            rows::row(&Key::Waba(waba.clone())) "PRIMARY KEY",
            rows::row(&Key::Number(number.clone())) "PRIMARY KEY",
            rows::row(&Key::NumberCalled(digits.clone())) "sqlite_autoindex_numbers_2",
            rows::row(&Key::NumberAccount(number.clone(), waba.clone())) "PRIMARY KEY",
            rows::row(&Key::SipServer(number.clone(), app.clone())) "PRIMARY KEY",
            rows::row(&Key::Routing(RoutingReach::Number(number.clone()))) "PRIMARY KEY",
            rows::row(&Key::Thread(number.clone(), user.clone())) "PRIMARY KEY",
            rows::row(&Key::App(app.clone())) "PRIMARY KEY",
            rows::row(&Key::Subscription(app.clone(), waba.clone())) "PRIMARY KEY",
            rows::row(&Key::Grant(app.clone(), waba.clone())) "PRIMARY KEY",
            rows::row(&Key::PhoneOverride(app.clone(), number.clone())) "PRIMARY KEY",
            rows::row(&Key::Token(hash)) "PRIMARY KEY",
            rows::row(&Key::User(user.clone())) "PRIMARY KEY",
            rows::row(&Key::UserCalled(digits)) "sqlite_autoindex_users_2",
            rows::row(&Key::UserKnownAs(portfolio.clone(), id)) "PRIMARY KEY",
            rows::row(&Key::Session(hash)) "PRIMARY KEY",
            rows::row(&Key::Invitation(hash)) "PRIMARY KEY",
            rows::row(&Key::Pair(number.clone(), user.clone())) "PRIMARY KEY",
            rows::row(&Key::Message(message)) "sqlite_autoindex_messages_1",
            rows::row(&Key::Template(template)) "PRIMARY KEY",
            rows::row(&Key::TemplateNamed(waba.clone(), "a".into(), "en".into())) "sqlite_autoindex_templates_2",
            rows::row(&Key::Enrolment(EnrolmentKind::Code, "a".into())) "PRIMARY KEY",
            rows::row(&Key::Call(call.clone())) "INTEGER PRIMARY KEY",
            rows::version(&Key::Call(call.clone())) "INTEGER PRIMARY KEY",
            calls::pick_ups(&PickUpAsk { number: number.clone(), since: moment, among: 1 }) "calls_by_number",
            rows::rows(&unread) "messages_unread",
            rows::rows(&Query::Sessions(user.clone())) "sessions_by_user",
            rows::rows(&Query::Templates(waba.clone())) "sqlite_autoindex_templates_2",
            rows::rows(&Query::Accounts(number.clone())) "PRIMARY KEY",
            rows::rows(&Query::SipServers(number.clone())) "PRIMARY KEY",
            rows::rows(&Query::Enrolments(EnrolmentKind::Code, "1".into(), 1)) "enrolments_by_owner",
            rows::rows(&Query::NumbersOf(portfolio.clone(), 1)) "wabas_by_portfolio",
            rows::rows(&Query::ChatsOf(user.clone(), 1)) "PRIMARY KEY",
            rows::rows(&Query::CallsOfPair(number.clone(), user.clone(), 1)) "calls_by_user",
            rows::rows(&Query::Grants(waba.clone())) "PRIMARY KEY",
            rows::rows(&Query::WabasOf(portfolio.clone(), 1)) "wabas_by_portfolio",
            rows::rows(&Query::AppsOf(portfolio.clone(), 1)) "apps_by_business",
            rows::rows(&Query::SharesFor(portfolio.clone(), 1)) "number_accounts_by_partner",
            rows::rows(&Query::NumbersIn(waba.clone(), 1)) "numbers_by_waba",
            rows::rows(&Query::SharesOf(waba.clone(), 1)) "number_accounts_by_waba",
            rows::rows(&Query::LiveCalls(number.clone(), 1)) "calls_live",
            enrolments::wabas_of(&portfolio, &Page::first(1)) "wabas_by_portfolio",
            business::portfolios(&Page::first(1)) "PRIMARY KEY",
            business::wabas(&Page::first(1)) "PRIMARY KEY",
            business::numbers(&of, &Page::first(1)) "numbers_by_waba (waba=? AND id>?)",
            business::numbers(&None, &Page::first(1)) "PRIMARY KEY",
            apps::apps(&Page::first(1)) "PRIMARY KEY",
            apps::grants(&waba) "PRIMARY KEY",
            apps::subscriptions(&waba) "PRIMARY KEY",
            apps::tokens(&app) "tokens_by_app",
            people::users(&Page::first(1)) "PRIMARY KEY",
            people::sessions(&Some(user.clone())) "sessions_by_user",
            pairs::pairs_of(&user) "pairs_by_user",
            messages::messages(&older) "messages_by_chat (number=? AND user=? AND rowid<?)",
            calls::live_calls() "calls_live",
            calls::left_behind() "calls_live",
            calls::holder(&user) "calls_holding",
            calls::concurrent(&number) "PRIMARY KEY",
            calls::started(&number, moment, 1) "calls_by_start (number=? AND start_no=?)",
            calls::calls(&all) "INTEGER PRIMARY KEY (rowid<?)",
            calls::calls(&of_number) "calls_by_number (number=? AND rowid<?)",
            calls::calls(&of_user) "calls_by_user (user=? AND rowid<?)",
            calls::calls(&of_pair) "calls_by_user (user=? AND rowid<?)",
            deliveries::adopt(1) "deliveries_pending",
            deliveries::deliveries_of(&call) "deliveries_by_call",
            deliveries::delivery_by_id(&last) "INTEGER PRIMARY KEY",
            deliveries::open_in_lane(&1, &last) "INTEGER PRIMARY KEY",
            deliveries::settle(last, 1, delivered) "INTEGER PRIMARY KEY",
            journal::page(&entries(none())) "INTEGER PRIMARY KEY (rowid>?)",
            journal::page(&entries(JournalPage { call: Some(call.clone()), ..none() })) "journal_by_call (call_no=? AND rowid>?)",
            journal::page(&entries(JournalPage { number: Some(number.clone()), ..none() })) "INTEGER PRIMARY KEY (rowid>?)",
            journal::page(&entries(JournalPage { delivery: Some(last), ..none() })) "journal_by_delivery (delivery=? AND rowid>?)",
            commits::outcome(1) "INTEGER PRIMARY KEY",
            nodes::lives(1) "INTEGER PRIMARY KEY",
        }
        let _ = (
            journal::add_attempt(&db, &entry, 1).unwrap(),
            deliveries::queue(&db, 1, &webhook(Some(call), None), &mut Numbers::default()).unwrap(),
        );
        for (what, index) in [
            (Old::Calls, "calls_over"),
            (Old::Messages, "messages_by_time"),
            (Old::Deliveries, "deliveries_settled"),
            (Old::Entries, "INTEGER PRIMARY KEY"),
            (Old::Sessions, "sessions_by_end"),
            (Old::Invitations, "invitations_by_end"),
            (Old::Enrolments, "enrolments_by_end"),
        ] {
            let asked = db.asked.borrow().len();
            old::remove(&db, what, moment, 1).unwrap();
            let texts = db.asked.borrow()[asked..].to_vec(); // with the journal go ids that nothing names any more
            assert_eq!(texts.len(), if what == Old::Entries { 2 } else { 1 });
            for sql in texts {
                let plan = plan_of(&db, sql);
                assert!(plan.iter().any(|step| step.contains(index)), "{sql:?}: {plan:?}");
                assert!(!plan.iter().any(|step| costly(step)), "{sql:?} sorts, or reads from end to end: {plan:?}");
            }
        }
        // The latest open one of a lane, and what is open in it.
        let message = MessageId::parse("wamid.A").unwrap();
        for (webhook, index) in [
            (webhook(Some(CallId::parse("wacid.A").unwrap()), None), "deliveries_by_call (call_no=?"),
            (webhook(None, Some(message)), "deliveries_by_message (message=?"),
        ] {
            let asked = db.asked.borrow().len();
            let queued = deliveries::queue(&db, 1, &webhook, &mut Numbers::default()).unwrap();
            deliveries::open_in_lane(&db, &1, &queued.id).unwrap();
            let mut texts = db.asked.borrow()[asked..].to_vec();
            texts.retain(|sql| sql.contains("INDEXED BY"));
            assert_eq!(texts.len(), 2);
            for sql in texts {
                let plan = plan_of(&db, sql);
                assert!(plan[0].contains(index), "{sql:?}: {plan:?}");
                assert!(!plan.iter().any(|step| costly(step)), "{sql:?} sorts, or reads from end to end: {plan:?}");
            }
        }
    }

    fn plan_of(db: &Db, sql: &str) -> Vec<String> {
        let mut explain = db.connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
        explain.raw_query().mapped(|row| row.get("detail")).collect::<Result<Vec<String>, _>>().unwrap()
    }

    fn costly(step: &str) -> bool {
        step.contains("TEMP B-TREE") || (step.starts_with("SCAN") && !step.contains("INDEX"))
    }

    fn webhook(call: Option<CallId>, message: Option<MessageId>) -> NewDelivery {
        NewDelivery {
            app: AppId::parse("1").unwrap(),
            waba: WabaId::parse("1").unwrap(),
            number: None,
            field: Field::Calls,
            event: "connect",
            call,
            message,
            body: Arc::from([]),
            created_at: WallTime::default(),
        }
    }
}
