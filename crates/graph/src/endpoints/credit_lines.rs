//! Credit lines: a Solution Partner pays for its customers.
//!
//! Platform docs, Share and revoke credit lines (2025-11).
//!
//! - `GET /{business}/extendedcredits`
//! - `POST /{credit}/whatsapp_credit_sharing_and_attach`, or `/whatsapp_credit_sharing` and then `/whatsapp_credit_attach`
//! - `GET /{credit}/owning_credit_allocation_configs`
//! - `GET` (from [`node`](super::node)) and `DELETE /{allocation}`

use axum::extract::{Path, State};
use callport_core::ids::{AllocationId, CreditLineId, PortfolioId};
use callport_core::scope::Scope;
use callport_engine::records::{Allocation, CreditLine, Solution, SolutionAccount};
use callport_wire::calls::Success;
use callport_wire::nodes::page::Page;
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

/// Lines and shares that are listed.
const MOST: u32 = 1_000;

/// What there is to ask of a share.
const KIND: NodeKind = NodeKind {
    name: "ExtendedCreditAllocationConfig",
    default: &["id", "receiving_business", "request_status"],
    served: &["receiving_business", "receiving_credential", "request_status", "owning_credential"],
    without_value: &["currency_amount", "liability_type", "partition_type", "owning_business", "send_bill_to"],
};

#[derive(Serialize)]
struct LineView {
    id: String,
    legal_entity_name: String,
}

#[derive(Serialize)]
struct Ref {
    id: String,
}

#[derive(Serialize)]
struct BusinessRef {
    name: String,
    id: String,
}

#[derive(Serialize)]
struct AllocationView {
    receiving_business: BusinessRef,
    receiving_credential: Ref,
    owning_credential: Ref,
    request_status: &'static str,
    id: String,
}

/// Credit lines and their shares, each with its path after the id and what the id is.
pub(crate) fn routes() -> Vec<Route> {
    let business = || Parameter::text("receiving_business_id", "Only the share of this portfolio.");
    let lines = Operation::get("listCreditLines", list)
        .summary("Credit lines of a portfolio")
        .needs(Needs::Partner)
        .reply(|known| known.list(told(&["id", "legal_entity_name"])));
    let share = Operation::post("shareCreditLine", share)
        .summary("Shares a credit line with a client's portfolio")
        .needs(Needs::Partner)
        .body(members(&["receiving_business_id"], &["receiving_business_id"]))
        .reply(|_| told(&["allocation_config_id"]));
    let attach = |operation: Operation, summary| {
        operation
            .summary(summary)
            .needs(Needs::Partner)
            .body(members(&["waba_id", "waba_currency"], &["waba_id", "waba_currency"]))
            .reply(|_| told(&["allocation_config_id", "waba_id"]))
    };
    let shares = Operation::get("listCreditShares", allocations)
        .summary("Shares of a credit line; of one business, its share alone")
        .needs(Needs::Partner)
        .query([Parameter::fields(), business()])
        .reply(|_| json!({ "type": "object" }));
    let route = |path, id, operation| Route { path, id, operations: vec![operation] };
    vec![
        route("/{id}/extendedcredits", "business_id", lines),
        route("/{id}/whatsapp_credit_sharing", "credit_line_id", share),
        route(
            "/{id}/whatsapp_credit_attach",
            "credit_line_id",
            attach(Operation::post("attachCreditLine", attach_shared), "Attaches a shared credit line to an account"),
        ),
        route(
            "/{id}/whatsapp_credit_sharing_and_attach",
            "credit_line_id",
            attach(Operation::post("shareAndAttachCreditLine", share_and_attach), "Shares a credit line and attaches it"),
        ),
        route("/{id}/owning_credit_allocation_configs", "credit_line_id", shares),
    ]
}

/// The end of a share.
pub(crate) fn end_of_share() -> Operation {
    Operation::delete("endCreditShare", delete)
        .summary("Ends a share of a credit line")
        .needs(Needs::Partner)
        .reply(|known| known.of::<Success>())
}

