//! `health_status` of a node: what takes part in sending a message, as the app that asks would send it.

use callport_core::health::{self, Ailment};
use callport_core::ids::WabaId;
use callport_core::scope::Scope;
use callport_dialect::health::{Entity, health_status};
use callport_engine::records::{Number, TemplateRecord, Waba};
use callport_engine::{Actor, Fault};
use callport_wire::nodes::health::HealthStatus;

use crate::Graph;

impl Graph {
    /// Of a number.
    /// `account`: the one by which the asking app reaches the number.
    pub(crate) async fn health_of_number(&self, actor: &Actor, account: &WabaId, number: &Number) -> Result<Option<HealthStatus>, Fault> {
        let ailments = health::of_number(
            number.in_use_with,
            number.onboarding.registered(),
            number.allowed_recipients.as_ref().map(Vec::len),
            number.settings.by_sip(),
        );
        let Some(waba) = self.engine.store().waba(account).await? else { return Ok(None) };
        let servers = self.engine.store().sip_servers(&number.id).await?;
        let server = servers.iter().any(|server| server.app == actor.app.id);
        self.health(actor, &waba, Some((Entity::PhoneNumber(number.id.clone()), ailments)), server).await.map(Some)
    }

    /// Of a template.
    pub(crate) async fn health_of_template(&self, actor: &Actor, template: &TemplateRecord) -> Result<Option<HealthStatus>, Fault> {
        let Some(waba) = self.engine.store().waba(&template.waba).await? else { return Ok(None) };
        let node = (Entity::MessageTemplate(template.id.clone()), health::of_template(template.status));
        self.health(actor, &waba, Some(node), false).await.map(Some)
    }

    /// Of an account.
    pub(crate) async fn health_of_account(&self, actor: &Actor, waba: &Waba) -> Result<HealthStatus, Fault> {
        self.health(actor, waba, None, false).await
    }

    /// `sip_server`: the app that asks has one for the number that is asked about. There is none for an account or a template.
    async fn health(
        &self,
        actor: &Actor,
        waba: &Waba,
        node: Option<(Entity, Vec<Ailment>)>,
        sip_server: bool,
    ) -> Result<HealthStatus, Fault> {
        let granted = self.engine.store().grant(&actor.app.id, &waba.id).await?;
        let own = self.engine.scopes_on(actor, &waba.id).await?;
        let messaging = granted.map(|grant| grant.scopes).into_iter().chain(own).any(|scopes| scopes.contains(&Scope::Messaging));
        let rest = [
            (Entity::Waba(waba.id.clone()), health::of_account(waba.payment_method)),
            (Entity::Business(waba.portfolio.clone()), vec![]),
            (Entity::App(actor.app.id.clone()), health::of_app(messaging, sip_server)),
        ];
        Ok(health_status(&node.into_iter().chain(rest).collect::<Vec<_>>()))
    }
}
