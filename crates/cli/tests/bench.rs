//! The benchmarks run and say everything that they promise. How fast anything is, no test says.
#![allow(clippy::unwrap_used)]

use std::process::{Command, Stdio};

use serde_json::Value;

/// What a benchmark prints.
fn figures(arguments: &[&str]) -> Value {
    let mut command = Command::new(env!("CARGO_BIN_EXE_callport"));
    let output = command.arg("bench").args(arguments).env_clear().stdin(Stdio::null()).output().unwrap();
    let (said, complaint) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{complaint}");
    serde_json::from_str(&said).unwrap_or_else(|error| panic!("{error}: {said}{complaint}"))
}

fn assert_all_there(figures: &Value, paths: &[&str]) {
    for path in paths {
        assert!(figures.pointer(path).is_some(), "{path} is missing in {figures:#}");
    }
}

#[test]
fn relay_opens_its_calls_and_prints_every_figure_with_its_limit() {
    let figures = figures(&["relay", "--calls", "3", "--seconds", "2"]);
    assert_eq!(figures["calls_opened"], 3);
    assert!(figures["normal_load"]["received"].as_u64() > Some(0), "audio came through: {figures:#}");
    assert_eq!(figures["targets"].as_array().map(Vec::len), Some(4));
    assert_all_there(
        &figures,
        &[
            "/calls_per_core",
            "/calls_per_core_by_cpu",
            "/limited_by",
            "/loss_ratio",
            "/delay_p50_ms",
            "/delay_p99_ms",
            "/kib_per_call",
            "/cpu_us_per_packet",
            "/baseline/cpu_us_per_packet",
            "/normal_load/load/core_share",
            "/targets/0/limit",
            "/machine/build",
        ],
    );
}

#[test]
fn calls_with_keys_by_sdes_and_transcoded_ones_are_carried_and_have_a_figure_of_their_own() {
    for (benchmark, figure) in [("sdes", "sdes_calls_per_core"), ("transcode", "transcoded_calls_per_core")] {
        let figures = figures(&[benchmark, "--calls", "3", "--seconds", "2"]);
        assert_eq!(figures["calls_opened"], 3);
        let normal = &figures["normal_load"];
        assert!(normal["received"].as_u64() > Some(0), "audio came through: {figures:#}");
        let transcoded = normal["relay"]["transcoder_core_share"].as_f64() > Some(0.0);
        assert_eq!(transcoded, benchmark == "transcode", "{figures:#}");
        let of_its_own = format!("/{figure}");
        let means = format!("/{figure}_means");
        assert_all_there(
            &figures,
            &[&of_its_own, &means, "/calls_carried", "/limited_by", "/loss_ratio", "/cpu_us_per_packet", "/machine/build"],
        );
    }
}

#[test]
fn setup_places_calls_and_prints_every_figure_with_its_profile() {
    let figures = figures(&["setup", "--people", "2", "--seconds", "3"]);
    assert_eq!(figures["failures"], 0, "{figures:#}");
    assert_all_there(
        &figures,
        &[
            "/setups_per_second",
            "/setups_per_second_per_core",
            "/p50_ms",
            "/p99_ms",
            "/failure_reasons",
            "/profile/cpu_us_per_setup",
            "/profile/threads/media/share",
            "/stages/dial_to_connect_webhook/p50_ms",
            "/targets/0/limit",
            "/machine/build",
        ],
    );
}

#[test]
fn phones_stay_open_and_print_what_each_costs() {
    let figures = figures(&["phones", "--phones", "4", "--seconds", "3"]);
    assert_eq!(figures["open_at_the_end"], 4, "{figures:#}");
    assert!(figures["pings_answered"].as_u64() > Some(0), "{figures:#}");
    assert_all_there(&figures, &["/kib_per_phone", "/opened_in_seconds", "/resident_kib_after", "/targets/0/limit", "/machine/build"]);
}

#[test]
fn a_load_of_nothing_is_refused() {
    for arguments in [["relay", "--calls", "0"], ["relay", "--seconds", "0"], ["setup", "--people", "0"], ["phones", "--phones", "0"]] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_callport"));
        let output = command.arg("bench").args(arguments).env_clear().output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
    }
}
