//! One change, one statement.

use callport_engine::Fault;
use callport_engine::ports::Change;

use super::db::Db;
use super::tables::{apps, business, calls, deliveries, messages, pairs, people, templates};

/// Makes a change, within whatever transaction the connection is in.
pub(super) fn make(db: &Db, change: &Change) -> Result<(), Fault> {
    match change {
        Change::PutPortfolio(row) => business::put_portfolio(db, row),
        Change::PutWaba(row) => business::put_waba(db, row),
        Change::PutNumber(row) => business::put_number(db, row),
        Change::PutApp(row) => apps::put_app(db, row),
        Change::PutSubscription(row) => apps::put_subscription(db, row),
        Change::RemoveSubscription(app, waba) => apps::remove_subscription(db, app, waba),
        Change::PutPhoneOverride(row) => apps::put_phone_override(db, row),
        Change::RemovePhoneOverride(app, number) => apps::remove_phone_override(db, app, number),
        Change::PutToken(row) => apps::put_token(db, row),
        Change::RemoveToken(hash) => apps::remove_token(db, hash),
        Change::PutUser(row) => people::put_user(db, row),
        Change::RemoveUser(id) => people::remove_user(db, id),
        Change::PutSession(row) => people::put_session(db, row),
        Change::RemoveSession(hash) => people::remove_session(db, hash),
        Change::PutInvitation(row) => people::put_invitation(db, row),
        Change::RemoveInvitation(hash) => people::remove_invitation(db, hash),
        Change::PutPair(row) => pairs::put_pair(db, row),
        Change::PutMessage(row) => messages::put_message(db, row),
        Change::PutTemplate(row) => templates::put_template(db, row),
        Change::RemoveTemplate(id) => templates::remove_template(db, id),
        Change::PutCall(row) => calls::put_call(db, row),
        Change::AddTimeline(row) => calls::add_timeline(db, row),
        Change::PutDelivery(row) => deliveries::put_delivery(db, row),
        Change::SettleDelivery(id, outcome, attempts) => deliveries::settle_delivery(db, *id, *outcome, *attempts),
        Change::AddAttempt(row) => deliveries::add_attempt(db, row),
    }
}
