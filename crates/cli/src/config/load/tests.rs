use std::time::Duration;

use super::*;
use crate::config::PlatformMode;

fn file(text: &str) -> Layers {
    Layers { file: Some(("callport.toml".to_owned(), text.to_owned())), ..Layers::default() }
}

fn mistakes(layers: &Layers) -> Vec<String> {
    layers.load().err().map(|all| all.0.iter().map(ToString::to_string).collect()).unwrap_or_default()
}

#[test]
fn nothing_said_is_the_defaults() {
    let config = Layers::default().load().unwrap();
    assert_eq!(config.public.listen.to_string(), "127.0.0.1:8080");
    assert_eq!(config.calls.accept_window, Duration::from_secs(60));
}

#[test]
fn flags_win_over_the_environment_which_wins_over_the_file() {
    let mut layers = file("[calls]\naccept_window = '10s'\nfirst_media = '11s'\nsilence = '12s'");
    layers.environment = vec![
        ("CALLPORT_CALLS_FIRST_MEDIA".to_owned(), "21s".to_owned()),
        ("CALLPORT_CALLS_SILENCE".to_owned(), "22s".to_owned()),
        ("PATH".to_owned(), "/bin".to_owned()),
    ];
    layers.flags = vec!["calls.silence=32s".to_owned()];
    let calls = layers.load().unwrap().calls;
    let seconds = [calls.accept_window, calls.first_media, calls.silence].map(|time| time.as_secs());
    assert_eq!(seconds, [10, 21, 32]);
}

#[test]
fn flags_and_variables_take_lists_and_texts_as_the_file_has_them() {
    let names = |text: &str| {
        let flag = Layers { flags: vec![format!("tls.names={text}")], ..Layers::default() };
        let variable = Layers { environment: vec![("CALLPORT_TLS_NAMES".to_owned(), text.to_owned())], ..Layers::default() };
        let [flag, variable] = [flag, variable].map(|layers| layers.load().unwrap().tls.names);
        assert_eq!(flag, variable);
        flag
    };
    for text in ["a.example,b.example", r#"["a.example", "b.example"]"#, " ['a.example','b.example',]"] {
        assert_eq!(names(text), ["a.example", "b.example"], "{text}");
    }
    assert_eq!(names("[]"), Vec::<String>::new());
    let flags = vec![r#"calls.silence="32s""#.to_owned(), "public.listen=[::1]:4711".to_owned(), "mode=test".to_owned()];
    let config = Layers { flags, ..Layers::default() }.load().unwrap();
    assert_eq!((config.calls.silence.as_secs(), config.public.listen.port()), (32, 4711));
}

#[test]
fn what_flags_tell_can_be_written_into_a_file_and_read_again() {
    let flags = ["mode=live", "operator.token=a-token-of-thirty-two-characters", "tls.names=a.example,b.example", "calls.silence=60s"];
    let told = Layers { flags: flags.map(str::to_owned).into(), ..Layers::default() }.told().unwrap();
    let config = file(&crate::config::sample_with(&told)).load().unwrap();
    assert_eq!((config.platform.mode, config.calls.silence.as_secs(), config.tls.names.len()), (PlatformMode::Live, 60, 2));
    assert_eq!(config.operator.token.unwrap().expose(), "a-token-of-thirty-two-characters");
}

#[test]
fn a_list_that_cannot_be_read_is_told_both_forms() {
    let told = mistakes(&Layers { flags: vec!["webhooks.retry=[5s, 1m]".to_owned()], ..Layers::default() });
    assert!(told[0].contains(r#"["…", "…"]"#) && told[0].contains("commas"), "{told:?}");
}

#[test]
fn keys_above_the_tables_have_variables_and_flags_too() {
    let mut layers = Layers { environment: vec![("CALLPORT_MODE".to_owned(), "live".to_owned())], ..Layers::default() };
    assert_eq!(layers.load().unwrap().platform.mode, PlatformMode::Live);
    layers.flags = vec!["mode=test".to_owned()];
    assert_eq!(layers.load().unwrap().platform.mode, PlatformMode::Test);
}

#[test]
fn every_mistake_is_told_with_its_place() {
    let mut layers = file("mod = 'test'\n[public]\nlisten = 'nowhere'\n[medai]\nthreads = 1\n[media]\nthreads = { a = 1 }\n");
    layers.environment = vec![("CALLPORT_PUBLIC_LISTN".to_owned(), "x".to_owned())];
    layers.flags = vec!["calls.silence".to_owned(), "sop.listen=x".to_owned(), "calls.silence=soon".to_owned()];
    let mut told = mistakes(&layers);
    told.sort();
    assert_eq!(
        told,
        [
            "--set calls.silence: calls.silence wants a length of time with its unit: 500ms, 20s, 5m, 1h or 30d",
            "--set calls.silence: write it as --set section.key=value",
            "--set sop.listen: there is no section [sop]; did you mean sip?",
            "CALLPORT_PUBLIC_LISTN: no key has this variable; did you mean CALLPORT_PUBLIC_LISTEN?",
            "callport.toml:1: there is no key mod; did you mean mode?",
            "callport.toml:3: public.listen wants an address with a port, such as 127.0.0.1:8080 or [::1]:0",
            "callport.toml:4: there is no section [medai]; did you mean media?",
            "callport.toml:7: threads takes neither tables nor lists of lists",
        ]
    );
}

#[test]
fn a_file_that_is_no_toml_is_told_with_its_line() {
    let told = mistakes(&file("[public]\nlisten = \n"));
    assert!(told.iter().any(|line| line.starts_with("callport.toml:2: ")), "{told:?}");
}

#[test]
fn variables_with_our_prefix_that_are_no_keys_are_let_through() {
    let environment =
        ["CALLPORT_CONFIG", "CALLPORT_OPERATOR_URL", "CALLPORT_GATEWAY_MODE"].map(|name| (name.to_owned(), "x".to_owned())).to_vec();
    assert!(Layers { environment, ..Layers::default() }.load().is_ok());
}

#[test]
fn mode_must_be_said_off_loopback() {
    assert_eq!(mistakes(&file("[public]\nlisten = '0.0.0.0:443'")).len(), 1);
    assert_eq!(mistakes(&file("mode = 'test'\n[public]\nlisten = '0.0.0.0:443'")).len(), 0);
}
