//! Rows by their keys, with their versions, and the writes that change them.

use std::sync::Arc;

use callport_engine::Fault;
use callport_engine::ports::Versioned;
use callport_flow::{Key, Query, Row, Version, Write};

use super::db::Db;
use super::tables::{apps, business, calls, enrolments, messages, operators, pairs, people, sip, templates};

/// Where the row of each key stands, and how it is read: one table for every way of asking.
macro_rules! by_key {
    ($db:ident, $key:expr, $ask:ident) => {
        match $key {
            Key::Portfolio(id) => $ask!("portfolios WHERE id = ?", [id.as_str()], Portfolio, business::read_portfolio),
            Key::Waba(id) => $ask!("wabas WHERE id = ?", [id.as_str()], Waba, business::read_waba),
            Key::Number(id) => $ask!("numbers WHERE id = ?", [id.as_str()], Number, business::read_number),
            Key::NumberCalled(number) => $ask!("numbers WHERE number = ?", [number.digits()], Number, business::read_number),
            Key::NumberAccount(number, waba) => {
                let id = [number.as_str(), waba.as_str()];
                $ask!("number_accounts WHERE number = ? AND waba = ?", id, NumberAccount, operators::read_account)
            }
            Key::SipServer(number, app) => {
                let id = [number.as_str(), app.as_str()];
                $ask!("sip_servers WHERE number = ? AND app = ?", id, SipServer, |row| sip::read_server(row, &$db.seal))
            }
            Key::Routing(reach) => {
                $ask!("routings WHERE reach = ? AND id = ?", operators::reach(reach), Routing, operators::read_routing)
            }
            Key::App(id) => $ask!("apps WHERE id = ?", [id.as_str()], App, |row| apps::read_app(row, &$db.seal)),
            Key::Grant(app, waba) => {
                $ask!("grants WHERE waba = ? AND app = ?", [waba.as_str(), app.as_str()], Grant, apps::read_grant)
            }
            Key::Subscription(app, waba) => {
                $ask!("subscriptions WHERE waba = ? AND app = ?", [waba.as_str(), app.as_str()], Subscription, |row| {
                    apps::read_subscription(row, &$db.seal)
                })
            }
            Key::PhoneOverride(app, number) => {
                let id = [app.as_str(), number.as_str()];
                $ask!("phone_overrides WHERE app = ? AND number = ?", id, PhoneOverride, |row| apps::read_phone_override(row, &$db.seal))
            }
            Key::Token(hash) => $ask!("tokens WHERE token_hash = ?", [hash.as_bytes()], Token, apps::read_token),
            Key::User(id) => $ask!("users WHERE id = ?", [id.as_str()], User, people::read_user),
            Key::UserCalled(number) => $ask!("users WHERE number = ?", [number.digits()], User, people::read_user),
            Key::UserKnownAs(portfolio, id) => {
                let id = [portfolio.as_str(), id.as_str()];
                $ask!("users WHERE id = (SELECT user FROM bsuids WHERE portfolio = ? AND bsuid = ?)", id, User, people::read_user)
            }
            Key::Session(hash) => $ask!("sessions WHERE cookie_hash = ?", [hash.as_bytes()], Session, people::read_session),
            Key::Invitation(hash) => $ask!("invitations WHERE code_hash = ?", [hash.as_bytes()], Invitation, people::read_invitation),
            Key::Pair(number, user) => {
                $ask!("pairs WHERE number = ? AND user = ?", [number.as_str(), user.as_str()], Pair, pairs::read_pair)
            }
            Key::Thread(number, user) => {
                $ask!("threads WHERE number = ? AND user = ?", [number.as_str(), user.as_str()], Thread, operators::read_thread)
            }
            Key::Message(id) => $ask!("messages WHERE id = ?", [id.as_str()], Message, messages::read_message),
            Key::Template(id) => $ask!("templates WHERE id = ?", [id.as_str()], Template, templates::read_template),
            Key::TemplateNamed(waba, name, language) => {
                let id = [waba.as_str(), name, language];
                $ask!("templates WHERE waba = ? AND name = ? AND language = ?", id, Template, templates::read_template)
            }
            Key::Enrolment(kind, id) => {
                $ask!("enrolments WHERE kind = ? AND id = ?", [kind.name(), id.as_str()], Enrolment, |row| {
                    enrolments::read_enrolment(row, &$db.seal)
                })
            }
            Key::Call(id) => {
                $ask!("calls WHERE no = (SELECT no FROM call_ids WHERE id = ?)", [id.as_str()], Call, |row| calls::read_row($db, id, row))
            }
        }
    };
}

