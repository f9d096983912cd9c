//! Multi-partner solutions: made by one app with another, answered, and ended.
//!
//! Platform docs, Multi-partner solutions (2025-12-12) and reference v23 (2026-03), which differ in the replies: both forms together.
//!
//! - `POST /{app}/whatsapp_business_solution`, `GET /{app}/whatsapp_business_solutions`, `GET /{waba}/solutions`
//! - `GET /{solution}` (from [`node`](super::node)), `/partners`, `/access_token`
//! - `POST /{solution}/accept`, `/reject`, `/send_deactivation_request`, `/accept_deactivation_request`, `/reject_deactivation_request`

use std::collections::BTreeSet;

use axum::extract::{Path, State};
use callport_core::ids::{AppId, PortfolioId};
use callport_engine::records::{Solution, SolutionAccount, SolutionStatus};
use callport_engine::{Fault, NewSolution, SolutionDeed};
use callport_wire::nodes::page::Page;
use callport_wire::nodes::subscribed_apps::AppData;
use callport_wire::{Code, Malformed, Params};
use serde::Serialize;
use serde_json::json;

use crate::answer::{Answer, Refusal, Reply};
use crate::asked::Asked;
use crate::auth::Caller;
use crate::fields::{Fields, NodeKind};
use crate::objects::unknown;
use crate::operation::{Needs, Operation, Parameter, Route, members, told};
use crate::{Graph, Shared};

/// What there is to ask of a solution.
const KIND: NodeKind = NodeKind {
    name: "WhatsAppBusinessSolution",
    default: &["id", "name", "status", "status_for_pending_request"],
    served: &["name", "status", "status_for_pending_request", "owner_app", "owner_permissions", "partners"],
    without_value: &["access_token"],
};

/// Longest name and reason, in characters.
const NAME_MAX: usize = 255;

/// An app of a solution.
#[derive(Serialize)]
struct SolutionApp {
    id: String,
    name: String,
}

/// A partner as a solution's node tells it.
#[derive(Serialize)]
struct PartnerView {
    partner_app: AppData,
    partner_permissions: Vec<String>,
    status: &'static str,
    id: String,
}

/// The node.
#[derive(Serialize)]
struct SolutionView {
    id: String,
    name: String,
    status: &'static str,
    status_for_pending_request: &'static str,
    owner_app: SolutionApp,
    owner_permissions: Vec<String>,
    partners: Page<PartnerView>,
}

/// A reply of a request that moves a solution.
#[derive(Serialize)]
struct Moved {
    success: bool,
    solution_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    partner_status: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    request_type: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    request_status: Option<&'static str>,
}

fn partner_status(solution: &Solution) -> &'static str {
    match solution.status {
        SolutionStatus::Initiated => "PENDING",
        SolutionStatus::Rejected => "REJECTED",
        SolutionStatus::Active | SolutionStatus::PendingDeactivation | SolutionStatus::Deactivated => "ACCEPTED",
    }
}

async fn app(graph: &Graph, id: &AppId) -> Result<String, Fault> {
    Ok(graph.engine.store().app(id).await?.map(|app| app.name).unwrap_or_default())
}

async fn partner(graph: &Graph, solution: &Solution) -> Result<PartnerView, Fault> {
    let id = solution.partner_app.as_str().to_owned();
    Ok(PartnerView {
        partner_app: AppData::new(&id, app(graph, &solution.partner_app).await?),
        partner_permissions: solution.partner_permissions.iter().cloned().collect(),
        status: partner_status(solution),
        id,
    })
}

async fn view(graph: &Graph, solution: &Solution) -> Result<SolutionView, Fault> {
    Ok(SolutionView {
        id: solution.id.as_str().to_owned(),
        name: solution.name.clone(),
        status: solution.status.name(),
        status_for_pending_request: solution.status.pending(),
        owner_app: SolutionApp { id: solution.owner_app.as_str().to_owned(), name: app(graph, &solution.owner_app).await? },
        owner_permissions: solution.owner_permissions.iter().cloned().collect(),
        partners: Page::whole(vec![partner(graph, solution).await?]),
    })
}

/// The app in the path, which must be the caller's own.
fn own_app(caller: &Caller, id: &str, asked: &Asked) -> Result<AppId, Refusal> {
    AppId::parse(id).ok().filter(|id| *id == caller.actor.app.id).ok_or_else(|| unknown(id, &asked.method))
}

fn words(params: &Params<'_>, name: &str) -> Result<BTreeSet<String>, Malformed> {
    Ok(params.words(name)?.unwrap_or_default().into_iter().map(|word| word.to_ascii_uppercase()).collect())
}

