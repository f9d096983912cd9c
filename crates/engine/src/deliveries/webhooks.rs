//! The business line's first home: every app that is subscribed to the account and to the field, and may have it, gets a webhook.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::Arc;

use async_trait::async_trait;
use callport_core::call_id::{CallId, Direction};
use callport_core::ids::{AppId, PhoneNumberId, PortfolioId, WabaId};
use callport_core::message::MessageId;
use callport_core::scope::Field;
use callport_core::time::WallTime;
use callport_flow::{Notice, RoutingRules};

use super::Outbox;
use crate::directory::routing_of;
use crate::fault::Fault;
use crate::ports::{BusinessLine, NewDelivery, Queued, Store, Wording};
use crate::records::{App, Number, Routing, Said};

pub(crate) struct Webhooks {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) wording: Arc<dyn Wording>,
    pub(crate) outbox: Arc<Outbox>,
    pub(crate) routing: RoutingRules,
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

/// Which businesses' apps hear of something, where conversation routing says so.
enum Audience {
    Everybody,
    Only(BTreeSet<PortfolioId>),
}

impl Audience {
    fn hears(&self, business: Option<&PortfolioId>) -> bool {
        match self {
            Audience::Everybody => true,
            Audience::Only(businesses) => business.is_some_and(|business| businesses.contains(business)),
        }
    }
}

impl Webhooks {
    /// Platform docs, Conversation routing, calling webhooks (2026-10-12); messaging_handovers (2026-09-22); standby (2026-08-04).
    async fn audience(&self, notice: &Notice, number: Option<&Number>) -> Result<Audience, Fault> {
        let only = |business: &PortfolioId| Audience::Only([business.clone()].into());
        match notice {
            Notice::Handover { to, .. } => return Ok(only(to)),
            Notice::Said { said, owner: Some(owner), .. } if !matches!(said, Said::Permission(_)) => return Ok(only(owner)),
            Notice::Said { said: Said::Permission(_), .. } | Notice::Standby { .. } | Notice::NoPaymentMethod { .. } => {}
            other if other.of_call().is_some() => {}
            _ => return Ok(Audience::Everybody),
        }
        let routing = match number {
            Some(number) => routing_of(&*self.store, number).await?,
            None => None,
        };
        let along = routing.iter().flat_map(|routing| routing.standby.iter().filter(|business| routing.on_standby(business)).cloned());
        if let Notice::Standby { owner, .. } = notice {
            return Ok(Audience::Only(along.filter(|business| business != owner).collect()));
        }
        let reads_end =
            self.routing.standby_hears_terminate && matches!(notice, Notice::Terminate { direction: Direction::BusinessInitiated, .. });
        Ok(match routing.as_ref().and_then(Routing::call_primary) {
            Some(primary) if reads_end => Audience::Only(along.chain([primary.clone()]).collect()),
            Some(primary) => only(primary),
            None => Audience::Everybody,
        })
    }
}

#[async_trait]
impl BusinessLine for Webhooks {
    async fn listens(&self, waba: &WabaId, field: Field) -> Result<bool, Fault> {
        Ok(!receivers(&*self.store, waba, field).await?.is_empty())
    }

    /// One webhook for each app, from the first account of the number that the app is subscribed to.
    async fn prepare(&self, notices: &[Notice], now: WallTime) -> Result<Vec<NewDelivery>, Fault> {
        let mut webhooks = Vec::new();
        for notice in notices.iter().filter(|notice| notice.by_webhook()) {
            let Address { waba, number, field, call, message, everywhere } = Address::of(notice);
            let record = match number {
                Some(number) => self.store.number(number).await?,
                None => None,
            };
            let audience = self.audience(notice, record.as_ref()).await?;
            let accounts = match &record {
                Some(record) if everywhere => self.store.accounts_of(record).await?,
                _ => vec![waba.into_owned()],
            };
            let mut told: Vec<AppId> = Vec::new();
            for account in accounts {
                let mut body: Option<Arc<[u8]>> = None;
                let apps = match told_alone(notice) {
                    Some(app) => self.store.app(app).await?.filter(|app| app.wants(field)).into_iter().collect(),
                    None => receivers(&*self.store, &account, field).await?,
                };
                for app in apps {
                    let sandbox = record.as_ref().is_some_and(|number| !app.tech_partner && number.in_sandbox_account());
                    if sandbox || told.contains(&app.id) || !audience.hears(app.business.as_ref()) {
                        continue;
                    }
                    let body = body.get_or_insert_with(|| self.wording.body(notice, &account).into());
                    told.push(app.id.clone());
                    webhooks.push(NewDelivery {
                        app: app.id,
                        waba: account.clone(),
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
    /// It is about the number: told from each of its accounts. Else it is about `waba` alone.
    everywhere: bool,
}

impl<'a> Address<'a> {
    fn of(notice: &'a Notice) -> Self {
        let at = |waba: &'a WabaId, number, field| Self {
            waba: Cow::Borrowed(waba),
            number: Some(number),
            field,
            call: None,
            message: None,
            everywhere: true,
        };
        match notice {
            Notice::Connect { parties, call, .. }
            | Notice::CallCreated { parties, call, .. }
            | Notice::Terminate { parties, call, .. }
            | Notice::CallStatus { parties, call, .. } => Self { call: Some(call), ..at(&parties.waba, &parties.number_id, Field::Calls) },
            Notice::NoPaymentMethod { parties, .. } => at(&parties.waba, &parties.number_id, Field::Calls),
            // The account that sent it, which the price stands for.
            Notice::MessageStatus { recipient, message, .. } => {
                Self { message: Some(message), everywhere: false, ..at(&recipient.waba, &recipient.number_id, Field::Messages) }
            }
            Notice::Said { parties, message, .. } => {
                Self { message: Some(message), ..at(&parties.waba, &parties.number_id, Field::Messages) }
            }
            Notice::UserChanged { parties, message, .. } => {
                Self { message: Some(message), ..at(&parties.waba, &parties.number_id, Field::Messages) }
            }
            Notice::Handover { parties, .. } => at(&parties.waba, &parties.number_id, Field::MessagingHandovers),
            Notice::Standby { of, parties, .. } => {
                Self { message: Self::of(of).message, ..at(&parties.waba, &parties.number_id, Field::Standby) }
            }
            Notice::Echo { parties, message, .. } => {
                Self { message: Some(message), ..at(&parties.waba, &parties.number_id, Field::Standby) }
            }
            Notice::SettingsChanged { waba, number_id, .. } => at(waba, number_id, Field::AccountSettingsUpdate),
            Notice::Restricted { waba, number_id, .. } | Notice::Quality { waba, number_id, .. } => {
                at(waba, number_id, Field::AccountUpdate)
            }
            Notice::Partner { news, .. } => Self {
                waba: Cow::Borrowed(&news.waba),
                number: None,
                field: Field::AccountUpdate,
                call: None,
                message: None,
                everywhere: false,
            },
            // It is about no account.
            Notice::Solution { portfolio, .. } => Self {
                waba: Cow::Owned(portfolio.as_entry()),
                number: None,
                field: Field::PartnerSolutions,
                call: None,
                message: None,
                everywhere: false,
            },
            Notice::TemplateStatus { template, .. } => Self {
                waba: Cow::Borrowed(&template.waba),
                number: None,
                field: Field::MessageTemplateStatusUpdate,
                call: None,
                message: None,
                everywhere: false,
            },
        }
    }
}
