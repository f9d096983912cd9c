//! One scripted call with media: the person, its socket, and the order of things.

use std::sync::Arc;
use std::time::Duration;

use callport_core::call::UserView;
use callport_core::call_id::CallId;
use callport_engine::UserEvent;
use callport_engine::records::{CallRecord, Stage};
use callport_peer::{Endpoint, News, PeerEvent};
use callport_people::{HangUp, MAX_CALL, ScriptedHearing, ScriptedState};
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{broadcast, mpsc};
use tokio::time::Instant;

use super::call::ScriptedCall;
use super::line::Line;
use super::report::{Trouble, echo_delay_ms, figures, hearing};
use super::script::Plan;

/// After hanging up, the engine's own word of the end comes within this.
const LAST_WORD: Duration = Duration::from_secs(5);

/// How often the figures of a live call are taken.
const LOOK: Duration = Duration::from_secs(1);

/// A scripted user in a call.
pub(super) struct Person {
    pub(super) line: Line,
    pub(super) call: Arc<ScriptedCall>,
    pub(super) plan: Plan,
    pub(super) began: Instant,
}

/// A call under way.
pub(super) struct Talk {
    id: CallId,
    endpoint: Endpoint,
    news: mpsc::Receiver<PeerEvent>,
    events: broadcast::Receiver<UserEvent>,
    connected: Option<Instant>,
    said: Option<Instant>,
    pressed: usize,
    hung_up: Option<Instant>,
    /// A call that is not connected by then is given up.
    gives_up: Instant,
}

impl Talk {
    pub(super) fn new(
        id: CallId,
        endpoint: Endpoint,
        news: mpsc::Receiver<PeerEvent>,
        events: broadcast::Receiver<UserEvent>,
        gives_up: Instant,
    ) -> Self {
        Self { id, endpoint, news, events, connected: None, said: None, pressed: 0, hung_up: None, gives_up }
    }
}

impl Person {
    /// Media towards the platform's answer.
    pub(super) async fn connect(&self, call: &CallId, endpoint: &Endpoint, answer: &str) -> Result<(), Trouble> {
        if let Err(error) = endpoint.apply_answer(answer).await {
            let _ = self.line.engine.hang_up(&self.call.user().id, call).await; // it would be up for nobody
            return Err(Trouble::Broke(error.to_string()));
        }
        // A phone's microphone is open from the start; the platform holds it back until the call is accepted.
        endpoint.mouth().open().await;
        self.call.hears_with(endpoint.ear().clone());
        Ok(())
    }

    /// From here to the end.
    pub(super) async fn talk(&self, mut talk: Talk) {
        let mut look = tokio::time::interval(LOOK);
        // What happened between the engine's placing and our listening for this id.
        if let Some(now) = self.line.engine.current_call(&self.call.user().id).filter(|now| now.call == talk.id) {
            self.show(&mut talk, now.view).await;
        }
        loop {
            let wake = self.next_wake(&talk);
            tokio::select! {
                event = talk.events.recv() => match event {
                    Ok(event) => if self.happened(&mut talk, event).await { break },
                    Err(RecvError::Lagged(_)) => if !self.still_live(&mut talk).await { break },
                    Err(RecvError::Closed) => break,
                },
                Some(event) = talk.news.recv() => self.news(&mut talk, &event),
                () = self.call.asked_to_end(), if talk.hung_up.is_none() => self.hang_up(&mut talk).await,
                _ = look.tick() => if let Ok(snapshot) = talk.endpoint.snapshot().await {
                    self.call.note(|report| report.figures = figures(&snapshot));
                },
                () = tokio::time::sleep_until(wake) => if self.woke(&mut talk).await { break },
            }
        }
        self.sum_up(talk).await;
    }

    /// True when the call is over.
    async fn happened(&self, talk: &mut Talk, event: UserEvent) -> bool {
        match event {
            UserEvent::View(shown) if shown.call == talk.id => self.show(talk, shown.view).await,
            UserEvent::Ended { call, reason, seconds } if call == talk.id => {
                self.call.note(|report| (report.reason, report.seconds) = (Some(reason), seconds));
                return true;
            }
            _ => {}
        }
        false
    }

    /// Events were missed: looks instead.
    async fn still_live(&self, talk: &mut Talk) -> bool {
        match self.line.engine.current_call(&self.call.user().id).filter(|now| now.call == talk.id) {
            Some(now) => {
                self.show(talk, now.view).await;
                true
            }
            None => {
                self.ended_on_record(&talk.id).await;
                false
            }
        }
    }