/// A multi-partner solution's ways, each with its path after the id and what the id is.
pub(crate) fn routes() -> Vec<Route> {
    let deed = |operation: Operation, summary| {
        operation.summary(summary).needs(Needs::Partner).body(members(&["partner_app_id", "request_type", "rejection_reason", "reason"], &[])).reply(|_| {
            json!({ "type": "object", "properties": { "success": { "type": "boolean" }, "solution_id": { "type": "string" } }, "required": ["success"] })
        })
    };
    let list = |operation: Operation, summary, needs| {
        operation.summary(summary).needs(needs).query([Parameter::fields()]).reply(|known| known.list(json!({ "type": "object" })))
    };
    let create = Operation::post("createSolution", create)
        .summary("Offers another app a multi-partner solution")
        .needs(Needs::Partner)
        .body(members(
            &["solution_name", "partner_app_id", "owner_permissions", "partner_permissions"],
            &["solution_name", "partner_app_id"],
        ))
        .reply(|_| told(&["solution_id"]));
    let token = Operation::get("getSolutionToken", access_token)
        .summary("A token for a client that signed up with a solution")
        .needs(Needs::Partner)
        .query([Parameter::text("business_id", "The client's portfolio.").required()])
        .reply(|known| known.list(told(&["access_token"])));
    let route = |path, id, operation| Route { path, id, operations: vec![operation] };
    vec![
        route("/{id}/whatsapp_business_solution", "app_id", create),
        route(
            "/{id}/whatsapp_business_solutions",
            "app_id",
            list(Operation::get("listSolutions", of_app), "Solutions that an app has a part in", Needs::Partner),
        ),
        route(
            "/{id}/solutions",
            "waba_id",
            list(Operation::get("listAccountSolutions", of_account), "The solution that an account was signed up with", Needs::ACCOUNT),
        ),
        route(
            "/{id}/partners",
            "solution_id",
            list(Operation::get("listSolutionPartners", partners), "The partner of a solution", Needs::Partner),
        ),
        route("/{id}/access_token", "solution_id", token),
        route("/{id}/accept", "solution_id", deed(Operation::post("acceptSolution", accept), "Accepts a solution")),
        route("/{id}/reject", "solution_id", deed(Operation::post("rejectSolution", reject), "Declines a solution")),
        route(
            "/{id}/send_deactivation_request",
            "solution_id",
            deed(Operation::post("askToEndSolution", ask_to_end), "Asks the other side to end a solution"),
        ),
        route(
            "/{id}/accept_deactivation_request",
            "solution_id",
            deed(Operation::post("agreeToEndSolution", agree_to_end), "Agrees to end a solution"),
        ),
        route(
            "/{id}/reject_deactivation_request",
            "solution_id",
            deed(Operation::post("refuseToEndSolution", refuse_to_end), "Refuses to end a solution"),
        ),
    ]
}

/// `POST /{app}/whatsapp_business_solution`.
pub(crate) async fn create(State(graph): State<Shared>, Path(id): Path<String>, asked: Asked) -> Reply {
    #[derive(Serialize)]
    struct Created {
        solution_id: String,
    }
    let caller = asked.caller();
    let owner = own_app(&caller, &id, &asked)?;
    graph.demand_managing(&caller)?;
    let params = Params::new(asked.params()?);
    let name = params.required_bounded_text("solution_name", NAME_MAX)?.trim().to_owned();
    let partner = params.text_or_number("partner_app_id")?.ok_or_else(|| Malformed::missing("partner_app_id"))?;
    let new = NewSolution {
        owner,
        name,
        partner: AppId::parse(partner.trim()).map_err(|_| Malformed::wrong("partner_app_id", "must be the id of an app"))?,
        owner_permissions: words(&params, "owner_permissions")?,
        partner_permissions: words(&params, "partner_permissions")?,
    };
    let solution = caller.engine(&graph).create_solution(new).await?;
    Answer::new(&Created { solution_id: solution.id.as_str().to_owned() })
}

/// `GET /{app}/whatsapp_business_solutions`: those that the app has a part in.
pub(crate) async fn of_app(State(graph): State<Shared>, Path(id): Path<String>, asked: Asked) -> Reply {
    let caller = asked.caller();
    let app = own_app(&caller, &id, &asked)?;
    graph.demand_managing(&caller)?;
    listed(&graph, &asked, graph.engine.solutions_of(&app).await?).await
}

/// `GET /{waba}/solutions`: the one that the account was signed up with.
pub(crate) async fn of_account(State(graph): State<Shared>, Path(id): Path<String>, asked: Asked) -> Reply {
    let mut caller = asked.caller();
    let waba = graph.waba(&mut caller, &id, &asked.method).await?;
    let solution = match graph.engine.enrolment::<SolutionAccount>(waba.id.as_str()).await? {
        Some(account) => graph.engine.enrolment::<Solution>(account.solution.as_str()).await?,
        None => None,
    };
    listed(&graph, &asked, solution.into_iter().collect()).await
}

async fn listed(graph: &Graph, asked: &Asked, solutions: Vec<Solution>) -> Reply {
    let fields = Fields::asked(asked.fields()?.as_deref(), &KIND)?;
    let mut data = Vec::with_capacity(solutions.len());
    for solution in &solutions {
        data.push(fields.of(&view(graph, solution).await?));
    }
    Answer::new(&Page::whole(data))
}

/// `GET /{solution}`.
pub(crate) async fn get(graph: &Graph, caller: Caller, id: &str, asked: &Asked) -> Reply {
    let solution = graph.solution(&caller, id, &asked.method).await?;
    let fields = Fields::asked(asked.fields()?.as_deref(), &KIND)?;
    Answer::new(&fields.of(&view(graph, &solution).await?))
}

