//! What a business does: it calls, and it writes.

use std::time::Duration;

use callport_core::call::{MediaSign, Side};
use callport_core::call_id::CallId;
use callport_core::ids::{PhoneNumberId, WabaId};
use callport_core::message::MessageId;
use callport_core::number::PhoneNumber;
use callport_core::pair::Decision;
use callport_core::template::{Arguments, Category, Template, TemplateButton};
use callport_engine::ports::MediaEvent;
use callport_engine::{Draft, NewBusinessCall, NewTemplate, Outgoing, To, UserEvent};

use crate::world::{NADIA, World, acme, nadia};

fn to_nadia() -> To {
    To::Number(PhoneNumber::parse(NADIA).unwrap())
}

impl World {
    /// Nadia lets Acme call for good, and Acme calls; its media is up.
    pub(crate) async fn acme_calls(&mut self) -> CallId {
        self.engine.set_permission(&nadia(), &acme(), Decision::Allow).await.unwrap();
        let call = self.call_from(&acme()).await;
        let mut told = self.engine.listen(&nadia().id);
        self.media.events.send(MediaEvent::Sign { call: call.clone(), sign: MediaSign::Connected(Side::Business) }).await.unwrap();
        // Before the test moves the clock, the call must know of it.
        while !matches!(told.recv().await.unwrap(), UserEvent::Media { .. }) {}
        call
    }

    /// A business that may calls; its connect webhook is read.
    pub(crate) async fn call_from(&mut self, number: &PhoneNumberId) -> CallId {
        let number = self.engine.store().number(number).await.unwrap().unwrap();
        let wish = NewBusinessCall { number, to: to_nadia(), offer: "business offer".into(), opaque: None };
        let call = self.engine.place_business_call(wish).await.unwrap();
        assert_eq!(self.hook().await.0, "connect");
        call
    }

    /// Acme writes.
    pub(crate) async fn acme_sends(&self, draft: Draft) -> MessageId {
        let number = self.engine.store().number(&acme()).await.unwrap().unwrap();
        let wish = Outgoing { number, to: to_nadia(), draft, context: None, opaque: None };
        self.engine.send(wish).await.unwrap().id
    }

    /// Nadia writes to Acme, which may write freely for a day.
    pub(crate) async fn nadia_greets(&self) {
        self.engine.say(&nadia(), &acme(), "good morning", None).await.unwrap();
    }
}

pub(crate) fn text(body: &str) -> Draft {
    Draft::Text(body.into())
}

pub(crate) fn permission_request() -> Draft {
    Draft::PermissionRequest { body: Some("May we call you?".into()) }
}

pub(crate) fn call_button(life: Duration) -> Draft {
    let payload = Some("from-chat".into());
    Draft::CallButton { header: None, body: "Talk?".into(), footer: None, text: None, life: Some(life), payload }
}

impl World {
    /// A template with a link and a quick reply.
    pub(crate) async fn quick_reply(&self) -> Draft {
        let url = TemplateButton::Url { text: "Open".into(), url: "https://example.org".into() };
        let reply = TemplateButton::Reply { text: "Stop".into() };
        let template = Template { body: "News".into(), buttons: vec![url, reply], ..Template::default() };
        let arguments = Arguments { reply_payloads: [(1, "stop-it".to_owned())].into(), ..Arguments::default() };
        let new = NewTemplate {
            waba: WabaId::parse("2001").unwrap(),
            name: "news".into(),
            language: "en".into(),
            category: Category::Utility,
            named_parameters: false,
            components: "[]".into(),
        };
        let id = self.engine.create_template(new).await.unwrap().id;
        Draft::Template { id, template: Box::new(template), arguments }
    }
}
