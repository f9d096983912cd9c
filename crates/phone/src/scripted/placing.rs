//! A scripted user calls a business.

use std::sync::Arc;

use callport_core::call_id::Direction;
use callport_core::gate::DeviceKind;
use callport_core::ids::PhoneNumberId;
use callport_engine::records::User;
use callport_engine::{NewUserCall, PlacedUserCall};
use callport_peer::{Endpoint, PeerError, PeerEvent};
use callport_people::ScriptedState;
use tokio::sync::mpsc;
use tokio::time::Instant;

use super::call::{End, ScriptedCall};
use super::line::Line;
use super::report::Trouble;
use super::run::{Person, Talk};
use super::script::Plan;

/// Starts the task of one call.
pub(super) fn start(line: Line, id: u64, user: User, number: PhoneNumberId, plan: Plan) -> Arc<ScriptedCall> {
    let call = Arc::new(ScriptedCall::new(id, user, number, Direction::UserInitiated));
    let person = Person { line, call: call.clone(), plan, began: Instant::now() };
    tokio::spawn(async move {
        let _end = End(person.call.clone());
        person.place().await;
    });
    call
}

impl Person {
    async fn place(&self) {
        // Listening begins before the dial, so that nothing falls in between.
        let events = self.line.engine.listen(&self.call.user().id);
        match self.dial().await {
            Ok((dialled, endpoint, news)) => {
                self.call.advance(ScriptedState::Calling);
                let gives_up = self.began + self.plan.patience();
                self.talk(Talk::new(dialled.call, endpoint, news, events, gives_up)).await;
            }
            Err(trouble) => self.call.trouble(trouble),
        }
    }

    async fn dial(&self) -> Result<(PlacedUserCall, Endpoint, mpsc::Receiver<PeerEvent>), Trouble> {
        let broke = |error: PeerError| Trouble::Broke(error.to_string());
        let (endpoint, news) = self.line.endpoint(&self.plan.script).await.map_err(broke)?;
        let offer = endpoint.offer().await.map_err(broke)?;
        let wish = NewUserCall {
            user: self.call.user().id.clone(),
            device: DeviceKind::Phone,
            number: self.call.number().clone(),
            entry: self.plan.entry(),
            offer,
            button: self.plan.button.clone(),
            cta_payload: self.plan.script.cta_payload.clone(),
            deeplink_payload: self.plan.script.deeplink_payload.clone(),
        };
        let dialled = self.line.engine.place_user_call(wish).await?;
        let at = self.elapsed_ms();
        self.call.note(|report| {
            report.call = Some(dialled.call.clone());
            report.times.dialled_ms = Some(at);
        });
        self.connect(&dialled.call, &endpoint, &dialled.answer).await?;
        Ok((dialled, endpoint, news))
    }
}
