//! Message templates.

use callport_core::ids::{TemplateId, WabaId};
use callport_engine::Fault;
use callport_engine::records::TemplateRecord;
use sqlx::query;
use sqlx::sqlite::SqliteRow;

use super::Query;
use crate::sqlite::row::Row;
use crate::sqlite::words::Word as _;

pub(crate) fn put_template(template: &TemplateRecord) -> Query<'_> {
    query(
        "INSERT INTO templates (id, waba, name, language, category, status, named_parameters, components, created_at_ms)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
         ON CONFLICT (id) DO UPDATE SET waba = excluded.waba, name = excluded.name, language = excluded.language,
             category = excluded.category, status = excluded.status, named_parameters = excluded.named_parameters,
             components = excluded.components, created_at_ms = excluded.created_at_ms",
    )
    .bind(template.id.as_str())
    .bind(template.waba.as_str())
    .bind(&template.name)
    .bind(&template.language)
    .bind(template.category.word())
    .bind(template.status.word())
    .bind(template.named_parameters)
    .bind(&template.components)
    .bind(template.created_at.unix_millis())
}

pub(crate) fn remove_template(id: &TemplateId) -> Query<'_> {
    query("DELETE FROM templates WHERE id = ?").bind(id.as_str())
}

pub(crate) fn template_by_id(id: &TemplateId) -> Query<'_> {
    query("SELECT * FROM templates WHERE id = ?").bind(id.as_str())
}

pub(crate) fn templates(waba: &WabaId) -> Query<'_> {
    query("SELECT * FROM templates WHERE waba = ? ORDER BY name, language").bind(waba.as_str())
}

pub(crate) fn read_template(row: &SqliteRow) -> Result<TemplateRecord, Fault> {
    let row = Row::of("templates", row);
    Ok(TemplateRecord {
        id: row.parsed("id", TemplateId::parse)?,
        waba: row.parsed("waba", WabaId::parse)?,
        name: row.plain("name")?,
        language: row.plain("language")?,
        category: row.word("category")?,
        status: row.word("status")?,
        named_parameters: row.plain::<i64>("named_parameters")? != 0,
        components: row.plain("components")?,
        created_at: row.time("created_at_ms")?,
    })
}
