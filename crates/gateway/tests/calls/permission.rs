//! Asking a user for permission: in which form, what their answer leads to, and what forbids it.

use std::time::Duration;

use callport_gateway::{Asking, CallOrder, NotAsked, OutgoingCall, OutgoingOutcome, PermissionTemplate};
use callport_wire::codes::Code;
use callport_wire::permissions::{ActionName, DAY, Limit, Permission, WEEK};
use callport_wire::seconds::TextSeconds;
use callport_wire::templates::TemplateStatus;
use callport_wire::webhooks::{
    Change, ErrorObject, InboundContent, InboundMessage, MessageContext, MessageStatus, MessageStatusEvent, PermissionReply, ReplySource,
};

use crate::platform::{self, NOW, Platform, USER_ID, WABA, WAMID, ended, message_status};

const EVER: Duration = Duration::from_secs(3600);

fn asking(reply_within: Duration) -> Asking {
    Asking { text: "May we phone you about repair ticket R-7781?".to_owned(), template: None, reply_within }
}

fn with_template(create_in: Option<&str>) -> Asking {
    let (name, language) = ("repair_call_consent".to_owned(), "en".to_owned());
    Asking { template: Some(PermissionTemplate { name, language, create_in: create_in.map(str::to_owned) }), ..asking(EVER) }
}

/// A platform whose user permits nothing yet, and a call that asks.
async fn asked(asking: Asking) -> (Platform, OutgoingCall) {
    let platform = Platform::start(|config| config.last_word_within = Duration::ZERO).await;
    platform.permit(platform::permission(Permission::none(), true));
    let call = platform.place(CallOrder { asking: Some(asking), ..Platform::order() }).await;
    (platform, call)
}

fn reply(id: &str, reply: PermissionReply, adjust: impl FnOnce(&mut InboundMessage)) -> Change {
    let mut message = InboundMessage::new(id, TextSeconds(NOW), InboundContent::PermissionReply(reply));
    adjust(&mut message);
    platform::message(message)
}

fn accepted() -> PermissionReply {
    PermissionReply::temporary(TextSeconds(NOW + 604_800), ReplySource::UserAction)
}

fn answers(message: &mut InboundMessage) {
    message.context = Some(MessageContext { from: None, id: Some(WAMID.to_owned()) });
}

fn failed(code: Code) -> Change {
    let mut event = MessageStatusEvent::new(WAMID, MessageStatus::Failed, TextSeconds(NOW));
    event.errors = vec![ErrorObject::new(code, "")];
    message_status(event)
}

#[tokio::test]
async fn a_user_who_accepts_is_called() {
    let (mut platform, mut call) = asked(asking(EVER)).await;
    let request = platform.until_asked("call_permission_request", "interactive").await;
    assert_eq!(request["interactive"]["type"], "call_permission_request");
    assert_eq!(request["interactive"]["body"]["text"], "May we phone you about repair ticket R-7781?");
    // Somebody else's decision is not theirs.
    let stranger = |message: &mut InboundMessage| message.from = Some("6281255501234".to_owned());
    platform.deliver_change(reply("wamid.1", PermissionReply::reject(ReplySource::UserAction), stranger)).await;
    platform.deliver_change(message_status(MessageStatusEvent::new(WAMID, MessageStatus::Read, TextSeconds(NOW)))).await;
    platform.deliver_change(reply("wamid.2", accepted(), answers)).await;
    platform.until_waiting("connect webhook").await;
    platform.deliver_change(ended(Some(2))).await;
    assert_eq!(call.finished().await.outcome, OutgoingOutcome::Answered { seconds: Some(2) });
    assert_eq!(platform.actions(), ["call_permissions", "interactive", "connect"]);
}

