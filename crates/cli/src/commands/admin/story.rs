//! The story of a call for a person: what came of it, in which order, and the first thing that went wrong.

use serde_json::Value;

/// Prints what `GET /admin/v1/calls/{id}` answered.
pub fn print(story: &Value) {
    lines(story).iter().for_each(|line| println!("{line}"));
}

fn lines(story: &Value) -> Vec<String> {
    let verdict = &story["verdict"];
    let code = verdict["code"].as_u64().map(|code| format!(" ({code})")).unwrap_or_default();
    let mut lines = vec![format!("{}{code}: {}", text(&verdict["outcome"]), text(&verdict["says"])), String::new()];
    for line in list(&story["timeline"]) {
        lines.push(format!("{:>8} ms  {:8} {}", line["after_ms"].as_i64().unwrap_or(0), text(&line["kind"]), text(&line["text"])));
    }
    for leg in ["user", "business"] {
        lines.extend(self::leg(leg, &story["media"][leg]));
    }
    lines
}

fn leg(name: &str, leg: &Value) -> Vec<String> {
    let checks = list(&leg["checks"]);
    if checks.is_empty() {
        return vec![];
    }
    let mut lines = vec![String::new(), format!("{name} leg")];
    for check in checks {
        let mark = match check["outcome"].as_str() {
            Some("passed") => "ok  ",
            Some("warning") => "WARN",
            Some("failed") => "FAIL",
            _ => "…   ",
        };
        lines.push(format!("  {mark}  {:14} {}", text(&check["step"]), text(&check["says"])));
    }
    let figures = &leg["figures"];
    let count = |key: &str| figures[key].as_i64().unwrap_or(0);
    lines.push(format!("        {} packets in, {} out, {} lost", count("packets_in"), count("packets_out"), count("lost_in")));
    lines
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or("")
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_verdict_comes_first_and_failed_steps_stand_out() {
        let story = json!({
            "verdict": { "outcome": "failed", "code": 138021, "says": "No packets came." },
            "timeline": [{ "after_ms": 12, "kind": "api", "text": "pre_accept" }],
            "media": { "business": {
                "checks": [{ "step": "dtls", "outcome": "failed", "says": "no hello came" }],
                "figures": { "packets_in": 0, "packets_out": 7, "lost_in": 0 },
            } },
        });
        assert_eq!(
            lines(&story),
            [
                "failed (138021): No packets came.",
                "",
                "      12 ms  api      pre_accept",
                "",
                "business leg",
                "  FAIL  dtls           no hello came",
                "        0 packets in, 7 out, 0 lost",
            ]
        );
    }
}
