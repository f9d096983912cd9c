//! The owner of one call: takes messages one at a time, asks core, has the step saved (`saving`), then carries out its effects.

use std::sync::Arc;
use std::time::Duration;

use callport_core::call::{Call, Effect, EndReason, Ending, MediaSign, Phase, Side, UserView};
use callport_core::call_id::Direction;
use callport_core::gate::DeviceKind;
use callport_core::ids::{PhoneNumberId, UserId};
use callport_core::time::WallTime;
use tokio::sync::{mpsc, oneshot};

use super::answering::PickUpRefusal;
use super::commands::{CallCommand, CommandRefusal, EndRefusal, PressRefusal, RejoinRefusal};
use super::live::{Place, UserCall, ended};
use crate::engine::Engine;
use crate::fault::Fault;
use crate::ports::{Change, MediaEvent, Parties};
use crate::records::{CallRecord, MediaReport, Stage, TimelineEntry, TimelineKind};
use crate::users::UserEvent;

/// Messages that may wait for one call.
const QUEUE: usize = 64;
/// Timeline lines held back for the next transaction; more are dropped, oldest kept.
const MAX_UNSAVED_LINES: usize = 256;
/// How long the media plane may take for its last report.
const LAST_REPORT: Duration = Duration::from_secs(5);

/// What an owner can be asked.
pub(crate) enum Message {
    Command { number: PhoneNumberId, command: CallCommand, reply: oneshot::Sender<Result<(), CommandRefusal>> },
    HangUp { user: UserId, reply: oneshot::Sender<Result<(), Fault>> },
    End { reply: oneshot::Sender<Result<(), EndRefusal>> },
    Press { user: UserId, digit: char, reply: oneshot::Sender<Result<(), PressRefusal>> },
    Rejoin { user: UserId, offer: String, reply: oneshot::Sender<Result<String, RejoinRefusal>> },
    Rings { user: UserId },
    PickUp { user: UserId, device: DeviceKind, offer: String, reply: oneshot::Sender<Result<String, PickUpRefusal>> },
    Decline { user: UserId, reply: oneshot::Sender<Result<(), Fault>> },
    Busy { user: UserId },
    Media(MediaEvent),
    Lines { reply: oneshot::Sender<Vec<TimelineEntry>> },
}

pub(super) struct CallTask {
    pub(super) engine: Arc<Engine>,
    pub(super) call: Call,
    pub(super) record: CallRecord,
    pub(super) facts: Parties,
    place: Option<Place>,
    inbox: mpsc::Receiver<Message>,
    pub(super) unsaved: Vec<TimelineEntry>,
    report: Option<MediaReport>,
    pub(super) not_before: Option<WallTime>,
    /// A phone that picked up has joined the media of a business's call.
    pub(super) phone_joined: bool,
}

impl CallTask {
    /// Registers the owner; messages wait until it starts.
    pub(super) fn prepare(engine: Arc<Engine>, call: Call, record: CallRecord, facts: Parties, place: Place) -> Self {
        let (owner, inbox) = mpsc::channel(QUEUE);
        engine.live.own(record.id.clone(), owner);
        let task = Self {
            engine,
            call,
            record,
            facts,
            place: Some(place),
            inbox,
            unsaved: Vec::new(),
            report: None,
            not_before: None,
            phone_joined: false,
        };
        if task.record.direction == Direction::UserInitiated {
            task.show(task.call.view());
        }
        task
    }

    /// From here on the call runs by itself. Phones ring only now, when the call is on record.
    pub(super) fn start(self) {
        if self.record.direction == Direction::BusinessInitiated {
            self.show(self.call.view());
        }
        tokio::spawn(self.run());
    }

    async fn run(mut self) {
        if self.record.direction == Direction::BusinessInitiated && self.place.as_ref().is_some_and(Place::user_was_busy) {
            self.user_busy().await;
        }
        while !matches!(self.call.phase(), Phase::Ended(_)) {
            let clock = self.engine.ports.clock.clone();
            let deadline = self.call.next_deadline().map(|(at, _)| self.not_before.map_or(at, |pause| at.max(pause)));
            tokio::select! {
                message = self.inbox.recv() => match message {
                    Some(message) => self.take(message).await,
                    None => return, // the registry let go of us: only a failed dial does that
                },
                () = sleep_until(&*clock, deadline) => self.deadline().await,
            }
        }
        self.see_off().await;
    }

