//! Conversation routing: which partner answers, for all numbers of a portfolio or for one.

use std::collections::{BTreeMap, BTreeSet};

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use callport_core::ids::PortfolioId;
use callport_core::routing::RoutingRole;
use callport_engine::MAX_STANDBY;
use callport_engine::records::{Routing, RoutingReach};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{List, numbers};
use crate::asked::{At, Body, form, there};
use crate::problem::Problem;
use crate::state::OperatorState;
use crate::words::{NumberRef, PortfolioRef};

pub(super) fn routes() -> OpenApiRouter<OperatorState> {
    OpenApiRouter::default().routes(routes!(list)).routes(routes!(of_portfolio, put_of_portfolio, end_of_portfolio)).routes(routes!(
        of_number,
        put_of_number,
        end_of_number
    ))
}

/// Who does what. Businesses are named by the portfolio that owns their apps.
#[derive(Serialize, ToSchema)]
#[schema(as = Routing)]
struct RoutingView {
    /// It holds for all numbers of this portfolio's accounts; absent where it is one number's.
    portfolio_id: Option<PortfolioRef>,
    /// It holds for this number, in place of what its portfolio has.
    phone_number_id: Option<NumberRef>,
    /// Role → business. `calls`: the Call primary.
    #[schema(example = json!({ "calls": "3101", "customer_service": "3102" }))]
    roles: BTreeMap<String, PortfolioRef>,
    /// Businesses that read along in threads of others.
    standby: Vec<PortfolioRef>,
    /// The business accepted the terms that thread control, standby and escalation need.
    terms_accepted: bool,
}

/// Who shall do what, in place of what was said before.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewRouting {
    /// Role → business: `calls`, `ai_agent`, `ctwa`, `customer_service`, `escalation`, `marketing`, `utility`.
    #[schema(example = json!({ "calls": "3101", "customer_service": "3102" }))]
    roles: BTreeMap<String, PortfolioRef>,
    /// Businesses that read along in threads of others, at most 16.
    standby: Option<Vec<PortfolioRef>>,
    /// Default `true`: thread control, standby and escalation work.
    terms_accepted: Option<bool>,
}

fn view(routing: Routing) -> RoutingView {
    let (portfolio_id, phone_number_id) = match routing.reach {
        RoutingReach::Portfolio(id) => (Some(PortfolioRef(id)), None),
        RoutingReach::Number(id) => (None, Some(NumberRef(id))),
    };
    RoutingView {
        portfolio_id,
        phone_number_id,
        roles: routing.roles.into_iter().map(|(role, business)| (role.name().to_owned(), PortfolioRef(business))).collect(),
        standby: routing.standby.into_iter().map(PortfolioRef).collect(),
        terms_accepted: routing.terms,
    }
}

fn read(reach: RoutingReach, asked: NewRouting) -> Result<Routing, Problem> {
    let mut roles = BTreeMap::new();
    for (word, business) in asked.roles {
        let role = RoutingRole::parse(&word).ok_or_else(|| Problem::malformed(format!("roles: {}", unknown_role(&word))))?;
        roles.insert(role, business.0);
    }
    let standby: BTreeSet<_> = asked.standby.unwrap_or_default().into_iter().map(|business| business.0).collect();
    if standby.len() > MAX_STANDBY {
        return Err(Problem::malformed(format!("standby: at most {MAX_STANDBY} businesses")));
    }
    Ok(Routing { reach, roles, standby, terms: asked.terms_accepted.unwrap_or(true) })
}

/// Why a word is no role.
fn unknown_role(word: &str) -> String {
    format!("{word:?} is no role; there are {}", RoutingRole::ALL.map(RoutingRole::name).join(", "))
}

async fn portfolio(state: &OperatorState, id: &str) -> Result<RoutingReach, Problem> {
    let id = form("portfolio_id", PortfolioId::parse(id))?;
    Ok(RoutingReach::Portfolio(there("portfolio", state.engine.store().portfolio(&id).await?)?.id))
}

async fn number(state: &OperatorState, id: &str) -> Result<RoutingReach, Problem> {
    Ok(RoutingReach::Number(numbers::find(state, id).await?.id))
}

