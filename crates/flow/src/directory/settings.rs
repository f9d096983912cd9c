//! Changing a number's calling settings (platform docs, Configure call settings).

use callport_core::ids::{AppId, PhoneNumberId, WabaId};
use callport_core::scope::Field;
use callport_core::settings::{CallingSettings, Prerequisites, SettingsRefusal};
use callport_core::sip::{self, SipTarget};

use crate::journal::{About, Fact};
use crate::line::{shown_servers, sip_servers};
use crate::notice::Notice;
use crate::phones::UserEvent;
use crate::records::{Number, SipServerRecord};
use crate::routing::accounts_of;
use crate::row::{Key, Row};
use crate::step::{Act, Cx, Draft, Input, Stop, refusal};
use crate::view::{Need, View};

/// Applies a change, tells the business when it is one that is announced, and refreshes phones.
#[derive(Debug, Clone)]
pub struct ChangeSettings {
    /// The number.
    pub number: PhoneNumberId,
    /// The account by which the asking app reaches the number, whose apps must be told of calls; `None`: any account of the number.
    pub account: Option<WabaId>,
    /// What shall be different: the settings that it has.
    pub change: CallingSettings,
    /// What shall be different about an app's SIP server.
    pub server: Option<SipServerChange>,
}

/// A change of the SIP server that an app has for a number.
#[derive(Debug, Clone)]
pub struct SipServerChange {
    /// Whose.
    pub app: AppId,
    /// Where it is from now on; `None` takes it away, with its password.
    pub target: Option<SipTarget>,
}

/// Why settings stay as they are.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ChangeSettingsRefusal {
    /// No such business number.
    #[error("there is no business number with this id")]
    UnknownNumber,
    /// A rule says no.
    #[error(transparent)]
    Rule(#[from] SettingsRefusal),
}

refusal!(ChangeSettingsRefusal);

/// The number with changed settings: noted, and told when it is a change that is announced. The caller puts it.
pub(super) fn with_settings<R: From<SettingsRefusal>>(
    view: &View,
    cx: &Cx<'_>,
    draft: &mut Draft,
    number: Number,
    account: Option<&WabaId>,
    change: &CallingSettings,
    server: Option<&SipServerChange>,
) -> Result<Number, Stop<R>> {
    let servers = servers_after(view, cx, draft, &number, change, server)?;
    let has = Prerequisites {
        in_use_with: number.in_use_with,
        registered: number.onboarding.registered(),
        account_mode: number.account_mode,
        public_test: number.allowed_recipients.is_some(),
        messaging_limit: number.messaging_limit,
        calls_subscriber: somebody_listens(view, &number, account)?,
        sip_servers: servers.len(),
        sip_served: cx.rules.sip,
        now: cx.now,
    };
    let settings = number.settings.apply(change.clone(), &has).map_err(|why| Stop::No(why.into()))?;
    if number.settings.announces(&settings) {
        draft.told.push(Notice::SettingsChanged {
            waba: number.waba.clone(),
            number_id: number.id.clone(),
            at: cx.now,
            settings: settings.clone(),
            servers,
            restrictions: number.restrictions.clone(),
        });
    }
    draft.note(cx, About { waba: Some(number.waba.clone()), ..About::number(&number.id) }, Fact::SettingsChanged);
    Ok(Number { settings, ..number })
}

/// SIP servers of a number once its change is made. Looked up only where the number has to do with SIP.
fn servers_after(
    view: &View,
    cx: &Cx<'_>,
    draft: &mut Draft,
    number: &Number,
    change: &CallingSettings,
    server: Option<&SipServerChange>,
) -> Result<Vec<(AppId, SipTarget)>, Need> {
    if number.settings.sip_status.is_none() && change.sip_status.is_none() && server.is_none() {
        return Ok(vec![]);
    }
    let mut servers = shown_servers(view, number)?;
    let Some(SipServerChange { app, target }) = server else { return Ok(servers) };
    let known = sip_servers(view, number)?.into_iter().find(|known| known.app == *app);
    servers.retain(|(known, _)| known != app);
    match target {
        Some(_) if view.app(Key::App(app.clone()))?.is_none() => {} // removed since it asked: nobody has a server then
        Some(target) => {
            servers.push((app.clone(), target.clone()));
            servers.sort_by(|one, other| one.0.cmp(&other.0));
            draft.put(Row::SipServer(SipServerRecord {
                number: number.id.clone(),
                app: app.clone(),
                target: target.clone(),
                password: known.map_or_else(|| sip::password(cx.random), |known| known.password.clone()),
                configured_at: cx.now,
            }));
        }
        None => draft.remove(Key::SipServer(number.id.clone(), app.clone())),
    }
    Ok(servers)
}

fn somebody_listens(view: &View, number: &Number, account: Option<&WabaId>) -> Result<bool, Need> {
    if let Some(account) = account {
        return view.listens(account, Field::Calls);
    }
    if view.listens(&number.waba, Field::Calls)? {
        return Ok(true);
    }
    for account in accounts_of(view, number)?.iter().skip(1) {
        if view.listens(account, Field::Calls)? {
            return Ok(true);
        }
    }
    Ok(false)
}

impl Input for ChangeSettings {
    type Done = Number;
    type Refusal = ChangeSettingsRefusal;

    fn decide(&self, view: &View, cx: &Cx<'_>, draft: &mut Draft) -> Result<Number, Stop<ChangeSettingsRefusal>> {
        let number = view.number(Key::Number(self.number.clone()))?.ok_or(ChangeSettingsRefusal::UnknownNumber)?;
        let number = with_settings::<ChangeSettingsRefusal>(
            view,
            cx,
            draft,
            number.clone(),
            self.account.as_ref(),
            &self.change,
            self.server.as_ref(),
        )?;
        draft.acts.push(Act::ShowAll(UserEvent::BusinessesChanged));
        draft.put(Row::Number(number.clone()));
        Ok(number)
    }

    fn refused(&self, why: &ChangeSettingsRefusal) -> Option<(About, Fact)> {
        Some((About::number(&self.number), Fact::BusinessRefused { action: "settings".to_owned(), says: why.to_string() }))
    }
}
