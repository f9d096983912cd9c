//! `GET` and `POST /{version}/{phone-number-id}/settings`.
//!
//! Platform docs, Calling, Configure call settings (2026-07-06); SIP Configuration Guide (2026-06-26): a SIP server belongs to the app whose token
//! names it. Voicemail and video answer 100 and say so; their "off" values change nothing and are taken.

use axum::extract::{Path, State};
use callport_core::scope::Scope;
use callport_core::settings::CallingSettings;
use callport_core::sip::SipTarget;
use callport_dialect::{codes, settings};
use callport_engine::{ChangeSettingsRefusal, SipServerChange};
use callport_wire::Code;
use callport_wire::calls::Success;
use callport_wire::nodes::phone_number::NODE;
use callport_wire::schemas;
use callport_wire::settings::view::{Settings, Storage};
use callport_wire::settings::{Calling, CallingUpdate, SettingsRequest, Switch};

use crate::Shared;
use crate::answer::{Answer, Refusal, Reply};
use crate::asked::Asked;
use crate::fields::{Fields, NodeKind};
use crate::operation::{Needs, Operation, Parameter};

/// Both feature groups that a number has, and those that it has not.
const GROUPS: NodeKind = NodeKind {
    name: NODE,
    default: &["calling", "storage_configuration"],
    served: &["calling", "storage_configuration"],
    without_value: &["user_identity_change", "payload_encryption"],
};

/// What can be done with settings.
pub(crate) fn operations() -> Vec<Operation> {
    let read = Operation::get("getSettings", get)
        .summary("What a number is set to")
        .needs(Needs::MANAGED_NUMBER)
        .query([
            Parameter::fields(),
            Parameter::text("include_sip_credentials", "`true` shows the password of each SIP server that the app configured."),
        ])
        .reply(|known| known.chosen::<Settings>());
    let change = Operation::post("changeSettings", post)
        .summary("Changes the settings that are named")
        .needs(Needs::MANAGED_NUMBER)
        .body(schemas::settings())
        .reply(|known| known.of::<Success>());
    vec![read, change]
}

/// What the number is set to, and how long it is paused. The password of a SIP server is the secret of the app that has it: others see the server alone.
pub(crate) async fn get(State(graph): State<Shared>, Path(id): Path<String>, asked: Asked) -> Reply {
    let mut caller = asked.caller();
    let number = graph.number(&mut caller, &id, &asked.method, &[Scope::Management]).await?;
    let pauses = number.restrictions.iter().map(|pause| (pause.direction, pause.until));
    let restrictions = settings::restrictions(pauses, graph.engine.now());
    let credentials = asked
        .params()?
        .get("include_sip_credentials")
        .is_some_and(|value| value.as_str().map_or(value == true, |text| text.eq_ignore_ascii_case("true")));
    let servers = graph.engine.store().sip_servers(&number.id).await?;
    let servers = servers.iter().map(|server| {
        let password = (credentials && server.app == caller.actor.app.id).then_some(server.password.as_str());
        settings::shown_server(&server.app, &server.target, password)
    });
    let calling = Calling { restrictions, ..settings::calling(&number.settings, servers) };
    let settings = Settings { calling, storage_configuration: Storage::default() };
    Answer::new(&Fields::asked(asked.fields()?.as_deref(), &GROUPS)?.of(&settings))
}

/// Changes what was passed.
pub(crate) async fn post(State(graph): State<Shared>, Path(id): Path<String>, asked: Asked) -> Reply {
    let mut caller = asked.caller();
    let number = graph.number(&mut caller, &id, &asked.method, &[Scope::Management]).await?;
    let (change, target) = change(SettingsRequest::read(asked.params()?)?)?;
    let account = caller.account(&number).clone();
    let server = target.map(|target| SipServerChange { app: caller.actor.app.id.clone(), target });
    caller.engine(&graph).change_settings_and_server(&number.id, Some(account), change, server).await?;
    Answer::success()
}

/// The change, and, where it says something of them, the app's SIP server.
fn change(request: SettingsRequest) -> Result<(CallingSettings, Option<Option<SipTarget>>), Refusal> {
    match request {
        SettingsRequest::Calling(update) => {
            refuse_unserved(&update)?;
            let server = settings::sip_server(&update)?;
            Ok((settings::change(*update)?, server))
        }
        SettingsRequest::Other(group) => Err(not_served(group.as_str())),
    }
}

fn refuse_unserved(update: &CallingUpdate) -> Result<(), Refusal> {
    let off = |value: &serde_json::Value| {
        value.get("status").and_then(|status| status.as_str()).is_some_and(|status| status.eq_ignore_ascii_case("DISABLED"))
    };
    for (asked, name) in [
        (update.voicemail.as_ref().is_some_and(|voicemail| !off(voicemail)), "calling.voicemail"),
        (update.video == Some(Switch::Enabled), "calling.video"),
    ] {
        if asked {
            return Err(not_served(name));
        }
    }
    Ok(())
}

fn not_served(name: &str) -> Refusal {
    Refusal::because(Code::InvalidParameter, format!("The setting {name} is not served by this platform yet."))
}

impl From<ChangeSettingsRefusal> for Refusal {
    fn from(refusal: ChangeSettingsRefusal) -> Self {
        let code = match &refusal {
            ChangeSettingsRefusal::Rule(refusal) => codes::of_settings(refusal),
            ChangeSettingsRefusal::UnknownNumber => Code::InvalidParameter,
        };
        Self::told(code, &refusal)
    }
}

#[cfg(test)]
mod tests;
