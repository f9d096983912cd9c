//! What a business does: it calls, and it writes.

use std::time::Duration;

use callport_core::call::{MediaSign, Side};
use callport_core::call_id::CallId;
use callport_core::ids::PhoneNumberId;
use callport_core::pair::Decision;
use callport_core::template::{Arguments, Category, Template, TemplateButton};
use callport_engine::ports::Store as _;
use callport_engine::{MessageDraft, NewBusinessCall, UserEvent};

use crate::world::{World, acme, nadia};

impl World {
    /// Nadia lets Acme call for good, and Acme calls; its media is up.
    pub(crate) async fn acme_calls(&mut self) -> CallId {
        self.engine.set_permission(&nadia(), &acme(), Decision::Allow).await.unwrap();
        let call = self.call_from(&acme()).await;
        let mut told = self.engine.listen(&nadia().id);
        self.media.sign(&call, MediaSign::Connected(Side::Business)).await;
        // Before the test moves the clock, the call must know of it.
        while !matches!(told.recv().await.unwrap(), UserEvent::Media { .. }) {}
        call
    }

    /// A business that may calls; its connect webhook is read.
    pub(crate) async fn call_from(&mut self, number: &PhoneNumberId) -> CallId {
        let number = self.store.number(number).await.unwrap().unwrap();
        let wish = NewBusinessCall { number, ..self.outgoing_call().await };
        let call = self.engine.place_business_call(wish).await.unwrap();
        assert_eq!(self.call_webhook().await.event, "connect");
        call
    }

    /// Nadia writes to Acme, which may write freely for a day.
    pub(crate) async fn nadia_greets(&self) {
        self.engine.say(&nadia(), &acme(), "good morning", None).await.unwrap();
    }
}

pub(crate) fn text(body: &str) -> MessageDraft {
    MessageDraft::Text(body.into())
}

pub(crate) fn permission_request() -> MessageDraft {
    MessageDraft::PermissionRequest { body: Some("May we call you?".into()) }
}

pub(crate) fn call_button(life: Duration) -> MessageDraft {
    let payload = Some("from-chat".into());
    MessageDraft::CallButton { header: None, body: "Talk?".into(), footer: None, text: None, life: Some(life), payload }
}

/// A message by a template with a link and a quick reply.
pub(crate) async fn quick_reply(world: &World) -> MessageDraft {
    let url = TemplateButton::Url { text: "Open".into(), url: "https://example.org".into() };
    let reply = TemplateButton::Reply { text: "Stop".into() };
    let template = Template { body: "News".into(), buttons: vec![url, reply], ..Template::default() };
    let arguments = Arguments { reply_payloads: [(1, "stop-it".to_owned())].into(), ..Arguments::default() };
    world.news(Category::Utility, template, arguments).await
}
