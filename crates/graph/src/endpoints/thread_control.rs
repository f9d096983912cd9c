//! `POST /{version}/{phone-number-id}/thread_control`: a chat is passed on, taken or released. Messages only: calls are not touched.
//!
//! Platform docs, Conversation routing (2026-10-12). Order of checks: token, permission, number, shape (100), the user (131026), routing and terms
//! (100, 10), the asking business's role (10), the thread's owner (131070), the role that gets it (100). The platform publishes none of these codes.

use axum::extract::{Path, State};
use callport_core::routing::RoutingRole;
use callport_engine::{ControlThreadRefusal, ThreadAction};
use callport_wire::Code;
use callport_wire::messages::{ThreadControl, ThreadControlAction, ThreadControlled};
use callport_wire::schemas;

use crate::Shared;
use crate::answer::{Answer, Refusal, Reply};
use crate::asked::Asked;
use crate::operation::{Needs, Operation};
use crate::recipients;

/// What can be done with a thread.
pub(crate) fn operations() -> Vec<Operation> {
    let control = Operation::post("controlThread", post)
        .summary("Passes a chat on, takes it or releases it, where conversation routing says who answers")
        .needs(Needs::SENDER)
        .body(schemas::thread_control())
        .reply(|known| known.of::<ThreadControlled>());
    vec![control]
}

/// The endpoint.
pub(crate) async fn post(State(graph): State<Shared>, Path(id): Path<String>, asked: Asked) -> Reply {
    let mut caller = asked.caller();
    let number = graph.sender(&mut caller, &id, &asked.method).await?;
    let ThreadControl { to, recipient, action, metadata } = ThreadControl::read(asked.params()?)?;
    let whom = recipients::named(to.as_deref(), recipient.as_deref(), &number.number)?;
    let action = match action {
        ThreadControlAction::Pass { target_role } => ThreadAction::Pass(role(&target_role)?),
        ThreadControlAction::Take => ThreadAction::Take,
        ThreadControlAction::Release => ThreadAction::Release,
    };
    let user = graph.engine.find_user(&number, &whom).await?;
    let user = user.ok_or_else(|| Refusal::because(Code::Undeliverable, "There is no such user."))?;
    caller.engine(&graph).control_thread(&caller.actor.app, &number, &user.id, action, metadata).await?;
    Answer::new(&ThreadControlled::new(caller.request.trace()))
}

fn role(word: &str) -> Result<RoutingRole, Refusal> {
    RoutingRole::parse(word).filter(|role| role.has_threads()).ok_or_else(|| {
        let known: Vec<_> = RoutingRole::ALL.into_iter().filter(|role| role.has_threads()).map(RoutingRole::name).collect();
        let details = format!("The parameter control_pass.target_role must be one of {}.", known.join(", "));
        Refusal::because(Code::InvalidParameter, details)
    })
}

impl From<ControlThreadRefusal> for Refusal {
    fn from(refusal: ControlThreadRefusal) -> Self {
        let code = match refusal {
            ControlThreadRefusal::NoTerms | ControlThreadRefusal::NoRole => Code::PermissionDenied,
            ControlThreadRefusal::NotOwner => Code::ThreadOfAnother,
            ControlThreadRefusal::UnknownUser => Code::Undeliverable,
            ControlThreadRefusal::UnknownNumber | ControlThreadRefusal::NoRouting | ControlThreadRefusal::NobodyHas(_) => {
                Code::InvalidParameter
            }
        };
        Self::told(code, &refusal)
    }
}

#[cfg(test)]
pub(crate) mod tests;