    async fn take(&mut self, message: Message) {
        match message {
            Message::Command { number, command, reply } => {
                let result = self.command(&number, command).await;
                let _ = reply.send(result);
            }
            Message::HangUp { user, reply } => {
                let result = self.hang_up(&user).await;
                let _ = reply.send(result);
            }
            Message::End { reply } => {
                let result = self.end().await;
                let _ = reply.send(result);
            }
            Message::Press { user, digit, reply } => {
                let _ = reply.send(self.press(&user, digit));
            }
            Message::Rejoin { user, offer, reply } => {
                let _ = reply.send(self.rejoin(&user, offer).await);
            }
            Message::Rings { user } => self.rings(&user).await,
            Message::PickUp { user, device, offer, reply } => {
                let _ = reply.send(self.pick_up(&user, device, offer).await);
            }
            Message::Decline { user, reply } => {
                let _ = reply.send(self.decline(&user).await);
            }
            Message::Busy { user } => self.busy(&user).await,
            Message::Media(event) => self.media(event).await,
            Message::Lines { reply } => {
                let _ = reply.send(self.unsaved.clone());
            }
        }
    }

    async fn command(&mut self, number: &PhoneNumberId, command: CallCommand) -> Result<(), CommandRefusal> {
        if self.record.number != *number {
            return Err(CommandRefusal::UnknownCall);
        }
        let action = command.action();
        let result = self.try_command(command).await;
        if let Err(refusal) = &result {
            tracing::info!(call = self.record.id.short(), action, %refusal, "command refused");
            self.line(TimelineKind::Api, format!("{action} refused: {refusal}"));
        }
        result
    }

    async fn try_command(&mut self, command: CallCommand) -> Result<(), CommandRefusal> {
        let (now, call, action) = (self.engine.now(), self.call.clone(), command.action());
        let step = match command {
            CallCommand::PreAccept(answer) => call.pre_accept(now, answer),
            CallCommand::Accept { answer, opaque } => call.accept(now, answer, opaque),
            CallCommand::Reject => call.reject(now),
            CallCommand::Terminate => call.terminate(now),
        }?;
        for effect in &step.effects {
            if let Effect::ApplyAnswer(answer) = effect {
                for warning in self.engine.ports.media.check_answer(answer, &self.record.codecs)? {
                    self.line(TimelineKind::Media, warning);
                }
            }
        }
        self.line(TimelineKind::Api, format!("{action} from the business"));
        Ok(self.carry_out(step).await?)
    }

    async fn hang_up(&mut self, user: &UserId) -> Result<(), Fault> {
        if self.record.user != *user {
            return Ok(());
        }
        let Ok(step) = self.call.clone().hang_up(self.engine.now()) else { return Ok(()) };
        self.line(TimelineKind::User, "the user hung up".to_owned());
        self.carry_out(step).await
    }

    async fn end(&mut self) -> Result<(), EndRefusal> {
        if let Phase::Ended(ending) = self.call.phase() {
            return Err(EndRefusal::Over(ending.reason));
        }
        let Ok(step) = self.call.clone().fail(self.engine.now(), EndReason::OperatorHungUp) else { return Ok(()) };
        self.line(TimelineKind::Rule, "the operator ended the call".to_owned());
        Ok(self.carry_out(step).await?)
    }

    fn press(&mut self, user: &UserId, digit: char) -> Result<(), PressRefusal> {
        if self.record.user != *user {
            return Err(PressRefusal::UnknownCall);
        }
        self.engine.ports.media.press(&self.record.id, digit);
        // Which key it was may be a PIN: the record says that one was pressed, not which.
        self.line(TimelineKind::User, "the user pressed a key".to_owned());
        Ok(())
    }

    async fn rejoin(&mut self, user: &UserId, offer: String) -> Result<String, RejoinRefusal> {
        if self.record.user != *user {
            return Err(RejoinRefusal::UnknownCall);
        }
        let answer = self.engine.ports.media.rejoin(&self.record.id, offer).await?;
        self.line(TimelineKind::User, "the user's phone came back with a new path".to_owned());
        Ok(answer)
    }

    async fn media(&mut self, event: MediaEvent) {
        match event {
            MediaEvent::Sign { sign, .. } => {
                let step = self.call.clone().media_sign(self.engine.now(), sign);
                self.call = step.call;
                self.line(TimelineKind::Media, sign_text(sign));
                self.apply(step.effects).await;
                self.tell_media();
            }
            MediaEvent::Milestone { text, .. } => self.line(TimelineKind::Media, text),
            MediaEvent::Closed { report, .. } => {
                self.report = Some(*report);
                // The relay dropped a call that the rules still hold to be alive.
                if let Ok(step) = self.call.clone().fail(self.engine.now(), EndReason::MediaFault) {
                    self.carry_out_surely(step).await;
                }
            }
        }
    }

