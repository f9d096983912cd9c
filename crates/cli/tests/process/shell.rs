//! The command line as a stranger meets it: errors with their exit codes, help, what is written, a demo that is found.

use std::io::{BufRead, BufReader};
use std::net::TcpListener;

use super::*;

/// Exit code, standard output, standard error.
fn run(folder: &Path, arguments: &[&str]) -> (Option<i32>, String, String) {
    let done = output(callport(folder).args(arguments));
    (done.status.code(), text(&done.stdout), text(&done.stderr))
}

#[test]
fn every_kind_of_failure_has_its_exit_code_and_obeys_json() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let fails = |arguments: &[&str], code: i32, says: &str| {
        let (exit, stdout, stderr) = run(folder, arguments);
        assert_eq!((exit, stdout.as_str()), (Some(code), ""), "{arguments:?}: {stderr}");
        assert!(stderr.contains(says), "{arguments:?}: {stderr}");
        let (exit, stdout, stderr) = run(folder, &[arguments, &["--json"]].concat());
        assert_eq!((exit, stdout.as_str()), (Some(code), ""), "{arguments:?}: {stderr}");
        let told: Value = serde_json::from_str(&stderr).unwrap_or_else(|_| panic!("{arguments:?}: {stderr}"));
        assert_eq!(told["error"]["exit_code"], code, "{told}");
        assert!(told["error"]["message"].as_str().unwrap().contains(says), "{told}");
        told["error"]["code"].as_str().unwrap().to_owned()
    };
    assert_eq!(fails(&["admin", "calls"], 10, "no platform runs from callport-data"), "unreachable");
    fails(&["admin", "--url", "http://127.0.0.1:1", "calls"], 2, "--token");
    fails(&["admin", "--url", "127.0.0.1:1", "--token", "t", "calls"], 2, "write http://127.0.0.1:1");
    fails(&["admin", "--url", "http://127.0.0.1:1", "--token", "t", "calls"], 10, "nothing listens at http://127.0.0.1:1");
    fails(&["admin", "number", "create", "--waba", "2001", "--number", "+6281255509999"], 2, "--name");
    fails(&["admin", "calls", "--config", "nowhere.toml"], 1, "nowhere.toml");

    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let (code, _, stderr) = run(folder, &["serve", "--set", &format!("public.listen={}", taken.local_addr().unwrap())]);
    assert!(code == Some(1) && stderr.contains("--set public.listen=127.0.0.1:0 (0 takes a free one)"), "{stderr}");

    let serving = Serving::start(folder);
    let operator = serving.announced["operator_url"].as_str().unwrap();
    let public = serving.announced["public_url"].as_str().unwrap();
    assert_eq!(fails(&["admin", "--url", operator, "--token", "wrong", "calls"], 11, "not valid"), "unauthorized");
    assert_eq!(fails(&["admin", "number", "show", "1"], 12, "no business number with this id"), "not_found");
    assert_eq!(fails(&["admin", "waba", "create", "--portfolio", "1", "--name", "Acme"], 9, "(HTTP 422)"), "refused");
    fails(&["admin", "--url", public, "--token", "t", "calls"], 10, "it speaks the Graph API");
    assert_eq!(serving.stop().0, Some(0));
}

#[test]
fn doctor_answers_with_one_document() {
    let folder = tempfile::tempdir().unwrap();
    let doctor = output(callport(folder.path()).args(["doctor", "--json"]).args(FREE));
    let told: Value = serde_json::from_slice(&doctor.stdout).unwrap_or_else(|_| panic!("{}", text(&doctor.stdout)));
    assert_eq!((doctor.status.code(), &told["ok"]), (Some(0), &true.into()), "{told:#}");
    let first = &told["findings"][0];
    assert_eq!((&first["check"], &first["state"]), (&"configuration".into(), &"pass".into()), "{told:#}");
}

