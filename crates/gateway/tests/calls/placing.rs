//! Calls of ours: the offer, the answer, ringing, talking, and every way to end.

use std::time::Duration;

use callport_audio::Signature;
use callport_gateway::{CallOrder, EventOutcome, OutgoingOutcome, Speech, What};
use callport_peer::News;
use callport_wire::codes::Code;
use callport_wire::permissions::{ActionName, Limit, Permission};
use callport_wire::webhooks::{ErrorObject, EventKind, Status, TerminateStatus};

use crate::platform::{self, NOW, OUTGOING, Platform, USER, USER_ID, ended, outgoing, status};

const EVER: Duration = Duration::from_secs(3600);

async fn until_connected(platform: &mut Platform) {
    platform.until(|what| matches!(what, What::Media(News::Connected(_))).then_some(())).await;
}

async fn user_speaks(platform: &Platform) {
    platform.user.mouth().say(Signature::USER.source()).await;
    platform.user.mouth().open().await;
}

#[tokio::test]
async fn a_permitted_user_is_called_hears_us_and_is_heard() {
    let mut platform = Platform::start(|_| {}).await;
    user_speaks(&platform).await;
    let mut call = platform.place(Platform::order()).await;
    platform.until_waiting("connect webhook").await;
    assert_eq!(platform.actions(), ["call_permissions", "connect"]);
    let [looked_up, connect] = platform.bodies().try_into().unwrap();
    assert_eq!(looked_up["user_wa_id"], USER);
    assert_eq!((connect["to"].as_str(), connect["session"]["sdp_type"].as_str()), (Some(USER), Some("offer")));
    assert_eq!((connect.get("recipient"), connect["biz_opaque_callback_data"].as_str()), (None, Some("case-77812")));

    platform.deliver_answer().await;
    until_connected(&mut platform).await;
    platform.deliver_change(status(Status::Ringing)).await;
    platform.user_accepts().await;
    let picked_up = |what: &What| match what {
        What::Webhook { event, .. } if event == "ACCEPTED" => Some(true),
        What::MouthOpened => Some(false),
        _ => None,
    };
    assert!(platform.until(picked_up).await, "the mouth opens after the pick-up");
    platform.until_mouth_opened().await;
    platform.user.ear().until_recorded(2_200).await;
    assert!(platform.user.ear().heard(&Signature::BUSINESS).found);
    platform.deliver_change(ended(Some(7))).await;
    let report = call.finished().await;
    assert_eq!((report.outcome, report.call_id.as_deref()), (OutgoingOutcome::Answered { seconds: Some(7) }, Some(OUTGOING)));
    let hearing = report.hearing.unwrap();
    assert!(hearing.heard.found, "{hearing:?}");
    let steps = hearing.media.unwrap().milestones;
    assert!(steps.connected < steps.opened && steps.opened <= steps.first_packet_out, "no sound before the pick-up: {steps:?}");
    assert_eq!(platform.actions(), ["call_permissions", "connect"], "a call that the user has ended needs no terminate");
}

#[tokio::test]
async fn webhooks_may_overtake_each_other_and_the_reply_and_come_twice() {
    let everything = || [status(Status::Accepted), status(Status::Ringing), outgoing(EventKind::Connect, |_| {})];
    let mut platform = Platform::start(|_| {}).await;
    platform.overtake(everything().into_iter().chain(everything()).collect());
    let order = CallOrder { say: Speech::Clip(Signature::BUSINESS.clip()), talk_for: Some(EVER), ..Platform::order() };
    let mut call = platform.place(order).await;
    let mut verdicts = Vec::new();
    for _ in 0..6 {
        verdicts.push(platform.until_verdict().await);
    }
    assert_eq!(verdicts, [[EventOutcome::Taken; 3], [EventOutcome::Duplicate; 3]].concat());
    platform.user_accepts().await;
    platform.user.mouth().open().await;
    platform.user.ear().until_recorded(2_200).await;
    assert!(platform.user.ear().heard(&Signature::BUSINESS).found);
    // Another call's end is not ours.
    platform.deliver_change(outgoing(EventKind::Terminate, |event| event.id = "wacid.other".to_owned())).await;
    call.hang_up().await;
    platform.until(|what| matches!(what, What::Request { action: "terminate", .. }).then_some(())).await;
    platform.deliver_change(ended(Some(3))).await;
    assert_eq!(call.finished().await.outcome, OutgoingOutcome::Answered { seconds: Some(3) });
    assert_eq!(platform.actions(), ["call_permissions", "connect", "terminate"]);
    assert_eq!(platform.bodies()[2]["call_id"], OUTGOING);
}

