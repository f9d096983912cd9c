//! Users and their phones.

use std::sync::Arc;

use callport_core::call::UserView;
use callport_core::call_id::CallId;
use callport_core::gate::DeviceKind;
use callport_core::ids::UserId;
use callport_core::pair::Decision;
use callport_engine::records::{Message, MessageBody, User};
use callport_engine::{Engine, Failed, Receipt, UserEvent};
use tokio::sync::broadcast::error::RecvError;

use super::World;

impl World {
    /// A person's day: calls, is called, writes, decides.
    pub(super) async fn person(self: Arc<Self>, user: usize) {
        let user = &self.town.users[user];
        while self.is_day() {
            self.pause(6_000).await;
            let number = self.exec.below(self.town.numbers.len() as u64) as usize;
            match self.exec.below(12) {
                0 if self.exec.one_in(4) => self.block(user, number).await,
                0 => self.decide(user, number).await,
                1 => self.business_writes(user, number, true).await,
                2 => self.business_writes(user, number, false).await,
                3 => self.user_writes(user, number).await,
                4..7 => self.business_calls(user, number).await,
                _ => self.calls(user, number).await,
            }
        }
    }

    pub(super) async fn calls(self: &Arc<Self>, user: &User, number: usize) {
        if self.exec.one_in(10) {
            let user = user.clone(); // from two phones at once
            self.start(|world| async move {
                let call = world.user_calls(&user, number).await;
                world.wait(9_000).await;
                world.hang_up(&user, call).await;
            });
        }
        let call = self.user_calls(user, number).await;
        self.wait(600 + 12_000 * self.exec.below(2)).await;
        self.pause(12_000).await;
        self.hang_up(user, call).await;
    }

    pub(super) async fn hang_up(&self, user: &User, call: Option<CallId>) {
        if let Some(call) = call {
            self.hang_up_call(&user.id, &call).await;
        }
    }

    async fn hang_up_call(&self, user: &UserId, call: &CallId) {
        self.insist(|engine| {
            let (user, call) = (user.clone(), call.clone());
            async move { engine.hang_up(&user, &call).await.map_err(Failed::<()>::Fault) }
        })
        .await;
    }

    fn decision(&self) -> Decision {
        match self.exec.below(4) {
            0 => Decision::Deny,
            1 => Decision::AllowTemporarily,
            _ => Decision::Allow,
        }
    }

    async fn decide(&self, user: &User, number: usize) {
        let (user, number, decision) = (user.clone(), self.town.numbers[number].id.clone(), self.decision());
        self.ask(|engine| async move { engine.set_permission(&user, &number, decision).await }).await;
    }

    /// Blocks a business for a while.
    async fn block(&self, user: &User, number: usize) {
        let (user, number) = (user.id.clone(), self.town.numbers[number].id.clone());
        let (by, whom) = (user.clone(), number.clone());
        self.ask(|engine| async move { engine.block(&by, &whom).await }).await;
        self.pause(20_000).await;
        self.insist(|engine| {
            let (user, number) = (user.clone(), number.clone());
            async move { engine.unblock(&user, &number).await }
        })
        .await;
    }

    /// A window of the user at this process; it closes with the process, or when the user is signed out everywhere.
    pub(super) fn connect_phone(self: &Arc<Self>, engine: &Arc<Engine>, user: &User) {
        let user = user.clone();
        let mut events = engine.listen(&user.id);
        self.start(|world| async move {
            loop {
                match events.recv().await {
                    Ok(UserEvent::SignedOut { session: None }) => return,
                    Ok(event) => world.phone_shows(&user, event),
                    Err(RecvError::Lagged(_)) => {}
                    Err(RecvError::Closed) => return,
                }
            }
        });
    }

    fn phone_shows(self: &Arc<Self>, user: &User, event: UserEvent) {
        let user = user.clone();
        match event {
            UserEvent::View(shown) if shown.view == UserView::Incoming => {
                self.books.lock().rings(&user.id, &shown.call);
                if !self.on_record(&shown.call) {
                    self.violated(Some(&shown.call), "a phone rings for a call that is not on record".to_owned());
                }
                self.start(|world| async move { world.phone_rings(user.id, shown.call).await });
            }
            UserEvent::Message(message) if waits_for_receipt(&message) => {
                self.start(|world| async move { world.phone_gets(user, *message).await });
            }
            _ => {}
        }
    }

    async fn phone_rings(&self, user: UserId, call: CallId) {
        self.pause(900).await;
        let (by, about) = (user.clone(), call.clone());
        match self.exec.below(12) {
            0 => return, // switched off
            1 => {
                self.ask(|engine| async move { engine.busy(&by, &about).await }).await;
            }
            _ => {
                self.ask(|engine| async move { engine.device_rings(&by, &about).await }).await;
            }
        }
        self.pause(9_000).await;
        let (by, about) = (user.clone(), call.clone());
        match self.exec.below(6) {
            0 => return, // nobody hears it
            1 => {
                self.ask(|engine| async move { engine.decline(&by, &about).await }).await;
            }
            _ => {
                let offer = self.tag();
                self.ask(|engine| async move { engine.pick_up(&by, DeviceKind::Phone, &about, offer).await }).await;
                self.pause(20_000).await;
                if self.exec.one_in(5) {
                    let (by, about) = (user.clone(), call.clone());
                    self.ask(|engine| async move { engine.press(&by, &about, '5').await }).await;
                }
            }
        }
        self.hang_up_call(&user, &call).await;
    }

    async fn phone_gets(&self, user: User, message: Message) {
        self.pause(500).await;
        let asks_permission = matches!(&message.body, MessageBody::Business(sent) if sent.content.asks_permission);
        for receipt in [Receipt::Delivered, Receipt::Read] {
            let (user, id) = (user.clone(), message.id.clone());
            self.ask(|engine| async move { engine.received(&user, &id, receipt).await }).await;
            self.pause(2_000).await;
        }
        if asks_permission && !self.exec.one_in(4) {
            let decision = self.decision();
            self.ask(|engine| async move { engine.answer_request(&user, &message.id, decision).await }).await;
        }
    }
}

fn waits_for_receipt(message: &Message) -> bool {
    matches!(&message.body, MessageBody::Business(sent) if sent.progress == callport_engine::records::Progress::Sent)
}
