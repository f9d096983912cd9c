//! Whoever asks: loses patience now and then, and holds the platform to what it said.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll};
use std::time::Duration;

use callport_core::call::{Answer, CommandRefusal, EndReason};
use callport_core::call_id::CallId;
use callport_core::gate::{DeviceKind, EntryPoint, Unavailable};
use callport_core::ids::PhoneNumberId;
use callport_core::outreach::OutreachRefusal;
use callport_engine::records::User;
use callport_engine::{
    AskCallRefusal, CallCommand, Engine, Failed, MessageDraft, NewBusinessCall, NewUserCall, OutgoingMessage, PlaceBusinessCallRefusal,
    PlaceUserCallRefusal, SendRefusal, To,
};
use callport_flow::{Key, Row};

use super::{World, sip_app};
use crate::bug::Bug;
use crate::exec::Exec;

/// Longer than anything takes.
const PATIENCE: Duration = Duration::from_secs(60);
/// Milliseconds within which an impatient client goes away.
const IMPATIENCE_MS: u64 = 13;

impl World {
    /// Asks any process. `None`: there was none, or the client went away first.
    pub(super) async fn ask<T, F: Future<Output = T>>(&self, what: impl FnOnce(Arc<Engine>) -> F) -> Option<T> {
        let engine = self.any_engine()?;
        let patience = match self.exec.one_in(6) {
            true => Duration::from_micros(self.exec.below(IMPATIENCE_MS * 1_000)),
            false => PATIENCE,
        };
        let scope = self.has(Bug::RunsInCaller).then(|| self.exec.roll());
        let asked = Scoped { exec: &self.exec, scope, future: Box::pin(what(engine)) };
        let answer = tokio::select! { biased;
            answer = asked => Some(answer),
            () = self.exec.sleep(patience) => None,
        };
        let counter = if answer.is_some() { &self.counters.answers } else { &self.counters.gone };
        counter.fetch_add(1, Ordering::Relaxed);
        answer
    }

    /// Asks until it is heard: who hangs up does so until then.
    pub(super) async fn insist<T, R, F: Future<Output = Result<T, Failed<R>>>>(&self, what: impl Fn(Arc<Engine>) -> F) {
        while !matches!(self.ask(&what).await, Some(Ok(_) | Err(Failed::Refused(_)))) {
            self.wait(1_000).await;
        }
    }

    /// It was committed; by now it may be over, and old.
    pub(super) fn on_record(&self, call: &CallId) -> bool {
        self.books.lock().was_placed(call)
    }

    fn calling_is_on(&self, number: &PhoneNumberId) -> bool {
        self.store.inspect(|now| match now.row(&Key::Number(number.clone())).row.as_deref() {
            Some(Row::Number(row)) => row.settings.enabled(),
            _ => false,
        })
    }

    /// Refused as off: it must have been off at some moment since the question.
    fn was_off(&self, number: &PhoneNumberId, since: Duration) {
        let changed = self.books.lock().switched_at(number);
        if self.calling_is_on(number) && changed < since {
            self.violated(None, format!("number {number} refused as off, and it was on all the time"));
        }
    }

    /// Refused: then the call that media opened for it must not be there.
    fn was_not_placed(&self, offer: &str, why: &impl std::fmt::Display) {
        self.counters.refusals.fetch_add(1, Ordering::Relaxed);
        if let Some(call) = self.opened_for(offer)
            && self.on_record(&call)
        {
            self.violated(Some(&call), format!("placing was refused ({why}), and the call was placed"));
        }
    }

    pub(super) async fn user_calls(&self, user: &User, number: usize) -> Option<CallId> {
        let (user, number) = (user.id.clone(), self.town.numbers[number].id.clone());
        let (offer, began) = (self.tag(), self.exec.now());
        let wish = NewUserCall {
            user,
            device: if self.exec.one_in(4) { DeviceKind::Companion } else { DeviceKind::Phone },
            number: number.clone(),
            entry: EntryPoint::Icon,
            offer: offer.clone(),
            button: None,
            cta_payload: None,
            deeplink_payload: None,
        };
        match self.ask(|engine| async move { engine.place_user_call(wish).await }).await {
            Some(Ok(placed)) => {
                if !self.on_record(&placed.call) {
                    self.violated(Some(&placed.call), "answered as placed, and not on record".to_owned());
                }
                return Some(placed.call);
            }
            Some(Err(Failed::Refused(why))) => {
                if why == PlaceUserCallRefusal::Unavailable(Unavailable::CallingOff) {
                    self.was_off(&number, began);
                }
                self.was_not_placed(&offer, &why);
            }
            Some(Err(Failed::Fault(_))) | None => {}
        }
        // Whoever went away may have a call all the same, and hangs up by what the phone shows.
        self.opened_for(&offer)
    }