    /// The call is over and the word of it was missed: its record knows why.
    pub(super) async fn ended_on_record(&self, call: &CallId) {
        let record = self.line.engine.store().call(call).await.ok().flatten();
        if let Some(CallRecord { stage: Stage::Ended(ending), .. }) = record {
            let seconds = ending.talk.map(|talk| talk.duration().as_secs());
            self.call.note(|report| (report.reason, report.seconds) = (Some(ending.reason), seconds));
        }
    }

    async fn show(&self, talk: &mut Talk, view: UserView) {
        let at = self.elapsed_ms();
        match view {
            UserView::Incoming | UserView::Calling | UserView::Ended => {}
            UserView::Ringing => {
                self.call.note(|report| report.times.ringing_ms = report.times.ringing_ms.or(Some(at)));
                self.call.advance(ScriptedState::Ringing);
            }
            UserView::Connected if talk.connected.is_none() => {
                talk.connected = Some(Instant::now());
                self.call.note(|report| report.times.connected_ms = Some(at));
                talk.endpoint.mouth().say(self.plan.source()).await;
                self.call.advance(ScriptedState::Connected);
            }
            UserView::Connected => {}
        }
    }

    fn news(&self, talk: &mut Talk, event: &PeerEvent) {
        let at = ms(event.at.saturating_duration_since(self.began.into_std()));
        match &event.news {
            News::Connected(_) => self.call.note(|report| report.times.path_ms = Some(at)),
            News::FirstPacketIn => self.call.note(|report| report.times.first_audio_ms = Some(at)),
            News::Failed(why) => self.call.broke(why),
            News::Said if talk.connected.is_some() => talk.said = Some(Instant::from_std(event.at)),
            _ => {}
        }
    }

    /// When something is to be done next.
    fn next_wake(&self, talk: &Talk) -> Instant {
        if let Some(hung_up) = talk.hung_up {
            return hung_up + LAST_WORD;
        }
        let press = talk.connected.zip(self.plan.script.press.get(talk.pressed)).map(|(start, press)| start + press.after);
        let end = self.end(talk);
        press.map_or(end, |press| press.min(end))
    }

    /// When the script ends the call.
    fn end(&self, talk: &Talk) -> Instant {
        match (talk.connected, self.plan.script.hang_up, talk.said) {
            (None, ..) => talk.gives_up,
            (Some(start), HangUp::After { time }, _) => start + time,
            (Some(_), HangUp::AfterSaid { time }, Some(said)) => said + time,
            (Some(start), ..) => start + MAX_CALL,
        }
    }

    /// True when the engine did not confirm the end in time.
    async fn woke(&self, talk: &mut Talk) -> bool {
        let now = Instant::now();
        if talk.hung_up.is_some_and(|hung_up| now >= hung_up + LAST_WORD) {
            self.call.broke("the call did not end after hanging up");
            return true;
        }
        if talk.hung_up.is_none() && now >= self.end(talk) {
            self.hang_up(talk).await;
        } else if let Some((start, press)) = talk.connected.zip(self.plan.script.press.get(talk.pressed))
            && now >= start + press.after
        {
            talk.pressed += 1;
            self.press(talk, &press.digits).await;
        }
        false
    }

    /// Through the engine, as a page does: the platform makes the telephone events.
    async fn press(&self, talk: &Talk, digits: &str) {
        for digit in digits.chars() {
            match self.line.engine.press(&self.call.user().id, &talk.id, digit).await {
                Ok(()) => self.call.note(|report| report.digits.push(digit)),
                Err(refusal) => self.call.broke(refusal),
            }
        }
    }

    async fn hang_up(&self, talk: &mut Talk) {
        talk.hung_up = Some(Instant::now());
        if let Err(fault) = self.line.engine.hang_up(&self.call.user().id, &talk.id).await {
            self.call.broke(fault);
        }
    }

    async fn sum_up(&self, talk: Talk) {
        let ended_ms = self.elapsed_ms();
        let said_at = talk.endpoint.mouth().started_at().await;
        let said_ms = said_at.map(|at| ms(at.saturating_duration_since(self.began.into_std())));
        let ear = talk.endpoint.ear().clone();
        let figures = talk.endpoint.close().await.as_ref().map(figures).unwrap_or_default();
        let judged = tokio::task::spawn_blocking(move || {
            let samples = ear.recording();
            (ScriptedHearing { echo_delay_ms: echo_delay_ms(&ear, said_at), ..hearing(&samples) }, samples)
        });
        let (heard, samples) = judged.await.unwrap_or_default();
        self.call.note(|report| (report.said_ms, report.times.ended_ms, report.figures) = (said_ms, Some(ended_ms), figures));
        self.call.heard(samples, heard);
    }

    pub(super) fn elapsed_ms(&self) -> u64 {
        ms(self.began.elapsed())
    }
}

fn ms(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
