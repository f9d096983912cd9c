//! `POST`, `GET` and `DELETE /{version}/{waba-id}/message_templates`: messages agreed on beforehand.
//!
//! Platform docs, WhatsApp Business Management API, Message templates; Calling, Call buttons and deep links (2026-02-25) and Obtain user
//! call permissions. Nobody here reviews: a template is approved at once, and subscribed apps are told by webhook. The list stands in the
//! order of names and languages; of filters, `name`, `language`, `status` and `category` are honoured, the last three also as lists.

use std::cmp::Ordering;

use axum::extract::{Path, State};
use callport_core::ids::TemplateId;
use callport_core::template::{Category, TemplateStatus};
use callport_dialect::{Twin as _, templates as dialect};
use callport_engine::records::{TemplateRecord, Waba};
use callport_engine::{CreateTemplateRefusal, NewTemplate, max_templates};
use callport_wire::calls::Success;
use callport_wire::nodes::page::Page;
use callport_wire::schemas;
use callport_wire::templates::TemplateView;
use callport_wire::templates::{self as published, ParameterFormat, TemplateCreated, TemplateDeletion, TemplateList, TemplateSummary};
use callport_wire::{Code, Malformed, Params};
use serde_json::{Map, Value};

use super::template;
use crate::answer::{Answer, Refusal, Reply};
use crate::asked::Asked;
use crate::auth::Caller;
use crate::fields::Fields;
use crate::lists::{Link, Span};
use crate::operation::{Needs, Operation, Parameter};
use crate::{Graph, Shared};

/// Templates on a page at most. Client libraries ask for as many.
const LIMIT_MAX: usize = 1_000;

/// Stands between name and language in a cursor. Neither can have it.
const SEPARATOR: char = '\n';

/// What can be done with templates.
pub(crate) fn operations() -> Vec<Operation> {
    let filters = [
        Parameter::fields(),
        Parameter::text("name", "Only this one."),
        Parameter::text("language", "Only these languages."),
        Parameter::text("status", "Only in these states."),
        Parameter::text("category", "Only of these categories."),
        Parameter::text("summary", "Adds counts."),
    ];
    let list = Operation::get("listTemplates", get)
        .summary("The templates of an account")
        .needs(Needs::ACCOUNT)
        .query(filters.into_iter().chain(Parameter::paging()))
        .reply(|known| {
            let template = known.chosen::<TemplateView>();
            known.list(template)
        });
    let make = Operation::post("createTemplate", post)
        .summary("Makes a template")
        .needs(Needs::ACCOUNT)
        .body(schemas::template())
        .reply(|known| known.of::<TemplateCreated>());
    let named = [Parameter::text("name", "Its name.").required(), Parameter::text("hsm_id", "Only the one with this id.")];
    let remove = Operation::delete("deleteTemplate", delete)
        .summary("Removes a template in every language, or one")
        .needs(Needs::ACCOUNT)
        .query(named)
        .reply(|known| known.of::<Success>());
    vec![list, make, remove]
}

/// Makes a template.
pub(crate) async fn post(State(graph): State<Shared>, Path(id): Path<String>, asked: Asked) -> Reply {
    let mut caller = asked.caller();
    let waba = graph.waba(&mut caller, &id, &asked.method).await?;
    let published::NewTemplate { name, language, category, parameter_format, components, as_sent } =
        published::NewTemplate::read(asked.params()?)?;
    let category = Category::of(category);
    let content = dialect::content(components, parameter_format);
    content.check(category).map_err(|refusal| Refusal::told(Code::InvalidParameter, &refusal))?;
    let new = NewTemplate {
        waba: waba.id,
        name,
        language,
        category,
        named_parameters: parameter_format == ParameterFormat::Named,
        components: Value::Array(as_sent).to_string(),
    };
    let made = caller.engine(&graph).create_template(new).await?;
    let created =
        TemplateCreated { id: made.id.as_str().to_owned(), status: dialect::status(made.status), category: made.category.published() };
    Answer::new(&created)
}

/// The account's templates, in pages.
pub(crate) async fn get(State(graph): State<Shared>, Path(id): Path<String>, asked: Asked) -> Reply {
    let mut caller = asked.caller();
    let waba = graph.waba(&mut caller, &id, &asked.method).await?;
    Answer::new(&page(&graph, &caller, &waba, &asked).await?)
}