/// A row as it stands.
pub(super) fn row(db: &Db, key: &Key) -> Result<Versioned, Fault> {
    macro_rules! read {
        ($which:literal, $id:expr, $kind:ident, $read:expr) => {
            db.one(concat!("SELECT * FROM ", $which), $id, |row| versioned(row, Row::$kind(($read)(row)?)))
        };
    }
    let found = by_key!(db, key, read)?;
    Ok(found.map(|(version, row)| Versioned { version, row: Some(row) }).unwrap_or_default())
}

/// Of a row as it stands; 0 without one.
pub(super) fn version(db: &Db, key: &Key) -> Result<Version, Fault> {
    macro_rules! look {
        ($which:literal, $id:expr, $kind:ident, $read:expr) => {
            db.one(concat!("SELECT version FROM ", $which), $id, version_of)
        };
    }
    by_key!(db, key, look).map(Option::unwrap_or_default)
}

/// Rows that are found, not named.
pub(super) fn rows(db: &Db, query: &Query) -> Result<Vec<(Version, Arc<Row>)>, Fault> {
    match query {
        Query::Unread(number, user, limit) => db.all(messages::UNREAD, (number.as_str(), user.as_str(), limit), |row| {
            versioned(row, Row::Message(messages::read_message(row)?))
        }),
        Query::Sessions(user) => {
            db.all(people::SESSIONS_OF, [user.as_str()], |row| versioned(row, Row::Session(people::read_session(row)?)))
        }
        Query::Accounts(number) => {
            db.all(operators::ACCOUNTS_OF, [number.as_str()], |row| versioned(row, Row::NumberAccount(operators::read_account(row)?)))
        }
        Query::SipServers(number) => {
            db.all(sip::SERVERS_OF, [number.as_str()], |row| versioned(row, Row::SipServer(sip::read_server(row, &db.seal)?)))
        }
        Query::Enrolments(kind, owner, limit) => db.all(enrolments::ENROLMENTS_OF, (kind.name(), owner, limit), |row| {
            versioned(row, Row::Enrolment(enrolments::read_enrolment(row, &db.seal)?))
        }),
        Query::NumbersOf(portfolio, limit) => {
            db.all(enrolments::NUMBERS_OF, (portfolio.as_str(), limit), |row| versioned(row, Row::Number(business::read_number(row)?)))
        }
        Query::ChatsOf(user, limit) => {
            let of = (user.as_str(), limit);
            let mut rows = db.all(pairs::CHATS_OF, of, |row| versioned(row, Row::Pair(pairs::read_pair(row)?)))?;
            rows.extend(db.all(pairs::NUMBERS_OF_CHATS, of, |row| versioned(row, Row::Number(business::read_number(row)?)))?);
            rows.extend(db.all(pairs::ACCOUNTS_OF_CHATS, of, |row| versioned(row, Row::Waba(business::read_waba(row)?)))?);
            Ok(rows)
        }
        Query::CallsOfPair(number, user, limit) => {
            db.all(calls::CALLS_OF_PAIR, (number.as_str(), user.as_str(), limit), |row| versioned(row, Row::Call(calls::read_found(row)?)))
        }
        Query::Grants(waba) => db.all(apps::GRANTS_OF, [waba.as_str()], |row| versioned(row, Row::Grant(apps::read_grant(row)?))),
        Query::WabasOf(portfolio, limit) => {
            db.all(business::WABAS_OF, (portfolio.as_str(), limit), |row| versioned(row, Row::Waba(business::read_waba(row)?)))
        }
        Query::AppsOf(portfolio, limit) => {
            db.all(apps::APPS_OF, (portfolio.as_str(), limit), |row| versioned(row, Row::App(apps::read_app(row, &db.seal)?)))
        }
        Query::SharesFor(portfolio, limit) => db.all(operators::SHARES_FOR, (portfolio.as_str(), limit), |row| {
            versioned(row, Row::NumberAccount(operators::read_account(row)?))
        }),
        Query::RoutingsNaming(portfolio, limit) => db.all(operators::ROUTINGS_NAMING, (portfolio.as_str(), limit), |row| {
            versioned(row, Row::Routing(operators::read_routing(row)?))
        }),
        Query::NumbersIn(waba, limit) => {
            db.all(business::NUMBERS_IN, (waba.as_str(), limit), |row| versioned(row, Row::Number(business::read_number(row)?)))
        }
        Query::SharesOf(waba, limit) => {
            db.all(operators::SHARES_OF, (waba.as_str(), limit), |row| versioned(row, Row::NumberAccount(operators::read_account(row)?)))
        }
        Query::LiveCalls(number, limit) => {
            db.all(calls::LIVE_CALLS_OF, (number.as_str(), limit), |row| versioned(row, Row::Call(calls::read_found(row)?)))
        }
        Query::Templates(waba) => {
            db.all(templates::TEMPLATES_OF, [waba.as_str()], |row| versioned(row, Row::Template(templates::read_template(row)?)))
        }
    }
}