#[tokio::test]
async fn a_decision_in_the_profile_counts_and_is_known_by_number_or_id() {
    let by_number = |_: &mut InboundMessage| {};
    let by_id = |message: &mut InboundMessage| {
        message.from = Some("another spelling".to_owned());
        message.from_user_id = Some(USER_ID.to_owned());
    };
    for adjust in [by_number as fn(&mut InboundMessage), by_id] {
        let (mut platform, mut call) = asked(asking(EVER)).await;
        platform.until_waiting("user's answer").await;
        platform.deliver_change(reply("wamid.1", PermissionReply::permanent(), adjust)).await;
        platform.until_waiting("connect webhook").await;
        platform.stop().await;
        assert_eq!(call.finished().await.outcome, OutgoingOutcome::Stopped);
    }
}

#[tokio::test]
async fn a_user_who_declines_is_not_called() {
    let (mut platform, mut call) = asked(asking(EVER)).await;
    platform.until_waiting("user's answer").await;
    platform.deliver_change(reply("wamid.1", PermissionReply::reject(ReplySource::UserAction), answers)).await;
    assert_eq!(call.finished().await.outcome, OutgoingOutcome::PermissionDenied);
    assert_eq!(platform.actions(), ["call_permissions", "interactive"]);
}

#[tokio::test]
async fn without_an_answer_the_state_is_looked_at_once_more() {
    let (platform, mut call) = asked(asking(Duration::ZERO)).await;
    assert_eq!(call.finished().await.outcome, OutgoingOutcome::NoReply);
    assert_eq!(platform.actions(), ["call_permissions", "interactive", "call_permissions"]);
}

#[tokio::test]
async fn giving_up_the_wait_ends_it() {
    let (mut platform, mut call) = asked(asking(EVER)).await;
    platform.until_waiting("user's answer").await;
    call.hang_up().await;
    assert_eq!(call.finished().await.outcome, OutgoingOutcome::Stopped);
    assert_eq!(platform.actions(), ["call_permissions", "interactive"]);
}

#[tokio::test]
async fn a_closed_window_is_asked_by_template_whether_told_at_once_or_later() {
    for at_once in [true, false] {
        let platform = Platform::start(|_| {}).await;
        platform.permit(platform::permission(Permission::none(), true));
        if at_once {
            platform.refuse_once("interactive", 400, 131047);
        }
        let mut platform = platform;
        let mut call = platform.place(CallOrder { asking: Some(with_template(None)), ..Platform::order() }).await;
        if !at_once {
            platform.until_waiting("user's answer").await;
            platform.deliver_change(failed(Code::ReEngagement)).await;
        }
        let request = platform.until_asked("call_permission_request template", "template").await;
        assert_eq!(request["template"], serde_json::json!({ "name": "repair_call_consent", "language": { "code": "en" } }));
        platform.deliver_change(reply("wamid.2", accepted(), answers)).await;
        platform.until_waiting("connect webhook").await;
        platform.stop().await;
        call.finished().await;
        assert_eq!(platform.actions(), ["call_permissions", "interactive", "template", "connect", "terminate"]);
    }
}

#[tokio::test]
async fn a_closed_window_without_template_is_told() {
    let platform = Platform::start(|_| {}).await;
    platform.permit(platform::permission(Permission::none(), true));
    platform.refuse_once("interactive", 400, 131047);
    let outcome = platform.place(CallOrder { asking: Some(asking(EVER)), ..Platform::order() }).await.finished().await.outcome;
    assert_eq!(outcome, OutgoingOutcome::NotAsked(NotAsked::WindowClosed));
}

