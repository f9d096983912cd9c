//! SIP servers of business numbers.

use callport_core::ids::{AppId, PhoneNumberId};
use callport_core::sip::{SipHost, SipTarget, UserParam};
use callport_engine::Fault;
use callport_engine::records::SipServerRecord;

use super::json;
use crate::key::{Place, Seal};
use crate::sqlite::db::Db;
use crate::sqlite::row::Row;

const PASSWORD: &str = "sip_servers.sealed_password";

/// SIP servers of a number.
pub(crate) const SERVERS_OF: &str = "SELECT * FROM sip_servers WHERE number = ? ORDER BY app";

pub(crate) fn put_server(db: &Db, version: i64, server: &SipServerRecord) -> Result<(), Fault> {
    let key = [server.number.as_str(), server.app.as_str()];
    let params: Vec<_> = server.target.user_params.iter().map(|param| [&param.key, &param.value]).collect();
    put!(db, version, "sip_servers" [number: key[0], app: key[1]] {
        hostname: server.target.host.as_str(),
        port: server.target.port,
        user_params: json(&params)?,
        sealed_password: db.seal.seal(Place { column: PASSWORD, row: &key }, &server.password)?,
        configured_at_ms: server.configured_at.unix_millis(),
    })
}

pub(crate) fn read_server(row: &rusqlite::Row<'_>, seal: &Seal) -> Result<SipServerRecord, Fault> {
    let row = Row::of("sip_servers", row);
    let (number, app) = (row.parsed("number", PhoneNumberId::parse)?, row.parsed("app", AppId::parse)?);
    let params: Vec<[String; 2]> = row.json("user_params")?;
    Ok(SipServerRecord {
        target: SipTarget {
            host: row.parsed("hostname", SipHost::parse)?,
            port: row.plain("port")?,
            user_params: params.into_iter().map(|[key, value]| UserParam { key, value }).collect(),
        },
        password: seal.open(Place { column: PASSWORD, row: &[number.as_str(), app.as_str()] }, row.bytes("sealed_password")?)?,
        configured_at: row.time("configured_at_ms")?,
        number,
        app,
    })
}
