//! `GET` and `POST /{version}/{phone-number-id}`: the number's node, and its webhook override.
//!
//! Platform docs, Cloud API, Phone numbers (2026) and Webhooks, Overrides (2026-09-11).

use axum::extract::{Path, State};
use callport_core::eligibility::InUseWith;
use callport_core::ids::WabaId;
use callport_core::scope::Scope;
use callport_engine::records::{App, Callback, Number};
use callport_engine::{Actor, Fault};
use callport_wire::nodes::health::HealthStatus;
use callport_wire::nodes::phone_number::{self, PhoneNumber, Throughput};
use callport_wire::nodes::webhook_configuration::{OverrideUpdate, WebhookConfiguration};
use callport_wire::{Code, Params};
use serde_json::{Map, Value};

use crate::answer::{Answer, Refusal, Reply};
use crate::asked::Asked;
use crate::auth::Caller;
use crate::fields::{Fields, NodeKind};
use crate::{Graph, Shared, registration};

/// What there is to ask of a number.
pub(super) const KIND: NodeKind = NodeKind {
    name: phone_number::NODE,
    default: &phone_number::DEFAULT_FIELDS,
    served: phone_number::SERVED,
    without_value: phone_number::WITHOUT_VALUE,
};

/// The node. Tokens for messaging may read it, too: set-up tools of calling have no other.
pub(crate) async fn get(graph: &Graph, mut caller: Caller, id: &str, asked: &Asked) -> Reply {
    let number = graph.number(&mut caller, id, &asked.method, &[Scope::Management, Scope::Messaging]).await?;
    let fields = Fields::asked(asked.fields()?.as_deref(), &KIND)?;
    let shown = shown(graph, &caller.actor, caller.account(&number), &number, &fields).await?;
    Answer::new(&shown)
}

/// Sets or removes the override, or sets the two-step verification PIN.
pub(crate) async fn post(State(graph): State<Shared>, Path(id): Path<String>, asked: Asked) -> Reply {
    let mut caller = asked.caller();
    let number = graph.number(&mut caller, &id, &asked.method, &[Scope::Management]).await?;
    let params = asked.params()?;
    let callback = match OverrideUpdate::of_phone_number(params)? {
        Some(OverrideUpdate::Set { callback_uri, verify_token }) => Some(Callback { url: callback_uri, verify_token }),
        Some(OverrideUpdate::Remove) => None,
        None if params.contains_key("pin") => {
            caller.engine(&graph).set_pin(&number.id, registration::pin(&Params::new(params))?).await?;
            return Answer::success();
        }
        None => return Err(Refusal::because(Code::InvalidParameter, "The parameter webhook_configuration is required.")),
    };
    caller.engine(&graph).override_number(&caller.actor.app.id, &number, callback).await?;
    Answer::success()
}

/// The chosen fields of a number. The webhook configuration is the asking app's, and so is the health.
pub(crate) async fn shown(
    graph: &Graph,
    actor: &Actor,
    account: &WabaId,
    number: &Number,
    fields: &Fields,
) -> Result<Map<String, Value>, Fault> {
    let configuration = match fields.has("webhook_configuration") {
        true => Some(configuration(graph, &actor.app, number).await?),
        false => None,
    };
    let health = match fields.has("health_status") {
        true => graph.health_of_number(actor, account, number).await?,
        false => None,
    };
    let number = Number { onboarding: number.onboarding.at(graph.engine.now()), ..number.clone() };
    Ok(fields.of(&node(&number, configuration, health)))
}

async fn configuration(graph: &Graph, app: &App, number: &Number) -> Result<WebhookConfiguration, Fault> {
    let store = graph.engine.store();
    let subscription = match graph.engine.subscribed_account(&app.id, number).await? {
        Some(account) => store.subscription(&app.id, &account).await?,
        None => None,
    };
    Ok(WebhookConfiguration {
        phone_number: store.phone_override(&app.id, &number.id).await?.map(|set| set.callback.url),
        whatsapp_business_account: subscription.and_then(|set| set.override_callback).map(|callback| callback.url),
        application: app.callback.as_ref().map(|callback| callback.url.clone()),
    })
}

/// Quality is that of a number in good standing: nothing here changes it.
fn node(number: &Number, webhook_configuration: Option<WebhookConfiguration>, health_status: Option<HealthStatus>) -> PhoneNumber {
    let display = number.number.display();
    let on_cloud_api = number.in_use_with != InUseWith::BusinessApp && number.onboarding.registered();
    let constant = |text: &str| Some(text.to_owned());
    PhoneNumber {
        id: number.id.as_str().to_owned(),
        country_dial_code: dial_code(&display),
        display_phone_number: Some(display),
        verified_name: Some(number.name.clone()),
        quality_rating: constant("GREEN"),
        code_verification_status: constant(number.onboarding.verification.name()),
        platform_type: constant(if on_cloud_api { "CLOUD_API" } else { "NOT_APPLICABLE" }),
        is_on_biz_app: Some(number.in_use_with != InUseWith::CloudApi),
        throughput: Some(Throughput { level: "STANDARD".to_owned() }),
        name_status: constant(number.onboarding.name.name()),
        status: constant(number.onboarding.status()),
        account_mode: constant(number.account_mode.name()),
        whatsapp_business_manager_messaging_limit: constant(number.messaging_limit.name()),
        webhook_configuration,
        health_status,
    }
}

/// `1` of `+1 555-902-0077`; unknown ranges are shown without a blank and have none.
fn dial_code(display: &str) -> Option<String> {
    let (code, _) = display.strip_prefix('+')?.split_once(' ')?;
    Some(code.to_owned())
}

#[cfg(test)]
mod tests;
