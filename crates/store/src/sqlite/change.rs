//! One change, one statement; lines of a timeline that come together share one, because each statement is a question to another thread.

use callport_engine::Fault;
use callport_engine::ports::Change;
use sqlx::{Execute as _, SqliteConnection};

use super::tables::{Query, apps, business, calls, deliveries, messages, pairs, people, templates};
use crate::key::Seal;

/// Makes all changes in their order, within whatever transaction the connection is in.
pub(super) async fn make_all(connection: &mut SqliteConnection, changes: &[Change], seal: &Seal) -> Result<(), Fault> {
    for together in changes.chunk_by(|one, next| matches!((one, next), (Change::AddTimeline(_), Change::AddTimeline(_)))) {
        if let Err(why) = statement_of(together, seal)?.execute(&mut *connection).await {
            return Err(refused(statement_of(together, seal)?, &why));
        }
    }
    Ok(())
}

/// One change, or several lines of a timeline.
fn statement_of<'q>(together: &'q [Change], seal: &Seal) -> Result<Query<'q>, Fault> {
    match together {
        [change] => statement(change, seal),
        lines => calls::add_timelines(lines.iter().filter_map(|change| match change {
            Change::AddTimeline(line) => Some(line),
            _ => None,
        })),
    }
}

fn statement<'q>(change: &'q Change, seal: &Seal) -> Result<Query<'q>, Fault> {
    Ok(match change {
        Change::PutPortfolio(row) => business::put_portfolio(row),
        Change::PutWaba(row) => business::put_waba(row),
        Change::PutNumber(row) => business::put_number(row)?,
        Change::PutApp(row) => apps::put_app(row, seal)?,
        Change::PutSubscription(row) => apps::put_subscription(row, seal)?,
        Change::RemoveSubscription(app, waba) => apps::remove_subscription(app, waba),
        Change::PutPhoneOverride(row) => apps::put_phone_override(row, seal)?,
        Change::RemovePhoneOverride(app, number) => apps::remove_phone_override(app, number),
        Change::PutToken(row) => apps::put_token(row)?,
        Change::RemoveToken(hash) => apps::remove_token(hash),
        Change::PutUser(row) => people::put_user(row),
        Change::RemoveUser(id) => people::remove_user(id),
        Change::PutSession(row) => people::put_session(row),
        Change::RemoveSession(hash) => people::remove_session(hash),
        Change::PutInvitation(row) => people::put_invitation(row),
        Change::RemoveInvitation(hash) => people::remove_invitation(hash),
        Change::PutPair(row) => pairs::put_pair(row)?,
        Change::PutMessage(row) => messages::put_message(row)?,
        Change::PutTemplate(row) => templates::put_template(row),
        Change::RemoveTemplate(id) => templates::remove_template(id),
        Change::PutCall(row) => calls::put_call(row)?,
        Change::AddTimeline(row) => calls::add_timeline(row),
        Change::PutDelivery(row) => deliveries::put_delivery(row)?,
        Change::SettleDelivery(id, outcome, attempts) => deliveries::settle_delivery(*id, *outcome, *attempts)?,
        Change::AddAttempt(row) => deliveries::add_attempt(row)?,
    })
}

/// Names the table by the statement's first words (a constant, so no data): SQLite does not say which foreign key failed.
fn refused(statement: Query<'_>, why: &sqlx::Error) -> Fault {
    let sql = statement.sql();
    let what = sql.as_str().split(['(', '\n']).next().unwrap_or_default().trim();
    Fault::new("store: commit", format!("{what}: {why}"))
}
