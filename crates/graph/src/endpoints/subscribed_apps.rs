//! `POST`, `GET` and `DELETE /{version}/{waba-id}/subscribed_apps`: which apps hear of an account. The subject is the token's app.
//!
//! Platform docs, WhatsApp Business Management API, Subscribed apps; Webhooks, Overrides (2026-09-11). A POST without an override
//! subscribes and removes an earlier one; with one, the app must be subscribed already. An override is shown to its own app only.

use axum::extract::{Path, State};
use callport_engine::Fault;
use callport_engine::records::{Callback, Subscription, Waba};
use callport_wire::Code;
use callport_wire::calls::Success;
use callport_wire::nodes::page::Page;
use callport_wire::nodes::subscribed_apps::{AppData, SubscribedApp};
use callport_wire::nodes::webhook_configuration::OverrideUpdate;
use callport_wire::schemas;

use crate::answer::{Answer, Refusal, Reply};
use crate::asked::Asked;
use crate::auth::Caller;
use crate::operation::{Needs, Operation};
use crate::{Graph, Shared};

/// What can be done with an account's subscriptions.
pub(crate) fn operations() -> Vec<Operation> {
    let list = Operation::get("listSubscribedApps", get).summary("The apps that hear of an account").needs(Needs::ACCOUNT).reply(|known| {
        let app = known.of::<SubscribedApp>();
        known.list(app)
    });
    let add = Operation::post("subscribeApp", post)
        .summary("Subscribes the token's app to an account, or sets its override")
        .needs(Needs::ACCOUNT)
        .body(schemas::subscribed_app())
        .reply(|known| known.of::<Success>());
    let remove = Operation::delete("unsubscribeApp", delete)
        .summary("Unsubscribes the token's app")
        .needs(Needs::ACCOUNT)
        .reply(|known| known.of::<Success>());
    vec![list, add, remove]
}

/// Subscribes the app.
pub(crate) async fn post(State(graph): State<Shared>, Path(id): Path<String>, asked: Asked) -> Reply {
    let mut caller = asked.caller();
    let waba = account(&graph, &mut caller, &id, &asked).await?;
    let app = &caller.actor.app.id;
    match OverrideUpdate::of_account(asked.params()?)? {
        Some(OverrideUpdate::Set { callback_uri, verify_token }) => {
            caller.engine(&graph).override_waba(app, &waba.id, Callback { url: callback_uri, verify_token }).await?;
        }
        Some(OverrideUpdate::Remove) | None => caller.engine(&graph).subscribe_app(app, &waba.id, None).await?,
    }
    Answer::success()
}

/// Every subscribed app.
pub(crate) async fn get(State(graph): State<Shared>, Path(id): Path<String>, asked: Asked) -> Reply {
    let mut caller = asked.caller();
    let waba = account(&graph, &mut caller, &id, &asked).await?;
    Answer::new(&list(&graph, &caller, &waba).await?)
}

/// The list, for the endpoint and for the field of the account.
pub(super) async fn list(graph: &Graph, caller: &Caller, waba: &Waba) -> Result<Page<SubscribedApp>, Fault> {
    let mut apps = Vec::new();
    for subscription in graph.engine.store().subscriptions(&waba.id).await? {
        let own = subscription.app == caller.actor.app.id;
        apps.extend(shown(graph, subscription, own).await?);
    }
    Ok(Page::whole(apps))
}

/// Unsubscribes the app; no subscription is no error.
pub(crate) async fn delete(State(graph): State<Shared>, Path(id): Path<String>, asked: Asked) -> Reply {
    let mut caller = asked.caller();
    let waba = account(&graph, &mut caller, &id, &asked).await?;
    caller.engine(&graph).unsubscribe_app(&caller.actor.app.id, &waba.id).await?;
    Answer::success()
}

/// The account in the path. One that is not there is told as 803, which this page lists (platform docs, Subscribed apps, 2026-09-11).
async fn account(graph: &Graph, caller: &mut Caller, id: &str, asked: &Asked) -> Result<Waba, Refusal> {
    graph.waba(caller, id, &asked.method).await.map_err(|refusal| match refusal.0.code() {
        Code::UnknownObject => Refusal::because(Code::ObjectNotFound, "There is no WhatsApp Business Account with the id in the path."),
        _ => refusal,
    })
}

async fn shown(graph: &Graph, subscription: Subscription, own: bool) -> Result<Option<SubscribedApp>, Fault> {
    let app = graph.engine.store().app(&subscription.app).await?;
    Ok(app.map(|app| SubscribedApp {
        whatsapp_business_api_data: AppData::new(app.id.as_str(), app.name),
        override_callback_uri: subscription.override_callback.filter(|_| own).map(|callback| callback.url),
    }))
}

#[cfg(test)]
mod tests;
