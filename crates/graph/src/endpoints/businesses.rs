//! What hangs on a business portfolio: its accounts, those of its customers, system users, and numbers that a partner verifies for customers to come.
//!
//! Platform docs, Business portfolio reference; Embedded Signup, App-only install and Pre-verified numbers (2026); Credit lines (2025-11).
//!
//! - `GET /{business}/owned_whatsapp_business_accounts`, `/client_whatsapp_business_accounts`
//! - `POST /{business}/add_phone_numbers`, `POST /{business}/system_user_access_tokens`
//! - `GET` and `POST /{waba}/assigned_users`

use std::cmp::Ordering;

use axum::extract::{Path, State};
use callport_core::ids::{PortfolioId, SystemUserId};
use callport_core::number::PhoneNumber;
use callport_core::scope::Scope;
use callport_engine::ports;
use callport_engine::records::{Assignment, ClientAccount, SystemUser, Waba};
use callport_wire::calls::Success;
use callport_wire::nodes::page::Page;
use callport_wire::{Code, Malformed, Params};
use serde::Serialize;
use serde_json::{Map, Value};

use super::add_phone_number::Added;
use super::waba;
use crate::Shared;
use crate::answer::{Answer, Refusal, Reply};
use crate::asked::Asked;
use crate::fields::Fields;
use crate::lists::{Link, Span};
use crate::operation::{Needs, Operation, Parameter, Route, members, told};

/// Accounts of one portfolio that are looked through.
const MOST: u32 = 1_000;

/// Accounts on a page at most.
const LIMIT_MAX: usize = 100;

/// Portfolios and what they have, each with its path after the id and what the id is.
pub(crate) fn routes() -> Vec<Route> {
    let accounts = |operation: Operation, summary, needs| {
        let query = [Parameter::fields(), Parameter::text("filtering", "By partners.")];
        operation.summary(summary).needs(needs).query(query.into_iter().chain(Parameter::paging())).reply(|known| {
            let account = known.of::<callport_wire::nodes::waba::Waba>();
            known.list(account)
        })
    };
    let add = Operation::post("addPreVerifiedNumber", add_number)
        .summary("Adds a number that is verified before a customer takes it")
        .needs(Needs::Partner)
        .body(members(&["phone_number"], &["phone_number"]))
        .reply(|_| told(&["id"]));
    let tokens = Operation::post("fetchClientToken", tokens)
        .summary("A token for what a client let the app into without a code")
        .needs(Needs::Managing)
        .body(members(&["appsecret_proof", "fetch_only", "system_user_id"], &["fetch_only"]))
        .reply(|_| told(&["access_token"]));
    let assigned = Operation::get("listAssignedUsers", assigned)
        .summary("System users of an account")
        .needs(Needs::ACCOUNT)
        .query([Parameter::text("business", "Only those of this portfolio.")])
        .reply(|known| known.list(told(&["id", "name"])));
    let assign = Operation::post("assignUser", assign)
        .summary("Gives a system user tasks on an account")
        .needs(Needs::ACCOUNT)
        .body(members(&["user", "tasks"], &["user", "tasks"]))
        .reply(|known| known.of::<Success>());
    let route = |path, id, operations| Route { path, id, operations };
    vec![
        route(
            "/{id}/owned_whatsapp_business_accounts",
            "business_id",
            vec![accounts(Operation::get("listOwnedAccounts", owned), "Accounts that a portfolio owns", Needs::Managing)],
        ),
        route(
            "/{id}/client_whatsapp_business_accounts",
            "business_id",
            vec![accounts(Operation::get("listClientAccounts", clients), "Accounts that clients share with a portfolio", Needs::Partner)],
        ),
        route("/{id}/add_phone_numbers", "business_id", vec![add]),
        route("/{id}/system_user_access_tokens", "business_id", vec![tokens]),
        route("/{id}/assigned_users", "waba_id", vec![assigned, assign]),
    ]
}

