//! `GET /{version}/{id}`: an id alone does not tell what it names, so the store is asked in turn.

use axum::extract::{Path, State};
use callport_core::ids::{PhoneNumberId, TemplateId, WabaId};
use callport_engine::records::{Allocation, Solution};

use super::{credit_lines, number, solutions, template, waba};
use crate::Shared;
use crate::answer::Reply;
use crate::asked::Asked;
use crate::objects::unknown;

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
