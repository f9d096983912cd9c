//! A window's calls: the ones that it places, the ones that come in, and the live one on its screen.

use callport_core::call::{EndReason, UserView};
use callport_core::call_id::CallId;
use callport_core::ids::PhoneNumberId;
use callport_core::time::WallTime;
use callport_engine::records::Stage;
use callport_engine::{AskCallRefusal, CallFailed, Failed, NoSuchCall, UserCall};

use super::{NOT_UNDERSTOOD, Over, Window, failed};
use crate::protocol::{Dial, ServerMessage, TakenHow, page_id};
use crate::socket::dial::{self, Settled};
use crate::{view, words};

/// The live call that a window shows.
pub(super) struct Screen {
    call: CallId,
    /// It rings here: nobody took it, as far as the window was told.
    rings: bool,
}

impl Screen {
    pub(super) fn of(call: &UserCall) -> Self {
        Self { call: call.call.clone(), rings: call.view == UserView::Incoming }
    }
}

impl Window {
    pub(super) fn shows(&self, call: &CallId) -> bool {
        self.screen.as_ref().is_some_and(|screen| screen.call == *call)
    }

    fn rings_for(&self, call: &CallId) -> bool {
        self.screen.as_ref().is_some_and(|screen| screen.call == *call && screen.rings)
    }

    fn stops_ringing(&mut self, call: &CallId) {
        if let Some(screen) = self.screen.as_mut().filter(|screen| screen.call == *call) {
            screen.rings = false;
        }
    }

    pub(super) async fn dial(&mut self, dial: Dial) -> Result<(), Over> {
        if !page_id(&dial.dial) {
            return self.problem("bad_id", NOT_UNDERSTOOD).await;
        }
        self.still_signed_in().await?;
        dial::answer(&self.phone, (&self.user, self.device), &self.seat.shared, &self.tab, dial, self.settle.clone());
        Ok(())
    }

    pub(super) async fn settled(&mut self, settled: Settled) -> Result<(), Over> {
        let told = dial::told(&self.phone.engine, &self.user, &self.seat.shared, settled).await;
        for message in told.map_err(|fault| failed(&fault))? {
            self.tell(message).await?;
        }
        Ok(())
    }

    pub(super) async fn rings(&mut self, call: &str) -> Result<(), Over> {
        if let Ok(call) = CallId::parse(call)
            && self.device.may_call()
        {
            self.phone.engine.device_rings(&self.user.id, &call).await;
        }
        Ok(())
    }

    pub(super) async fn answer(&mut self, call: String, offer: String) -> Result<(), Over> {
        self.still_signed_in().await?;
        let result = match CallId::parse(&call) {
            Ok(id) => self.pick_up(&id, offer).await.map(|answer| (id, answer)),
            Err(_) => Err(Failed::Refused(AskCallRefusal::UnknownCall)),
        };
        match result {
            Ok((id, answer)) => {
                self.stops_ringing(&id);
                self.tell(ServerMessage::Answered { call, answer }).await
            }
            Err(Failed::Refused(AskCallRefusal::Rule(_))) if self.talks_elsewhere(&call) => self.taken(call, TakenHow::Answered).await,
            Err(refusal) => {
                tracing::info!(%refusal, "a call was not picked up");
                let (reason, text) = words::pick_up_refused(&refusal);
                self.tell(ServerMessage::AnswerRefused { call, reason, text: text.to_owned() }).await
            }
        }
    }

    /// The window that has the call already did not get the answer: it gets another one.
    async fn pick_up(&mut self, call: &CallId, offer: String) -> Result<String, CallFailed> {
        let (engine, shared) = (&self.phone.engine, &self.seat.shared);
        let _turn = shared.turn_to_pick_up().await;
        if self.device.may_call() && shared.holds(call, &self.tab) {
            return engine.rejoin(&self.user.id, call, offer).await;
        }
        let answer = engine.pick_up(&self.user.id, self.device, call, offer).await?;
        shared.picked_up(call, &self.tab);
        Ok(answer)
    }

    fn talks_elsewhere(&self, call: &str) -> bool {
        let current = self.phone.engine.current_call(&self.user.id);
        current.is_some_and(|current| current.call.as_str() == call && current.view == UserView::Connected)
    }

    async fn taken(&mut self, call: String, how: TakenHow) -> Result<(), Over> {
        if let Some(screen) = self.screen.as_mut().filter(|screen| screen.call.as_str() == call) {
            screen.rings = false;
        }
        self.tell(ServerMessage::Taken { call, how }).await
    }

    pub(super) async fn decline(&mut self, call: &str) -> Result<(), Over> {
        let Ok(call) = CallId::parse(call) else { return Ok(()) }; // what does not exist is over
        if !self.device.may_call() {
            return Ok(());
        }
        self.still_signed_in().await?;
        match self.phone.engine.decline(&self.user.id, &call).await {
            Ok(()) => {
                self.stops_ringing(&call);
                Ok(())
            }
            Err(fault) => self.fault(&fault).await,
        }
    }

