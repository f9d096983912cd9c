//! `POST /{version}/{phone-number-id}/register`: a verified number comes onto Cloud API.
//!
//! Platform docs, Cloud API, Registration and Two-step verification (2026-06). A number without a PIN gets the one that is sent; one that is
//! registered already passes silently and keeps its PIN. Ten requests in 72 hours, then 133016 for as long.

use axum::extract::{Path, State};
use callport_core::registration::LocalRegion;
use callport_core::scope::Scope;
use callport_wire::calls::Success;
use callport_wire::{Malformed, Params};

use crate::Shared;
use crate::answer::{Answer, Reply};
use crate::asked::Asked;
use crate::operation::{Needs, Operation, members};
use crate::registration;

/// How a number is registered.
pub(crate) fn operations() -> Vec<Operation> {
    vec![
        Operation::post("registerNumber", post)
            .summary("Registers a number with Cloud API")
            .needs(Needs::MANAGED_NUMBER)
            .body(members(&["messaging_product", "pin", "data_localization_region"], &["messaging_product", "pin"]))
            .reply(|known| known.of::<Success>()),
    ]
}

/// The endpoint.
pub(crate) async fn post(State(graph): State<Shared>, Path(id): Path<String>, asked: Asked) -> Reply {
    let mut caller = asked.caller();
    let number = graph.number(&mut caller, &id, &asked.method, &[Scope::Management]).await?;
    let params = Params::new(asked.params()?);
    params.check_product()?;
    let pin = registration::pin(&params)?;
    let region = params.text("data_localization_region")?.map(|region| {
        let known = LocalRegion::parse(&region.to_ascii_uppercase());
        known.ok_or_else(|| Malformed::wrong("data_localization_region", format!("must be one of {}", regions())))
    });
    caller.engine(&graph).register(&number.id, pin, region.transpose()?).await?;
    Answer::success()
}

fn regions() -> String {
    LocalRegion::ALL.map(LocalRegion::name).join(", ")
}
