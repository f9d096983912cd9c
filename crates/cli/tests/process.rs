//! The binary as a process: what it prints, what it refuses, how it ends.
#![allow(clippy::unwrap_used)]

use std::collections::HashSet;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use serde_json::Value;

#[path = "process/shell.rs"]
mod shell;

/// The binary, without what the surroundings may say about ours.
fn callport(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_callport"));
    command.current_dir(folder).env_clear().stdin(Stdio::null());
    command
}

/// Ports of the kernel's choice, media on loopback.
const FREE: [&str; 8] = [
    "--set",
    "public.listen=127.0.0.1:0",
    "--set",
    "operator.listen=127.0.0.1:0",
    "--set",
    "media.bind=127.0.0.1",
    "--set",
    "media.threads=1",
];

/// A platform that serves; its first line has been read.
struct Serving {
    process: Child,
    announced: Value,
}

impl Serving {
    fn start(folder: &Path) -> Serving {
        let mut process = callport(folder).arg("serve").args(FREE).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        Serving { process, announced: serde_json::from_str(&line).unwrap() }
    }

    /// Asks it to stop; its exit code and its log.
    fn stop(mut self) -> (Option<i32>, String) {
        let pid = self.process.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
        let mut log = String::new();
        self.process.stderr.take().unwrap().read_to_string(&mut log).unwrap();
        (self.process.wait().unwrap().code(), log)
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.process.kill(); // it has ended already, unless the test failed
    }
}

fn text(output: &[u8]) -> String {
    String::from_utf8_lossy(output).into_owned()
}

fn output(command: &mut Command) -> Output {
    command.output().unwrap()
}

#[test]
fn serve_says_where_it_is_keeps_its_secrets_out_of_the_log_and_ends_when_asked() {
    let folder = tempfile::tempdir().unwrap();
    let serving = Serving::start(folder.path());
    let announced = serving.announced.clone();
    for key in ["public_url", "operator_url", "operator_token", "sip_address", "mode"] {
        assert!(announced[key].is_string(), "{key} in {announced}");
    }
    let ports = announced["media_ports"].as_array().unwrap();
    assert_eq!(ports.iter().collect::<HashSet<_>>().len(), 8, "of the one media thread: {ports:?}");
    let running = folder.path().join("callport-data/running.json");
    assert_eq!(serde_json::from_str::<Value>(&std::fs::read_to_string(&running).unwrap()).unwrap(), announced);

    let second = output(callport(folder.path()).arg("serve").args(FREE));
    assert_eq!(second.status.code(), Some(1), "one process a folder");
    assert!(text(&second.stderr).contains("in use by another callport"), "{}", text(&second.stderr));

    let doctor = output(callport(folder.path()).args(["doctor", "--json"]));
    assert_eq!(doctor.status.code(), Some(0), "{}", text(&doctor.stdout));
    assert!(text(&doctor.stdout).contains("ready at"), "{}", text(&doctor.stdout));

    let (code, log) = serving.stop();
    assert_eq!(code, Some(0), "{log}");
    assert!(!log.contains(announced["operator_token"].as_str().unwrap()));
    assert!(!running.exists());
}

#[test]
fn a_started_platform_keeps_its_token_from_one_start_to_the_next() {
    let folder = tempfile::tempdir().unwrap();
    let token = || {
        let serving = Serving::start(folder.path());
        let token = serving.announced["operator_token"].clone();
        assert_eq!(serving.stop().0, Some(0));
        token
    };
    assert_eq!(token(), token());
}

#[test]
fn serve_refuses_a_configuration_with_every_mistake_told() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("callport.toml"), "[public]\nlisten = 1\nlisen = 2\n").unwrap();
    let refused = output(callport(folder.path()).arg("serve").env("CALLPORT_CALLS_SILENCE", "long"));
    let said = text(&refused.stderr);
    assert_eq!(refused.status.code(), Some(1));
    for part in ["3 mistakes", "callport.toml:2: public.listen", "callport.toml:3: there is no key public.lisen", "CALLPORT_CALLS_SILENCE"]
    {
        assert!(said.contains(part), "{part} in {said}");
    }
    assert!(!folder.path().join("callport-data").exists(), "nothing was made");
}

