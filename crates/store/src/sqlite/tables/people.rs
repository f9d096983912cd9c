//! Users, their browser sessions, and invitations.

use callport_core::ids::UserId;
use callport_core::number::PhoneNumber;
use callport_core::words::Word as _;
use callport_engine::Fault;
use callport_engine::ports::Page;
use callport_engine::records::{Guest, Invitation, Session, User};

use super::bsuids;
use crate::sqlite::db::Db;
use crate::sqlite::row::Row;

pub(crate) fn put_user(db: &Db, version: i64, user: &User) -> Result<(), Fault> {
    let known = bsuids::names_stay(db, user)?;
    put!(db, version, "users" [id: user.id.as_str()] {
        number: user.number.digits(),
        name: user.name,
        username: user.username,
        outdated_app: user.outdated_app,
        numbers_before: user.numbers_before,
    })?;
    if known { Ok(()) } else { bsuids::name_user(db, user) }
}

pub(crate) fn users(db: &Db, page: &Page<UserId>) -> Result<Vec<User>, Fault> {
    let after = page.after.as_ref().map_or("", UserId::as_str);
    db.all("SELECT * FROM users WHERE id > ? ORDER BY id LIMIT ?", (after, page.limit), read_user)
}

pub(crate) fn read_user(row: &rusqlite::Row<'_>) -> Result<User, Fault> {
    let row = Row::of("users", row);
    Ok(User {
        id: row.parsed("id", UserId::parse)?,
        number: row.parsed("number", PhoneNumber::parse)?,
        name: row.plain("name")?,
        username: row.plain("username")?,
        outdated_app: row.plain("outdated_app")?,
        numbers_before: row.plain("numbers_before")?,
    })
}

pub(crate) fn put_session(db: &Db, version: i64, session: &Session) -> Result<(), Fault> {
    put!(db, version, "sessions" [cookie_hash: session.hash.as_bytes()] {
        user: session.user.as_str(),
        device: session.device.word(),
        opened_at_ms: session.opened_at.unix_millis(),
        expires_at_ms: session.expires_at.unix_millis(),
    })
}

/// Of one, the oldest first.
pub(crate) const SESSIONS_OF: &str = "SELECT * FROM sessions WHERE user = ? ORDER BY opened_at_ms, cookie_hash";

pub(crate) fn sessions(db: &Db, user: &Option<UserId>) -> Result<Vec<Session>, Fault> {
    match user {
        Some(user) => db.all(SESSIONS_OF, [user.as_str()], read_session),
        None => db.all("SELECT * FROM sessions ORDER BY opened_at_ms, cookie_hash", [], read_session),
    }
}

pub(crate) fn read_session(row: &rusqlite::Row<'_>) -> Result<Session, Fault> {
    let row = Row::of("sessions", row);
    Ok(Session {
        hash: row.hash("cookie_hash")?,
        user: row.parsed("user", UserId::parse)?,
        device: row.word("device")?,
        opened_at: row.time("opened_at_ms")?,
        expires_at: row.time("expires_at_ms")?,
    })
}

pub(crate) fn put_invitation(db: &Db, version: i64, invitation: &Invitation) -> Result<(), Fault> {
    let (number, user) = match &invitation.guest {
        Guest::Anyone => (None, None),
        Guest::Number(number) => (Some(number), None),
        Guest::User(user) => (None, Some(user)),
    };
    put!(db, version, "invitations" [code_hash: invitation.hash.as_bytes()] {
        number: number.map(PhoneNumber::digits),
        user: user.map(UserId::as_str),
        expires_at_ms: invitation.expires_at.unix_millis(),
        used_by: invitation.used_by.as_ref().map(UserId::as_str),
    })
}

pub(crate) fn invitations(db: &Db) -> Result<Vec<Invitation>, Fault> {
    db.all("SELECT * FROM invitations ORDER BY expires_at_ms, code_hash", [], read_invitation)
}

pub(crate) fn read_invitation(row: &rusqlite::Row<'_>) -> Result<Invitation, Fault> {
    let row = Row::of("invitations", row);
    let guest = match (row.maybe("number", PhoneNumber::parse)?, row.maybe("user", UserId::parse)?) {
        (_, Some(user)) => Guest::User(user),
        (Some(number), None) => Guest::Number(number),
        (None, None) => Guest::Anyone,
    };
    let (hash, expires_at) = (row.hash("code_hash")?, row.time("expires_at_ms")?);
    Ok(Invitation { hash, guest, expires_at, used_by: row.maybe("used_by", UserId::parse)? })
}
