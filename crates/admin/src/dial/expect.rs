//! Whether a scripted call went as somebody expected.

use clap::ValueEnum;
use serde_json::Value;

use crate::exit::Exit;

/// How a call is expected to go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Expect {
    /// The business accepts it.
    Answered,
    /// The business accepts it, and the user hears something.
    Heard,
    /// The business rejects it.
    Declined,
}

impl Expect {
    /// By what `GET /admin/v1/scripted/{handle}` says of a call that is over.
    pub(super) fn judge(self, status: &Value) -> Exit {
        match (self, how_it_went(status)) {
            (Expect::Heard | Expect::Answered, Went::Heard) | (Expect::Answered, Went::Answered) => Exit::Done,
            (Expect::Declined, Went::Declined) => Exit::Done,
            (Expect::Heard, Went::Answered) => Exit::NothingHeard,
            (Expect::Declined, Went::Heard | Went::Answered) => Exit::NotExpected,
            (_, Went::Declined) => Exit::Declined,
            (_, Went::Unanswered) => Exit::NotAnswered,
            (_, Went::Failed) => Exit::CallFailed,
        }
    }
}

/// How far it came.
enum Went {
    Heard,
    Answered,
    Declined,
    Unanswered,
    Failed,
}

fn how_it_went(status: &Value) -> Went {
    let reason = status["reason"].as_str().unwrap_or_default();
    if !status["trouble"].is_null() {
        return Went::Failed;
    }
    if !status["times"]["connected_ms"].is_null() {
        return if status["heard"]["anything"]["found"] == true { Went::Heard } else { Went::Answered };
    }
    match reason {
        "rejected" | "declined" => Went::Declined,
        "not_answered" | "not_picked_up" | "user_hung_up" | "business_terminated" | "user_busy" => Went::Unanswered,
        _ => Went::Failed,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn each_expectation_meets_each_way_that_a_call_goes() {
        let went = |reason: &str, connected: Value, found: bool, trouble: Value| json!({ "reason": reason, "trouble": trouble, "times": { "connected_ms": connected }, "heard": { "anything": { "found": found } } });
        let calls = [
            went("user_hung_up", json!(80), true, Value::Null),
            went("no_business_media", json!(80), false, Value::Null),
            went("rejected", Value::Null, false, Value::Null),
            went("not_answered", Value::Null, false, Value::Null),
            went("user_never_connected", Value::Null, false, Value::Null),
            went("", Value::Null, false, json!("calling is off")),
        ];
        let (done, failed, unanswered) = (Exit::Done, Exit::CallFailed, Exit::NotAnswered);
        for (expected, exits) in [
            (Expect::Heard, [done, Exit::NothingHeard, Exit::Declined, unanswered, failed, failed]),
            (Expect::Answered, [done, done, Exit::Declined, unanswered, failed, failed]),
            (Expect::Declined, [Exit::NotExpected, Exit::NotExpected, done, unanswered, failed, failed]),
        ] {
            assert_eq!(calls.each_ref().map(|call| expected.judge(call)), exits, "{expected:?}");
        }
    }
}
