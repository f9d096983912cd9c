//! Scripted users, with real media through the real relay on the loopback. The business is a voice endpoint that the test moves.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use callport_audio::{Signature, wav};
use callport_core::call::{Answer, EndReason};
use callport_core::call_id::CallId;
use callport_engine::{CallCommand, Failed, PlaceUserCallRefusal};
use callport_peer::{Endpoint, Identity, PeerConfig, Seeds};
use callport_people::{HangUp, Press, Script, ScriptedSay, ScriptedState};
use callport_phone::scripted::{ScriptedCall, ScriptedUsers, Trouble};

use crate::world::{PATIENCE, World, acme, nadia, with_real_media};

const LOOPBACK: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

struct Bench {
    world: World,
    identity: Arc<Identity>,
    people: ScriptedUsers,
}

impl Bench {
    async fn new() -> Self {
        let (world, identity) = with_real_media().await;
        let people = ScriptedUsers::new(world.engine.clone(), identity.clone()).bound_to(LOOPBACK);
        Self { world, identity, people }
    }

    /// Takes the call of the next connect webhook; says the business's signature.
    async fn pick_up(&mut self) -> (CallId, Endpoint) {
        let connect = self.world.call_webhook().await;
        assert_eq!(connect.event, "connect");
        let (engine, call) = (&self.world.engine, connect.call());
        let config =
            PeerConfig { bind: SocketAddr::new(LOOPBACK, 0), ..PeerConfig::new(self.identity.clone(), Seeds::new(engine.random())) };
        let (endpoint, _) = Endpoint::bind(config).await.unwrap();
        let answer = Answer::new(endpoint.answer(connect.sdp()).await.unwrap());
        engine.command(&acme(), &call, CallCommand::PreAccept(answer)).await.unwrap();
        tokio::time::timeout(PATIENCE, endpoint.connected()).await.unwrap().unwrap();
        engine.command(&acme(), &call, CallCommand::Accept { answer: None, opaque: None }).await.unwrap();
        endpoint.mouth().say(Signature::BUSINESS.source()).await;
        endpoint.mouth().open().await;
        (call, endpoint)
    }
}

async fn finished(call: &ScriptedCall) -> callport_phone::scripted::UserReport {
    tokio::time::timeout(PATIENCE, call.finished()).await.expect("the call ends")
}

#[tokio::test]
async fn two_sides_hear_each_other_and_the_keys() {
    let mut bench = Bench::new().await;
    let press = |after, digits: &str| Press { after: Duration::from_millis(after), digits: digits.into() };
    let script = Script {
        press: vec![press(500, "1"), press(900, "2#")],
        hang_up: HangUp::after(Duration::from_millis(3_500)),
        ..Script::default()
    };
    let call = bench.people.dial(nadia(), acme(), script, None).unwrap();
    let (id, business) = bench.pick_up().await;
    assert_eq!(tokio::time::timeout(PATIENCE, call.reached(ScriptedState::Connected)).await.unwrap(), ScriptedState::Connected);
    assert_eq!(call.report_so_far().await.call.as_ref(), Some(&id));
    let report = finished(&call).await;

    assert!(report.trouble.is_none(), "{:?}", report.trouble);
    assert_eq!((report.reason, report.digits.as_str()), (Some(EndReason::UserHungUp), "12#"));
    assert!(report.heard.business.found && !report.heard.own.found, "{:?}", report.heard);
    assert!(report.recorded_ms > 1_000, "{}", report.recorded_ms);
    assert!(report.figures.packets_in > 50 && report.figures.packets_out > 50, "{:?}", report.figures);
    // The path of the user's side is nobody's condition for the pick-up: it may be up before or after it.
    for order in [
        [report.times.dialled_ms, report.times.connected_ms, report.times.ended_ms],
        [report.times.dialled_ms, report.times.path_ms, report.times.ended_ms],
    ] {
        assert!(order.iter().all(Option::is_some) && order.is_sorted(), "{order:?}");
    }
    assert!(report.times.ringing_ms.is_some() && report.times.first_audio_ms.is_some());

    assert!(business.ear().heard(&Signature::USER).found, "the business hears the user");
    assert_eq!(business.ear().digits(), "12#");
    let recording = wav::read(&call.recording().await.unwrap()[..]).unwrap();
    assert!(!Signature::BUSINESS.find(recording.samples()).is_empty(), "the WAV holds what was heard");
    assert_eq!(bench.world.call_webhook().await.event, "terminate");
    assert!(bench.people.call(call.id()).is_some() && bench.people.calls().len() == 1);
}

#[tokio::test]
async fn a_clip_is_said_once_and_then_the_user_hangs_up() {
    let mut bench = Bench::new().await;
    let file = wav::to_bytes(Signature::USER.period().samples()).unwrap();
    let script = Script {
        say: ScriptedSay::Wav { file, looped: false },
        hang_up: HangUp::AfterSaid { time: Duration::from_millis(300) },
        ..Script::default()
    };
    let call = bench.people.dial(nadia(), acme(), script, None).unwrap();
    let (_, business) = bench.pick_up().await;
    let report = finished(&call).await;
    assert_eq!(report.reason, Some(EndReason::UserHungUp));
    assert_eq!(business.ear().heard(&Signature::USER).times, 1);
}

#[tokio::test]
async fn an_echo_is_timed() {
    let mut bench = Bench::new().await;
    let script = Script { hang_up: HangUp::after(Duration::from_millis(3_000)), ..Script::default() };
    let call = bench.people.dial(nadia(), acme(), script, None).unwrap();
    let (_, business) = bench.pick_up().await;
    let (start, end) = callport_audio::pipe();
    business.ear().pipe_to(start);
    business.mouth().say(end).await;
    let report = finished(&call).await;
    assert!(report.heard.own.found, "{:?}", report.heard);
    assert!(report.heard.echo_delay_ms.is_some());
}

#[tokio::test]
async fn what_the_engine_refuses_is_told() {
    let bench = Bench::new().await;
    let nowhere = callport_core::ids::PhoneNumberId::parse("4999").unwrap();
    let report = finished(&bench.people.dial(nadia(), nowhere, Script::default(), None).unwrap()).await;
    assert!(matches!(report.trouble, Some(Trouble::Refused(Failed::Refused(PlaceUserCallRefusal::UnknownNumber)))), "{:?}", report.trouble);
    assert!(report.call.is_none());
}

#[tokio::test]
async fn a_user_can_be_impatient_or_be_told_to_stop() {
    let mut bench = Bench::new().await;
    let impatient = Script { patience: Some(Duration::from_millis(200)), ..Script::default() };
    let call = bench.people.dial(nadia(), acme(), impatient, None).unwrap();
    let report = finished(&call).await;
    assert_eq!((report.reason, report.seconds), (Some(EndReason::UserHungUp), None));
    assert!(call.recording().await.is_none(), "nobody said anything");
    for expected in ["connect", "terminate"] {
        assert_eq!(bench.world.call_webhook().await.event, expected);
    }

    let call = bench.people.dial(nadia(), acme(), Script { hang_up: HangUp::Never {}, ..Script::default() }, None).unwrap();
    bench.pick_up().await;
    call.hang_up();
    assert_eq!(finished(&call).await.reason, Some(EndReason::UserHungUp));
}