    pub(super) async fn business_calls(&self, user: &User, number: usize) {
        let (user, number) = (user.number.clone(), self.town.numbers[number].clone());
        let (offer, began, id) = (self.tag(), self.exec.now(), number.id.clone());
        let sip = number.settings.by_sip().then(|| sip_app(&number));
        let account = number.waba.clone();
        let wish = NewBusinessCall { account, number, to: To::Number(user), offer: offer.clone(), opaque: None, sip };
        match self.ask(|engine| async move { engine.place_business_call(wish).await }).await {
            Some(Ok(call)) if !self.on_record(&call) => {
                self.violated(Some(&call), "answered as placed, and not on record".to_owned());
            }
            Some(Err(Failed::Refused(why))) => {
                if why == PlaceBusinessCallRefusal::Outreach(OutreachRefusal::CallingOff) {
                    self.was_off(&id, began);
                }
                self.was_not_placed(&offer, &why);
            }
            _ => {}
        }
    }

    /// A business's command. `Some`: it was heard.
    pub(super) async fn command(&self, number: &PhoneNumberId, call: &CallId, command: CallCommand) -> Option<Result<(), AskCallRefusal>> {
        let action = command.action();
        *self.asked.lock().entry((call.clone(), action)).or_default() += 1;
        let (to, about) = (number.clone(), call.clone());
        match self.ask(|engine| async move { engine.command(&to, &about, command).await }).await? {
            Ok(()) => {
                // That a server rings changes a screen once, and no more.
                if action != "ringing" && self.books.lock().asked(call, action) != 1 {
                    self.violated(Some(call), format!("{action} was done, and is not once in the journal"));
                }
                Some(Ok(()))
            }
            Err(Failed::Refused(why)) => {
                let once = self.asked.lock().get(&(call.clone(), action)) == Some(&1);
                if once && done_already(action, &why) {
                    self.violated(Some(call), format!("the only {action} was refused as done already: {why}"));
                }
                Some(Err(why))
            }
            Err(Failed::Fault(_)) => None,
        }
    }

    /// Sends a text, or asks for permission to call.
    pub(super) async fn business_writes(&self, user: &User, number: usize, asks_permission: bool) {
        let text = self.tag();
        let draft = match asks_permission {
            true => MessageDraft::PermissionRequest { body: Some(text.clone()) },
            false => MessageDraft::Text(text.clone()),
        };
        self.business_sends(user, number, &text, draft).await;
    }

    /// Sends what shows that text; why it was refused, if it was.
    pub(super) async fn business_sends(&self, user: &User, number: usize, text: &str, draft: MessageDraft) -> Option<SendRefusal> {
        let user = user.number.clone();
        let number = self.town.numbers[number].clone();
        let wish = OutgoingMessage {
            account: number.waba.clone(),
            business: None,
            number,
            to: To::Number(user),
            draft,
            context: None,
            opaque: None,
        };
        match self.ask(|engine| async move { engine.send(wish).await }).await {
            Some(Ok(_)) => self.was_written(text, 1),
            Some(Err(Failed::Refused(why))) => {
                self.was_written(text, 0);
                return Some(why);
            }
            _ => {}
        }
        None
    }

    pub(super) async fn user_writes(&self, user: &User, number: usize) {
        let (text, said) = (self.tag(), user.clone());
        let (body, number) = (text.clone(), self.town.numbers[number].id.clone());
        if let Some(Ok(_)) = self.ask(|engine| async move { engine.say(&said, &number, &body, None).await }).await {
            self.was_written(&text, 1);
        }
    }

    fn was_written(&self, text: &str, times: u32) {
        let written = self.books.lock().written(text);
        if written != times {
            self.violated(None, format!("message {text:?} is on record {written} times, and was answered as {times}"));
        }
    }
}

/// Only the same command can have brought this about.
fn done_already(action: &str, why: &AskCallRefusal) -> bool {
    let AskCallRefusal::Rule(why) = why else { return false };
    matches!(
        (action, why),
        ("pre_accept", CommandRefusal::AlreadyPreAccepted)
            | ("accept", CommandRefusal::AlreadyInProgress)
            | ("reject", CommandRefusal::AlreadyCompleted(EndReason::Rejected))
            | ("terminate", CommandRefusal::AlreadyCompleted(EndReason::BusinessTerminated))
    )
}

/// The answer that this platform's media plane reads.
pub(super) fn answer() -> Answer {
    Answer::new("v=0")
}

/// Marks whatever is started while it is polled; and what is so marked ends with it. Only for [`Bug::RunsInCaller`].
struct Scoped<'a, F> {
    exec: &'a Exec,
    scope: Option<u64>,
    future: Pin<Box<F>>,
}

impl<F: Future> Future for Scoped<'_, F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        if self.scope.is_none() {
            return self.future.as_mut().poll(cx);
        }
        let before = self.exec.enter_scope(self.scope);
        let result = self.future.as_mut().poll(cx);
        self.exec.enter_scope(before);
        if result.is_ready() {
            self.scope = None; // heard: what it started goes on
        }
        result
    }
}

impl<F> Drop for Scoped<'_, F> {
    fn drop(&mut self) {
        if let Some(scope) = self.scope {
            self.exec.end_scope(scope);
        }
    }
}
