//! Which line a call takes to its business: a number's settings say, at the moment when the call is placed.

use callport_core::ids::AppId;
use callport_core::scope::Field;
use callport_core::settings::Switch;
use callport_core::sip::SipTarget;

use crate::records::{CallLine, Number, SipServerRecord};
use crate::routing::accounts_of;
use crate::row::{Key, Row};
use crate::view::{Need, Query, View};

/// SIP servers of a number, newest first.
pub(crate) fn sip_servers<'a>(view: &'a View, number: &Number) -> Result<Vec<&'a SipServerRecord>, Need> {
    let rows = view.found(Query::SipServers(number.id.clone()))?;
    let mut servers: Vec<_> =
        rows.into_iter().filter_map(|row| if let Row::SipServer(server) = row { Some(server) } else { None }).collect();
    servers.sort_by(|one, other| other.configured_at.cmp(&one.configured_at).then_with(|| one.app.cmp(&other.app)));
    Ok(servers)
}

/// The same as a business sees them: without passwords, by app.
pub(crate) fn shown_servers(view: &View, number: &Number) -> Result<Vec<(AppId, SipTarget)>, Need> {
    let mut servers: Vec<_> = sip_servers(view, number)?.into_iter().map(|server| (server.app.clone(), server.target.clone())).collect();
    servers.sort_by(|one, other| one.0.cmp(&other.0));
    Ok(servers)
}

/// As `account_settings_update` shows them. Nothing is looked up of a number that never had to do with SIP.
pub(crate) fn announced_servers(view: &View, number: &Number) -> Result<Vec<(AppId, SipTarget)>, Need> {
    if number.settings.sip_status.is_some() { shown_servers(view, number) } else { Ok(vec![]) }
}

/// The line of a call that is placed now; `None` where calls go by SIP and no app that may have them has a server
/// (SIP Configuration Guide, prerequisites: an app without `whatsapp_business_messaging` on the number gets no INVITE).
pub(crate) fn line_of(view: &View, number: &Number) -> Result<Option<CallLine>, Need> {
    if !number.settings.by_sip() {
        return Ok(Some(CallLine::Webhooks));
    }
    for server in sip_servers(view, number)? {
        if may_have_calls(view, number, &server.app)? {
            return Ok(Some(by_sip(number, &server.app)));
        }
    }
    Ok(None)
}

/// SIP with the server of that app, as the number is set now.
pub(crate) fn by_sip(number: &Number, app: &AppId) -> CallLine {
    CallLine::Sip { app: app.clone(), webhooks: number.settings.sip_webhook_delivery == Some(Switch::Enabled) }
}

/// Whether the app holds `whatsapp_business_messaging` on an account of the number.
pub(crate) fn may_have_calls(view: &View, number: &Number, app: &AppId) -> Result<bool, Need> {
    for account in accounts_of(view, number)? {
        if view.grant(Key::Grant(app.clone(), account))?.is_some_and(|grant| grant.covers(Field::Calls)) {
            return Ok(true);
        }
    }
    Ok(false)
}
