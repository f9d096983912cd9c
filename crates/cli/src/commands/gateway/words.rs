//! What happens at the sample backend, in words.

use callport_gateway::{CallEnd, What};
use callport_peer::News;
use callport_wire::permissions::{ActionName, PermissionStatus, PermissionsReply};
use callport_wire::webhooks::{PermissionReply, ReplySource, UserAnswer};

/// One line for a person.
pub fn words(what: &What) -> String {
    match what {
        What::Verification { accepted: true } => "callback verified".to_owned(),
        What::Verification { accepted: false } => "callback verification with a wrong token turned away".to_owned(),
        What::WebhookRefused(why) => format!("webhook turned away: {why}"),
        What::Webhook { event, verdict } => format!("webhook {event}: {verdict:?}"),
        What::Request { action, outcome: Ok(reply), took } => format!("{action}: {} after {} ms", reply.status, took.as_millis()),
        What::Request { action, outcome: Err(failure), took } => format!("{action} failed after {} ms: {failure}", took.as_millis()),
        What::Permission(state) => permission_words(state),
        What::PermissionReply(reply) => reply_words(reply),
        What::Waiting { what, within } => format!("waiting for {what}, {} s at most", within.as_secs()),
        What::SipMessage { sent: true, line } => format!("-> {line}"),
        What::SipMessage { sent: false, line } => format!("<- {line}"),
        What::Media(news) => format!("media: {}", media_words(news)),
        What::MouthOpened => "speaking".to_owned(),
        What::CallFailed(why) => format!("the call could not be answered: {why}"),
        What::Ended(report) => format!("ended: {}", ending_words(&report.ending)),
        What::Finished(outcome) => format!("over: {}", super::outcome::sentence(outcome)),
    }
}

/// A moment in Unix seconds, as RFC 3339 writes it.
pub fn moment(unix_seconds: i64) -> String {
    jiff::Timestamp::from_second(unix_seconds).map_or_else(|_| format!("second {unix_seconds}"), |moment| moment.to_string())
}

fn permission_words(state: &PermissionsReply) -> String {
    let permission = match (state.permission.status, state.permission.expiration_time) {
        (PermissionStatus::NoPermission, _) => "no calls".to_owned(),
        (PermissionStatus::Permanent, _) => "calls, for good".to_owned(),
        (PermissionStatus::Temporary, None) => "calls, for a time".to_owned(),
        (PermissionStatus::Temporary, Some(until)) => format!("calls until {}", moment(until)),
    };
    let may = |name, yes: &'static str, no: &'static str| {
        let action = state.action(&name);
        action.map(|action| if action.can_perform_action { yes } else { no })
    };
    let call = may(ActionName::StartCall, "a call is possible now", "no call is possible now");
    let ask = may(ActionName::SendCallPermissionRequest, "a request is possible now", "no request is possible now");
    let facts: Vec<_> = [call, ask].into_iter().flatten().map(|fact| format!("; {fact}")).collect();
    format!("the user permits {permission}{}", facts.concat())
}

fn reply_words(reply: &PermissionReply) -> String {
    let by = match reply.response_source {
        ReplySource::UserAction => "the user",
        ReplySource::Automatic => "by rule, the user",
    };
    match (reply.response, reply.expiration_timestamp) {
        (UserAnswer::Reject, _) => format!("{by} permits no calls"),
        (UserAnswer::Accept, Some(until)) => format!("{by} permits calls until {}", moment(until.0)),
        (UserAnswer::Accept, None) => format!("{by} permits calls for good"),
    }
}

/// A milestone, without addresses and without the key that was pressed.
fn media_words(news: &News) -> &'static str {
    match news {
        News::Nominated(_) => "a path is chosen",
        News::Connected(_) => "keys are there",
        News::Failed(why) => why,
        News::FirstPacketOut => "first audio packet out",
        News::FirstPacketIn => "first audio packet in",
        News::Quiet => "nothing comes any more",
        News::HeardAgain => "packets come again",
        News::Digit(_) => "a key was pressed",
        News::Said => "everything was said",
    }
}

fn ending_words(ending: &CallEnd) -> String {
    match ending {
        CallEnd::Terminated { status, duration, codes } => {
            let seconds = duration.map(|seconds| format!(", {seconds} s")).unwrap_or_default();
            let codes = if codes.is_empty() { String::new() } else { format!(", codes {codes:?}") };
            format!("the platform says {}{seconds}{codes}", status.as_deref().unwrap_or("nothing of a status"))
        }
        CallEnd::HungUp { seconds, reason } => {
            let seconds = seconds.map(|seconds| format!(", {seconds} s")).unwrap_or_default();
            let reason = reason.as_ref().map(|reason| format!(": {reason}")).unwrap_or_default();
            format!("BYE of the platform{seconds}{reason}")
        }
        CallEnd::Withdrawn => "the platform withdrew its INVITE".to_owned(),
        CallEnd::ByUs => "by this side".to_owned(),
        CallEnd::Refused => "the platform would not have our requests".to_owned(),
        CallEnd::NoMedia => "no media in time".to_owned(),
        CallEnd::Stopped => "the backend was stopped".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use callport_wire::permissions::{Action, Permission};
    use callport_wire::seconds::TextSeconds;

    use super::*;

    #[test]
    fn permissions_are_told_with_their_end() {
        let action = |action_name, can_perform_action| Action { action_name, can_perform_action, limits: vec![] };
        let actions = vec![action(ActionName::SendCallPermissionRequest, false), action(ActionName::StartCall, true)];
        for (permission, actions, expected) in [
            (Permission::none(), vec![], "the user permits no calls"),
            (Permission::permanent(), vec![], "the user permits calls, for good"),
            (
                Permission::temporary(1_795_600_000),
                actions,
                "the user permits calls until 2026-11-25T09:46:40Z; a call is possible now; no request is possible now",
            ),
        ] {
            assert_eq!(words(&What::Permission(PermissionsReply::new(permission, actions))), expected);
        }
        for (reply, expected) in [
            (
                PermissionReply::temporary(TextSeconds(1_795_600_000), ReplySource::UserAction),
                "the user permits calls until 2026-11-25T09:46:40Z",
            ),
            (PermissionReply::permanent(), "the user permits calls for good"),
            (PermissionReply::reject(ReplySource::Automatic), "by rule, the user permits no calls"),
        ] {
            assert_eq!(words(&What::PermissionReply(reply)), expected);
        }
        let waiting = What::Waiting { what: "the user to pick up", within: Duration::from_secs(90) };
        assert_eq!(words(&waiting), "waiting for the user to pick up, 90 s at most");
    }
}
