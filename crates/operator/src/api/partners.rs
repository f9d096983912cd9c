//! What a partner's portfolio has that no request of its own makes: credit lines and system users (platform docs, Credit lines; System users).

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use callport_core::ids::{CreditLineId, SystemUserId};
use callport_engine::records::{CreditLine, SystemUser};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{List, portfolios};
use crate::asked::{At, Body, form, name, there};
use crate::problem::Problem;
use crate::state::OperatorState;
use crate::words::PortfolioRef;

pub(super) fn routes() -> OpenApiRouter<OperatorState> {
    OpenApiRouter::default()
        .routes(routes!(credit_lines, create_credit_line))
        .routes(routes!(remove_credit_line))
        .routes(routes!(system_users, create_system_user))
        .routes(routes!(remove_system_user))
}

/// Of one portfolio that are listed.
const MOST: u32 = 1_000;

/// A credit line (`extendedcredits`).
#[derive(Serialize, ToSchema)]
#[schema(as = CreditLine)]
struct CreditLineView {
    #[schema(example = "5501")]
    id: String,
    portfolio_id: PortfolioRef,
    #[schema(example = "Acme BSP")]
    legal_entity_name: String,
}

/// A credit line to be made.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewCreditLine {
    #[schema(example = "Acme BSP")]
    legal_entity_name: String,
}

/// A system user of a portfolio.
#[derive(Serialize, ToSchema)]
#[schema(as = SystemUser)]
struct SystemUserView {
    #[schema(example = "122100000000001")]
    id: String,
    portfolio_id: PortfolioRef,
    #[schema(example = "Robot")]
    name: String,
}

/// A system user to be made.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewSystemUser {
    #[schema(example = "Robot")]
    name: String,
}

fn line(line: CreditLine) -> CreditLineView {
    CreditLineView {
        id: line.id.as_str().to_owned(),
        portfolio_id: PortfolioRef(line.portfolio),
        legal_entity_name: line.legal_entity_name,
    }
}

fn user(user: SystemUser) -> SystemUserView {
    SystemUserView { id: user.id.as_str().to_owned(), portfolio_id: PortfolioRef(user.portfolio), name: user.name }
}

/// Credit lines of a portfolio, by id.
#[utoipa::path(get, path = "/admin/v1/portfolios/{portfolio_id}/credit-lines", tag = "objects", operation_id = "list_credit_lines", params(("portfolio_id" = String, Path)), responses((status = 200, body = List<CreditLineView>), Problem))]
async fn credit_lines(State(state): State<OperatorState>, At(portfolio): At<String>) -> Result<Json<List<CreditLineView>>, Problem> {
    let portfolio = portfolios::find(&state, &portfolio).await?;
    Ok(List::of(state.engine.enrolments::<CreditLine>(portfolio.id.as_str(), MOST).await?, line))
}

/// Gives a portfolio a credit line, which it can share with its customers over the Graph API.
#[utoipa::path(post, path = "/admin/v1/portfolios/{portfolio_id}/credit-lines", tag = "objects", operation_id = "create_credit_line", params(("portfolio_id" = String, Path)), request_body = NewCreditLine, responses((status = 201, body = CreditLineView), Problem))]
async fn create_credit_line(
    State(state): State<OperatorState>,
    At(portfolio): At<String>,
    Body(asked): Body<NewCreditLine>,
) -> Result<(StatusCode, Json<CreditLineView>), Problem> {
    let portfolio = portfolios::find(&state, &portfolio).await?;
    let made = state.engine.put_credit_line(portfolio.id, name("legal_entity_name", asked.legal_entity_name)?).await?;
    Ok((StatusCode::CREATED, Json(line(made))))
}

/// Removes a credit line with its shares: an account that it paid for has no payment method any more, unless it had one before.
#[utoipa::path(delete, path = "/admin/v1/portfolios/{portfolio_id}/credit-lines/{credit_line_id}", tag = "objects", operation_id = "delete_credit_line", params(("portfolio_id" = String, Path), ("credit_line_id" = String, Path)), responses((status = 204), Problem))]
async fn remove_credit_line(State(state): State<OperatorState>, At((portfolio, id)): At<(String, String)>) -> Result<StatusCode, Problem> {
    let portfolio = portfolios::find(&state, &portfolio).await?;
    let found = state.engine.enrolment::<CreditLine>(form("credit_line_id", CreditLineId::parse(&id))?.as_str()).await?;
    let line = there("credit line", found.filter(|line| line.portfolio == portfolio.id))?;
    state.engine.remove_credit_line(&line.id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// System users of a portfolio, by id.
#[utoipa::path(get, path = "/admin/v1/portfolios/{portfolio_id}/system-users", tag = "objects", operation_id = "list_system_users", params(("portfolio_id" = String, Path)), responses((status = 200, body = List<SystemUserView>), Problem))]
async fn system_users(State(state): State<OperatorState>, At(portfolio): At<String>) -> Result<Json<List<SystemUserView>>, Problem> {
    let portfolio = portfolios::find(&state, &portfolio).await?;
    Ok(List::of(state.engine.enrolments::<SystemUser>(portfolio.id.as_str(), MOST).await?, user))
}

/// Gives a portfolio a system user, who can be assigned to accounts over the Graph API.
#[utoipa::path(post, path = "/admin/v1/portfolios/{portfolio_id}/system-users", tag = "objects", operation_id = "create_system_user", params(("portfolio_id" = String, Path)), request_body = NewSystemUser, responses((status = 201, body = SystemUserView), Problem))]
async fn create_system_user(
    State(state): State<OperatorState>,
    At(portfolio): At<String>,
    Body(asked): Body<NewSystemUser>,
) -> Result<(StatusCode, Json<SystemUserView>), Problem> {
    let portfolio = portfolios::find(&state, &portfolio).await?;
    let made = state.engine.put_system_user(portfolio.id, name("name", asked.name)?).await?;
    Ok((StatusCode::CREATED, Json(user(made))))
}

/// Removes a system user. Accounts do not list them any more.
#[utoipa::path(delete, path = "/admin/v1/portfolios/{portfolio_id}/system-users/{system_user_id}", tag = "objects", operation_id = "delete_system_user", params(("portfolio_id" = String, Path), ("system_user_id" = String, Path)), responses((status = 204), Problem))]
async fn remove_system_user(State(state): State<OperatorState>, At((portfolio, id)): At<(String, String)>) -> Result<StatusCode, Problem> {
    let portfolio = portfolios::find(&state, &portfolio).await?;
    let found = state.engine.enrolment::<SystemUser>(form("system_user_id", SystemUserId::parse(&id))?.as_str()).await?;
    let user = there("system user", found.filter(|user| user.portfolio == portfolio.id))?;
    state.engine.remove_system_user(&user.id).await?;
    Ok(StatusCode::NO_CONTENT)
}
