//! The command line of a call.

use callport_gateway::Mode;
use clap::Parser;

use super::super::{GatewayAction, GatewayCommand};
use super::*;

/// A command line after `callport gateway`.
#[derive(Debug, Parser)]
struct Line {
    #[command(flatten)]
    command: GatewayCommand,
}

const BACKEND: &str = "--app-secret s --access-token EAAtest --graph-url http://127.0.0.1:1 --phone-number-id 4001";

fn parse(line: &str) -> Result<GatewayCommand, String> {
    let parsed = Line::try_parse_from(["gateway"].into_iter().chain(line.split_whitespace()));
    parsed.map(|line| line.command).map_err(|error| error.to_string())
}

fn call(line: &str) -> GatewayCall {
    match parse(line).unwrap().what {
        Some(GatewayAction::Call(call)) => *call,
        _ => panic!("{line} calls nobody"),
    }
}

#[test]
fn flags_of_the_backend_stand_before_or_after_the_call() {
    for line in [format!("{BACKEND} call +5511955501234"), format!("call +5511955501234 {BACKEND}")] {
        let command = parse(&line).unwrap();
        assert!(matches!(command.what, Some(GatewayAction::Call(_))));
        let config = command.backend.config().unwrap();
        assert_eq!((config.access_token.as_str(), config.listen.port()), ("EAAtest", 9000));
        assert_eq!(flags::phone_number_id(&config).unwrap(), "4001");
    }
}

#[test]
fn without_a_call_the_backend_runs_as_ever_and_needs_the_same() {
    let command = parse(&format!("{BACKEND} --mode menu --call-keyword call")).unwrap();
    assert!(command.what.is_none());
    assert_eq!((command.mode, command.call_keyword.as_deref()), (Mode::Menu, Some("call")));
    let missing = parse("--app-secret s --graph-url http://127.0.0.1:1").unwrap().backend.config().err().unwrap();
    assert!(missing.to_string().starts_with("--access-token is needed, or CALLPORT_GATEWAY_ACCESS_TOKEN"), "{missing}");
    let missing = parse("call +5511955501234 --access-token EAAtest").unwrap().backend.config().err().unwrap();
    assert!(missing.to_string().starts_with("--app-secret is needed"), "{missing}");
}

#[test]
fn what_is_asked_for_becomes_an_order() {
    let order = |line: &str| call(line).order("4001".to_owned(), None).unwrap();
    let plain = order("call +5511955501234");
    assert_eq!((plain.user, plain.talk_for), (Callee::Number("5511955501234".to_owned()), None));
    assert!(matches!(plain.say, Speech::Tone));
    let asking = plain.asking.unwrap();
    assert_eq!((asking.reply_within, asking.template.is_none()), (Duration::from_secs(300), true));

    let whole = order("call US.48201937756610293847 --menu --for 20 --wait 2m --template consent:pt_BR --create-template --waba-id 2001");
    assert_eq!((whole.talk_for, whole.user), (Some(Duration::from_secs(20)), Callee::UserId("US.48201937756610293847".to_owned())));
    assert!(matches!(whole.say, Speech::Menu));
    let template = whole.asking.unwrap().template.unwrap();
    assert_eq!((template.name.as_str(), template.language.as_str(), template.create_in.as_deref()), ("consent", "pt_BR", Some("2001")));
    let not_created = order("call +5511955501234 --template consent --waba-id 2001").asking.unwrap().template.unwrap();
    assert_eq!((not_created.language.as_str(), not_created.create_in), ("en", None));
    assert!(order("call +5511955501234 --no-ask").asking.is_none());
}

#[test]
fn files_are_read_before_anybody_is_called() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("hello.wav");
    let line = format!("call +5511955501234 --say {}", file.display());
    assert!(call(&line).order("4001".to_owned(), None).is_err_and(|reason| reason.contains("hello.wav")));
    std::fs::write(&file, wav::to_bytes(&[1_000; 4_800]).unwrap()).unwrap();
    let Speech::Clip(clip) = call(&line).order("4001".to_owned(), None).unwrap().say else { panic!() };
    assert_eq!(clip.duration_ms(), 100);
}

#[test]
fn what_cannot_be_is_refused() {
    for line in [
        "call",
        "call Nadia",
        "call +5511955501234 --menu --tone",
        "call +5511955501234 --for ever",
        "call +5511955501234 --template :en",
        "call +5511955501234 --create-template",
        "call +5511955501234 --create-template --template consent",
        "call +5511955501234 --no-ask --template consent",
    ] {
        assert!(parse(line).is_err(), "{line}");
    }
}
