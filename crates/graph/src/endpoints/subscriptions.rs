//! `POST`, `GET` and `DELETE /{version}/{app-id}/subscriptions`: the app's callback URL and webhook fields.
//!
//! Platform docs, Graph API, Webhooks, Subscriptions. Called with an app token `APP_ID|APP_SECRET` only, often as a parameter of a form. The
//! URL is believed after it answered the challenge (2200 or 2201 otherwise); POST replaces the URL and adds the fields.

use axum::extract::{Path, State};
use callport_core::ids::AppId;
use callport_engine::records::{App, Callback};
use callport_wire::Code;
use callport_wire::calls::Success;
use callport_wire::nodes::page::Page;
use callport_wire::nodes::subscriptions::{SubscribedField, Subscription, SubscriptionRequest, Unsubscription};
use callport_wire::schemas;
use callport_wire::webhooks::envelope::OBJECT;

use crate::Shared;
use crate::answer::{Answer, Refusal, Reply};
use crate::asked::Asked;
use crate::auth::Caller;
use crate::objects::unknown;
use crate::operation::{Needs, Operation, Parameter};
use crate::version::Version;

/// What can be done with an app's webhooks.
pub(crate) fn operations() -> Vec<Operation> {
    let list =
        Operation::get("getSubscriptions", get).summary("Where an app's webhooks go, and which").needs(Needs::OwnApp).reply(|known| {
            let subscription = known.of::<Subscription>();
            known.list(subscription)
        });
    let put = Operation::post("subscribeFields", post)
        .summary("Sets where an app's webhooks go, and adds fields")
        .needs(Needs::OwnApp)
        .body(schemas::subscription())
        .reply(|known| known.of::<Success>());
    let remove = Operation::delete("unsubscribeFields", delete)
        .summary("Takes fields away, or all webhooks")
        .needs(Needs::OwnApp)
        .query([Parameter::text("object", "`whatsapp_business_account`."), Parameter::text("fields", "Only these.")])
        .reply(|known| known.of::<Success>());
    vec![list, put, remove]
}

/// Sets the URL and adds fields.
pub(crate) async fn post(State(graph): State<Shared>, Path(id): Path<String>, asked: Asked) -> Reply {
    let (caller, app) = managed(&id, &asked)?;
    let request = SubscriptionRequest::read(asked.params()?)?;
    let callback = Callback { url: request.callback_url, verify_token: request.verify_token };
    caller.engine(&graph).subscribe_fields(&app, callback, request.fields).await?;
    Answer::success()
}

/// The subscription, if there is one.
pub(crate) async fn get(Path(id): Path<String>, asked: Asked) -> Reply {
    let (_, app) = managed(&id, &asked)?;
    Answer::new(&Page::whole(shown(app, asked.version).into_iter().collect()))
}

/// Takes fields away, or everything.
pub(crate) async fn delete(State(graph): State<Shared>, Path(id): Path<String>, asked: Asked) -> Reply {
    let (caller, app) = managed(&id, &asked)?;
    let fields = Unsubscription::read(asked.params()?)?.fields;
    caller.engine(&graph).unsubscribe_fields(&app, fields).await?;
    Answer::success()
}

/// The app in the path, which must be the caller's own. Other apps do not exist for it.
fn managed(id: &str, asked: &Asked) -> Result<(Caller, App), Refusal> {
    let caller = asked.caller();
    let app = AppId::parse(id).map_err(|_| unknown(id, &asked.method))?;
    if app != caller.actor.app.id {
        return Err(unknown(id, &asked.method));
    }
    if !caller.actor.manages(&app) {
        return Err(Refusal::because(
            Code::PermissionDenied,
            "An app is managed with its own token, APP_ID|APP_SECRET; an access token reaches accounts, not its app.",
        ));
    }
    let app = caller.actor.app.clone();
    Ok((caller, app))
}

fn shown(app: App, version: Version) -> Option<Subscription> {
    let callback = app.callback?;
    let field = |name| SubscribedField { name, version: version.to_string() };
    Some(Subscription {
        object: OBJECT.to_owned(),
        callback_url: callback.url,
        active: true,
        fields: app.fields.into_iter().map(field).collect(),
    })
}

#[cfg(test)]
mod tests;
