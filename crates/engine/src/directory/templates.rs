//! Message templates of a WABA. Approved at once: there is nobody here who would review them.

use callport_core::ids::{TemplateId, WabaId};
use callport_core::template::{Category, TemplateStatus};

use crate::engine::Engine;
use crate::fault::Fault;
use crate::ports::{Change, Notice};
use crate::records::TemplateRecord;

/// Templates that one WABA may have (platform docs, Message templates: 250 for unverified businesses, 6,000 for others).
pub const MAX_TEMPLATES: usize = 6_000;

/// A template to be made; its content was checked.
#[derive(Debug, Clone)]
pub struct NewTemplate {
    /// The WABA that will own it.
    pub waba: WabaId,
    /// `name`.
    pub name: String,
    /// `language`.
    pub language: String,
    /// `category`.
    pub category: Category,
    /// `parameter_format` is `named`.
    pub named_parameters: bool,
    /// `components`, as sent.
    pub components: String,
}

/// Why a template was not made.
#[derive(Debug, Clone, thiserror::Error)]
pub enum TemplateRefusal {
    /// Name and language are taken.
    #[error("this WhatsApp Business Account already has a template with this name and language")]
    Taken,
    /// [`MAX_TEMPLATES`].
    #[error("a WhatsApp Business Account has at most {MAX_TEMPLATES} templates")]
    TooMany,
    /// The store failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl Engine {
    /// Makes a template, and tells subscribed apps that it is approved.
    pub async fn create_template(&self, new: NewTemplate) -> Result<TemplateRecord, TemplateRefusal> {
        let _changing = self.changing.lock().await;
        let all = self.ports.store.templates(&new.waba).await?;
        if all.iter().any(|template| template.name == new.name && template.language == new.language) {
            return Err(TemplateRefusal::Taken);
        }
        if all.len() >= MAX_TEMPLATES {
            return Err(TemplateRefusal::TooMany);
        }
        let id = TemplateId::parse(&self.new_object_id()).map_err(|error| Fault::new("engine: template", error))?;
        let NewTemplate { waba, name, language, category, named_parameters, components } = new;
        let (status, created_at) = (TemplateStatus::Approved, self.now());
        let template = TemplateRecord { id, waba, name, language, category, status, named_parameters, components, created_at };
        self.put_template(template.clone()).await?;
        Ok(template)
    }

    /// Changes the status of a template, as a reviewer would; subscribed apps are told. `None` when there is no such template.
    pub async fn review_template(&self, id: &TemplateId, status: TemplateStatus) -> Result<Option<TemplateRecord>, Fault> {
        let _changing = self.changing.lock().await;
        let Some(template) = self.ports.store.template(id).await? else { return Ok(None) };
        let template = TemplateRecord { status, ..template };
        self.put_template(template.clone()).await?;
        Ok(Some(template))
    }

    async fn put_template(&self, template: TemplateRecord) -> Result<(), Fault> {
        let notice = Notice::TemplateStatus { template: Box::new(template.clone()), at: self.now() };
        self.save(vec![Change::PutTemplate(Box::new(template))], &[notice]).await
    }

    /// Removes a template in all languages, or the one with this id. False when there is none.
    pub async fn delete_template(&self, waba: &WabaId, name: &str, id: Option<&TemplateId>) -> Result<bool, Fault> {
        let _changing = self.changing.lock().await;
        let all = self.ports.store.templates(waba).await?;
        let chosen = all.into_iter().filter(|template| template.name == name && id.is_none_or(|id| template.id == *id));
        let changes: Vec<_> = chosen.map(|template| Change::RemoveTemplate(template.id)).collect();
        let found = !changes.is_empty();
        if found {
            self.save(changes, &[]).await?;
        }
        Ok(found)
    }
}