    async fn deadline(&mut self) {
        let step = self.call.clone().wake(self.engine.now());
        if let Some(Effect::Finish(ending)) = step.effects.first() {
            self.line(TimelineKind::Rule, ending.reason.to_string());
        }
        self.carry_out_surely(step).await;
    }

    pub(super) async fn apply(&mut self, effects: Vec<Effect>) {
        let media = self.engine.ports.media.clone();
        for effect in effects {
            match effect {
                Effect::ApplyAnswer(answer) => media.apply_answer(&self.record.id, &answer),
                Effect::Tell(_) => {} // went out with the transaction
                Effect::OpenGate => media.open_gate(&self.record.id),
                Effect::Show(view) => self.show(view),
                Effect::Finish(ending) => self.finish(&ending),
            }
        }
    }

    fn show(&self, view: UserView) {
        let since = match self.record.stage {
            Stage::Active(since) => Some(since),
            _ => None,
        };
        let (call, number, direction) = (self.record.id.clone(), self.record.number.clone(), self.record.direction);
        let shown = self.place.as_ref().and_then(|place| place.show(UserCall { call, number, direction, view, since }));
        if let Some(event) = shown {
            self.engine.users.tell(&self.record.user, event);
        }
    }

    fn tell_media(&self) {
        let media = self.call.media();
        let path_open = media.user.connected.is_some() && media.business.connected.is_some();
        let event = UserEvent::Media { call: self.record.id.clone(), path_open, audio_both_ways: media.both_ways() };
        self.engine.users.tell(&self.record.user, event);
    }

    fn finish(&mut self, ending: &Ending) {
        self.engine.ports.media.close(&self.record.id);
        self.place = None; // both parties may call again before the user hears that it is over
        let seconds = ending.talk.map(|talk| talk.duration().as_secs());
        self.engine.users.tell(&self.record.user, ended(self.record.id.clone(), ending.reason, seconds));
        tracing::info!(call = self.record.id.short(), reason = ending.reason.name(), seconds, "call ended");
    }

    /// Waits for the last report, answers what is still in the queue, and goes. Who asks for the story meanwhile waits for the report too.
    async fn see_off(mut self) {
        let clock = self.engine.ports.clock.clone();
        let patience = self.engine.now() + LAST_REPORT;
        let mut asked = Vec::new();
        while self.report.is_none() {
            tokio::select! {
                message = self.inbox.recv() => match message {
                    Some(Message::Lines { reply }) if asked.len() < QUEUE => asked.push(reply),
                    Some(message) => self.take(message).await,
                    None => break,
                },
                () = clock.sleep_until(patience) => break,
            }
        }
        let mut record = self.record.clone();
        record.media = self.report.take();
        let mut changes = vec![Change::PutCall(Box::new(record))];
        changes.extend(std::mem::take(&mut self.unsaved).into_iter().map(Change::AddTimeline));
        if let Err(fault) = self.engine.save(changes, &[]).await {
            tracing::error!(call = self.record.id.short(), %fault, "the media report of a call is lost");
        }
        for reply in asked {
            let _ = reply.send(Vec::new()); // all lines are on record now
        }
        self.engine.live.disown(&self.record.id);
        self.inbox.close();
        while let Some(message) = self.inbox.recv().await {
            self.take(message).await;
        }
    }

    pub(super) fn line(&mut self, kind: TimelineKind, text: String) {
        if self.unsaved.len() < MAX_UNSAVED_LINES {
            self.unsaved.push(TimelineEntry { call: self.record.id.clone(), at: self.engine.now(), kind, text });
        }
    }
}

fn sign_text(sign: MediaSign) -> String {
    let who = |side: Side| match side {
        Side::User => "the user",
        Side::Business => "the business",
    };
    match sign {
        MediaSign::Connected(side) => format!("media path to {} is open (ICE and DTLS done)", who(side)),
        MediaSign::Flowing(side) => format!("audio comes from {}", who(side)),
        MediaSign::Silent(side, _) => format!("nothing comes from {} any more", who(side)),
    }
}

async fn sleep_until(clock: &dyn crate::ports::Clock, deadline: Option<WallTime>) {
    match deadline {
        Some(at) => clock.sleep_until(at).await,
        None => std::future::pending().await,
    }
}
