//! What came of a call to a user: a sentence, what to do about it, an exit code.

use callport_gateway::{CallReport, Hearing, NotAsked, OutgoingOutcome, advice};
use callport_wire::Code;
use serde_json::{Value, json};

use super::words::moment;
use crate::commands::exit::Exit;

/// The endings of a call to a user.
pub const EXITS: [Exit; 12] = [
    Exit::Done,
    Exit::Failed,
    Exit::Usage,
    Exit::Declined,
    Exit::NotAnswered,
    Exit::CallFailed,
    Exit::NotAsked,
    Exit::PermissionDenied,
    Exit::NoReply,
    Exit::Refused,
    Exit::Unreachable,
    Exit::Stopped,
];

/// What the process ends with.
pub fn exit(outcome: &OutgoingOutcome) -> Exit {
    match outcome {
        OutgoingOutcome::Answered { .. } => Exit::Done,
        OutgoingOutcome::Declined => Exit::Declined,
        OutgoingOutcome::NotAnswered => Exit::NotAnswered,
        OutgoingOutcome::Failed { .. } => Exit::CallFailed,
        OutgoingOutcome::NotAsked(_) => Exit::NotAsked,
        OutgoingOutcome::PermissionDenied => Exit::PermissionDenied,
        OutgoingOutcome::NoReply => Exit::NoReply,
        OutgoingOutcome::Refused { .. } => Exit::Refused,
        OutgoingOutcome::Unreachable { .. } => Exit::Unreachable,
        OutgoingOutcome::Stopped => Exit::Stopped,
    }
}

/// Its name in JSON.
fn name(outcome: &OutgoingOutcome) -> &'static str {
    match outcome {
        OutgoingOutcome::Answered { .. } => "answered",
        OutgoingOutcome::Declined => "declined",
        OutgoingOutcome::NotAnswered => "not_answered",
        OutgoingOutcome::Failed { .. } => "failed",
        OutgoingOutcome::NotAsked(_) => "not_asked",
        OutgoingOutcome::PermissionDenied => "permission_denied",
        OutgoingOutcome::NoReply => "no_reply",
        OutgoingOutcome::Refused { .. } => "refused",
        OutgoingOutcome::Unreachable { .. } => "unreachable",
        OutgoingOutcome::Stopped => "stopped",
    }
}

/// What happened, in one sentence.
pub fn sentence(outcome: &OutgoingOutcome) -> String {
    match outcome {
        OutgoingOutcome::Answered { seconds: Some(seconds) } => format!("answered, {seconds} s"),
        OutgoingOutcome::Answered { seconds: None } => "answered".to_owned(),
        OutgoingOutcome::Declined => "declined by the user".to_owned(),
        OutgoingOutcome::NotAnswered => "not answered".to_owned(),
        OutgoingOutcome::Stopped => "stopped before anybody picked up".to_owned(),
        OutgoingOutcome::Failed { codes, reason, .. } if codes.is_empty() => format!("failed: {reason}"),
        OutgoingOutcome::Failed { codes, reason, .. } => format!("failed, codes {codes:?}: {reason}"),
        OutgoingOutcome::NotAsked(why) => format!("no permission, and the user was not asked: {}", not_asked(why)),
        OutgoingOutcome::PermissionDenied => "the user was asked, and permits no calls".to_owned(),
        OutgoingOutcome::NoReply => "the user was asked, and has not answered in time".to_owned(),
        OutgoingOutcome::Refused { action, reason, .. } => format!("{action} {reason}"),
        OutgoingOutcome::Unreachable { action, reason } => format!("{action}: {reason}"),
    }
}

