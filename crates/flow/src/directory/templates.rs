//! Message templates of an account. Approved at once: there is nobody here who would review them.

use std::convert::Infallible;

use callport_core::ids::{TemplateId, WabaId};
use callport_core::template::{Category, TemplateStatus};

use super::{made, removed};
use crate::journal::About;
use crate::notice::Notice;
use crate::records::{Portfolio, TemplateRecord};
use crate::row::{Key, Row};
use crate::step::{Cx, Draft, Input, Stop};
use crate::view::{Query, View};

/// Templates that an account of a verified business may have (platform docs, Message templates).
pub const MAX_TEMPLATES: usize = 6_000;

/// The same of a business that is not verified.
pub const MAX_TEMPLATES_UNVERIFIED: usize = 250;

/// Templates that an account of this portfolio may have.
pub fn max_templates(portfolio: Option<&Portfolio>) -> usize {
    if portfolio.is_some_and(|portfolio| portfolio.verified) { MAX_TEMPLATES } else { MAX_TEMPLATES_UNVERIFIED }
}

/// Makes a template whose content was checked, and tells the business that it is approved.
#[derive(Debug, Clone)]
pub struct CreateTemplate {
    /// The account that will own it.
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
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CreateTemplateRefusal {
    /// The account is gone.
    #[error("there is no WhatsApp Business Account with this id")]
    NoAccount,
    /// Name and language are taken.
    #[error("this WhatsApp Business Account already has a template with this name and language")]
    Taken,
    /// [`MAX_TEMPLATES`].
    #[error("a WhatsApp Business Account has at most {MAX_TEMPLATES} templates")]
    TooMany,
    /// [`MAX_TEMPLATES_UNVERIFIED`].
    #[error("the WhatsApp Business Account of a business that is not verified has at most {MAX_TEMPLATES_UNVERIFIED} templates")]
    TooManyUnverified,
}

impl Input for CreateTemplate {
    type Done = TemplateRecord;
    type Refusal = CreateTemplateRefusal;

    fn decide(&self, view: &View, cx: &Cx<'_>, draft: &mut Draft) -> Result<TemplateRecord, Stop<CreateTemplateRefusal>> {
        let taken = view.template(Key::TemplateNamed(self.waba.clone(), self.name.clone(), self.language.clone()))?;
        if taken.is_some() {
            return Err(Stop::No(CreateTemplateRefusal::Taken));
        }
        let waba = view.waba(Key::Waba(self.waba.clone()))?.ok_or(Stop::No(CreateTemplateRefusal::NoAccount))?;
        let portfolio = view.portfolio(Key::Portfolio(waba.portfolio.clone()))?;
        let most = max_templates(portfolio);
        if view.count(Query::Templates(self.waba.clone()))? >= most {
            let refusal = if most == MAX_TEMPLATES { CreateTemplateRefusal::TooMany } else { CreateTemplateRefusal::TooManyUnverified };
            return Err(Stop::No(refusal));
        }
        #[expect(clippy::expect_used, reason = "fifteen digits are an object id")]
        let id = TemplateId::parse(&cx.object_id()).expect("an object id");
        let template = TemplateRecord {
            id,
            waba: self.waba.clone(),
            name: self.name.clone(),
            language: self.language.clone(),
            category: self.category,
            status: TemplateStatus::Approved,
            named_parameters: self.named_parameters,
            components: self.components.clone(),
            created_at: cx.now,
        };
        put(draft, cx, template.clone());
        Ok(template)
    }
}

/// Changes the status of a template, as a reviewer would; the business is told. `None` when there is no such template.
#[derive(Debug, Clone)]
pub struct ReviewTemplate(pub TemplateId, pub TemplateStatus);

impl Input for ReviewTemplate {
    type Done = Option<TemplateRecord>;
    type Refusal = Infallible;

    fn decide(&self, view: &View, cx: &Cx<'_>, draft: &mut Draft) -> Result<Option<TemplateRecord>, Stop<Infallible>> {
        let Some(template) = view.template(Key::Template(self.0.clone()))? else { return Ok(None) };
        let template = TemplateRecord { status: self.1, ..template.clone() };
        put(draft, cx, template.clone());
        Ok(Some(template))
    }
}

fn put(draft: &mut Draft, cx: &Cx<'_>, template: TemplateRecord) {
    draft.told.push(Notice::TemplateStatus { template: Box::new(template.clone()), at: cx.now });
    made(draft, cx, About { waba: Some(template.waba.clone()), ..About::default() }, "template", Some(template.id.as_str()));
    draft.put(Row::Template(template));
}

/// Removes a template in all languages, or the one with this id. False when there is none.
#[derive(Debug, Clone)]
pub struct DeleteTemplate {
    /// Of which account.
    pub waba: WabaId,
    /// `name`.
    pub name: String,
    /// Only this one of that name.
    pub id: Option<TemplateId>,
}

impl Input for DeleteTemplate {
    type Done = bool;
    type Refusal = Infallible;

    fn decide(&self, view: &View, cx: &Cx<'_>, draft: &mut Draft) -> Result<bool, Stop<Infallible>> {
        let mut found = false;
        for row in view.found(Query::Templates(self.waba.clone()))? {
            let Row::Template(template) = row else { continue };
            if template.name == self.name && self.id.as_ref().is_none_or(|id| template.id == *id) {
                found = true;
                removed(draft, cx, About { waba: Some(self.waba.clone()), ..About::default() }, "template", Some(template.id.as_str()));
                draft.remove(Key::Template(template.id.clone()));
            }
        }
        Ok(found)
    }
}
