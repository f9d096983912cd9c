//! `GET /{version}/{phone-number-id}/routing_roles`: what the business that owns the asking app does for the number.
//!
//! Platform docs, Conversation routing, Routing roles (2026-11-05), which says what is answered and by which permission; the path is our choice
//! (docs/decisions/0046-conversation-routing.md). Without a configuration nobody has a role.

use axum::extract::{Path, State};
use callport_core::scope::Scope;
use callport_wire::nodes::routing::RoutingRoles;

use crate::Shared;
use crate::answer::{Answer, Reply};
use crate::asked::Asked;
use crate::operation::{Named, Needs, Operation};

/// What can be asked about roles.
pub(crate) fn operations() -> Vec<Operation> {
    let get = Operation::get("getRoutingRoles", get)
        .summary("What the business that owns the asking app does for a number, as conversation routing says")
        .needs(Needs::Scopes(&[(Named::Number, &[Scope::Management, Scope::Messaging])]))
        .reply(|known| known.of::<RoutingRoles>());
    vec![get]
}

/// The endpoint.
pub(crate) async fn get(State(graph): State<Shared>, Path(id): Path<String>, asked: Asked) -> Reply {
    let mut caller = asked.caller();
    let number = graph.number(&mut caller, &id, &asked.method, &[Scope::Management, Scope::Messaging]).await?;
    let own = graph.engine.roles_of(&caller.actor.app, &number).await?;
    Answer::new(&RoutingRoles { roles: own.roles.iter().map(|role| role.name().to_owned()).collect(), is_standby: own.standby })
}

#[cfg(test)]
mod tests;