/// `GET /{business}/owned_whatsapp_business_accounts`: all of them to an app of this portfolio, else those that the token manages.
pub(crate) async fn owned(State(graph): State<Shared>, Path(id): Path<String>, asked: Asked) -> Reply {
    let caller = asked.caller();
    let portfolio = graph.business(&id, &asked.method).await?.id;
    graph.demand_managing(&caller)?;
    let own = caller.actor.app.business.as_ref() == Some(&portfolio);
    let mut accounts = Vec::new();
    for account in graph.engine.store().wabas_of(&portfolio, ports::Page::first(MOST)).await? {
        let scopes = graph.engine.scopes_on(&caller.actor, &account.id).await?;
        if own || scopes.is_some_and(|scopes| scopes.contains(&Scope::Management)) {
            accounts.push(account);
        }
    }
    page(&graph, &asked, format!("{id}/owned_whatsapp_business_accounts"), accounts).await
}

/// `GET /{business}/client_whatsapp_business_accounts`: accounts of others that were shared with this portfolio, filtered by partners of a solution.
pub(crate) async fn clients(State(graph): State<Shared>, Path(id): Path<String>, asked: Asked) -> Reply {
    let portfolio = graph.own_business(&asked.caller(), &id, &asked.method).await?;
    let partners = partners(asked.params()?)?;
    let mut accounts: Vec<Waba> = Vec::new();
    for shared in graph.engine.enrolments::<ClientAccount>(portfolio.as_str(), MOST).await? {
        let mut of_all = true;
        for partner in &partners {
            of_all &= graph.engine.enrolment::<ClientAccount>(&ClientAccount::id_of(partner, &shared.waba)).await?.is_some();
        }
        let granted = graph.engine.store().grant(&shared.app, &shared.waba).await?.is_some();
        if of_all && granted {
            accounts.extend(graph.engine.store().waba(&shared.waba).await?);
        }
    }
    page(&graph, &asked, format!("{id}/client_whatsapp_business_accounts"), accounts).await
}

/// `[{"field":"partners","operator":"ALL","value":["…"]}]`
fn partners(params: &Map<String, Value>) -> Result<Vec<PortfolioId>, Malformed> {
    const NAME: &str = "filtering";
    let unknown = || Malformed::wrong(NAME, "may hold one filter, of the field partners with the operator ALL and a list of portfolios");
    match Params::new(params).list(NAME)?.unwrap_or_default() {
        [] => Ok(Vec::new()),
        [filter] if filter["field"] == "partners" && filter["operator"] == "ALL" => {
            let ids = filter["value"].as_array().ok_or_else(unknown)?;
            ids.iter().map(|id| id.as_str().and_then(|id| PortfolioId::parse(id).ok()).ok_or_else(unknown)).collect()
        }
        _ => Err(unknown()),
    }
}

async fn page(graph: &Shared, asked: &Asked, path: String, mut accounts: Vec<Waba>) -> Reply {
    let by_value = |id: &str| (id.trim_start_matches('0').len(), id.to_owned());
    let order = |a: &str, b: &str| -> Ordering { by_value(a).cmp(&by_value(b)) };
    accounts.sort_by(|a, b| order(a.id.as_str(), b.id.as_str()));
    let span = Span::read(asked.params()?, LIMIT_MAX, |place| !place.is_empty() && place.bytes().all(|byte| byte.is_ascii_digit()))?;
    let part = span.of(&accounts, |account, place| order(account.id.as_str(), place));
    let fields = Fields::asked(asked.fields()?.as_deref(), &waba::KIND)?;
    let mut data = Vec::with_capacity(part.items.len());
    for account in part.items {
        data.push(fields.of(&waba::node(graph, account, None).await?));
    }
    let link = Link { config: &graph.config, asked, path };
    let paging = part.paging(&span, &link, |account| account.id.as_str().to_owned());
    Answer::new(&Page { data, paging })
}

