//! What apps may do with accounts (platform docs, Access tokens and permissions): given by an operator, by a token that is made for an account, and by
//! subscribing an app that nobody granted anything yet.

use std::collections::BTreeSet;
use std::convert::Infallible;

use callport_core::ids::{AppId, WabaId};
use callport_core::scope::Scope;

use super::{ProvisionRefusal, made, removed};
use crate::journal::About;
use crate::notice::PartnerEvent;
use crate::onboarding::partners;
use crate::records::AppGrant;
use crate::row::{Key, Row};
use crate::step::{Cx, Draft, Input, Stop};
use crate::view::{Need, View};

/// What an app is granted where nothing else is said: messages and calls, and what stands around them.
pub(crate) const WHOLE: [Scope; 2] = [Scope::Messaging, Scope::Management];

/// Says what an app may do with an account, in place of what was said before. Nothing at all is [`EndGrant`].
#[derive(Debug, Clone)]
pub struct PutGrant(pub AppGrant);

impl Input for PutGrant {
    type Done = ();
    type Refusal = ProvisionRefusal;

    fn decide(&self, view: &View, cx: &Cx<'_>, draft: &mut Draft) -> Result<(), Stop<ProvisionRefusal>> {
        let AppGrant { app, waba, scopes } = &self.0;
        view.app(Key::App(app.clone()))?.ok_or(ProvisionRefusal::Missing("app"))?;
        view.waba(Key::Waba(waba.clone()))?.ok_or(ProvisionRefusal::Missing("WhatsApp Business Account"))?;
        put(draft, cx, app, waba, scopes.clone());
        Ok(())
    }
}

/// Takes an account away from an app, which is told so if it is a partner's: its tokens do not reach the account any more, and its subscription is over.
#[derive(Debug, Clone)]
pub struct EndGrant(pub AppId, pub WabaId);

impl Input for EndGrant {
    type Done = ();
    type Refusal = Infallible;

    fn decide(&self, view: &View, cx: &Cx<'_>, draft: &mut Draft) -> Result<(), Stop<Infallible>> {
        Ok(end(view, cx, draft, &self.0, &self.1)?)
    }
}

/// Takes an account away from an app.
pub(super) fn end(view: &View, cx: &Cx<'_>, draft: &mut Draft, app: &AppId, waba: &WabaId) -> Result<(), Need> {
    if view.grant(Key::Grant(app.clone(), waba.clone()))?.is_some() {
        partners::tell(view, cx, draft, app, waba, &[PartnerEvent::Uninstalled, PartnerEvent::Removed])?;
    }
    removed(draft, cx, about(app, waba), "grant", Some(waba.as_str()));
    draft.remove(Key::Grant(app.clone(), waba.clone()));
    draft.remove(Key::Subscription(app.clone(), waba.clone()));
    Ok(())
}

/// Adds to what an app may do with an account.
pub(crate) fn widen(view: &View, cx: &Cx<'_>, draft: &mut Draft, app: &AppId, waba: &WabaId, scopes: &BTreeSet<Scope>) -> Result<(), Need> {
    let granted = view.grant(Key::Grant(app.clone(), waba.clone()))?;
    if granted.is_none_or(|grant| !grant.scopes.is_superset(scopes)) {
        let scopes = granted.map_or(scopes.clone(), |grant| &grant.scopes | scopes);
        put(draft, cx, app, waba, scopes);
    }
    Ok(())
}

/// Grants the whole to an app that was granted nothing.
pub(super) fn begin(view: &View, cx: &Cx<'_>, draft: &mut Draft, app: &AppId, waba: &WabaId) -> Result<(), Need> {
    if view.grant(Key::Grant(app.clone(), waba.clone()))?.is_none() {
        put(draft, cx, app, waba, BTreeSet::from(WHOLE));
    }
    Ok(())
}

fn put(draft: &mut Draft, cx: &Cx<'_>, app: &AppId, waba: &WabaId, scopes: BTreeSet<Scope>) {
    made(draft, cx, about(app, waba), "grant", Some(waba.as_str()));
    draft.put(Row::Grant(AppGrant { app: app.clone(), waba: waba.clone(), scopes }));
}

fn about(app: &AppId, waba: &WabaId) -> About {
    About { app: Some(app.clone()), waba: Some(waba.clone()), ..About::default() }
}
