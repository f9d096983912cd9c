//! A message template of a WABA.

use callport_core::ids::{TemplateId, WabaId};
use callport_core::template::{Category, TemplateStatus};
use callport_core::time::WallTime;

/// A template, known by its name and language within its WABA.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TemplateRecord {
    /// Its id.
    pub id: TemplateId,
    /// The WABA that owns it.
    pub waba: WabaId,
    /// `name`.
    pub name: String,
    /// `language`, as in `en` or `pt_BR`.
    pub language: String,
    /// `category`.
    pub category: Category,
    /// `status`.
    pub status: TemplateStatus,
    /// `parameter_format` is `named`.
    pub named_parameters: bool,
    /// `components`, as they were sent: a JSON array, which listings repeat.
    pub components: String,
    /// When it was made.
    pub created_at: WallTime,
}