/// `POST /{business}/add_phone_numbers`: its code is requested and verified like that of any number.
pub(crate) async fn add_number(State(graph): State<Shared>, Path(id): Path<String>, asked: Asked) -> Reply {
    let caller = asked.caller();
    let portfolio = graph.own_business(&caller, &id, &asked.method).await?;
    let number = Params::new(asked.params()?).text_or_number("phone_number")?.ok_or_else(|| Malformed::missing("phone_number"))?;
    let number = PhoneNumber::parse(&number).map_err(|why| Malformed::wrong("phone_number", format!("is none: {why}")))?;
    let waiting = caller.engine(&graph).add_pre_verified(&portfolio, number).await?;
    Answer::new(&Added { id: waiting.id.as_str().to_owned() })
}

/// `POST /{client portfolio}/system_user_access_tokens`: a token for what the app was let into without a code. `fetch_only`: no system user is made.
pub(crate) async fn tokens(State(graph): State<Shared>, Path(id): Path<String>, asked: Asked) -> Reply {
    #[derive(Serialize)]
    struct Token {
        access_token: String,
    }
    let caller = asked.caller();
    let client = graph.business(&id, &asked.method).await?.id;
    graph.demand_managing(&caller)?;
    let params = Params::new(asked.params()?);
    if caller.actor.token.is_some() && params.text("appsecret_proof")?.is_none() {
        return Err(Malformed::missing("appsecret_proof").into());
    }
    if params.flag("fetch_only")? != Some(true) {
        return Err(Malformed::wrong("fetch_only", "must be true: system users are made in the business's own settings").into());
    }
    let token = caller.engine(&graph).client_token(&caller.actor.app.id, &client, None).await?;
    let token =
        token.ok_or_else(|| Refusal::because(Code::PermissionMissing, "This business did not let the app into any of its accounts."))?;
    Answer::new(&Token { access_token: token })
}

/// `POST /{waba}/assigned_users?user=…&tasks=["MANAGE"]`: a partner's system user on a customer's account.
pub(crate) async fn assign(State(graph): State<Shared>, Path(id): Path<String>, asked: Asked) -> Reply {
    let mut caller = asked.caller();
    let waba = graph.waba(&mut caller, &id, &asked.method).await?;
    let params = Params::new(asked.params()?);
    let user = params.text_or_number("user")?.ok_or_else(|| Malformed::missing("user"))?;
    let user = SystemUserId::parse(user.trim()).map_err(|_| Malformed::wrong("user", "must be the id of a system user"))?;
    let tasks = params.words("tasks")?.filter(|tasks| !tasks.is_empty()).ok_or_else(|| Malformed::missing("tasks"))?;
    let of = graph.engine.enrolment::<SystemUser>(user.as_str()).await?.map(|user| user.portfolio);
    if of.is_some() && of != caller.actor.app.business && of.as_ref() != Some(&waba.portfolio) {
        return Err(Refusal::because(Code::PermissionMissing, "The system user is neither of the app's portfolio nor of the account's."));
    }
    let tasks = tasks.into_iter().map(|task| task.to_ascii_uppercase()).collect();
    caller.engine(&graph).assign_user(&waba.id, user, tasks).await?;
    Answer::success()
}

/// `GET /{waba}/assigned_users?business=…`.
pub(crate) async fn assigned(State(graph): State<Shared>, Path(id): Path<String>, asked: Asked) -> Reply {
    #[derive(Serialize)]
    struct Assigned {
        id: String,
        name: String,
        tasks: Vec<String>,
    }
    let mut caller = asked.caller();
    let waba = graph.waba(&mut caller, &id, &asked.method).await?;
    let business = Params::new(asked.params()?).text_or_number("business")?;
    let mut data = Vec::new();
    for row in graph.engine.enrolments::<Assignment>(waba.id.as_str(), MOST).await? {
        let Some(user) = graph.engine.enrolment::<SystemUser>(row.user.as_str()).await? else { continue };
        if business.as_ref().is_none_or(|business| business.trim() == user.portfolio.as_str()) {
            data.push(Assigned { id: user.id.as_str().to_owned(), name: user.name, tasks: row.tasks.into_iter().collect() });
        }
    }
    Answer::new(&Page::whole(data))
}

#[cfg(test)]
mod tests;
