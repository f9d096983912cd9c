//! What others hold of a scripted call: where it is, what it heard, and a way to end it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use callport_audio::{samples_to_ms, wav};
use callport_core::call_id::{CallId, Direction};
use callport_core::ids::PhoneNumberId;
use callport_engine::records::User;
use callport_peer::Ear;
use callport_people::{ScriptedHearing, ScriptedState};
use tokio::sync::{Notify, watch};

use super::report::{Trouble, UserReport, hearing};

/// A scripted call, live or over.
pub struct ScriptedCall {
    id: u64,
    user: User,
    number: PhoneNumberId,
    direction: Direction,
    state: watch::Sender<ScriptedState>,
    hang_up: Notify,
    result: Mutex<ScriptedOutcome>,
}

#[derive(Default)]
struct ScriptedOutcome {
    report: UserReport,
    /// While the call lives.
    ear: Option<Ear>,
    /// Once it is over.
    samples: Arc<[i16]>,
}

impl ScriptedCall {
    pub(super) fn new(id: u64, user: User, number: PhoneNumberId, direction: Direction) -> Self {
        Self {
            id,
            user,
            number,
            direction,
            state: watch::channel(ScriptedState::Dialling).0,
            hang_up: Notify::new(),
            result: Mutex::default(),
        }
    }

    /// Its number in this process.
    pub fn id(&self) -> u64 {
        self.id
    }

    /// The scripted user.
    pub fn user(&self) -> &User {
        &self.user
    }

    /// The business's number.
    pub fn number(&self) -> &PhoneNumberId {
        &self.number
    }

    /// Who placed it.
    pub fn direction(&self) -> Direction {
        self.direction
    }

    /// Whether it is this user's part in that call.
    pub fn is_part_of(&self, call: &CallId) -> bool {
        self.lock().report.call.as_ref() == Some(call)
    }

    /// Where it is.
    pub fn state(&self) -> ScriptedState {
        *self.state.borrow()
    }

    /// What is known; whole once it is over. Of a live call, figures are up to a second old and what is heard is not judged yet:
    /// see [`Self::report_so_far`].
    pub fn report(&self) -> UserReport {
        self.lock().report.clone()
    }

    /// [`Self::report`], with what a live call has heard so far.
    pub async fn report_so_far(&self) -> UserReport {
        let ear = self.lock().ear.clone();
        let judged = match ear {
            Some(ear) => tokio::task::spawn_blocking(move || judged(&ear.recording())).await.ok(),
            None => None,
        };
        let report = self.report();
        match judged {
            Some((heard, recorded_ms)) if !self.over() => UserReport { heard, recorded_ms, ..report },
            _ => report,
        }
    }

    /// Waits for the end.
    pub async fn finished(&self) -> UserReport {
        self.reached(ScriptedState::Ended).await;
        self.report()
    }

    /// Waits until the call is there or over, and says where it is.
    pub async fn reached(&self, state: ScriptedState) -> ScriptedState {
        let mut told = self.state.subscribe();
        // The sender is ours: it outlives the wait.
        told.wait_for(|now| *now >= state).await.map_or(ScriptedState::Ended, |now| *now)
    }

    /// Ends it before its script does.
    pub fn hang_up(&self) {
        self.hang_up.notify_one();
    }

    /// What was heard (so far), as a WAV file; `None` when nothing was, and when it was forgotten in favour of newer ones.
    pub async fn recording(&self) -> Option<Vec<u8>> {
        let (ear, samples) = {
            let outcome = self.lock();
            (outcome.ear.clone(), outcome.samples.clone())
        };
        let written = tokio::task::spawn_blocking(move || {
            let samples = ear.map_or(samples, |ear| ear.recording().into());
            (!samples.is_empty()).then(|| wav::to_bytes(&samples).ok()).flatten()
        });
        written.await.ok().flatten()
    }

    pub(super) fn over(&self) -> bool {
        self.state() == ScriptedState::Ended
    }

    pub(super) fn recorded_bytes(&self) -> usize {
        self.lock().samples.len() * size_of::<i16>()
    }

    pub(super) fn forget_recording(&self) {
        self.lock().samples = Arc::default();
    }

    /// Returns once somebody asked for the end.
    pub(super) async fn asked_to_end(&self) {
        self.hang_up.notified().await;
    }

    /// Forward only: a late "ringing" does not undo "connected".
    pub(super) fn advance(&self, to: ScriptedState) {
        self.state.send_if_modified(|state| {
            let forward = *state < to;
            if forward {
                *state = to;
            }
            forward
        });
    }

    /// While the call lives, what it heard is here.
    pub(super) fn hears_with(&self, ear: Ear) {
        self.lock().ear = Some(ear);
    }

    /// What was heard in the end.
    pub(super) fn heard(&self, samples: Vec<i16>, heard: ScriptedHearing) {
        let mut outcome = self.lock();
        outcome.ear = None;
        (outcome.report.heard, outcome.report.recorded_ms) = (heard, samples_to_ms(samples.len()));
        outcome.samples = samples.into();
    }

    pub(super) fn note(&self, change: impl FnOnce(&mut UserReport)) {
        change(&mut self.lock().report);
    }

    /// The first trouble is the one to look at.
    pub(super) fn trouble(&self, what: impl Into<Trouble>) {
        let what = what.into();
        self.note(|report| report.trouble = report.trouble.take().or(Some(what)));
    }

    pub(super) fn broke(&self, what: impl ToString) {
        self.trouble(Trouble::Broke(what.to_string()));
    }

    fn lock(&self) -> MutexGuard<'_, ScriptedOutcome> {
        self.result.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What is in a recording, and its length in milliseconds.
fn judged(samples: &[i16]) -> (ScriptedHearing, u64) {
    (hearing(samples), samples_to_ms(samples.len()))
}

/// Says that a call is over when it goes: after everything else, so that whoever waits finds the report whole; also if the call's
/// task breaks.
pub(super) struct End(pub(super) Arc<ScriptedCall>);

impl Drop for End {
    fn drop(&mut self) {
        self.0.advance(ScriptedState::Ended);
    }
}