/// `GET /{business}/extendedcredits`.
pub(crate) async fn list(State(graph): State<Shared>, Path(id): Path<String>, asked: Asked) -> Reply {
    let portfolio = graph.own_business(&asked.caller(), &id, &asked.method).await?;
    let lines = graph.engine.enrolments::<CreditLine>(portfolio.as_str(), MOST).await?;
    let view = |line: CreditLine| LineView { id: line.id.as_str().to_owned(), legal_entity_name: line.legal_entity_name };
    Answer::new(&Page::whole(lines.into_iter().map(view).collect()))
}

/// The line of that id, if it is one of the caller's portfolio.
async fn line(graph: &Graph, caller: &Caller, id: &str, asked: &Asked) -> Result<CreditLine, Refusal> {
    let line = match CreditLineId::parse(id) {
        Ok(id) => graph.engine.enrolment::<CreditLine>(id.as_str()).await?,
        Err(_) => None,
    };
    let line = line.ok_or_else(|| unknown(id, &asked.method))?;
    graph.demand_own(caller, &line.portfolio).await?;
    Ok(line)
}

/// `POST /{credit}/whatsapp_credit_sharing`.
pub(crate) async fn share(State(graph): State<Shared>, Path(id): Path<String>, asked: Asked) -> Reply {
    #[derive(Serialize)]
    struct Shared {
        success: bool,
        allocation_config_id: String,
    }
    let caller = asked.caller();
    let line = line(&graph, &caller, &id, &asked).await?;
    let receiving = business(&Params::new(asked.params()?))?.ok_or_else(|| Malformed::missing("receiving_business_id"))?;
    let allocation = caller.engine(&graph).share_credit(&line.id, receiving).await?;
    Answer::new(&Shared { success: true, allocation_config_id: allocation.id.as_str().to_owned() })
}

fn business(params: &Params<'_>) -> Result<Option<PortfolioId>, Malformed> {
    let id = params.text_or_number("receiving_business_id")?;
    id.map(|id| PortfolioId::parse(id.trim()).map_err(|_| Malformed::wrong("receiving_business_id", "must be the id of a portfolio")))
        .transpose()
}

/// `POST /{credit}/whatsapp_credit_attach`: to an account whose business was shared the line.
pub(crate) async fn attach_shared(State(graph): State<Shared>, Path(id): Path<String>, asked: Asked) -> Reply {
    attached(&graph, &id, &asked, false).await
}

/// `POST /{credit}/whatsapp_credit_sharing_and_attach`: both in one.
pub(crate) async fn share_and_attach(State(graph): State<Shared>, Path(id): Path<String>, asked: Asked) -> Reply {
    attached(&graph, &id, &asked, true).await
}

async fn attached(graph: &Shared, id: &str, asked: &Asked, sharing: bool) -> Reply {
    #[derive(Serialize)]
    struct Attached {
        allocation_config_id: String,
        waba_id: String,
    }
    let mut caller = asked.caller();
    let line = line(graph, &caller, id, asked).await?;
    let params = Params::new(asked.params()?);
    let waba = params.text_or_number("waba_id")?.ok_or_else(|| Malformed::missing("waba_id"))?;
    let currency = params.required_text("waba_currency")?.to_ascii_uppercase();
    let waba = match &caller.actor.token {
        Some(_) => graph.waba(&mut caller, waba.trim(), &asked.method).await?,
        // The app's own token reaches no account; what the app was granted says whether this one is a customer's.
        None => {
            let id =
                callport_core::ids::WabaId::parse(waba.trim()).map_err(|_| Malformed::wrong("waba_id", "must be the id of an account"))?;
            let waba = graph.engine.store().waba(&id).await?.ok_or_else(|| unknown(waba.trim(), &asked.method))?;
            let granted = graph.engine.store().grant(&caller.actor.app.id, &id).await?;
            let manages = granted.is_some_and(|grant| grant.scopes.contains(&Scope::Management));
            manages.then_some(waba).ok_or_else(|| Refusal::new(Code::PermissionMissing))?
        }
    };
    if let Some(account) = graph.engine.enrolment::<SolutionAccount>(waba.id.as_str()).await?
        && let Some(solution) = graph.engine.enrolment::<Solution>(account.solution.as_str()).await?
        && solution.permissions(&caller.actor.app.id).is_some_and(|may| !may.contains("MANAGE_BILLING"))
    {
        let details = "Sharing a credit line needs the permission MANAGE_BILLING of the multi-partner solution.";
        return Err(Refusal::because(Code::PermissionMissing, details));
    }
    let allocation = caller.engine(graph).attach_credit(&line.id, &waba.id, currency, sharing).await?;
    Answer::new(&Attached { allocation_config_id: allocation.id.as_str().to_owned(), waba_id: waba.id.as_str().to_owned() })
}

