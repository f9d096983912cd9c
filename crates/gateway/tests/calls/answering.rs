//! Calls of users: what the backend asks, in which order, and what the user hears.

use std::time::Duration;

use callport_audio::Signature;
use callport_gateway::{CallEnd, EventOutcome, GraphFailure, Mode, What};
use callport_peer::News;

use crate::platform::{self, CALL, NOW, Platform};

async fn with_mode(mode: Mode) -> Platform {
    Platform::start(|config| config.mode = mode).await
}

/// The user's mouth opens and says the user's signature.
async fn user_speaks(platform: &Platform) {
    platform.user.mouth().say(Signature::USER.source()).await;
    platform.user.mouth().open().await;
}

#[tokio::test]
async fn pre_accept_then_accept_with_the_same_answer_and_then_sound() {
    let mut platform = Platform::start(|config| {
        config.mode = Mode::Tone;
        config.opaque = Some("agent-12".to_owned());
    })
    .await;
    user_speaks(&platform).await;
    platform.deliver(platform.connect().await).await;
    assert_eq!(platform.until_verdict().await, EventOutcome::Taken);
    platform.until_mouth_opened().await;
    assert_eq!(platform.actions(), ["pre_accept", "accept"]);
    let bodies = platform.bodies();
    assert_eq!(bodies[0]["session"]["sdp_type"], "answer");
    assert_eq!(bodies[0]["session"], bodies[1]["session"]);
    assert_eq!(
        (&bodies[0]["biz_opaque_callback_data"], bodies[1]["biz_opaque_callback_data"].as_str()),
        (&serde_json::Value::Null, Some("agent-12"))
    );

    platform.user.ear().until_recorded(2_200).await;
    assert!(platform.user.ear().heard(&Signature::BUSINESS).found);
    platform.deliver(platform.terminate()).await;
    let report = platform.until_ended().await;
    assert_eq!(report.ending, CallEnd::Terminated { status: Some("COMPLETED".to_owned()), duration: Some(7), codes: vec![] });
    assert!(report.heard.found, "{:?}", report.heard);
    let media = report.media.unwrap();
    assert!(media.milestones.connected < media.milestones.opened, "accept waited for media");
    assert!(media.milestones.opened <= media.milestones.first_packet_out, "no sound before accept's 200");
    platform.stop().await;
    assert_eq!(platform.actions(), ["pre_accept", "accept"], "a call the user has ended needs no terminate");
}

#[tokio::test]
async fn an_echo_brings_the_callers_own_voice_back() {
    let mut platform = with_mode(Mode::Echo).await;
    user_speaks(&platform).await;
    platform.deliver(platform.connect().await).await;
    platform.until_mouth_opened().await;
    platform.user.ear().until_recorded(3_000).await;
    assert!(platform.user.ear().heard(&Signature::USER).found);
    platform.stop().await;
    assert_eq!(platform.actions(), ["pre_accept", "accept", "terminate"], "stopping ends its calls");
}

#[tokio::test]
async fn the_menu_speaks_repeats_keys_and_hangs_up_on_hash() {
    let mut platform = with_mode(Mode::Menu).await;
    platform.user.mouth().open().await;
    platform.deliver(platform.connect().await).await;
    platform.until_mouth_opened().await;
    platform.user.ear().until_recorded(600).await;
    assert!(platform.user.ear().heard_anything().found, "the greeting is heard");
    assert_eq!(platform.user.mouth().press("5#").await, 2);
    let report = platform.until_ended().await;
    assert_eq!(report.ending, CallEnd::ByUs);
    assert_eq!(report.digits, "5#");
    assert_eq!(platform.actions(), ["pre_accept", "accept", "terminate"]);
    platform.deliver(platform.terminate()).await;
    assert_eq!(platform.until_verdict().await, EventOutcome::Taken);
}

