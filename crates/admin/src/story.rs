//! The story of a call for a person: what came of it, then what happened when, what was told to whom, and how far the media of
//! each leg came.

use jiff::Timestamp;
use serde_json::Value;

use super::calls::{outcome, parties, short};
use super::paper::{Ink, NOTHING, Paper, Table, cell, text};
use super::webhooks;

/// What `GET /admin/v1/calls/{id}` answered, in words. With `all`, every sentence of the media checklist.
pub(crate) fn tell(story: &Value, all: bool, paper: &Paper) -> String {
    let media = &story["media"];
    [
        verdict(&story["verdict"], paper),
        who(&story["call"], paper),
        section("Timeline", timeline(&story["timeline"], paper), paper),
        section("Webhooks", told_to_whom(story, paper), paper),
        section(
            "Media, in ms after the leg was opened",
            if media.is_null() { "the media plane told nothing of this call\n".to_owned() } else { both_legs(media, all, paper) },
            paper,
        ),
    ]
    .concat()
}

fn section(name: &str, text: String, paper: &Paper) -> String {
    format!("\n{}\n{text}", paper.ink(Ink::Strong, name))
}

fn verdict(verdict: &Value, paper: &Paper) -> String {
    let (word, ink) = outcome(verdict);
    let says = text(&verdict["says"]);
    // Some verdicts begin with their outcome, which stands before all of them here.
    let repeated = says.split_once(": ").filter(|(first, _)| first.eq_ignore_ascii_case(&word));
    let heading = format!("{} ", paper.ink(ink, &format!("{word}:")));
    let mut told = paper.hang(&heading, word.chars().count() + 2, repeated.map_or(says.as_str(), |(_, rest)| rest));
    for failing in list(&verdict["first_failing"]) {
        let why = text(&failing["says"]);
        // The verdict of a live or failed call says it already.
        if !says.contains(&why) {
            let heading = format!("  {} leg, {}: ", text(&failing["leg"]), text(&failing["step"]));
            told.push_str(&paper.hang(&paper.ink(Ink::Faint, &heading), heading.chars().count(), &why));
        }
    }
    told
}

fn who(call: &Value, paper: &Paper) -> String {
    let (from, to) = parties(call);
    let id = text(&call["id"]);
    let mut lines =
        vec![("call", format!("{}  {from} → {to}", short(&id))), ("id", id), ("placed", format!("{} UTC", cell(&call["placed_at"])))];
    if let Some(seconds) = call["duration_seconds"].as_u64() {
        lines.push(("talked", format!("{seconds} s")));
    }
    for (name, key) in [("button", "cta_payload"), ("link", "deeplink_payload"), ("opaque", "biz_opaque_callback_data")] {
        if !call[key].is_null() {
            lines.push((name, cell(&call[key])));
        }
    }
    let line = |(name, value): (&str, String)| format!("{}  {value}\n", paper.ink(Ink::Faint, &format!("{name:6}")));
    lines.into_iter().map(line).collect()
}

fn timeline(timeline: &Value, paper: &Paper) -> String {
    let line = |line: &Value| {
        let heading = format!("{:>11}  {:8} ", format!("{:+} ms", line["after_ms"].as_i64().unwrap_or(0)), text(&line["kind"]));
        paper.hang(&paper.ink(Ink::Faint, &heading), heading.chars().count(), &text(&line["text"]))
    };
    list(timeline).iter().map(line).collect()
}

