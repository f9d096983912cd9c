//! `POST`, `GET` and `DELETE /{version}/{waba-id}/message_templates`: messages agreed on beforehand.
//!
//! Platform docs, WhatsApp Business Management API, Message templates; Calling, Call buttons and deep links (2026-02-25) and Obtain user
//! call permissions. Nobody here reviews: a template is approved at once, and subscribed apps are told by webhook. The list stands in the
//! order of names and languages; of filters, `name`, `language`, `status` and `category` are honoured, each for one value.

use std::cmp::Ordering;

use axum::extract::{Path, State};
use callport_core::ids::TemplateId;
use callport_core::template::{Category, TemplateStatus};
use callport_engine::records::TemplateRecord;
use callport_engine::{MAX_TEMPLATES, NewTemplate, TemplateRefusal};
use callport_wire::nodes::page::Page;
use callport_wire::templates::{self as published, ParameterFormat, TemplateCreated, TemplateDeletion, TemplateList, TemplateSummary};
use callport_wire::{Code, Malformed};
use serde_json::{Map, Value};

use super::template::DEFAULT_FIELDS;
use crate::Shared;
use crate::answer::{Answer, Refusal, Reply};
use crate::asked::Asked;
use crate::fields::Fields;
use crate::lists::{Link, Span};
use crate::templates;

/// Templates on a page at most. Client libraries ask for as many.
const LIMIT_MAX: usize = 1_000;

/// Stands between name and language in a cursor. Neither can have it.
const SEPARATOR: char = '\n';

/// Makes a template.
pub(crate) async fn post(State(graph): State<Shared>, Path(id): Path<String>, asked: Asked) -> Reply {
    let mut caller = graph.caller(&asked).await?;
    let waba = graph.waba(&mut caller, &id, &asked.method).await?;
    let published::NewTemplate { name, language, category, parameter_format, components, as_sent } =
        published::NewTemplate::read(&asked.params()?)?;
    let category = templates::read_category(category);
    let content = templates::content(components, parameter_format);
    content.check(category).map_err(|refusal| Refusal::told(Code::InvalidParameter, &refusal))?;
    let new = NewTemplate {
        waba: waba.id,
        name,
        language,
        category,
        named_parameters: parameter_format == ParameterFormat::Named,
        components: Value::Array(as_sent).to_string(),
    };
    let made = graph.engine.create_template(new).await?;
    let created = TemplateCreated {
        id: made.id.as_str().to_owned(),
        status: templates::status(made.status),
        category: templates::category(made.category),
    };
    Answer::new(&created, caller.usage)
}

/// The account's templates, in pages.
pub(crate) async fn get(State(graph): State<Shared>, Path(id): Path<String>, asked: Asked) -> Reply {
    let mut caller = graph.caller(&asked).await?;
    let waba = graph.waba(&mut caller, &id, &asked.method).await?;
    let query = Query::read(&asked.params()?)?;
    let all = graph.engine.store().templates(&waba.id).await?;
    let message_template_count = all.len();
    let chosen = query.chosen(all);
    let summary = asked.query("summary").map(|_| TemplateSummary {
        total_count: chosen.len(),
        message_template_count,
        message_template_limit: MAX_TEMPLATES,
        are_translations_complete: true, // nobody here waits for a translation
    });
    let page = query.span.of(&chosen, stands);
    let fields = Fields::asked(asked.query("fields"), &DEFAULT_FIELDS);
    let views = page.items.iter().map(|template| Ok(fields.of(&templates::view(template)?)));
    let data = views.collect::<Result<Vec<_>, Refusal>>()?;
    let link = Link { config: &graph.config, version: asked.version, path: format!("{id}/message_templates"), choice: query.choice() };
    let paging = page.paging(&query.span, &link, |template| format!("{}{SEPARATOR}{}", template.name, template.language));
    Answer::new(&TemplateList { page: Page { data, paging }, summary }, caller.usage)
}

/// Removes a template in every language, or the one of that id.
pub(crate) async fn delete(State(graph): State<Shared>, Path(id): Path<String>, asked: Asked) -> Reply {
    let mut caller = graph.caller(&asked).await?;
    let waba = graph.waba(&mut caller, &id, &asked.method).await?;
    let TemplateDeletion { name, hsm_id } = TemplateDeletion::read(&asked.params()?)?;
    let missing = || Refusal::because(Code::InvalidParameter, "There is no template with this name and id.");
    let one = hsm_id.map(|id| TemplateId::parse(&id)).transpose().map_err(|_| missing())?;
    if graph.engine.delete_template(&waba.id, &name, one.as_ref()).await? { Answer::success(caller.usage) } else { Err(missing()) }
}

/// What was asked of the list.
#[derive(Debug, Default)]
struct Query {
    span: Span,
    name: Option<String>,
    language: Option<String>,
    status: Option<TemplateStatus>,
    category: Option<Category>,
    fields: Option<String>,
}

impl Query {
    fn read(params: &Map<String, Value>) -> Result<Self, Refusal> {
        let text = |name: &str| params.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
        Ok(Self {
            span: Span::read(params, LIMIT_MAX, |place| place.contains(SEPARATOR))?,
            name: text("name").map(str::to_owned),
            language: text("language").map(str::to_owned),
            status: text("status").map(|text| TemplateStatus::parse(text).ok_or_else(|| unknown_word("status"))).transpose()?,
            category: text("category").map(|text| Category::parse(text).ok_or_else(|| unknown_word("category"))).transpose()?,
            fields: text("fields").map(str::to_owned),
        })
    }

    fn chosen(&self, mut templates: Vec<TemplateRecord>) -> Vec<TemplateRecord> {
        templates.retain(|template| {
            self.name.as_ref().is_none_or(|name| *name == template.name)
                && self.language.as_ref().is_none_or(|language| *language == template.language)
                && self.status.is_none_or(|status| status == template.status)
                && self.category.is_none_or(|category| category == template.category)
        });
        templates.sort_by(|a, b| (&a.name, &a.language).cmp(&(&b.name, &b.language)));
        templates
    }

    /// What the link to the next page repeats.
    fn choice(&self) -> Vec<(&'static str, String)> {
        let choice = [
            ("fields", self.fields.clone()),
            ("name", self.name.clone()),
            ("language", self.language.clone()),
            ("status", self.status.map(|status| status.name().to_owned())),
            ("category", self.category.map(|category| category.name().to_owned())),
        ];
        choice.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
    }
}

fn unknown_word(parameter: &str) -> Refusal {
    Malformed::wrong(parameter, format_args!("is no {parameter} of a template")).into()
}

/// Where a template stands to the place that a cursor names.
fn stands(template: &TemplateRecord, place: &str) -> Ordering {
    let (name, language) = place.split_once(SEPARATOR).unwrap_or((place, ""));
    (template.name.as_str(), template.language.as_str()).cmp(&(name, language))
}

impl From<TemplateRefusal> for Refusal {
    fn from(refusal: TemplateRefusal) -> Self {
        match refusal {
            TemplateRefusal::Taken | TemplateRefusal::TooMany => Self::told(Code::InvalidParameter, &refusal),
            TemplateRefusal::Fault(fault) => fault.into(),
        }
    }
}

#[cfg(test)]
mod tests;