async fn view(graph: &Graph, allocation: &Allocation) -> Result<AllocationView, Refusal> {
    let reference = |id: &str| Ref { id: id.to_owned() };
    let name = graph.engine.store().portfolio(&allocation.receiving).await?.map(|portfolio| portfolio.name).unwrap_or_default();
    Ok(AllocationView {
        receiving_business: BusinessRef { name, id: allocation.receiving.as_str().to_owned() },
        receiving_credential: reference(allocation.credential.as_str()),
        owning_credential: reference(allocation.credit_line.as_str()),
        request_status: if allocation.deleted { "DELETED" } else { "ACTIVE" },
        id: allocation.id.as_str().to_owned(),
    })
}

/// `GET /{credit}/owning_credit_allocation_configs`. With a business, the published sample is its one share, bare and in no list.
pub(crate) async fn allocations(State(graph): State<Shared>, Path(id): Path<String>, asked: Asked) -> Reply {
    let line = line(&graph, &asked.caller(), &id, &asked).await?;
    let fields = Fields::asked(asked.fields()?.as_deref(), &KIND)?;
    let all = graph.engine.enrolments::<Allocation>(line.id.as_str(), MOST).await?;
    match business(&Params::new(asked.params()?))? {
        Some(receiving) => {
            let mut of_it: Vec<_> = all.into_iter().filter(|allocation| allocation.receiving == receiving).collect();
            of_it.sort_by_key(|allocation| allocation.deleted);
            let first =
                of_it.first().ok_or_else(|| Refusal::because(Code::InvalidParameter, "The line was never shared with this business."))?;
            Answer::new(&fields.of(&view(&graph, first).await?))
        }
        None => {
            let mut data = Vec::with_capacity(all.len());
            for allocation in &all {
                data.push(fields.of(&view(&graph, allocation).await?));
            }
            Answer::new(&Page::whole(data))
        }
    }
}

/// The share of that id, if it is of a line of the caller's portfolio.
async fn allocation(graph: &Graph, caller: &Caller, id: &str, asked: &Asked) -> Result<Allocation, Refusal> {
    let allocation = match AllocationId::parse(id) {
        Ok(id) => graph.engine.enrolment::<Allocation>(id.as_str()).await?,
        Err(_) => None,
    };
    let allocation = allocation.ok_or_else(|| unknown(id, &asked.method))?;
    line(graph, caller, allocation.credit_line.as_str(), asked).await?;
    Ok(allocation)
}

/// `GET /{allocation}`.
pub(crate) async fn get(graph: &Graph, caller: Caller, id: &str, asked: &Asked) -> Reply {
    let allocation = allocation(graph, &caller, id, asked).await?;
    let fields = Fields::asked(asked.fields()?.as_deref(), &KIND)?;
    Answer::new(&fields.of(&view(graph, &allocation).await?))
}

/// `DELETE /{allocation}`: the line pays no more for what it paid for.
pub(crate) async fn delete(State(graph): State<Shared>, Path(id): Path<String>, asked: Asked) -> Reply {
    let caller = asked.caller();
    let allocation = allocation(&graph, &caller, &id, &asked).await?;
    caller.engine(&graph).end_allocation(&allocation.id).await?;
    Answer::success()
}

#[cfg(test)]
mod tests;
