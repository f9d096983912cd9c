//! `GET /{version}/{id}`: an id alone does not tell what it names, so the store is asked in turn.

use axum::extract::{Path, State};
use callport_core::ids::{PhoneNumberId, TemplateId, WabaId};
use callport_core::scope::Scope;
use callport_engine::records::{Allocation, Solution};
use callport_wire::calls::Success;
use callport_wire::nodes::phone_number::PhoneNumber;
use callport_wire::nodes::waba::Waba;
use callport_wire::schemas;
use callport_wire::templates::TemplateView;
use serde_json::json;

use super::{credit_lines, number, solutions, template, waba};
use crate::Shared;
use crate::answer::Reply;
use crate::asked::Asked;
use crate::objects::unknown;
use crate::operation::{Named, Needs, Operation, Parameter};

/// What can be done with a node.
pub(crate) fn operations() -> Vec<Operation> {
    let read = Operation::get("getNode", get)
        .summary("A phone number, an account or a template")
        .needs(Needs::Scopes(&[
            (Named::Number, &[Scope::Management, Scope::Messaging]),
            (Named::Account, &[Scope::Management]),
            (Named::Template, &[Scope::Management]),
        ]))
        .query([Parameter::fields()])
        .reply(|known| json!({ "anyOf": [known.of::<PhoneNumber>(), known.of::<Waba>(), known.chosen::<TemplateView>()] }));
    let change = Operation::post("changeNumber", number::post)
        .summary("Sets or removes a number's webhook override")
        .needs(Needs::MANAGED_NUMBER)
        .body(schemas::phone_number())
        .reply(|known| known.of::<Success>());
    vec![read, change, credit_lines::end_of_share()]
}

/// The endpoint.
pub(crate) async fn get(State(graph): State<Shared>, Path(id): Path<String>, asked: Asked) -> Reply {
    let caller = asked.caller();
    let (Ok(as_number), Ok(as_waba), Ok(as_template)) = (PhoneNumberId::parse(&id), WabaId::parse(&id), TemplateId::parse(&id)) else {
        return Err(unknown(&id, &asked.method));
    };
    if graph.engine.store().number(&as_number).await?.is_some() {
        return number::get(&graph, caller, &id, &asked).await;
    }
    if graph.engine.store().waba(&as_waba).await?.is_some() {
        return waba::get(&graph, caller, &id, &asked).await;
    }
    if graph.engine.store().template(&as_template).await?.is_some() {
        return template::get(&graph, caller, &id, &asked).await;
    }
    if graph.engine.enrolment::<Solution>(&id).await?.is_some() {
        return solutions::get(&graph, caller, &id, &asked).await;
    }
    if graph.engine.enrolment::<Allocation>(&id).await?.is_some() {
        return credit_lines::get(&graph, caller, &id, &asked).await;
    }
    Err(unknown(&id, &asked.method))
}
