//! What a started platform says of itself: one JSON line on standard output, and the same in a file, so that nobody guesses ports.
//!
//! Standard output of a live platform ends in somebody's journal, so there the line names the file that holds the operator's token.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::config::PlatformMode;

/// The file beside the store that holds the announcement while the process runs.
pub const FILE: &str = "running.json";

/// Where to find a running platform.
#[derive(Clone, Serialize, Deserialize)]
pub struct Announcement {
    /// The Graph API, links and the phone page.
    pub public_url: String,
    /// The admin API, metrics and health.
    pub operator_url: String,
    /// What the admin API asks for.
    pub operator_token: String,
    /// The file (mode 0600) that holds it; none when the configuration brought it.
    #[serde(skip)]
    pub operator_token_file: Option<PathBuf>,
    /// Where SIP is spoken, once it is.
    pub sip_address: Option<String>,
    /// Every UDP port that media comes to, thread by thread.
    pub media_ports: Vec<u16>,
    /// `test` or `live`.
    pub mode: String,
}

impl Announcement {
    /// The line for standard output.
    pub fn line(&self) -> String {
        if self.mode == PlatformMode::Test.word() {
            return self.kept();
        }
        let mut line = Map::new();
        for (key, value) in json!(self).as_object().into_iter().flatten() {
            match key.as_str() {
                "operator_token" => line.insert("operator_token_file".to_owned(), json!(self.operator_token_file)),
                _ => line.insert(key.clone(), value.clone()),
            };
        }
        Value::Object(line).to_string()
    }

    /// The line for the file in the installation's folder, which its owner alone may read.
    pub fn kept(&self) -> String {
        json!(self).to_string()
    }

    /// The media ports for eyes: those that follow each other as one range.
    pub fn media_in_words(&self) -> String {
        ranges(&self.media_ports)
    }
}

/// Ports in ascending order, runs of them as `first–last`.
pub fn ranges(ports: &[u16]) -> String {
    let mut ports = ports.to_vec();
    ports.sort_unstable();
    let runs = ports.chunk_by(|one, next| one.checked_add(1) == Some(*next)).map(|run| match run {
        [first, .., last] => format!("{first}–{last}"),
        only => only.iter().map(u16::to_string).collect(),
    });
    runs.collect::<Vec<_>>().join(", ")
}

/// What the platform that runs in this folder said; nothing when none runs or it is still starting.
pub fn read(directory: &Path) -> Option<Announcement> {
    let text = std::fs::read_to_string(directory.join(FILE)).ok()?;
    serde_json::from_str(&text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_that_follow_each_other_are_one_range() {
        for (ports, words) in [
            (vec![], ""),
            (vec![40000], "40000"),
            (vec![40001, 40000, 40002], "40000–40002"),
            (vec![40000, 40002, 40003, 65535], "40000, 40002–40003, 65535"),
        ] {
            assert_eq!(ranges(&ports), words);
        }
    }

    fn announcement(mode: &str, file: Option<&str>) -> Announcement {
        Announcement {
            public_url: "http://127.0.0.1:8080".to_owned(),
            operator_url: "http://127.0.0.1:8081".to_owned(),
            operator_token: "t".to_owned(),
            operator_token_file: file.map(PathBuf::from),
            sip_address: None,
            media_ports: vec![40000, 40001],
            mode: mode.to_owned(),
        }
    }

    #[test]
    fn a_live_platform_says_where_its_token_is_and_not_what_it_is() {
        let line = |file| announcement("live", file).line();
        let expected = r#"{"public_url":"http://127.0.0.1:8080","operator_url":"http://127.0.0.1:8081","operator_token_file":"/data/operator.token","sip_address":null,"media_ports":[40000,40001],"mode":"live"}"#;
        assert_eq!(line(Some("/data/operator.token")), expected);
        assert!(line(None).contains(r#""operator_token_file":null"#), "the configuration brought it");
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(FILE), announcement("live", None).kept()).unwrap();
        assert_eq!(read(folder.path()).unwrap().operator_token, "t", "for commands of the same owner");
    }

    #[test]
    fn the_line_has_the_published_keys_in_order() {
        let announcement = announcement("test", Some("/data/operator.token"));
        let line = r#"{"public_url":"http://127.0.0.1:8080","operator_url":"http://127.0.0.1:8081","operator_token":"t","sip_address":null,"media_ports":[40000,40001],"mode":"test"}"#;
        assert_eq!(announcement.line(), line);
    }
}