/// A page of the list, for the endpoint and for the field of the account.
pub(super) async fn page(graph: &Graph, caller: &Caller, waba: &Waba, asked: &Asked) -> Result<TemplateList<Map<String, Value>>, Refusal> {
    let query = Query::read(asked.params()?)?;
    let all = graph.engine.store().templates(&waba.id).await?;
    let message_template_count = all.len();
    let chosen = query.chosen(all);
    let summary = match asked.params()?.contains_key("summary") {
        true => Some(TemplateSummary {
            total_count: chosen.len(),
            message_template_count,
            message_template_limit: max_templates(graph.engine.store().portfolio(&waba.portfolio).await?.as_ref()),
            are_translations_complete: true, // nobody here waits for a translation
        }),
        false => None,
    };
    let page = query.span.of(&chosen, stands);
    let fields = Fields::asked(asked.fields()?.as_deref(), &template::KIND)?;
    let mut data = Vec::with_capacity(page.items.len());
    for item in page.items {
        data.push(template::shown(graph, &caller.actor, item, &fields).await?);
    }
    let link = Link { config: &graph.config, asked, path: format!("{}/message_templates", waba.id.as_str()) };
    let paging = page.paging(&query.span, &link, |template| format!("{}{SEPARATOR}{}", template.name, template.language));
    Ok(TemplateList { page: Page { data, paging }, summary })
}

/// Removes a template in every language, or the one of that id.
pub(crate) async fn delete(State(graph): State<Shared>, Path(id): Path<String>, asked: Asked) -> Reply {
    let mut caller = asked.caller();
    let waba = graph.waba(&mut caller, &id, &asked.method).await?;
    let TemplateDeletion { name, hsm_id } = TemplateDeletion::read(asked.params()?)?;
    let missing = || Refusal::because(Code::InvalidParameter, "There is no template with this name and id.");
    let one = hsm_id.map(|id| TemplateId::parse(&id)).transpose().map_err(|_| missing())?;
    if caller.engine(&graph).delete_template(&waba.id, &name, one.as_ref()).await? { Answer::success() } else { Err(missing()) }
}

/// What was asked of the list. An empty filter lets everything through.
#[derive(Debug, Default)]
struct Query {
    span: Span,
    name: Option<String>,
    languages: Vec<String>,
    statuses: Vec<TemplateStatus>,
    categories: Vec<Category>,
}

impl Query {
    fn read(params: &Map<String, Value>) -> Result<Self, Refusal> {
        let members = Params::new(params);
        Ok(Self {
            span: Span::read(params, LIMIT_MAX, |place| place.contains(SEPARATOR))?,
            name: members.text("name")?.filter(|name| !name.is_empty()).map(str::to_owned),
            languages: members.words("language")?.unwrap_or_default(),
            statuses: read_words(members, "status", TemplateStatus::parse)?,
            categories: read_words(members, "category", Category::parse)?,
        })
    }

    fn chosen(&self, mut templates: Vec<TemplateRecord>) -> Vec<TemplateRecord> {
        templates.retain(|template| {
            self.name.as_ref().is_none_or(|name| *name == template.name)
                && (self.languages.is_empty() || self.languages.contains(&template.language))
                && (self.statuses.is_empty() || self.statuses.contains(&template.status))
                && (self.categories.is_empty() || self.categories.contains(&template.category))
        });
        templates.sort_by(|a, b| (&a.name, &a.language).cmp(&(&b.name, &b.language)));
        templates
    }
}

fn read_words<T>(members: Params<'_>, name: &str, parse: fn(&str) -> Option<T>) -> Result<Vec<T>, Malformed> {
    let unknown = || Malformed::wrong(name, format_args!("is no {name} of a template"));
    members.words(name)?.unwrap_or_default().iter().map(|word| parse(&word.to_ascii_uppercase()).ok_or_else(unknown)).collect()
}

/// Where a template stands to the place that a cursor names.
fn stands(template: &TemplateRecord, place: &str) -> Ordering {
    let (name, language) = place.split_once(SEPARATOR).unwrap_or((place, ""));
    (template.name.as_str(), template.language.as_str()).cmp(&(name, language))
}

impl From<CreateTemplateRefusal> for Refusal {
    fn from(refusal: CreateTemplateRefusal) -> Self {
        Self::told(Code::InvalidParameter, &refusal)
    }
}

#[cfg(test)]
mod tests;