fn told_to_whom(story: &Value, paper: &Paper) -> String {
    let placed = moment(&story["call"]["placed_at"]);
    let nothing = || std::array::from_fn(|_| (Ink::Plain, String::new()));
    let mut table = Table::new(["webhook", "event", "app", "attempt", "at", "took", "result", "url"]);
    for webhook in list(&story["webhooks"]) {
        let about = ["id", "event", "app_id"].map(|key| (Ink::Plain, cell(&webhook[key])));
        let attempts = list(&webhook["attempts"]);
        for (index, attempt) in attempts.iter().enumerate() {
            let about = if index == 0 { about.clone() } else { nothing() };
            table.inked(about.into_iter().chain(one_attempt(attempt, placed)));
        }
        if webhook["state"] != "delivered" {
            let about = if attempts.is_empty() { about } else { nothing() };
            let none = || (Ink::Plain, String::new());
            let at = (Ink::Plain, after(&webhook["state_at"], placed));
            let state = (webhooks::state_ink(webhook), if webhook["state"] == "pending" { "next attempt" } else { "given up" }.to_owned());
            table.inked(about.into_iter().chain([none(), at, none(), state, none()]));
        }
    }
    table.render(paper)
}

fn one_attempt(attempt: &Value, placed: Option<Timestamp>) -> [(Ink, String); 5] {
    [
        (Ink::Plain, cell(&attempt["number"])),
        (Ink::Plain, after(&attempt["at"], placed)),
        (Ink::Plain, format!("{} ms", cell(&attempt["took_ms"]))),
        webhooks::result(attempt),
        (Ink::Plain, cell(&attempt["url"])),
    ]
}

/// The checklists and the figures side by side, then the sentences.
fn both_legs(media: &Value, all: bool, paper: &Paper) -> String {
    let (user, business) = (&media["user"], &media["business"]);
    let mut table = Table::new(["", "user leg", "business leg"]);
    for step in steps(user, business) {
        let mark = |leg: &Value| find(leg, step).map_or((Ink::Plain, NOTHING.to_owned()), mark);
        table.inked([(Ink::Plain, step.replace('_', " ")), mark(user), mark(business)]);
    }
    for (name, read) in FIGURES {
        table.row([(*name).to_owned(), read(&user["figures"]), read(&business["figures"])]);
    }
    let mut told = table.render(paper);
    for (name, leg) in [("user", user), ("business", business)] {
        for check in list(&leg["checks"]).iter().filter(|check| all || notable(check)) {
            let (ink, sign) = sign(check);
            let heading = format!("{sign} {name} leg, {}: ", text(&check["step"]).replace('_', " "));
            told.push_str(&paper.hang(&paper.ink(ink, &heading), heading.chars().count(), &text(&check["says"])));
        }
    }
    told
}

/// Blocked steps only repeat that something before them is missing.
fn notable(check: &Value) -> bool {
    matches!(check["outcome"].as_str(), Some("failed" | "warning" | "waiting"))
}

/// Every step of either leg, in its order.
fn steps<'a>(user: &'a Value, business: &'a Value) -> Vec<&'a str> {
    let mut steps = Vec::new();
    for check in list(&user["checks"]).iter().chain(list(&business["checks"])) {
        if let Some(step) = check["step"].as_str().filter(|step| !steps.contains(step)) {
            steps.push(step);
        }
    }
    steps
}

fn find<'a>(leg: &'a Value, step: &str) -> Option<&'a Value> {
    list(&leg["checks"]).iter().find(|check| check["step"] == step)
}

fn mark(check: &Value) -> (Ink, String) {
    let (ink, sign) = sign(check);
    let at = check["after_ms"].as_u64().map(|ms| format!(" {ms} ms")).unwrap_or_default();
    (ink, format!("{sign}{at}"))
}

fn sign(check: &Value) -> (Ink, &'static str) {
    match check["outcome"].as_str() {
        Some("passed") => (Ink::Good, "✓"),
        Some("warning") => (Ink::Doubtful, "!"),
        Some("failed") => (Ink::Bad, "✗"),
        _ => (Ink::Faint, "…"),
    }
}

