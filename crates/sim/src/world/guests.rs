//! Guests: they sign up, sign in and out, call and are called, and are removed while all of that goes on.

use std::sync::Arc;

use callport_core::gate::DeviceKind;
use callport_core::number::PhoneNumber;
use callport_core::pair::Decision;
use callport_core::token::SecretHash;
use callport_engine::Failed;
use callport_engine::records::User;
use callport_flow::{Key, Row};

use super::World;

/// What a guest does between coming and going.
const DEEDS: usize = 4;

impl World {
    pub(super) async fn guest(self: Arc<Self>, nth: usize) {
        while self.is_day() {
            self.pause(6_000).await;
            let Some(user) = self.signs_up(nth).await else { continue };
            let mut browsers = Vec::from_iter(self.signs_in(&user).await);
            for _ in 0..DEEDS {
                self.pause(5_000).await;
                let number = self.any_number();
                match self.exec.below(5) {
                    0 => browsers.extend(self.signs_in(&user).await),
                    1 => self.signs_out(browsers.pop()).await,
                    2 => self.user_writes(&user, number).await,
                    3 => self.business_calls(&user, number).await,
                    _ => self.calls(&user, number).await,
                }
            }
            self.is_removed(&user, browsers).await;
        }
    }

    fn any_number(&self) -> usize {
        self.exec.below(self.town.numbers.len() as u64) as usize
    }

    #[expect(clippy::expect_used, reason = "a made-up number is well formed")]
    async fn signs_up(self: &Arc<Self>, nth: usize) -> Option<User> {
        let number = PhoneNumber::parse(&format!("+55119555013{nth:02}")).expect("a number");
        let name = format!("Guest {nth}");
        let Some(Ok(user)) = self.ask(|engine| async move { engine.sign_up(number, name).await }).await else { return None };
        self.guests.lock().insert(user.id.clone(), user.clone());
        for node in self.nodes.running() {
            self.connect_phone(&node.engine, &user);
        }
        // Lets a business call, so that there is a reason to ring.
        let (number, decided_by) = (self.town.numbers[self.any_number()].id.clone(), user.clone());
        self.ask(|engine| async move { engine.set_permission(&decided_by, &number, Decision::Allow).await }).await;
        Some(user)
    }

    /// The cookie of a browser that is signed in.
    async fn signs_in(&self, user: &User) -> Option<String> {
        let id = user.id.clone();
        let heard = self.ask(|engine| async move { engine.open_session(&id, DeviceKind::Phone).await }).await;
        match heard {
            Some(Ok(secret)) => {
                if !self.is_signed_in(&secret) && !self.books.lock().is_removed(&user.id) {
                    self.violated(None, format!("user {}: answered as signed in, and there is no session", user.id));
                }
                Some(secret)
            }
            Some(Err(Failed::Refused(why))) if !self.books.lock().is_removed(&user.id) => {
                self.violated(None, format!("user {}: could not sign in ({why}), and is there", user.id));
                None
            }
            _ => None,
        }
    }

    fn is_signed_in(&self, secret: &str) -> bool {
        let session = Key::Session(SecretHash::of(secret));
        self.store.inspect(|now| matches!(now.row(&session).row.as_deref(), Some(Row::Session(_))))
    }

    async fn signs_out(&self, browser: Option<String>) {
        let Some(secret) = browser else { return };
        self.lets_in(&secret).await; // it is looked at a last time, so that everybody knows it
        let session = SecretHash::of(&secret);
        self.insist(|engine| async move { engine.end_session(session).await.map_err(Failed::<()>::Fault) }).await;
        if self.lets_in(&secret).await {
            self.violated(None, "a browser that was signed out is let in".to_owned());
        }
    }

    async fn lets_in(&self, secret: &str) -> bool {
        let secret = secret.to_owned();
        matches!(self.ask(|engine| async move { engine.session_user(&secret).await }).await, Some(Ok(Some(_))))
    }

    /// The operator removes a user whom a business calls, who calls, and who signs in once more in that moment.
    async fn is_removed(self: &Arc<Self>, user: &User, browsers: Vec<String>) {
        let (number, called) = (self.any_number(), user.clone());
        self.start(|world| async move {
            world.pause(12).await;
            world.business_calls(&called, number).await;
        });
        for _ in 0..2 {
            let (number, calling) = (self.any_number(), user.clone());
            self.start(|world| async move {
                world.pause(20).await;
                let call = world.user_calls(&calling, number).await;
                world.hang_up(&calling, call).await;
            });
        }
        let guest = user.clone();
        self.start(|world| async move {
            world.pause(20).await;
            world.signs_in(&guest).await;
        });
        self.pause(20).await;
        let id = user.id.clone();
        self.insist(|engine| {
            let id = id.clone();
            async move { engine.remove_user(&id).await }
        })
        .await;
        self.guests.lock().remove(&user.id);
        if !self.books.lock().is_removed(&user.id) {
            self.violated(None, format!("user {}: answered as removed, and is there", user.id));
        }
        for secret in browsers {
            if self.lets_in(&secret).await {
                self.violated(None, format!("user {}: removed, and a browser is let in", user.id));
            }
        }
    }
}
