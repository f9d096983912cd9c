//! Scripted users, as the operator's side asks for them and as the phone's side has them: two strangers, joined here.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use callport_audio::Heard;
use callport_core::ids::{PhoneNumberId, UserId};
use callport_engine::records::User;
use callport_operator::people::{self, Figures, Handle, Hearing, PlaceRefusal, ScriptedPeople, State, Times};
use callport_phone::scripted::{
    self, Behaviour, HangUp, OnButton, OnCall, OnRequest, Press, Receipts, Report, Say, Script, ScriptRefusal, ScriptedCall, ScriptedUsers,
    Status,
};

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
            let followed = behaviour_of(behaviour).and_then(|behaviour| users.behave(user.clone(), behaviour));
            if let Err(refusal) = followed {
                tracing::warn!(user = %user, %refusal, "a kept behaviour is not followed");
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
    async fn place(&self, user: User, number: PhoneNumberId, script: people::Script) -> Result<Handle, PlaceRefusal> {
        let call = script_of(script).and_then(|script| self.users.dial(user, number, script)).map_err(refusal)?;
        Ok(Handle(call.id().to_string()))
    }

    async fn calls(&self) -> Vec<(Handle, people::Status)> {
        self.users.calls().into_iter().map(|call| (Handle(call.id().to_string()), status_of(&call, call.report()))).collect()
    }

    async fn status(&self, handle: &Handle) -> Option<people::Status> {
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

    async fn behave(&self, user: UserId, behaviour: people::Behaviour) -> Result<(), PlaceRefusal> {
        let followed = behaviour_of(behaviour.clone()).map_err(refusal)?;
        self.users.behave(user.clone(), followed).map_err(refusal)?;
        self.behaviours.put(user, behaviour).await.map_err(not_kept)
    }

    async fn behaviour(&self, user: &UserId) -> Option<people::Behaviour> {
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

fn script_of(script: people::Script) -> Result<Script, ScriptRefusal> {
    let say = match script.say {
        people::Say::Signature => Say::Signature,
        people::Say::Silence => Say::Silence,
        people::Say::Tone { hz } => Say::Tone { hz },
        people::Say::Wav { file, looped } => Say::wav(&file, looped)?,
    };
    let hang_up = match script.hang_up {
        people::HangUp::After(time) => HangUp::After(time),
        people::HangUp::AfterSaid(time) => HangUp::AfterSaid(time),
        people::HangUp::Never => HangUp::Never,
    };
    Ok(Script {
        say,
        press: script.press.into_iter().map(|people::Press { after, digits }| Press { after, digits }).collect(),
        hang_up,
        patience: script.patience.unwrap_or(Script::default().patience),
        record_seconds: script.record_seconds,
        lost_percent: script.lost_percent,
        entry: script.entry,
        button: script.button,
        cta_payload: script.cta_payload,
        deeplink_payload: script.deeplink_payload,
    })
}

fn behaviour_of(behaviour: people::Behaviour) -> Result<Behaviour, ScriptRefusal> {
    let script = |script: Box<people::Script>| script_of(*script).map(Box::new);
    Ok(Behaviour {
        device: behaviour.device,
        calls: match behaviour.calls {
            people::OnCall::Answer { after, script: asked } => OnCall::Answer { after, script: script(asked)? },
            people::OnCall::Decline { after } => OnCall::Decline { after },
            people::OnCall::Ignore => OnCall::Ignore,
            people::OnCall::Offline => OnCall::Offline,
            people::OnCall::Busy => OnCall::Busy,
        },
        requests: match behaviour.requests {
            people::OnRequest::Ignore => OnRequest::Ignore,
            people::OnRequest::Decide { decision, after } => OnRequest::Decide { decision, after },
        },
        receipts: match behaviour.receipts {
            people::Receipts::Read => Receipts::Read,
            people::Receipts::Delivered => Receipts::Delivered,
            people::Receipts::None => Receipts::None,
        },
        buttons: match behaviour.buttons {
            people::OnButton::Ignore => OnButton::Ignore,
            people::OnButton::Tap { after, script: asked } => OnButton::Tap { after, script: script(asked)? },
        },
    })
}

fn status_of(call: &ScriptedCall, report: Report) -> people::Status {
    people::Status {
        user: call.user().id.clone(),
        number: call.number().clone(),
        direction: call.direction(),
        state: match call.status() {
            Status::Dialling => State::Dialling,
            Status::Calling => State::Calling,
            Status::Ringing => State::Ringing,
            Status::Connected => State::Connected,
            Status::Ended => State::Ended,
        },
        trouble: report.trouble.map(|trouble| trouble.to_string()),
        reason: report.reason,
        seconds: report.seconds,
        keys_pressed: wide(report.digits.len()),
        times: Times {
            dialled_ms: report.dialled_ms,
            path_ms: report.path_ms,
            ringing_ms: report.ringing_ms,
            connected_ms: report.connected_ms,
            first_audio_ms: report.first_audio_ms,
            ended_ms: report.ended_ms,
        },
        heard: Hearing {
            anything: heard(&report.heard.anything),
            business: heard(&report.heard.business),
            own: heard(&report.heard.own),
            echo_delay_ms: report.heard.echo_delay_ms,
        },
        figures: figures(&report.figures),
        call: report.call,
    }
}

fn figures(figures: &scripted::Figures) -> Figures {
    Figures {
        packets_in: figures.packets_in,
        packets_out: figures.packets_out,
        lost_in: figures.lost_in,
        loss_ratio_in: figures.loss_ratio_in,
        jitter_ms: millis(figures.jitter),
        round_trip_ms: figures.round_trip.map(millis),
        mos: figures.mos,
        lost_on_purpose: figures.lost_on_purpose,
    }
}

fn heard(heard: &Heard) -> people::Heard {
    let Heard { found, times, level_dbfs, first_heard_at_ms, seconds } = *heard;
    people::Heard { found, times: wide(times), level_dbfs, first_heard_at_ms, seconds }
}

fn millis(time: Duration) -> f32 {
    time.as_secs_f32() * 1000.0
}

fn wide(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use callport_core::gate::{DeviceKind, EntryPoint};
    use callport_core::pair::Decision;

    use super::*;

    fn script(say: people::Say) -> people::Script {
        people::Script {
            say,
            press: vec![people::Press { after: Duration::from_millis(200), digits: "4#".to_owned() }],
            hang_up: people::HangUp::After(Duration::from_secs(3)),
            patience: None,
            record_seconds: 7,
            lost_percent: 2.5,
            entry: EntryPoint::Icon,
            button: None,
            cta_payload: Some("red".to_owned()),
            deeplink_payload: None,
        }
    }

    #[test]
    fn nothing_of_a_script_is_lost_on_the_way() {
        let read = script_of(script(people::Say::Tone { hz: 440.0 })).unwrap();
        assert!(matches!(read.say, Say::Tone { hz } if hz == 440.0));
        assert_eq!(read.press, [Press { after: Duration::from_millis(200), digits: "4#".to_owned() }]);
        assert_eq!(read.hang_up, HangUp::After(Duration::from_secs(3)));
        assert_eq!((read.record_seconds, read.lost_percent, read.patience), (7, 2.5, Script::default().patience));
        assert_eq!(read.cta_payload.as_deref(), Some("red"));
    }

    #[test]
    fn nothing_of_a_behaviour_is_lost_on_the_way() {
        let read = behaviour_of(people::Behaviour {
            device: DeviceKind::Companion,
            calls: people::OnCall::Answer { after: Duration::from_secs(2), script: Box::new(script(people::Say::Silence)) },
            requests: people::OnRequest::Decide { decision: Decision::Deny, after: Duration::from_secs(3) },
            receipts: people::Receipts::Delivered,
            buttons: people::OnButton::Tap { after: Duration::from_secs(4), script: Box::new(script(people::Say::Signature)) },
        })
        .unwrap();
        assert!(matches!(read.calls, OnCall::Answer { after, script } if after.as_secs() == 2 && script.record_seconds == 7));
        assert!(matches!(read.buttons, OnButton::Tap { after, script } if after.as_secs() == 4 && script.record_seconds == 7));
        assert_eq!(read.requests, OnRequest::Decide { decision: Decision::Deny, after: Duration::from_secs(3) });
        assert_eq!((read.device, read.receipts), (DeviceKind::Companion, Receipts::Delivered));
    }

    #[test]
    fn a_file_that_is_no_sound_is_a_bad_script() {
        let refused = script_of(script(people::Say::Wav { file: b"RIFF".to_vec(), looped: false })).err().map(refusal);
        assert!(matches!(refused, Some(PlaceRefusal::BadScript(_))));
    }
}