#[tokio::test]
async fn a_decline_is_told_whichever_webhook_comes_first() {
    for terminate_first in [false, true] {
        let mut platform = Platform::start(|config| config.last_word_within = EVER).await;
        let mut call = platform.place(Platform::order()).await;
        platform.until_waiting("connect webhook").await;
        platform.deliver_answer().await;
        platform.deliver_change(status(Status::Ringing)).await;
        let mut last = [status(Status::Rejected), ended(None)];
        if terminate_first {
            last.reverse();
        }
        for change in last {
            platform.deliver_change(change).await;
        }
        let report = call.finished().await;
        assert_eq!(report.outcome, OutgoingOutcome::Declined);
        assert!(report.hearing.is_none());
        assert_eq!(platform.actions(), ["call_permissions", "connect"]);
    }
}

#[tokio::test]
async fn a_decline_whose_terminate_is_lost_is_a_decline() {
    let mut platform = Platform::start(|config| config.last_word_within = Duration::ZERO).await;
    let mut call = platform.place(Platform::order()).await;
    platform.until_waiting("connect webhook").await;
    platform.deliver_change(status(Status::Rejected)).await;
    assert_eq!(call.finished().await.outcome, OutgoingOutcome::Declined);
}

#[tokio::test]
async fn a_call_that_nobody_takes_is_told_so_by_either_side() {
    let mut platform = Platform::start(|config| config.last_word_within = Duration::ZERO).await;
    let mut call = platform.place(Platform::order()).await;
    platform.until_waiting("connect webhook").await;
    platform.deliver_answer().await;
    platform.deliver_change(ended(None)).await;
    assert_eq!(call.finished().await.outcome, OutgoingOutcome::NotAnswered);

    let platform = Platform::start(|config| {
        config.answer_within = Duration::ZERO;
        config.last_word_within = Duration::ZERO;
    })
    .await;
    let mut call = platform.place(Platform::order()).await;
    assert_eq!(call.finished().await.outcome, OutgoingOutcome::NotAnswered);
    assert_eq!(platform.actions(), ["call_permissions", "connect", "terminate"], "what we give up, we cancel");
}

#[tokio::test]
async fn hanging_up_while_it_rings_cancels_it() {
    let mut platform = Platform::start(|_| {}).await;
    let mut call = platform.place(Platform::order()).await;
    platform.until_waiting("connect webhook").await;
    platform.deliver_answer().await;
    platform.until_waiting("pick up").await;
    call.hang_up().await;
    platform.until(|what| matches!(what, What::Request { action: "terminate", .. }).then_some(())).await;
    platform.deliver_change(ended(None)).await;
    assert_eq!(call.finished().await.outcome, OutgoingOutcome::Stopped);
}

#[tokio::test]
async fn the_time_to_talk_counts_from_the_pick_up_and_then_we_hang_up() {
    let mut platform = Platform::start(|_| {}).await;
    let order = CallOrder { talk_for: Some(Duration::ZERO), ..Platform::order() };
    let mut call = platform.place(order).await;
    platform.until_waiting("connect webhook").await;
    platform.deliver_answer().await;
    until_connected(&mut platform).await;
    assert_eq!(platform.actions(), ["call_permissions", "connect"]);
    platform.user_accepts().await;
    platform.until(|what| matches!(what, What::Request { action: "terminate", .. }).then_some(())).await;
    platform.deliver_change(ended(Some(0))).await;
    assert_eq!(call.finished().await.outcome, OutgoingOutcome::Answered { seconds: Some(0) });
}

#[tokio::test]
async fn the_menu_ends_the_call_that_it_was_given() {
    let mut platform = Platform::start(|config| config.last_word_within = Duration::ZERO).await;
    platform.user.mouth().open().await;
    let mut call = platform.place(CallOrder { say: Speech::Menu, ..Platform::order() }).await;
    platform.until_waiting("connect webhook").await;
    platform.deliver_answer().await;
    platform.user_accepts().await;
    platform.user.ear().until_recorded(600).await;
    assert_eq!(platform.user.mouth().press("#").await, 1);
    let report = call.finished().await;
    assert_eq!((report.outcome, report.hearing.unwrap().digits), (OutgoingOutcome::Answered { seconds: None }, "#".to_owned()));
    assert_eq!(platform.actions(), ["call_permissions", "connect", "terminate"]);
}

#[tokio::test]
async fn the_platforms_fault_comes_with_its_code_and_words() {
    let mut platform = Platform::start(|_| {}).await;
    let mut call = platform.place(Platform::order()).await;
    platform.until_waiting("connect webhook").await;
    platform.deliver_answer().await;
    let failed = outgoing(EventKind::Terminate, |event| {
        event.status = Some(TerminateStatus::Failed);
        event.errors = vec![ErrorObject::new(Code::RelayUnreachable, "The relay was not reached.")];
    });
    platform.deliver_change(failed).await;
    let reason = "The relay was not reached.".to_owned();
    assert_eq!(call.finished().await.outcome, OutgoingOutcome::Failed { codes: vec![138020], reason, seconds: None });
}

