//! Waiting for the end of a scripted call, and saying meanwhile what happens.

use std::time::{Duration, Instant};

use serde_json::Value;

use crate::CommandFault;
use crate::client::{Admin, Reply};
use crate::paper::{Paper, clean};

/// How often the call is looked at.
const LOOK: Duration = Duration::from_millis(200);

/// After so long without a change, what to look at is said once.
const STILL: Duration = Duration::from_secs(5);

/// The state of a call of which nothing is known yet.
const NOTHING_YET: &str = "";

/// Waits for the end; the longest call that the platform allows ends too. Each new state is a line on standard error.
pub(super) async fn until_over(admin: &Admin, handle: &str, paper: &Paper) -> Result<Reply, CommandFault> {
    let mut last = NOTHING_YET.to_owned();
    let (mut since, mut advised) = (Instant::now(), false);
    loop {
        let status = admin.get(&["scripted", handle]).await?;
        let state = status.value["state"].as_str().unwrap_or_default().to_owned();
        if state != last {
            (last, since, advised) = (state, Instant::now(), false);
            say(paper, &words(&status.value));
        } else if !advised && since.elapsed() > STILL {
            advised = true;
            advice(&status.value).iter().for_each(|line| say(paper, line));
        }
        if last == "ended" {
            return Ok(status);
        }
        tokio::time::sleep(LOOK).await;
    }
}

fn say(paper: &Paper, line: &str) {
    if !paper.json {
        eprintln!("{line}");
    }
}

/// A state in words, with its moment after the dial.
fn words(status: &Value) -> String {
    let at = |key: &str| status["times"][key].as_u64().map(|ms| format!(" after {ms} ms")).unwrap_or_default();
    match status["state"].as_str().unwrap_or_default() {
        "dialling" => "dialling".to_owned(),
        "calling" => "the business is being called; waiting for its pre_accept or accept".to_owned(),
        "ringing" => format!("ringing{}; waiting for its accept", at("ringing_ms")),
        "connected" => format!("connected{}; talking until somebody hangs up", at("connected_ms")),
        "ended" => format!("over{}\n", at("ended_ms")),
        other => clean(other),
    }
}

/// What to look at while nothing happens.
fn advice(status: &Value) -> Option<&'static str> {
    match status["state"].as_str() {
        Some("calling") => Some("still no answer: `callport admin webhooks` shows whether the connect webhook was delivered"),
        Some("ringing") => Some("still ringing: the business sent pre_accept and no accept yet; `callport admin hang-up last` ends it"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_state_has_words_with_its_moment() {
        let at = |state: &str| words(&json!({ "state": state, "times": { "ringing_ms": 35, "connected_ms": 80, "ended_ms": 3090 } }));
        assert_eq!(at("ringing"), "ringing after 35 ms; waiting for its accept");
        assert_eq!(at("connected"), "connected after 80 ms; talking until somebody hangs up");
        assert_eq!(at("ended"), "over after 3090 ms\n");
        assert!(advice(&json!({ "state": "connected" })).is_none(), "a call that goes on needs no advice");
    }
}
