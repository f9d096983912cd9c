//! The arrows between our crates, as ARCHITECTURE.md draws them. A crate that is missing here, or an arrow that is not drawn, fails.
//! Also what the drawing says of the world: who may open sockets, and who never meets whom.
#![allow(clippy::unwrap_used)]

use std::collections::{BTreeMap, BTreeSet};

use cargo_metadata::{DependencyKind, Metadata, MetadataCommand};

/// Each crate and the crates of ours that it may use. `cli` joins everything.
const ARROWS: &[(&str, &[&str])] = &[
    ("core", &[]),
    ("wire", &[]),
    ("sdp", &[]),
    ("sip-proto", &[]),
    ("relay", &["sdp"]),
    ("audio", &[]),
    ("people", &[]),
    ("peer", &["relay", "sdp", "audio"]),
    ("flow", &["core"]),
    ("engine", &["core", "flow"]),
    ("dialect", &["core", "wire"]),
    ("graph", &["engine", "core", "wire", "dialect"]),
    ("webhook", &["engine", "core", "wire", "dialect"]),
    ("media", &["engine", "core", "relay", "sdp", "audio"]),
    ("phone", &["engine", "core", "people", "peer", "audio"]),
    ("signup", &["engine", "core"]),
    ("sip", &["engine", "core", "sip-proto"]),
    ("operator", &["engine", "core", "dialect", "people"]),
    ("store", &["engine", "flow", "core"]),
    ("testkit", &["engine", "flow", "core", "store"]),
    ("sim", &["engine", "flow", "core", "store"]),
    ("admin", &[]),
    ("bench", &["engine", "core", "media", "relay", "sdp"]),
    ("gateway", &["wire", "relay", "sdp", "audio", "peer", "sip-proto"]),
];

/// Crates that do no I/O, and what would let them.
const PURE: &[&str] = &["core", "flow", "wire", "dialect", "sdp", "sip-proto", "relay", "audio", "people"];
const IO: &[&str] = &["tokio", "socket2", "hyper", "axum", "reqwest", "sqlx", "rusqlite", "rand", "async-std"];

fn metadata() -> Metadata {
    MetadataCommand::new().no_deps().other_options(["--offline".to_owned()]).exec().unwrap()
}

/// Crate → what it depends on, for the kinds asked for; names of ours without their prefix.
fn dependencies(kinds: &[DependencyKind]) -> BTreeMap<String, BTreeSet<String>> {
    let short = |name: &str| name.strip_prefix("callport-").unwrap_or(name).to_owned();
    let of = |package: &cargo_metadata::Package| {
        let used = package.dependencies.iter().filter(|dependency| kinds.contains(&dependency.kind));
        used.map(|dependency| short(&dependency.name)).collect()
    };
    metadata().packages.iter().map(|package| (short(&package.name), of(package))).collect()
}

#[test]
fn every_crate_is_drawn_and_uses_only_what_is_drawn() {
    let found = dependencies(&[DependencyKind::Normal, DependencyKind::Build]);
    let drawn: BTreeMap<_, BTreeSet<_>> = ARROWS.iter().map(|(from, to)| (*from, to.iter().copied().collect())).collect();
    let ours: BTreeSet<_> = found.keys().map(String::as_str).filter(|name| *name != "cli").collect();
    assert_eq!(ours, drawn.keys().copied().collect(), "the crates of the workspace and those of the drawing");
    for (from, to) in &found {
        let used: BTreeSet<_> = to.iter().map(String::as_str).filter(|name| ours.contains(name)).collect();
        let allowed = drawn.get(from.as_str()).cloned().unwrap_or_else(|| ours.clone());
        let wrong: Vec<_> = used.difference(&allowed).collect();
        assert!(wrong.is_empty(), "{from} uses {wrong:?}");
    }
}

#[test]
fn nobody_uses_the_binary() {
    let all = [DependencyKind::Normal, DependencyKind::Build, DependencyKind::Development];
    for (from, to) in dependencies(&all) {
        assert!(!to.contains("cli"), "{from} uses cli");
    }
}

#[test]
fn only_tests_use_the_testkit_and_nobody_the_simulator() {
    for (from, to) in dependencies(&[DependencyKind::Normal, DependencyKind::Build]) {
        assert!(!to.contains("testkit"), "{from} uses testkit");
        assert!(!to.contains("sim"), "{from} uses sim");
    }
}

#[test]
fn the_pure_crates_have_no_way_to_do_io() {
    let found = dependencies(&[DependencyKind::Normal, DependencyKind::Build]);
    for pure in PURE {
        let used: Vec<_> = IO.iter().filter(|io| found[*pure].contains(**io)).collect();
        assert!(used.is_empty(), "{pure} uses {used:?}");
    }
}

/// The nearest `clippy.toml` counts alone, so what all are refused is repeated for the foundations and the engine.
#[test]
fn the_foundations_and_the_engine_have_one_list_of_what_they_are_refused() {
    let read = |path: String| std::fs::read_to_string(format!("{}/../../{path}", env!("CARGO_MANIFEST_DIR"))).unwrap();
    let strict = read(".config/foundations.clippy.toml".to_owned());
    for of_all in read("clippy.toml".to_owned()).lines().filter(|line| line.contains("path = ")) {
        assert!(strict.contains(of_all), "{of_all}");
    }
    for name in PURE.iter().chain(&["engine"]) {
        assert_eq!(read(format!("crates/{name}/clippy.toml")), strict, "{name}");
    }
}

#[test]
fn the_gateway_meets_the_platform_nowhere_not_even_in_tests() {
    let all = [DependencyKind::Normal, DependencyKind::Build, DependencyKind::Development];
    let found = dependencies(&all);
    for stranger in ["core", "engine", "graph", "webhook", "media", "phone", "operator", "store", "sip"] {
        assert!(!found["gateway"].contains(stranger), "gateway uses {stranger}");
    }
}

#[test]
fn every_library_says_what_is_public_and_documents_it() {
    for (name, _) in ARROWS {
        let text = std::fs::read_to_string(format!("{}/../{name}/src/lib.rs", env!("CARGO_MANIFEST_DIR"))).unwrap();
        assert!(text.contains("#![warn(missing_docs, unreachable_pub, unnameable_types)]"), "{name}");
    }
}