#[tokio::test]
async fn faults_that_we_see_end_the_call() {
    let mut platform = Platform::start(|config| {
        config.webhook_within = Duration::ZERO;
        config.last_word_within = Duration::ZERO;
    })
    .await;
    let reason_of = |outcome: OutgoingOutcome| match outcome {
        OutgoingOutcome::Failed { codes, reason, .. } if codes.is_empty() => reason,
        other => panic!("{other:?}"),
    };
    let mut call = platform.place(Platform::order()).await;
    let reason = reason_of(call.finished().await.outcome);
    assert!(reason.starts_with("the connect webhook did not come"), "{reason}");
    assert_eq!(platform.actions(), ["call_permissions", "connect", "terminate"]);
    platform.stop().await;

    let mut platform = Platform::start(|config| config.last_word_within = Duration::ZERO).await;
    let mut call = platform.place(Platform::order()).await;
    platform.until_waiting("connect webhook").await;
    platform.deliver_change(outgoing(EventKind::Connect, |_| {})).await;
    assert_eq!(reason_of(call.finished().await.outcome), "the connect webhook carries no answer");
    platform.stop().await;

    let mut platform = Platform::start(|config| {
        config.media_within = Duration::ZERO;
        config.last_word_within = Duration::ZERO;
    })
    .await;
    let mut call = platform.place(Platform::order()).await;
    platform.until_waiting("connect webhook").await;
    platform.user_accepts().await;
    assert_eq!(reason_of(call.finished().await.outcome), "picked up, and media did not connect");
}

#[tokio::test]
async fn a_refused_connect_tells_the_code_and_when_a_limit_ends() {
    let platform = Platform::start(|_| {}).await;
    let mut limited = platform::permission(Permission::permanent(), false);
    let start = limited.actions.iter_mut().find(|action| action.action_name == ActionName::StartCall).unwrap();
    start.can_perform_action = false;
    start.limits = vec![Limit::new("PT24H", 100, 100, Some(NOW + 60))];
    platform.permit(limited);
    for (status, code, next) in [(400, 138012, Some(NOW + 60)), (401, 138006, Some(NOW + 60))] {
        platform.refuse_once("connect", status, code);
        let report = platform.place(Platform::order()).await.finished().await;
        let reason = format!("refused with HTTP {status}, code {code}: (#{code}) No (As the test wants it)");
        assert_eq!(report.outcome, OutgoingOutcome::Refused { action: "connect", code, reason, next });
        assert_eq!(report.call_id, None);
    }
    platform.refuse_once("call_permissions", 401, 138000);
    let outcome = platform.place(Platform::order()).await.finished().await.outcome;
    assert!(matches!(outcome, OutgoingOutcome::Refused { action: "call_permissions", code: 138000, .. }), "{outcome:?}");
}

#[tokio::test]
async fn a_user_may_be_called_by_business_scoped_id() {
    let mut platform = Platform::start(|_| {}).await;
    let mut call = platform.place(CallOrder { user: USER_ID.parse().unwrap(), ..Platform::order() }).await;
    platform.until_waiting("connect webhook").await;
    let bodies = platform.bodies();
    assert_eq!((bodies[0]["recipient"].as_str(), bodies[0].get("user_wa_id")), (Some(USER_ID), None));
    assert_eq!((bodies[1]["recipient"].as_str(), bodies[1].get("to")), (Some(USER_ID), None));
    platform.stop().await;
    assert_eq!(call.finished().await.outcome, OutgoingOutcome::Stopped);
    assert_eq!(platform.actions(), ["call_permissions", "connect", "terminate"], "stopping ends its calls");
}

#[tokio::test]
async fn a_platform_that_cannot_be_reached_is_no_refusal() {
    let platform = Platform::start(|config| config.graph_url = "http://127.0.0.1:9".to_owned()).await;
    let outcome = platform.place(Platform::order()).await.finished().await.outcome;
    let reason = "no reply: cannot connect".to_owned();
    assert_eq!(outcome, OutgoingOutcome::Unreachable { action: "call_permissions", reason });
}

#[tokio::test]
async fn one_call_too_many_is_not_placed() {
    let platform = Platform::start(|config| config.most_calls = 0).await;
    let outcome = platform.place(Platform::order()).await.finished().await.outcome;
    assert!(matches!(&outcome, OutgoingOutcome::Failed { reason, .. } if reason == "too many calls of ours are up"), "{outcome:?}");
    assert!(platform.actions().is_empty());
}

#[tokio::test]
async fn calls_of_users_go_on_beside_calls_of_ours() {
    let mut platform = Platform::start(|config| config.accept_within = EVER).await;
    let mut call = platform.place(Platform::order()).await;
    platform.until_waiting("connect webhook").await;
    platform.deliver(platform.connect_to_nowhere(platform::CALL).await).await;
    platform.until(|what| matches!(what, What::Request { action: "pre_accept", .. }).then_some(())).await;
    platform.deliver(platform.terminate()).await;
    platform.until_ended().await;
    platform.deliver_change(ended(Some(1))).await;
    assert_eq!(call.finished().await.outcome, OutgoingOutcome::Answered { seconds: Some(1) });
}
