//! What somebody has who has a copy of the folder.

use super::finding::Finding;
use crate::config::Config;
use crate::platform::ports;

const CHECK: &str = "backup";

/// Whether a copy of the folder opens the app secrets that are sealed in its database.
pub fn secrets(config: &Config) -> Finding {
    let folder = config.store.directory.display();
    let beside = config.store.directory.join(ports::KEY).exists();
    match (&config.store.key, beside, config.is_test()) {
        (None, _, true) => {
            Finding::pass(CHECK, format!("{folder} holds the database and its key: a copy has both, which a test platform may"))
        }
        (None, _, false) => Finding::warn(
            CHECK,
            format!(
                "{folder} holds the database and, in {}, the key that opens its app secrets: whoever has a copy has both. Keep the key \
                 elsewhere, in CALLPORT_STORE_KEY (docs/operating.md)",
                ports::KEY
            ),
        ),
        (Some(_), true, _) => {
            let says =
                format!("the key comes from the configuration, but {folder}/{} is still there: a copy of the folder has it", ports::KEY);
            Finding::warn(CHECK, says)
        }
        (Some(_), false, _) => {
            Finding::pass(CHECK, format!("the key comes from the configuration: a copy of {folder} does not open app secrets"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::doctor::finding::FindingState;
    use crate::config::Layers;

    #[test]
    fn a_key_beside_a_live_database_warns() {
        let folder = tempfile::tempdir().unwrap();
        let judged = |flags: &[&str]| {
            let mut flags: Vec<_> = flags.iter().map(ToString::to_string).collect();
            flags.push(format!("store.directory={}", folder.path().display()));
            secrets(&Layers { flags, ..Layers::default() }.load().unwrap()).state()
        };
        let key = format!("store.key={}", "07".repeat(32));
        assert_eq!(judged(&["mode=test"]), FindingState::Pass);
        assert_eq!(judged(&["mode=live"]), FindingState::Warn);
        assert_eq!(judged(&["mode=live", &key]), FindingState::Pass);
        std::fs::write(folder.path().join(ports::KEY), "07").unwrap();
        assert_eq!(judged(&["mode=live", &key]), FindingState::Warn, "left behind");
    }
}