#[tokio::test]
async fn reject_mode_declines_and_nothing_else() {
    let mut platform = with_mode(Mode::Reject).await;
    platform.deliver(platform.connect().await).await;
    let report = platform.until_ended().await;
    assert_eq!((report.ending, report.media.is_none()), (CallEnd::ByUs, true));
    assert_eq!(platform.actions(), ["reject"]);
}

#[tokio::test]
async fn each_event_counts_once() {
    let mut platform = with_mode(Mode::Tone).await;
    let connect = platform.connect().await;
    platform.deliver(connect.clone()).await;
    platform.deliver(connect).await;
    assert_eq!(platform.until_verdict().await, EventOutcome::Taken);
    assert_eq!(platform.until_verdict().await, EventOutcome::Duplicate);
    platform.stop().await;
    assert_eq!(platform.actions().iter().filter(|action| *action == "pre_accept").count(), 1);
}

#[tokio::test]
async fn a_connect_that_comes_after_its_terminate_is_left_alone() {
    let mut platform = with_mode(Mode::Tone).await;
    platform.deliver(platform.terminate()).await;
    assert_eq!(platform.until_verdict().await, EventOutcome::Taken);
    platform.deliver(platform.connect().await).await;
    assert_eq!(platform.until_verdict().await, EventOutcome::AlreadyEnded);
    platform.stop().await;
    assert!(platform.actions().is_empty());
}

#[tokio::test]
async fn connects_that_are_stale_or_not_ours_are_left_alone() {
    let mut platform = Platform::start(|config| config.phone_number_id = Some(platform::NUMBER.to_owned())).await;
    let mut stale = platform.connect().await;
    stale.timestamp.0 = NOW - 61;
    platform.deliver(stale).await;
    assert_eq!(platform.until_verdict().await, EventOutcome::Stale);
    let mut ours = platform.connect().await;
    ours.id = "wacid.other".to_owned();
    platform.deliver_for("4711", ours).await;
    assert_eq!(platform.until_verdict().await, EventOutcome::NotForUs);
    let mut outgoing = platform.connect().await;
    outgoing.id = "wacid.outgoing".to_owned();
    outgoing.direction = Some(callport_wire::webhooks::Direction::BusinessInitiated);
    platform.deliver(outgoing).await;
    assert_eq!(platform.until_verdict().await, EventOutcome::NotForUs);
    platform.stop().await;
    assert!(platform.actions().is_empty());
}

#[tokio::test]
async fn one_call_too_many_is_declined() {
    let mut platform = Platform::start(|config| config.most_calls = 0).await;
    platform.deliver(platform.connect().await).await;
    assert_eq!(platform.until_verdict().await, EventOutcome::TooManyCalls);
    platform.until_ended().await;
    assert_eq!(platform.actions(), ["reject"]);
}

#[tokio::test]
async fn a_refused_pre_accept_ends_our_interest_and_tells_the_code() {
    let mut platform = with_mode(Mode::Tone).await;
    platform.refuse("pre_accept");
    platform.deliver(platform.connect().await).await;
    let failure = platform
        .until(|what| match what {
            What::Request { action: "pre_accept", outcome, .. } => Some(outcome.clone().unwrap_err()),
            _ => None,
        })
        .await;
    let details = Some("The call has ended".to_owned());
    assert_eq!(failure, GraphFailure::Refused { status: 400, code: 100, message: "(#100) Invalid parameter".to_owned(), details });
    assert_eq!(platform.until_ended().await.ending, CallEnd::Refused);
    assert_eq!(platform.actions(), ["pre_accept"]);
}

#[tokio::test]
async fn a_pre_accept_that_the_platform_fumbled_does_not_keep_us_from_accepting() {
    let mut platform = Platform::start(|config| config.accept_within = Duration::ZERO).await;
    platform.refuse_with("pre_accept", 500);
    platform.deliver(platform.connect().await).await;
    platform.until_mouth_opened().await;
    assert_eq!(platform.actions(), ["pre_accept", "accept"]);
}