fn versioned(row: &rusqlite::Row<'_>, read: Row) -> Result<(Version, Arc<Row>), Fault> {
    Ok((version_of(row)?, Arc::new(read)))
}

fn version_of(row: &rusqlite::Row<'_>) -> Result<Version, Fault> {
    super::row::Row::of("a row", row).unsigned("version")
}

/// Makes a write, within whatever transaction the connection is in.
pub(super) fn write(db: &Db, version: i64, write: &Write) -> Result<(), Fault> {
    match write {
        Write::Put(row) => put(db, version, row),
        Write::Remove(key) => remove(db, key),
    }
}

fn put(db: &Db, version: i64, row: &Row) -> Result<(), Fault> {
    match row {
        Row::Portfolio(row) => business::put_portfolio(db, version, row),
        Row::Waba(row) => business::put_waba(db, version, row),
        Row::Number(row) => business::put_number(db, version, row),
        Row::NumberAccount(row) => operators::put_account(db, version, row),
        Row::SipServer(row) => sip::put_server(db, version, row),
        Row::Routing(row) => operators::put_routing(db, version, row),
        Row::App(row) => apps::put_app(db, version, row),
        Row::Grant(row) => apps::put_grant(db, version, row),
        Row::Subscription(row) => apps::put_subscription(db, version, row),
        Row::PhoneOverride(row) => apps::put_phone_override(db, version, row),
        Row::Token(row) => apps::put_token(db, version, row),
        Row::User(row) => people::put_user(db, version, row),
        Row::Session(row) => people::put_session(db, version, row),
        Row::Invitation(row) => people::put_invitation(db, version, row),
        Row::Pair(row) => pairs::put_pair(db, version, row),
        Row::Thread(row) => operators::put_thread(db, version, row),
        Row::Message(row) => messages::put_message(db, version, row),
        Row::Template(row) => templates::put_template(db, version, row),
        Row::Call(row) => calls::put_call(db, version, row),
        Row::Enrolment(row) => enrolments::put_enrolment(db, version, row),
    }
}

/// What is said about users, apps, accounts and numbers goes with them, by triggers: `users_leave` and the like.
fn remove(db: &Db, key: &Key) -> Result<(), Fault> {
    macro_rules! delete {
        ($which:literal, $id:expr, $kind:ident, $read:expr) => {
            db.write(concat!("DELETE FROM ", $which), $id)
        };
    }
    by_key!(db, key, delete).map(drop)
}