async fn show(state: &OperatorState, reach: RoutingReach) -> Result<Json<RoutingView>, Problem> {
    Ok(Json(view(there("routing", state.engine.store().routing(&reach).await?)?)))
}

async fn set(state: &OperatorState, reach: RoutingReach, asked: NewRouting) -> Result<Json<RoutingView>, Problem> {
    let routing = read(reach, asked)?;
    state.engine.put_routing(routing.clone()).await?;
    Ok(Json(view(routing)))
}

/// Every routing configuration.
#[utoipa::path(get, path = "/admin/v1/routing", tag = "objects", operation_id = "list_routings", responses((status = 200, body = List<RoutingView>), Problem))]
async fn list(State(state): State<OperatorState>) -> Result<Json<List<RoutingView>>, Problem> {
    Ok(List::of(state.engine.store().routings().await?, view))
}

/// Who does what for the numbers of a portfolio.
#[utoipa::path(get, path = "/admin/v1/portfolios/{portfolio_id}/routing", tag = "objects", operation_id = "get_portfolio_routing", params(("portfolio_id" = String, Path)), responses((status = 200, body = RoutingView), Problem))]
async fn of_portfolio(State(state): State<OperatorState>, At(id): At<String>) -> Result<Json<RoutingView>, Problem> {
    show(&state, portfolio(&state, &id).await?).await
}

/// Says who does what for the numbers of a portfolio, in place of what was said before.
#[utoipa::path(put, path = "/admin/v1/portfolios/{portfolio_id}/routing", tag = "objects", operation_id = "set_portfolio_routing", params(("portfolio_id" = String, Path)), request_body = NewRouting, responses((status = 200, body = RoutingView), Problem))]
async fn put_of_portfolio(
    State(state): State<OperatorState>,
    At(id): At<String>,
    Body(asked): Body<NewRouting>,
) -> Result<Json<RoutingView>, Problem> {
    set(&state, portfolio(&state, &id).await?, asked).await
}

/// Ends routing for a portfolio: everybody gets everything again.
#[utoipa::path(delete, path = "/admin/v1/portfolios/{portfolio_id}/routing", tag = "objects", operation_id = "delete_portfolio_routing", params(("portfolio_id" = String, Path)), responses((status = 204), Problem))]
async fn end_of_portfolio(State(state): State<OperatorState>, At(id): At<String>) -> Result<StatusCode, Problem> {
    state.engine.end_routing(portfolio(&state, &id).await?).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Who does what for a number, where it has a configuration of its own.
#[utoipa::path(get, path = "/admin/v1/numbers/{phone_number_id}/routing", tag = "objects", operation_id = "get_number_routing", params(("phone_number_id" = String, Path)), responses((status = 200, body = RoutingView), Problem))]
async fn of_number(State(state): State<OperatorState>, At(id): At<String>) -> Result<Json<RoutingView>, Problem> {
    show(&state, number(&state, &id).await?).await
}

/// Says who does what for a number, in place of what its portfolio has.
#[utoipa::path(put, path = "/admin/v1/numbers/{phone_number_id}/routing", tag = "objects", operation_id = "set_number_routing", params(("phone_number_id" = String, Path)), request_body = NewRouting, responses((status = 200, body = RoutingView), Problem))]
async fn put_of_number(
    State(state): State<OperatorState>,
    At(id): At<String>,
    Body(asked): Body<NewRouting>,
) -> Result<Json<RoutingView>, Problem> {
    set(&state, number(&state, &id).await?, asked).await
}

/// Ends what a number has of its own: it falls back to its portfolio.
#[utoipa::path(delete, path = "/admin/v1/numbers/{phone_number_id}/routing", tag = "objects", operation_id = "delete_number_routing", params(("phone_number_id" = String, Path)), responses((status = 204), Problem))]
async fn end_of_number(State(state): State<OperatorState>, At(id): At<String>) -> Result<StatusCode, Problem> {
    state.engine.end_routing(number(&state, &id).await?).await?;
    Ok(StatusCode::NO_CONTENT)
}