#[test]
fn init_writes_what_it_was_told() {
    let folder = tempfile::tempdir().unwrap();
    let said = ["--mode", "live", "--set", "media.bind=127.0.0.1", "--set", "store.directory=here"];
    assert_eq!(run(folder.path(), &[&["init"], &said[..]].concat()).0, Some(0));
    assert!(folder.path().join("here/operator.token").exists());
    let (_, listing, _) = run(folder.path(), &["config", "show"]);
    for line in ["mode = \"live\"\n", "bind = [\"127.0.0.1\"]\n", "directory = \"here\"\n"] {
        assert!(listing.contains(line), "{line} in {listing}");
    }
    let serving = Serving::start(folder.path());
    let (code, made, stderr) = run(folder.path(), &["admin", "setup", "--name", "Acme", "--number", "+6281255509999", "--json"]);
    let made: Value = serde_json::from_str(&made).unwrap_or_else(|_| panic!("{stderr}"));
    assert_eq!((code, &made["mode"]), (Some(0), &"live".into()), "{made:#}");
    assert_eq!(serving.stop().0, Some(0));
    let (code, again, _) = run(folder.path(), &["init", "--mode", "test"]);
    assert_eq!(code, Some(0));
    assert!(again.contains("mode was said now and does not stand there"), "{again}");
}

#[test]
fn completions_and_manual_pages_know_every_command() {
    let folder = tempfile::tempdir().unwrap();
    for shell in ["bash", "zsh", "fish"] {
        let (code, script, _) = run(folder.path(), &["completions", shell]);
        assert!(code == Some(0) && script.contains("dial") && script.contains("hang-up-after"), "{shell}");
    }
    let (_, page, _) = run(folder.path(), &["man"]);
    assert!(page.starts_with(".ie") && page.contains("Exit codes"), "{page}");
    assert_eq!(run(folder.path(), &["man", "--dir", "man1"]).0, Some(0));
    for name in ["callport.1", "callport-serve.1", "callport-admin-dial.1", "callport-gateway-call.1"] {
        assert!(folder.path().join("man1").join(name).exists(), "{name}");
    }
    assert!(!folder.path().join("man1/callport-bench-relay-load.1").exists(), "what is hidden has no page");
}

/// The demo for a person, until it invites to call: what it printed.
fn demo(folder: &Path, more: &[(&str, &Path)]) -> (Child, String) {
    let mut command = callport(folder);
    command.args(["demo", "--seconds", "2", "--set", "media.bind=127.0.0.1"]).env("TMPDIR", folder).envs(more.iter().copied());
    let mut process = command.stdout(Stdio::piped()).spawn().unwrap();
    let mut told = String::new();
    let mut lines = BufReader::new(process.stdout.as_mut().unwrap());
    while !told.contains("Ctrl-C") {
        assert_ne!(lines.read_line(&mut told).unwrap(), 0, "{told}");
    }
    (process, told)
}

#[test]
fn the_story_of_a_demos_call_is_one_pasted_command_away() {
    let folder = tempfile::tempdir().unwrap();
    let (home, tmp) = (folder.path().join("home"), folder.path().join("tmp"));
    std::fs::create_dir_all(&home).unwrap();
    std::fs::create_dir_all(&tmp).unwrap();
    let taken = TcpListener::bind(("127.0.0.1", 8080)); // or somebody else has it: taken it is
    for more in [&[("HOME", home.as_path())][..], &[]] {
        let (mut process, told) = demo(&tmp, more);
        assert!(told.contains("port 8080 is taken") && told.contains("operator http://127.0.0.1:"), "{told}");
        let pasted = told.lines().find(|line| line.contains("admin call last")).unwrap();
        let story = output(Command::new("sh").args(["-c", pasted.trim()]).env_clear().envs(more.iter().copied()));
        assert!(story.status.success() && text(&story.stdout).starts_with("answered: "), "{pasted}: {}", text(&story.stderr));
        assert!(Command::new("kill").args(["-TERM", &process.id().to_string()]).status().unwrap().success());
        process.wait().unwrap();
        assert_eq!(std::fs::read_dir(&tmp).unwrap().count(), 0, "nothing is left behind");
    }
    assert!(!home.join(".local/state/callport/demo.json").exists());
    drop(taken);
}
