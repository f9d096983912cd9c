//! Business portfolios: who owns accounts, and by whom users are known (BSUIDs).

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use callport_core::ids::PortfolioId;
use callport_engine::records::Portfolio;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::id_or_new;
use super::paged::{Paged, Turn};
use crate::asked::{At, Body, Change, Changeable, Filter, form, name, there};
use crate::problem::Problem;
use crate::state::OperatorState;
use crate::words::PortfolioRef;

pub(super) fn routes() -> OpenApiRouter<OperatorState> {
    OpenApiRouter::default().routes(routes!(list, create)).routes(routes!(one, change, remove))
}

/// A business portfolio.
#[derive(Serialize, ToSchema)]
#[schema(as = Portfolio)]
struct PortfolioView {
    id: PortfolioRef,
    #[schema(example = "Acme")]
    name: String,
    /// The business behind it was verified: its accounts have room for 6,000 templates instead of 250.
    verified: bool,
}

/// A portfolio to be made.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewPortfolio {
    /// Made when absent.
    id: Option<PortfolioRef>,
    #[schema(example = "Acme")]
    name: String,
    /// Default `false`: its accounts have room for 250 templates, those of a verified business for 6,000.
    verified: Option<bool>,
}

/// What shall be different; the rest stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PortfolioChange {
    name: Option<String>,
    /// The business behind it was verified.
    verified: Option<bool>,
}

impl Changeable for PortfolioChange {}

fn view(portfolio: Portfolio) -> PortfolioView {
    PortfolioView { id: PortfolioRef(portfolio.id), name: portfolio.name, verified: portfolio.verified }
}

/// Every portfolio, by id.
#[utoipa::path(get, path = "/admin/v1/portfolios", tag = "objects", operation_id = "list_portfolios", params(Turn), responses((status = 200, body = Paged<PortfolioView>), Problem))]
async fn list(State(state): State<OperatorState>, Filter(turn): Filter<Turn>) -> Result<Json<Paged<PortfolioView>>, Problem> {
    let page = turn.page(PortfolioId::parse)?;
    let most = page.limit;
    Ok(Paged::of(state.engine.store().portfolios(page).await?, most, |row| &row.id, view))
}

/// Makes a portfolio.
#[utoipa::path(post, path = "/admin/v1/portfolios", tag = "objects", operation_id = "create_portfolio", request_body = NewPortfolio, responses((status = 201, body = PortfolioView), Problem))]
async fn create(State(state): State<OperatorState>, Body(asked): Body<NewPortfolio>) -> Result<(StatusCode, Json<PortfolioView>), Problem> {
    let id = id_or_new(asked.id.map(|id| id.0), &state.engine, PortfolioId::parse)?;
    if state.engine.store().portfolio(&id).await?.is_some() {
        return Err(Problem::conflict("there is a portfolio with this id already"));
    }
    let portfolio = Portfolio { id, name: name("name", asked.name)?, verified: asked.verified.unwrap_or(false) };
    state.engine.put_portfolio(portfolio.clone()).await?;
    Ok((StatusCode::CREATED, Json(view(portfolio))))
}

/// One portfolio.
#[utoipa::path(get, path = "/admin/v1/portfolios/{portfolio_id}", tag = "objects", operation_id = "get_portfolio", params(("portfolio_id" = String, Path)), responses((status = 200, body = PortfolioView), Problem))]
async fn one(State(state): State<OperatorState>, At(id): At<String>) -> Result<Json<PortfolioView>, Problem> {
    Ok(Json(view(find(&state, &id).await?)))
}

/// Changes a portfolio.
#[utoipa::path(patch, path = "/admin/v1/portfolios/{portfolio_id}", tag = "objects", operation_id = "change_portfolio", params(("portfolio_id" = String, Path)), request_body = PortfolioChange, responses((status = 200, body = PortfolioView), Problem))]
async fn change(
    State(state): State<OperatorState>,
    At(id): At<String>,
    Change(asked): Change<PortfolioChange>,
) -> Result<Json<PortfolioView>, Problem> {
    let mut portfolio = find(&state, &id).await?;
    if let Some(text) = asked.name {
        portfolio.name = name("name", text)?;
    }
    portfolio.verified = asked.verified.unwrap_or(portfolio.verified);
    state.engine.put_portfolio(portfolio.clone()).await?;
    Ok(Json(view(portfolio)))
}

/// Removes a portfolio that has no accounts, apps and credit lines any more, and that no number's accounts or routing name (409 tells which do). Its
/// system users, pre-verified numbers and its own routing go along.
#[utoipa::path(delete, path = "/admin/v1/portfolios/{portfolio_id}", tag = "objects", operation_id = "delete_portfolio", params(("portfolio_id" = String, Path)), responses((status = 204), Problem))]
async fn remove(State(state): State<OperatorState>, At(id): At<String>) -> Result<StatusCode, Problem> {
    state.engine.remove_portfolio(&find(&state, &id).await?.id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The portfolio in a path.
pub(super) async fn find(state: &OperatorState, id: &str) -> Result<Portfolio, Problem> {
    let id = form("portfolio_id", PortfolioId::parse(id))?;
    there("portfolio", state.engine.store().portfolio(&id).await?)
}
