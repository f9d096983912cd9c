//! The business line's first home: every app that is subscribed to the account and to the field, and may have it, gets a webhook.

use std::borrow::Cow;
use std::sync::Arc;

use async_trait::async_trait;
use callport_core::call_id::CallId;
use callport_core::ids::{AppId, PhoneNumberId, WabaId};
use callport_core::message::MessageId;
use callport_core::scope::Field;
use callport_core::time::WallTime;
use callport_flow::Notice;

use super::Outbox;
use crate::fault::Fault;
use crate::ports::{BusinessLine, NewDelivery, Queued, Store, Wording};
use crate::records::App;

pub(crate) struct Webhooks {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) wording: Arc<dyn Wording>,
    pub(crate) outbox: Arc<Outbox>,
}

/// Apps that are told of `field` for `waba`: subscribed to the account, the field chosen, and the account granted with the scope that the
/// field needs.
pub(crate) async fn receivers(store: &dyn Store, waba: &WabaId, field: Field) -> Result<Vec<App>, Fault> {
    let mut apps = Vec::new();
    for subscription in store.subscriptions(waba).await? {
        let Some(app) = store.app(&subscription.app).await?.filter(|app| app.wants(field)) else { continue };
        let granted = store.grant(&app.id, waba).await?;
        apps.extend(granted.is_some_and(|grant| grant.covers(field)).then_some(app));
    }
    Ok(apps)
}

#[async_trait]
impl BusinessLine for Webhooks {
    async fn listens(&self, waba: &WabaId, field: Field) -> Result<bool, Fault> {
        Ok(!receivers(&*self.store, waba, field).await?.is_empty())
    }

    /// One webhook for each app.
    async fn prepare(&self, notices: &[Notice], now: WallTime) -> Result<Vec<NewDelivery>, Fault> {
        let mut webhooks = Vec::new();
        for notice in notices {
            let Address { waba, number, field, call, message } = Address::of(notice);
            let mut body: Option<Arc<[u8]>> = None;
            let mut apps = match told_alone(notice) {
                Some(app) => self.store.app(app).await?.filter(|app| app.wants(field)).into_iter().collect(),
                None => receivers(&*self.store, &waba, field).await?,
            };
            if let Some(number) = number
                && apps.iter().any(|app| !app.tech_partner)
                && self.store.number(number).await?.is_some_and(|number| number.in_sandbox_account())
            {
                apps.retain(|app| app.tech_partner);
            }
            for app in apps {
                let body = body.get_or_insert_with(|| self.wording.body(notice).into());
                webhooks.push(NewDelivery {
                    app: app.id,
                    waba: waba.clone().into_owned(),
                    number: number.cloned(),
                    field,
                    event: notice.event(),
                    call: call.cloned(),
                    message: message.cloned(),
                    body: body.clone(),
                    created_at: now,
                });
            }
        }
        Ok(webhooks)
    }

    fn committed(&self, prepared: Vec<NewDelivery>, queued: &[Queued]) {
        self.outbox.post(prepared, queued);
    }
}

/// Who is told of what concerns one app alone, whatever accounts it is subscribed to.
fn told_alone(notice: &Notice) -> Option<&AppId> {
    match notice {
        Notice::Partner { news, .. } => Some(&news.app),
        Notice::Solution { app, .. } => Some(app),
        _ => None,
    }
}

/// Where a notice belongs.
struct Address<'a> {
    /// What a delivery is listed under.
    waba: Cow<'a, WabaId>,
    number: Option<&'a PhoneNumberId>,
    field: Field,
    call: Option<&'a CallId>,
    message: Option<&'a MessageId>,
}

impl<'a> Address<'a> {
    fn of(notice: &'a Notice) -> Self {
        let at =
            |waba: &'a WabaId, number, field| Self { waba: Cow::Borrowed(waba), number: Some(number), field, call: None, message: None };
        match notice {
            Notice::Connect { parties, call, .. } | Notice::Terminate { parties, call, .. } | Notice::CallStatus { parties, call, .. } => {
                Self { call: Some(call), ..at(&parties.waba, &parties.number_id, Field::Calls) }
            }
            Notice::NoPaymentMethod { parties, .. } => at(&parties.waba, &parties.number_id, Field::Calls),
            Notice::MessageStatus { recipient, message, .. } => {
                Self { message: Some(message), ..at(&recipient.waba, &recipient.number_id, Field::Messages) }
            }
            Notice::Said { parties, message, .. } => {
                Self { message: Some(message), ..at(&parties.waba, &parties.number_id, Field::Messages) }
            }
            Notice::SettingsChanged { waba, number_id, .. } => at(waba, number_id, Field::AccountSettingsUpdate),
            Notice::Restricted { waba, number_id, .. } | Notice::Quality { waba, number_id, .. } => {
                at(waba, number_id, Field::AccountUpdate)
            }
            Notice::Partner { news, .. } => {
                Self { waba: Cow::Borrowed(&news.waba), number: None, field: Field::AccountUpdate, call: None, message: None }
            }
            // It is about no account.
            Notice::Solution { portfolio, .. } => {
                Self { waba: Cow::Owned(portfolio.as_entry()), number: None, field: Field::PartnerSolutions, call: None, message: None }
            }
            Notice::TemplateStatus { template, .. } => Self {
                waba: Cow::Borrowed(&template.waba),
                number: None,
                field: Field::MessageTemplateStatusUpdate,
                call: None,
                message: None,
            },
        }
    }
}