#[test]
fn a_fixture_is_refused_in_live_mode() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("acme.toml"), "[[user]]\nnumber = \"+5511955501234\"\nname = \"Nadia\"\n").unwrap();
    let refused = output(callport(folder.path()).args(["serve", "--mode", "live", "--fixture", "acme.toml"]).args(FREE));
    assert_eq!(refused.status.code(), Some(1));
    assert!(text(&refused.stderr).contains("test mode only"), "{}", text(&refused.stderr));
}

#[test]
fn init_makes_an_installation_once() {
    let folder = tempfile::tempdir().unwrap();
    let init = || output(callport(folder.path()).arg("init").env("CALLPORT_MEDIA_BIND", "127.0.0.1"));
    assert_eq!(init().status.code(), Some(0));
    let read = |name| std::fs::read_to_string(folder.path().join(name)).unwrap();
    let (config, key) = (read("callport.toml"), read("callport-data/store.key"));
    assert!(text(&init().stdout).contains("left as it is"));
    assert_eq!((read("callport.toml"), read("callport-data/store.key")), (config, key));
}

#[test]
fn in_the_demo_each_side_hears_the_other() {
    let folder = tempfile::tempdir().unwrap();
    let demo = output(callport(folder.path()).args(["demo", "--once", "--json", "--seconds", "3"]).env("TMPDIR", folder.path()));
    let told: Value = serde_json::from_slice(&demo.stdout).unwrap_or_else(|_| panic!("{}", text(&demo.stderr)));
    assert_eq!(demo.status.code(), Some(0), "{told:#}");
    assert_eq!((&told["ok"], &told["user"]["heard"], &told["business"]["heard"]), (&true.into(), &true.into(), &true.into()));
    for who in ["phone", "platform", "backend"] {
        assert!(told["timeline"].as_array().unwrap().iter().any(|line| line["who"] == who), "{who} in {told:#}");
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "nothing is left behind");
}

/// The status of a raw request's reply.
fn status(url: &Value, method_and_path: &str, host: &str, more: &str) -> u16 {
    let mut stream = TcpStream::connect(url.as_str().unwrap().strip_prefix("http://").unwrap()).unwrap();
    let body = r#"{"number":"+5511955501234","name":"Nadia"}"#;
    let head = format!("{method_and_path} HTTP/1.1\r\nhost: {host}\r\norigin: http://{host}\r\n{more}content-type: application/json\r\n");
    write!(stream, "{head}content-length: {}\r\nconnection: close\r\n\r\n{body}", body.len()).unwrap();
    let mut reply = String::new();
    stream.read_to_string(&mut reply).unwrap();
    reply.split(' ').nth(1).unwrap().parse().unwrap()
}

#[test]
fn only_known_names_lead_to_the_phone_and_to_the_operator() {
    const SOCKET: &str = "upgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
    let folder = tempfile::tempdir().unwrap();
    let serving = Serving::start(folder.path());
    let (public, operator) = (&serving.announced["public_url"], &serving.announced["operator_url"]);
    let token = format!("authorization: Bearer {}\r\n", serving.announced["operator_token"].as_str().unwrap());
    for (host, ours) in [("evil.example", false), ("localhost:8080", true), ("127.0.0.1", true)] {
        let expected = |right: u16| if ours { right } else { 421 };
        assert_eq!(status(public, "GET /phone/api/me", host, ""), expected(200), "{host}");
        assert_eq!(status(public, "GET /call/1", host, ""), expected(400), "{host}");
        assert_eq!(
            status(public, "GET /phone/socket?tab=t", host, SOCKET),
            if ours { 400 } else { 421 },
            "{host}: no `connection: upgrade`"
        );
        assert_eq!(status(operator, "GET /admin/v1/users", host, &token), expected(200), "{host}");
        assert_eq!(status(operator, "GET /healthz", host, ""), expected(200), "{host}");
    }
    assert_eq!(status(public, "POST /phone/api/sign-up", "evil.example", ""), 421);
    assert_eq!(status(public, "POST /phone/api/sign-up", "localhost", ""), 200);
    assert_eq!(status(public, "GET /v25.0/4001", "graph.facebook.com", ""), 401, "the Graph API asks for a token, under every name");
}