fn not_asked(why: &NotAsked) -> String {
    match why {
        NotAsked::ByChoice => "--no-ask".to_owned(),
        NotAsked::NotNow { next: None } => "the platform allows no request now".to_owned(),
        NotAsked::NotNow { next: Some(next) } => format!("the next request is possible at {}", moment(*next)),
        NotAsked::WindowClosed => "the 24-hour window is closed, and no --template was named".to_owned(),
        NotAsked::TemplateNotApproved(status) => {
            let status = serde_json::to_value(status).ok();
            format!("the template was created, and is {}", status.as_ref().and_then(Value::as_str).unwrap_or("not approved"))
        }
    }
}

/// What to do about it.
pub fn what_to_do(outcome: &OutgoingOutcome) -> Option<String> {
    let by_code = |code: i64| advice(code).map(str::to_owned);
    match outcome {
        OutgoingOutcome::Refused { code, next: Some(next), .. } if Code::from_number(*code) == Some(Code::BusinessCallLimit) => {
            Some(format!("{} The next call is possible at {}.", by_code(*code).unwrap_or_default(), moment(*next)))
        }
        OutgoingOutcome::Refused { code, .. } => by_code(*code),
        OutgoingOutcome::Failed { codes, .. } => codes.iter().find_map(|code| by_code(*code)),
        OutgoingOutcome::NotAsked(NotAsked::ByChoice) => by_code(Code::NoCallPermission.number().into()),
        OutgoingOutcome::NotAsked(NotAsked::NotNow { .. }) => by_code(Code::PermissionRequestLimit.number().into()),
        OutgoingOutcome::NotAsked(NotAsked::WindowClosed) => by_code(Code::ReEngagement.number().into()),
        OutgoingOutcome::NotAsked(NotAsked::TemplateNotApproved(_)) => Some("Call again once the template is approved.".to_owned()),
        OutgoingOutcome::NoReply => Some("The request stays open for seven days: call again once the user has answered.".to_owned()),
        OutgoingOutcome::PermissionDenied => {
            Some("The user may still permit it from the same request or in the business's profile.".to_owned())
        }
        OutgoingOutcome::Unreachable { action: "INVITE", .. } => {
            Some("Check --platform, --domain and --ca-file, and that the platform serves SIP: its first line has sip_address.".to_owned())
        }
        OutgoingOutcome::Unreachable { .. } => Some("Check --graph-url and --graph-version.".to_owned()),
        _ => None,
    }
}

/// Everything, for programs.
pub fn json(report: &CallReport, timeline: Vec<Value>) -> Value {
    let outcome = &report.outcome;
    let mut object = json!({ "outcome": name(outcome), "exit_code": exit(outcome).code(), "sentence": sentence(outcome) });
    match outcome {
        OutgoingOutcome::Answered { seconds } => object["seconds"] = json!(seconds),
        OutgoingOutcome::Failed { codes, reason, seconds } => {
            object["codes"] = json!(codes);
            object["reason"] = json!(reason);
            object["seconds"] = json!(seconds);
        }
        OutgoingOutcome::Refused { action, code, reason, next } => {
            object["action"] = json!(action);
            object["code"] = json!(code);
            object["reason"] = json!(reason);
            object["next_possible_at"] = json!(next);
        }
        OutgoingOutcome::Unreachable { action, reason } => {
            object["action"] = json!(action);
            object["reason"] = json!(reason);
        }
        OutgoingOutcome::NotAsked(NotAsked::NotNow { next }) => object["next_possible_at"] = json!(next),
        _ => {}
    }
    object["advice"] = json!(what_to_do(outcome));
    object["call_id"] = json!(report.call_id);
    object["heard"] = json!(report.hearing.as_ref().map(hearing));
    object["timeline"] = Value::Array(timeline);
    object
}

fn hearing(hearing: &Hearing) -> Value {
    let heard = |heard: &callport_audio::Heard| json!({ "found": heard.found, "times": heard.times, "level_dbfs": heard.level_dbfs, "first_heard_at_ms": heard.first_heard_at_ms });
    let figures = hearing.media.as_ref().map(|media| &media.statistics);
    json!({
        "signature": heard(&hearing.heard),
        "anything": heard(&hearing.sound),
        "seconds": hearing.sound.seconds,
        "keys_pressed": hearing.digits.len(),
        "packets_in": figures.map(|figures| figures.packets_in),
        "packets_lost": figures.map(|figures| figures.lost_in),
        "jitter_ms": figures.map(|figures| figures.jitter.as_secs_f32() * 1000.0),
    })
}

