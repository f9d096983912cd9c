//! Scripted users, as the operator's side asks for them and as the phone's side has them: two strangers, joined here.

use std::sync::Arc;

use async_trait::async_trait;
use callport_core::ids::{PhoneNumberId, UserId};
use callport_core::message::MessageId;
use callport_engine::records::User;
use callport_operator::people::{Handle, PlaceRefusal, ScriptedPeople, Status};
use callport_people::{Behaviour, Script};
use callport_phone::scripted::{ScriptRefusal, ScriptedCall, ScriptedUsers, UserReport};

use super::behaviours::Behaviours;

/// The scripted users of the process, behind the operator's port.
pub struct People {
    users: ScriptedUsers,
    behaviours: Behaviours,
}

impl People {
    /// Behaviours that an earlier process kept hold from now on. One that cannot be followed any more is told to the log and kept.
    pub async fn start(users: ScriptedUsers, behaviours: Behaviours) -> Self {
        for (user, behaviour) in behaviours.all().await {
            if let Err(refusal) = users.behave(user.clone(), behaviour) {
                tracing::warn!(user = %user, %refusal, "a scripted user's stored behaviour cannot be used; it stays idle");
            }
        }
        Self { users, behaviours }
    }

    fn find(&self, handle: &Handle) -> Option<Arc<ScriptedCall>> {
        self.users.call(handle.0.parse().ok()?)
    }
}

#[async_trait]
impl ScriptedPeople for People {
    async fn place(&self, user: User, number: PhoneNumberId, script: Script, button: Option<MessageId>) -> Result<Handle, PlaceRefusal> {
        let call = self.users.dial(user, number, script, button).map_err(refusal)?;
        Ok(Handle(call.id().to_string()))
    }

    async fn calls(&self) -> Vec<(Handle, Status)> {
        self.users.calls().into_iter().map(|call| (Handle(call.id().to_string()), status_of(&call, call.report()))).collect()
    }

    async fn status(&self, handle: &Handle) -> Option<Status> {
        let call = self.find(handle)?;
        let report = call.report_so_far().await;
        Some(status_of(&call, report))
    }

    async fn recording(&self, handle: &Handle) -> Option<Vec<u8>> {
        self.find(handle)?.recording().await
    }

    async fn hang_up(&self, handle: &Handle) -> bool {
        self.find(handle).map(|call| call.hang_up()).is_some()
    }

    async fn behave(&self, user: UserId, behaviour: Behaviour) -> Result<(), PlaceRefusal> {
        self.users.behave(user.clone(), behaviour.clone()).map_err(refusal)?;
        self.behaviours.put(user, behaviour).await.map_err(not_kept)
    }

    async fn behaviour(&self, user: &UserId) -> Option<Behaviour> {
        self.behaviours.of(user).await
    }

    async fn stop_behaving(&self, user: &UserId) -> Result<bool, PlaceRefusal> {
        let before = self.behaviours.remove(user).await.map_err(not_kept)?;
        self.users.stop_behaving(user);
        Ok(before)
    }
}

fn not_kept(error: std::io::Error) -> PlaceRefusal {
    PlaceRefusal::NotKept(format!("the behaviour could not be kept for the next start: {error}"))
}

fn refusal(refusal: ScriptRefusal) -> PlaceRefusal {
    match refusal {
        ScriptRefusal::Script(_) | ScriptRefusal::Wav(_) => PlaceRefusal::BadScript(refusal.to_string()),
        ScriptRefusal::TooMany(_) | ScriptRefusal::TooManyStanding(_) => PlaceRefusal::TooMany(refusal.to_string()),
    }
}

fn status_of(call: &ScriptedCall, report: UserReport) -> Status {
    Status {
        user: call.user().id.clone(),
        number: call.number().clone(),
        direction: call.direction(),
        state: call.state(),
        trouble: report.trouble.map(|trouble| trouble.to_string()),
        reason: report.reason,
        seconds: report.seconds,
        keys_pressed: u64::try_from(report.digits.len()).unwrap_or(u64::MAX),
        times: report.times,
        heard: report.heard,
        figures: report.figures,
        call: report.call,
    }
}
