//! Users, their browser sessions, and invitations.

use callport_core::ids::UserId;
use callport_core::number::PhoneNumber;
use callport_core::token::SecretHash;
use callport_engine::Fault;
use callport_engine::records::{Invitation, Session, User};
use sqlx::query;
use sqlx::sqlite::SqliteRow;

use super::Query;
use crate::sqlite::row::Row;
use crate::sqlite::words::Word as _;

pub(crate) fn put_user(user: &User) -> Query<'_> {
    query(
        "INSERT INTO users (id, number, name, username, outdated_app) VALUES (?, ?, ?, ?, ?)
         ON CONFLICT (id) DO UPDATE SET number = excluded.number, name = excluded.name, username = excluded.username,
             outdated_app = excluded.outdated_app",
    )
    .bind(user.id.as_str())
    .bind(user.number.digits())
    .bind(&user.name)
    .bind(user.username.as_deref())
    .bind(user.outdated_app)
}

pub(crate) fn user_by_id(id: &UserId) -> Query<'_> {
    query("SELECT * FROM users WHERE id = ?").bind(id.as_str())
}

pub(crate) fn user_by_number(number: &PhoneNumber) -> Query<'_> {
    query("SELECT * FROM users WHERE number = ?").bind(number.digits())
}

pub(crate) fn users() -> Query<'static> {
    query("SELECT * FROM users ORDER BY id")
}

pub(crate) fn read_user(row: &SqliteRow) -> Result<User, Fault> {
    let row = Row::of("users", row);
    Ok(User {
        id: row.parsed("id", UserId::parse)?,
        number: row.parsed("number", PhoneNumber::parse)?,
        name: row.plain("name")?,
        username: row.plain("username")?,
        outdated_app: row.plain::<i64>("outdated_app")? != 0,
    })
}

pub(crate) fn put_session(session: &Session) -> Query<'_> {
    query(
        "INSERT INTO sessions (cookie_hash, user, device, expires_at_ms) VALUES (?, ?, ?, ?)
         ON CONFLICT (cookie_hash) DO UPDATE SET user = excluded.user, device = excluded.device, expires_at_ms = excluded.expires_at_ms",
    )
    .bind(session.hash.as_bytes().as_slice())
    .bind(session.user.as_str())
    .bind(session.device.word())
    .bind(session.expires_at.unix_millis())
}

pub(crate) fn remove_session(hash: &SecretHash) -> Query<'_> {
    query("DELETE FROM sessions WHERE cookie_hash = ?").bind(hash.as_bytes().as_slice())
}

pub(crate) fn session_by_hash(hash: &SecretHash) -> Query<'_> {
    query("SELECT * FROM sessions WHERE cookie_hash = ?").bind(hash.as_bytes().as_slice())
}

pub(crate) fn read_session(row: &SqliteRow) -> Result<Session, Fault> {
    let row = Row::of("sessions", row);
    Ok(Session {
        hash: row.hash("cookie_hash")?,
        user: row.parsed("user", UserId::parse)?,
        device: row.word("device")?,
        expires_at: row.time("expires_at_ms")?,
    })
}

pub(crate) fn put_invitation(invitation: &Invitation) -> Query<'_> {
    query(
        "INSERT INTO invitations (code_hash, expires_at_ms, used_by) VALUES (?, ?, ?)
         ON CONFLICT (code_hash) DO UPDATE SET expires_at_ms = excluded.expires_at_ms, used_by = excluded.used_by",
    )
    .bind(invitation.hash.as_bytes().as_slice())
    .bind(invitation.expires_at.unix_millis())
    .bind(invitation.used_by.as_ref().map(UserId::as_str))
}

pub(crate) fn invitation_by_hash(hash: &SecretHash) -> Query<'_> {
    query("SELECT * FROM invitations WHERE code_hash = ?").bind(hash.as_bytes().as_slice())
}

pub(crate) fn read_invitation(row: &SqliteRow) -> Result<Invitation, Fault> {
    let row = Row::of("invitations", row);
    Ok(Invitation { hash: row.hash("code_hash")?, expires_at: row.time("expires_at_ms")?, used_by: row.maybe("used_by", UserId::parse)? })
}
