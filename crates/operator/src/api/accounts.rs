//! The accounts of a number that several operators share: one for each partner.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use callport_engine::records::NumberAccount;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{List, numbers, wabas};
use crate::asked::{At, Body};
use crate::problem::Problem;
use crate::state::OperatorState;
use crate::words::{PortfolioRef, WabaRef};

pub(super) fn routes() -> OpenApiRouter<OperatorState> {
    OpenApiRouter::default().routes(routes!(list)).routes(routes!(share, unshare))
}

/// An account of a number.
#[derive(Serialize, ToSchema)]
#[schema(as = NumberAccount)]
struct AccountView {
    waba_id: WabaRef,
    /// The account that owns the number; the others share it.
    owns: bool,
    /// The partner that the account was made for, by the portfolio that owns its apps.
    partner_id: Option<PortfolioRef>,
}

/// For whom a number is shared.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewAccount {
    /// A number is not shared with the same partner twice.
    partner_id: Option<PortfolioRef>,
}

fn view(account: NumberAccount) -> AccountView {
    AccountView { waba_id: WabaRef(account.waba), owns: false, partner_id: account.partner.map(PortfolioRef) }
}

/// The accounts of a number: the one that owns it, then the others by id. Its webhooks go to the subscribed apps of each; each has its own templates,
/// payment method and grants.
#[utoipa::path(get, path = "/admin/v1/numbers/{phone_number_id}/accounts", tag = "objects", operation_id = "list_number_accounts", params(("phone_number_id" = String, Path)), responses((status = 200, body = List<AccountView>), Problem))]
async fn list(State(state): State<OperatorState>, At(number): At<String>) -> Result<Json<List<AccountView>>, Problem> {
    let number = numbers::find(&state, &number).await?;
    let others = state.engine.store().number_accounts(&number.id).await?;
    let owner = AccountView { waba_id: WabaRef(number.waba), owns: true, partner_id: None };
    Ok(List::of([owner].into_iter().chain(others.into_iter().map(view)), |account| account))
}

/// Shares a number with one more account, of the same portfolio as the one that owns it.
#[utoipa::path(put, path = "/admin/v1/numbers/{phone_number_id}/accounts/{waba_id}", tag = "objects", operation_id = "share_number", params(("phone_number_id" = String, Path), ("waba_id" = String, Path)), request_body = Option<NewAccount>, responses((status = 200, body = AccountView), Problem))]
async fn share(
    State(state): State<OperatorState>,
    At((number, waba)): At<(String, String)>,
    Body(asked): Body<NewAccount>,
) -> Result<Json<AccountView>, Problem> {
    let (number, waba) = (numbers::find(&state, &number).await?, wabas::find(&state, &waba).await?);
    let account = NumberAccount { number: number.id, waba: waba.id, partner: asked.partner_id.map(|id| id.0) };
    state.engine.share_number(account.clone()).await?;
    Ok(Json(view(account)))
}

/// Takes a number away from a further account. The account that owns it stays.
#[utoipa::path(delete, path = "/admin/v1/numbers/{phone_number_id}/accounts/{waba_id}", tag = "objects", operation_id = "unshare_number", params(("phone_number_id" = String, Path), ("waba_id" = String, Path)), responses((status = 204), Problem))]
async fn unshare(State(state): State<OperatorState>, At((number, waba)): At<(String, String)>) -> Result<StatusCode, Problem> {
    let (number, waba) = (numbers::find(&state, &number).await?, wabas::find(&state, &waba).await?.id);
    if waba == number.waba {
        return Err(Problem::conflict("this account owns the number, which is only shared with the others"));
    }
    state.engine.unshare_number(&number.id, &waba).await?;
    Ok(StatusCode::NO_CONTENT)
}
