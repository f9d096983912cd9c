//! Message templates.

use callport_core::ids::{TemplateId, WabaId};
use callport_core::words::Word as _;
use callport_engine::Fault;
use callport_engine::records::TemplateRecord;

use crate::sqlite::db::Db;
use crate::sqlite::row::Row;

pub(crate) fn put_template(db: &Db, version: i64, template: &TemplateRecord) -> Result<(), Fault> {
    put!(db, version, "templates" [id: template.id.as_str()] {
        waba: template.waba.as_str(),
        name: template.name,
        language: template.language,
        category: template.category.word(),
        status: template.status.word(),
        named_parameters: template.named_parameters,
        components: template.components,
        created_at_ms: template.created_at.unix_millis(),
    })
}

/// Of one account, by name and language.
pub(crate) const TEMPLATES_OF: &str = "SELECT * FROM templates WHERE waba = ? ORDER BY name, language";

pub(crate) fn read_template(row: &rusqlite::Row<'_>) -> Result<TemplateRecord, Fault> {
    let row = Row::of("templates", row);
    Ok(TemplateRecord {
        id: row.parsed("id", TemplateId::parse)?,
        waba: row.parsed("waba", WabaId::parse)?,
        name: row.plain("name")?,
        language: row.plain("language")?,
        category: row.word("category")?,
        status: row.word("status")?,
        named_parameters: row.plain("named_parameters")?,
        components: row.plain("components")?,
        created_at: row.time("created_at_ms")?,
    })
}
