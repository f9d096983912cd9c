//! What a scripted user tells of the call.

use serde_json::Value;

use crate::calls::short;
use crate::paper::{Ink, Paper, cell, text};
use crate::story::tenths;

/// What `GET /admin/v1/scripted/{handle}` answered, in words.
pub(super) fn tell(status: &Value, paper: &Paper) -> String {
    let mut lines = vec![("state", state(status))];
    if let Some(id) = status["call_id"].as_str() {
        lines.push(("call", format!("{}, whose story is told by `callport admin call {}`", short(id), short(id))));
    }
    if !status["trouble"].is_null() {
        lines.push(("trouble", paper.ink(Ink::Bad, &text(&status["trouble"]))));
    }
    lines.push(("times", times(&status["times"])));
    lines.push(("heard", heard(&status["heard"])));
    lines.push(("media", media(&status["figures"])));
    let line = |(name, told): (&str, String)| paper.hang(&paper.ink(Ink::Faint, &format!("{name:7}  ")), 9, &told);
    lines.into_iter().map(line).collect()
}

fn state(status: &Value) -> String {
    let mut told = text(&status["state"]);
    if !status["reason"].is_null() {
        told.push_str(&format!(": {}", text(&status["reason"])));
    }
    if let Some(seconds) = status["seconds"].as_u64() {
        told.push_str(&format!(", talked {seconds} s"));
    }
    match status["keys_pressed"].as_u64() {
        None | Some(0) => {}
        Some(1) => told.push_str(", 1 key pressed"),
        Some(keys) => told.push_str(&format!(", {keys} keys pressed")),
    }
    told
}

/// In milliseconds after the dial.
fn times(times: &Value) -> String {
    let named = [
        ("dialled_ms", "placed"),
        ("path_ms", "path up"),
        ("ringing_ms", "ringing"),
        ("connected_ms", "connected"),
        ("first_audio_ms", "first audio"),
        ("ended_ms", "over"),
    ];
    let mut told: Vec<(u64, &str)> = named.iter().filter_map(|(key, name)| Some((times[key].as_u64()?, *name))).collect();
    told.sort(); // the path may be up before or after the phone rings
    let told: Vec<String> = told.into_iter().map(|(ms, name)| format!("{name} {ms} ms")).collect();
    told.join(" · ")
}

fn heard(heard: &Value) -> String {
    if heard["anything"]["found"] != true {
        return "nothing".to_owned();
    }
    let level = |what: &Value| tenths(&what["level_dbfs"], " dBFS");
    let mut told = vec![format!("sound up to {}", level(&heard["anything"]))];
    for (key, name) in [("business", "the business's signature"), ("own", "its own signature back")] {
        let what = &heard[key];
        if what["found"] == true {
            told.push(format!("{name} {} times, {}", cell(&what["times"]), level(what)));
        }
    }
    if let Some(delay) = heard["echo_delay_ms"].as_u64() {
        told.push(format!("echo after {delay} ms"));
    }
    format!("{}; {} recorded", told.join("; "), tenths(&heard["anything"]["seconds"], " s"))
}

fn media(figures: &Value) -> String {
    let percent = figures["loss_ratio_in"].as_f64().unwrap_or(0.0) * 100.0;
    format!(
        "{} packets in, {} out, {} lost ({percent:.1} %), jitter {}, round trip {}, MOS {}",
        cell(&figures["packets_in"]),
        cell(&figures["packets_out"]),
        cell(&figures["lost_in"]),
        tenths(&figures["jitter_ms"], " ms"),
        tenths(&figures["round_trip_ms"], " ms"),
        tenths(&figures["mos"], ""),
    )
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_call_that_was_heard() {
        let heard = |found: bool, times: u64| json!({ "found": found, "times": times, "level_dbfs": -12.34, "first_heard_at_ms": 40, "seconds": 3.0 });
        let status = json!({
            "state": "ended", "call_id": "wacid.ABGG", "trouble": null, "reason": "user_hung_up", "seconds": 3, "keys_pressed": 2,
            "times": { "dialled_ms": 4, "path_ms": 60, "ringing_ms": 35, "connected_ms": 80, "first_audio_ms": 95, "ended_ms": 3090 },
            "heard": { "anything": heard(true, 148), "business": heard(false, 0), "own": heard(true, 3), "echo_delay_ms": 41 },
            "figures": { "packets_in": 150, "packets_out": 151, "lost_in": 3, "loss_ratio_in": 0.02, "jitter_ms": 0.4, "round_trip_ms": null, "mos": 4.4 },
        });
        let expected = "\
state    ended: user_hung_up, talked 3 s, 2 keys pressed
call     wacid.ABGG, whose story is told by `callport admin call wacid.ABGG`
times    placed 4 ms · ringing 35 ms · path up 60 ms · connected 80 ms · first audio 95 ms · over 3090 ms
heard    sound up to -12.3 dBFS; its own signature back 3 times, -12.3 dBFS; echo after 41 ms; 3.0 s recorded
media    150 packets in, 151 out, 3 lost (2.0 %), jitter 0.4 ms, round trip –, MOS 4.4
";
        assert_eq!(tell(&status, &Paper::default()), expected);
    }

    #[test]
    fn a_call_that_was_refused() {
        let status = json!({ "state": "ended", "call_id": null, "trouble": "calling is off", "times": {}, "heard": {}, "figures": {} });
        let told = tell(&status, &Paper::default());
        assert!(told.contains("trouble  calling is off\n") && told.contains("heard    nothing\n"), "{told}");
    }
}