#[tokio::test]
async fn a_template_that_is_not_there_is_created_with_consent_only() {
    let missing = |create_in| async move {
        let platform = Platform::start(|_| {}).await;
        platform.permit(platform::permission(Permission::none(), true));
        platform.refuse_once("interactive", 400, 131047);
        platform.refuse_once("template", 404, 132001);
        let call = platform.place(CallOrder { asking: Some(with_template(create_in)), ..Platform::order() }).await;
        (platform, call)
    };
    let (platform, mut call) = missing(None).await;
    let outcome = call.finished().await.outcome;
    assert!(matches!(outcome, OutgoingOutcome::Refused { code: 132001, .. }), "{outcome:?}");
    assert_eq!(platform.actions(), ["call_permissions", "interactive", "template"]);

    let (mut platform, _call) = missing(Some(WABA)).await;
    platform.until_waiting("user's answer").await;
    assert_eq!(platform.actions(), ["call_permissions", "interactive", "template", "create", "template"]);
    let created = &platform.bodies()[3];
    assert_eq!((created["name"].as_str(), created["category"].as_str()), (Some("repair_call_consent"), Some("UTILITY")));
    assert_eq!(created["components"][0]["text"], "May we phone you about repair ticket R-7781?");
    assert_eq!(created["components"][1]["type"], "call_permission_request");
}

#[tokio::test]
async fn a_new_template_that_waits_for_approval_is_told() {
    let platform = Platform::start(|_| {}).await;
    platform.permit(platform::permission(Permission::none(), true));
    platform.judge_templates("PENDING");
    platform.refuse_once("interactive", 400, 131047);
    platform.refuse_once("template", 404, 132001);
    let outcome = platform.place(CallOrder { asking: Some(with_template(Some(WABA))), ..Platform::order() }).await.finished().await.outcome;
    assert_eq!(outcome, OutgoingOutcome::NotAsked(NotAsked::TemplateNotApproved(TemplateStatus::Pending)));
}

#[tokio::test]
async fn a_request_that_does_not_arrive_ends_the_wait() {
    let (mut platform, mut call) = asked(asking(EVER)).await;
    platform.until_waiting("user's answer").await;
    platform.deliver_change(failed(Code::Undeliverable)).await;
    let reason = "code 131026: Message undeliverable".to_owned();
    let expected = OutgoingOutcome::Refused { action: "call_permission_request", code: 131026, reason, next: None };
    assert_eq!(call.finished().await.outcome, expected);
}

#[tokio::test]
async fn who_may_not_be_asked_is_left_in_peace() {
    let platform = Platform::start(|_| {}).await;
    let mut state = platform::permission(Permission::none(), false);
    let request = state.actions.iter_mut().find(|action| action.action_name == ActionName::SendCallPermissionRequest).unwrap();
    request.limits = vec![Limit::new(DAY, 1, 1, Some(NOW + 600)), Limit::new(WEEK, 2, 1, None)];
    platform.permit(state);
    let order = || CallOrder { asking: Some(asking(EVER)), ..Platform::order() };
    let outcome = platform.place(order()).await.finished().await.outcome;
    assert_eq!(outcome, OutgoingOutcome::NotAsked(NotAsked::NotNow { next: Some(NOW + 600) }));
    let outcome = platform.place(Platform::order()).await.finished().await.outcome;
    assert_eq!(outcome, OutgoingOutcome::NotAsked(NotAsked::ByChoice));
    assert_eq!(platform.actions(), ["call_permissions", "call_permissions"]);

    platform.permit(platform::permission(Permission::none(), true));
    platform.refuse_once("interactive", 400, 138009);
    let outcome = platform.place(order()).await.finished().await.outcome;
    assert_eq!(outcome, OutgoingOutcome::NotAsked(NotAsked::NotNow { next: None }));
}

#[tokio::test]
async fn a_permission_given_meanwhile_for_good_needs_no_answer() {
    let mut platform = Platform::start(|_| {}).await;
    platform.permit(platform::permission(Permission::none(), true));
    platform.refuse_once("interactive", 400, 138017);
    let _call = platform.place(CallOrder { asking: Some(asking(EVER)), ..Platform::order() }).await;
    platform.until_waiting("connect webhook").await;
    assert_eq!(platform.actions(), ["call_permissions", "interactive", "connect"]);
}
