//! Businesses: react to what they hear, well, late, twice, wrongly or not at all; and call many at once.

use std::sync::Arc;

use callport_core::call::{Answer, CallStatus, EndReason};
use callport_core::call_id::{CallId, Direction};
use callport_core::ids::{AppId, PhoneNumberId};
use callport_engine::ports::Notice;
use callport_engine::{CallCommand, Engine};

use super::client::answer;
use super::{World, desk_of};
use crate::books::Parcel;
use crate::ports::BAD_ANSWER;

/// Calls of a campaign.
const CAMPAIGN: usize = 10;

impl World {
    /// A webhook arrived for the first time.
    pub(super) fn business_hears(self: &Arc<Self>, url: &str, parcel: Parcel) {
        if !AppId::parse(url).is_ok_and(|app| desk_of(&app)) {
            return;
        }
        let (Some(call), Some(number)) = (parcel.call, parcel.number) else { return };
        match (parcel.event, self.books.lock().direction(&call)) {
            ("connect", Some(Direction::UserInitiated)) => self.start(|world| async move { world.desk_answers(call, number).await }),
            ("connect", _) if self.exec.one_in(8) => self.start(|world| async move {
                world.pause(9_000).await; // thinks better of it
                world.command(&number, &call, CallCommand::Terminate).await;
            }),
            ("accepted", _) if self.exec.one_in(2) => self.start(|world| async move {
                world.pause(15_000).await;
                world.command(&number, &call, CallCommand::Terminate).await;
            }),
            _ => {}
        }
    }

    /// A SIP server is told of a call.
    pub(crate) fn sip_server_hears(self: &Arc<Self>, notice: &Notice) {
        let Some((call, parties)) = notice.of_call() else { return };
        let (call, number) = (call.clone(), parties.number_id.clone());
        self.books.lock().sip_heard(&call, notice.event());
        match notice {
            Notice::Connect { direction: Direction::UserInitiated, .. } => {
                self.start(|world| async move { world.sip_server_answers(call, number).await });
            }
            Notice::CallStatus { status: CallStatus::Accepted, .. } if self.exec.one_in(2) => self.start(|world| async move {
                world.pause(15_000).await;
                world.command(&number, &call, CallCommand::Terminate).await;
            }),
            _ => {}
        }
    }

    async fn sip_server_answers(&self, call: CallId, number: PhoneNumberId) {
        match self.exec.below(8) {
            0 => return, // nobody there
            1 => {
                let about = call.clone();
                let unreachable = |engine: Arc<Engine>| {
                    let call = about.clone();
                    async move { engine.line_failed(&call, EndReason::BusinessUnreachable).await }
                };
                return self.insist(unreachable).await;
            }
            _ => {}
        }
        self.pause(300).await;
        self.command(&number, &call, CallCommand::Ring).await;
        self.pause(if self.exec.one_in(10) { 70_000 } else { 2_000 }).await;
        let last = match self.exec.below(6) {
            0 => CallCommand::Reject,
            1 => CallCommand::Accept { answer: Some(Answer::new(BAD_ANSWER)), opaque: None },
            _ => CallCommand::Accept { answer: Some(answer()), opaque: None },
        };
        self.command(&number, &call, last).await;
        self.pause(30_000).await;
        while self.command(&number, &call, CallCommand::Terminate).await.is_none() {
            self.wait(1_000).await;
        }
    }

    async fn desk_answers(&self, call: CallId, number: PhoneNumberId) {
        if self.exec.one_in(8) {
            return; // nobody there
        }
        let accept = |answer| CallCommand::Accept { answer, opaque: None };
        let mut bring = Some(answer());
        if self.exec.one_in(12) {
            self.command(&number, &call, accept(Some(Answer::new(BAD_ANSWER)))).await;
            self.pause(500).await;
        }
        if self.exec.one_in(2) {
            let heard = self.command(&number, &call, CallCommand::PreAccept(answer())).await;
            if matches!(heard, Some(Ok(()))) && self.exec.one_in(2) {
                bring = None;
            }
        }
        self.pause(if self.exec.one_in(10) { 70_000 } else { 2_000 }).await;
        match self.exec.below(9) {
            0 => {
                self.command(&number, &call, CallCommand::Reject).await;
            }
            1 => {}
            2 => {
                // Two agents take it at once.
                let (first, second) = (accept(bring.clone()), accept(bring));
                tokio::join!(biased; self.command(&number, &call, first), self.command(&number, &call, second));
            }
            _ => {
                self.command(&number, &call, accept(bring)).await;
            }
        }
        self.wait(600).await;
        self.pause(30_000).await;
        // Whoever ends a call does so until it is heard: nobody else may.
        while self.command(&number, &call, CallCommand::Terminate).await.is_none() {
            self.wait(1_000).await;
        }
        if self.exec.one_in(5) {
            self.command(&number, &call, CallCommand::Terminate).await;
        }
    }

    /// A business calls many users in the same moment.
    pub(super) async fn campaign(self: Arc<Self>) {
        while self.is_day() {
            self.wait(9_000).await;
            let number = self.exec.below(self.town.numbers.len() as u64) as usize;
            for _ in 0..CAMPAIGN {
                let user = self.exec.below(self.town.users.len() as u64) as usize;
                self.start(|world| async move { world.business_calls(&world.town.users[user], number).await });
            }
        }
    }
}
