//! Message templates.

use callport_core::ids::{TemplateId, WabaId};
use callport_engine::Fault;
use callport_engine::records::TemplateRecord;

use crate::sqlite::db::Db;
use crate::sqlite::row::Row;
use crate::sqlite::words::Word as _;

pub(crate) fn put_template(db: &Db, template: &TemplateRecord) -> Result<(), Fault> {
    put!(db, "templates" [id: template.id.as_str()] {
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

pub(crate) fn remove_template(db: &Db, id: &TemplateId) -> Result<(), Fault> {
    db.write("DELETE FROM templates WHERE id = ?", [id.as_str()])
}

pub(crate) fn template_by_id(db: &Db, id: &TemplateId) -> Result<Option<TemplateRecord>, Fault> {
    db.one("SELECT * FROM templates WHERE id = ?", [id.as_str()], read_template)
}

pub(crate) fn templates(db: &Db, waba: &WabaId) -> Result<Vec<TemplateRecord>, Fault> {
    db.all("SELECT * FROM templates WHERE waba = ? ORDER BY name, language", [waba.as_str()], read_template)
}

fn read_template(row: &rusqlite::Row<'_>) -> Result<TemplateRecord, Fault> {
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