/// A figure's name and how it is written.
type Figure = (&'static str, fn(&Value) -> String);

const FIGURES: &[Figure] = &[
    ("in", |figures| format!("{} packets", cell(&figures["packets_in"]))),
    ("lost", |figures| cell(&figures["lost_in"])),
    ("jitter", |figures| tenths(&figures["jitter_ms"], " ms")),
    ("out", |figures| format!("{} packets", cell(&figures["packets_out"]))),
    ("round trip", |figures| tenths(&figures["round_trip_ms"], " ms")),
    ("MOS", |figures| tenths(&figures["mos"], "")),
    ("keys", |figures| cell(&figures["digits"])),
    ("dropped", |figures| {
        let reasons = figures["dropped"].as_object().into_iter().flatten().filter(|(_, count)| **count != 0);
        let dropped: Vec<String> = reasons.map(|(reason, count)| format!("{count} {}", text(&reason.as_str().into()))).collect();
        if dropped.is_empty() { NOTHING.to_owned() } else { dropped.join(", ") }
    }),
    ("remote", |figures| cell(&figures["remote"])),
];

/// A figure to one decimal.
pub(crate) fn tenths(value: &Value, unit: &str) -> String {
    value.as_f64().map_or_else(|| NOTHING.to_owned(), |value| format!("{value:.1}{unit}"))
}

/// A moment by the call's own clock.
fn after(at: &Value, placed: Option<Timestamp>) -> String {
    let after = moment(at).zip(placed).map(|(at, placed)| at.as_millisecond() - placed.as_millisecond());
    after.map_or_else(|| NOTHING.to_owned(), |after| format!("{after:+} ms"))
}

fn moment(value: &Value) -> Option<Timestamp> {
    value.as_str()?.parse().ok()
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const ID: &str = "wacid.HBgLMTU1NTcwMTAwNDIVAgASGCBBNEMxMjNCMTYxMkQyNzJEMTM3MUMxNzE0OUQ0Mzk1MRwYCzE1NTU5MDIwMDc3FQIAFQoA";

    fn story() -> Value {
        let check = |step: &str, outcome: &str, says: &str, after_ms: Value| json!({ "step": step, "outcome": outcome, "says": says, "after_ms": after_ms });
        let figures = |packets_in: u64, packets_out: u64| {
            json!({ "packets_in": packets_in, "octets_in": 0, "packets_out": packets_out, "octets_out": 0, "lost_in": 0, "jitter_ms": 0.36,
                "round_trip_ms": null, "mos": 4.41, "digits": 2, "dropped": { "unauthentic": 3, "unknown": 0 }, "remote": "127.0.0.0/8" })
        };
        json!({
            "call": { "id": ID, "direction": "USER_INITIATED", "user_number": "+15557010042", "business_number": "+15559020077",
                "placed_at": "2026-11-22T10:00:00.000Z", "duration_seconds": null, "cta_payload": "red", "deeplink_payload": null },
            "verdict": { "outcome": "failed", "code": 138_021, "says": "No packets came. Is UDP open?",
                "first_failing": [{ "leg": "business", "step": "dtls", "outcome": "failed", "says": "Is UDP open?" },
                    { "leg": "user", "step": "packets_out", "outcome": "waiting", "says": "nothing to send" }] },
            "timeline": [{ "after_ms": 0, "kind": "user", "text": "the user placed the call" }, { "after_ms": 12, "kind": "api", "text": "pre_accept" }],
            "webhooks": [
                { "id": 1, "event": "connect", "app_id": "1001", "state": "delivered", "attempts": [
                    { "number": 1, "at": "2026-11-22T10:00:00.003Z", "took_ms": 8, "url": "http://a/", "status": 500, "error": "the receiver answered 500" },
                    { "number": 2, "at": "2026-11-22T10:00:05.000Z", "took_ms": 4, "url": "http://a/", "status": 200, "error": null }] },
                { "id": 2, "event": "terminate", "app_id": "1001", "state": "pending", "state_at": "2026-11-22T10:00:09.000Z", "attempts": [] },
                { "id": 3, "event": "status", "app_id": "1001", "state": "dropped", "state_at": "2026-11-22T10:00:10.000Z", "attempts": [
                    { "number": 1, "at": "2026-11-22T10:00:00.003Z", "took_ms": 8, "url": "http://a/", "status": null, "error": "no reply" }] },
            ],
            "media": {
                "user": { "checks": [check("sdp", "passed", "Opus", 1.into()), check("packets_out", "waiting", "nothing to send", Value::Null)], "figures": figures(250, 0) },
                "business": { "checks": [check("sdp", "warning", "two codecs", 90.into()), check("dtls", "failed", "Is UDP open?", Value::Null)], "figures": figures(0, 7) },
            },
        })
    }

    #[test]
    fn the_verdict_comes_first_and_both_legs_stand_side_by_side() {
        let expected = format!(
            "failed (138021): No packets came. Is UDP open?
  user leg, packets_out: nothing to send
call    A4C123B1612D  +15557010042 → +15559020077
id      {ID}
placed  2026-11-22 10:00:00 UTC
button  red

Timeline
      +0 ms  user     the user placed the call
     +12 ms  api      pre_accept

Webhooks
WEBHOOK  EVENT      APP   ATTEMPT  AT         TOOK  RESULT                     URL
1        connect    1001  1        +3 ms      8 ms  the receiver answered 500  http://a/
                          2        +5000 ms   4 ms  HTTP 200                   http://a/
2        terminate  1001           +9000 ms         next attempt
3        status     1001  1        +3 ms      8 ms  no reply                   http://a/
                                   +10000 ms        given up

Media, in ms after the leg was opened
             USER LEG       BUSINESS LEG
sdp          ✓ 1 ms         ! 90 ms
packets out  …              –
dtls         –              ✗
in           250 packets    0 packets
lost         0              0
jitter       0.4 ms         0.4 ms
out          0 packets      7 packets
round trip   –              –
MOS          4.4            4.4
keys         2              2
dropped      3 unauthentic  3 unauthentic
remote       127.0.0.0/8    127.0.0.0/8
… user leg, packets out: nothing to send
! business leg, sdp: two codecs
✗ business leg, dtls: Is UDP open?
"
        );
        assert_eq!(tell(&story(), false, &Paper::default()), expected);
    }

    #[test]
    fn every_sentence_is_told_when_asked_for() {
        assert!(!tell(&story(), false, &Paper::default()).contains("Opus"));
        assert!(tell(&story(), true, &Paper::default()).contains("✓ user leg, sdp: Opus\n"));
    }

    #[test]
    fn no_line_is_wider_than_the_terminal() {
        let paper = Paper { width: Some(72), ..Paper::default() };
        let told = tell(&story(), true, &paper);
        let id = format!("id      {ID}"); // ids are there to be copied
        assert!(told.lines().filter(|line| *line != id).all(|line| line.chars().count() <= 72), "{told}");
    }

    #[test]
    fn a_call_without_media_or_webhooks_still_has_its_story() {
        let told =
            tell(&json!({ "verdict": { "outcome": "missed", "says": "Missed: nobody came." }, "media": null }), false, &Paper::default());
        assert!(told.starts_with("missed: nobody came.\n"), "{told}");
        assert!(
            told.ends_with("\nWebhooks\nnone\n\nMedia, in ms after the leg was opened\nthe media plane told nothing of this call\n"),
            "{told}"
        );
    }

    #[test]
    fn what_peers_write_cannot_steer_the_terminal() {
        let mut story = story();
        story["timeline"][0]["text"] = "\u{1b}]0;owned\u{7} \u{9b}2J".into();
        story["webhooks"][0]["attempts"][0]["error"] = "\u{1b}[31m".into();
        story["call"]["cta_payload"] = "\u{202e}der".into();
        let told = tell(&story, true, &Paper::default());
        assert!(!told.contains(['\u{1b}', '\u{7}', '\u{9b}', '\u{202e}']), "{told}");
    }
}
