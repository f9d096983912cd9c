//! Users, their browser sessions, and invitations.

use callport_core::ids::UserId;
use callport_core::number::PhoneNumber;
use callport_core::token::SecretHash;
use callport_engine::Fault;
use callport_engine::records::{Guest, Invitation, Session, User};
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

/// What is theirs goes by the trigger `users_leave`.
pub(crate) fn remove_user(id: &UserId) -> Query<'_> {
    query("DELETE FROM users WHERE id = ?").bind(id.as_str())
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
        "INSERT INTO sessions (cookie_hash, user, device, opened_at_ms, expires_at_ms) VALUES (?, ?, ?, ?, ?)
         ON CONFLICT (cookie_hash) DO UPDATE SET user = excluded.user, device = excluded.device, opened_at_ms = excluded.opened_at_ms,
             expires_at_ms = excluded.expires_at_ms",
    )
    .bind(session.hash.as_bytes().as_slice())
    .bind(session.user.as_str())
    .bind(session.device.word())
    .bind(session.opened_at.unix_millis())
    .bind(session.expires_at.unix_millis())
}

pub(crate) fn remove_session(hash: &SecretHash) -> Query<'_> {
    query("DELETE FROM sessions WHERE cookie_hash = ?").bind(hash.as_bytes().as_slice())
}

pub(crate) fn session_by_hash(hash: &SecretHash) -> Query<'_> {
    query("SELECT * FROM sessions WHERE cookie_hash = ?").bind(hash.as_bytes().as_slice())
}

pub(crate) fn sessions(user: Option<&UserId>) -> Query<'_> {
    match user {
        Some(user) => query("SELECT * FROM sessions WHERE user = ? ORDER BY opened_at_ms, cookie_hash").bind(user.as_str()),
        None => query("SELECT * FROM sessions ORDER BY opened_at_ms, cookie_hash"),
    }
}

pub(crate) fn read_session(row: &SqliteRow) -> Result<Session, Fault> {
    let row = Row::of("sessions", row);
    Ok(Session {
        hash: row.hash("cookie_hash")?,
        user: row.parsed("user", UserId::parse)?,
        device: row.word("device")?,
        opened_at: row.time("opened_at_ms")?,
        expires_at: row.time("expires_at_ms")?,
    })
}

pub(crate) fn put_invitation(invitation: &Invitation) -> Query<'_> {
    let (number, user) = match &invitation.guest {
        Guest::Anyone => (None, None),
        Guest::Number(number) => (Some(number), None),
        Guest::User(user) => (None, Some(user)),
    };
    query(
        "INSERT INTO invitations (code_hash, number, user, expires_at_ms, used_by) VALUES (?, ?, ?, ?, ?)
         ON CONFLICT (code_hash) DO UPDATE SET number = excluded.number, user = excluded.user, expires_at_ms = excluded.expires_at_ms,
             used_by = excluded.used_by",
    )
    .bind(invitation.hash.as_bytes().as_slice())
    .bind(number.map(PhoneNumber::digits))
    .bind(user.map(UserId::as_str))
    .bind(invitation.expires_at.unix_millis())
    .bind(invitation.used_by.as_ref().map(UserId::as_str))
}

pub(crate) fn remove_invitation(hash: &SecretHash) -> Query<'_> {
    query("DELETE FROM invitations WHERE code_hash = ?").bind(hash.as_bytes().as_slice())
}

pub(crate) fn invitations() -> Query<'static> {
    query("SELECT * FROM invitations ORDER BY expires_at_ms, code_hash")
}

pub(crate) fn invitation_by_hash(hash: &SecretHash) -> Query<'_> {
    query("SELECT * FROM invitations WHERE code_hash = ?").bind(hash.as_bytes().as_slice())
}

pub(crate) fn read_invitation(row: &SqliteRow) -> Result<Invitation, Fault> {
    let row = Row::of("invitations", row);
    let guest = match (row.maybe("number", PhoneNumber::parse)?, row.maybe("user", UserId::parse)?) {
        (_, Some(user)) => Guest::User(user),
        (Some(number), None) => Guest::Number(number),
        (None, None) => Guest::Anyone,
    };
    let (hash, expires_at) = (row.hash("code_hash")?, row.time("expires_at_ms")?);
    Ok(Invitation { hash, guest, expires_at, used_by: row.maybe("used_by", UserId::parse)? })
}
