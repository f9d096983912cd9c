//! A type's name stands for one thing in the whole workspace (docs/decisions/0038-names.md). Nothing but this looks at it: crates that are strangers
//! to one another compile with the same name in both.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Crates that only say again, in the published words, what others are: the published JSON.
const ECHOES: [&str; 1] = ["wire"];

/// Every type that a file lets other crates see, by its name. What stands further in is a part of a module and read with it.
fn public_types(text: &str) -> impl Iterator<Item = &str> {
    text.lines().filter_map(|line| {
        let declared = ["pub struct ", "pub enum ", "pub trait ", "pub type "].iter().find_map(|start| line.strip_prefix(start))?;
        declared.split(|end: char| !end.is_alphanumeric() && end != '_').next()
    })
}

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() && name != "tests" {
            sources(&path, found);
        } else if name.ends_with(".rs") && name != "tests.rs" {
            found.push(path);
        }
    }
}

#[test]
fn no_two_crates_give_a_type_the_same_name() {
    let crates = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."));
    let mut declared: BTreeMap<String, BTreeMap<String, PathBuf>> = BTreeMap::new();
    for one in std::fs::read_dir(crates).unwrap() {
        let one = one.unwrap();
        let name = one.file_name().to_string_lossy().into_owned();
        if ECHOES.contains(&name.as_str()) {
            continue;
        }
        let mut files = Vec::new();
        sources(&one.path().join("src"), &mut files);
        for file in files {
            for found in public_types(&std::fs::read_to_string(&file).unwrap()) {
                declared.entry(found.to_owned()).or_default().insert(name.clone(), file.clone());
            }
        }
    }
    assert!(declared.len() > 500, "only {} types were found: this test looks in the wrong place", declared.len());
    let shared: Vec<String> =
        declared.iter().filter(|(_, places)| places.len() > 1).map(|(name, places)| format!("{name}: {places:?}")).collect();
    assert!(shared.is_empty(), "one name for several things:\n{}", shared.join("\n"));
}
