//! Message templates. Businesses make them over the Graph API, where they are approved at once; here an operator stands in for a reviewer.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use callport_core::ids::{TemplateId, WabaId};
use callport_engine::records::TemplateRecord;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::paged::{Paged, Turn};
use crate::asked::{At, Change, Changeable, Filter, form, there};
use crate::problem::Problem;
use crate::state::OperatorState;
use crate::words::{Moment, TemplateRef, TemplateStatusWord, WabaRef};

pub(super) fn routes() -> OpenApiRouter<OperatorState> {
    OpenApiRouter::default().routes(routes!(list)).routes(routes!(one, review, remove))
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
    /// Only of this account: all of them.
    waba_id: Option<String>,
    /// `next` of the page before.
    cursor: Option<String>,
    /// 1 to 500, default 50. A page holds whole accounts: as many as bring it to so many templates, and no more accounts than that.
    limit: Option<u32>,
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
#[utoipa::path(get, path = "/admin/v1/templates", tag = "objects", operation_id = "list_templates", params(Which), responses((status = 200, body = Paged<TemplateView>), Problem))]
async fn list(State(state): State<OperatorState>, Filter(which): Filter<Which>) -> Result<Json<Paged<TemplateView>>, Problem> {
    let store = state.engine.store();
    let page = Turn { cursor: which.cursor, limit: which.limit }.page(WabaId::parse)?;
    let most = page.limit.saturating_sub(1) as usize;
    let wabas = match which.waba_id {
        Some(id) => vec![form("waba_id", WabaId::parse(&id))?],
        None => store.wabas(page).await?.into_iter().map(|waba| waba.id).collect(),
    };
    let (mut found, mut next) = (Vec::new(), None);
    for (nth, waba) in (1..).zip(&wabas) {
        found.extend(store.templates(waba).await?);
        if nth < wabas.len() && (nth == most || found.len() >= most) {
            next = Some(waba.to_string());
            break;
        }
    }
    Ok(Paged::whole(found, next, view))
}

/// One template.
#[utoipa::path(get, path = "/admin/v1/templates/{template_id}", tag = "objects", operation_id = "get_template", params(("template_id" = String, Path)), responses((status = 200, body = TemplateView), Problem))]
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

/// Removes one template. Over the Graph API its business removes all languages of a name at once.
#[utoipa::path(delete, path = "/admin/v1/templates/{template_id}", tag = "objects", operation_id = "delete_template", params(("template_id" = String, Path)), responses((status = 204), Problem))]
async fn remove(State(state): State<OperatorState>, At(id): At<String>) -> Result<StatusCode, Problem> {
    state.engine.remove_template(&form("template_id", TemplateId::parse(&id))?).await?;
    Ok(StatusCode::NO_CONTENT)
}