/// What was heard, in one sentence.
pub fn heard_words(hearing: &Hearing) -> String {
    let packets = hearing.media.as_ref().map_or(0, |media| media.statistics.packets_in);
    match (hearing.heard.found, hearing.sound.found) {
        (true, _) => format!("heard the user's signal {} times, {packets} packets", hearing.heard.times),
        (false, true) => format!("heard the user, up to {:.0} dBFS, {packets} packets", hearing.sound.level_dbfs),
        (false, false) => format!("heard NOTHING in {packets} packets"),
    }
}

#[cfg(test)]
mod tests {
    use callport_wire::templates::TemplateStatus;

    use super::*;

    fn all() -> Vec<OutgoingOutcome> {
        let reason = || "refused with HTTP 400, code 138012: (#138012) No".to_owned();
        vec![
            OutgoingOutcome::Answered { seconds: Some(7) },
            OutgoingOutcome::Declined,
            OutgoingOutcome::NotAnswered,
            OutgoingOutcome::Failed { codes: vec![138_021], reason: "No media.".to_owned(), seconds: Some(20) },
            OutgoingOutcome::NotAsked(NotAsked::NotNow { next: Some(1_795_081_600) }),
            OutgoingOutcome::PermissionDenied,
            OutgoingOutcome::NoReply,
            OutgoingOutcome::Refused { action: "connect", code: 138_012, reason: reason(), next: Some(1_795_600_000) },
            OutgoingOutcome::Unreachable { action: "connect", reason: "no reply: timed out".to_owned() },
            OutgoingOutcome::Stopped,
        ]
    }

    #[test]
    fn every_outcome_has_an_exit_code_of_its_own_that_the_help_explains() {
        let exits: Vec<_> = all().iter().map(exit).collect();
        assert!(exits.iter().all(|exit| EXITS.contains(exit)));
        assert_eq!(exits.iter().map(|exit| exit.code()).collect::<Vec<_>>(), [0, 3, 4, 5, 6, 7, 8, 9, 10, 130]);
    }

    #[test]
    fn limits_are_told_with_their_moment() {
        let outcomes = all();
        assert_eq!(
            sentence(&outcomes[4]),
            "no permission, and the user was not asked: the next request is possible at 2026-11-19T09:46:40Z"
        );
        let advice = what_to_do(&outcomes[7]).unwrap();
        assert!(advice.ends_with("The next call is possible at 2026-11-25T09:46:40Z."), "{advice}");
        let pending = OutgoingOutcome::NotAsked(NotAsked::TemplateNotApproved(TemplateStatus::Pending));
        assert!(sentence(&pending).ends_with("is PENDING"), "{}", sentence(&pending));
    }

    #[test]
    fn programs_get_one_object() {
        let reported = |outcome| CallReport { outcome, call_id: Some("wacid.A".to_owned()), hearing: None };
        let outcomes = all();
        let refused = json(&reported(outcomes[7].clone()), vec![json!({ "at_ms": 0, "what": "x" })]);
        assert_eq!((&refused["outcome"], &refused["exit_code"], &refused["code"]), (&json!("refused"), &json!(9), &json!(138_012)));
        assert_eq!((&refused["next_possible_at"], &refused["timeline"][0]["what"]), (&json!(1_795_600_000), &json!("x")));
        let answered = json(&reported(outcomes[0].clone()), vec![]);
        assert_eq!((&answered["seconds"], &answered["call_id"], &answered["heard"]), (&json!(7), &json!("wacid.A"), &Value::Null));
    }
}