    pub(super) async fn hang_up(&mut self, call: &CallId) -> Result<(), Over> {
        match self.phone.engine.hang_up(&self.user.id, call).await {
            Ok(()) => {
                self.stops_ringing(call);
                Ok(())
            }
            Err(fault) => {
                tracing::error!(call = call.short(), %fault, "a hang-up from a phone page could not be saved");
                self.problem("fault", "The call could not be ended. Try again.").await
            }
        }
    }

    pub(super) async fn press(&mut self, call: &str, digit: &str) -> Result<(), Over> {
        let mut characters = digit.chars();
        let (Ok(call), Some(digit), None) = (CallId::parse(call), characters.next(), characters.next()) else {
            return self.problem("bad_digit", NOT_UNDERSTOOD).await;
        };
        match self.phone.engine.press(&self.user.id, &call, digit).await {
            Err(Failed::Refused(AskCallRefusal::NotADigit)) => self.problem("bad_digit", NOT_UNDERSTOOD).await,
            Ok(()) | Err(_) => Ok(()), // a key pressed as the call ends is nobody's mistake
        }
    }

    /// A call that this person had is reported. Each person counts once, however often they say it.
    pub(super) async fn report(&mut self, call: String) -> Result<(), Over> {
        self.still_signed_in().await?;
        let reported = match CallId::parse(&call) {
            Ok(id) => self.phone.engine.complain(&self.user.id, &id).await,
            Err(_) => Err(Failed::Refused(NoSuchCall)),
        };
        match reported {
            Ok(()) => self.tell(ServerMessage::Reported { call }).await,
            Err(Failed::Refused(NoSuchCall)) => self.problem("unknown_call", words::UNKNOWN_CALL).await,
            Err(Failed::Fault(fault)) => self.fault(&fault).await,
        }
    }

    pub(super) async fn rejoin(&mut self, call: String, attempt: u32, offer: String) -> Result<(), Over> {
        if !self.device.may_call() {
            let (reason, text) = words::NO_REJOIN;
            return self.tell(ServerMessage::RejoinRefused { call, attempt, reason, text: text.to_owned() }).await;
        }
        let result = match CallId::parse(&call) {
            Ok(id) => self.phone.engine.rejoin(&self.user.id, &id, offer).await.map(|answer| (id, answer)),
            Err(_) => Err(Failed::Refused(AskCallRefusal::UnknownCall)),
        };
        match result {
            Ok((id, answer)) => {
                self.seat.shared.hold(&id, &self.tab);
                self.tell(ServerMessage::Rejoined { call, attempt, answer }).await
            }
            Err(refusal) => {
                let (reason, text) = words::rejoin_refused(&refusal);
                self.tell(ServerMessage::RejoinRefused { call, attempt, reason, text: text.to_owned() }).await
            }
        }
    }

    /// The screen of the user's call changes.
    pub(super) async fn view(&mut self, call: CallId, number: &PhoneNumberId, view: UserView, since: Option<WallTime>) -> Result<(), Over> {
        if !self.device.may_call() {
            return Ok(());
        }
        if view == UserView::Incoming {
            return self.incoming(call, number).await;
        }
        let id = call.as_str().to_owned();
        if self.rings_for(&call) && !self.seat.shared.holds(&call, &self.tab) {
            self.taken(id.clone(), TakenHow::Answered).await?;
        }
        self.screen = Some(Screen { call, rings: false });
        match view::calls::shown(&self.phone.engine, &id, view, since) {
            Some(message) => self.tell(message).await,
            None => Ok(()),
        }
    }

    async fn incoming(&mut self, call: CallId, number: &PhoneNumberId) -> Result<(), Over> {
        if self.shows(&call) {
            return Ok(()); // the greeting told of it
        }
        let Some(person) = view::party(&self.phone.engine, number).await.map_err(|fault| failed(&fault))? else { return Ok(()) };
        let id = call.as_str().to_owned();
        self.screen = Some(Screen { call, rings: true });
        self.tell(ServerMessage::Incoming { call: id, person }).await
    }

    /// A call is over: the one on the screen, or one that found the user busy and is a line of the log only.
    pub(super) async fn ended(&mut self, call: &CallId) -> Result<(), Over> {
        // Every other call of the log is known from the greeting: one row is read, not fifty.
        let Some(record) = self.phone.engine.store().call(call).await.map_err(|fault| failed(&fault))? else { return Ok(()) };
        if let Some(screen) = self.screen.take_if(|screen| screen.call == *call) {
            let declined = matches!(&record.stage, Stage::Ended(ending) if ending.reason == EndReason::Declined);
            if screen.rings && declined {
                self.tell(ServerMessage::Taken { call: call.as_str().to_owned(), how: TakenHow::Declined }).await?;
            }
            if let Some(ended) = view::calls::ended(&record) {
                self.tell(ended).await?;
            }
        }
        match view::calls::line(&self.phone.engine, &record).await.map_err(|fault| failed(&fault))? {
            Some(recent) => self.tell(ServerMessage::Recent { recent }).await,
            None => Ok(()),
        }
    }
}