/// `GET /{solution}/partners`.
pub(crate) async fn partners(State(graph): State<Shared>, Path(id): Path<String>, asked: Asked) -> Reply {
    let solution = graph.solution(&asked.caller(), &id, &asked.method).await?;
    Answer::new(&Page::whole(vec![partner(&graph, &solution).await?]))
}

/// `POST /{solution}/accept`.
pub(crate) async fn accept(State(graph): State<Shared>, Path(id): Path<String>, asked: Asked) -> Reply {
    named_partner(&asked)?;
    let solution = moved(&graph, &id, &asked, SolutionDeed::Accept).await?;
    Answer::new(&Moved { partner_status: Some(partner_status(&solution)), ..reply(&solution) })
}

/// `POST /{solution}/reject`.
pub(crate) async fn reject(State(graph): State<Shared>, Path(id): Path<String>, asked: Asked) -> Reply {
    named_partner(&asked)?;
    let params = Params::new(asked.params()?);
    params.bounded_text("rejection_reason", NAME_MAX)?;
    if params.text("request_type")?.is_some_and(|kind| kind != "PARTNERSHIP_REQUEST") {
        return Err(Malformed::wrong("request_type", "must be PARTNERSHIP_REQUEST").into());
    }
    let solution = moved(&graph, &id, &asked, SolutionDeed::Reject).await?;
    Answer::new(&Moved { partner_status: Some(partner_status(&solution)), ..reply(&solution) })
}

/// `partner_app_id` is the caller's own app, where it is said.
fn named_partner(asked: &Asked) -> Result<(), Refusal> {
    let named = Params::new(asked.params()?).text_or_number("partner_app_id")?;
    match named {
        Some(named) if named.trim() != asked.caller().actor.app.id.as_str() => {
            Err(Refusal::because(Code::PermissionMissing, "partner_app_id is another app than the one that asks."))
        }
        _ => Ok(()),
    }
}

/// `POST /{solution}/send_deactivation_request`.
pub(crate) async fn ask_to_end(State(graph): State<Shared>, Path(id): Path<String>, asked: Asked) -> Reply {
    ends(&graph, &id, &asked, SolutionDeed::AskToEnd, "PENDING").await
}

/// `POST /{solution}/accept_deactivation_request`.
pub(crate) async fn agree_to_end(State(graph): State<Shared>, Path(id): Path<String>, asked: Asked) -> Reply {
    ends(&graph, &id, &asked, SolutionDeed::AgreeToEnd, "APPROVED").await
}

/// `POST /{solution}/reject_deactivation_request`.
pub(crate) async fn refuse_to_end(State(graph): State<Shared>, Path(id): Path<String>, asked: Asked) -> Reply {
    ends(&graph, &id, &asked, SolutionDeed::RefuseToEnd, "REJECTED").await
}

async fn ends(graph: &Shared, id: &str, asked: &Asked, deed: SolutionDeed, status: &'static str) -> Reply {
    Params::new(asked.params()?).bounded_text("reason", NAME_MAX)?;
    let solution = moved(graph, id, asked, deed).await?;
    Answer::new(&Moved { request_type: Some("DEACTIVATION_REQUEST"), request_status: Some(status), ..reply(&solution) })
}

async fn moved(graph: &Shared, id: &str, asked: &Asked, deed: SolutionDeed) -> Result<Solution, Refusal> {
    let caller = asked.caller();
    let solution = graph.solution(&caller, id, &asked.method).await?;
    Ok(caller.engine(graph).move_solution(&solution.id, &caller.actor.app.id, deed).await?)
}

fn reply(solution: &Solution) -> Moved {
    let solution_id = solution.id.as_str().to_owned();
    Moved { success: true, solution_id, partner_status: None, request_type: None, request_status: None }
}

/// `GET /{solution}/access_token?business_id=`: a token for a client that signed up with the solution.
pub(crate) async fn access_token(State(graph): State<Shared>, Path(id): Path<String>, asked: Asked) -> Reply {
    #[derive(Serialize)]
    struct Token {
        access_token: String,
    }
    let caller = asked.caller();
    let solution = graph.solution(&caller, &id, &asked.method).await?;
    let business = Params::new(asked.params()?).text_or_number("business_id")?.ok_or_else(|| Malformed::missing("business_id"))?;
    let business = PortfolioId::parse(business.trim()).map_err(|_| Malformed::wrong("business_id", "must be the id of a portfolio"))?;
    if solution.status != SolutionStatus::Active {
        return Err(Refusal::because(Code::InvalidParameter, "The solution is not active."));
    }
    let token = caller.engine(&graph).client_token(&caller.actor.app.id, &business, Some(&solution.id)).await?;
    let token =
        token.ok_or_else(|| Refusal::because(Code::PermissionMissing, "No account of this business was signed up with the solution."))?;
    Answer::new(&Page::whole(vec![Token { access_token: token }]))
}

#[cfg(test)]
mod tests;
