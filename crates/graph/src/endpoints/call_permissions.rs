//! `GET /{version}/{phone-number-id}/call_permissions`: whether a user may be called or asked, and what is left of the limits.
//!
//! Platform docs, Calling, Obtain user call permissions (mid-2026), "Get call permission state". Order of checks: token, permission,
//! number, the rate of look-ups (613), parameters (100), calling enabled (138000). A user who cannot be called, or does not exist, is no
//! error: there is no permission then.

use axum::extract::{Path, State};
use callport_core::outreach::{Known, OutreachRefusal};
use callport_core::pair::Pair;
use callport_wire::permissions::PermissionsQuery;
use callport_wire::permissions::PermissionsReply;

use crate::Shared;
use crate::answer::{Answer, Reply};
use crate::asked::Asked;
use crate::operation::{Needs, Operation, Parameter};
use crate::recipients;

mod outlook;

/// What can be asked about permissions.
pub(crate) fn operations() -> Vec<Operation> {
    let user = [
        Parameter::text("user_wa_id", "The user's number, country code first. One of the two is needed."),
        Parameter::text("recipient", "The user's business-scoped id."),
    ];
    let get = Operation::get("getCallPermissions", get)
        .summary("Whether a user may be called or asked, and what is left of the limits")
        .needs(Needs::SENDER)
        .query(user)
        .reply(|known| known.of::<PermissionsReply>());
    vec![get]
}

/// The endpoint.
pub(crate) async fn get(State(graph): State<Shared>, Path(id): Path<String>, asked: Asked) -> Reply {
    let mut caller = asked.caller();
    let number = graph.sender(&mut caller, &id, &asked.method).await?;
    let (engine, now) = (&graph.engine, graph.engine.now());
    graph.rates.of_lookup(&number.id, now)?;
    let whom = recipients::looked_up(&PermissionsQuery::read(asked.params()?)?)?;
    if !number.settings.enabled() {
        return Err(OutreachRefusal::CallingOff.into());
    }
    let user = engine.find_user(&number, &whom).await?;
    let pair = match &user {
        Some(user) => engine.pair(&number.id, &user.id).await?,
        None => Pair::default(),
    };
    let subject = outlook::Subject {
        number: user.as_ref().map(|user| &user.number).or(whom.number()),
        known: user.as_ref().map(|user| Known { pair: &pair, callable: !user.outdated_app }),
    };
    let reply = outlook::outlook(now, &engine.sender(&number, now), subject, engine.pair_limits(number.account_mode));
    Answer::new(&reply)
}

#[cfg(test)]
mod tests;