#[tokio::test]
async fn without_accepts_200_no_sound_goes_out() {
    let mut platform = with_mode(Mode::Tone).await;
    platform.refuse("accept");
    platform.deliver(platform.connect().await).await;
    let report = platform.until_ended().await;
    assert_eq!(report.ending, CallEnd::Refused);
    let media = report.media.unwrap();
    assert!(media.milestones.connected.is_some());
    assert_eq!((media.milestones.opened, media.statistics.packets_out), (None, 0));
}

#[tokio::test]
async fn an_offer_that_cannot_be_answered_is_declined_with_the_reason() {
    let mut platform = with_mode(Mode::Tone).await;
    let mut connect = platform.connect().await;
    connect.session.as_mut().unwrap().sdp = "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\n".to_owned();
    platform.deliver(connect).await;
    let reason = platform
        .until(|what| match what {
            What::CallFailed(reason) => Some(reason.clone()),
            _ => None,
        })
        .await;
    assert!(reason.starts_with("their SDP"), "{reason}");
    platform.until_ended().await;
    assert_eq!(platform.actions(), ["reject"]);
}

#[tokio::test]
async fn media_that_never_comes_up_ends_in_accept_and_then_terminate() {
    let mut platform = Platform::start(|config| {
        config.accept_within = Duration::ZERO;
        config.media_within = Duration::ZERO;
    })
    .await;
    platform.deliver(platform.connect_to_nowhere(CALL).await).await;
    assert_eq!(platform.until_ended().await.ending, CallEnd::NoMedia);
    assert_eq!(platform.actions(), ["pre_accept", "accept", "terminate"]);
}

#[tokio::test]
async fn a_call_gone_quiet_is_ended() {
    let mut platform = Platform::start(|config| config.quiet_within = Duration::ZERO).await;
    user_speaks(&platform).await;
    platform.deliver(platform.connect().await).await;
    platform.until(|what| matches!(what, What::Media(News::FirstPacketIn)).then_some(())).await;
    platform.user_vanishes().await;
    assert_eq!(platform.until_ended().await.ending, CallEnd::NoMedia);
    assert_eq!(platform.actions(), ["pre_accept", "accept", "terminate"]);
}

#[tokio::test]
async fn a_terminate_during_set_up_ends_it_at_once() {
    let mut platform = Platform::start(|config| config.accept_within = Duration::from_secs(3600)).await;
    platform.deliver(platform.connect_to_nowhere(CALL).await).await;
    platform.until(|what| matches!(what, What::Request { action: "pre_accept", .. }).then_some(())).await;
    platform.deliver(platform.terminate()).await;
    let report = platform.until_ended().await;
    assert!(matches!(report.ending, CallEnd::Terminated { .. }));
    assert_eq!(platform.actions(), ["pre_accept"]);
}

#[tokio::test]
async fn calls_do_not_meddle_with_each_other() {
    let mut platform = Platform::start(|config| config.accept_within = Duration::from_secs(3600)).await;
    let other = "wacid.other";
    for id in [CALL, other] {
        platform.deliver(platform.connect_to_nowhere(id).await).await;
        platform.until(|what| matches!(what, What::Request { action: "pre_accept", .. }).then_some(())).await;
    }
    platform.deliver(platform.terminate()).await;
    assert!(matches!(platform.until_ended().await.ending, CallEnd::Terminated { .. }));
    platform.stop().await;
    assert_eq!(platform.until_ended().await.ending, CallEnd::Stopped);
    let asked = platform.actions_by_call();
    let of = |id: &str| asked.iter().filter(|(_, call)| call == id).map(|(action, _)| action.as_str()).collect::<Vec<_>>();
    assert_eq!(of(CALL), ["pre_accept"]);
    assert_eq!(of(other), ["pre_accept", "terminate"]);
}
