//! Message templates. Businesses make them over the Graph API, where they are approved at once; here an operator stands in for a reviewer.

use axum::Json;
use axum::extract::State;
use callport_core::ids::{TemplateId, WabaId};
use callport_engine::ports::Page;
use callport_engine::records::TemplateRecord;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::List;
use super::MAX_LISTED;
use crate::asked::{At, Change, Changeable, Filter, form, there};
use crate::problem::Problem;
use crate::state::OperatorState;
use crate::words::{Moment, TemplateRef, TemplateStatusWord, WabaRef};

pub(super) fn routes() -> OpenApiRouter<OperatorState> {
    OpenApiRouter::default().routes(routes!(list)).routes(routes!(one, review))
}

/// A message template.
#[derive(Serialize, ToSchema)]
#[schema(as = Template)]
struct TemplateView {
    id: TemplateRef,
    waba_id: WabaRef,
    #[schema(example = "repair_call_consent")]
    name: String,
    #[schema(example = "en")]
    language: String,
    #[schema(example = "UTILITY")]
    category: &'static str,
    status: TemplateStatusWord,
    /// As they were sent.
    #[schema(value_type = Vec<Object>)]
    components: Value,
    created_at: Moment,
}

/// Which templates.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Which {
    /// Only of this account.
    waba_id: Option<String>,
}

/// What a reviewer says.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Review {
    status: TemplateStatusWord,
}

impl Changeable for Review {}

fn view(template: TemplateRecord) -> TemplateView {
    TemplateView {
        // Checked when it was made; what cannot be read shows as null.
        components: serde_json::from_str(&template.components).unwrap_or_default(),
        id: TemplateRef(template.id),
        waba_id: WabaRef(template.waba),
        name: template.name,
        language: template.language,
        category: template.category.name(),
        status: TemplateStatusWord(template.status),
        created_at: Moment(template.created_at),
    }
}

/// Every template, by account, name and language.
#[utoipa::path(get, path = "/admin/v1/templates", tag = "objects", operation_id = "list_templates", params(Which), responses((status = 200, body = List<TemplateView>), Problem))]
async fn list(State(state): State<OperatorState>, Filter(which): Filter<Which>) -> Result<Json<List<TemplateView>>, Problem> {
    let store = state.engine.store();
    let wabas = match which.waba_id {
        Some(id) => vec![form("waba_id", WabaId::parse(&id))?],
        None => store.wabas(Page::first(MAX_LISTED)).await?.into_iter().map(|waba| waba.id).collect(),
    };
    let mut found = Vec::new();
    for waba in wabas {
        found.extend(store.templates(&waba).await?);
    }
    Ok(List::of(found, view))
}

/// One template.
#[utoipa::path(get, path = "/admin/v1/templates/{template_id}", tag = "objects", operation_id = "template", params(("template_id" = String, Path)), responses((status = 200, body = TemplateView), Problem))]
async fn one(State(state): State<OperatorState>, At(id): At<String>) -> Result<Json<TemplateView>, Problem> {
    let id = form("template_id", TemplateId::parse(&id))?;
    Ok(Json(view(there("template", state.engine.store().template(&id).await?)?)))
}

/// Gives a template another status, as a reviewer or its quality would. Subscribed apps are told (`message_template_status_update`).
#[utoipa::path(patch, path = "/admin/v1/templates/{template_id}", tag = "objects", operation_id = "review_template", params(("template_id" = String, Path)), request_body = Review, responses((status = 200, body = TemplateView), Problem))]
async fn review(
    State(state): State<OperatorState>,
    At(id): At<String>,
    Change(asked): Change<Review>,
) -> Result<Json<TemplateView>, Problem> {
    let id = form("template_id", TemplateId::parse(&id))?;
    Ok(Json(view(there("template", state.engine.review_template(&id, asked.status.0).await?)?)))
}
